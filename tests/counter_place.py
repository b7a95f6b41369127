"""A small county where files are handed in: its tables are in the lake, nothing is settled; each test has its own."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.settled_county import made_once

from tongchou.access.sign_in import begin_sign_in
from tongchou.access.subject import Subject, subject_of
from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.core.errors import TongchouError
from tongchou.intake import take_in
from tongchou.privacy.keys import RING_VARIABLE, new_ring
from tongchou.records import run_orders
from tongchou.records.users import Grant, add_user
from tongchou.runs.region import open_region
from tongchou.simulation.interface_files import write_interface_files
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings
from tongchou.workplace.taking_uploads import take_upload_in
from tongchou.workplace.upload_intake import note_intake

OWN, OTHER = "H00000000001", "H00000000002"
PEOPLE = {
    "officer": Grant("insurer_officer"),
    "approver": Grant("insurer_approver"),
    "lead": Grant("lead_hospital", OWN, "demo_alliance"),
    "hospital": Grant("hospital", OWN),
    "other": Grant("hospital", OTHER),
    "centre": Grant("primary_centre", OWN),
    "supervisor": Grant("supervisor"),
    "researcher": Grant("researcher"),
    "administrator": Grant("administrator"),
}
TABLES = ("institutions", "alliances", "alliance_members", "persons")


@dataclass
class Counter:
    """A working place where files are handed in, the people in it, and how they sign in."""

    place: Workplace
    people: dict[str, Subject]
    secrets: dict[str, str]
    lists: Path

    def client(self, who: str) -> TestClient:
        headers = {"Authorization": f"Bearer {self.secrets[who]}"} if who else {}
        return TestClient(make_api(self.place, ROUTERS), headers=headers)


@pytest.fixture(scope="session")
def counter_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a region that knows its institutions and persons, and beside it lists of its stays."""
    return made_once(tmp_path_factory, "counter", _make)


def _make(folder: Path) -> None:
    generate_region(folder / "county", seed=3, cases=150)
    region = open_region(folder / "county")
    write_interface_files(folder / "county" / "landing", folder / "lists", seed=3)
    with open_engine("duckdb") as engine:
        take_in([folder / "county" / "landing" / f"{table}.parquet" for table in TABLES], region.lake, engine)
    shutil.rmtree(folder / "county" / "landing")


@pytest.fixture
def open_counter(
    counter_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Counter]]:
    """Return a function that opens the place with some settings."""
    opened: list[Workplace] = []
    new_ring(tmp_path / "keys.yaml")
    monkeypatch.setenv(RING_VARIABLE, str(tmp_path / "keys.yaml"))

    def open_it(now: Callable[[], datetime] = lambda: datetime.now(UTC), **given: object) -> Counter:
        folder = tmp_path / "county"
        if not folder.exists():
            shutil.copytree(counter_folder / "county", folder)
        place = open_workplace(Settings(region=folder, free_bytes=0, **given), now=now)
        opened.append(place)
        with place.records.writing() as session:
            users = {
                name: add_user(session, name, name, [grant], password_hash="", by="test", at=place.now())
                for name, grant in PEOPLE.items()
            }
            people = {name: subject_of(session, user, place.today) for name, user in users.items()}
            secrets = {
                name: begin_sign_in(session, place.rules, user, "local", place.now()).secret
                for name, user in users.items()
            }
        return Counter(place, people, secrets, counter_folder / "lists")

    yield open_it
    for place in opened:
        place.close()


@pytest.fixture
def counter(open_counter: Callable[..., Counter]) -> Counter:
    return open_counter()


def take_in_here(place: Workplace) -> None:
    """Do one ordered intake in this process: what the run desk has a process do."""
    with place.records.writing() as session:
        order = run_orders.take_up(session, "test", place.now())
    assert order is not None
    outcome: dict[str, Any] = {}
    problem: TongchouError | None = None
    try:
        outcome = take_upload_in(place.region.folder, order.details, lambda _stage: None)
    except TongchouError as error:
        problem = error
    note_intake(place, order, outcome, problem)


__all__ = ["Counter", "counter", "counter_folder", "open_counter", "take_in_here"]
