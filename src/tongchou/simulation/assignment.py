"""Who has which stays and when: no person has two stays at a time, and ages fit."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongchou.simulation.county import BANDS, PLACES, County
from tongchou.simulation.flow import WAYS, Course, Flow
from tongchou.simulation.people import CELLS, People
from tongchou.simulation.profiles import ProfileSet
from tongchou.simulation.roster import Roster
from tongchou.simulation.season import Calendar
from tongchou.simulation.size import Size

Integers = npt.NDArray[np.int64]

NEWBORN_DAYS = 28
"""The last day of life, counted from 0, on which a child is a newborn."""
_INFANT_DAYS = 364
_BABIES = (BANDS.index("newborn"), BANDS.index("infant"))


@dataclass(slots=True)
class Dates:
    """Days since 1970-01-01 of each stay; a stay of one day may begin and end on the same day."""

    admitted: Integers
    discharged: Integers


def needed_people(flow: Flow) -> Integers:
    """Return how many persons each cell needs so that each first stay could have its own."""
    return np.bincount(flow.cell[: flow.first_count], minlength=CELLS)


def draw_dates(
    rng: np.random.Generator, flow: Flow, size: Size, profiles: ProfileSet, county: County, calendar: Calendar
) -> Dates:
    """Draw dates so that every stay ends in the year; a stay that follows begins soon after the one before."""
    ends = calendar.draw_days(rng, profiles.is_respiratory[flow.profile])
    same_day = (size.los_days == 1) & (rng.random(flow.count) < 0.5)
    length = size.los_days - same_day
    discharged = ends
    admitted = discharged - length
    parents = np.flatnonzero(flow.after >= 0)
    children = flow.after[parents]
    gap = _gaps(rng, flow.course[parents], county)
    discharged[children] = discharged[parents]
    admitted[children] = discharged[children] - length[children]
    discharged[parents] = admitted[children] - gap
    late = np.maximum(calendar.first - discharged[parents], 0)
    discharged[parents] += late
    admitted[children] += late
    discharged[children] += late
    admitted[parents] = discharged[parents] - length[parents]
    return Dates(admitted, discharged)


def choose_people(
    rng: np.random.Generator, flow: Flow, people: People, profiles: ProfileSet, county: County
) -> Integers:
    """Return the person of each stay before it is known when stays are.

    Stays of the chronically ill fall on few people. Children under one year have one first stay each.
    """
    firsts = flow.first_count
    cell = flow.cell[:firsts]
    person = _choose(rng, cell, profiles.chronic[flow.profile[:firsts]], people, county)
    return person[flow.row_of_first()]


def show_diseases(
    flow: Flow, people: People, of_stay: Integers, profiles: ProfileSet, row: Integers, bits: Integers
) -> None:
    """Give people the chronic diseases of their stays' profiles and those that diagnoses (stay, bits) show."""
    np.bitwise_or.at(people.chronic, of_stay[row], bits)
    tag = profiles.chronic[flow.profile]
    tagged = tag >= 0
    np.bitwise_or.at(people.chronic, of_stay[tagged], np.int64(1) << tag[tagged])


def part_overlaps(
    rng: np.random.Generator, flow: Flow, dates: Dates, people: People, of_stay: Integers, county: County
) -> Integers:
    """Return the person of each stay, nobody having two at a time, and fit birthdays to the stays of babies.

    Where two stays of a person would overlap, the later one goes to somebody of the same age and sex who has none.
    """
    firsts = flow.first_count
    cell = flow.cell[:firsts]
    person = of_stay[:firsts].copy()
    last = np.where(flow.after[:firsts] >= 0, flow.after[:firsts], np.arange(firsts))
    _move_later_stays(rng, cell, person, people, dates.admitted[:firsts], dates.discharged[last], county)
    _fit_births(rng, flow, dates, people, person, county)
    return person[flow.row_of_first()]


def settle_homes(
    rng: np.random.Generator, flow: Flow, of_stay: Integers, people: People, county: County, roster: Roster
) -> None:
    """Let most people who stayed in a township centre live in that township."""
    townships = roster.by_place["township"][0]
    at_township = np.flatnonzero(
        (flow.place == PLACES.index("township")) & (rng.random(flow.count) < county.population.stays_in_home_township)
    )
    people.home[of_stay[at_township]] = flow.institution[at_township] - townships[0]


def let_only_last_stays_be_fatal(flow: Flow, dates: Dates, of_stay: Integers) -> Integers:
    """Turn deaths before a person's last stay into discharges home.

    Returns:
        The person of each fatal stay, -1 for the others.
    """
    last_day = np.full(int(of_stay.max()) + 1, -1)
    np.maximum.at(last_day, of_stay, dates.discharged)
    death = WAYS.index("death")
    too_early = (flow.way == death) & (dates.discharged < last_day[of_stay])
    flow.way[too_early] = WAYS.index("home")
    return np.where(flow.way == death, of_stay, -1)


def _gaps(rng: np.random.Generator, course: Integers, county: County) -> Integers:
    gap = rng.integers(0, 2, course.size)
    for kind, pair in (
        (Course.SPLIT, county.truths.split_stay),
        (Course.FALSE_DOWN, county.truths.false_down_referral),
    ):
        rows = np.flatnonzero(course == kind)
        gap[rows] = rng.integers(pair.gap_days[0], pair.gap_days[1] + 1, rows.size)
    return gap


def _choose(rng: np.random.Generator, cell: Integers, tag: Integers, people: People, county: County) -> Integers:
    shape = county.population.frailty_shape
    frailty = rng.gamma(np.where(people.chronic > 0, shape.chronic, shape.well))
    person = np.empty(cell.size, dtype=np.int64)
    members_of = _grouped(people.cell, CELLS)
    for number, rows in enumerate(_grouped(cell, CELLS)):
        if not rows.size:
            continue
        members = members_of[number]
        if number // 2 in _BABIES:
            person[rows] = rng.permutation(members)[: rows.size]
            continue
        for disease in np.unique(tag[rows]):
            chosen = rows[tag[rows] == disease]
            ill = members[(people.chronic[members] >> disease & 1) == 1] if disease >= 0 else members
            pool = ill if ill.size else members
            weight = np.cumsum(frailty[pool])
            person[chosen] = pool[np.searchsorted(weight, rng.random(chosen.size) * weight[-1], "right")]
    return person


def _move_later_stays(
    rng: np.random.Generator,
    cell: Integers,
    person: Integers,
    people: People,
    starts: Integers,
    ends: Integers,
    county: County,
) -> None:
    gap = county.population.days_between_stays
    is_free = np.ones(people.count, dtype=np.bool_)
    is_free[person] = False
    free_of = [rng.permutation(members) for members in _grouped(np.where(is_free, people.cell, CELLS), CELLS)]
    used = np.zeros(CELLS, dtype=np.int64)
    while True:
        order = np.lexsort((starts, person))
        same = person[order[1:]] == person[order[:-1]]
        clash = order[1:][same & (starts[order[1:]] < ends[order[:-1]] + gap)]
        if not clash.size:
            return
        for number, rows in enumerate(_grouped(cell[clash], CELLS)):
            moved = clash[rows]
            person[moved] = free_of[number][used[number] : used[number] + moved.size]
            used[number] += moved.size


def _fit_births(
    rng: np.random.Generator, flow: Flow, dates: Dates, people: People, person: Integers, county: County
) -> None:
    band = flow.band[: flow.first_count]
    newborn = np.flatnonzero(band == _BABIES[0])
    at_birth = rng.random(newborn.size) < county.care.stay.newborn_born_in_house
    age = np.where(at_birth, 0, rng.integers(1, NEWBORN_DAYS, newborn.size))
    people.born[person[newborn]] = dates.admitted[newborn] - age
    infant = np.flatnonzero(band == _BABIES[1])
    age = rng.integers(NEWBORN_DAYS + 1, _INFANT_DAYS - NEWBORN_DAYS, infant.size)
    people.born[person[infant]] = dates.admitted[infant] - age


def _grouped(keys: Integers, count: int) -> list[Integers]:
    """Return for each key below `count` the places where it stands."""
    order = np.argsort(keys, kind="stable")
    bounds = np.searchsorted(keys[order], np.arange(count + 1))
    return [order[bounds[number] : bounds[number + 1]] for number in range(count)]
