"""How far a trial is: read again every second while it is computed; the page is shown anew when it is done."""

from collections.abc import Callable

from nicegui import ui

from tongchou.access.decision import decide
from tongchou.access.subject import REGION
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.models import RunOrder
from tongchou.records.states import RUN_ORDER_STATE
from tongchou.web import states
from tongchou.web.frame import PageView
from tongchou.workplace.scenario_orders import cancel_trial, resume_trial, trial_order

_SIDES = {"base": Text("现行", "base"), "scenario": Text("情景", "scenario")}
_STAGES = {
    "group": Text("分组", "grouping"),
    "weigh": Text("权重与费率", "weights and rate"),
    "price": Text("定价", "pricing"),
    "settle": Text("清算", "settling"),
    "compare": Text("对比", "comparison"),
}
_MOVING = {"planned", "running"}


def trial_progress(view: PageView, order: RunOrder) -> None:
    """Show an order of a trial, with what may be done with it."""
    with ui.element("div").classes("bar"):
        state = ui.label(view.shown.say(RUN_ORDER_STATE[order.state])).style("font-weight: 600")
        at = (order.computed_at or order.ordered_at).astimezone().strftime("%Y-%m-%d %H:%M")
        ui.label(view.say(f"{order.period} 年的病例 · {at}", f"cases of {order.period} · {at}")).classes("is-muted")
        if order.problem:
            ui.label(states.kept_error(view.shown, order.problem)).classes("is-loss-text")
        if order.state in _MOVING:
            _moving(view, order, state)
        if not _may_run(view):
            return
        if order.state in _MOVING:
            _button(view, Text("取消", "Cancel"), cancel_trial, order)
        if order.state in {"failed", "interrupted"}:
            _button(view, Text("续算", "Let it go on"), resume_trial, order)


def _moving(view: PageView, order: RunOrder, state: ui.label) -> None:
    bar = ui.linear_progress(_share(order), show_value=False, size="8px").style("width: 220px")
    bar.props(f'aria-label="{view.say("进度", "progress")}"')
    stage = ui.label(_stage(view, order.stage)).classes("is-muted").props('role="status"')

    async def read() -> None:
        try:
            seen = await view.ask(trial_order, order.order_id)
        except TongchouError:
            return
        if seen.state not in _MOVING:
            ui.navigate.reload()
            return
        state.set_text(view.shown.say(RUN_ORDER_STATE[seen.state]))
        bar.set_value(_share(seen))
        stage.set_text(_stage(view, seen.stage))

    ui.timer(1.0, read)


def _share(order: RunOrder) -> float:
    return 0.0 if order.state == "planned" else (order.done_steps + 0.5) / max(order.all_steps, 1)


def _stage(view: PageView, stage: str) -> str:
    words = [_SIDES.get(part) or _STAGES.get(part) for part in stage.split()]
    return " · ".join(view.shown.say(each) for each in words if each)


def _may_run(view: PageView) -> bool:
    return decide(view.subject, "scenarios.run", REGION, "aggregate").outcome != "refused"


def _button(view: PageView, words: Text, act: Callable[..., RunOrder], order: RunOrder) -> None:
    async def send() -> None:
        try:
            await view.ask(act, order.order_id)
        except TongchouError as error:
            states.notify(view.shown, error)
        ui.navigate.reload()

    ui.button(view.shown.say(words), on_click=send).props("outline dense no-caps")
