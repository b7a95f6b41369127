"""One application: what begins with `/api/` goes to the API, the rest to the pages.

The two stand side by side and not in one another: the pages' middleware (sessions, compression) would cost the API
most of its speed.
"""

from importlib import import_module

from starlette.types import ASGIApp, Receive, Scope, Send

from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.serving.guarding_pages import GuardedPages
from tongchou.workplace.place import Workplace


class Application:
    """The API beside the pages."""

    def __init__(self, api: ASGIApp, site: ASGIApp) -> None:
        self.api = api
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to whom it is for; starting and stopping is the pages' matter."""
        is_api = scope["type"] == "http" and scope["path"].startswith("/api/")
        await (self.api if is_api else self.site)(scope, receive, send)


def make_application(place: Workplace) -> ASGIApp:
    """Return the application of a working place, or its API alone where the settings say so; a process has one."""
    api = make_api(place, ROUTERS)
    if not place.settings.pages:
        return api
    # A worker that serves the API alone neither waits for the pages to load nor holds them in memory.
    pages = import_module("tongchou.web.pages").PAGES
    site = import_module("tongchou.web.site").make_site(place, pages)
    return Application(api, GuardedPages(site, place.settings.part_bytes))
