"""People who open pages: a browser in process, and how one waits until a page stands."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from nicegui import ElementFilter, ui
from nicegui.testing import User
from tests.people_work.conftest import PASSWORD
from tests.web.simulated import simulated_user

from tongchou.access.sign_in import sign_in
from tongchou.api.asking import COOKIE
from tongchou.api.limits import RateLimit
from tongchou.web.pages import PAGES
from tongchou.web.site import register_page
from tongchou.workplace.place import Workplace


class HasPlace(Protocol):
    """A county that somebody works in."""

    @property
    def place(self) -> Workplace:
        """Its working place."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser in process: opens pages as somebody."""

    place_of: HasPlace

    def run(self, name: str, act: Callable[[User], Awaitable[None]], language: str = "zh") -> None:
        """Let somebody do something on the pages."""
        place = self.place_of.place
        secret = sign_in(place.records, place.rules, name, PASSWORD, place.now()).secret

        async def whole() -> None:
            async with simulated_user() as user:
                for page in PAGES:
                    register_page(place, PAGES, page, RateLimit(1_000, 1_000))
                user.http_client.cookies.set(COOKIE, secret)
                user.http_client.cookies.set("tongchou_language", language)
                await act(user)

        asyncio.run(whole())


async def stands(user: User, kind: type[ui.element] | None = None) -> list[ui.element]:
    """Wait until a page stands; return its panels, or its elements of a kind."""
    for _ in range(200):
        with user:
            found = [each for each in ElementFilter() if (isinstance(each, kind) if kind else "panel" in each.classes)]
            reads = any(getattr(each, "text", "") in {"正在读取……", "reading …"} for each in ElementFilter())
        if found and not reads:
            return found
        await asyncio.sleep(0.05)
    return []
