"""The site: its pages registered, each opened only for who may see it."""

import inspect
from collections.abc import Sequence
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from tongchou.access.decision import decide
from tongchou.access.subject import REGION, Subject
from tongchou.api.asking import COOKIE, address_of, recognised
from tongchou.api.limits import RateLimit
from tongchou.core.errors import TongchouError
from tongchou.web import states
from tongchou.web.frame import Page, PageView, framed, may_see
from tongchou.web.preferences import preferences
from tongchou.web.signing_in import sign_in_page
from tongchou.workplace.place import Workplace


def make_site(place: Workplace, pages: Sequence[Page]) -> FastAPI:
    """Return the site of a working place; a process has one.

    Args:
        place: The working place.
        pages: The pages, in the order of the menu.
    """
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    listed = tuple(pages)
    strangers = RateLimit(place.settings.unknown_per_minute, place.settings.unknown_per_minute)
    for page in listed:
        register_page(place, listed, page, strangers)
    sign_in_page(place)

    @ui.page("/")
    async def home(request: Request) -> Response:
        subject = await subject_of_page(place, strangers, request)
        if subject is None:
            return RedirectResponse("/sign-in")
        first = next(page for page in listed if page.group is not None and may_see(page, subject))
        return RedirectResponse(first.path)

    ui.run_with(
        site,
        title="统筹",
        favicon="🏥",
        language="zh-CN",
        tailwind=False,
        reconnect_timeout=20,
        show_welcome_message=False,
    )
    return site


def register_page(place: Workplace, pages: tuple[Page, ...], page: Page, strangers: RateLimit) -> None:
    """Let a page be opened at its address.

    Args:
        place: The working place.
        pages: All pages, for the menu.
        page: The page.
        strangers: How many cookies that are nobody's an address may bring.
    """

    @ui.page(page.path, response_timeout=30)
    async def show(request: Request) -> Response | None:
        secret = request.cookies.get(COOKIE, "")
        subject = await subject_of_page(place, strangers, request)
        if subject is None:
            asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
            return RedirectResponse(f"/sign-in?then={quote(asked)}")
        view = PageView(place, subject, preferences(request.cookies), dict(request.query_params), secret)
        with framed(view, pages, page):
            await _fill(view, page)
        return None


async def _fill(view: PageView, page: Page) -> None:
    if not may_see(page, view.subject):
        # The reason names the roles that could.
        states.refused(view.shown, decide(view.subject, page.action, REGION, page.grade).reason)
        return
    with ui.element("div").style("display: contents") as content:
        try:
            built = page.build(view)
            if inspect.isawaitable(built):
                await built
        except TongchouError as error:
            content.clear()
            with content:
                states.failed(view.shown, error)


async def subject_of_page(place: Workplace, strangers: RateLimit, request: Request) -> Subject | None:
    """Return who opens a page; None, who is led to sign in, where the cookie is nobody's or is not looked at."""
    secret = request.cookies.get(COOKIE, "")
    try:
        return place.recogniser.remembered(secret) or await recognised(place, strangers, secret, address_of(request))
    except TongchouError:
        return None
