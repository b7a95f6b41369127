"""The audit: searched by user, action, outcome, object and time; its chain verified."""

from dataclasses import replace
from datetime import datetime, timedelta

from nicegui import ui

from tongchou.access.reading_purposes import purpose_title
from tongchou.access.rights import built_in_rights
from tongchou.core.text import Text
from tongchou.records.audit import AuditSearch
from tongchou.records.states import AUDIT_OUTCOME
from tongchou.web import states, tables
from tongchou.web.addresses import address, go
from tongchou.web.frame import Page, PageView
from tongchou.web.names import names_of
from tongchou.web.pages.audit_words import details_words, object_words
from tongchou.web.pages.forms import act_button, choice, heading, text_field
from tongchou.web.pages.groups import SYSTEM
from tongchou.workplace import auditing

_PAGE = 200
_WORDS = ("user", "action", "outcome", "object", "institution", "since", "until")
_OTHER = {
    "sign_in": Text("登录", "sign in"),
    "sign_out": Text("退出", "sign out"),
    "cases.person_read": Text("查看个人明细", "read rows of persons"),
    "users.add": Text("新增用户", "add a user"),
    "users.roles": Text("设置角色", "give roles"),
    "users.lock": Text("停用用户", "disable a user"),
    "users.unlock": Text("恢复并解锁用户", "enable and unlock a user"),
    "users.password": Text("重置密码", "set a password"),
    "users.link": Text("关联统一身份认证", "link to the provider"),
    "tokens.make": Text("申领接口令牌", "make a token"),
    "tokens.revoke": Text("撤销接口令牌", "revoke a token"),
}


async def _build(view: PageView) -> None:
    _form(view)
    names = await names_of(view)
    query = view.query
    wanted = AuditSearch(
        action=query.get("action") or None,
        outcome=query.get("outcome") or None,
        object_id=query.get("object") or None,
        institution_id=query.get("institution") or None,
        since=_day(query.get("since", "")),
    )
    until = _day(query.get("until", ""))
    if until is not None:
        wanted = replace(wanted, until=until + timedelta(days=1))
    page = await view.ask(auditing.audit_page, wanted, query.get("user"), _PAGE, query.get("cursor"))
    with ui.element("section").classes("panel"):
        heading(view, Text("审计事件", "Events"), view.say("新的在前", "the newest first"))
        if not page.events:
            remedy = Text("放宽条件再查", "ask for less")
            states.empty(view.shown, Text("没有符合的事件", "no event fits"), remedy)
            return
        tables.table(
            [
                tables.Column("number", Text("序号", "number"), "count"),
                tables.Column("at", Text("时间", "when"), "date", width=160),
                tables.Column("user", Text("用户", "user"), width=110),
                tables.Column("action", Text("操作", "action"), width=120),
                tables.Column("outcome", Text("结果", "outcome"), width=90),
                tables.Column("object", Text("对象", "object"), width=120),
                tables.Column("institution", Text("机构", "institution"), width=110),
                tables.Column("purpose", Text("用途", "purpose"), width=110),
                tables.Column("details", Text("其他", "details"), width=130),
            ],
            [
                {
                    "number": event.sequence,
                    "at": event.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
                    "user": event.user_name or view.say("未知", "unknown"),
                    "action": _title(view, event.action),
                    "outcome": view.shown.say(AUDIT_OUTCOME[event.outcome]),
                    "object": object_words(view, event.object_kind, event.object_id),
                    "institution": names.of(event.institution_id or ""),
                    "purpose": view.shown.say(purpose_title(event.purpose)),
                    "details": details_words(view, event.details),
                }
                for event in page.events
            ],
            view.shown,
            name=Text("审计事件", "audit events"),
        )
        if page.cursor:
            further = address("/audit", {**query, "cursor": page.cursor})
            ui.link(view.say("下一页", "next page"), further)


def _form(view: PageView) -> None:
    query = view.query
    actions = {"": view.say("全部操作", "all actions")}
    actions |= {name: view.shown.say(title) for name, title in _OTHER.items()}
    actions |= {name: view.shown.say(action.title) for name, action in built_in_rights().actions.items()}
    chosen = query.get("action", "")
    if chosen not in actions:
        actions[chosen] = chosen
    outcomes = {"": view.say("全部结果", "all outcomes")}
    outcomes |= {name: view.shown.say(title) for name, title in AUDIT_OUTCOME.items()}
    with ui.element("section").classes("panel"):
        with ui.element("div").classes("bar"):
            user = text_field(view, Text("用户名", "user name"), query.get("user", ""), width=160)
            action = choice(view, Text("操作", "action"), actions, chosen, width=290)
            outcome = choice(view, Text("结果", "outcome"), outcomes, query.get("outcome", ""), width=140)
            thing = text_field(view, Text("对象编号", "object"), query.get("object", ""), width=200)
            institution = text_field(view, Text("机构", "institution"), query.get("institution", ""), width=150)
            since = text_field(view, Text("自（日期）", "from (day)"), query.get("since", ""), width=150)
            until = text_field(view, Text("至（日期）", "until (day)"), query.get("until", ""), width=150)
            for field in (since, until):
                field.props("type=date stack-label")

        async def search() -> None:
            fields = (user, action, outcome, thing, institution, since, until)
            asked = {name: field.value for name, field in zip(_WORDS, fields, strict=True) if field.value}
            go("/audit", **asked)

        with ui.element("div").classes("bar"):
            act_button(view, Text("查询", "Search"), "search", search)
            act_button(
                view, Text("核验审计链", "Verify the chain"), "verified_user", lambda: _verify(view), look="outline"
            )


async def _verify(view: PageView) -> None:
    found = await view.ask(auditing.verify_audit)
    with ui.dialog(value=True) as dialog, ui.card().style("max-width: 720px"):
        if found.faults:
            heading(view, Text("审计被改动过", "The audit was changed"))
            for fault in found.faults[:20]:
                ui.label(f"{fault.sequence:,}：{view.shown.say(fault.what)}").classes("is-loss-text")
        else:
            heading(view, Text("审计完整无改动", "The audit is as it was written"))
            words = f"共 {found.head.sequence:,} 个事件，环环相接。"
            ui.label(view.say(words, f"{found.head.sequence:,} events, each bound to the one before it."))
        ui.label(view.say("链头（请另行保存，日后可对照）：", "The head (keep it elsewhere, to compare later):"))
        ui.label(f"{found.head.sequence} {found.head.hash}").classes("secret")
        ui.button(view.say("关闭", "Close"), on_click=dialog.close).props("flat no-caps")


def _title(view: PageView, action: str) -> str:
    known = built_in_rights().actions.get(action)
    words = known.title if known else _OTHER.get(action, Text.plain(action))
    return view.shown.say(words)


def _day(words: str) -> datetime | None:
    """Return the first moment of a day, where the place is; None where none is named."""
    try:
        return datetime.strptime(words, "%Y-%m-%d").astimezone() if words else None
    except (ValueError, OverflowError):
        return None


AUDIT = Page("/audit", Text("审计", "Audit"), SYSTEM, "policy", "audit.search", "account", _build)
"""The audit."""
