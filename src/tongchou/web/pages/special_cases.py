"""Special reviews: applied for, reviewed by experts, decided."""

from nicegui import ui

from tongchou.access.decision import may_do_some
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.records.states import APPLICATION_STATE
from tongchou.schema.review_states import REVIEW_OPINION, REVIEW_REASON
from tongchou.web import states, tables
from tongchou.web.addresses import address, go
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.case_sheet import case_sheet
from tongchou.web.pages.forms import facts, heading, moment
from tongchou.web.pages.groups import WORK
from tongchou.web.pages.special_case_forms import decision_form, new_application, opinion_form, withdrawal
from tongchou.web.pages.state_links import state_links
from tongchou.workplace.special_case_reading import (
    ApplicationLine,
    OpenApplication,
    application_page,
    open_application,
)

_PAGE = 200


async def _build(view: PageView) -> None:
    if "application" in view.query:
        await _one(view, view.query["application"])
        return
    if may_do_some(view.subject, "special_cases.apply", "clinical"):
        await new_application(view)
    await _list(view)


async def _list(view: PageView) -> None:
    state = view.query.get("state") or None
    waiting = states.loading(view.shown)
    page = await view.ask(application_page, state=state, size=_PAGE, cursor=view.query.get("cursor"))
    waiting.delete()
    with ui.element("section").classes("panel"):
        heading(view, Text("特例单议申请", "Applications for special review"))
        state_links(view, "/special-cases", APPLICATION_STATE, state)
        if not page.lines:
            remedy = Text("医院提出申请后在此显示", "they are shown here once a hospital has applied")
            states.empty(view.shown, Text("没有申请", "no applications"), remedy)
            return
        tables.table(
            [
                tables.Column("applied", Text("申请时间", "applied"), "date", width=140),
                tables.Column("state", Text("状态", "state"), width=90),
                tables.Column("institution", Text("申请医院", "hospital"), width=230),
                tables.Column("case", Text("结算清单", "case"), width=140),
                tables.Column("reason", Text("理由", "reason"), width=140),
                tables.Column("opinions", Text("意见数", "opinions"), "count", width=95),
                tables.Column("decision", Text("决定", "decision"), width=130),
                tables.Column("amount", Text("金额", "amount"), "yuan", width=130),
                tables.Column("todo", Text("待办", "to do"), width=120),
            ],
            [_row(view, line) for line in page.lines],
            view.shown,
            name=Text("特例单议申请", "applications for special review"),
            on_row=lambda row: go("/special-cases", application=str(row["id"])),
        )
        if page.cursor:
            further = address("/special-cases", {"state": state, "cursor": page.cursor})
            ui.link(view.say("下一页", "next page"), further)


def _row(view: PageView, line: ApplicationLine) -> dict[str, object]:
    found, decided = line.application, line.decision
    return {
        "id": found.application_id,
        "applied": view.say("隐去", "hidden") if line.is_masked else moment(found.applied_at),
        "state": view.shown.say(APPLICATION_STATE[found.state]),
        "institution": view.shown.say(line.institution),
        "case": line.case_id or view.say("隐去", "hidden"),
        "reason": view.shown.say(REVIEW_REASON[found.reason]),
        "opinions": len(found.opinions),
        "decision": view.shown.say(REVIEW_OPINION[decided.outcome]) if decided else "",
        "amount": decided.amount_fen if decided else None,
        "todo": view.say("可提出意见", "give an opinion") if line.may_opine else "",
    }


async def _one(view: PageView, application_id: str) -> None:
    waiting = states.loading(view.shown)
    found = await view.ask(open_application, application_id)
    waiting.delete()
    line, shown = found.line, view.shown
    state = APPLICATION_STATE[line.application.state]
    ui.link(view.say("‹ 全部申请", "‹ all applications"), "/special-cases")
    if line.is_masked:
        with ui.element("div").classes("notice"):
            ui.label(
                view.say(
                    "外院专家评议：机构、清单号和日期已隐去，只显示月份。",
                    "You see it as another hospital's expert: institution, case and days are hidden.",
                )
            )
    with ui.element("section").classes("panel"):
        heading(view, Text(f"特例单议：{state.zh}", f"Special review: {state.en}"))
        applied = view.say("隐去", "hidden") if line.is_masked else moment(line.application.applied_at)
        facts(
            [
                (view.say("申请医院", "hospital"), shown.say(line.institution)),
                (view.say("结算清单", "case"), line.case_id or view.say("隐去", "hidden")),
                (view.say("申请时间", "applied"), applied),
                (view.say("理由", "reason"), shown.say(REVIEW_REASON[line.application.reason])),
                (view.say("说明", "words"), line.application.words),
            ]
        )
        _decided(view, line)
        withdrawal(view, line)
    case_sheet(view, found.sheet)
    _opinions(view, found)
    if line.may_opine:
        opinion_form(view, line)
    if found.prospect is not None:
        decision_form(view, line, found.prospect)


def _decided(view: PageView, line: ApplicationLine) -> None:
    decided = line.decision
    if decided is None:
        return
    amount = "" if decided.amount_fen is None else f" {format_yuan(decided.amount_fen)} {view.say('元', 'yuan')}"
    facts(
        [
            (view.say("决定", "decision"), view.shown.say(REVIEW_OPINION[decided.outcome]) + amount),
            (view.say("决定理由", "why"), decided.words),
            (view.say("决定时间", "decided"), moment(decided.decided_at)),
        ]
    )


def _opinions(view: PageView, found: OpenApplication) -> None:
    with ui.element("section").classes("panel"):
        heading(view, Text("专家意见", "Experts' opinions"))
        if not found.opinions:
            words = Text("还没有您可以查看的意见", "no opinion that you may read yet")
            states.empty(view.shown, words, Text("决定后公开，姓名隐去", "they are shown once it is decided, unnamed"))
            return
        tables.table(
            [
                tables.Column("at", Text("时间", "when"), "date", width=140),
                tables.Column("expert", Text("专家", "expert"), width=140),
                tables.Column("institution", Text("所在机构", "institution"), width=140),
                tables.Column("opinion", Text("意见", "opinion"), width=140),
                tables.Column("amount", Text("金额", "amount"), "yuan", width=130),
                tables.Column("words", Text("理由", "why"), width=300),
            ],
            [
                {
                    "at": moment(each.given_at),
                    "expert": view.shown.say(each.expert) or view.say("隐去", "hidden"),
                    "institution": view.shown.say(each.institution) if each.institution else view.say("隐去", "hidden"),
                    "opinion": view.shown.say(REVIEW_OPINION[each.opinion]),
                    "amount": each.amount_fen,
                    "words": each.words,
                }
                for each in found.opinions
            ],
            view.shown,
            name=Text("专家意见", "experts' opinions"),
        )


SPECIAL_CASES = Page(
    "/special-cases", Text("特例单议", "Special review"), WORK, "gavel", "special_cases.read", "clinical", _build
)
"""Special reviews."""
