"""A case whose price is explained, and how its kind makes what it is paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongchou.core.explanation import ParameterRead, Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.payment.cases.points_value import PointValue
from tongchou.payment.cases.reviews import Review
from tongchou.payment.cases.terms import CaseTerms, TermsPeriod


@dataclass(frozen=True, slots=True)
class PricedCase:
    """A case whose price is explained.

    Attributes:
        priced: Its row of the table `priced`.
        case: Its row as it was assessed (`STAY_COLUMNS`).
        assessed: What it came out with by itself (`ASSESSED`).
        terms: The terms of its day.
        behind: What its group's worth follows from: weight and base rate.
        reviews: The applications for a special review, in the order in which they were decided.
        value: What the points of its pool are worth; None where a rate is paid.
        group_mean_fen: Mean cost of its group, fen; 0 where it was not measured.
        year_reads: What the run read for the year as a whole.
    """

    priced: Mapping[str, Any]
    case: Mapping[str, Any]
    assessed: Mapping[str, Any]
    terms: TermsPeriod
    behind: tuple[Step, ...]
    reviews: tuple[Review, ...]
    value: PointValue | None
    group_mean_fen: int
    year_reads: tuple[ParameterRead, ...]


def how_paid(case: PricedCase) -> Text:
    """Return the reckoning of what a case is worth by its kind, in figures."""
    kind = case.priced["case_kind"]
    if case.value is not None:
        return _points_words(kind, case.terms.terms)
    row, terms = case.case, case.terms.terms
    cost = format_yuan(row["total_fen"] - case.priced["excluded_fen"])
    standard = format_yuan(case.priced["standard_fen"])
    match kind:
        case "normal" | "high_over_cap":
            return Text(f"按支付标准 {standard}", f"its payment standard, {standard}")
        case "high" if terms.deviation.high_method == "excess_over_threshold":
            threshold = terms.deviation.high_e4[row["level"]].at(case.priced["weight_e4"])
            return Text.plain(f"{cost} − {standard} × ({format_e4(threshold)} − 1)")
        case "cheap":
            return Text.plain(f"{cost} + {standard} × {format_e4(terms.deviation.cheap_addition_e4)}")
        case "incomplete":
            return Text.plain(f"min({cost}, {standard})")
        case "ungrouped":
            return Text.plain(f"{cost} × {format_e4(terms.exceptions.ungrouped_e4[row['status']])}")
        case "review_adjusted":
            return _decided(format_yuan(row["review_fen"] or 0))
        case "unstable" if terms.exceptions.unstable_method == "mean":
            return _group_mean(case.group_mean_fen)
        case "bed_day":
            return Text("按床日阶段累计", "the rates of its days, stage by stage")
        case _:
            return Text(f"按费用 {cost}", f"its cost, {cost}")


def _decided(amount: str) -> Text:
    return Text(f"按评议决定的 {amount}", f"what the review decided, {amount}")


def _group_mean(fen: int) -> Text:
    return Text(f"按病组例均费用 {format_yuan(fen)}", f"the group's mean cost, {format_yuan(fen)}")


def _points_words(kind: str, terms: CaseTerms) -> Text:
    if kind == "unstable" and terms.exceptions.unstable_method == "mean":
        return Text("例均费用折算分值", "the group's mean cost, in points of the mean cost of all")
    if kind in {"high", "panel"} and terms.deviation.high_method == "by_item":
        return _BY_ITEM_WORDS
    return _POINTS_WORDS.get(kind, _BY_ITEM_WORDS)


_BY_ITEM_WORDS = Text("基准分值 ×（费用 ÷ 比较基准）", "points x cost over what it is compared with")
_POINTS_WORDS = {
    "normal": Text("= 基准分值", "= the group's points"),
    "high_over_cap": Text("= 基准分值", "= the group's points"),
    "high": Text("基准分值 ×（倍率 − 界限 + 1）", "points x (multiple - threshold + 1)"),
    "panel": Text(
        "基准分值 ×（倍率 − 界限 + 1），待专家评议", "points x (multiple - threshold + 1), for the time being"
    ),
    "cheap": Text("基准分值 ×（倍率 + 加成）", "points x (multiple + addition)"),
    "incomplete": Text("基准分值 × 倍率，不高于基准分值", "points x multiple, at most the group's points"),
    "ungrouped": Text("费用 × 比例，按例均费用折算分值", "cost x ratio, in points of the mean cost"),
    "bed_day": Text("床日金额按例均费用折算分值", "the days' money, in points of the mean cost"),
    "review_adjusted": Text("评议金额按例均费用折算分值", "the amount decided, in points of the mean cost"),
}


def format_e2(points_e2: int) -> str:
    """Return points x 100 for reading: `1,234.56`."""
    return f"{points_e2 // 100:,}.{points_e2 % 100:02d}"
