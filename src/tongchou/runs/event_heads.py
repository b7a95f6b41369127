"""The heads of a region, laid out in pools for capitation and contract fees."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import narwhals as nw

from tongchou.core.errors import TongchouError
from tongchou.core.money import E4
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.heads import Contract, CountedOn, Head, HeadPool, count_months, month_start
from tongchou.payment.transfer import Party
from tongchou.policy import PolicyView
from tongchou.runs.event_facts import values_in_force
from tongchou.runs.frames import Facts
from tongchou.runs.region import Period
from tongchou.runs.year import alliances
from tongchou.schema.tables import CONTRACTS, PERSONS
from tongchou.store.engine import Frame

Months = Mapping[tuple[str, str], tuple[str, ...]]
"""(person, institution) -> the months in which the person counts for the institution."""


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """What else bears on heads: the period, its priced cases, and who died or moved away when."""

    period: Period
    priced: Frame
    ended: Mapping[str, date]


def head_batch(facts: Facts, view: PolicyView, kind: str, stretch: tuple[date, date], known: HeadFacts) -> Batch:
    """Return the heads of a kind for the months whose first day lies in a stretch.

    A contract of the table counts as confirmed on the day it begins. Heads are pooled by the alliance that their
    institution belongs to at the period's end; an institution outside any alliance is a pool of its own and its own
    reserve.

    Args:
        facts: The region's tables.
        view: The policy of the stretch.
        kind: The kind of head.
        stretch: First and last day.
        known: What else bears on heads.
    """
    period = known.period
    names = [f"{period.year}-{number:02d}" for number in range(1, 13)]
    months = [month for month in names if stretch[0] <= month_start(month) <= stretch[1]]
    counted_on = cast("CountedOn", view.text("payment/events/heads/counted_on"))
    counted = count_months(_contracts(facts, period), months, known.ended, counted_on)
    reserves = _reserves(facts, period)
    if kind == "contracted_head":
        scores = values_in_force(facts, "contract_score", "institution_id", *stretch)
        pools = _pools(counted, reserves, dict.fromkeys((person for person, _ in counted), ""), {})
        return Batch(kind, pools=tuple(replace(pool, scores_e4=scores) for pool in pools))
    diseases = _diseases(facts, view)
    chosen = {key: held for key, held in counted.items() if key[0] in diseases}
    factors = _factors(facts, view, chosen, stretch)
    pools = _pools(chosen, reserves, diseases, factors)
    return Batch(kind, pools=tuple(_with_actual(facts, pools, known.priced, view)))


def _contracts(facts: Facts, period: Period) -> list[Contract]:
    frame = facts.table(CONTRACTS).filter(
        (nw.col("valid_from") <= period.end) & (nw.col("valid_until") >= period.start)
    )
    rows = facts.engine.collect(frame.select("person_id", "institution_id", "valid_from", "valid_until")).to_pylist()
    return [
        Contract(row["person_id"], row["institution_id"], row["valid_from"], row["valid_from"], row["valid_until"])
        for row in rows
    ]


def _reserves(facts: Facts, period: Period) -> dict[str, Party]:
    """Return the reserve of every institution's alliance; of several alliances that with the smallest id."""
    reserves: dict[str, Party] = {}
    for alliance in alliances(facts, period):
        for institution_id in alliance.roles:
            reserves.setdefault(institution_id, Party("alliance_reserve", alliance.alliance_id))
    return reserves


def _diseases(facts: Facts, view: PolicyView) -> dict[str, str]:
    """Return the disease that each person is paid for: the first of the policy's list that the person has."""
    listed = view.text("payment/events/capitation/diseases").split("|")
    frame = facts.table(PERSONS).filter(~nw.col("chronic_diseases").is_null()).select("person_id", "chronic_diseases")
    found: dict[str, str] = {}
    for row in facts.engine.collect(frame).to_pylist():
        own = set(row["chronic_diseases"].split("|"))
        disease = next((each for each in listed if each in own), None)
        if disease is not None:
            found[row["person_id"]] = disease
    return found


def _factors(facts: Facts, view: PolicyView, counted: Months, stretch: tuple[date, date]) -> dict[str, int]:
    if view.text("payment/events/capitation/risk_adjustment") == "none":
        return {}
    recorded = values_in_force(facts, "risk_factor", "person_id", *stretch)
    missing = sorted({person for person, _ in counted if person not in recorded})
    if missing:
        raise TongchouError(
            "runs.no_risk_factor",
            what=Text(f"{len(missing)} 人没有风险系数", f"{len(missing)} heads have no risk factor"),
            where=", ".join(missing[:5]),
            why=Text("政策规定人头费按记录的风险系数调整", "the policy adjusts head fees by recorded risk factors"),
            remedy=Text(
                "补充 risk_factor 记录，或将 payment/events/capitation/risk_adjustment 设为 none",
                "hand in risk_factor records, or set payment/events/capitation/risk_adjustment to none",
            ),
        )
    return recorded


def _pools(
    counted: Months, reserves: Mapping[str, Party], diseases: Mapping[str, str], factors: Mapping[str, int]
) -> list[HeadPool]:
    heads: dict[tuple[Party, str], list[Head]] = defaultdict(list)
    for (person, institution_id), months in counted.items():
        reserve = reserves.get(institution_id, Party("institution", institution_id))
        heads[reserve, diseases[person]].append(Head(person, institution_id, months, factors.get(person, E4)))
    return [HeadPool(reserve.party_id, reserve, tuple(own), disease) for (reserve, disease), own in heads.items()]


def _with_actual(facts: Facts, pools: list[HeadPool], priced: Frame, view: PolicyView) -> Iterator[HeadPool]:
    """Yield the pools with the fund's cost of their heads' cases, each case where its person counted in its month."""
    if view.text("payment/events/capitation/against") == "nothing":
        yield from pools
        return
    sums = priced.group_by("person_id", "month").agg(nw.col("fund_fen").sum().cast(nw.Int64))
    cost = {
        (row["person_id"], row["month"]): row["fund_fen"]
        for row in facts.engine.collect(sums.select("person_id", "month", "fund_fen")).to_pylist()
    }
    for pool in pools:
        actual: dict[str, int] = defaultdict(int)
        for head in pool.heads:
            actual[head.person_id] += sum(cost.get((head.person_id, month), 0) for month in head.months)
        yield replace(pool, actual_fen=dict(sorted(actual.items())))
