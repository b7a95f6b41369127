"""Databases, people and a clock that the tests of access share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tongchou.access.passwords import hash_password
from tongchou.access.rules import SignInRules, built_in_rules
from tongchou.records.audit import AuditSearch, search
from tongchou.records.database import Records
from tongchou.records.models import InstitutionScope
from tongchou.records.users import Grant, add_user, put_institutions

NOW = datetime(2025, 6, 3, 9, 30, tzinfo=UTC)
PASSWORD = "葡萄 horse 77 staple"
Audited = Callable[[str], list[tuple[str, str]]]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def rules() -> SignInRules:
    """Return the built-in figures, with hashes that are quick to reckon."""
    return replace(built_in_rules(), argon2_memory_kib=64, argon2_passes=1)


@pytest.fixture(scope="session")
def password_hash(rules: SignInRules) -> str:
    return hash_password(rules, PASSWORD)


@pytest.fixture
def people(records: Records, password_hash: str) -> dict[str, str]:
    """Add an officer and a hospital's clerk, whose hospital H1 is in alliance A1; return their ids."""
    roles = {"wang_officer": [Grant("insurer_officer")], "clerk": [Grant("hospital", "H1")]}
    with records.writing() as session:
        scopes = [
            InstitutionScope(
                institution_id="H1", valid_from=date(2025, 1, 1), alliance_id="A1", title="一院", level="secondary"
            )
        ]
        put_institutions(session, scopes)
        return {
            name: add_user(session, name, name, grants, password_hash=password_hash, by="test", at=NOW).user_id
            for name, grants in roles.items()
        }


@pytest.fixture
def audited(records: Records) -> Audited:
    """Return a function that gives the user names and outcomes of an action's events, the first one first."""

    def events(action: str) -> list[tuple[str, str]]:
        with records.reading() as session:
            return [(row.user_name, row.outcome) for row in reversed(search(session, AuditSearch(action=action)))]

    return events
