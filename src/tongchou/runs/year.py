"""What the settled year says of every institution and alliance: sums over its cases, visits and shared work."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw

from tongchou.alliance.crossing import Crossing, CrossingUse, settle_crossing
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts
from tongchou.runs.region import Period
from tongchou.schema.tables import (
    ALLIANCE_MEMBERS,
    ALLIANCES,
    CONTRACTS,
    INSTITUTIONS,
    PERSONS,
    VISITS,
)
from tongchou.store.engine import Frame

POPULATION = "alliance/package/population"

Sums = dict[str, dict[str, int]]
"""Institution -> month -> fen."""


@dataclass(frozen=True, slots=True)
class Alliance:
    """An alliance and its members of the year: institution -> role."""

    alliance_id: str
    name_zh: str
    name_en: str
    alliance_type: str
    area_id: str
    roles: dict[str, str]


@dataclass(frozen=True, slots=True)
class Roster:
    """The ids of every alliance and every institution that a region's tables name, of whatever year."""

    alliances: frozenset[str]
    institutions: frozenset[str]


def roster(facts: Facts) -> Roster:
    """Return whom a region's tables name."""
    named = (facts.table(ALLIANCES).select("alliance_id"), facts.table(INSTITUTIONS).select("institution_id"))
    return Roster(*(frozenset(facts.engine.collect(frame.unique()).column(0).to_pylist()) for frame in named))


def fund_by_month(facts: Facts, priced: Frame) -> Sums:
    """Return the fund's part of priced cases by institution and month, fen."""
    return _by_month(facts, priced.select("institution_id", "month", "fund_fen"))


def visits_of(facts: Facts, period: Period) -> Frame:
    """Return the outpatient settlements of a period with their month."""
    visits = facts.table(VISITS)
    inside = visits.filter((nw.col("visited_on") >= period.start) & (nw.col("visited_on") <= period.end))
    return inside.with_columns(month=nw.col("visited_on").dt.to_string("%Y-%m"))


def outpatient_by_month(facts: Facts, visits: Frame) -> Sums:
    """Return the fund's part of visits (`visits_of`) by institution and month, fen."""
    return _by_month(facts, visits.select("institution_id", "month", "fund_fen"))


def alliances(facts: Facts, period: Period) -> list[Alliance]:
    """Return the alliances with those who were members on the last day of the period."""
    members = valid_on(facts.table(ALLIANCE_MEMBERS), period.end).sort("alliance_id", "institution_id")
    roles: dict[str, dict[str, str]] = defaultdict(dict)
    for row in facts.engine.collect(members).to_pylist():
        roles[row["alliance_id"]][row["institution_id"]] = row["role"]
    rows = facts.engine.collect(facts.table(ALLIANCES).sort("alliance_id")).to_pylist()
    return [
        Alliance(
            row["alliance_id"],
            row["name_zh"],
            row["name_en"],
            row["alliance_type"],
            row["area_id"],
            roles[row["alliance_id"]],
        )
        for row in rows
        if roles[row["alliance_id"]]
    ]


def package(facts: Facts, view: PolicyView, alliance: Alliance, period: Period) -> Frame:
    """Return the people of an alliance's package (`person_id`, each once), as the policy counts them."""
    if view.text(POPULATION) == "contracted":
        contracts = valid_on(facts.table(CONTRACTS), period.end)
        own = contracts.filter(nw.col("institution_id").is_in(list(alliance.roles)))
        return own.select("person_id").unique()
    return residents(facts, alliance).select("person_id")


def residents(facts: Facts, alliance: Alliance) -> Frame:
    """Return the persons insured in an alliance's area."""
    return facts.table(PERSONS).filter(nw.col("area_id") == alliance.area_id)


def case_incomes(facts: Facts, alliance: Alliance, priced: Frame) -> dict[str, int]:
    """Return what each member of an alliance earned by its priced cases, fund and patients together, fen."""
    sums = priced.group_by("institution_id").agg(nw.col("payable_fen").sum().cast(nw.Int64).alias("n"))
    earned = pairs_of(facts, sums)
    return {member: earned.get(member, 0) for member in alliance.roles}


def crossing(facts: Facts, packages: Sequence[tuple[Alliance, Frame]], priced: Frame, visits: Frame) -> Crossing:
    """Return what the fund paid alliances' members for the people of other alliances' packages.

    An institution that belongs to several other alliances counts for the one whose id comes first.

    Args:
        facts: The region's tables.
        packages: Every alliance with the people of its package (`package`).
        priced: The priced cases of the period.
        visits: The outpatient settlements of the period.
    """
    uses = []
    for home, people in packages:
        others = sorted((each for each, _ in packages if each is not home), key=lambda each: each.alliance_id)
        treating = {
            member: other.alliance_id
            for other in reversed(others)
            for member in other.roles
            if member not in home.roles
        }
        inpatient = _fund_by_institution(facts, stay_payments(priced), people)
        outpatient = _fund_by_institution(facts, visit_payments(visits), people)
        uses += [
            CrossingUse(home.alliance_id, other, inpatient.get(member, 0), outpatient.get(member, 0))
            for member, other in treating.items()
        ]
    return settle_crossing([each.alliance_id for each, _ in packages], uses)


def stay_payments(priced: Frame) -> Frame:
    """Return what was paid for priced cases, and by whom."""
    return priced.select("person_id", "institution_id", "fund_fen", "patient_fen")


def visit_payments(visits: Frame) -> Frame:
    """Return what was paid for outpatient settlements (`visits_of`), and by whom."""
    paid = (nw.col("total_fen") - nw.col("fund_fen")).alias("patient_fen")
    return visits.select("person_id", "institution_id", "fund_fen", paid)


def _fund_by_institution(facts: Facts, payments: Frame, people: Frame) -> dict[str, int]:
    theirs = payments.join(people, on="person_id", how="inner")
    return pairs_of(facts, theirs.group_by("institution_id").agg(nw.col("fund_fen").sum().cast(nw.Int64).alias("n")))


def _by_month(facts: Facts, payments: Frame) -> Sums:
    sums = payments.group_by("institution_id", "month").agg(nw.col("fund_fen").sum().cast(nw.Int64))
    result: Sums = defaultdict(dict)
    for row in facts.engine.collect(sums.sort("institution_id", "month")).to_pylist():
        result[row["institution_id"]][row["month"]] = row["fund_fen"]
    return result


def valid_on(frame: Frame, day: date) -> Frame:
    """Return the rows whose validity (`valid_from`, `valid_until`, both inclusive) includes a day."""
    started = nw.col("valid_from") <= day
    return frame.filter(started & (nw.col("valid_until").is_null() | (nw.col("valid_until") >= day)))


def pairs_of(facts: Facts, frame: Frame) -> dict[str, int]:
    """Return the second column of a frame by its first."""
    table = facts.engine.collect(frame)
    keys: list[Any] = table.column(0).to_pylist()
    return dict(zip(keys, table.column(1).to_pylist(), strict=True))
