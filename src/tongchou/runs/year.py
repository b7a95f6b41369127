"""What the settled year says of every institution and alliance: sums over its cases, visits and shared work."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw

from tongchou.alliance.facts import AllianceFacts, FundUse, Measure, MemberFacts
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts, count
from tongchou.runs.region import Period
from tongchou.schema.tables import (
    ALLIANCE_MEMBERS,
    ALLIANCES,
    CONTRACTS,
    EXAM_RESULTS,
    INSTITUTIONS,
    PERSONS,
    REFERRALS,
    VISITS,
)
from tongchou.store.engine import Frame

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
    if view.text("alliance/package/population") == "contracted":
        contracts = valid_on(facts.table(CONTRACTS), period.end)
        own = contracts.filter(nw.col("institution_id").is_in(list(alliance.roles)))
        return own.select("person_id").unique()
    return facts.table(PERSONS).filter(nw.col("area_id") == alliance.area_id).select("person_id")


def alliance_facts(
    facts: Facts, alliance: Alliance, period: Period, people: Frame, priced: Frame, visits: Frame
) -> AllianceFacts:
    """Return what an alliance's year comes to.

    Args:
        facts: The region's tables.
        alliance: The alliance.
        period: The settled period.
        people: The people of its package (`package`).
        priced: The priced cases of the period.
        visits: The outpatient settlements of the period.
    """
    members = list(alliance.roles)
    inpatient = _inside_and_outside(facts, priced.select("person_id", "institution_id", "fund_fen"), people, members)
    outpatient = _inside_and_outside(facts, visits.select("person_id", "institution_id", "fund_fen"), people, members)
    measures = _measures(facts, alliance, period, priced, visits)
    return AllianceFacts(
        alliance_id=alliance.alliance_id,
        heads=count(facts.engine, people),
        fund_use=FundUse(*inpatient, *outpatient),
        members=tuple(
            MemberFacts(member, role, {measure: measures[measure].get(member, 0) for measure in Measure})
            for member, role in alliance.roles.items()
        ),
    )


def _measures(
    facts: Facts, alliance: Alliance, period: Period, priced: Frame, visits: Frame
) -> dict[Measure, dict[str, int]]:
    down = _down_referrals(facts, period)
    contracted = valid_on(facts.table(CONTRACTS), period.end).select("person_id", "institution_id").unique()
    exams = facts.table(EXAM_RESULTS).filter(
        (nw.col("examined_on") >= period.start)
        & (nw.col("examined_on") <= period.end)
        & ~nw.col("recognised_exam_id").is_null()
    )
    primary = [member for member, role in alliance.roles.items() if role == "primary"]
    weights = priced.group_by("institution_id").agg(nw.col("weight_e4").sum().cast(nw.Int64).alias("n"))
    return {
        Measure.CONTRACTED_HEADS: _counts(facts, contracted, "institution_id"),
        Measure.PRIMARY_VISITS: _counts(
            facts, visits.filter(nw.col("institution_id").is_in(primary)), "institution_id"
        ),
        Measure.DOWN_REFERRALS: _added(
            _counts(facts, down, "from_institution_id"), _counts(facts, down, "to_institution_id")
        ),
        Measure.RECOGNISED_EXAMS: _counts(facts, exams, "institution_id"),
        Measure.CASE_WEIGHT: _pairs(facts, weights),
    }


def _down_referrals(facts: Facts, period: Period) -> Frame:
    """Return down-referrals that reached the receiver; both who sends and who receives is credited."""
    return facts.table(REFERRALS).filter(
        (nw.col("direction") == "down")
        & nw.col("state").is_in(["arrived", "completed"])
        & (nw.col("requested_on") >= period.start)
        & (nw.col("requested_on") <= period.end)
    )


def _inside_and_outside(facts: Facts, payments: Frame, people: Frame, members: Sequence[str]) -> tuple[int, int]:
    theirs = payments.join(people, on="person_id", how="inner")
    sums = theirs.with_columns(is_inside=nw.col("institution_id").is_in(list(members))).group_by("is_inside")
    rows = facts.engine.collect(sums.agg(nw.col("fund_fen").sum().cast(nw.Int64).alias("fund_fen"))).to_pylist()
    by_place = {row["is_inside"]: row["fund_fen"] for row in rows}
    return by_place.get(True, 0), by_place.get(False, 0)


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


def _counts(facts: Facts, frame: Frame, by: str) -> dict[str, int]:
    return _pairs(facts, frame.rename({by: "_by"}).group_by("_by").agg(nw.len().cast(nw.Int64).alias("n")))


def _pairs(facts: Facts, frame: Frame) -> dict[str, int]:
    table = facts.engine.collect(frame)
    keys: list[Any] = table.column(0).to_pylist()
    return dict(zip(keys, table.column(1).to_pylist(), strict=True))


def _added(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    return {key: left.get(key, 0) + right.get(key, 0) for key in left.keys() | right.keys()}
