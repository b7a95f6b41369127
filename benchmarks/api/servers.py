"""The servers that are measured: the working place, and an echo that does nothing, under the same server program."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

_READY_SECONDS = 120
_WARM_SECONDS = 8


@contextmanager
def served(*words: str, port: int, ready: str, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a server in a process of its own while the block runs; yield its process id."""
    process = subprocess.Popen(  # our own program
        [sys.executable, *words], env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL
    )
    try:
        _wait(process, f"http://127.0.0.1:{port}{ready}")
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def place(region: Path, port: int) -> tuple[str, ...]:
    """Return the words that start the working place of a region."""
    program = "from tongchou.cli.main import main; main()"
    return ("-c", program, "serve", "--region", str(region), "--port", str(port))


def echo(port: int) -> tuple[str, ...]:
    """Return the words that start the echo."""
    return ("-m", "benchmarks.api.servers", str(port))


def settle_down(port: int) -> None:
    """Wait until the place has loaded what it loads after its start."""
    httpx.get(f"http://127.0.0.1:{port}/api/v1/ready", timeout=60)
    time.sleep(_WARM_SECONDS)


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has spent (Linux); on a busy machine it says more than the clock."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_bytes(process: int) -> int:
    """Return the resident memory of a process (Linux)."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmRSS:")).split()[1])


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _READY_SECONDS:
        if process.poll() is not None:
            break
        try:
            if httpx.get(url).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit(f"{url}: 没有启动 / it did not start")


async def _echo(scope: dict[str, object], receive: object, send: object) -> None:
    if scope["type"] != "http":
        return
    content = b""
    while True:
        message = await receive()  # type: ignore[operator]
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": content})  # type: ignore[operator]


if __name__ == "__main__":
    uvicorn.run(_echo, port=int(sys.argv[1]), log_level="warning", access_log=False)  # type: ignore[arg-type]
