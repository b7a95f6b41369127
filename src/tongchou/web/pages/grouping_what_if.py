"""What a case would be if it were coded otherwise: a table of outcomes, and changes of one's own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nicegui import ui

from tongchou.core.errors import TongchouError
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
from tongchou.schema.states import GROUPING_STATUS, INSURANCE_TYPE
from tongchou.web import states, tables
from tongchou.web.frame import PageView
from tongchou.workplace.at_hand import Ready
from tongchou.workplace.grouping_cases import Outcome, what_ifs

_KINDS: dict[str, tuple[Text, type[Any]]] = {
    "principal": (Text("主要诊断改为", "principal diagnosis"), PrincipalReplaced),
    "add_dx": (Text("增加其他诊断", "add a diagnosis"), DiagnosisAdded),
    "drop_dx": (Text("去掉诊断", "drop a diagnosis"), DiagnosisDropped),
    "add_op": (Text("增加手术操作", "add a procedure"), ProcedureAdded),
    "drop_op": (Text("去掉手术操作", "drop a procedure"), ProcedureDropped),
    "first_op": (Text("主要手术改为", "principal procedure"), ProcedureMadePrincipal),
}

_MOST_OBVIOUS = 40


class WhatIf:
    """Variants of a case: each secondary diagnosis as principal, each code dropped, and what somebody asks for.

    Args:
        view: The page.
        ready: By what the case was grouped.
        case: The case.
    """

    def __init__(self, view: PageView, ready: Ready, case: dict[str, Any]) -> None:
        self._view = view
        self._ready = ready
        self._case = case
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
            _, outcomes = await view.ask(what_ifs, self._case, changes, self._ready.name)
        except TongchouError as error:
            states.notify(view.shown, error)
            return False
        self._place.clear()
        with self._place:
            _table(view, self._ready, outcomes)
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


def _table(view: PageView, ready: Ready, outcomes: Sequence[Outcome]) -> None:
    say = view.shown.say
    kinds = list(ready.prices.rates_fen) if ready.prices else []
    rows = [
        {
            "change": say(each.description),
            "differs": view.say("不同", "differs") if each.differs_in else "",
            "drg": each.case.grouped.drg if each.case.name else "",
            "name": say(each.case.name or GROUPING_STATUS[each.case.grouped.status]),
            "weight": each.case.weight_e4,
            **each.case.standards_fen,
        }
        for each in outcomes
    ]
    tables.table(
        [
            tables.Column("change", Text("改动", "change"), width=330),
            tables.Column("differs", Text("与原病例", "beside the case")),
            tables.Column("drg", Text("病组", "group"), width=90),
            tables.Column("name", Text("名称或结果", "name, or status"), width=310),
            tables.Column("weight", Text("权重", "weight"), "ratio"),
            *(
                tables.Column(
                    kind,
                    Text(f"{INSURANCE_TYPE[kind].zh}标准", f"standard, {INSURANCE_TYPE[kind].en}"),
                    "money",
                    width=130,
                )
                for kind in kinds
            ),
        ],
        rows,
        # The standard of one case is read in yuan, whatever the sums of a year are read in.
        replace(view.shown, unit="yuan"),
        name=Text("试改编码", "what if"),
    )
