"""The days of periods: months `YYYY-MM` and years `YYYY`."""

import calendar
import re
from datetime import date

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_PERIOD = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>0[1-9]|1[0-2]))?", re.ASCII)


def days_of(period: str) -> tuple[date, date]:
    """Return the first and the last day of a month or a year.

    Raises:
        TongchouError: `ledger.period` unless it is written `YYYY-MM` or `YYYY`.
    """
    found = _PERIOD.fullmatch(period)
    if found is None or int(found["year"]) == 0:
        raise TongchouError(
            "ledger.period",
            what=Text(f"期间 {period!r} 无法识别", f"the period {period!r} cannot be read"),
            where=period,
            why=Text("期间是月份或年度", "a period is a month or a year"),
            remedy=Text("写作 2025-03 或 2025", "write 2025-03 or 2025"),
        )
    year = int(found["year"])
    first, last = (int(found["month"]),) * 2 if found["month"] else (1, 12)
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def last_day_of(month: str) -> date:
    """Return the last day of a month.

    Raises:
        TongchouError: `ledger.period` unless it is written `YYYY-MM` or `YYYY`.
    """
    return days_of(month)[1]


def month_of(day: date) -> str:
    """Return the month of a day, `YYYY-MM`."""
    return f"{day.year:04d}-{day.month:02d}"


def next_month(month: str) -> str:
    """Return the month after a month."""
    first = days_of(month)[0]
    return f"{first.year + first.month // 12:04d}-{first.month % 12 + 1:02d}"


def months_of(year: str) -> list[str]:
    """Return the twelve months of a year."""
    return [f"{year}-{number:02d}" for number in range(1, 13)]
