"""What a change of policy would have come to on last year's cases, before anybody approves it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tongchou.access.subject import Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy.writing import flow
from tongchou.records import run_orders
from tongchou.records.held import held
from tongchou.records.models import PolicyChange, RunOrder
from tongchou.runs.region import Period
from tongchou.workplace.place import Workplace
from tongchou.workplace.policy_proposals import KIND, new_values, wanted_of
from tongchou.workplace.policy_reading import region_chain
from tongchou.workplace.scenario_orders import Occasion, kept_folder, order_trial
from tongchou.workplace.scenario_trying import RESULT_FILE, read_result

_MEASURED = ("drafted", "submitted", "approved")


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change was found to come to.

    Attributes:
        order: The trial ordered last; None where none was.
        is_current: Whether it tried the change as it is now.
        result: The comparison, as the trial wrote it; None where it is not finished.
    """

    order: RunOrder | None
    is_current: bool
    result: dict[str, Any] | None


def measure_change(place: Workplace, subject: Subject, change_id: str) -> RunOrder:
    """Order that a change be tried on the cases of the last settled year.

    A change that begins only later is tried as if its first value had begun with that year.

    Raises:
        TongchouError: `access.refused`; `records.not_found`; `workplace.nothing_to_measure` if the change is rejected
            or applied.
    """
    place.admit(subject, "policy.measure", "aggregate", where=change_id)
    with place.records.reading() as session:
        change = held(session, PolicyChange, change_id)
    if change.state not in _MEASURED:
        raise TongchouError(
            "workplace.nothing_to_measure",
            what=Text("这份修改已退回或已生效", "the change is rejected or applied"),
            where=f"{change.parameter} {change_id}",
            why=Text("影响在批准之前测算", "effects are measured before a change is in force"),
            remedy=Text("在“情景”中比较", "compare it as a scenario"),
        )
    occasion = Occasion(change_id, "policy.measure", KIND, change_id, {"change": change.diff["values"]})
    return order_trial(place, subject, occasion, _scenario(place, change))


def effects_of_change(place: Workplace, subject: Subject, change_id: str) -> Effects:
    """Return what a change was found to come to.

    Raises:
        TongchouError: `access.refused`; `records.not_found`; `workplace.bad_result`.
    """
    place.admit(subject, "policy.measure", "aggregate", where=change_id)
    with place.records.reading() as session:
        change = held(session, PolicyChange, change_id)
        orders = run_orders.run_orders(session, kind=run_orders.SCENARIO, about=change_id, limit=1)
    if not orders:
        return Effects(None, is_current=False, result=None)
    order = orders[0]
    is_current = order.details["change"] == change.diff["values"]
    folder = kept_folder(place, order)
    has_result = order.state == "computed" and (folder / RESULT_FILE).is_file()
    return Effects(order, is_current, read_result(folder) if has_result else None)


def _scenario(place: Workplace, change: PolicyChange) -> str:
    """Return a change as a scenario over the last settled year."""
    period = Period.parse(max(place.shelf.standing(), default=str(place.today.year - 1)))
    values = new_values(region_chain(place), wanted_of(change))
    within = [each for each in values if each.valid_from <= period.end] or values[:1]
    lines = [
        f"id: {flow(f'change-{change.change_id[-12:].lower()}')}",
        f"name: {flow({'zh': f'政策修改 {change.parameter}', 'en': f'change of {change.parameter}'})}",
        f"base: {{region: {flow(place.region.region_id)}, period: {period}}}",
        "changes:",
    ]
    for number, each in enumerate(within):
        begins = max(each.valid_from, period.start) if each.valid_from <= period.end else period.start
        if number + 1 < len(within) and max(within[number + 1].valid_from, period.start) <= begins:
            continue  # the next value begins before this one would be read
        lines += _change(change, begins, flow(each.raw))
    return "\n".join(lines) + "\n"


def _change(change: PolicyChange, begins: date, value: str) -> list[str]:
    return [
        f"  - parameter: {change.parameter}",
        f"    value: {value}",
        f"    from: {begins.isoformat()}",
        f"    reason: {flow(change.reason or change.source)}",
    ]
