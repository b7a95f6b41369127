"""What is found out about cases before they are priced: readmissions, special reviews, new technologies."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa

from tongchou.core.errors import TongchouError
from tongchou.core.money import scale
from tongchou.core.text import Text
from tongchou.payment.cases.reviews import Application, ExpertOpinion, Review, decide_reviews
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts
from tongchou.schema.review_tables import NEW_TECHNOLOGY_USES, REVIEW_OPINIONS, SPECIAL_REVIEWS
from tongchou.store.engine import Frame

_REVIEWED = pa.schema([("case_id", pa.string()), ("review_decision", pa.string()), ("review_fen", pa.int64())])
_EXCLUDED = pa.schema([("case_id", pa.string()), ("excluded_fen", pa.int64())])
_READMITTED = pa.schema([("case_id", pa.string()), ("is_readmitted", pa.bool_())])


@dataclass(frozen=True, slots=True)
class CaseFindings:
    """What was found out about some cases.

    Attributes:
        frames: By `case_id`: readmissions, reviews, excluded amounts; for joining to the cases.
        reviews: Every application with its decision and reasons.
    """

    frames: tuple[Frame, ...]
    reviews: tuple[Review, ...]


def find_out(facts: Facts, view: PolicyView, cases: Frame, grouped: Frame) -> CaseFindings:
    """Find out what bears on the price of a period's cases besides themselves.

    Args:
        facts: The region's tables.
        view: The policy on the last day of the period.
        cases: The period's cases.
        grouped: Their groups.

    Raises:
        TongchouError: `runs.new_technology_above_total` for a case whose new technologies cost more than itself.
    """
    reviews = _reviews(facts, view, cases)
    decided = [
        {
            "case_id": each.application.case_id,
            "review_decision": each.decision,
            "review_fen": each.amount_fen,
        }
        for each in reviews
        if each.decision != "refused"
    ]
    frames = (
        _readmissions(facts, view, cases, grouped),
        facts.engine.local(pa.Table.from_pylist(decided, schema=_REVIEWED)),
        facts.engine.local(_excluded(facts, view, cases)),
    )
    return CaseFindings(frames, reviews)


def _reviews(facts: Facts, view: PolicyView, cases: Frame) -> tuple[Review, ...]:
    applied = facts.table(SPECIAL_REVIEWS).join(cases.select("case_id", "institution_id"), on="case_id", how="inner")
    rows = facts.engine.collect(applied.sort("review_id")).to_pylist()
    if not rows:
        return ()
    opinions: dict[str, list[ExpertOpinion]] = defaultdict(list)
    for row in facts.engine.collect(facts.table(REVIEW_OPINIONS).sort("review_id", "expert_id")).to_pylist():
        opinions[row["review_id"]].append(
            ExpertOpinion(row["expert_id"], row["institution_id"], row["opinion"], row["amount_fen"])
        )
    counted = cases.group_by("institution_id").agg(nw.len().cast(nw.Int64).alias("n")).sort("institution_id")
    discharges = {row["institution_id"]: row["n"] for row in facts.engine.collect(counted).to_pylist()}
    applications = [
        Application(
            row["review_id"],
            row["case_id"],
            row["institution_id"],
            row["applied_on"],
            tuple(opinions[row["review_id"]]),
        )
        for row in rows
    ]
    return decide_reviews(view, view.text("payment/inpatient/method"), applications, discharges)


def _excluded(facts: Facts, view: PolicyView, cases: Frame) -> pa.Table:
    used = facts.table(NEW_TECHNOLOGY_USES).join(cases.select("case_id", "total_fen"), on="case_id", how="inner")
    uses = facts.engine.collect(used.sort("case_id", "item_code")).to_pylist()
    if not uses or not view.has("payment/new_technology/share"):
        return _EXCLUDED.empty_table()
    _require_within_total(uses)
    shares = {
        item: view.e4("payment/new_technology/share", item=item) for item in sorted({row["item_code"] for row in uses})
    }
    amounts = _sums(uses, shares)
    return pa.Table.from_pylist(
        [{"case_id": case, "excluded_fen": amount} for case, amount in amounts.items() if amount], schema=_EXCLUDED
    )


def _require_within_total(uses: Sequence[Mapping[str, Any]]) -> None:
    """Refuse cases whose new technologies cost more than themselves: the rest of their cost would be below zero."""
    totals = {row["case_id"]: row["total_fen"] for row in uses}
    used: dict[str, int] = defaultdict(int)
    for row in uses:
        used[row["case_id"]] += row["amount_fen"]
    beyond = sorted(case for case, amount in used.items() if amount > totals[case])
    if beyond:
        raise TongchouError(
            "runs.new_technology_above_total",
            what=Text(
                "新技术除外项目的金额超过清单的医疗费总额", "the new technologies of a case cost more than the case"
            ),
            where=", ".join(beyond[:5]) + (" …" if len(beyond) > 5 else ""),
            why=Text("除外金额是总额的一部分", "what is excluded is a part of the total cost"),
            remedy=Text("更正新技术除外项目表或清单", "correct the table new_technology_uses, or the case"),
        )


def _sums(uses: Sequence[Mapping[str, Any]], shares: Mapping[str, int]) -> dict[str, int]:
    amounts: dict[str, int] = defaultdict(int)
    for row in uses:
        amounts[row["case_id"]] += scale(row["amount_fen"], shares[row["item_code"]])
    return dict(amounts)


def _readmissions(facts: Facts, view: PolicyView, cases: Frame, grouped: Frame) -> Frame:
    """Return the stays after which the person came back within the policy's days with the same group."""
    if not view.has("payment/readmission/days"):
        return facts.engine.local(_READMITTED.empty_table())
    days = view.whole("payment/readmission/days")
    stays = cases.select("case_id", "person_id", "admitted_on", "discharged_on").join(
        grouped.filter(nw.col("status") == "grouped").select("case_id", "drg"), on="case_id", how="inner"
    )
    later = stays.select(
        "person_id",
        "drg",
        nw.col("case_id").alias("later_id"),
        nw.col("admitted_on").alias("back_on"),
        nw.col("discharged_on").alias("left_on"),
    )
    pairs = stays.join(later, on=["person_id", "drg"], how="inner")
    latest = nw.col("discharged_on").dt.offset_by(f"{days}d")
    is_back = (nw.col("back_on") >= nw.col("discharged_on")) & (nw.col("back_on") <= latest)
    # Of two stays that begin and end on the same day, the one with the smaller number came first.
    is_other = (nw.col("case_id") < nw.col("later_id")) | (
        (nw.col("case_id") != nw.col("later_id"))
        & ~((nw.col("admitted_on") == nw.col("back_on")) & (nw.col("discharged_on") == nw.col("left_on")))
    )
    back = pairs.filter(is_other & is_back)
    return back.select("case_id").unique().with_columns(is_readmitted=nw.lit(value=True))
