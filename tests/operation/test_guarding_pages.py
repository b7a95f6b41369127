"""What the pages are given is bounded, and what they answer stays with who asked."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tongchou.serving.guarding_pages import GuardedPages

MOST = 1 << 20


async def page(_: Request) -> HTMLResponse:
    return HTMLResponse("<p>12,345.67</p>", headers={"cache-control": "public, max-age=60"})


async def taken(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(sum([len(part) async for part in request.stream()])))


@pytest.fixture
def pages() -> TestClient:
    site = Starlette(routes=[Route("/page", page), Route("/taken", taken, methods=["POST"])])
    return TestClient(GuardedPages(site, MOST))


def test_a_body_beyond_the_largest_is_refused_whether_it_says_its_length_or_not(pages: TestClient) -> None:
    assert pages.post("/taken", content=b"x" * MOST).text == str(MOST)
    assert pages.post("/taken", content=b"x" * (MOST * 2)).status_code == 413
    assert pages.post("/taken", content=(b"x" * MOST for _ in range(50))).status_code == 413
    assert pages.post("/taken", content=b"x", headers={"content-length": "-1"}).status_code == 413


def test_a_page_is_not_kept_and_not_framed(pages: TestClient) -> None:
    answer = pages.get("/page")
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
