"""Decided records beside the priced cases: audits, penalties, appeals, late lists, corrections after a clearing.

Nothing is deducted by a proposal: a record counts when it was decided, after review and appeal. A record never
changes a year that was cleared before it was decided; it is a line of the next one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.clearing.deadlines import clearing_day
from tongchou.payment.clearing.lines import ADJUSTMENTS, Line
from tongchou.policy import PolicyView
from tongchou.schema.review_states import ADJUSTMENT_STATE

AdjustmentKind = Literal["audit", "penalty", "appeal", "late_list", "after_clearing"]
AdjustmentState = Literal["proposed", "reviewed", "appealed", "decided"]

LINE_OF: Mapping[AdjustmentKind, Line] = {
    "audit": Line.AUDIT,
    "penalty": Line.PENALTIES,
    "appeal": Line.APPEALS,
    "late_list": Line.LATE_LISTS,
    "after_clearing": Line.AFTER_CLEARING,
}
"""The line that each kind of record is summed in."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A record of a change to what an institution is paid, in one state of its course.

    Attributes:
        adjustment_id: The record.
        institution_id: Whose payment it changes.
        kind: What it is; a late list is paid with the months of the year it was accepted in, `after_clearing` is a
            correction of a year that was cleared already, the others count at the clearing itself.
        state: How far it is; only `decided` counts.
        decided_on: The day of the decision; None before it.
        amount_fen: What the institution gets more, fen; negative: less.
        reason: Why, in the words of the decision.
        document: Its number.
    """

    adjustment_id: str
    institution_id: str
    kind: AdjustmentKind
    state: AdjustmentState
    decided_on: date | None
    amount_fen: int
    reason: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a decided record counts.

    Attributes:
        year: The clearing that it is a line of.
        month: The month of that year that it is settled with, `YYYY-MM`; None where it counts at the clearing itself.
    """

    year: int
    month: str | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The records that count in one institution's year.

    Attributes:
        months_fen: Line (late lists, after clearing) -> month -> amount, fen.
        at_clearing_fen: Line (audit, penalties, appeals) -> amount, fen.
        explanation: Every record, and those that wait for a decision; None where there is neither.
    """

    months_fen: Mapping[Line, Mapping[str, int]]
    at_clearing_fen: Mapping[Line, int]
    explanation: Step | None


def place(view: PolicyView, kind: AdjustmentKind, decided_on: date) -> Place:
    """Return where a decided record counts.

    * `audit`, `penalty`, `appeal`: at the first clearing whose day is not before the decision.
    * `late_list`: in the year of the decision, by `settlement/late_lists/counted_in` with the month of the decision
      (`month_decided`) or with January (`first_month`).
    * `after_clearing`: by `settlement/after_clearing/counted_in` with January of the first year not cleared before
      the decision (`open_year`), or with the January after it (`following_january`).

    Raises:
        TongchouError: `payment.unknown_choice`.
    """
    match kind:
        case "late_list":
            name = "settlement/late_lists/counted_in"
            months = {"month_decided": decided_on.month, "first_month": 1}
            choice = view.text(name)
            if choice not in months:
                raise unknown_choice(name, choice)
            return Place(decided_on.year, f"{decided_on.year:04d}-{months[choice]:02d}")
        case "after_clearing":
            name = "settlement/after_clearing/counted_in"
            match view.text(name):
                case "open_year":
                    year = _open_year(view, decided_on)
                case "following_january":
                    year = decided_on.year + 1
                case other:
                    raise unknown_choice(name, other)
            return Place(year, f"{year:04d}-01")
        case _:
            return Place(_open_year(view, decided_on), None)


def count_adjustments(view: PolicyView, institution_id: str, year: int, adjustments: Iterable[Adjustment]) -> Counted:
    """Return what the decided records of an institution come to in a year; their order changes nothing.

    Raises:
        Problems: `payment.adjustment_undated` for a decided record without a day, `payment.adjustment_repeated` for one
            decided twice, `payment.adjustment_sign` for a penalty that gives money.
    """
    own = sorted(
        (each for each in adjustments if each.institution_id == institution_id),
        key=lambda each: (each.adjustment_id, each.state),
    )
    decided = [each for each in own if each.state == "decided"]
    _require_sound(decided)
    done = {each.adjustment_id for each in decided}
    with view.recording() as reads:
        placed = [(each, place(view, each.kind, each.decided_on)) for each in decided if each.decided_on]
    counted = [(each, where) for each, where in placed if where.year == year]
    months: dict[Line, dict[str, int]] = {}
    at_clearing: dict[Line, int] = {}
    for each, where in counted:
        line = LINE_OF[each.kind]
        if where.month is None:
            at_clearing[line] = at_clearing.get(line, 0) + each.amount_fen
        else:
            of_line = months.setdefault(line, {})
            of_line[where.month] = of_line.get(where.month, 0) + each.amount_fen
    waiting = [each for each in own if each.adjustment_id not in done]
    if not counted and not waiting:
        return Counted(months, at_clearing, None)
    total = sum(each.amount_fen for each, _ in counted)
    step = Step(
        ADJUSTMENTS,
        Text("稽核、处罚与清算调整", "Audits, penalties and other adjustments"),
        Text(
            f"已决定 {len(counted)} 项，合计 {format_yuan(total)} 元",
            f"{len(counted)} decided, {format_yuan(total)} yuan in all",
        ),
        facts=tuple(_fact(each, where) for each, where in counted),
        parameters=tuple(reads),
        rejected=tuple(_waits(each) for each in waiting),
    )
    return Counted(months, at_clearing, step)


def adjusted_institutions(view: PolicyView, year: int, adjustments: Iterable[Adjustment]) -> set[str]:
    """Return the institutions of which a decided record counts in a year, also such that had no case in it."""
    return {
        each.institution_id
        for each in adjustments
        if each.state == "decided" and each.decided_on and place(view, each.kind, each.decided_on).year == year
    }


def _open_year(view: PolicyView, decided_on: date) -> int:
    """Return the first year whose clearing day is not before a day."""
    year = decided_on.year - 2
    while clearing_day(view, year) < decided_on:
        year += 1
    return year


def _fact(each: Adjustment, where: Place) -> Fact:
    label = LINE_OF[each.kind].label
    counted = where.month or f"{where.year}"
    named = f"{each.adjustment_id} {each.decided_on} {counted} {each.document} {each.reason}".strip()
    return Fact(Text(f"{label.zh}：{named}（元）", f"{label.en}: {named}, yuan"), format_yuan(each.amount_fen))


def _waits(each: Adjustment) -> Text:
    amount = format_yuan(each.amount_fen)
    state = ADJUSTMENT_STATE[each.state]
    return Text(
        f"{each.adjustment_id}（{amount} 元）{state.zh}，尚未决定，不计入",
        f"{each.adjustment_id} ({amount} yuan) is {state.en}, not decided: not counted",
    )


def _require_sound(decided: Sequence[Adjustment]) -> None:
    problems = []
    seen: set[str] = set()
    for each in decided:
        if each.decided_on is None:
            problems.append(
                _unsound(
                    "payment.adjustment_undated",
                    each,
                    Text("没有决定日期就不知道计入哪一年", "without the day it is not known which year it counts in"),
                )
            )
        if each.kind == "penalty" and each.amount_fen > 0:
            problems.append(
                _unsound(
                    "payment.adjustment_sign", each, Text("处罚只能减少应付", "a penalty can only lower what is due")
                )
            )
        if each.adjustment_id in seen:
            problems.append(
                _unsound("payment.adjustment_repeated", each, Text("同一事项只能决定一次", "a matter is decided once"))
            )
        seen.add(each.adjustment_id)
    if problems:
        raise Problems(problems)


def _unsound(code: str, each: Adjustment, why: Text) -> TongchouError:
    return TongchouError(
        code,
        what=Text("清算调整记录有误", "an adjustment has an error"),
        where=f"{each.institution_id} {each.adjustment_id}: {format_yuan(each.amount_fen)}",
        why=why,
        remedy=Text("改正该记录后重新入库", "correct the record and take it in again"),
    )
