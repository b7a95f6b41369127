"""Signing in by a provider through the API: there, back, and on to the page wanted."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from starlette.testclient import TestClient
from tests.access.conftest import NOW
from tests.access.test_oidc import ISSUER, SmallProvider
from tests.people_work.conftest import Client, County

from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.workplace.oidc_signing_in import CALLBACK, OidcDoor

API = "/api/v1"
HOME = "https://yb.example.cn"


@pytest.fixture(scope="module")
def provider() -> SmallProvider:
    made = SmallProvider()
    made.changes = {"employee": "hospital"}
    return made


@pytest.fixture
def browser(county: County, provider: SmallProvider) -> Iterator[TestClient]:
    named = {"oidc_issuer": ISSUER, "oidc_client_id": "tongchou", "oidc_client_secret": "s3cret"}
    settings = type(county.place.settings)(
        region=county.place.settings.region, public_url=HOME, oidc_name_claim="employee", **named
    )
    place = replace(county.place, settings=settings, now=lambda: NOW)
    api = make_api(place, ROUTERS)
    with httpx.Client(transport=httpx.MockTransport(provider)) as http:
        api.state.oidc_door = OidcDoor(place, http)
        yield TestClient(api, base_url=HOME, follow_redirects=False, raise_server_exceptions=False)


def visit(provider: SmallProvider, url: str) -> tuple[str, str]:
    """Act as the browser at the provider."""
    from urllib.parse import parse_qs, urlsplit

    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["redirect_uri"] == HOME + CALLBACK
    code = f"code{len(provider.codes)}"
    provider.codes[code] = query
    return code, query["state"]


def test_who_the_provider_knows_comes_in_and_goes_on_to_the_page_wanted(
    browser: TestClient, provider: SmallProvider
) -> None:
    there = browser.get(f"{API}/oidc/start", params={"then": "/settlement?run=1"})
    assert there.status_code == 302
    code, state = visit(provider, there.headers["location"])
    back = browser.get(CALLBACK, params={"code": code, "state": state})
    assert back.status_code == 200
    assert '"/settlement?run=1"' in back.text
    cookie = back.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    again = browser.get(CALLBACK, params={"code": code, "state": state})
    assert again.status_code == 401
    assert "登录未通过" in again.text


def test_a_browser_that_did_not_begin_is_not_let_in(browser: TestClient, provider: SmallProvider) -> None:
    there = browser.get(f"{API}/oidc/start")
    code, state = visit(provider, there.headers["location"])
    browser.cookies.clear()
    back = browser.get(CALLBACK, params={"code": code, "state": state})
    assert back.status_code == 401
    assert "tongchou_sign_in" not in back.headers.get("set-cookie", "")


def test_nothing_leads_to_another_site(browser: TestClient, provider: SmallProvider) -> None:
    there = browser.get(f"{API}/oidc/start", params={"then": "//evil.example"})
    code, state = visit(provider, there.headers["location"])
    back = browser.get(CALLBACK, params={"code": code, "state": state})
    assert "evil" not in back.text


def test_without_a_provider_the_way_is_closed(client: Client) -> None:
    answer = client().get(f"{API}/oidc/start", follow_redirects=False)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "workplace.no_oidc")
