"""How long stays last and what they are meant to cost, with intensive care and ventilation."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongchou.simulation.codebook import CodeBook
from tongchou.simulation.codes import Codes
from tongchou.simulation.county import BANDS, PLACES, County
from tongchou.simulation.flow import Course, Flow
from tongchou.simulation.profiles import ProfileSet
from tongchou.simulation.roster import Roster

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_LEAST_COST_FEN = 20_000
_SEVERITY_ON_DAYS = 0.5
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Size:
    """Days, hours and the aimed-at cost of each stay; `los_days` counts a same-day stay as 1."""

    los_days: Integers
    cost_fen: Integers
    icu_hours: Integers
    ventilator_hours: Integers


def draw_size(
    rng: np.random.Generator,
    flow: Flow,
    codes: Codes,
    book: CodeBook,
    county: County,
    profiles: ProfileSet,
    roster: Roster,
) -> Size:
    """Draw log-normal days and cost, correlated, with heavy tails, before any fee line is known."""
    figures = county.care.stay
    days_draw, cost_draw = _correlated(rng, flow.count, figures.cost_los_correlation)
    tail = np.where(rng.random(flow.count) < figures.tail_share, figures.tail_scale, 1.0)
    severity = np.select(
        [codes.has_major, codes.has_minor], [profiles.major_cost[flow.profile], profiles.minor_cost[flow.profile]], 1.0
    )
    los_factor = np.array([county.roster.places[place].los_factor for place in PLACES])[flow.place]
    age_factor = np.array([county.population.ages[band].cost for band in BANDS])[flow.band]
    course_los, course_cost = _course_factors(flow, county)
    los = (
        profiles.los_median[flow.profile]
        * np.exp(profiles.los_sigma[flow.profile] * days_draw * tail)
        * severity**_SEVERITY_ON_DAYS
        * los_factor
        * course_los
    )
    los_days = np.clip(np.rint(los), 1, figures.longest_days).astype(np.int64)
    cost = (
        profiles.cost_median_fen[flow.profile]
        * np.exp(profiles.cost_sigma[flow.profile] * cost_draw * tail)
        * severity
        * roster.cost_factor[flow.institution]
        * age_factor
        * course_cost
    )
    is_low = np.flatnonzero(flow.course == Course.LOW_STANDARD)
    shortest, longest = county.truths.low_standard_admission.los_days
    los_days[is_low] = rng.integers(shortest, longest + 1, is_low.size)
    ventilator = _ventilation(rng, codes, book, county)
    los_days = np.maximum(los_days, -(-ventilator // _HOURS_A_DAY))
    return Size(
        los_days=los_days,
        cost_fen=np.maximum(np.rint(cost), _LEAST_COST_FEN).astype(np.int64),
        icu_hours=_intensive_care(rng, flow, codes, county, los_days, ventilator),
        ventilator_hours=ventilator,
    )


def _correlated(rng: np.random.Generator, count: int, correlation: float) -> tuple[Floats, Floats]:
    first = rng.standard_normal(count)
    second = correlation * first + np.sqrt(1 - correlation**2) * rng.standard_normal(count)
    return first, second


def _course_factors(flow: Flow, county: County) -> tuple[Floats, Floats]:
    referrals, truths = county.care.referrals, county.truths
    los, cost = np.ones(flow.count), np.ones(flow.count)
    follows = flow.before >= 0
    for course, kind in ((Course.UP, "up"), (Course.DOWN, "down")):
        for rows, side in ((~follows, "before"), (follows, "after")):
            chosen = rows & (flow.course == course)
            los[chosen] = next(factor for key, factor in referrals.los.items() if key == f"{kind}_{side}")
            cost[chosen] = next(factor for key, factor in referrals.cost.items() if key == f"{kind}_{side}")
    for course, pair in ((Course.SPLIT, truths.split_stay), (Course.FALSE_DOWN, truths.false_down_referral)):
        los[flow.course == course] = pair.los
        cost[flow.course == course] = pair.cost
    cost[flow.course == Course.LOW_STANDARD] = truths.low_standard_admission.cost
    return los, cost


def _ventilation(rng: np.random.Generator, codes: Codes, book: CodeBook, county: County) -> Integers:
    hours = np.zeros(codes.operation.size, dtype=np.int64)
    for prefix, (least, most) in county.care.ventilator_hours.items():
        has_it = np.array([any(code.startswith(prefix) for code in listed) for listed in book.operations])
        rows = np.flatnonzero(has_it[codes.operation])
        hours[rows] = rng.integers(least, most + 1, rows.size)
    return hours


def _intensive_care(
    rng: np.random.Generator, flow: Flow, codes: Codes, county: County, los_days: Integers, ventilator: Integers
) -> Integers:
    figures = county.care.intensive_care
    can_have = codes.has_major & np.isin(flow.place, [PLACES.index(place) for place in figures.places])
    has_it = can_have & (rng.random(flow.count) < figures.share_of_major)
    hours = np.where(has_it, rng.integers(figures.hours[0], figures.hours[1] + 1, flow.count), 0)
    return np.minimum(np.maximum(hours, ventilator), los_days * _HOURS_A_DAY)
