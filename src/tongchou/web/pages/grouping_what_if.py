"""What a case would be if it were coded otherwise: a table of outcomes, and changes of one's own; and why it is so."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.grouping.review.severity_options import WARNING
from tongchou.grouping.review.what_if import (
    Change,
    DiagnosisAdded,
    DiagnosisDropped,
    PrincipalReplaced,
    PrincipalSwapped,
    ProcedureAdded,
    ProcedureDropped,
    ProcedureMadePrincipal,
)
from tongchou.web import states, tables
from tongchou.web.explanation import explanation
from tongchou.web.frame import PageView

_KINDS: dict[str, tuple[Text, type[Any]]] = {
    "principal": (Text("主要诊断改为", "principal diagnosis"), PrincipalReplaced),
    "add_dx": (Text("增加其他诊断", "add a diagnosis"), DiagnosisAdded),
    "drop_dx": (Text("去掉诊断", "drop a diagnosis"), DiagnosisDropped),
    "add_op": (Text("增加手术操作", "add a procedure"), ProcedureAdded),
    "drop_op": (Text("去掉手术操作", "drop a procedure"), ProcedureDropped),
    "first_op": (Text("主要手术改为", "principal procedure"), ProcedureMadePrincipal),
}

_MOST_OBVIOUS = 40
_CHANGES = (
    tables.Column("change", Text("改动", "change"), width=330),
    tables.Column("differs", Text("与原病例", "beside the case")),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of variants: a row each, with its `change` in words and whether its result `differs`.

    Attributes:
        columns: What stands beside those two.
        rows: The rows, of the case as it is first.
    """

    columns: Sequence[tables.Column]
    rows: Sequence[Mapping[str, Any]]


Trying = Callable[[Sequence[Change]], Awaitable[Tried]]


class WhatIf:
    """Variants of a case: each secondary diagnosis as principal, each code dropped, and what somebody asks for.

    Args:
        view: The page.
        case: The case.
        trying: Gives what becomes of the case as it is and of each change.
    """

    def __init__(self, view: PageView, case: dict[str, Any], trying: Trying) -> None:
        self._view = view
        self._trying = trying
        self._changes: list[Change] = _obvious(case)

    async def show(self) -> None:
        """Show the section."""
        view = self._view
        with ui.element("section").classes("panel stack"):
            ui.html(f"<h2>{view.say('试改编码', 'What if')}</h2>", sanitize=False)
            ui.label(view.shown.say(WARNING)).classes("notice")
            with ui.element("div").classes("bar"):
                kinds = {key: view.shown.say(name) for key, (name, _) in _KINDS.items()}
                self._kind = ui.select(kinds, value="principal", label=view.say("改动", "change"))
                self._kind.props("outlined dense options-dense").style("min-width: 190px")
                self._code = ui.input(view.say("编码", "code")).props("outlined dense").style("min-width: 160px")
                self._code.on("keydown.enter", self._add)
                ui.button(view.say("试一试", "Try it"), icon="science", on_click=self._add).props("no-caps outline")
            self._place = ui.element("div").style("width: 100%")
            await self._draw(self._changes)

    async def _add(self) -> None:
        code = (self._code.value or "").strip().upper()
        if not code:
            return
        change: Change = _KINDS[self._kind.value][1](code)
        if await self._draw([change, *self._changes]):
            self._changes = [change, *self._changes]
            self._code.set_value("")

    async def _draw(self, changes: Sequence[Change]) -> bool:
        view = self._view
        try:
            tried = await self._trying(changes)
        except TongchouError as error:
            states.notify(view.shown, error)
            return False
        differs = view.say("不同", "differs")
        rows = [{**row, "differs": differs if row["differs"] else ""} for row in tried.rows]
        self._place.clear()
        with self._place:
            tables.table([*_CHANGES, *tried.columns], rows, view.shown, name=Text("试改编码", "what if"))
        return True


def _obvious(case: dict[str, Any]) -> list[Change]:
    diagnoses, procedures = case["diagnoses"], case["procedures"]
    changes: list[Change] = [
        *(PrincipalSwapped(place) for place in range(1, len(diagnoses))),
        *(DiagnosisDropped(code) for code in diagnoses[1:]),
        *(ProcedureMadePrincipal(code) for code in procedures[1:]),
        *(ProcedureDropped(code) for code in procedures),
    ]
    return changes[:_MOST_OBVIOUS]


def why(view: PageView, reasons: Step) -> None:
    """Show why a case is in its group."""
    with ui.element("section").classes("panel stack"):
        ui.html(f"<h2>{view.say('为什么', 'Why')}</h2>", sanitize=False)
        explanation(reasons, view.shown)
