"""Change requests: the list, and one with what it makes different, what it comes to, and what may be done with it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from nicegui import ui

from tongchou.access.decision import decide
from tongchou.access.subject import REGION
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.models import PolicyChange
from tongchou.records.states import POLICY_CHANGE_STATE
from tongchou.web import states, tables
from tongchou.web.frame import PageView
from tongchou.web.pages.policy_diff import diff_tables
from tongchou.web.pages.scenario_result import scenario_result
from tongchou.web.pages.trial_progress import trial_progress
from tongchou.web.pages.wrapping import wrapped
from tongchou.workplace import policy_applying, policy_measuring, policy_proposals
from tongchou.workplace.policy_measuring import Effects


async def list_of_changes(view: PageView) -> None:
    """Show the changes, the newest first."""
    changes = await view.ask(policy_proposals.changes_of_policy)
    if not changes:
        states.empty(
            view.shown,
            Text("还没有修改申请", "no change has been requested yet"),
            Text("在参数页“提出修改”", "use 'Propose a change' on a parameter's page"),
        )
        return
    with ui.element("section").classes("panel"):
        grid = tables.table(
            [
                tables.Column("state", Text("状态", "state"), width=100),
                tables.Column("parameter", Text("参数", "parameter"), width=210),
                tables.Column("from", Text("自", "from"), "date", width=110),
                tables.Column("after", Text("新值", "new value"), width=180),
                tables.Column("source", Text("依据", "source"), width=180),
                tables.Column("reason", Text("理由", "reason"), width=180),
                tables.Column("changed", Text("最近改动", "last changed"), "date", width=150),
            ],
            [
                {
                    "id": each.change_id,
                    "state": view.shown.say(POLICY_CHANGE_STATE[each.state]),
                    "parameter": f"{each.diff['title'][view.shown.language]} {each.parameter}",
                    "from": each.diff["values"][0]["from"],
                    "after": (each.diff["compared"][0]["after"] or {}).get("value", ""),
                    "source": each.source,
                    "reason": each.reason,
                    "changed": each.changed_at.astimezone().strftime("%Y-%m-%d %H:%M"),
                }
                for each in changes
            ],
            view.shown,
            name=Text("修改申请", "change requests"),
            on_row=lambda row: ui.navigate.to(f"/policy?change={row['id']}"),
        )
        wrapped(grid, "parameter", "after", "source", "reason")


async def one_change(view: PageView, change_id: str) -> None:
    """Show a change with what may be done with it, and what it comes to on last year's cases."""
    change = await view.ask(policy_proposals.change_of_policy, change_id)
    effects: Effects | TongchouError | None = None
    if _may(view, "policy.measure", "aggregate"):
        try:
            effects = await view.ask(policy_measuring.effects_of_change, change_id)
        except TongchouError as error:
            effects = error  # the change is decided on all the same
    with ui.element("section").classes("panel").style("display: grid; gap: 6px"):
        with ui.element("div").classes("bar"):
            ui.label(change.diff["title"][view.shown.language]).style("font-size: 18px; font-weight: 650").props(
                'role="heading" aria-level="2"'
            )
            ui.label(change.parameter).classes("is-muted").style("overflow-wrap: anywhere")
            ui.badge(view.shown.say(POLICY_CHANGE_STATE[change.state])).props("outline").style("font-size: 14px")
            ui.element("div").classes("grow")
            address = f"/policy?name={quote(change.parameter, safe='')}"
            ui.link(view.say("看这个参数", "see the parameter"), address)
        ui.label(view.say(f"依据：{change.source}", f"source: {change.source}"))
        ui.label(view.say(f"理由：{change.reason}", f"reason: {change.reason}"))
        ui.label(_times(view, change)).classes("is-muted")
        if change.decision_words:
            ui.label(view.say(f"审批意见：{change.decision_words}", f"decision: {change.decision_words}"))
        diff_tables(view, change.parameter, change.diff["compared"])
        _acts(view, change)
    if effects is not None:
        _effects(view, change, effects)


def _times(view: PageView, change: PolicyChange) -> str:
    steps = (
        (Text("起草", "drafted"), change.created_at),
        (Text("提交", "submitted"), change.submitted_at),
        (Text("审批", "decided"), change.decided_at),
        (Text("生效", "applied"), change.applied_at),
    )
    return " → ".join(
        f"{view.shown.say(words)} {at.astimezone().strftime('%Y-%m-%d %H:%M')}" for words, at in steps if at
    )


def _acts(view: PageView, change: PolicyChange) -> None:
    """Offer what the state and the rights of the one who looks allow; authors do not judge their own change."""
    is_author = view.subject.user_id in policy_proposals.authors(change)
    given = (change.change_id, change.version)
    with ui.element("div").classes("bar"):
        if change.state == "drafted" and _may(view, "policy.propose"):
            address = f"/policy?propose={quote(change.parameter, safe='')}&edit={change.change_id}"
            edit = ui.button(view.say("修改草稿", "Edit"), icon="edit", on_click=lambda: ui.navigate.to(address))
            edit.props("no-caps outline")
            _act(view, Text("提交审批", "Submit"), "send", policy_proposals.submit_change, *given)
        if change.state == "submitted" and _may(view, "policy.approve"):
            if is_author:
                words = view.say("您是起草人，须由另一人审批", "you are an author: somebody else decides")
                ui.label(words).classes("is-muted")
            else:
                _decision(view, change)
        if change.state in {"submitted", "rejected", "approved"} and _may(view, "policy.propose"):
            _act(view, Text("撤回为草稿", "Take back"), "undo", policy_proposals.take_back_change, *given)
        if change.state == "approved" and _may(view, "policy.apply"):
            _act(view, Text("写入政策，使其生效", "Put into effect"), "task_alt", policy_applying.apply_change, *given)


def _decision(view: PageView, change: PolicyChange) -> None:
    words = ui.input(view.say("审批意见（退回须写）", "decision (needed to reject)"))
    words.props("outlined dense maxlength=2000").style("flex: 1 1 300px")

    async def approve() -> None:
        await _do(view, policy_proposals.approve_change, change.change_id, change.version, str(words.value or ""))

    async def reject() -> None:
        if not str(words.value or "").strip():
            states.remind(view.shown, Text("请写明退回的理由", "say why it is rejected"))
            return
        await _do(view, policy_proposals.reject_change, change.change_id, change.version, str(words.value))

    ui.button(view.say("批准", "Approve"), icon="check", on_click=approve).props("no-caps unelevated")
    ui.button(view.say("退回", "Reject"), icon="close", on_click=reject).props("no-caps outline")


def _effects(view: PageView, change: PolicyChange, effects: Effects | TongchouError) -> None:
    order = effects.order if isinstance(effects, Effects) else None
    with ui.element("section").classes("panel"):
        with ui.element("div").classes("bar"):
            title = view.say("对去年病例的影响", "Effect on last year's cases")
            ui.html(f"<h2>{title}</h2>", sanitize=False)
            ui.element("div").classes("grow")
            is_open = change.state in {"drafted", "submitted", "approved"}
            is_moving = order is not None and order.state in {"planned", "running"}
            if is_open and not is_moving:
                _act(
                    view, Text("测算影响", "Measure"), "query_stats", policy_measuring.measure_change, change.change_id
                )
        if isinstance(effects, TongchouError):
            states.failed(view.shown, effects)
            return
        if order is None:
            hint = view.say("还没有测算。测算不改动任何数据。", "not measured yet; measuring changes nothing")
            ui.label(hint).classes("is-muted")
            return
        if not effects.is_current:
            words = "测算之后草稿又有改动，以下是改动前的结果"
            ui.label(view.say(words, "the draft has changed since: what follows is of before")).classes("notice")
        trial_progress(view, order)
    if effects.result is not None:
        scenario_result(view, effects.result)


def _act(view: PageView, words: Text, icon: str, act: Callable[..., Any], *given: Any) -> None:  # noqa: ANN401
    async def send() -> None:
        await _do(view, act, *given)

    ui.button(view.shown.say(words), icon=icon, on_click=send).props("no-caps outline")


async def _do(view: PageView, act: Callable[..., Any], *given: Any) -> None:  # noqa: ANN401
    try:
        await view.ask(act, *given)
    except TongchouError as error:
        states.notify(view.shown, error)
        return
    ui.navigate.reload()


def _may(view: PageView, action: str, grade: str = "open") -> bool:
    return decide(view.subject, action, REGION, grade).outcome == "allowed"
