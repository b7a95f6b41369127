"""A small settled county as a working place, for the tests of policy and scenarios; each test has its own copy."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tongchou.access.subject import Subject, subject_of
from tongchou.intake import take_in
from tongchou.records.held import held
from tongchou.records.models import RunOrder
from tongchou.records.users import Grant, add_user
from tongchou.runs.region import Period, open_region
from tongchou.runs.settle import Order, settle
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.run_desk import RunDesk
from tongchou.workplace.settings import Settings

_PEOPLE = {
    "officer": Grant("insurer_officer"),
    "colleague": Grant("insurer_officer"),
    "approver": Grant("insurer_approver"),
    "researcher": Grant("researcher"),
    "supervisor": Grant("supervisor"),
    "hospital": Grant("hospital", "H10000000001"),
}


@dataclass(frozen=True)
class County:
    """A working place and the people in it."""

    place: Workplace
    people: dict[str, Subject]

    def __getattr__(self, name: str) -> Subject:
        return self.people[name]


_SETTLED: list[Path] = []
"""A fixture that several files import is made anew for each; the county need not be."""


@pytest.fixture(scope="session")
def settled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if _SETTLED:
        return _SETTLED[0]
    folder: Path = tmp_path_factory.mktemp("settled") / "county"
    generate_region(folder, seed=11, cases=500)
    region = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], region.lake, engine)
        settle(Order(region, Period(2025)), engine)
    shutil.rmtree(folder / "landing")
    _SETTLED.append(folder)
    return folder


@pytest.fixture
def county(settled_folder: Path, tmp_path: Path) -> Iterator[County]:
    folder = tmp_path / "county"
    shutil.copytree(settled_folder, folder)
    place = open_workplace(Settings(region=folder), now=lambda: datetime.now(UTC))
    with place.records.writing() as session:
        users = {
            name: add_user(session, name, name, [grant], password_hash="", by="test", at=place.now())
            for name, grant in _PEOPLE.items()
        }
        people = {name: subject_of(session, user, place.today) for name, user in users.items()}
    yield County(place, people)
    place.close()


@pytest.fixture
def finished(county: County) -> Iterator[Callable[[RunOrder], RunOrder]]:
    """Return a function that lets the desk work until an order is done."""
    desk = RunDesk(county.place)
    desk.start()

    def wait(order: RunOrder) -> RunOrder:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with county.place.records.reading() as session:
                seen = held(session, RunOrder, order.order_id)
            if seen.state not in {"planned", "running", "posting"}:
                return seen
            threading.Event().wait(0.1)
        raise AssertionError(f"{seen.state} {seen.stage}")

    yield wait
    desk.stop()


__all__ = ["County", "county", "finished", "settled_folder"]
