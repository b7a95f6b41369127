"""A small settled county as a working place, for the tests of policy and scenarios; each test has its own copy."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.settled_county import SettledCounty

from tongchou.access.subject import Subject, subject_of
from tongchou.records.held import held
from tongchou.records.models import RunOrder
from tongchou.records.users import Grant, add_user
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


@pytest.fixture
def county(settled_county: SettledCounty, tmp_path: Path) -> Iterator[County]:
    folder = settled_county.copied(tmp_path / "county")
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


__all__ = ["County", "county", "finished"]
