"""A case by the region's DIP catalogue: its group with points, what if it were coded otherwise, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from tongchou.core.explanation import Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.grouping.dip.names import BAND_NAMES, KIND_NAMES, REASON_NAMES
from tongchou.grouping.review.what_if import Change
from tongchou.web import tables
from tongchou.web.frame import PageView
from tongchou.web.pages.grouping_what_if import Tried, WhatIf, why
from tongchou.web.tiles import figure_tile
from tongchou.workplace.dip_at_hand import ReadyDip
from tongchou.workplace.dip_grouping import DipGroup, DipOutcome, dip_what_ifs, explain_dip_group, group_dip_cases
from tongchou.workplace.dip_reading import group_names


@dataclass(frozen=True, slots=True)
class DipAnswer:
    """What the catalogue makes of a case."""

    view: PageView
    case: dict[str, Any]
    ready: ReadyDip
    found: DipGroup
    name: Text
    reasons: Step

    @classmethod
    async def to(cls, view: PageView, case: dict[str, Any]) -> "DipAnswer":
        """Ask for it.

        Raises:
            TongchouError: As `group_dip_cases`.
        """
        ready, (found,) = await view.ask(group_dip_cases, [case])
        names = await view.ask(group_names, [found["group"]])
        name = names.get(found["group"]) or REASON_NAMES[found["reason"]]
        return cls(view, case, ready, found, name, await view.ask(explain_dip_group, case))

    async def show(self) -> None:
        """Show it."""
        self._group()
        await WhatIf(self.view, self.case, self._tried).show()
        why(self.view, self.reasons)

    def _group(self) -> None:
        found, say = self.found, self.view.shown.say
        with ui.element("section").classes("panel stack").props('role="status"'):
            ui.label(f"{found['group'] or ''} {say(self.name)}".strip()).classes("result-name")
            if found["group"] is not None:
                with ui.element("div").classes("tiles"):
                    self._tiles()
            if found["group"] is not None and found["band"] is None:
                hint = Text(
                    "未填费用或医院等级，或目录库无该级均费，因此未计费用偏差",
                    "the cost or the level is not filled in, or has no mean, so no deviation is counted",
                )
                ui.label(say(hint)).classes("is-muted")
            if self.ready.period is not None:
                of_run = Text(
                    f"目录库由 {self.ready.period} 年结算 {self.ready.run_id} 测算",
                    f"the catalogue was measured by the run {self.ready.run_id} of {self.ready.period}",
                )
                ui.label(say(of_run)).classes("is-muted")
            ui.label(say(self.ready.notice)).classes("notice")

    def _tiles(self) -> None:
        view, found, say = self.view, self.found, self.view.shown.say
        titles = self.ready.grouper.catalogue.rules.treatment_titles
        figure_tile(view.say("病种类别", "kind"), say(KIND_NAMES[found["kind"]]), say(titles[found["treatment"]]))
        figure_tile(view.say("病例分值", "points of the case"), format_yuan(found["points_e2"]))
        figure_tile(view.say("病种分值", "points of the group"), format_yuan(found["score_e2"]))
        figure_tile("RW", format_e4(found["rw_e4"]))
        below = " · ".join(filter(None, (found["auxiliary"], found["class"])))
        figure_tile(view.say("辅助目录系数", "auxiliary factor"), format_e4(found["factor_e4"]), below)
        if found["band"] is not None:
            tone = "" if found["band"] == "normal" else "is-loss"
            title = view.say("费用偏差系数", "coefficient of deviation")
            figure_tile(title, format_e4(found["coefficient_e4"]), say(BAND_NAMES[found["band"]]), tone=tone)

    async def _tried(self, changes: Sequence[Change]) -> Tried:
        _, outcomes = await self.view.ask(dip_what_ifs, self.case, changes)
        names = await self.view.ask(group_names, [each.group["group"] for each in outcomes])
        return Tried(_COLUMNS, [self._row(each, names.get(each.group["group"])) for each in outcomes])

    def _row(self, outcome: DipOutcome, name: Text | None) -> dict[str, Any]:
        say, group = self.view.shown.say, outcome.group
        return {
            "change": say(outcome.description),
            "differs": bool(outcome.differs_in),
            "group": group["group"] or "",
            "name": say(name or REASON_NAMES[group["reason"]]),
            "rw": group["rw_e4"],
            "factor": group["factor_e4"],
            "coefficient": group["coefficient_e4"],
            "points": group["points_e2"],
        }


_COLUMNS = (
    tables.Column("group", Text("病种", "group"), width=150),
    tables.Column("name", Text("名称或结果", "name, or status"), width=310),
    tables.Column("rw", Text("RW", "RW"), "ratio"),
    tables.Column("factor", Text("辅助目录系数", "auxiliary factor"), "ratio"),
    tables.Column("coefficient", Text("偏差系数", "deviation"), "ratio"),
    tables.Column("points", Text("病例分值", "points"), "points"),
)
