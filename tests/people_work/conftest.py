"""A settled county at work: its place, its people by role, and a client of its API for each of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient
from tests.settled_county import SettledCounty

from tongchou.access.passwords import hash_password
from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.records.users import Grant, add_user
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

PASSWORD = "Yunqi-cloud-7291-county"  # of made-up people
LEAD, HOSPITAL, OTHER, CENTRE = "H00000000001", "H00000000002", "H00000000003", "H10000000001"
ALLIANCE = "demo_alliance"
PEOPLE = {
    "officer": Grant("insurer_officer"),
    "officer2": Grant("insurer_officer"),
    "approver": Grant("insurer_approver"),
    "approver2": Grant("insurer_approver"),
    "lead": Grant("lead_hospital", LEAD, ALLIANCE),
    "hospital": Grant("hospital", HOSPITAL),
    "hospital2": Grant("hospital", HOSPITAL),
    "other": Grant("hospital", OTHER),
    "other2": Grant("hospital", OTHER),
    "centre": Grant("primary_centre", CENTRE),
    "supervisor": Grant("supervisor"),
    "researcher": Grant("researcher"),
    "administrator": Grant("administrator"),
}


@dataclass(frozen=True, slots=True)
class County:
    """A county at work: the place and the run that stands."""

    place: Workplace
    run_id: str


@pytest.fixture(scope="session")
def county(settled_county: SettledCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """Open a settled county with a user for each role; the password is one for all."""
    folder = settled_county.copied(tmp_path_factory.mktemp("people") / "county")
    opened = open_workplace(Settings(region=folder))
    place = replace(opened, rules=replace(opened.rules, argon2_memory_kib=64, argon2_passes=1))
    hashed = hash_password(place.rules, PASSWORD)
    with place.records.writing() as session:
        for name, grant in PEOPLE.items():
            add_user(session, name, name, [grant], password_hash=hashed, by="test", at=datetime.now(UTC))
    yield County(place, settled_county.run_id)
    place.close()


Client = Callable[[str], TestClient]


@pytest.fixture(scope="session")
def client(county: County) -> Iterator[Client]:
    """Return a function that gives somebody's client; without a name, one of somebody unknown."""
    yield from clients_of(county.place)


def clients_of(place: Workplace) -> Iterator[Client]:
    """Give the clients of a place, and close them at the end."""
    api = make_api(place, ROUTERS)
    signed_in: dict[str, TestClient] = {}

    def of(name: str = "") -> TestClient:
        if name not in signed_in:
            made = TestClient(api, headers={"origin": "http://testserver"}, raise_server_exceptions=False)
            if name:
                said = made.post("/api/v1/sign-in", json={"user_name": name, "password": PASSWORD})
                assert said.status_code == 200, said.text
            signed_in[name] = made
        return signed_in[name]

    yield of
    for each in signed_in.values():
        each.close()
