"""The tables of a chunk's stays and people: cases, codes, fees, persons, contracts."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongchou.schema import tables
from tongchou.simulation.assignment import NEWBORN_DAYS
from tongchou.simulation.chunk import Chunk, World
from tongchou.simulation.county import PLACES
from tongchou.simulation.fee_mixes import CATEGORIES
from tongchou.simulation.flow import WAYS, Course
from tongchou.simulation.identifiers import coded, dates, numbered
from tongchou.simulation.people import SEXES

Integers = npt.NDArray[np.int64]

CASE_DIGITS = 10
PERSON_DIGITS = 10
INSURANCE = ("resident", "employee")
_ROUTES = ("outpatient", "emergency", "transferred_in", "other")


def case_ids(chunk: Chunk, rows: Integers) -> pa.Array:
    """Return the ids of cases by their row in the chunk."""
    return numbered("C", chunk.first_case + rows, CASE_DIGITS)


def person_ids(chunk: Chunk, persons: Integers) -> pa.Array:
    """Return the ids of persons by their number in the chunk."""
    return numbered("P", chunk.first_person + persons, PERSON_DIGITS)


def insurance_types(chunk: Chunk, persons: Integers) -> pa.Array:
    """Return the insurance types of persons by their number in the chunk."""
    return coded(INSURANCE, chunk.people.is_employee[persons].astype(np.int64))


def cases(rng: np.random.Generator, chunk: Chunk, world: World) -> pa.Table:
    """Return the table `cases`."""
    flow, stay, fees = chunk.flow, chunk.dates, chunk.fees
    born = chunk.people.born[chunk.of_stay]
    age_days = stay.admitted - born
    age_years = _whole_years(born, stay.admitted)
    is_newborn = age_days <= NEWBORN_DAYS
    columns = {
        "case_id": case_ids(chunk, np.arange(flow.count)),
        "person_id": person_ids(chunk, chunk.of_stay),
        "institution_id": coded(world.roster.ids, flow.institution),
        "insurance_type": insurance_types(chunk, chunk.of_stay),
        "sex": coded(SEXES, flow.sex),
        "age_years": pa.array(age_years),
        "age_days": pa.array(age_days, mask=age_years > 0),
        "birth_weight_g": pa.array(_birth_weights(rng, chunk, world), mask=~is_newborn),
        "department": _departments(chunk, world),
        "admission_route": _routes(rng, chunk, world, age_days),
        "admitted_on": dates(stay.admitted),
        "discharged_on": dates(stay.discharged),
        "settled_on": dates(_settled(rng, chunk, world)),
        "los_days": pa.array(np.maximum(stay.discharged - stay.admitted, 1)),
        "discharge_way": coded(WAYS, flow.way),
        "icu_hours": pa.array(chunk.size.icu_hours),
        "ventilator_hours": pa.array(chunk.size.ventilator_hours),
        "total_fen": pa.array(fees.total_fen),
        "self_paid_fen": pa.array(fees.self_paid_fen),
        "first_self_pay_fen": pa.array(fees.first_self_pay_fen),
        "over_limit_fen": pa.array(fees.over_limit_fen),
    }
    return pa.table(columns, schema=tables.CASES.arrow_schema)


def diagnoses(chunk: Chunk, world: World) -> pa.Table:
    """Return the table `diagnoses`."""
    codes = chunk.codes
    columns = {
        "case_id": case_ids(chunk, codes.row),
        "seq": pa.array(codes.seq),
        "code": coded(world.book.diagnoses, codes.code),
    }
    return pa.table(columns, schema=tables.DIAGNOSES.arrow_schema)


def procedures(chunk: Chunk, world: World) -> pa.Table:
    """Return the table `procedures`."""
    lists = world.book.operations
    counts = np.array([len(listed) for listed in lists])
    flat = [code for listed in lists for code in listed]
    begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
    operation = chunk.codes.operation
    row = np.repeat(np.arange(operation.size), counts[operation])
    order = np.arange(row.size) - np.searchsorted(row, row)
    columns = {
        "case_id": case_ids(chunk, row),
        "seq": pa.array(order + 1),
        "code": coded(flat, begins[operation[row]] + order),
    }
    return pa.table(columns, schema=tables.PROCEDURES.arrow_schema)


def fees(chunk: Chunk) -> pa.Table:
    """Return the table `fees`: the categories with an amount."""
    row, category = np.nonzero(chunk.fees.category_fen)
    columns = {
        "case_id": case_ids(chunk, row),
        "category": coded(CATEGORIES, category),
        "amount_fen": pa.array(chunk.fees.category_fen[row, category]),
    }
    return pa.table(columns, schema=tables.FEES.arrow_schema)


def fee_items(chunk: Chunk, world: World) -> pa.Table:
    """Return the table `fee_items`."""
    lines = chunk.fees
    columns = {
        "case_id": case_ids(chunk, lines.line_row),
        "line_no": pa.array(np.arange(lines.line_row.size) - np.searchsorted(lines.line_row, lines.line_row) + 1),
        "category": coded(CATEGORIES, lines.line_category),
        "item_code": coded(world.mixes.item_codes, lines.item),
        "charged_on": dates(chunk.charged),
        "quantity_e4": pa.array(lines.quantity * 10_000),
        "unit_price_fen": pa.array(lines.unit_price_fen),
        "amount_fen": pa.array(lines.line_amount_fen),
    }
    return pa.table(columns, schema=tables.FEE_ITEMS.arrow_schema)


def persons(chunk: Chunk, world: World) -> pa.Table:
    """Return the table `persons`."""
    people = chunk.people
    everyone = np.arange(people.count)
    diseases = list(world.county.population.chronic_diseases)
    joined = [
        "|".join(name for number, name in enumerate(diseases) if bits >> number & 1) or None
        for bits in range(1 << len(diseases))
    ]
    columns = {
        "person_id": person_ids(chunk, everyone),
        "sex": coded(SEXES, people.cell % 2),
        "born_on": dates(people.born),
        "insurance_type": insurance_types(chunk, everyone),
        "area_id": coded([world.county.roster.county.id], np.zeros(people.count, dtype=np.int64)),
        "chronic_diseases": coded(joined, people.chronic),
    }
    return pa.table(columns, schema=tables.PERSONS.arrow_schema)


def contracts(rng: np.random.Generator, chunk: Chunk, world: World) -> pa.Table:
    """Return the table `contracts`; follow-ups shorten with a contract begun late."""
    people, calendar = chunk.people, world.calendar
    figures = world.county.population.contracts.follow_ups
    signed = np.flatnonzero(chunk.contract_from <= calendar.last)
    begins = chunk.contract_from[signed]
    part_of_year = (calendar.last + 1 - begins) / (calendar.last + 1 - calendar.first)
    mean = np.where(people.chronic[signed] > 0, figures.chronic, figures.well) * part_of_year
    townships = world.roster.by_place["township"][0]
    columns = {
        "person_id": person_ids(chunk, signed),
        "institution_id": coded(world.roster.ids, townships[people.home[signed]]),
        "valid_from": dates(begins),
        "valid_until": dates(np.full(signed.size, calendar.last)),
        "follow_up_count": pa.array(rng.poisson(mean).astype(np.int64)),
    }
    return pa.table(columns, schema=tables.CONTRACTS.arrow_schema)


def _whole_years(born: Integers, day: Integers) -> Integers:
    """Return ages in completed years; a birthday on 29 February counts from 1 March in common years."""
    born_months, days = (born.astype("datetime64[D]").astype("datetime64[M]"), day.astype("datetime64[D]"))
    months = (days.astype("datetime64[M]") - born_months).astype(np.int64)
    day_of_month = (days - days.astype("datetime64[M]")).astype(np.int64)
    born_day = (born.astype("datetime64[D]") - born_months).astype(np.int64)
    years: Integers = (months - (day_of_month < born_day)) // 12
    return years


def _birth_weights(rng: np.random.Generator, chunk: Chunk, world: World) -> Integers:
    ranges = np.array([profile.birth_weight_g or (1, 1) for profile in world.profiles.profiles])
    low, high = ranges[chunk.flow.profile].T
    weights = rng.integers(low, high + 1)
    follows = chunk.flow.before >= 0
    weights[follows] = weights[chunk.flow.before[follows]]
    drawn: Integers = weights
    return drawn


def _departments(chunk: Chunk, world: World) -> pa.Array:
    care = world.county.care
    letters = list(care.departments)
    names = [name for pair in care.departments.values() for name in pair] + [care.township_department]
    of_profile = np.array([letters.index(profile.adrg[0]) for profile in world.profiles.profiles])
    index = 2 * of_profile[chunk.flow.profile] + (chunk.codes.operation > 0)
    is_township = chunk.flow.place == PLACES.index("township")
    return coded(names, np.where(is_township, len(names) - 1, index))


def _routes(rng: np.random.Generator, chunk: Chunk, world: World, age_days: Integers) -> pa.Array:
    flow = chunk.flow
    is_emergency = rng.random(flow.count) < world.county.care.stay.emergency_share
    is_moved = (flow.before >= 0) & np.isin(flow.course, (Course.UP, Course.DOWN))
    route = np.select(
        [is_moved, age_days == 0, is_emergency],
        [_ROUTES.index("transferred_in"), _ROUTES.index("other"), _ROUTES.index("emergency")],
        _ROUTES.index("outpatient"),
    )
    return coded(_ROUTES, route)


def _settled(rng: np.random.Generator, chunk: Chunk, world: World) -> Integers:
    figures = world.county.care.stay
    count = chunk.flow.count
    delay = rng.integers(1, figures.settled_within_days + 1, count)
    at_once = rng.random(count) < figures.settled_at_discharge
    return chunk.dates.discharged + np.where(at_once, 0, delay)
