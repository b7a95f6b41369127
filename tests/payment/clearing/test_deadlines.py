"""Working days, last days, and who was late."""

from datetime import date

import pytest
from tests.worked import view_with

from tongchou.core.errors import TongchouError
from tongchou.payment.clearing.deadlines import HandledMonth, is_late_list, lateness
from tongchou.payment.clearing.working_days import WorkingDays, days_of

POLICY = {
    "settlement/declaration/day": "10",
    "settlement/payment/working_days": "10",
    "settlement/late_lists/days": "31",
}


def handled(institution_id: str, declared: str | None, paid: str | None) -> HandledMonth:
    days = [date.fromisoformat(day) if day else None for day in (declared, paid)]
    return HandledMonth(institution_id, "2025-08", *days)


def test_the_calendar_knows_holidays_on_weekdays_and_worked_weekends() -> None:
    days = WorkingDays(view_with({}))
    # Spring Festival of 2025: a worked Sunday, the eve, a plain Saturday, a worked Saturday.
    checked = ["2025-01-26", "2025-01-27", "2025-01-28", "2025-02-01", "2025-02-05", "2025-02-08", "2025-02-15"]
    assert [days.is_working(date.fromisoformat(day)) for day in checked] == [
        True,
        True,
        False,
        False,
        True,
        True,
        False,
    ]
    assert days.on_or_after(date(2025, 1, 28)) == date(2025, 2, 5)
    assert days.after(date(2025, 1, 27), 0) == date(2025, 1, 27)
    assert days.after(date(2025, 1, 27), 4) == date(2025, 2, 8)
    assert days.between(date(2025, 1, 27), date(2025, 2, 8)) == 4
    assert days.between(date(2025, 2, 8), date(2025, 1, 27)) == 0


def test_a_year_whose_holidays_are_not_published_is_refused() -> None:
    with pytest.raises(TongchouError) as refused:
        WorkingDays(view_with({})).is_working(date(2031, 1, 1))
    assert refused.value.code.startswith("policy.")


@pytest.mark.parametrize("written", ["2025-13-01", "2025-01-01..", "2025-01-05..2025-01-01", "元旦"])
def test_a_calendar_that_cannot_be_read_is_refused(written: str) -> None:
    with pytest.raises(TongchouError) as refused:
        days_of("settlement/calendar/holidays", written)
    assert (refused.value.code, refused.value.where) == ("payment.calendar", f"settlement/calendar/holidays: {written}")


def test_a_dash_is_a_year_without_such_days() -> None:
    assert days_of("x", "-") == frozenset()


def test_lateness_counts_calendar_days_of_declaring_and_working_days_of_paying() -> None:
    view = view_with(POLICY)
    # Declare by 10 September, pay by 24 September; 28 September is a worked Sunday.
    report = lateness(
        view,
        [
            handled("H2", "2025-09-12", "2025-09-29"),
            handled("H1", "2025-09-10", "2025-09-24"),
            handled("H3", None, None),
        ],
        today=date(2025, 9, 30),
    )
    assert {(row.declare_by, row.pay_by) for row in report.rows} == {(date(2025, 9, 10), date(2025, 9, 24))}
    assert [(row.institution_id, row.declared_days_late, row.paid_days_late) for row in report.rows] == [
        ("H1", 0, 0),
        ("H2", 2, 4),
        ("H3", 20, 5),
    ]
    assert [fact.value for fact in report.explanation.facts] == ["0 / 0 / 0", "1 / 1 / 4", "1 / 1 / 5"]
    assert {read.name for read in report.explanation.parameters} >= {
        "settlement/declaration/day",
        "settlement/payment/working_days",
        "settlement/calendar/holidays",
    }


@pytest.mark.parametrize(
    ("operator", "late"), [("gt", [False, False, True]), ("ge", [False, True, True])], ids=["in time", "late"]
)
def test_a_list_of_the_very_last_day_is_late_or_not_by_the_operator(operator: str, late: list[bool]) -> None:
    view = view_with(POLICY | {"settlement/late_lists/operator": operator})
    days = [date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1)]
    assert [is_late_list(view, 2025, day) for day in days] == late
