"""What a scenario changes: dated values of policy parameters, checked against their declarations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from itertools import pairwise

from tongchou.core.text import Text
from tongchou.policy.cursor import Cursor
from tongchou.policy.exact_yaml import Raw
from tongchou.policy.parameter import Parameter
from tongchou.policy.value import read_value
from tongchou.runs.region import Period


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter that has another value under the scenario.

    Attributes:
        parameter: Its declaration.
        value: The whole value, as a policy file writes it; dimension keys are not mixed with the present ones.
        valid_from: First day, inclusive.
        valid_until: Last day, inclusive; None: until the next change of the parameter, or for good.
        reason: Why it is tried.
    """

    parameter: Parameter
    value: Raw
    valid_from: date
    valid_until: date | None
    reason: str


def read_changes(place: Cursor, declared: Mapping[str, Parameter], period: Period) -> tuple[Change, ...]:
    """Return the changes listed at a place, ordered by parameter and day; problems are noted at their places.

    Args:
        place: The list `changes`.
        declared: The parameters that the region's packs declare.
        period: The period that is tried: a change that does not touch it is a problem.
    """
    found = []
    for item in place.items() or ():
        change = _change(item, declared)
        if change is None:
            continue
        if change.valid_from > period.end or (change.valid_until or period.end) < period.start:
            _note_outside(item, period)
        found.append((change, item))
    found.sort(key=lambda pair: (pair[0].parameter.name, pair[0].valid_from))
    for (before, _), (after, item) in pairwise(found):
        same = before.parameter.name == after.parameter.name
        if same and after.valid_from <= (before.valid_until or before.valid_from):
            _note_overlap(item, after)
    return tuple(change for change, _ in found)


def dated_values(changes: tuple[Change, ...]) -> dict[str, list[tuple[date, Raw, str]]]:
    """Return the entries of each parameter's file: first day, value (None where it ends), reason."""
    entries: dict[str, list[tuple[date, Raw, str]]] = {}
    for change in changes:
        own = entries.setdefault(change.parameter.name, [])
        if own and own[-1][0] == change.valid_from and own[-1][1] is None:
            own.pop()  # the next value begins on the very day on which the one before ends
        own.append((change.valid_from, change.value, change.reason))
        if change.valid_until is not None:
            own.append((change.valid_until + timedelta(days=1), None, change.reason))
    return entries


def _change(item: Cursor, declared: Mapping[str, Parameter]) -> Change | None:
    places = item.mapping(("parameter", "value", "from", "reason"), ("until",))
    if places is None:
        return None
    name, valid_from, reason = places["parameter"].words(), places["from"].day(), places["reason"].words()
    valid_until = places["until"].day() if "until" in places else None
    parameter = declared.get(name) if name else None
    if name and parameter is None:
        _note_unknown(places["parameter"], name, declared)
    is_value = parameter is not None and read_value(places["value"], parameter) is not None
    if parameter is None or not is_value or valid_from is None or reason is None:
        return None
    if valid_until is not None and valid_until < valid_from:
        places["until"].note(
            "scenarios.until_before_from",
            Text(f"until {valid_until} 早于 from {valid_from}", f"until {valid_until} is before from {valid_from}"),
            Text("两日均含在内，until 不得早于 from", "both days are included; until is not before from"),
            Text("改正其中一个日期", "correct one of the days"),
        )
        return None
    return Change(parameter, places["value"].raw, valid_from, valid_until, reason)


def _note_unknown(place: Cursor, name: str, declared: Mapping[str, Parameter]) -> None:
    near = get_close_matches(name, declared, n=3)
    place.note(
        "scenarios.unknown_parameter",
        Text(f"没有名为 {name} 的参数", f"there is no parameter named {name}"),
        Text(
            f"本地政策的各级政策包都没有声明它；相近的有 {'、'.join(near) or '无'}",
            f"no pack of the region's policy declares it; similar names: {', '.join(near) or 'none'}",
        ),
        Text("改正名称", "correct the name"),
    )


def _note_outside(item: Cursor, period: Period) -> None:
    item.note(
        "scenarios.change_outside_period",
        Text(f"该调整不涉及 {period} 年", f"the change does not touch {period}"),
        Text(f"模拟的期间为 {period.start} 至 {period.end}", f"the period tried is {period.start} to {period.end}"),
        Text("改正日期，或改 base.period", "correct its days, or base.period"),
    )


def _note_overlap(item: Cursor, after: Change) -> None:
    item.note(
        "scenarios.changes_overlap",
        Text(f"参数 {after.parameter.name} 的两项调整重叠", f"two changes of {after.parameter.name} overlap"),
        Text("同一日只能有一个值", "a parameter has one value a day"),
        Text("让前一项的 until 早于后一项的 from", "end the first (until) before the second begins (from)"),
    )
