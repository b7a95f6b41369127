"""Periods of the ledger: their states, every change, and the next step for who may take it."""

from nicegui import ui

from tongchou.access.decision import decide
from tongchou.access.subject import REGION
from tongchou.core.text import Text
from tongchou.schema.states import PERIOD_STATE
from tongchou.web import tables
from tongchou.web.frame import PageView
from tongchou.web.pages.forms import act_button, heading, text_field
from tongchou.workplace import ledger_periods


async def periods_panel(view: PageView) -> None:
    """Show the periods, and the form that opens, locks or closes one."""
    found = await view.ask(ledger_periods.periods_of)
    with ui.element("section").classes("panel"):
        heading(view, Text("会计期间", "Periods"), view.say("开放 → 锁定 → 关闭", "open → locked → closed"))
        _form(view)
        if not found.changes:
            words = "没有开放过期间：任何日期都可记账。"
            ui.label(view.say(words, "No period was ever opened: any day may be booked on.")).classes("is-muted")
            return
        tables.table(
            [
                tables.Column("period", Text("期间", "period"), "date", width=110),
                tables.Column("state", Text("变更为", "became"), width=110),
                tables.Column("on", Text("日期", "on"), "date", width=120),
                tables.Column("by", Text("办理人", "by"), width=160),
                tables.Column("reason", Text("原因", "reason"), width=280),
                tables.Column("now", Text("现状", "now"), width=110),
            ],
            [
                {
                    "period": each.period,
                    "state": view.shown.say(PERIOD_STATE[each.state.value]),
                    "on": each.changed_on.isoformat(),
                    "by": each.changed_by,
                    "reason": each.reason,
                    "now": view.shown.say(PERIOD_STATE[found.states()[each.period].value]),
                }
                for each in reversed(found.changes)
            ],
            view.shown,
            name=Text("会计期间", "periods"),
        )


def _form(view: PageView) -> None:
    may_open, may_lock, may_close = (
        decide(view.subject, f"ledger.{act}", REGION, "cost").outcome == "allowed" for act in ("open", "lock", "close")
    )
    if not (may_open or may_lock or may_close):
        return
    with ui.element("div").classes("bar"):
        period = text_field(view, Text("月份或年度", "month or year"), f"{view.place.today.year}", width=140)
        reason = text_field(view, Text("原因", "reason"), width=280)

        async def bring(act: str) -> None:
            acts = {
                "open": ledger_periods.open_period,
                "lock": ledger_periods.lock_period,
                "close": ledger_periods.close_period,
            }
            await view.ask(acts[act], period.value.strip(), reason.value)
            ui.navigate.to("/ledger")

        if may_open:
            act_button(view, Text("开放", "Open"), "lock_open", lambda: bring("open"), look="outline")
        if may_lock:
            act_button(view, Text("锁定", "Lock"), "lock", lambda: bring("lock"), look="outline")
        if may_close:
            act_button(view, Text("关闭", "Close"), "inventory", lambda: bring("close"), look="outline")
    words = "关闭须由锁定人以外的审批人员办理。"
    ui.label(view.say(words, "Another approver than who locked it closes a period.")).classes("is-muted")
