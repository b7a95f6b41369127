"""One case: its form, its group with weight and standard, why, and what it would be if it were coded otherwise."""

from typing import Any

from nicegui import ui

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.schema.states import DISCHARGE_WAY, GROUPING_STATUS, INSURANCE_TYPE, SEX
from tongchou.web import states
from tongchou.web.explanation import explanation
from tongchou.web.frame import PageView
from tongchou.web.pages.code_list import CodeList
from tongchou.web.pages.grouping_what_if import WhatIf
from tongchou.workplace.at_hand import Ready
from tongchou.workplace.grouping_cases import GroupedCase, explain_group, group_case
from tongchou.workplace.scheme_reading import schemes_of

_NUMBERS = {
    "age_years": (Text("年龄（岁）", "age, years"), 150),
    "age_days": (Text("日龄（不足一岁）", "age, days (under 1)"), 366),
    "birth_weight_g": (Text("出生体重（克）", "birth weight, g"), 20_000),
    "los_days": (Text("住院天数", "days of stay"), 36_500),
}
_EXAMPLE: dict[str, Any] = {
    "sex": "female",
    "age_years": 61,
    "los_days": 8,
    "discharge_way": "home",
    "diagnoses": ["J18.900", "I10.x00", "J96.000"],
    "procedures": ["33.2403"],
}


async def one_case(view: PageView) -> None:
    """Show the form, and below it what comes of it."""
    await _OneCase(view).show()


class _OneCase:
    def __init__(self, view: PageView) -> None:
        self._view = view
        self._fields: dict[str, Any] = {}

    async def show(self) -> None:
        view = self._view
        schemes = await view.ask(schemes_of)
        names = {each.manifest.name: view.shown.say(each.manifest.title) for each in schemes}
        todays = next((each.manifest.name for each in schemes if each.is_todays), next(iter(names), None))
        with ui.element("section").classes("panel stack"):
            with ui.element("div").classes("bar"):
                ui.html(f"<h2>{view.say('病例', 'The case')}</h2>", sanitize=False)
                ui.element("div").classes("grow")
                ui.button(view.say("填入示例", "Fill in an example"), icon="edit_note", on_click=self._example).props(
                    "flat dense no-caps"
                )
            with ui.element("div").classes("fields"):
                self._form(names, todays)
            with ui.element("div").classes("columns"):
                dx, op = Text("诊断，主要诊断在前", "diagnoses, principal first"), Text("手术操作", "procedures")
                self._diagnoses = CodeList(view, "dx", dx, self._forget)
                self._procedures = CodeList(view, "op", op, self._forget)
            with ui.element("div").classes("bar"):
                ui.button(view.say("分组", "Group"), icon="play_arrow", on_click=self._group).props(
                    "no-caps unelevated"
                )
        self._place = ui.element("div").style("display: grid; gap: 14px; width: 100%; min-width: 0")
        with self._place:
            states.empty(
                view.shown,
                Text("还没有分组", "not grouped yet"),
                Text("填写病例后按“分组”", "fill in a case and press 'Group'"),
            )

    def _form(self, schemes: dict[str, str], todays: str | None) -> None:
        view = self._view
        self._scheme = ui.select(schemes, value=todays, label=view.say("分组方案", "scheme"), on_change=self._forget)
        sexes = {key: view.shown.say(name) for key, name in SEX.items()}
        self._fields["sex"] = ui.select(sexes, label=view.say("性别", "sex"), on_change=self._forget)
        for key, (name, most) in _NUMBERS.items():
            self._fields[key] = ui.number(view.shown.say(name), min=0, max=most, precision=0, on_change=self._forget)
        self._fields["department"] = ui.input(view.say("出院科室", "department"), on_change=self._forget)
        ways = {key: view.shown.say(name) for key, name in DISCHARGE_WAY.items()}
        self._fields["discharge_way"] = ui.select(ways, label=view.say("离院方式", "discharge"), on_change=self._forget)
        for field in (self._scheme, *self._fields.values()):
            field.props("outlined dense options-dense clearable")
        self._scheme.props(remove="clearable").classes("is-double")

    async def _example(self) -> None:
        for key, field in self._fields.items():
            field.set_value(_EXAMPLE.get(key))
        await self._diagnoses.put(_EXAMPLE["diagnoses"])
        await self._procedures.put(_EXAMPLE["procedures"])
        await self._group()

    def _case(self) -> dict[str, Any]:
        case: dict[str, Any] = {
            key: field.value for key, field in self._fields.items() if field.value not in (None, "")
        }
        case |= {key: int(case[key]) for key in _NUMBERS if key in case}
        return {**case, "diagnoses": self._diagnoses.codes, "procedures": self._procedures.codes}

    def _forget(self) -> None:
        """Take away a result that is no longer that of the form."""
        if hasattr(self, "_place"):
            self._place.clear()

    async def _group(self) -> None:
        view, case = self._view, self._case()
        try:
            ready, found = await view.ask(group_case, case, self._scheme.value)
            why = await view.ask(explain_group, case, self._scheme.value)
        except TongchouError as error:
            states.notify(view.shown, error)
            return
        self._place.clear()
        with self._place:
            show_group(view, ready, found)
            await WhatIf(view, ready, case).show()
            with ui.element("section").classes("panel stack"):
                ui.html(f"<h2>{view.say('为什么', 'Why')}</h2>", sanitize=False)
                explanation(why, view.shown)


def show_group(view: PageView, ready: Ready, found: GroupedCase) -> None:
    """Show a group with its weight and the standard by insurance type."""
    grouped = found.grouped
    with ui.element("section").classes("panel stack").props('role="status"'):
        name = view.shown.say(found.name) if found.name else view.shown.say(GROUPING_STATUS[grouped.status])
        ui.label(f"{grouped.drg if found.name else ''} {name}".strip()).style("font-size: 22px; font-weight: 700")
        with ui.element("div").classes("tiles"):
            _tile(
                view,
                Text("结果", "status"),
                view.shown.say(GROUPING_STATUS[grouped.status]),
                is_bad=grouped.status != "grouped",
            )
            _tile(view, Text("MDC · ADRG", "MDC · ADRG"), f"{grouped.mdc} · {grouped.adrg}")
            if found.weight_e4 is not None:
                period = ready.prices.period if ready.prices else ""
                _tile(view, Text(f"权重（{period} 年结算）", f"weight (run of {period})"), format_e4(found.weight_e4))
            for kind, fen in found.standards_fen.items():
                kind_name = INSURANCE_TYPE[kind]
                title = Text(f"{kind_name.zh}支付标准（元）", f"standard, {kind_name.en} (yuan)")
                _tile(view, title, format_yuan(fen))
        if found.standards_fen:
            hint = Text("费率 × 权重，未计机构系数与病例调整", "rate x weight, before coefficients and adjustments")
            ui.label(view.shown.say(hint)).classes("is-muted")
        elif grouped.status == "grouped":
            hint = Text(
                "没有按此方案的年度结算，因此没有权重和标准", "no run grouped by this scheme, so there is no weight"
            )
            ui.label(view.shown.say(hint)).classes("is-muted")
        if ready.notice:
            ui.label(view.shown.say(ready.notice)).classes("notice")


def _tile(view: PageView, name: Text, value: str, *, is_bad: bool = False) -> None:
    with ui.element("div").classes("tile is-loss" if is_bad else "tile"):
        ui.label(view.shown.say(name)).classes("name")
        ui.label(value).classes("value")
