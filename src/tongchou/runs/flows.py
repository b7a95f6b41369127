"""Where the people of an alliance were treated, and how they were referred."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw

from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts, institutions_of
from tongchou.runs.region import Period
from tongchou.runs.year import Alliance, package, valid_on, visits_of
from tongchou.schema.states import INSTITUTION_LEVEL, MEMBER_ROLE
from tongchou.schema.tables import CONTRACTS, REFERRALS
from tongchou.statements.model import Flow
from tongchou.store.engine import Frame

_CONTRACTED = Text("签约居民", "contracted residents")
_NOT_CONTRACTED = Text("未签约参保人", "insured without a contract")


def flows(facts: Facts, view: PolicyView, period: Period, alliance: Alliance, priced: Frame) -> tuple[Flow, ...]:
    """Return the flows of treatment (stays of the package's people) and of referrals between members' levels."""
    return (*_treatment(facts, view, period, alliance, priced), *_referrals(facts, period, alliance))


def fund_use_by_month(
    facts: Facts, view: PolicyView, period: Period, alliance: Alliance, priced: Frame
) -> dict[str, tuple[int, int]]:
    """Return the fund's payments for the package's people by month: (inpatient, outpatient), fen."""
    people = package(facts, view, alliance, period)
    inpatient = _sum_by_month(facts, priced.select("person_id", "month", "fund_fen"), people)
    outpatient: Mapping[str, int] = {}
    if view.text("alliance/package/outpatient") == "included":
        visits = visits_of(facts, period).select("person_id", "month", "fund_fen")
        outpatient = _sum_by_month(facts, visits, people)
    return {
        month: (inpatient.get(month, 0), outpatient.get(month, 0)) for month in inpatient.keys() | outpatient.keys()
    }


def _treatment(facts: Facts, view: PolicyView, period: Period, alliance: Alliance, priced: Frame) -> Iterable[Flow]:
    people = package(facts, view, alliance, period)
    contracted = valid_on(facts.table(CONTRACTS), period.end).select("person_id").unique()
    flagged = people.join(contracted.with_columns(is_contracted=nw.lit(value=True)), on="person_id", how="left")
    sums = (
        priced.select("person_id", "institution_id", "fund_fen")
        .join(flagged, on="person_id", how="inner")
        .group_by("is_contracted", "institution_id")
        .agg(nw.len().cast(nw.Int64).alias("n"), nw.col("fund_fen").sum().cast(nw.Int64))
    )
    places = _places(facts, period, alliance)
    total: dict[tuple[Text, Text], list[int]] = defaultdict(lambda: [0, 0])
    for row in facts.engine.collect(sums).to_pylist():
        origin = _CONTRACTED if row["is_contracted"] else _NOT_CONTRACTED
        sums_of = total[origin, places[row["institution_id"]]]
        sums_of[0] += row["n"]
        sums_of[1] += row["fund_fen"]
    for (origin, place), (stays, fund) in sorted(total.items(), key=_by_names):
        yield Flow("treatment", origin, place, stays, fund)


def _referrals(facts: Facts, period: Period, alliance: Alliance) -> Iterable[Flow]:
    referrals = facts.table(REFERRALS).filter(
        nw.col("state").is_in(["arrived", "completed"])
        & (nw.col("requested_on") >= period.start)
        & (nw.col("requested_on") <= period.end)
    )
    counted = referrals.group_by("from_institution_id", "to_institution_id").agg(nw.len().cast(nw.Int64).alias("n"))
    places = _places(facts, period, alliance)
    total: dict[tuple[Text, Text], int] = defaultdict(int)
    for row in facts.engine.collect(counted).to_pylist():
        total[places[row["from_institution_id"]], places[row["to_institution_id"]]] += row["n"]
    for (origin, place), referred in sorted(total.items(), key=_by_names):
        yield Flow("referral", origin, place, referred, 0)


def _places(facts: Facts, period: Period, alliance: Alliance) -> dict[str, Text]:
    """Return what each institution is to the alliance: a member's role, or an outsider of a level."""
    places = {}
    for institution, record in institutions_of(facts, period).items():
        level = INSTITUTION_LEVEL[record["level"]]
        outside = Text(f"医联体外{level.zh}", f"outside, {level.en}")
        role = alliance.roles.get(institution)
        places[institution] = MEMBER_ROLE[role] if role else outside
    return places


def _sum_by_month(facts: Facts, payments: Frame, people: Frame) -> dict[str, int]:
    sums = payments.join(people, on="person_id", how="inner").group_by("month")
    rows = facts.engine.collect(sums.agg(nw.col("fund_fen").sum().cast(nw.Int64))).to_pylist()
    return {row["month"]: row["fund_fen"] for row in rows}


def _by_names(item: tuple[tuple[Text, Text], Any]) -> tuple[str, str]:
    (origin, place), _ = item
    return origin.en, place.en
