"""Examination results: from fee lines, from before a stay, recognised ones and those repeated all the same."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongchou.schema.tables import EXAM_RESULTS
from tongchou.simulation.chunk import Chunk, World
from tongchou.simulation.county import BANDS, PLACES
from tongchou.simulation.fee_mixes import CATEGORIES
from tongchou.simulation.identifiers import coded, dates, numbered, numbered_or_null
from tongchou.simulation.stay_tables import CASE_DIGITS, person_ids
from tongchou.simulation.truths import TRUTH_SCHEMA

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SEQUENCE = 10**7
_DIGITS = 12
_MOST_SAME_EXAMS = 12


@dataclass(frozen=True, slots=True)
class _Exams:
    """Examinations as columns; `stay` and `recognises` are -1 where there is none."""

    person: Integers
    institution: Integers
    stay: Integers
    item: Integers
    day: Integers
    price_fen: Integers
    recognises: Integers

    @property
    def count(self) -> int:
        return self.person.size


def exam_results(rng: np.random.Generator, chunk: Chunk, world: World) -> tuple[pa.Table, pa.Table]:
    """Return the table `exam_results` and the truths about repeated examinations.

    An examination of a stay is one of its fee lines. A recognised result is a row of its own with price 0: the
    examination was not made. Every repeat within the days of recognition counts as a truth, planted or not.
    """
    lines = np.flatnonzero(
        np.isin(chunk.fees.line_category, [CATEGORIES.index(name) for name in world.county.care.exams.categories])
    )
    row = chunk.fees.line_row[lines]
    charged = _Exams(
        person=chunk.of_stay[row],
        institution=chunk.flow.institution[row],
        stay=row,
        item=chunk.fees.item[lines],
        day=chunk.charged[lines],
        price_fen=chunk.fees.unit_price_fen[lines],
        recognises=np.full(lines.size, -1),
    )
    exams = _joined([charged, *_earlier_and_recognised(rng, chunk, world, charged)])
    can_be_recognised = _can_be_recognised(world, exams)
    ids = numbered("E", chunk.number * _SEQUENCE + np.arange(exams.count), _DIGITS)
    recognised = np.where(exams.recognises >= 0, chunk.number * _SEQUENCE + exams.recognises, -1)
    stay = np.where(exams.stay >= 0, chunk.first_case + exams.stay, -1)
    columns = {
        "exam_id": ids,
        "person_id": person_ids(chunk, exams.person),
        "institution_id": coded(world.roster.ids, exams.institution),
        "case_id": numbered_or_null("C", stay, CASE_DIGITS),
        "item_code": coded(world.mixes.item_codes, exams.item),
        "examined_on": dates(exams.day),
        "price_fen": pa.array(exams.price_fen),
        "is_recognisable": pa.array(can_be_recognised),
        "recognised_exam_id": numbered_or_null("E", recognised, _DIGITS),
    }
    table = pa.table(columns, schema=EXAM_RESULTS.arrow_schema)
    return table, _repeats(world, exams, can_be_recognised, table)


def _earlier_and_recognised(rng: np.random.Generator, chunk: Chunk, world: World, charged: _Exams) -> list[_Exams]:
    """Return results from outpatients of another hospital before stays, and their recognitions."""
    figures, flow = world.county.care.exams, chunk.flow
    listed = np.concatenate([world.mixes.items_of(name) for name in figures.recognisable_categories])
    in_hospital = (flow.place != PLACES.index("township")) & (flow.band >= BANDS.index("child"))
    repeatable = np.flatnonzero(np.isin(charged.item, listed) & in_hospital[charged.stay])
    share = world.county.truths.repeated_exam.share_of_cases * flow.count / max(repeatable.size, 1)
    repeated = repeatable[rng.random(repeatable.size) < share]
    stays, item = charged.stay[repeated], charged.item[repeated]

    recognising = np.flatnonzero(in_hospital & (rng.random(flow.count) < figures.recognised_share_of_cases))
    wanted = listed[rng.integers(0, listed.size, recognising.size)]
    width = len(world.mixes.item_codes)
    is_new = ~np.isin(recognising * width + wanted, charged.stay * width + charged.item)
    recognising, wanted = recognising[is_new], wanted[is_new]

    all_stays = np.concatenate([stays, recognising])
    shortest, longest = figures.earlier_result_days
    day = chunk.dates.admitted[all_stays] - rng.integers(shortest, longest + 1, all_stays.size)
    items = np.concatenate([item, wanted])
    person = chunk.of_stay[all_stays]
    possible = ~chunk.is_in_hospital(person, day) & (day >= chunk.people.born[person])
    is_recognised = (np.arange(all_stays.size) >= stays.size)[possible]
    all_stays, day, items, person = all_stays[possible], day[possible], items[possible], person[possible]
    earlier = _Exams(
        person=person,
        institution=_another_hospital(rng, world, flow.institution[all_stays]),
        stay=np.full(all_stays.size, -1),
        item=items,
        day=day,
        price_fen=world.mixes.price_fen[items],
        recognises=np.full(all_stays.size, -1),
    )
    chosen = np.flatnonzero(is_recognised)
    recognition = _Exams(
        person=person[chosen],
        institution=flow.institution[all_stays[chosen]],
        stay=all_stays[chosen],
        item=items[chosen],
        day=chunk.dates.admitted[all_stays[chosen]],
        price_fen=np.zeros(chosen.size, dtype=np.int64),
        recognises=charged.count + chosen,
    )
    return [earlier, recognition]


def _another_hospital(rng: np.random.Generator, world: World, institution: Integers) -> Integers:
    """Return for each hospital another one, all equally likely."""
    hospitals = np.concatenate([world.roster.by_place[place][0] for place in ("lead", "tcm", "city")])
    at = np.argmax(hospitals == institution[:, None], axis=1)
    step = rng.integers(1, hospitals.size, institution.size)
    other: Integers = hospitals[(at + step) % hospitals.size]
    return other


def _can_be_recognised(world: World, exams: _Exams) -> Flags:
    figures = world.county.care.exams
    listed = np.concatenate([world.mixes.items_of(name) for name in figures.recognisable_categories])
    level_counts = np.array([i.level in figures.recognising_levels for i in world.roster.institutions])
    return np.isin(exams.item, listed) & level_counts[exams.institution]


def _repeats(world: World, exams: _Exams, can_be_recognised: Flags, table: pa.Table) -> pa.Table:
    """Return every examination made although another hospital's result of the last days could be recognised."""
    made = np.flatnonzero(exams.recognises < 0)
    order = made[np.lexsort((made, exams.day[made], exams.item[made], exams.person[made]))]
    days = world.county.care.exams.recognition_days
    found = np.full(exams.count, -1)
    for lag in range(1, _MOST_SAME_EXAMS + 1):
        later, before = order[lag:], order[:-lag]
        apart = exams.day[later] - exams.day[before]
        hit = (
            (exams.person[later] == exams.person[before])
            & (exams.item[later] == exams.item[before])
            & (exams.institution[later] != exams.institution[before])
            & can_be_recognised[before]
            & (apart >= 1)
            & (apart <= days)
            & (found[later] < 0)
        )
        found[later[hit]] = before[hit]
    repeats = np.flatnonzero(found >= 0)
    ids = table["exam_id"].combine_chunks()
    taken = table.take(pa.array(repeats))
    columns = {
        "truth": coded(["repeated_exam"], np.zeros(repeats.size, dtype=np.int64)),
        "institution_id": taken["institution_id"],
        "person_id": taken["person_id"],
        "case_id": taken["case_id"],
        "related_id": taken["exam_id"],
        "from_on": taken["examined_on"],
        "value_e4": pa.nulls(repeats.size, pa.int64()),
        "note": ids.take(pa.array(found[repeats])),
    }
    return pa.table(columns, schema=TRUTH_SCHEMA)


def _joined(parts: list[_Exams]) -> _Exams:
    names = ("person", "institution", "stay", "item", "day", "price_fen", "recognises")
    return _Exams(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
