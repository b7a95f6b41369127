"""The checks of one parameter's dated values in one pack."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest

from tongchou.core.text import Text
from tongchou.policy.chain import Chain, Dated
from tongchou.policy.findings import Finding, Severity
from tongchou.policy.parameter import Parameter
from tongchou.policy.timeline import Stretch, stretches
from tongchou.policy.value import Bands, Scalar, Value, written

_DAY = timedelta(days=1)


def gaps(chain: Chain, name: str, place: str) -> Iterator[Finding]:
    """Yield the stretches of days after the first value on which no pack of the chain has one."""
    for stretch in stretches(chain, name):
        if stretch.answer is not None:
            continue
        if stretch.last is None:
            what = Text(
                f"参数 {name} 自 {stretch.first} 起终止，上级政策包也没有值",
                f"the parameter {name} ends on {stretch.first} and no pack above has a value",
            )
            yield Finding("ends_without_answer", Severity.WARNING, what, place, _GIVE)
        else:
            what = Text(
                f"参数 {name} 自 {stretch.first} 至 {stretch.last} 没有值",
                f"the parameter {name} has no value from {stretch.first} to {stretch.last}",
            )
            yield Finding("gap", Severity.WARNING, what, place, _GIVE)


_GIVE = Text(
    "补上这段日期的值及依据；确已取消的，核对是否还有结算会读取它",
    "give a value with its source for these days; if it is abolished, check that no settlement reads it any more",
)


def jumps(parameter: Parameter, dated: Sequence[Dated], place: str) -> Iterator[Finding]:
    """Yield the values that leave and come back: nearer to each other are the neighbours than either is to it.

    Texts leave and come back where the neighbours are equal and the value between them is not.
    """
    for before, entry, after in zip(dated, dated[1:], dated[2:], strict=False):
        if before.value is None or entry.value is None or after.value is None:
            continue
        leaves = [_leaves(each.value, ()) for each in (before, entry, after) if each.value is not None]
        places = [key for key in leaves[1] if all(key in each for each in leaves)]
        if any(_comes_back(*(each[key] for each in leaves)) for key in places):
            values = " → ".join(written(each.value) for each in (before, entry, after) if each.value is not None)
            yield Finding(
                "leaves_and_comes_back",
                Severity.ASK,
                Text(
                    f"{parameter.title.zh}自 {entry.valid_from} 起离开原值，自 {after.valid_from} 起又回来：{values}",
                    f"{parameter.title.en} leaves its value on {entry.valid_from} and comes back on "
                    f"{after.valid_from}: {values}",
                ),
                place,
                Text("与文件核对中间一项是否写错", "compare the value in the middle with its document"),
            )


def review_missed(dated: Sequence[Dated], on: date, place: str) -> Iterator[Finding]:
    """Yield the value that holds on a day and should have been reviewed before it."""
    standing = [entry for entry in dated if entry.valid_from <= on][-1:]
    for entry in standing:
        if entry.value is not None and entry.is_overdue(on):
            yield Finding(
                "review_missed",
                Severity.WARNING,
                Text(
                    f"自 {entry.valid_from} 起的值应在 {entry.review_by} 前复核，{on} 仍在使用",
                    f"the value from {entry.valid_from} was to be reviewed by {entry.review_by} and still holds on "
                    f"{on}",
                ),
                place,
                Text(
                    "与现行文件核对后更新 checked_on 和 review_by，或写入新值",
                    "compare it with the document in force, then renew checked_on and review_by, or write a new value",
                ),
            )


def equal_to_above(dated: Sequence[Dated], above: Chain, name: str, place: str) -> Iterator[Finding]:
    """Yield the values that the packs above give as well, on every day that they hold."""
    for entry, following in zip_longest(dated, dated[1:]):
        last = following.valid_from - _DAY if following else None
        others = [each for each in stretches(above, name) if _meet(each, entry.valid_from, last)]
        if entry.value is None or not others or others[0].first > entry.valid_from:
            continue
        if all(each.answer is not None and each.answer.dated.value == entry.value for each in others):
            giver = others[0].answer.pack if others[0].answer else above.packs[0]
            yield Finding(
                "equal_to_above",
                Severity.HINT,
                Text(
                    f"自 {entry.valid_from} 起的值与上级“{giver.name.zh}”相同",
                    f"the value from {entry.valid_from} on is that of '{giver.name.en}' above",
                ),
                place,
                Text(
                    "若不是有意固定，删去此项，由上级政策包作答",
                    "unless it is meant to stay when the other changes, remove it and let the pack above answer",
                ),
            )


def missing_number(dated: Sequence[Dated], place: str) -> Iterator[Finding]:
    """Yield the values whose source has no document number."""
    for entry in dated:
        if not entry.source.number:
            yield Finding(
                "no_document_number",
                Severity.HINT,
                Text(
                    f"自 {entry.valid_from} 起的值没有写依据的文号",
                    f"the source of the value from {entry.valid_from} on has no document number",
                ),
                place,
                Text("补上 source 的 number", "add number to the source"),
            )


def not_checked(dated: Sequence[Dated], place: str) -> Iterator[Finding]:
    """Yield the values that nobody says to have compared with their document."""
    for entry in dated:
        if entry.value is not None and entry.checked_on is None:
            yield Finding(
                "not_checked",
                Severity.HINT,
                Text(
                    f"自 {entry.valid_from} 起的值没有核对日期",
                    f"nobody says when the value from {entry.valid_from} on was compared with its document",
                ),
                place,
                Text("核对后写 checked_on", "compare it, then write checked_on"),
            )


def _meet(stretch: Stretch, first: date, last: date | None) -> bool:
    return (last is None or stretch.first <= last) and (stretch.last is None or stretch.last >= first)


def _leaves(value: Value, way: tuple[object, ...]) -> dict[tuple[object, ...], int | str]:
    """Return the single values inside a value by the way to them."""
    if isinstance(value, Scalar):
        return {way: value.exact}
    if isinstance(value, Bands):
        return {(*way, lower, upper): ratio for lower, upper, ratio in value.slices}
    return _of_mapping(value, way)


def _of_mapping(value: Mapping[str, Value], way: tuple[object, ...]) -> dict[tuple[object, ...], int | str]:
    return {place: single for key, inner in value.items() for place, single in _leaves(inner, (*way, key)).items()}


def _comes_back(before: int | str, between: int | str, after: int | str) -> bool:
    if isinstance(before, int) and isinstance(between, int) and isinstance(after, int):
        return abs(before - after) < min(abs(between - before), abs(after - between))
    return before == after != between
