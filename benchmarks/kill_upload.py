"""`python -m benchmarks.kill_upload`: the server killed again and again while a file is sent, examined and taken in.

After each kill it is started anew; the sender asks how far the file came and goes on from there, and an intake that was
interrupted goes on when it is told to. In the end the file is there byte for byte and was taken in once, and the tables
are those of a county whose server nobody killed.
"""

import hashlib
import os
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import polars as pl
import typer

from benchmarks.killed_place import KilledPlace, add_users, scratch
from tongchou.intake.deliveries.document_file import sort_files
from tongchou.intake.deliveries.taking_deliveries import take_deliveries
from tongchou.intake.readers.reader import readers
from tongchou.privacy.keys import RING_VARIABLE, new_ring
from tongchou.records.database import open_records, records_url
from tongchou.records.uploads import uploads
from tongchou.runs.delivery_terms import delivery_terms
from tongchou.runs.region import open_region
from tongchou.simulation.interface_files import write_interface_files
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine

INSTITUTION = "H00000000001"
KINDS = ("sending", "examining", "intake")
_BLOCK = 16 << 10
_PARTS = 4
_SECONDS_A_PART = 0.8
_STEP_SECONDS = 180
_NAMED_BY_BATCH = ("received_batch", "batch_id", "source", "file_name", "file", "attempt")
"""Columns that say by which batch or file a row came: an upload's name differs from one county to the other."""


@dataclass(frozen=True, slots=True)
class End:
    """What a county looks like when the file is in.

    Attributes:
        uploads: State and size of each upload.
        batches: Files that were taken in.
        tables: Rows of each table of the lake and the hash of them in order.
    """

    uploads: tuple[tuple[str, int], ...]
    batches: int
    tables: Mapping[str, tuple[int, str]]


def make_county(folder: Path, cases: int) -> Path:
    """Make a county without settlement lists, and return a file of one hospital's, beside it with the keys."""
    made, county = folder / "made", folder / "county"
    generate_region(made, seed=5, cases=cases)
    written = write_interface_files(made / "landing", folder / "written", seed=5)
    county.mkdir()
    shutil.copy2(made / "region.yaml", county)
    shutil.copytree(made / "policy", county / "policy")
    new_ring(folder / "keys.yaml")
    os.environ[RING_VARIABLE] = str(folder / "keys.yaml")
    register = folder / "register"
    register.mkdir()
    shutil.copy2(made / "landing" / "institutions.parquet", register)
    shutil.copy2(folder / "written" / "insured_persons.csv", register)
    lists = folder / "lists.ndjson"
    with lists.open("wb") as target:
        for file in written.files:
            if INSTITUTION in file.name:
                target.write(file.read_bytes())
                # Lists whose replies have not come would wait: nothing of them would be in the tables.
                shutil.copy2(file.with_name(file.name.replace("-4101A.", "-2304.")), register)
    _take_in(county, register)
    add_users(county)
    return lists


def _take_in(county: Path, register: Path) -> None:
    region = open_region(county)
    terms = delivery_terms(region)
    with open_engine("duckdb") as engine:
        take_deliveries(sort_files([register], readers()), region.lake, engine, terms)


def upload_through(
    county: Path, lists: Path, log: Path, kills: Mapping[str, int], chance: random.Random
) -> tuple[End, Counter[str]]:
    """Send a file to a county's server and have it taken in, killing it so often at each step; return what it hit."""
    hit: Counter[str] = Counter()
    place = KilledPlace(county, log)
    try:
        upload = _announce(place, lists)
        for _ in range(kills.get("sending", 0)):
            with _killed(place, chance.uniform(0.02, _SECONDS_A_PART * (_PARTS - 1)), hit, "sending"):
                _send(place, upload, lists, pause=_SECONDS_A_PART / _blocks_of_a_part(lists))
        _send(place, upload, lists, pause=0)
        for _ in range(kills.get("examining", 0)):
            with _killed(place, chance.uniform(0, 0.03), hit, "examining"):
                place.client("insurer_officer").post(f"/api/v1/uploads/{upload}/complete").raise_for_status()
        _post(place, f"/uploads/{upload}/complete")
        for _ in range(kills.get("intake", 0)):
            if _wait(place, upload, "running", "interrupted", "computed", asked=True) == "computed":
                break
            time.sleep(chance.uniform(0, 1.5))
            hit["intake"] += _state(place, upload) == "running"
            place.kill()
            place.start()
        _wait(place, upload, "computed", asked=True)
    finally:
        place.kill()
    return end_of(county), hit


def end_of(county: Path) -> End:
    """Return what a county's records and lake hold of uploads."""
    lake = open_region(county).lake
    snapshot = lake.snapshot()
    tables = {}
    for name in snapshot.versions:
        files = lake.files(name, snapshot)
        rows = pl.read_parquet(files) if files else pl.DataFrame()
        rows = rows.drop([column for column in _NAMED_BY_BATCH if column in rows.columns])
        text = rows.sort(rows.columns).write_csv() if rows.width else ""
        tables[name] = (rows.height, hashlib.sha256(text.encode()).hexdigest()[:16])
    with closing(open_records(records_url(county))) as records, records.reading() as session:
        states = tuple((upload.state, upload.received) for upload in uploads(session))
    return End(states, tables["received_files"][0], tables)


@contextmanager
def _killed(place: KilledPlace, after: float, hit: Counter[str], kind: str) -> Iterator[None]:
    """Kill a place some seconds after something began, count it if that broke off, and start the place anew."""
    timer = threading.Timer(after, place.strike)
    place.client("insurer_officer")
    timer.start()
    try:
        yield
    except httpx.TransportError:
        hit[kind] += 1
    finally:
        timer.cancel()
        timer.join()
        place.kill()
        place.start()


def _announce(place: KilledPlace, lists: Path) -> str:
    size, digest = lists.stat().st_size, hashlib.sha256(lists.read_bytes()).hexdigest()
    about = {"name": "lists.ndjson", "size": size, "sha256": digest, "institution_id": INSTITUTION}
    return str(_post(place, "/uploads", about)["upload_id"])


def _send(place: KilledPlace, upload: str, lists: Path, *, pause: float) -> None:
    """Send what is missing, a block at a time with a pause after each."""
    client, size = place.client("insurer_officer"), lists.stat().st_size
    offset = int(client.head(f"/api/v1/uploads/{upload}").raise_for_status().headers["Upload-Offset"])
    while offset < size:
        part = min(-(-size // _PARTS), size - offset)
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
        blocks = _blocks(lists, offset, part, pause)
        answer = client.patch(f"/api/v1/uploads/{upload}", content=blocks, headers=headers)
        offset = int(answer.raise_for_status().json()["data"]["received"])


def _blocks(lists: Path, offset: int, size: int, pause: float) -> Iterator[bytes]:
    with lists.open("rb") as file:
        file.seek(offset)
        while size:
            block = file.read(min(_BLOCK, size))
            size -= len(block)
            yield block
            time.sleep(pause)


def _blocks_of_a_part(lists: Path) -> int:
    return max(1, lists.stat().st_size // _PARTS // _BLOCK)


def _wait(place: KilledPlace, upload: str, *states: str, asked: bool) -> str:
    """Wait until an intake is in one of some states; where it is asked for, order it and let it go on."""
    until = time.monotonic() + _STEP_SECONDS
    while time.monotonic() < until:
        state = _state(place, upload)
        if asked and state in {"", "interrupted"}:
            _post(place, f"/uploads/{upload}/intake")
        elif state in states:
            return state
        if state == "failed":
            break
        time.sleep(0.05)
    told = place.client("insurer_officer").get(f"/api/v1/uploads/{upload}/intake").text
    raise SystemExit(f"{told} is not {states}: {place.log.read_text(encoding='utf-8')}")


def _state(place: KilledPlace, upload: str) -> str:
    answer = place.client("insurer_officer").get(f"/api/v1/uploads/{upload}/intake").raise_for_status()
    told = answer.json()["data"]
    return "" if told is None else str(told["state"])


def _post(place: KilledPlace, path: str, body: object = None) -> dict[str, Any]:
    told: dict[str, Any] = (
        place.client("insurer_officer").post(f"/api/v1{path}", json=body).raise_for_status().json()["data"]
    )
    return told


def main(
    times: Annotated[int, typer.Option(min=1, help="Kills of each kind.")] = 20,
    cases: Annotated[int, typer.Option(min=100, help="Cases of the county.")] = 4_000,
    seed: Annotated[int, typer.Option(help="Decides the moments of the kills.")] = 1,
) -> None:
    """Kill the server so often of each kind, and print what came of it."""
    chance = random.Random(seed)
    with scratch() as folder:
        lists = make_county(folder, cases)
        shutil.copytree(folder / "county", folder / "undisturbed")
        expected, _ = upload_through(folder / "undisturbed", lists, folder / "log", {}, chance)
        told = {name: rows for name, (rows, _) in expected.tables.items() if rows}
        print(f"undisturbed: {lists.stat().st_size:,} bytes, {expected.uploads}, {told}")
        hit: Counter[str] = Counter()
        rounds = same = 0
        while any(hit[kind] < times for kind in KINDS):
            rounds += 1
            shutil.copytree(folder / "county", folder / "killed")
            wanted = {kind: min(3, times - hit[kind]) for kind in KINDS}
            end, kills = upload_through(folder / "killed", lists, folder / "log", wanted, chance)
            hit += kills
            same += end == expected
            print(f"round {rounds}: {dict(kills)}, {'the same' if end == expected else 'OTHER'} end", flush=True)
            shutil.rmtree(folder / "killed")
        print(f"kills {dict(hit)}: {same} of {rounds} ends the same")
        if same != rounds:
            raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
