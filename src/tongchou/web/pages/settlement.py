"""Settlement: runs, then alliance, member, group, case, and why."""

from html import escape
from typing import Any, Literal

from nicegui import ui

from tongchou.browse.cases import CaseFilter
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.runs.record import RunRecord
from tongchou.runs.summary import AllianceFigures
from tongchou.schema.states import CASE_KIND, MEMBER_ROLE
from tongchou.web import states, tables
from tongchou.web.addresses import address, go
from tongchou.web.explanation import account, explanation
from tongchou.web.frame import Page, PageView
from tongchou.web.names import names_of
from tongchou.web.pages.case_sheet import case_facts
from tongchou.web.pages.forms import heading
from tongchou.web.pages.groups import MONEY
from tongchou.web.pages.result_columns import (
    AMOUNTS,
    CASE_COUNT,
    INSTITUTION_FIGURES,
    institution_row,
    with_cases_first,
)
from tongchou.web.pages.run_orders import run_orders
from tongchou.web.pages.special_case_forms import offer_review
from tongchou.web.tiles import money_tile
from tongchou.workplace.answering import Kind
from tongchou.workplace.comparing import groups_of, institutions_of
from tongchou.workplace.explaining import explain, explain_case, may_ask
from tongchou.workplace.one_case import CaseSheet
from tongchou.workplace.scheme_reading import schemes_of
from tongchou.workplace.settlement_reading import (
    alliances_of,
    cases_of,
    name_of_group,
    name_of_institution,
    runs_of,
)

_PAGE = 200
_EXPLAINED: tuple[Kind, ...] = ("case", "member", "alliance")
"""What a query may name whose reasons are shown."""


async def _build(view: PageView) -> None:
    query = view.query
    asked = next((kind for kind in _EXPLAINED if kind in query), None)
    if asked is not None:
        await _why(view, query["run"], asked, query[asked])
    elif "drg" in query:
        await _cases(view, query["run"], query.get("institution"), query["drg"])
    elif "institution" in query:
        await _groups(view, query["run"], query["institution"])
    elif "run" in query:
        await _members(view, query["run"])
    else:
        await _runs(view)


async def _trail(view: PageView) -> str:
    """Show where one has come from, each step a link back; return the words of the last but the case."""
    query, run_id = view.query, view.query["run"]
    asked: dict[str, str] = {"run": run_id}
    steps = [(run_id, dict(asked))]
    if "institution" in query:
        asked["institution"] = query["institution"]
        name = await view.ask(name_of_institution, run_id, query["institution"])
        steps.append((view.shown.say(name), dict(asked)))
    if "drg" in query:
        asked["drg"] = query["drg"]
        steps.append((view.shown.say(await view.ask(name_of_group, run_id, query["drg"])), dict(asked)))
    last = steps[-1][0]
    if "case" in query:
        steps.append((query["case"], asked | {"case": query["case"]}))
    if "member" in query:
        name = await view.ask(name_of_institution, run_id, query["member"])
        steps.append((view.shown.say(name), {"run": run_id, "institution": query["member"]}))
    if "member" in query or "alliance" in query:
        steps.append((view.say("清算为什么是这些数", "why it is settled so"), dict(query)))
    with ui.element("nav").props(f'aria-label="{view.say("位置", "place")}"').classes("bar"):
        ui.link(view.say("全部批次", "all runs"), "/settlement")
        for words, place in steps[:-1]:
            ui.label("›").classes("is-muted").props('aria-hidden="true"')
            ui.link(words, address("/settlement", place))
        ui.label("›").classes("is-muted").props('aria-hidden="true"')
        ui.label(steps[-1][0]).props('aria-current="page"')
    return last


async def _runs(view: PageView) -> None:
    await run_orders(view)
    lines = await view.ask(runs_of)
    if not lines:
        states.empty(view.shown, Text("还没有结算", "nothing settled yet"), Text("下达一次结算", "order a run"))
        return
    titles = {each.manifest.name: each.manifest.title for each in await view.ask(schemes_of)}
    rows = [
        _run_row(view, record, is_standing)
        | {"scheme": view.shown.say(titles.get(record.inputs.scheme, Text.plain(record.inputs.scheme)))}
        for record, is_standing in lines
    ]
    with ui.element("section").classes("panel"):
        tables.table(
            [
                tables.Column("run", Text("批次", "run"), width=230),
                tables.Column("period", Text("年度", "period"), "date"),
                tables.Column("state", Text("状态", "state"), width=200),
                CASE_COUNT,
                tables.Column("fund", Text("基金支付", "fund"), "money"),
                tables.Column("result", Text("医院盈亏", "hospitals' result"), "money", is_signed=True),
                tables.Column("scheme", Text("分组方案", "scheme"), width=200),
            ],
            rows,
            view.shown,
            name=Text("结算批次", "runs"),
            on_row=lambda row: go("/settlement", run=row["run"]),
        )


def _run_row(view: PageView, record: RunRecord, is_standing: bool) -> dict[str, Any]:  # noqa: FBT001
    if record.inputs.is_shadow:
        state = Text("模拟运行，未记账", "shadow run, nothing booked")
    else:
        state = Text("已入账，现行", "posted, stands") if is_standing else Text("已被冲销", "reversed")
    seen = record.summary.institutions
    return {
        "run": record.run_id,
        "period": record.inputs.period,
        "state": view.shown.say(state),
        # Who sees no institution's figures sees none of their sums: nothing, not zero.
        "cases": record.summary.case_count if seen else None,
        "fund": sum(each.fund_fen for each in seen) if seen else None,
        "result": sum(each.result_fen for each in seen) if seen else None,
    }


async def _members(view: PageView, run_id: str) -> None:
    await _trail(view)
    lines = await view.ask(institutions_of, run_id)
    results = await _results_of_alliances(view, run_id)
    for each in results:
        with ui.element("section").classes("panel"):
            ui.html(f"<h2>{escape(view.shown.say(each.name))}</h2>", sanitize=False)
            with ui.element("div").classes("tiles"):
                for name, fen in (
                    (Text("总额预算", "budget"), each.base_fen),
                    (Text("实际支出", "used"), each.actual_fen),
                    (Text("结余", "surplus"), each.surplus_fen),
                    (Text("医联体留用", "kept"), each.kept_fen),
                    (Text("基金收回", "returned"), each.returned_fen),
                ):
                    money_tile(view.shown, name, fen)
            await _ask_why(view, run_id, "alliance", each.alliance_id)
    rows = [
        institution_row(view, line)
        | {
            "role": view.shown.say(MEMBER_ROLE[line.role]) if line.role else "",
            "share": line.figures.share_fen,
            "due": line.figures.due_fen,
        }
        for line in with_cases_first(lines)
    ]
    with ui.element("section").classes("panel"):
        tables.table(
            [
                tables.Column("name", Text("机构", "institution"), width=190),
                tables.Column("level", Text("级别", "level"), width=92),
                tables.Column("role", Text("角色", "role"), width=132),
                *INSTITUTION_FIGURES,
                tables.Column("share", Text("结余分配", "share"), "money", is_signed=True),
                tables.Column("due", Text("清算应付", "due"), "money", is_signed=True),
            ],
            rows,
            view.shown,
            name=Text(f"批次 {run_id} 各机构", f"run {run_id}: institutions"),
            on_row=lambda row: go("/settlement", run=run_id, institution=row["id"]),
        )


async def _results_of_alliances(view: PageView, run_id: str) -> tuple[AllianceFigures, ...]:
    """Return the alliances' results; none for those who may compare institutions but see no statements."""
    try:
        return await view.ask(alliances_of, run_id)
    except TongchouError as error:
        if error.code != "access.refused":
            raise
        return ()


async def _groups(view: PageView, run_id: str, institution: str) -> None:
    whose = await _trail(view)
    await _ask_why(view, run_id, "member", institution)
    lines = await view.ask(groups_of, run_id, institution)
    rows = [
        {
            "drg": line.sums.key,
            "name": view.shown.say(line.name),
            "cases": line.sums.case_count,
            "weight": line.sums.cmi_e4,
            "mean": line.sums.mean_cost_fen,
            "charges": line.sums.total_fen,
            "fund": line.sums.fund_fen,
            "result": line.sums.hospital_result_fen,
        }
        for line in lines
    ]
    with ui.element("section").classes("panel"):
        tables.table(
            [
                tables.Column("drg", Text("病组", "group"), width=100),
                tables.Column("name", Text("名称", "name"), width=260),
                CASE_COUNT,
                tables.Column("weight", Text("平均权重", "mean weight"), "ratio"),
                tables.Column("mean", Text("次均费用", "mean cost"), "yuan"),
                *AMOUNTS,
            ],
            rows,
            view.shown,
            name=Text(f"{whose} 各病组", f"{whose}: groups"),
            on_row=lambda row: go("/settlement", run=run_id, institution=institution, drg=row["drg"]),
        )


async def _cases(view: PageView, run_id: str, institution: str | None, drg: str) -> None:
    group = await _trail(view)
    chosen = CaseFilter(institution_ids=[institution] if institution else None, drg=drg)
    page = await view.ask(cases_of, run_id, chosen, "result", _PAGE, view.query.get("cursor"))
    rows = [
        {
            "case": row["case_id"],
            "month": row["month"],
            "kind": view.shown.say(CASE_KIND[row["case_kind"]]),
            "weight": row["weight_e4"],
            "total": row["total_fen"],
            "payable": row["payable_fen"],
            "patient": row["patient_fen"],
            "fund": row["fund_fen"],
            "result": row["hospital_result_fen"],
        }
        for row in page.rows
    ]
    with ui.element("section").classes("panel"):
        tables.table(
            [
                tables.Column("case", Text("结算清单", "case"), width=150),
                tables.Column("month", Text("月份", "month"), "date"),
                tables.Column("kind", Text("病例类型", "kind"), width=160),
                tables.Column("weight", Text("权重", "weight"), "ratio"),
                tables.Column("total", Text("医疗费", "charges"), "yuan"),
                tables.Column("payable", Text("应支付", "payable"), "yuan"),
                tables.Column("patient", Text("个人负担", "patient"), "yuan"),
                tables.Column("fund", Text("基金支付", "fund"), "yuan"),
                tables.Column("result", Text("盈亏", "result"), "yuan", is_signed=True),
            ],
            rows,
            view.shown,
            name=Text(f"{group} 病例", f"{group}: cases"),
            on_row=lambda row: go("/settlement", **{**view.query, "case": row["case"]}),
        )
        if page.cursor:
            further = {**view.query, "cursor": page.cursor}
            ui.link(view.say("下一页", "next page"), address("/settlement", further))


async def _ask_why(view: PageView, run_id: str, kind: Literal["member", "alliance"], key: str) -> None:
    """Offer the reasons of a settlement to who may read them."""
    if await view.ask(may_ask, run_id, kind, key):
        words = view.say("清算为什么是这些数", "why it is settled so")
        ui.link(words, address("/settlement", {"run": run_id, kind: key}))


async def _why(view: PageView, run_id: str, kind: Kind, key: str) -> None:
    await _trail(view)
    waiting = states.loading(view.shown)
    if kind == "case":
        step, sheet = await view.ask(explain_case, run_id, key)
        waiting.delete()
        _account(view, step, sheet)
        await offer_review(view, run_id, key)
    else:
        step = await view.ask(explain, run_id, kind, key)
        names = await names_of(view)
        waiting.delete()
        if step.account:
            with ui.element("section").classes("panel"):
                heading(view, Text("为什么是这个金额", "Why this amount"))
                account(step, view.shown, names.within)
    with ui.element("section").classes("panel"):
        heading(
            view,
            Text("依据", "Grounds"),
            view.say("点开看每一步的数据与参数", "open a step to see its data and parameters"),
        )
        names = await names_of(view)
        explanation(step, view.shown, names.within)


def _account(view: PageView, step: Step, sheet: CaseSheet) -> None:
    """Show what a case was paid as an account, and beside it the case."""
    figures = sheet.figures
    group = " ".join(filter(None, (figures["drg"], view.shown.say(figures["group"]))))
    with ui.element("div").classes("columns is-account"):
        with ui.element("section").classes("panel"):
            heading(view, Text("为什么是这个金额", "Why this amount"), group)
            account(step, view.shown)
        with ui.element("section").classes("panel"):
            heading(view, Text("病例", "The case"))
            case_facts(view, sheet)


SETTLEMENT = Page("/settlement", Text("结算", "Settlement"), MONEY, "account_balance", "runs.read", "open", _build)
"""Runs and their results."""
