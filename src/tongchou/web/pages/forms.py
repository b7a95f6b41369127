"""What forms of several pages share: fields with words, buttons that act once and say what went wrong."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from nicegui import ui

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.web import states
from tongchou.web.frame import PageView


def act_button(
    view: PageView, words: Text, icon: str, act: Callable[[], Awaitable[object]], *, look: str = "unelevated"
) -> ui.button:
    """Show a button that does an act; while it is under way it cannot be pressed again, an error is told.

    Args:
        view: The page.
        words: What stands on it.
        icon: The picture before the words.
        act: The act.
        look: `unelevated` for the main act, `outline` or `flat` for others.
    """

    async def pressed() -> None:
        button.disable()
        try:
            await act()
        except TongchouError as error:
            states.notify(view.shown, error)
        finally:
            if not button.is_deleted:
                button.enable()

    button = ui.button(view.shown.say(words), icon=icon, on_click=pressed).props(f"{look} dense no-caps")
    button.style("padding: 4px 12px")
    return button


def text_field(view: PageView, words: Text, value: str = "", *, width: int = 220, lines: int = 1) -> ui.input:
    """Show a field for words."""
    kind = "" if lines == 1 else f" type=textarea rows={lines} stack-label"
    field = ui.input(view.shown.say(words), value=value).props(f"outlined dense{kind}")
    return field.style(f"width: {width}px; max-width: 100%")


def choice(
    view: PageView, words: Text, options: dict[str, str], value: str | None = None, *, width: int = 220
) -> ui.select:
    """Show a field to choose one of some; long lists are searched by typing."""
    chosen = ui.select(options, value=value, label=view.shown.say(words), with_input=len(options) > 12)
    return chosen.props("outlined dense options-dense").style(f"width: {width}px; max-width: 100%")


def moment(at: datetime | None) -> str:
    """Return a moment as people read it, where the place is; empty where there is none."""
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M")


def heading(view: PageView, words: Text, note: str = "") -> None:
    """Show the heading of a panel, with a note in smaller letters."""
    with ui.element("div").classes("bar"):
        ui.label(view.shown.say(words)).props('role="heading" aria-level="2"').classes("panel-heading")
        if note:
            ui.label(note).classes("is-muted")


def facts(rows: list[tuple[str, str]]) -> None:
    """Show facts, a name before each."""
    with ui.element("dl").classes("facts"):
        for name, value in rows:
            with ui.element("dt"):
                ui.label(name)
            with ui.element("dd"):
                ui.label(value)
