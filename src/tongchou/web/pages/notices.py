"""Notices: what happened that one should know."""

from nicegui import ui

from tongchou.core.text import Text
from tongchou.records.models import Notice
from tongchou.web import states
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.forms import act_button, heading, moment
from tongchou.workplace import noticing


async def _build(view: PageView) -> None:
    found = await view.ask(noticing.own_notices, 200)
    fresh = sum(1 for each in found if each.read_at is None)
    with ui.element("section").classes("panel"):
        heading(view, Text("通知", "Notices"), view.say(f"未读 {fresh}", f"{fresh} unread"))
        if not found:
            remedy = Text("结算、转诊和单议有进展时在此通知", "runs, referrals and reviews are told of here")
            states.empty(view.shown, Text("没有通知", "no notices"), remedy)
            return

        async def read_all() -> None:
            await view.ask(noticing.mark_read)
            ui.navigate.to("/notices")

        if fresh:
            act_button(view, Text("全部标为已读", "Mark all as read"), "done_all", read_all, look="outline")
        with ui.list().props("separator").classes("full-width"):
            for each in found:
                _notice(view, each)


def _notice(view: PageView, notice: Notice) -> None:
    async def follow() -> None:
        await view.ask(noticing.mark_read, notice.notice_id)
        ui.navigate.to(notice.page or "/notices")

    is_fresh = notice.read_at is None
    with ui.item(on_click=follow).props("clickable"):
        with ui.item_section():
            words = view.shown.say(Text(notice.words_zh, notice.words_en))
            ui.item_label(words).style("font-weight: 650" if is_fresh else "")
            ui.item_label(moment(notice.created_at)).props("caption").classes("is-muted")
        with ui.item_section().props("side"):
            ui.label(view.say("未读", "unread") if is_fresh else view.say("已读", "read")).classes("is-muted")


NOTICES = Page("/notices", Text("通知", "Notices"), None, "notifications", "notices.read", "own", _build)
"""Notices; reached by the bell."""
