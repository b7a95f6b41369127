"""Service events of a chunk: drugs for two diseases, readings from afar, reused results, visits of experts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongchou.schema.service_tables import SERVICE_EVENTS
from tongchou.simulation.chunk import Chunk, World
from tongchou.simulation.county import PLACES
from tongchou.simulation.identifiers import coded, dates, numbered
from tongchou.simulation.stay_tables import person_ids

Integers = npt.NDArray[np.int64]

_SEQUENCE = 10**7
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class _Events:
    """Events of one kind as columns of one length; what a kind does not have is null."""

    kind: str
    day: Integers
    institution: Integers
    partner: Integers | None = None
    person: Integers | None = None
    labels: tuple[str, npt.NDArray[np.str_]] | None = None
    number: tuple[str, Integers] | None = None


def service_events(rng: np.random.Generator, chunk: Chunk, world: World) -> pa.Table:
    """Return the table `service_events`; visits of experts are the region's and come with its first chunk."""
    parts = [_drugs(rng, chunk, world), _readings(rng, chunk, world), _reuse(rng, chunk, world)]
    if chunk.number == 0:
        parts.append(_expert_visits(rng, world))
    first, tables = chunk.number * _SEQUENCE, []
    for part in parts:
        tables.append(_table(part, first, chunk, world))
        first += part.day.size
    return pa.concat_tables(tables)


def _drugs(rng: np.random.Generator, chunk: Chunk, world: World) -> _Events:
    """Draw purchases of people with hypertension or diabetes at their township's health centre."""
    figures = world.county.service_events.drugs
    names = list(world.county.population.chronic_diseases)
    bits = np.array([names.index(disease) for disease in figures.diseases])
    has = (chunk.people.chronic[:, None] >> bits) & 1 == 1
    buyers = np.flatnonzero(has.any(axis=1) & (rng.random(chunk.people.count) < figures.share))
    times = rng.integers(figures.purchases[0], figures.purchases[1] + 1, buyers.size)
    person = np.repeat(buyers, times)
    person, day = _possible(rng, chunk, world, person)
    disease = np.array(figures.diseases)[has[person].argmax(axis=1)]
    yuan = figures.cost_yuan.median * np.exp(rng.normal(0.0, figures.cost_yuan.sigma, person.size))
    fen = np.rint(yuan * 100).astype(np.int64)
    return _Events(
        "two_disease_drugs",
        day,
        _home(chunk, world, person),
        person=person,
        labels=("disease", disease),
        number=("in_scope_fen", fen),
    )


def _readings(rng: np.random.Generator, chunk: Chunk, world: World) -> _Events:
    """Draw examinations at health centres that the lead hospital reads."""
    figures = world.county.service_events.readings
    chosen = np.flatnonzero(rng.random(chunk.people.count) < figures.share)
    person, day = _possible(rng, chunk, world, chosen)
    return _Events(
        "remote_reading",
        day,
        _home(chunk, world, person),
        np.full(person.size, world.roster.by_place["lead"][0][0]),
        person,
        ("item", _labels(rng, figures.items, person.size)),
        ("units", np.ones(person.size, dtype=np.int64)),
    )


def _reuse(rng: np.random.Generator, chunk: Chunk, world: World) -> _Events:
    """Draw results of the city's hospitals that a stay in the county makes use of on its first day."""
    figures, flow = world.county.service_events.reuse, chunk.flow
    in_county = np.isin(flow.place, [PLACES.index("lead"), PLACES.index("tcm")])
    stays = np.flatnonzero(in_county & (rng.random(flow.count) < figures.share))
    yuan = figures.cost_price_yuan.median * np.exp(rng.normal(0.0, figures.cost_price_yuan.sigma, stays.size))
    members, shares = world.roster.by_place["city"]
    return _Events(
        "exam_reuse",
        chunk.dates.admitted[stays],
        flow.institution[stays],
        rng.choice(members, stays.size, p=shares),
        chunk.of_stay[stays],
        ("item", _labels(rng, figures.items, stays.size)),
        ("cost_price_fen", np.rint(yuan * 100).astype(np.int64)),
    )


def _expert_visits(rng: np.random.Generator, world: World) -> _Events:
    """Draw visits of the lead hospital's experts to every health centre."""
    figures = world.county.service_events.expert_visits
    institution = np.repeat(world.roster.by_place["township"][0], figures.a_year)
    return _Events(
        "expert_visit",
        rng.integers(world.calendar.first, world.calendar.last + 1, institution.size),
        institution,
        np.full(institution.size, world.roster.by_place["lead"][0][0]),
        number=("units", rng.integers(figures.experts[0], figures.experts[1] + 1, institution.size)),
    )


def _possible(rng: np.random.Generator, chunk: Chunk, world: World, person: Integers) -> tuple[Integers, Integers]:
    """Draw a day for each person; left out is who was not yet born, dead, or in hospital on it."""
    day = rng.integers(world.calendar.first, world.calendar.last + 1, person.size)
    is_alive = (chunk.people.born[person] <= day) & (day <= chunk.last_day_alive(world.calendar.last)[person])
    can = is_alive & ~chunk.is_in_hospital(person, day)
    return person[can], day[can]


def _home(chunk: Chunk, world: World, person: Integers) -> Integers:
    home: Integers = world.roster.by_place["township"][0][chunk.people.home[person]]
    return home


def _labels(rng: np.random.Generator, weights: dict[str, float], count: int) -> npt.NDArray[np.str_]:
    shares = np.array(list(weights.values()), dtype=float)
    return rng.choice(np.array(list(weights)), count, p=shares / shares.sum())


def _table(events: _Events, first: int, chunk: Chunk, world: World) -> pa.Table:
    count = events.day.size
    columns: dict[str, pa.Array] = {
        "event_id": numbered("S", first + np.arange(count), _DIGITS),
        "kind": pa.repeat(events.kind, count),
        "occurred_on": dates(events.day),
        "institution_id": coded(world.roster.ids, events.institution),
    }
    if events.partner is not None:
        columns["partner_institution_id"] = coded(world.roster.ids, events.partner)
    if events.person is not None:
        columns["person_id"] = person_ids(chunk, events.person)
    if events.labels is not None:
        columns[events.labels[0]] = pa.array(events.labels[1].tolist(), type=pa.string())
    if events.number is not None:
        columns[events.number[0]] = pa.array(events.number[1])
    schema = SERVICE_EVENTS.arrow_schema
    whole = {field.name: columns.get(field.name, pa.nulls(count, field.type)) for field in schema}
    return pa.table(whole, schema=schema)
