"""The frame around every page: where one is, where one can go, how things are shown."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Concatenate, ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool
from nicegui import ui

from tongchou.access.decision import may_do_some
from tongchou.access.subject import Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.states import ROLE
from tongchou.web.preferences import LANGUAGE_COOKIE, THEME_COOKIE, UNIT_COOKIE, Preferences
from tongchou.workplace.noticing import unread_count
from tongchou.workplace.place import Workplace

_BELL_SECONDS = 30
_Asked = ParamSpec("_Asked")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class PageView:
    """A page that is being shown to somebody.

    Attributes:
        place: The working place.
        subject: Who sees it.
        shown: How it is shown.
        query: What the address asks for.
        secret: The secret word of the sign-in that opened it.
    """

    place: Workplace
    subject: Subject
    shown: Preferences
    query: Mapping[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)

    async def ask(
        self,
        act: Callable[Concatenate[Workplace, Subject, _Asked], _Result],
        *args: _Asked.args,
        **named: _Asked.kwargs,
    ) -> _Result:
        """Do an act of the working place as who sees the page, beside the loop that serves everybody.

        Who that is and what he may is asked anew each time: a page stays open after its user has signed out, was
        disabled or lost a role.

        Raises:
            TongchouError: `access.not_signed_in` where the sign-in is over; what the act raises.
        """

        def done() -> _Result:
            return act(self.place, self.place.recogniser.recognise(self.secret), *args, **named)

        return await run_in_threadpool(done)

    async def unread(self) -> int:
        """Return how many notices are unread; asking does not keep an untouched page signed in.

        Raises:
            TongchouError: `access.not_signed_in` where the sign-in is over; `access.refused`.
        """

        def counted() -> int:
            return unread_count(self.place, self.place.recogniser.look_again(self.secret))

        return await run_in_threadpool(counted)

    def say(self, zh: str, en: str) -> str:
        """Return words in the language of the page."""
        return self.shown.say(Text(zh, en))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the place.

    Attributes:
        path: Its address.
        title: Its name.
        group: What it stands with in the menu; empty: it is not in the menu.
        icon: The picture before its name.
        action: The action of the rights that opens it.
        grade: The grade of data that it shows at least.
        build: Fills it; may be a coroutine.
    """

    path: str
    title: Text
    group: Text | None
    icon: str
    action: str
    grade: str
    build: Callable[[PageView], Any]


def may_see(page: Page, subject: Subject) -> bool:
    """Return whether a page has anything for somebody: a right to its action on something of his, or of the region."""
    return may_do_some(subject, page.action, page.grade)


@contextmanager
def framed(view: PageView, pages: tuple[Page, ...], here: Page, subtitle: str = "") -> Iterator[None]:
    """Draw the frame and let the block fill the page."""
    shown = view.shown
    dress(shown)
    ui.page_title(f"{shown.say(here.title)} · {shown.say(view.place.region.name)}")
    ui.html(f'<a class="skip-link" href="#content">{view.say("跳到内容", "skip to the content")}</a>', sanitize=False)
    # Where the window is narrow, such as on a projector, the menu stays away until it is called.
    with ui.left_drawer(value=None, fixed=True, bordered=False).classes("place-drawer").props("width=220") as drawer:
        _menu(view, pages, here)
    with ui.header(elevated=False).classes("place-header"):
        ui.button(icon="menu", on_click=drawer.toggle).props(
            f'flat dense round aria-label="{view.say("菜单", "menu")}"'
        )
        ui.label(shown.say(view.place.region.name)).classes("place-region")
        ui.element("div").classes("grow")
        switches(shown)
        count = _bell(view)
        _person(view)
    with ui.element("main").style("display: contents"):
        with ui.element("div").props('id="content" tabindex="-1"'):
            ui.html(f'<h1 class="place-title">{shown.say(here.title)}</h1>', sanitize=False)
            if subtitle:
                ui.label(subtitle).classes("place-subtitle")
        yield
    # Last: a timer that begins sends off the page as it is then, and scripts of what is added later do not run.
    ui.timer(0.2, count, once=True)
    ui.timer(_BELL_SECONDS, count)


_DEEP = "#1f6fb5"
"""White words are read on it in both themes."""


def dress(shown: Preferences) -> None:
    """Give a page the colours, the style sheet and the language that its reader wants."""
    client = ui.context.client
    # The page is one for all who open it; what the browser's side says by itself, such as that the connection is
    # lost, is in this reader's language.
    client.page = copy(client.page)
    client.page.language = "en-US" if shown.language == "en" else "zh-CN"
    accent, loss = "var(--accent)", "var(--loss)"  # as the style sheet has them for the theme
    ui.colors(primary=accent, info=accent, negative=loss, warning=loss, positive=_DEEP)
    ui.dark_mode(value=shown.theme == "dark")
    ui.add_css(place_css(), shared=False)
    if shown.language == "en":
        ui.query("body").classes("in-english")


@cache
def place_css() -> str:
    """Return the style sheet of every page."""
    return files("tongchou").joinpath("web", "assets", "place.css").read_text(encoding="utf-8")


def _menu(view: PageView, pages: tuple[Page, ...], here: Page) -> None:
    group: Text | None = None
    with ui.list().props(f'dense aria-label="{view.say("页面", "pages")}"'):
        for page in pages:
            if page.group is None or not may_see(page, view.subject):
                continue
            if page.group != group:
                group = page.group
                ui.label(view.shown.say(group)).classes("place-group")
            item = ui.item(on_click=lambda path=page.path: ui.navigate.to(path))
            item.classes("is-here" if page.path == here.path else "")
            if page.path == here.path:
                item.props('aria-current="page"')
            with item:
                with ui.item_section().props("avatar"):
                    ui.icon(page.icon, size="20px").props('aria-hidden="true"')
                with ui.item_section():
                    ui.item_label(view.shown.say(page.title))


def switches(shown: Preferences, *, with_unit: bool = True) -> None:
    """Show the switches of unit, light and dark, and language; each is kept in a cookie and shows the page anew."""
    if with_unit:
        in_yuan = shown.unit == "yuan"
        words = Text("金额：元", "in yuan") if in_yuan else Text("金额：万元", "in 10,000 yuan")
        hint = Text("切换金额单位", "change the unit of money")
        _switch(shown, words, "payments", UNIT_COOKIE, "ten_thousand" if in_yuan else "yuan", hint)
    dark = shown.theme == "dark"
    _switch(
        shown,
        Text("浅色", "Light") if dark else Text("深色", "Dark"),
        "light_mode" if dark else "dark_mode",
        THEME_COOKIE,
        "light" if dark else "dark",
        Text("切换明暗", "change light and dark"),
    )
    other = "en" if shown.language == "zh" else "zh"
    words = Text.plain("English" if other == "en" else "中文")
    _switch(shown, words, "translate", LANGUAGE_COOKIE, other, Text("切换语言", "change the language"))


def _switch(shown: Preferences, words: Text, icon: str, cookie: str, value: str, hint: Text) -> None:
    script = f"document.cookie='{cookie}={value};path=/;max-age=31536000;samesite=strict';location.reload()"
    button = ui.button(shown.say(words), icon=icon).props(f'flat dense no-caps aria-label="{shown.say(hint)}"')
    button.on("click", js_handler=f"() => {{{script}}}")


def _bell(view: PageView) -> Callable[[], Awaitable[None]]:
    """Show how many notices are unread; return what counts them."""
    words = view.say("通知", "Notices")
    bell = ui.button(words, icon="notifications", on_click=lambda: ui.navigate.to("/notices")).props(
        "flat dense no-caps"
    )
    with bell:
        badge = ui.badge("").props("rounded").style("margin-left: 5px")
    badge.set_visibility(False)

    async def count() -> None:
        try:
            fresh = await view.unread()
        except TongchouError:
            return  # what was asked for on the page says what is wrong
        badge.set_text(f"{fresh:,}")
        badge.set_visibility(fresh > 0)
        bell.props(f'aria-label="{words} {fresh}"')

    return count


def _person(view: PageView) -> None:
    subject = view.subject
    with ui.button(view.shown.say(subject.called), icon="person").props("flat dense no-caps"), ui.menu():
        for role in subject.roles:
            ui.menu_item(view.shown.say(ROLE[role])).props("disable")
        ui.separator()
        ui.menu_item(view.say("我的账号与令牌", "My account and tokens"), on_click=lambda: ui.navigate.to("/me"))
        ui.menu_item(view.say("退出登录", "Sign out")).on(
            "click",
            js_handler="() => fetch('/api/v1/sign-out', {method: 'POST'}).then(() => location.href = '/sign-in')",
        )
