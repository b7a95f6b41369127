"""A list of codes that is filled by looking codes up, and put in order by arrows or by dragging."""

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import events, ui

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.schemes.scheme import Kind
from tongchou.web import states
from tongchou.web.frame import PageView
from tongchou.workplace import reference

_SHOWN = 8
_FIRST = {"dx": Text("主要诊断", "principal"), "op": Text("主要手术", "principal")}


@dataclass(slots=True)
class Chosen:
    """A code that stands in the list; its name is empty where no source has one."""

    code: str
    name: str


class CodeList:
    """The codes of a kind, the principal one first.

    Args:
        view: The page.
        kind: Diagnoses or procedures.
        title: What the codes are.
        on_change: Called when codes were added, dropped or moved.
    """

    def __init__(self, view: PageView, kind: Kind, title: Text, on_change: Callable[[], None]) -> None:
        self._view = view
        self._kind: Kind = kind
        self._on_change = on_change
        self._dragged: int | None = None
        self.chosen: list[Chosen] = []
        with ui.element("div").style("display: grid; gap: 6px; width: 100%; min-width: 0; align-content: start"):
            hint = Text("编码或名称，回车加入", "code or name, Enter adds it")
            self._sought = ui.input(view.shown.say(title), placeholder=view.shown.say(hint), on_change=self._look_up)
            self._sought.props("outlined dense clearable debounce=250").classes("code-sought")
            self._sought.on("keydown.enter", self._add_written)
            self._found = ui.list().props("dense bordered separator").style("width: 100%")
            self._found.set_visibility(False)
            self._rows = ui.element("ol").classes("codes").props(f'aria-label="{view.shown.say(title)}"')

    @property
    def codes(self) -> list[str]:
        """The codes, in order."""
        return [each.code for each in self.chosen]

    async def put(self, codes: list[str]) -> None:
        """Let these codes be the list."""
        self.chosen = [Chosen(code, await self._name(code)) for code in codes]
        self._changed()

    async def _look_up(self, event: events.ValueChangeEventArguments[str | None]) -> None:
        words = (event.value or "").strip()
        self._found.clear()
        self._found.set_visibility(bool(words))
        if not words:
            return
        try:
            entries = await self._view.ask(reference.codes, self._kind, words, _SHOWN)
        except TongchouError as error:
            states.notify(self._view.shown, error)
            return
        with self._found:
            for entry in entries:
                name = self._view.shown.say(entry.name)
                with ui.item(on_click=lambda code=entry.code, name=name: self._add(code, name)).props("tabindex=0"):
                    with ui.item_section().props("side").style("min-width: 96px"):
                        ui.label(entry.code).style("font-weight: 600; color: var(--ink)")
                    with ui.item_section():
                        ui.label(name)
            if not entries:
                with ui.item(), ui.item_section():
                    ui.label(self._view.say("没有找到；回车按原样加入", "nothing found; Enter adds it as it is"))

    async def _add_written(self) -> None:
        code = (self._sought.value or "").strip().upper()
        if code:
            self._add(code, await self._name(code))

    async def _name(self, code: str) -> str:
        name = await self._view.ask(reference.code_name, self._kind, code)
        return self._view.shown.say(name) if name else ""

    def _add(self, code: str, name: str) -> None:
        if code not in self.codes:
            self.chosen.append(Chosen(code, name))
        self._sought.set_value("")
        self._changed()

    def _move(self, place: int, to: int) -> None:
        if 0 <= to < len(self.chosen):
            self.chosen.insert(to, self.chosen.pop(place))
            self._changed()

    def _drop_on(self, place: int) -> None:
        if self._dragged is not None and self._dragged != place:
            self._move(self._dragged, place)
        self._dragged = None

    def _remove(self, place: int) -> None:
        del self.chosen[place]
        self._changed()

    def _changed(self) -> None:
        self._rows.clear()
        with self._rows:
            for place, each in enumerate(self.chosen):
                self._row(place, each)
        self._on_change()

    def _row(self, place: int, each: Chosen) -> None:
        say = self._view.say
        with ui.element("li").props('draggable="true"') as row:
            mark = self._view.shown.say(_FIRST[self._kind]) if place == 0 else str(place + 1)
            ui.label(mark).classes("is-muted").style("min-width: 62px")
            ui.label(each.code).style("font-weight: 600; min-width: 78px")
            ui.label(each.name).classes("grow").style("min-width: 0; overflow-wrap: anywhere")
            for icon, words, to in (
                ("arrow_upward", say("上移", "up"), place - 1),
                ("arrow_downward", say("下移", "down"), place + 1),
            ):
                button = ui.button(icon=icon, on_click=lambda to=to, place=place: self._move(place, to))
                button.props(f'flat dense round size="sm" title="{words}"').props["aria-label"] = f"{words} {each.code}"
                button.set_enabled(0 <= to < len(self.chosen))
            words = say("去掉", "remove")
            button = ui.button(icon="close", on_click=lambda place=place: self._remove(place))
            button.props(f'flat dense round size="sm" title="{words}"').props["aria-label"] = f"{words} {each.code}"
        row.on("dragstart", lambda place=place: setattr(self, "_dragged", place))
        row.on("dragover.prevent", js_handler="() => {}")
        row.on("drop.prevent", lambda place=place: self._drop_on(place))
