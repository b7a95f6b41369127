"""The calendar of working days (工作日): weekdays, without the year's holidays, with the weekends worked instead."""

from dataclasses import dataclass
from datetime import date, timedelta

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy import PolicyView

HOLIDAYS = "settlement/calendar/holidays"
WORKED_WEEKENDS = "settlement/calendar/worked_weekends"
NONE = "-"
"""Stands in a calendar for a year that has no such days."""

_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The working days that a policy knows; it refuses a year whose holidays are not yet published.

    Attributes:
        view: The policy, with `settlement/calendar/holidays` and `settlement/calendar/worked_weekends`.
    """

    view: PolicyView

    def is_working(self, day: date) -> bool:
        """Return whether people work on a day.

        Raises:
            TongchouError: `policy.no_value_for_key` where the calendar of the year is missing, `payment.calendar`
                where it cannot be read.
        """
        year = f"{day.year:04d}"
        if day.weekday() >= _SATURDAY:
            return day in days_of(WORKED_WEEKENDS, self.view.text(WORKED_WEEKENDS, calendar_year=year))
        return day not in days_of(HOLIDAYS, self.view.text(HOLIDAYS, calendar_year=year))

    def on_or_after(self, day: date) -> date:
        """Return the first working day that is not before a day."""
        while not self.is_working(day):
            day += _DAY
        return day

    def after(self, day: date, count: int) -> date:
        """Return the last of the `count` working days that follow a day; the day itself for none."""
        for _ in range(count):
            day = self.on_or_after(day + _DAY)
        return day

    def between(self, first: date, last: date) -> int:
        """Return how many working days lie after `first`, up to and with `last`; 0 where it is not later."""
        return sum(self.is_working(first + _DAY * number) for number in range(1, (last - first).days + 1))


def days_of(parameter: str, written: str) -> frozenset[date]:
    """Return the days that a calendar names: days and ranges (`2025-01-28..2025-02-04`), apart by spaces.

    >>> sorted(day.day for day in days_of("x", "2025-01-01 2025-01-03..2025-01-04"))
    [1, 3, 4]

    Raises:
        TongchouError: `payment.calendar` for a text that is no day, or a range that ends before it begins.
    """
    days: set[date] = set()
    for word in written.split() if written.strip() != NONE else ():
        first, dots, last = word.partition("..")
        try:
            begin, end = date.fromisoformat(first), date.fromisoformat(last if dots else first)
        except ValueError as error:
            raise _unreadable(parameter, word) from error
        if end < begin:
            raise _unreadable(parameter, word)
        days.update(begin + _DAY * number for number in range((end - begin).days + 1))
    return frozenset(days)


def _unreadable(parameter: str, word: str) -> TongchouError:
    return TongchouError(
        "payment.calendar",
        what=Text("日历无法读取", "the calendar cannot be read"),
        where=f"{parameter}: {word}",
        why=Text(
            "日期写作 2025-01-01，连续日期写作 2025-01-28..2025-02-04，之间用空格",
            "a day is written 2025-01-01, a range 2025-01-28..2025-02-04, with spaces between them",
        ),
        remedy=Text("改正该日期", "correct the date"),
    )
