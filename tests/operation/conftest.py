"""A small settled county with a user for each role, its API in this process, and its server in another."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient
from tests.settled_county import SettledCounty

from tongchou.access.demo_accounts import DemoPlaces, make_demo_accounts
from tongchou.api.app import make_api
from tongchou.api.asking import COOKIE
from tongchou.api.routes import ROUTERS
from tongchou.browse.cases import CaseFilter, case_page
from tongchou.browse.rows import OpenRun
from tongchou.records.states import ROLE
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

ROOT = Path(__file__).parents[2]
PASSWORD = "Yunqi-cloud-7291-county"
PLACES = DemoPlaces("demo_alliance", "H00000000001", "H00000000002", "H10000000001")
OUTSIDE = "H00000000003"
"""A hospital that is in nobody's alliance."""

OWN = {"lead_hospital": PLACES.lead_id, "hospital": PLACES.hospital_id, "primary_centre": PLACES.centre_id}
"""The institution that a role works in; the other roles are of the region."""


@pytest.fixture(scope="session")
def staffed(settled_county: SettledCounty, tmp_path_factory: pytest.TempPathFactory) -> SettledCounty:
    """Return a copy of the county with a user for each role."""
    folder = settled_county.copied(tmp_path_factory.mktemp("staffed") / "county")
    place = open_workplace(Settings(region=folder))
    make_demo_accounts(place.records, place.rules, PLACES, datetime.now(UTC), password=PASSWORD)
    place.close()
    return SettledCounty(folder, settled_county.run_id)


@pytest.fixture(scope="session")
def place(staffed: SettledCounty) -> Iterator[Workplace]:
    opened = open_workplace(Settings(region=staffed.folder))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def api(place: Workplace) -> Iterator[TestClient]:
    with TestClient(
        make_api(place, ROUTERS), base_url="http://testserver", headers={"Origin": "http://testserver"}
    ) as one:
        yield one


@pytest.fixture(scope="session")
def secrets(api: TestClient) -> dict[str, str]:
    """Return the cookie of each role's sign-in."""
    found = {}
    for role in ROLE:
        answer = api.post("/api/v1/sign-in", json={"user_name": f"demo_{role}", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        found[role] = answer.cookies[COOKIE]
        api.cookies.clear()
    return found


@pytest.fixture(scope="session")
def case_of(place: Workplace, staffed: SettledCounty) -> Callable[[str], str]:
    """Return a function that names a case of an institution."""
    record = place.shelf.record(staffed.run_id)

    @cache
    def first(institution_id: str) -> str:
        with place.engines.engine() as engine:
            chosen = CaseFilter(institution_ids=[institution_id])
            rows = case_page(OpenRun(place.region, record, engine), chosen, "case_id", 1).rows
        return str(rows[0]["case_id"])

    return first


@dataclass
class Running:
    """A server in a process of its own, as `tongchou serve` starts it."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def client(self, role: str | None = None) -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=60, headers={"Origin": self.url})
        if role is not None:
            answer = client.post("/api/v1/sign-in", json={"user_name": f"demo_{role}", "password": PASSWORD})
            assert answer.status_code == 200, answer.text
        return client


@contextmanager
def running(folder: Path, log: Path, *options: str) -> Iterator[Running]:
    """Start `tongchou serve` on a region and wait until it is ready; it is killed in the end if it still runs."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    command = [sys.executable, "-c", "from tongchou.cli.main import main; main()", "serve", "--region", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NICEGUI_STORAGE_PATH": str(log.parent / "nicegui")}
    with log.open("ab") as said:
        process = subprocess.Popen(
            [*command, "--port", str(port), *options], stderr=said, stdout=subprocess.DEVNULL, env=environment
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, url, log)
        yield Running(process, url, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            if httpx.get(f"{url}/api/v1/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))
