"""Scenarios: listed, made, run, and compared side by side."""

from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from tongchou.access.decision import decide
from tongchou.access.subject import REGION
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.states import RUN_ORDER_STATE
from tongchou.web import states, tables
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.groups import RULES
from tongchou.web.pages.scenario_form import scenario_form
from tongchou.web.pages.scenario_pair import scenario_pair
from tongchou.web.pages.scenario_result import scenario_result
from tongchou.web.pages.trial_progress import trial_progress
from tongchou.workplace import scenario_work
from tongchou.workplace.scenario_work import ScenarioLine

_ORIGINS = {"region": Text("本地", "the region's"), "example": Text("示例", "example")}
_MOVING = {"planned", "running"}


async def _build(view: PageView) -> None:
    query = view.query
    if {"left", "right"} <= query.keys():
        await scenario_pair(view, query["left"], query["right"])
    elif "scenario" in query:
        await _one(view, query["scenario"])
    elif "new" in query and _may_run(view):
        await scenario_form(view)
    else:
        await _list(view)


async def _list(view: PageView) -> None:
    lines = await view.ask(scenario_work.scenarios_of)
    with ui.element("div").classes("bar"):
        if _may_run(view):
            ui.button(
                view.say("新建情景", "New scenario"), icon="add", on_click=lambda: ui.navigate.to("/scenarios?new=form")
            ).props("no-caps unelevated")
        ui.element("div").classes("grow")
        _pair_form(view, lines)
    if not lines:
        hint = Text("新建一个，再运行", "make one, and run it")
        states.empty(view.shown, Text("还没有情景", "no scenarios yet"), hint)
        return
    with ui.element("section").classes("panel"):
        tables.table(
            [
                tables.Column("name", Text("情景", "scenario"), width=280),
                tables.Column("id", Text("编号", "id"), width=150),
                tables.Column("period", Text("年度", "year"), "date", width=90),
                tables.Column("changes", Text("调整项", "changes"), "count", width=90),
                tables.Column("origin", Text("来源", "origin"), width=110),
                tables.Column("state", Text("最近一次运行", "last run"), width=140),
                tables.Column("at", Text("时间", "at"), "date", width=150),
            ],
            [
                {
                    "id": line.file.scenario_id,
                    "name": view.shown.say(line.file.name),
                    "period": line.file.period,
                    "changes": line.file.change_count,
                    "origin": view.shown.say(_ORIGINS[line.file.origin]),
                    "state": view.shown.say(RUN_ORDER_STATE[line.order.state])
                    if line.order
                    else view.say("未运行", "not run"),
                    "at": line.order.ordered_at.astimezone().strftime("%Y-%m-%d %H:%M") if line.order else "",
                }
                for line in lines
            ],
            view.shown,
            name=Text("情景", "scenarios"),
            on_row=lambda row: ui.navigate.to(f"/scenarios?{urlencode({'scenario': row['id']})}"),
        )


def _pair_form(view: PageView, lines: list[ScenarioLine]) -> None:
    tried = [line for line in lines if line.order and line.order.state == "computed"]
    if len(tried) < 2:
        ui.label(view.say("运行过两个情景后可并排比较", "two that were run can be compared")).classes("is-muted")
        return
    options = {line.file.scenario_id: view.shown.say(line.file.name) for line in tried}
    chosen = [
        ui.select(options, value=line.file.scenario_id, label=words)
        .props("outlined dense options-dense")
        .style("min-width: 230px")
        for line, words in zip(tried, (view.say("左", "left"), view.say("右", "right")), strict=False)
    ]

    def go() -> None:
        left, right = (str(each.value) for each in chosen)
        ui.navigate.to(f"/scenarios?{urlencode({'left': left, 'right': right})}")

    ui.button(view.say("并排比较", "Compare"), icon="compare", on_click=go).props("no-caps outline")


async def _one(view: PageView, scenario_id: str) -> None:
    line = await view.ask(scenario_work.scenario_of, scenario_id)
    order = line.order
    is_done = order is not None and order.state == "computed"
    result: dict[str, Any] | None = None
    problem: TongchouError | None = None
    if is_done:
        try:
            result = await view.ask(scenario_work.result_of, scenario_id)
        except TongchouError as error:
            problem = error  # it can be run again all the same
    with ui.element("section").classes("panel"):
        with ui.element("div").classes("bar"):
            ui.link(view.say("全部情景", "all scenarios"), "/scenarios")
            ui.label("›").classes("is-muted")
            ui.label(view.shown.say(line.file.name)).style("font-size: 18px; font-weight: 650").props(
                'role="heading" aria-level="2"'
            )
            ui.label(line.file.scenario_id).classes("is-muted")
            ui.element("div").classes("grow")
            if _may_run(view) and (order is None or order.state not in _MOVING):
                _run_button(view, scenario_id)
            if is_done and _sees_all(view):
                _workbook_button(view, scenario_id)
        if order is None:
            ui.label(view.say("还没有运行", "not run yet")).classes("is-muted")
        else:
            trial_progress(view, order)
        with ui.expansion(view.say("情景文件", "the scenario's file")).style("width: 100%"):
            ui.code(line.file.content, language="yaml").style("width: 100%; max-height: 420px; overflow: auto")
    if problem is not None:
        states.failed(view.shown, problem)
    if result is not None:
        scenario_result(view, result)


def _run_button(view: PageView, scenario_id: str) -> None:
    async def send() -> None:
        try:
            await view.ask(scenario_work.run_scenario, scenario_id)
        except TongchouError as error:
            states.notify(view.shown, error)
            return
        ui.navigate.reload()

    ui.button(view.say("运行", "Run"), icon="play_arrow", on_click=send).props("no-caps unelevated")


def _workbook_button(view: PageView, scenario_id: str) -> None:
    async def send() -> None:
        try:
            path = await view.ask(scenario_work.workbook_of, scenario_id)
        except TongchouError as error:
            states.notify(view.shown, error)
            return
        ui.download.content(path.read_bytes(), f"{scenario_id}.xlsx")

    ui.button(view.say("下载工作簿", "Download workbook"), icon="download", on_click=send).props("no-caps outline")


def _may_run(view: PageView) -> bool:
    return decide(view.subject, "scenarios.run", REGION, "aggregate").outcome != "refused"


def _sees_all(view: PageView) -> bool:
    return decide(view.subject, "scenarios.read", REGION, "aggregate").outcome == "allowed"


SCENARIOS = Page("/scenarios", Text("情景", "Scenarios"), RULES, "science", "scenarios.read", "aggregate", _build)
"""Scenarios and what they come to."""
