"""Who is not signed in learns nothing, however he asks; the description needs nothing from outside."""

import re
from collections.abc import Mapping

import pytest
from starlette.testclient import TestClient
from tests.settled_county import SettledCounty

from tongchou.api.app import make_api
from tongchou.api.asking import COOKIE
from tongchou.api.routes import ROUTERS
from tongchou.workplace.place import open_workplace
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
