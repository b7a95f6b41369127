"""One large upload over loopback: its time, and how much memory the server takes for it.

    python benchmarks/upload_large.py --gigabytes 2

A made-up region is served by `tongchou serve` in a process of its own; the file is sent in parts as a browser would,
cut off once in the middle of a part, and examined. Prints a line of JSON.
"""

import argparse
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tongchou.access.sign_in import begin_sign_in
from tongchou.intake import take_in
from tongchou.records.users import Grant, add_user
from tongchou.runs.region import open_region
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine
from tongchou.workplace.place import open_workplace
from tongchou.workplace.settings import Settings

PART = 8 << 20
INSTITUTION = "H00000000001"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--gigabytes", type=float, default=2.0)
    size = int(parser.parse_args().gigabytes * (1 << 30))
    with tempfile.TemporaryDirectory() as folder:
        region = Path(folder) / "county"
        secret = _prepare(region)
        port = _free_port()
        environment = {**os.environ, "TONGCHOU_REGION": str(region), "TONGCHOU_PORT": str(port)}
        command = [sys.executable, "-c", "from tongchou.cli.main import main; main()", "serve"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
            try:
                print(json.dumps(_measure(server.pid, f"http://127.0.0.1:{port}", secret, size)))
            finally:
                server.terminate()


def _prepare(region: Path) -> str:
    """Make a region and somebody who may upload; return the secret of a sign-in."""
    generate_region(region, seed=1, cases=100)
    with open_engine("duckdb") as engine:
        take_in([region / "landing"], open_region(region).lake, engine)
    place = open_workplace(Settings(region=region))
    with place.records.writing() as session:
        user = add_user(
            session, "bench", "bench", [Grant("insurer_officer")], password_hash="", by="bench", at=datetime.now(UTC)
        )
        secret = begin_sign_in(session, place.rules, user, "local", place.now()).secret
    place.close()
    return secret


def _measure(pid: int, address: str, secret: str, size: int) -> dict[str, float | int | str]:
    block = (b"settlement,1234567890,0.00\n" * (PART // 27 + 1))[:PART]
    digest, left = hashlib.sha256(), size
    while left:
        digest.update(block[: min(left, PART)])
        left -= min(left, PART)
    with httpx.Client(
        base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {secret}"}, timeout=120
    ) as client:
        _wait(client)
        for _ in range(20):  # what any server has loaded after its first requests is no part of an upload
            client.get("/uploads")
        base = _memory(pid)
        peak, ended = [base], threading.Event()
        watcher = threading.Thread(target=_watch, args=(pid, peak, ended))
        watcher.start()
        about = {"name": "large.csv", "size": size, "institution_id": INSTITUTION, "sha256": digest.hexdigest()}
        upload = client.post("/uploads", json=about).raise_for_status().json()["data"]["upload_id"]
        began = time.perf_counter()
        offset, is_cut = 0, False
        while offset < size:
            if offset > size // 2 and not is_cut:
                is_cut = True
                _cut_off(address, secret, upload, offset, block)
                offset = int(client.head(f"/uploads/{upload}").headers["Upload-Offset"])
            part = block[: min(size - offset, PART)] if offset % PART == 0 else block[offset % PART :][: size - offset]
            headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
            answer = client.patch(f"/uploads/{upload}", content=part, headers=headers)
            if answer.status_code == 409:  # the part that was cut off is still being put away
                time.sleep(0.1)
                offset = int(client.head(f"/uploads/{upload}").headers["Upload-Offset"])
                continue
            offset = answer.raise_for_status().json()["data"]["received"]
        sent = time.perf_counter() - began
        state = client.post(f"/uploads/{upload}/complete").raise_for_status().json()["data"]["state"]
        examined = time.perf_counter() - began - sent
        ended.set()
        watcher.join()
    return {
        "bytes": size,
        "state": state,
        "sent_s": round(sent, 2),
        "mb_per_s": round(size / (1 << 20) / sent, 1),
        "examined_s": round(examined, 2),
        "base_mb": base >> 20,
        "peak_mb": max(peak) >> 20,
        "above_base_mb": (max(peak) - base) >> 20,
    }


def _cut_off(address: str, secret: str, upload: str, offset: int, block: bytes) -> None:
    """Begin a part and let the connection go in the middle of it."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = (
            f"PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {secret}\r\n"
            f"Content-Type: application/octet-stream\r\nUpload-Offset: {offset}\r\nContent-Length: {PART}\r\n\r\n"
        )
        connection.sendall(head.encode() + block[: PART // 3])
    time.sleep(0.5)


def _watch(pid: int, peak: list[int], ended: threading.Event) -> None:
    while not ended.wait(0.05):
        peak.append(_memory(pid))


def _memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) << 10


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(client: httpx.Client) -> None:
    for _ in range(240):
        try:
            client.get("/uploads").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError


if __name__ == "__main__":
    main()
