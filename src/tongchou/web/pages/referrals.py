"""Referrals: begun, answered and followed; where they go."""

from nicegui import ui

from tongchou.access.decision import decide, may_do_some
from tongchou.access.masking import built_in_masking
from tongchou.access.subject import REGION
from tongchou.core.text import Text
from tongchou.schema.states import REFERRAL_DIRECTION, REFERRAL_STATE
from tongchou.web import charts, states, tables
from tongchou.web.addresses import address, go
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.forms import facts, heading, moment
from tongchou.web.pages.groups import WORK
from tongchou.web.pages.referral_forms import new_referral, next_steps
from tongchou.web.pages.state_links import state_links
from tongchou.web.tiles import figure_tile
from tongchou.workplace.referral_reading import ReferralLine, one_referral, referral_page, referral_summary

_PAGE = 200


async def _build(view: PageView) -> None:
    if "referral" in view.query:
        await _one(view, view.query["referral"])
        return
    if may_do_some(view.subject, "referrals.create", "person"):
        await new_referral(view)
    if may_do_some(view.subject, "referrals.read", "person"):
        await _list(view)
    await _summary(view)


async def _list(view: PageView) -> None:
    state = view.query.get("state") or None
    waiting = states.loading(view.shown)
    page = await view.ask(referral_page, state=state, size=_PAGE, cursor=view.query.get("cursor"))
    waiting.delete()
    with ui.element("section").classes("panel"):
        heading(view, Text("转诊列表", "Referrals"))
        state_links(view, "/referrals", REFERRAL_STATE, state)
        if not page.lines:
            remedy = Text("本机构转出或转入后在此显示", "those that you send or receive are shown here")
            states.empty(view.shown, Text("没有转诊", "no referrals"), remedy)
            return
        tables.table(
            [
                tables.Column("created", Text("发起", "begun"), "date", width=140),
                tables.Column("state", Text("状态", "state"), width=100),
                tables.Column("direction", Text("方向", "direction"), width=80),
                tables.Column("sender", Text("转出机构", "sender"), width=220),
                tables.Column("receiver", Text("接收机构", "receiver"), width=220),
                tables.Column("department", Text("科室", "department"), width=110),
                tables.Column("person", Text("参保人（假名）", "person"), width=125),
                tables.Column("reason", Text("理由", "reason"), width=160),
            ],
            [_row(view, line) for line in page.lines],
            view.shown,
            name=Text("转诊列表", "referrals"),
            on_row=lambda row: go("/referrals", referral=str(row["id"])),
        )
        if page.cursor:
            further = address("/referrals", {"state": state, "cursor": page.cursor})
            ui.link(view.say("下一页", "next page"), further)


def _row(view: PageView, line: ReferralLine) -> dict[str, object]:
    referral = line.referral
    return {
        "id": referral.referral_id,
        "created": moment(referral.created_at),
        "state": view.shown.say(REFERRAL_STATE[referral.state]),
        "direction": view.shown.say(REFERRAL_DIRECTION[referral.direction]),
        "sender": view.shown.say(line.sender),
        "receiver": view.shown.say(line.receiver),
        "department": referral.department,
        "person": referral.person_id,
        "reason": referral.reason,
    }


async def _one(view: PageView, referral_id: str) -> None:
    line = await view.ask(one_referral, referral_id)
    referral, shown = line.referral, view.shown
    ui.link(view.say("‹ 全部转诊", "‹ all referrals"), "/referrals")
    with ui.element("section").classes("panel"):
        heading(
            view, Text(f"转诊：{REFERRAL_STATE[referral.state].zh}", f"Referral: {REFERRAL_STATE[referral.state].en}")
        )
        facts(
            [
                (view.say("参保人（假名）", "person (pseudonym)"), referral.person_id),
                (view.say("方向", "direction"), shown.say(REFERRAL_DIRECTION[referral.direction])),
                (view.say("转出机构", "sender"), shown.say(line.sender)),
                (view.say("接收机构", "receiver"), shown.say(line.receiver)),
                (view.say("科室", "department"), referral.department or "–"),
                (view.say("理由", "reason"), referral.reason),
                (view.say("转出前住院", "stay before"), referral.case_id or "–"),
                (view.say("接收后住院", "stay after"), referral.to_case_id or "–"),
            ]
        )
        next_steps(view, line)
    with ui.element("section").classes("panel"):
        heading(view, Text("经过", "History"))
        tables.table(
            [
                tables.Column("at", Text("时间", "when"), "date", width=150),
                tables.Column("state", Text("状态", "state"), width=110),
                tables.Column("by", Text("办理人", "by"), width=150),
                tables.Column("words", Text("说明", "words"), width=320),
            ],
            [
                {
                    "at": moment(each.at),
                    "state": shown.say(REFERRAL_STATE[each.state]),
                    "by": view.shown.say(each.by),
                    "words": each.words,
                }
                for each in line.steps
            ],
            shown,
            name=Text("转诊经过", "history of the referral"),
        )


async def _summary(view: PageView) -> None:
    found = await view.ask(referral_summary)
    hides_few = decide(view.subject, "referrals.read", REGION, "aggregate").outcome == "masked"
    least = built_in_masking().least_cases
    with ui.element("div").classes("tiles"):
        for state, title in REFERRAL_STATE.items():
            count = found.by_state.get(state, 0)
            # What is left out is few, not none.
            figure_tile(view.shown.say(title), f"< {least}" if hides_few and not count else f"{count:,}")
    with ui.element("section").classes("panel"):
        if found.flows:
            flows = [charts.Stream(each.origin, each.destination, each.count) for each in found.flows[:30]]
            name = Text("至今转诊流向", "Referral flows to this day")
            charts.streams(flows, view.shown, name=name, unit=Text("人次", "referrals"))
        else:
            few = Text(f"少于 {least} 人次的不显示", f"fewer than {least} are not shown")
            states.empty(view.shown, Text("还没有转诊流向", "no flows yet"), few if hides_few else Text("", ""))


REFERRALS = Page("/referrals", Text("转诊", "Referrals"), WORK, "swap_horiz", "referrals.read", "aggregate", _build)
"""Referrals."""
