"""A settled county at work: its users, one for each role, and a place opened on a copy of it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tongchou.access.demo_accounts import DemoPlaces, make_demo_accounts
from tongchou.access.rules import built_in_rules
from tongchou.access.subject import Subject, subject_of
from tongchou.intake import take_in
from tongchou.records.users import the_user
from tongchou.runs.region import Period, Region, open_region
from tongchou.runs.settle import Order, settle
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

PASSWORD = "Lantern-ferry-27-moss"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def settled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "county"
    generate_region(folder, seed=3, cases=600)
    region = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], region.lake, engine)
        settle(Order(region, Period(2025)), engine)
    return folder


@pytest.fixture(scope="session")
def shared_place(settled_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A place that tests only read."""
    yield from _opened(settled_folder, tmp_path_factory.mktemp("shared") / "county")


@pytest.fixture
def place(settled_folder: Path, tmp_path: Path) -> Iterator[Workplace]:
    """A place that a test may change."""
    yield from _opened(settled_folder, tmp_path / "county")


def _opened(settled: Path, folder: Path) -> Iterator[Workplace]:
    shutil.copytree(settled, folder)
    opened = open_workplace(Settings(region=folder), lambda: NOW)
    make_demo_accounts(opened.records, built_in_rules(), _places(opened.region), NOW, password=PASSWORD)
    yield opened
    opened.close()


def _places(region: Region) -> DemoPlaces:
    with open_engine("duckdb") as engine:
        from tongchou.runs.frames import Facts
        from tongchou.runs.year import alliances

        (alliance,) = alliances(Facts(engine, region.lake, region.lake.snapshot()), Period(2025))
    by_role = {role: member for member, role in sorted(alliance.roles.items(), reverse=True)}
    return DemoPlaces(alliance.alliance_id, by_role["lead"], by_role["hospital"], by_role["primary"])


def as_role(place: Workplace, role: str) -> Subject:
    """Return the demo user of a role as who asks."""
    with place.records.reading() as session:
        return subject_of(session, the_user(session, f"demo_{role}"), place.today)
