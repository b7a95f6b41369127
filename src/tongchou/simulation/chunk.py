"""A chunk of the region: some persons with all that happens to them, independent of the other chunks."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tongchou.simulation.assignment import (
    Dates,
    choose_people,
    draw_dates,
    let_only_last_stays_be_fatal,
    needed_people,
    part_overlaps,
    settle_homes,
    show_diseases,
)
from tongchou.simulation.codebook import CodeBook, build_code_book
from tongchou.simulation.codes import Codes, complete_codes, draw_own_codes
from tongchou.simulation.comorbidities import ComorbidityBook, build_comorbidity_book, draw_comorbidities
from tongchou.simulation.conditions import load_comorbidities
from tongchou.simulation.county import County, load_county
from tongchou.simulation.fee_mixes import CATEGORIES, FeeMixes, load_fee_mixes
from tongchou.simulation.flow import Flow, draw_flow
from tongchou.simulation.money import Fees, draw_fees
from tongchou.simulation.people import People, draw_people
from tongchou.simulation.planted import Planted, choose_planted
from tongchou.simulation.profiles import ProfileSet, load_profiles
from tongchou.simulation.roster import Roster, build_roster
from tongchou.simulation.season import Calendar
from tongchou.simulation.size import Size, draw_size

Integers = npt.NDArray[np.int64]

_EXAM_DAYS = 2


@dataclass(frozen=True, slots=True)
class World:
    """What all chunks of a region share."""

    county: County
    profiles: ProfileSet
    mixes: FeeMixes
    book: CodeBook
    comorbidities: ComorbidityBook
    roster: Roster
    planted: Planted
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk.

    Attributes:
        number: Its number, from 0.
        first_case, first_person: Numbers of its first case and first person in the region.
        of_stay: Person of each stay, counted inside the chunk.
        died: Person of each fatal stay, -1 for the others.
        charged: Day of each fee line.
        contract_from: First day of each person's contract, a day after the year where there is none.
    """

    number: int
    first_case: int
    first_person: int
    flow: Flow
    codes: Codes
    size: Size
    dates: Dates
    fees: Fees
    people: People
    of_stay: Integers
    died: Integers
    charged: Integers
    contract_from: Integers

    def last_day_alive(self, after_all: int) -> Integers:
        """Return each person's day of death, `after_all` for the living."""
        day = np.full(self.people.count, after_all)
        fatal = self.died >= 0
        day[self.died[fatal]] = self.dates.discharged[fatal]
        return day

    def is_in_hospital(self, person: Integers, day: Integers) -> npt.NDArray[np.bool_]:
        """Return whether each person is in hospital on the day, the first and the last day of stays included."""
        span = 1 << 20
        order = np.argsort(self.of_stay * span + self.dates.admitted)
        begins = (self.of_stay * span + self.dates.admitted)[order]
        at = np.searchsorted(begins, person * span + day, "right") - 1
        stay = order[np.maximum(at, 0)]
        is_same = (at >= 0) & (self.of_stay[stay] == person)
        return is_same & (day <= self.dates.discharged[stay])


def build_world(cases: int, rng: np.random.Generator, folder: Path) -> World:
    """Load the data files and draw what all chunks share.

    Raises:
        TongchouError: `simulation.bad_file` if a data file is wrong.
    """
    county = load_county(folder)
    profiles = load_profiles(county, folder)
    comorbidities = load_comorbidities(county, folder)
    book = build_code_book(county, profiles, comorbidities)
    roster = build_roster(county.roster, cases, rng)
    return World(
        county=county,
        profiles=profiles,
        mixes=load_fee_mixes(profiles, folder),
        book=book,
        comorbidities=build_comorbidity_book(comorbidities, book, county, profiles),
        roster=roster,
        planted=choose_planted(roster, rng),
        calendar=Calendar(county.roster.year, county.care.season),
    )


def draw_chunk(
    rng: np.random.Generator,
    world: World,
    *,
    number: int,
    first_case: int,
    case_count: int,
    first_person: int,
    person_count: int,
) -> Chunk:
    """Draw one chunk; the same generator state gives the same chunk.

    People are chosen before days and cost are drawn, because what people have makes stays dearer.
    """
    county, profiles, book = world.county, world.profiles, world.book
    flow = draw_flow(rng, case_count, county, profiles, world.roster, world.planted)
    own = draw_own_codes(rng, flow, book)
    people = draw_people(rng, person_count, needed_people(flow), county, world.roster, world.calendar)
    of_stay = choose_people(rng, flow, people, profiles, county)
    row, code = own.all_diagnoses()
    show_diseases(flow, people, of_stay, profiles, row, book.chronic_bits[code])
    besides = draw_comorbidities(rng, flow, own, people, of_stay, book, world.comorbidities)
    codes = complete_codes(rng, flow, own, besides, book, county, world.planted)
    size = draw_size(rng, flow, codes, book, county, profiles, world.roster)
    dates = draw_dates(rng, flow, size, profiles, county, world.calendar)
    of_stay = part_overlaps(rng, flow, dates, people, of_stay, county)
    show_diseases(flow, people, of_stay, profiles, codes.row, book.chronic_bits[codes.code])
    settle_homes(rng, flow, of_stay, people, county, world.roster)
    died = let_only_last_stays_be_fatal(flow, dates, of_stay)
    fees = draw_fees(rng, flow, codes, size, county, world.mixes)
    return Chunk(
        number=number,
        first_case=first_case,
        first_person=first_person,
        flow=flow,
        codes=codes,
        size=size,
        dates=dates,
        fees=fees,
        people=people,
        of_stay=of_stay,
        died=died,
        charged=_charged_days(rng, fees, dates, county),
        contract_from=_contract_days(rng, people, county, world.calendar),
    )


def _charged_days(rng: np.random.Generator, fees: Fees, dates: Dates, county: County) -> Integers:
    """Examinations fall on a stay's first days, other lines on any day of it."""
    length = dates.discharged[fees.line_row] - dates.admitted[fees.line_row]
    is_exam = np.isin(fees.line_category, [CATEGORIES.index(name) for name in county.care.exams.categories])
    latest = np.where(is_exam, np.minimum(length, _EXAM_DAYS), length)
    drawn: Integers = dates.admitted[fees.line_row] + rng.integers(0, latest + 1)
    return drawn


def _contract_days(rng: np.random.Generator, people: People, county: County, calendar: Calendar) -> Integers:
    is_late = rng.random(people.count) < county.population.contracts.started_late
    late_day = rng.integers(calendar.first, calendar.last + 1, people.count)
    begins = np.maximum(np.where(is_late, late_day, calendar.first), people.born)
    return np.where(people.is_contracted, begins, calendar.last + 1)
