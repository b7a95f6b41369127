"""What a settled year comes to for an alliance: its people, their care, and the shared work of its members."""

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw

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
from tongchou.runs.year import (
    POPULATION,
    Alliance,
    package,
    pairs_of,
    residents,
    stay_payments,
    valid_on,
    visit_payments,
    visits_of,
)
from tongchou.schema.tables import CONTRACTS, EXAM_RESULTS, PERSONS, REFERRALS
from tongchou.store.engine import Frame


@dataclass(frozen=True, slots=True)
class PackageYear:
    """What an alliance's year comes to apart from its priced cases: it follows from the facts and from `population`.

    Attributes:
        alliance_id: The alliance.
        population: How the policy counts the people of its package.
        heads: How many they are.
        insured: Insurance type -> people of the package.
        fund_inside_fen, fund_outside_fen: What the fund paid for their outpatient care, at members and elsewhere.
        paid_inside_fen, paid_outside_fen: What they paid for it themselves.
        work: Measure -> member -> amount, of every measure but the weight of cases.
    """

    alliance_id: str
    population: str
    heads: int
    insured: Mapping[str, int]
    fund_inside_fen: int
    fund_outside_fen: int
    paid_inside_fen: int
    paid_outside_fen: int
    work: Mapping[str, Mapping[str, int]]


def package_year(facts: Facts, view: PolicyView, alliance: Alliance, period: Period) -> PackageYear:
    """Return what an alliance's year comes to apart from its priced cases.

    Args:
        facts: The region's tables.
        view: The alliance's policy on the last day of the period.
        alliance: The alliance.
        period: The settled period.
    """
    people, visits = package(facts, view, alliance, period), visits_of(facts, period)
    (fund_in, fund_out), (paid_in, paid_out) = _inside_and_outside(facts, visit_payments(visits), people, alliance)
    return PackageYear(
        alliance_id=alliance.alliance_id,
        population=view.text(POPULATION),
        heads=count(facts.engine, people),
        insured=_counts(facts, _insured(facts, view, alliance, people), "insurance_type"),
        fund_inside_fen=fund_in,
        fund_outside_fen=fund_out,
        paid_inside_fen=paid_in,
        paid_outside_fen=paid_out,
        work=_work(facts, alliance, period, visits),
    )


def alliance_facts(
    facts: Facts, view: PolicyView, alliance: Alliance, period: Period, year: PackageYear, priced: Frame
) -> AllianceFacts:
    """Return what an alliance's year comes to.

    Args:
        facts: The region's tables.
        view: The alliance's policy on the last day of the period.
        alliance: The alliance.
        period: The settled period.
        year: The year apart from its priced cases (`package_year`).
        priced: The priced cases of the period.
    """
    people = package(facts, view, alliance, period)
    (fund_in, fund_out), (paid_in, paid_out) = _inside_and_outside(facts, stay_payments(priced), people, alliance)
    weights = priced.group_by("institution_id").agg(nw.col("weight_e4").sum().cast(nw.Int64).alias("n"))
    return AllianceFacts(
        alliance_id=alliance.alliance_id,
        heads=year.heads,
        fund_use=FundUse(fund_in, fund_out, year.fund_inside_fen, year.fund_outside_fen),
        members=_members(facts, alliance, period, {**year.work, Measure.CASE_WEIGHT: pairs_of(facts, weights)}),
        insured=year.insured,
        patient_payments=PatientPayments(paid_in, paid_out, year.paid_inside_fen, year.paid_outside_fen),
        adjustments=adjustments(facts, alliance.alliance_id, period),
        reasons=deficit_reasons(facts, alliance.alliance_id, period),
        review=surplus_review(facts, alliance.alliance_id, period),
    )


def _members(
    facts: Facts, alliance: Alliance, period: Period, work: Mapping[str, Mapping[str, int]]
) -> tuple[MemberFacts, ...]:
    institutions, township_of = institutions_of(facts, period), townships(facts, period)
    assessed = assessments(facts, alliance.alliance_id, period)
    members = []
    for member, role in alliance.roles.items():
        counted = {measure.value: work[measure.value].get(member, 0) for measure in Measure}
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


def _insured(facts: Facts, view: PolicyView, alliance: Alliance, people: Frame) -> Frame:
    """Return the persons of a package, as far as they are insured here."""
    if view.text(POPULATION) == "contracted":
        return people.join(facts.table(PERSONS), on="person_id", how="inner")
    return residents(facts, alliance)


def _work(facts: Facts, alliance: Alliance, period: Period, visits: Frame) -> dict[str, dict[str, int]]:
    down = _down_referrals(facts, period)
    contracted = valid_on(facts.table(CONTRACTS), period.end).select("person_id", "institution_id").unique()
    exams = facts.table(EXAM_RESULTS).filter(
        (nw.col("examined_on") >= period.start)
        & (nw.col("examined_on") <= period.end)
        & ~nw.col("recognised_exam_id").is_null()
    )
    primary = [member for member, role in alliance.roles.items() if role == "primary"]
    seen = visits.filter(nw.col("institution_id").is_in(primary))
    sent, received = (_counts(facts, down, f"{side}_institution_id") for side in ("from", "to"))
    found = {
        Measure.CONTRACTED_HEADS: _counts(facts, contracted, "institution_id"),
        Measure.PRIMARY_VISITS: _counts(facts, seen, "institution_id"),
        Measure.DOWN_REFERRALS: {each: sent.get(each, 0) + received.get(each, 0) for each in alliance.roles},
        Measure.RECOGNISED_EXAMS: _counts(facts, exams, "institution_id"),
    }
    return {
        measure.value: {member: amounts.get(member, 0) for member in alliance.roles}
        for measure, amounts in found.items()
    }


def _down_referrals(facts: Facts, period: Period) -> Frame:
    """Return down-referrals that reached the receiver; both who sends and who receives is credited."""
    return facts.table(REFERRALS).filter(
        (nw.col("direction") == "down")
        & nw.col("state").is_in(["arrived", "completed"])
        & (nw.col("requested_on") >= period.start)
        & (nw.col("requested_on") <= period.end)
    )


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


def _counts(facts: Facts, frame: Frame, by: str) -> dict[str, int]:
    counted = frame.rename({by: "_by"}).group_by("_by").agg(nw.len().cast(nw.Int64).alias("n"))
    return pairs_of(facts, counted.sort("_by"))
