"""A county's working place in a process of its own, that can be killed at any moment and started anew."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tongchou.access.demo_accounts import DemoPlaces, make_demo_accounts
from tongchou.access.rules import built_in_rules
from tongchou.records.database import open_records, records_url

PASSWORD = "Yunqi-cloud-7291-county"
PLACES = DemoPlaces("demo_alliance", "H00000000001", "H00000000002", "H10000000001")
_READY_SECONDS = 120


def add_users(folder: Path) -> None:
    """Give a county a user for each role."""
    with closing(open_records(records_url(folder))) as records:
        make_demo_accounts(records, built_in_rules(), PLACES, datetime.now(UTC), password=PASSWORD)


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tongchou-kill-") as folder:
        yield Path(folder)


class KilledPlace:
    """The API of a county, started when it is made.

    Args:
        folder: The region's folder.
        log: Where its standard error goes.
        environment: Settings beside those of this process.
    """

    def __init__(self, folder: Path, log: Path, environment: dict[str, str] | None = None) -> None:
        self._folder = folder
        self.log = log
        self._environment = {**os.environ, **(environment or {})}
        self._clients: dict[str, httpx.Client] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""
        self.start()

    def client(self, role: str) -> httpx.Client:
        """Return a client that is signed in as the user of a role; it is over when the place is killed."""
        if role not in self._clients:
            client = httpx.Client(base_url=self._url, timeout=60, headers={"Origin": self._url})
            client.post("/api/v1/sign-in", json={"user_name": f"demo_{role}", "password": PASSWORD}).raise_for_status()
            self._clients[role] = client
        return self._clients[role]

    def strike(self) -> None:
        """Kill it as a loss of power would, in the middle of whatever it is asked; call `kill` afterwards."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        self.strike()
        if self._process is not None:
            self._process.wait()
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            port = chosen.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        program = [sys.executable, "-c", "from tongchou.cli.main import main; main()", "serve", "--api-only"]
        with self.log.open("ab") as said:
            self._process = subprocess.Popen(
                [*program, "--region", str(self._folder), "--port", str(port)],
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=self._environment,
            )
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if httpx.get(f"{self._url}/api/v1/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise SystemExit(self.log.read_text(encoding="utf-8"))
