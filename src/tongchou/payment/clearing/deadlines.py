"""The days of settlement: declaring, paying, handing in the year's lists, clearing; and who was late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tongchou.core.explanation import Fact, Step
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.clearing.working_days import WorkingDays
from tongchou.policy import PolicyView

_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class HandledMonth:
    """When a month of an institution was declared and paid.

    Attributes:
        institution_id: The institution.
        month: `YYYY-MM`.
        declared_on: The day its lists were declared; None where they are not yet.
        paid_on: The day it was paid; None where it is not yet.
    """

    institution_id: str
    month: str
    declared_on: date | None
    paid_on: date | None


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a month was declared and paid.

    Attributes:
        institution_id, month, declared_on, paid_on: See `HandledMonth`.
        declare_by: The last day for declaring.
        pay_by: The last day for paying.
        declared_days_late: Calendar days after `declare_by`; 0 in time.
        paid_days_late: Working days after `pay_by`; 0 in time.
    """

    institution_id: str
    month: str
    declared_on: date | None
    paid_on: date | None
    declare_by: date
    pay_by: date
    declared_days_late: int
    paid_days_late: int


@dataclass(frozen=True, slots=True)
class LatenessReport:
    """Every month by institution and month, with the rules it was measured by.

    Attributes:
        rows: By institution, then month.
        explanation: The rules, and how many months of each institution were late.
    """

    rows: tuple[Lateness, ...]
    explanation: Step


def clearing_day(view: PolicyView, year: int) -> date:
    """Return the day on which a year is cleared: 31 December and `settlement/clearing_days` days."""
    return date(year, 12, 31) + timedelta(days=view.whole("settlement/clearing_days"))


def declaration_day(view: PolicyView, month: str) -> date:
    """Return the last day for declaring a month: `settlement/declaration/day` of the month after it.

    Where that is no working day, `settlement/declaration/on_holiday` leaves it (`as_is`) or moves it on
    (`next_working_day`).

    Raises:
        TongchouError: `payment.unknown_choice`; whatever the calendar refuses.
    """
    year, number = int(month[:4]), int(month[5:])
    ahead = (year + 1, 1) if number == _DECEMBER else (year, number + 1)
    day = date(*ahead, view.whole("settlement/declaration/day"))
    match view.text("settlement/declaration/on_holiday"):
        case "as_is":
            return day
        case "next_working_day":
            return WorkingDays(view).on_or_after(day)
        case other:
            raise unknown_choice("settlement/declaration/on_holiday", other)


def payment_day(view: PolicyView, month: str) -> date:
    """Return the last day for paying a month: `settlement/payment/working_days` after the last day for declaring.

    The day after the deadline is the first of them if it is a working day.
    """
    return WorkingDays(view).after(declaration_day(view, month), view.whole("settlement/payment/working_days"))


def is_late_list(view: PolicyView, year: int, handed_in_on: date) -> bool:
    """Return whether a list of a year was handed in too late to be settled with it.

    The last day is 31 December and `settlement/late_lists/days` days; `settlement/late_lists/operator` says whether a
    list of that very day is late (`ge`) or in time (`gt`).

    Raises:
        TongchouError: `payment.unknown_choice`.
    """
    last = date(year, 12, 31) + timedelta(days=view.whole("settlement/late_lists/days"))
    match view.text("settlement/late_lists/operator"):
        case "gt":
            return handed_in_on > last
        case "ge":
            return handed_in_on >= last
        case other:
            raise unknown_choice("settlement/late_lists/operator", other)


def lateness(view: PolicyView, handled: Iterable[HandledMonth], today: date) -> LatenessReport:
    """Report how late the months of institutions were declared and paid.

    Args:
        view: The policy.
        handled: The months, in any order.
        today: What is neither declared nor paid by its day is late as of this day.
    """
    ordered = sorted(handled, key=lambda each: (each.institution_id, each.month))
    with view.recording() as reads:
        rows = tuple(_row(view, each, today) for each in ordered)
    late = [row for row in rows if row.declared_days_late or row.paid_days_late]
    explanation = Step(
        "payment.clearing.lateness",
        Text("月结算时限", "Days of monthly settlement"),
        Text(f"{len(rows)} 个机构月中 {len(late)} 个逾期", f"{len(late)} of {len(rows)} months late"),
        facts=_late_facts(rows),
        parameters=tuple(reads),
    )
    return LatenessReport(rows, explanation)


def _row(view: PolicyView, each: HandledMonth, today: date) -> Lateness:
    declare_by, pay_by = declaration_day(view, each.month), payment_day(view, each.month)
    declared_late = max(0, ((each.declared_on or today) - declare_by).days)
    paid_late = WorkingDays(view).between(pay_by, each.paid_on or today)
    return Lateness(
        each.institution_id,
        each.month,
        each.declared_on,
        each.paid_on,
        declare_by,
        pay_by,
        declared_late,
        paid_late,
    )


def _late_facts(rows: Sequence[Lateness]) -> tuple[Fact, ...]:
    facts = []
    for institution_id in sorted({row.institution_id for row in rows}):
        own = [row for row in rows if row.institution_id == institution_id]
        declared = sum(row.declared_days_late > 0 for row in own)
        paid = sum(row.paid_days_late > 0 for row in own)
        longest = max(row.paid_days_late for row in own)
        facts.append(
            Fact(
                Text(
                    f"{institution_id}：迟报月数 / 迟付月数 / 最长迟付工作日",
                    f"{institution_id}: months declared late / paid late / most working days late",
                ),
                f"{declared} / {paid} / {longest}",
            )
        )
    return tuple(facts)
