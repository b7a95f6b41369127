"""When stays end: days of the year by month, weekday and holidays."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from tongchou.simulation.county import Season
from tongchou.simulation.profiles import cumulative

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to a day."""
    return (day - EPOCH).days


class Calendar:
    """The year's days as numbers since 1970-01-01, and how many stays end on each.

    Args:
        year: The calendar year.
        season: Relative frequencies.
    """

    def __init__(self, year: int, season: Season) -> None:
        self.first = day_number(date(year, 1, 1))
        self.last = day_number(date(year, 12, 31))
        days = [date(year, 1, 1) + timedelta(days=offset) for offset in range(self.last - self.first + 1)]
        self.month_of = np.array([day.month for day in days])
        """Month, 1 to 12, of each day of the year by its place."""
        self._general = cumulative(_frequencies(days, season, season.months))
        self._respiratory = cumulative(_frequencies(days, season, season.respiratory_months))

    def draw_days(self, rng: np.random.Generator, is_respiratory: npt.NDArray[np.bool_]) -> Integers:
        """Return a day of the year for each stay, by whether it is a stay for breathing."""
        draws = rng.random(is_respiratory.size)
        general = np.searchsorted(self._general, draws, "right")
        respiratory = np.searchsorted(self._respiratory, draws, "right")
        return self.first + np.where(is_respiratory, respiratory, general)


def _frequencies(days: list[date], season: Season, months: tuple[float, ...]) -> Floats:
    factors = []
    for day in days:
        holiday = next((h.factor for h in season.holidays if h.start <= day <= h.until), 1.0)
        factors.append(months[day.month - 1] * season.weekdays[day.weekday()] * holiday)
    return np.array(factors)
