"""What the settled year says of every institution and alliance: sums over its cases, visits and shared work."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw

from tongchou.alliance.crossing import Crossing, CrossingUse, settle_crossing
from tongchou.alliance.facts import AllianceFacts, FundUse, Measure, MemberFacts, PatientPayments
from tongchou.policy import PolicyView
from tongchou.runs.alliance_records import (
    adjustments,
    assessments,
    deficit_reasons,
    surplus_review,
    tier_of,
    townships,
)
from tongchou.runs.frames import Facts, count, institutions_of
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
    (fund_in, fund_out), (paid_in, paid_out) = _inside_and_outside(facts, _stays(priced), people, alliance)
    (visit_in, visit_out), (visit_paid_in, visit_paid_out) = _inside_and_outside(
        facts, _settlements(visits), people, alliance
    )
    return AllianceFacts(
        alliance_id=alliance.alliance_id,
        heads=count(facts.engine, people),
        fund_use=FundUse(fund_in, fund_out, visit_in, visit_out),
        members=_members(facts, alliance, period, _measures(facts, alliance, period, priced, visits)),
        insured=_insured(facts, people),
        patient_payments=PatientPayments(paid_in, paid_out, visit_paid_in, visit_paid_out),
        adjustments=adjustments(facts, alliance.alliance_id, period),
        reasons=deficit_reasons(facts, alliance.alliance_id, period),
        review=surplus_review(facts, alliance.alliance_id, period),
    )


def case_incomes(facts: Facts, alliance: Alliance, priced: Frame) -> dict[str, int]:
    """Return what each member of an alliance earned by its priced cases, fund and patients together, fen."""
    sums = priced.group_by("institution_id").agg(nw.col("payable_fen").sum().cast(nw.Int64).alias("n"))
    earned = _pairs(facts, sums)
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
        inpatient = _fund_by_institution(facts, _stays(priced), people)
        outpatient = _fund_by_institution(facts, _settlements(visits), people)
        uses += [
            CrossingUse(home.alliance_id, other, inpatient.get(member, 0), outpatient.get(member, 0))
            for member, other in treating.items()
        ]
    return settle_crossing([each.alliance_id for each, _ in packages], uses)


def _members(
    facts: Facts, alliance: Alliance, period: Period, measures: dict[Measure, dict[str, int]]
) -> tuple[MemberFacts, ...]:
    institutions, township_of = institutions_of(facts, period), townships(facts, period)
    assessed = assessments(facts, alliance.alliance_id, period)
    members = []
    for member, role in alliance.roles.items():
        counted = {measure.value: measures[measure].get(member, 0) for measure in Measure}
        record = institutions.get(member)
        members.append(
            MemberFacts(
                member,
                role,
                counted | assessed.get(member, {}),
                level=record["level"] if record else "",
                tier=tier_of(record["kind"]) if record else "",
                township_id=township_of.get(member, ""),
            )
        )
    return tuple(members)


def _insured(facts: Facts, people: Frame) -> dict[str, int]:
    persons = facts.table(PERSONS).select("person_id", "insurance_type")
    return _counts(facts, people.join(persons, on="person_id", how="inner"), "insurance_type")


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


def _stays(priced: Frame) -> Frame:
    return priced.select("person_id", "institution_id", "fund_fen", "patient_fen")


def _settlements(visits: Frame) -> Frame:
    paid = (nw.col("total_fen") - nw.col("fund_fen")).alias("patient_fen")
    return visits.select("person_id", "institution_id", "fund_fen", paid)


def _inside_and_outside(
    facts: Facts, payments: Frame, people: Frame, alliance: Alliance
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return what the fund, and what the people paid, each at members and elsewhere."""
    theirs = payments.join(people, on="person_id", how="inner")
    sums = theirs.with_columns(is_inside=nw.col("institution_id").is_in(list(alliance.roles))).group_by("is_inside")
    rows = facts.engine.collect(
        sums.agg(*(nw.col(name).sum().cast(nw.Int64).alias(name) for name in ("fund_fen", "patient_fen")))
    ).to_pylist()
    fund, paid = ({row["is_inside"]: row[name] for row in rows} for name in ("fund_fen", "patient_fen"))
    return (fund.get(True, 0), fund.get(False, 0)), (paid.get(True, 0), paid.get(False, 0))


def _fund_by_institution(facts: Facts, payments: Frame, people: Frame) -> dict[str, int]:
    theirs = payments.join(people, on="person_id", how="inner")
    return _pairs(facts, theirs.group_by("institution_id").agg(nw.col("fund_fen").sum().cast(nw.Int64).alias("n")))


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
