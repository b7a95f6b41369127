"""Ordered runs on the settlement page: ordered, watched, reviewed and posted; a page that is left loses nothing."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from tongchou.access.decision import decide
from tongchou.access.subject import REGION
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.models import RunOrder
from tongchou.records.states import RUN_ORDER_STATE, RUN_ORDER_STEPS
from tongchou.web import states
from tongchou.web.frame import PageView
from tongchou.workplace import run_ordering

_STAGES = {
    "group": Text("分组", "grouping"),
    "weigh": Text("权重与费率", "weights and rate"),
    "price": Text("定价", "pricing"),
    "settle": Text("清算", "settling"),
    "print": Text("清算单", "statements"),
    "post": Text("记账", "posting"),
}
_SHOWN = 6
_MOVING = {"planned", "running", "posting"}


async def run_orders(view: PageView) -> None:
    """Show the newest orders, with what whoever looks at them may do; those under way are read again every second.

    Where there are none, only who may order one is told so.
    """
    with ui.element("section").classes("panel") as panel:
        with ui.element("div").classes("bar"):
            ui.html(f"<h2>{view.say('结算任务', 'Ordered runs')}</h2>", sanitize=False)
            ui.element("div").classes("grow")
            if _may(view, "runs.order"):
                _order_form(view)
        listed = _Listed(view, panel)
        await listed.show()
        ui.timer(1.5, listed.refresh)


class _Listed:
    """The list, redrawn when something in it has changed."""

    def __init__(self, view: PageView, panel: ui.element) -> None:
        self._view, self._panel = view, panel
        self._seen: list[tuple[Any, ...]] | None = None
        self._place = ui.element("div").style("display: grid; gap: 8px; width: 100%")

    async def show(self) -> None:
        orders = (await self._view.ask(run_ordering.ordered_runs))[:_SHOWN]
        seen = [(each.order_id, each.version, each.stage, each.state) for each in orders]
        if seen == self._seen:
            return
        self._seen = seen
        self._panel.set_visibility(bool(orders) or _may(self._view, "runs.order"))
        self._place.clear()
        with self._place:
            if not orders:
                hint = Text("下达一次结算后，进度在此显示", "order a run, and its progress is shown here")
                ui.label(self._view.shown.say(hint)).classes("is-muted")
            for order in orders:
                _order(self._view, order, self.refresh)

    async def refresh(self) -> None:
        try:
            await self.show()
        except TongchouError as error:
            states.notify(self._view.shown, error)


def _order_form(view: PageView) -> None:
    period = ui.input(view.say("年度", "year"), value=str(view.place.today.year - 1))
    period.props("outlined dense").style("width: 110px")

    async def send() -> None:
        try:
            await view.ask(run_ordering.order_run, period.value)
            ui.notify(view.say("已下达，正在排队计算", "ordered; it waits to be computed"), type="positive")
        except TongchouError as error:
            states.notify(view.shown, error)

    ui.button(view.say("下达结算", "Order a run"), icon="playlist_add", on_click=send).props("no-caps unelevated")


def _order(view: PageView, order: RunOrder, refresh: Callable[[], Any]) -> None:
    state = view.shown.say(RUN_ORDER_STATE[order.state])
    with ui.element("div").classes("bar").style("border-top: 1px solid var(--rule); padding-top: 8px"):
        ui.label(f"{order.period} · {state}").style("font-weight: 600; min-width: 130px")
        ordered = order.ordered_at.astimezone().strftime("%Y-%m-%d %H:%M")
        ui.label(view.say(f"{ordered} 下达", f"ordered {ordered}")).classes("is-muted")
        if order.state in _MOVING:
            share = (order.done_steps + 0.5) / max(order.all_steps, 1) if order.state != "planned" else 0.0
            bar = ui.linear_progress(share, show_value=False, size="8px").style("width: 180px")
            bar.props(f'aria-label="{view.say("进度", "progress")}"')
            if order.stage in _STAGES:
                ui.label(view.shown.say(_STAGES[order.stage])).classes("is-muted")
        if order.run_id:
            ui.link(order.run_id, f"/settlement?run={order.run_id}")
        if order.problem:
            ui.label(states.kept_error(view.shown, order.problem)).classes("is-loss-text")
        ui.element("div").classes("grow")
        _acts(view, order, refresh)


def _acts(view: PageView, order: RunOrder, refresh: Callable[[], Any]) -> None:
    """Offer what the state and the rights allow; who ordered a run neither reviews nor posts it."""
    is_other = view.subject.user_id != order.ordered_by
    if order.state == "computed" and is_other and _may(view, "runs.review"):
        words = Text("复核通过", "Review")
        _act(view, refresh, words, "fact_check", run_ordering.review_run, order.order_id, order.version)
    if order.state == "reviewed" and is_other and _may(view, "runs.post"):
        _act(view, refresh, Text("入账", "Post"), "menu_book", run_ordering.post_run, order.order_id, order.version)
    if order.state in {"interrupted", "failed"} and _may(view, "runs.cancel"):
        _act(view, refresh, Text("续算", "Let it go on"), "replay", run_ordering.resume_run, order.order_id)
    if "cancelled" in RUN_ORDER_STEPS[order.state] and _may(view, "runs.cancel"):
        _act(view, refresh, Text("取消", "Cancel"), "close", run_ordering.cancel_run, order.order_id)


def _act(
    view: PageView,
    refresh: Callable[[], Any],
    words: Text,
    icon: str,
    act: Callable[..., RunOrder],
    *given: Any,  # noqa: ANN401
) -> None:
    async def send() -> None:
        try:
            await view.ask(act, *given)
        except TongchouError as error:
            states.notify(view.shown, error)
        await refresh()

    ui.button(view.shown.say(words), icon=icon, on_click=send).props("outline dense no-caps")


def _may(view: PageView, action: str) -> bool:
    return decide(view.subject, action, REGION, "cost").outcome == "allowed"
