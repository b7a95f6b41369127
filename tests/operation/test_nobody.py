"""Who is not signed in learns nothing, however he asks; the description needs nothing from outside."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.settled_county import SettledCounty

from tongchou.access.secret_words import SIGN_IN, TOKEN, new_secret
from tongchou.access.sign_in import begin_sign_in
from tongchou.access.subject import Subject
from tongchou.api.app import make_api
from tongchou.api.asking import COOKIE
from tongchou.api.limits import RateLimit
from tongchou.api.routes import ROUTERS
from tongchou.records.users import the_user
from tongchou.web.site import subject_of_page
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

BROKEN = {"content": b'{"period": ', "headers": {"Content-Type": "application/json"}}


def test_broken_json_of_nobody_is_refused_and_of_somebody_told(api: TestClient, secrets: Mapping[str, str]) -> None:
    assert api.post("/api/v1/run-orders", **BROKEN).status_code == 401
    api.cookies.set(COOKIE, secrets["insurer_officer"])
    told = api.post("/api/v1/run-orders", **BROKEN)
    api.cookies.clear()
    assert (told.status_code, told.json()["errors"][0]["code"]) == (400, "api.bad_json")
    assert api.post("/api/v1/sign-in", **BROKEN).status_code == 400  # the way in is for everybody


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guessed"}])
def test_an_address_that_nobody_knows_may_not_ask_without_end(
    headers: Mapping[str, str], staffed: SettledCounty
) -> None:
    place = open_workplace(Settings(region=staffed.folder, requests_per_minute=1, burst=3))
    client = TestClient(make_api(place, ROUTERS), headers=headers)
    assert [client.get("/api/v1/me").status_code for _ in range(4)] == [401, 401, 401, 429]
    place.close()


class Reads:
    """Counts the questions to a record database."""

    def __init__(self, place: Workplace) -> None:
        self._place, self.count = place, 0
        event.listen(place.records.engine, "before_cursor_execute", self._asked)

    def _asked(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.count += statement.startswith("SELECT")


def guess(kind: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {new_secret(kind)}"}


def test_words_that_are_nobodys_are_refused_before_the_database_is_asked(staffed: SettledCounty) -> None:
    now = [datetime.now(UTC), 0.0]

    def passes(seconds: float) -> None:
        now[:] = [now[0] + timedelta(seconds=seconds), now[1] + seconds]

    place = open_workplace(Settings(region=staffed.folder, unknown_per_minute=6), lambda: now[0])
    api = make_api(place, ROUTERS)
    api.state.strangers.clock = lambda: now[1]
    with place.records.writing() as session:
        user = the_user(session, "demo_hospital")
        known = begin_sign_in(session, place.rules, user, "local", place.now()).secret
        new = begin_sign_in(session, place.rules, user, "local", place.now()).secret
    client, elsewhere = TestClient(api), TestClient(api, client=("10.0.0.9", 1))
    asked = Reads(place)

    def me(headers: dict[str, str], by: TestClient = client) -> int:
        return by.get("/api/v1/me", headers=headers).status_code

    assert me(bearer(known)) == 200
    same = guess()
    assert [me(same) for _ in range(20)] == [401] * 20  # one word, asked after once
    assert [me(guess(kind)) for kind in (TOKEN, SIGN_IN) * 3] == [401] * 5 + [429]
    before = asked.count
    assert [me(guess()) for _ in range(20)] == [429] * 20
    assert [me({"Authorization": "Bearer guessed"}), me({})] == [401, 401]  # none of ours
    assert me(bearer(known)) == 200
    assert asked.count == before
    assert me(bearer(new)) == 429  # who was never seen here may be a guess
    place.recogniser.expect(new)  # unless he has just signed in
    assert [me(bearer(new)), me(bearer(new), elsewhere)] == [200, 200]
    passes(place.rules.fresh.total_seconds() + 1)
    assert me(bearer(known)) == 200  # looked at again, without a limit
    assert asked.count > before
    passes(60)
    assert [me(guess()) for _ in range(7)] == [401] * 6 + [429]
    place.close()


def test_a_cookie_that_is_nobodys_opens_no_page_and_costs_no_more_looks_than_the_limit(
    staffed: SettledCounty,
) -> None:
    place = open_workplace(Settings(region=staffed.folder))
    asked, strangers = Reads(place), RateLimit(3, 3)

    async def opened() -> list[Subject | None]:
        return [await subject_of_page(place, strangers, request(new_secret(SIGN_IN))) for _ in range(20)]

    assert asyncio.run(opened()) == [None] * 20
    assert asked.count == 3
    place.close()


def request(secret: str) -> Request:
    headers = [(b"cookie", f"{COOKIE}={secret}".encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers, "client": ("10.0.0.9", 1)})


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_the_description_for_people_opens_in_a_closed_network(api: TestClient, secrets: Mapping[str, str]) -> None:
    api.cookies.set(COOKIE, secrets["hospital"])
    page = api.get("/api/v1/docs").text
    api.cookies.clear()
    assert not re.findall(r'<(?:script|link|img|iframe)\b|(?:src|href)="(?:https?:)?//|@import|url\(', page)
    for router in ROUTERS:
        for route in router.routes:
            assert route.path_format in page
    assert 'id="RunOrderBody"' in page
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))
