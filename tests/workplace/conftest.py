"""A settled county at work: its users, one for each role, and a place opened on a copy of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.settled_county import SettledCounty

from tongchou.access.demo_accounts import DemoPlaces, make_demo_accounts
from tongchou.access.rules import built_in_rules
from tongchou.access.subject import Subject, subject_of
from tongchou.records.users import the_user
from tongchou.runs.region import Period, Region
from tongchou.store.engines import open_engine
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

PASSWORD = "Lantern-ferry-27-moss"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared_place(settled_county: SettledCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A place that tests only read."""
    yield from _opened(settled_county.copied(tmp_path_factory.mktemp("shared") / "county"))


@pytest.fixture
def place(settled_county: SettledCounty, tmp_path: Path) -> Iterator[Workplace]:
    """A place that a test may change."""
    yield from _opened(settled_county.copied(tmp_path / "county"))


def _opened(folder: Path) -> Iterator[Workplace]:
    opened = open_workplace(Settings(region=folder), lambda: NOW)
    rules = replace(built_in_rules(), argon2_memory_kib=64, argon2_passes=1)  # nobody attacks it
    make_demo_accounts(opened.records, rules, _places(opened.region), NOW, password=PASSWORD)
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
