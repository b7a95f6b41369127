"""A case by a DRG scheme: its group with weight and standard, what if it were coded otherwise, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from tongchou.core.explanation import Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.grouping.review.what_if import Change
from tongchou.schema.states import GROUPING_STATUS, INSURANCE_TYPE
from tongchou.web import tables
from tongchou.web.frame import PageView
from tongchou.web.pages.grouping_what_if import Tried, WhatIf, why
from tongchou.web.tiles import figure_tile
from tongchou.workplace.at_hand import Ready
from tongchou.workplace.grouping_cases import GroupedCase, Outcome, explain_group, group_case, what_ifs


@dataclass(frozen=True, slots=True)
class SchemeAnswer:
    """What a DRG scheme makes of a case."""

    view: PageView
    case: dict[str, Any]
    ready: Ready
    found: GroupedCase
    reasons: Step

    @classmethod
    async def to(cls, view: PageView, case: dict[str, Any], scheme: str | None) -> "SchemeAnswer":
        """Ask for it.

        Raises:
            TongchouError: As `group_case`.
        """
        ready, found = await view.ask(group_case, case, scheme)
        return cls(view, case, ready, found, await view.ask(explain_group, case, scheme))

    async def show(self) -> None:
        """Show it."""
        _group(self.view, self.ready, self.found)
        await WhatIf(self.view, self.case, self._tried).show()
        why(self.view, self.reasons)

    async def _tried(self, changes: Sequence[Change]) -> Tried:
        _, outcomes = await self.view.ask(what_ifs, self.case, changes, self.ready.name)
        return _table(self.view, self.ready, outcomes)


def _group(view: PageView, ready: Ready, found: GroupedCase) -> None:
    grouped, say = found.grouped, view.shown.say
    with ui.element("section").classes("panel stack").props('role="status"'):
        name = say(found.name) if found.name else say(GROUPING_STATUS[grouped.status])
        ui.label(f"{grouped.drg if found.name else ''} {name}".strip()).classes("result-name")
        with ui.element("div").classes("tiles"):
            tone = "" if grouped.status == "grouped" else "is-loss"
            figure_tile(view.say("结果", "status"), say(GROUPING_STATUS[grouped.status]), tone=tone)
            figure_tile("MDC · ADRG", f"{grouped.mdc} · {grouped.adrg}")
            if found.weight_e4 is not None:
                period = ready.prices.period if ready.prices else ""
                title = Text(f"权重（{period} 年结算）", f"weight (run of {period})")
                figure_tile(say(title), format_e4(found.weight_e4))
            for kind, fen in found.standards_fen.items():
                kind_name = INSURANCE_TYPE[kind]
                title = Text(f"{kind_name.zh}支付标准（元）", f"standard, {kind_name.en} (yuan)")
                figure_tile(say(title), format_yuan(fen))
        if found.standards_fen:
            hint = Text("费率 × 权重，未计机构系数与病例调整", "rate x weight, before coefficients and adjustments")
            ui.label(say(hint)).classes("is-muted")
        elif grouped.status == "grouped":
            hint = Text(
                "没有按此方案的年度结算，因此没有权重和标准", "no run grouped by this scheme, so there is no weight"
            )
            ui.label(say(hint)).classes("is-muted")
        if ready.notice:
            ui.label(say(ready.notice)).classes("notice")


def _table(view: PageView, ready: Ready, outcomes: Sequence[Outcome]) -> Tried:
    say = view.shown.say
    kinds = list(ready.prices.rates_fen) if ready.prices else []
    rows = [
        {
            "change": say(each.description),
            "differs": bool(each.differs_in),
            "drg": each.case.grouped.drg if each.case.name else "",
            "name": say(each.case.name or GROUPING_STATUS[each.case.grouped.status]),
            "weight": each.case.weight_e4,
            **each.case.standards_fen,
        }
        for each in outcomes
    ]
    columns = [
        tables.Column("drg", Text("病组", "group"), width=90),
        tables.Column("name", Text("名称或结果", "name, or status"), width=310),
        tables.Column("weight", Text("权重", "weight"), "ratio"),
        *(
            tables.Column(
                kind,
                Text(f"{INSURANCE_TYPE[kind].zh}标准", f"standard, {INSURANCE_TYPE[kind].en}"),
                # The standard of one case is read in yuan, whatever the sums of a year are read in.
                "yuan",
                width=130,
            )
            for kind in kinds
        ),
    ]
    return Tried(columns, rows)
