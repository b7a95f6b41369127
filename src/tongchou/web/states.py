"""What a page shows when it has nothing to show: loading, empty, refused, gone wrong."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.web.preferences import Preferences


def empty(shown: Preferences, what: Text, remedy: Text) -> None:
    """Say that there is nothing yet, and what would bring it."""
    _state(shown, "inbox", what, [shown.say(remedy)])


def loading(shown: Preferences) -> ui.element:
    """Say that something is being computed; remove what is returned when it is there."""
    with ui.element("div").classes("state").props('role="status"') as place:
        ui.spinner(size="28px")
        ui.label(shown.say(Text("正在读取……", "reading …")))
    return place


def refused(shown: Preferences, reason: Text) -> None:
    """Say that a right is missing; the reason says why, and who has it."""
    _state(shown, "lock", Text("您不能查看这一页", "you cannot see this page"), [shown.say(reason)])


def failed(shown: Preferences, error: TongchouError) -> None:
    """Show an error: what, where, why and what to do."""
    for each in error.problems if isinstance(error, Problems) else (error,):
        words = [f"{each.where}", shown.say(each.why), shown.say(each.remedy), each.code]
        _state(shown, "error_outline", each.what, words)


def kept_error(shown: Preferences, problem: Mapping[str, Any]) -> str:
    """Return what an error that a record keeps as JSON says first, in the language of the page."""
    first = problem["problems"][0] if "problems" in problem else problem
    what, why = first["what"], first["why"]
    return shown.say(Text(f"{what['zh']}：{why['zh']}", f"{what['en']}: {why['en']}"))


def notify(shown: Preferences, error: TongchouError) -> None:
    """Show an error beside what somebody was doing."""
    _told(shown, error.sentence(shown.language), "error_outline")


def remind(shown: Preferences, words: Text) -> None:
    """Say what is still to be filled in, or what was not found."""
    _told(shown, shown.say(words), "info")


def _told(shown: Preferences, words: str, icon: str) -> None:
    close = shown.say(Text("关闭", "Close"))
    ui.notify(words, icon=icon, classes="told", multi_line=True, timeout=12_000, close_button=close)


def _state(shown: Preferences, icon: str, title: Text, words: list[str]) -> None:
    with ui.element("div").classes("state panel").props('role="status"'):
        ui.icon(icon, size="36px").props('aria-hidden="true"')
        ui.label(shown.say(title)).style("font-weight: 650; font-size: 17px; color: var(--ink)")
        for each in words:
            ui.label(each)
