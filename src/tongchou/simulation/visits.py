"""Outpatient visits, among them the planted effect of a policy change on where contracted residents go."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongchou.schema.tables import VISITS
from tongchou.simulation.chunk import Chunk, World
from tongchou.simulation.county import VISIT_PLACES, PolicyChange
from tongchou.simulation.identifiers import coded, dates, numbered
from tongchou.simulation.profiles import cumulative
from tongchou.simulation.stay_tables import insurance_types, person_ids

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_SEQUENCE = 10**7
_DIGITS = 12
_KINDS = ("ordinary", "emergency", "chronic")
_TRIES = 3
_HOSPITALS = tuple(VISIT_PLACES.index(place) for place in ("lead", "tcm", "city"))
_OWN_TOWNSHIP = 0.9


@dataclass(frozen=True, slots=True)
class _When:
    person: Integers
    day: Integers


def visits(rng: np.random.Generator, chunk: Chunk, world: World) -> pa.Table:
    """Return the table `visits`: nobody visits while in hospital, before birth or after death."""
    care = world.county.care.visits
    when = _draw_when(rng, chunk, world)
    count = when.person.size
    place = _places(rng, chunk, world, when)
    ill = chunk.people.chronic[when.person]
    is_chronic = (ill > 0) & (rng.random(count) < care.chronic_kind)
    is_emergency = ~is_chronic & np.isin(place, _HOSPITALS) & (rng.random(count) < care.emergency_share)
    kind = np.select([is_chronic, is_emergency], [_KINDS.index("chronic"), _KINDS.index("emergency")], 0)
    total = _totals(rng, place, world)
    ratio = np.array([care.fund_ratio[name] for name in VISIT_PLACES])[place]
    ratio = np.where(is_chronic, care.chronic_fund_ratio, ratio)
    ratio = ratio + care.employee_fund_ratio_added * chunk.people.is_employee[when.person]
    columns = {
        "visit_id": numbered("V", chunk.number * _SEQUENCE + np.arange(count), _DIGITS),
        "person_id": person_ids(chunk, when.person),
        "institution_id": coded(world.roster.ids, _institutions(rng, chunk, world, when.person, place)),
        "insurance_type": insurance_types(chunk, when.person),
        "visited_on": dates(when.day),
        "kind": coded(_KINDS, kind),
        "diagnosis": _diagnoses(rng, world, ill, is_chronic),
        "total_fen": pa.array(total),
        "fund_fen": pa.array(np.floor(total * ratio).astype(np.int64)),
    }
    return pa.table(columns, schema=VISITS.arrow_schema)


def township_shares(change: PolicyChange, months: Integers) -> Floats:
    """Return the share of contracted residents' visits that go to township centres in each month, 1 to 12."""
    since = np.maximum(months - change.start.month, 0)
    is_after = months >= change.start.month
    shares: Floats = (
        change.start_share
        + change.monthly_growth * (months - 1)
        + is_after * (change.jump + change.added_monthly_growth * since)
    )
    return shares


def _draw_when(rng: np.random.Generator, chunk: Chunk, world: World) -> _When:
    care, calendar, people = world.county.care.visits, world.calendar, chunk.people
    count = round(care.per_case * chunk.flow.count)
    person = rng.integers(0, people.count, count)
    ill = np.flatnonzero(people.chronic > 0)
    if ill.size:
        is_ill = rng.random(count) < care.from_chronic_persons
        person[is_ill] = ill[rng.integers(0, ill.size, int(is_ill.sum()))]
    no_breath = np.zeros(count, dtype=np.bool_)
    day = calendar.draw_days(rng, no_breath)
    alive_until = chunk.last_day_alive(calendar.last)
    for _ in range(_TRIES):
        cannot = _cannot_visit(chunk, person, day, alive_until)
        day[cannot] = calendar.draw_days(rng, no_breath[cannot])
    can = ~_cannot_visit(chunk, person, day, alive_until)
    return _When(person[can], day[can])


def _cannot_visit(chunk: Chunk, person: Integers, day: Integers, alive_until: Integers) -> npt.NDArray[np.bool_]:
    outside_life = (day < chunk.people.born[person]) | (day > alive_until[person])
    return outside_life | chunk.is_in_hospital(person, day)


def _places(rng: np.random.Generator, chunk: Chunk, world: World, when: _When) -> Integers:
    """Draw places; the residents contracted on the day follow the policy change."""
    usual = np.array([world.county.care.visits.places[name] for name in VISIT_PLACES])
    change = world.county.truths.first_visits_to_townships
    township = VISIT_PLACES.index("township")
    rows = np.tile(usual / usual.sum(), (13, 1))
    shares = township_shares(change, np.arange(1, 13))
    rows[1:, township] = 0
    rows[1:] *= ((1 - shares) / rows[1:].sum(axis=1))[:, None]
    rows[1:, township] = shares
    month = world.calendar.month_of[when.day - world.calendar.first]
    is_contracted = (when.day >= chunk.contract_from[when.person]) & ~chunk.people.is_employee[when.person]
    odds = cumulative(rows)[np.where(is_contracted, month, 0)]
    places: Integers = (odds <= rng.random(when.day.size)[:, None]).sum(axis=1)
    return places


def _institutions(rng: np.random.Generator, chunk: Chunk, world: World, person: Integers, place: Integers) -> Integers:
    roster, home = world.roster, chunk.people.home[person]
    institution = np.empty(person.size, dtype=np.int64)
    for number, name in enumerate(VISIT_PLACES):
        rows = np.flatnonzero(place == number)
        institution[rows] = roster.draw(rng, name, rows.size)
    stays_home = rng.random(person.size) < _OWN_TOWNSHIP
    at_township = np.flatnonzero((place == VISIT_PLACES.index("township")) & stays_home)
    institution[at_township] = roster.by_place["township"][0][home[at_township]]
    at_village = np.flatnonzero((place == VISIT_PLACES.index("village")) & stays_home)
    first = np.array([clinics[0] for clinics in roster.clinics_of])
    size = np.array([clinics.size for clinics in roster.clinics_of])
    drawn = rng.integers(0, size[home[at_village]])
    institution[at_village] = first[home[at_village]] + drawn
    return institution


def _totals(rng: np.random.Generator, place: Integers, world: World) -> Integers:
    figures = [world.county.care.visits.cost_yuan[name] for name in VISIT_PLACES]
    median = np.array([figure.median for figure in figures])[place]
    sigma = np.array([figure.sigma for figure in figures])[place]
    return np.maximum(np.rint(100 * median * np.exp(sigma * rng.standard_normal(place.size))), 100).astype(np.int64)


def _diagnoses(rng: np.random.Generator, world: World, ill: Integers, is_chronic: npt.NDArray[np.bool_]) -> pa.Array:
    """A chronic visit is for one of the person's diseases, any other for an everyday complaint."""
    everyday = world.county.care.visits.diagnoses
    diseases = [disease.outpatient for disease in world.county.population.chronic_diseases.values()]
    sums = cumulative(np.array(list(everyday.values())))
    index = np.searchsorted(sums, rng.random(ill.size), "right")
    chosen = np.flatnonzero(is_chronic)
    has = (ill[chosen][:, None] >> np.arange(len(diseases))) & 1
    index[chosen] = len(everyday) + np.argmax(has * rng.random(has.shape), axis=1)
    return coded([*everyday, *diseases], index)
