"""A settled county, a place opened on it, and clients of its API with tokens."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.settled_county import SettledCounty

from tongchou.access.api_tokens import make_token
from tongchou.access.rights import built_in_rights
from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.records.states import ROLE
from tongchou.records.users import Grant, add_user
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

ClientOf = Callable[[str], TestClient]


@pytest.fixture(scope="session")
def grouping_place(settled_county: SettledCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    folder = settled_county.copied(tmp_path_factory.mktemp("grouping") / "county")
    place = open_workplace(Settings(region=folder, requests_per_minute=6_000_000, burst=1_000_000))
    yield place
    place.close()


@pytest.fixture(scope="session")
def token_of(grouping_place: Workplace) -> Callable[[str], str]:
    """Return a function that gives a token of somebody of a role, for every action."""
    place, known = grouping_place, dict[str, str]()
    grants = {"hospital": Grant("hospital", "H00000000002"), "lead_hospital": Grant("lead_hospital", "H00000000001")}

    def token(role: str) -> str:
        if role not in known:
            grant = grants.get(role) or Grant(role, "H10000000001" if role == "primary_centre" else "")
            with place.records.writing() as session:
                title = ROLE[role].zh
                user = add_user(session, f"u_{role}", title, [grant], password_hash="-", by="test", at=place.now())
                actions = list(built_in_rights().actions)
                lasts = timedelta(days=1)
                made = make_token(session, place.rules, user, "t", actions, lasts, by="test", at=place.now())
            known[role] = made.secret
        return known[role]

    return token


@pytest.fixture(scope="session")
def client_of(grouping_place: Workplace, token_of: Callable[[str], str]) -> ClientOf:
    """Return a function that gives a client of the API for a role; for the empty role one who is not signed in."""
    api = make_api(grouping_place, ROUTERS)

    def client(role: str) -> TestClient:
        headers = {"Authorization": f"Bearer {token_of(role)}"} if role else {}
        return TestClient(api, base_url="http://place/api/v1", headers=headers, raise_server_exceptions=False)

    return client


@pytest.fixture(scope="session")
def officer(client_of: ClientOf) -> TestClient:
    return client_of("insurer_officer")


def problems(text: str) -> list[str]:
    """Return the codes of the errors of an answer, each of which is said in both languages."""
    errors = json.loads(text)["errors"]
    texts = [each[part] for each in errors for part in ("what", "why", "remedy")]
    assert all(text["zh"] and text["en"] for text in texts)
    return [each["code"] for each in errors]
