"""Measuring weights: the relational step that turns grouped cases into figures by group and year.

Cases are excluded and trimmed for measuring only; an excluded case is still paid (payment formulas §2.2).
"""

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from tongchou.core.money import E4
from tongchou.payment.weights import GroupYear
from tongchou.store.engine import Engine, Frame

_QUARTERS = 4


def group_years(
    engine: Engine,
    cases: Frame,
    *,
    year_weights: Mapping[int, int],
    max_los_days: int,
    min_cost_fen: int,
    iqr_multiplier_e4: int,
    min_cases: int,
) -> list[GroupYear]:
    """Return the figures of every group and year.

    Excluded before trimming: stays of more than `max_los_days`, costs of at most `min_cost_fen`. Trimmed by group
    and year: costs below Q1 - m x IQR or above Q3 + m x IQR, with the quartiles interpolated linearly; groups of
    fewer than `min_cases` cases in the year are not trimmed.

    Args:
        engine: Where the step runs.
        cases: Grouped cases: `case_id, drg, year, los_days, total_fen`.
        year_weights: The years to measure and their weights; other years are left out.
        max_los_days: `payment/drg/weights/max_los`.
        min_cost_fen: `payment/drg/weights/min_cost`.
        iqr_multiplier_e4: `payment/drg/weights/iqr_multiplier`, m.
        min_cases: `payment/drg/weights/min_cases`.
    """
    chosen = cases.filter(nw.col("year").is_in(list(year_weights)))
    everything = chosen.group_by("drg", "year").agg(
        nw.len().cast(nw.Int64).alias("all_count"),
        nw.col("total_fen").sum().cast(nw.Int64).alias("all_cost_fen"),
    )
    kept = _trimmed(
        chosen.filter((nw.col("los_days") <= max_los_days) & (nw.col("total_fen") > min_cost_fen)),
        iqr_multiplier_e4,
        min_cases,
    )
    yuan = nw.col("total_fen") // 100
    sums = (
        kept.with_columns(cost_yuan=yuan)
        .with_columns(square_yuan=nw.col("cost_yuan") * nw.col("cost_yuan"))
        .group_by("drg", "year")
        .agg(
            nw.len().cast(nw.Int64).alias("case_count"),
            nw.col("total_fen").sum().cast(nw.Int64).alias("cost_fen"),
            nw.col("cost_yuan").sum().cast(nw.Int64).alias("cost_yuan"),
            nw.col("square_yuan").sum().cast(nw.Int64).alias("square_yuan"),
        )
    )
    rows = engine.collect(everything.join(sums, on=["drg", "year"], how="left").sort("drg", "year")).to_pylist()
    return [_group_year(row, year_weights) for row in rows]


def _trimmed(cases: Frame, multiplier_e4: int, min_cases: int) -> Frame:
    """Return the cases within the fences of their group and year.

    Quartiles and fences stay whole numbers: a quartile times 4, a fence times 40,000.
    """
    position = nw.col("total_fen").cum_count().over("drg", "year", order_by=["total_fen", "case_id"]) - 1
    ranked = cases.with_columns(position=position, size=nw.len().over("drg", "year"))
    steps = ranked.with_columns(
        low_step=nw.col("size") - 1,
        high_step=3 * (nw.col("size") - 1),
    ).with_columns(
        low_at=nw.col("low_step") // _QUARTERS,
        low_rest=nw.col("low_step") % _QUARTERS,
        high_at=nw.col("high_step") // _QUARTERS,
        high_rest=nw.col("high_step") % _QUARTERS,
    )
    share = {
        "q1": _share("low_at", "low_rest"),
        "q3": _share("high_at", "high_rest"),
    }
    fences = (
        steps.with_columns(**share)
        .group_by("drg", "year")
        .agg(nw.col("q1").sum().cast(nw.Int64).alias("q1"), nw.col("q3").sum().cast(nw.Int64).alias("q3"))
        .with_columns(reach=(nw.col("q3") - nw.col("q1")) * multiplier_e4)
        .with_columns(low=nw.col("q1") * E4 - nw.col("reach"), high=nw.col("q3") * E4 + nw.col("reach"))
        .select("drg", "year", "low", "high")
    )
    scaled = nw.col("total_fen") * (_QUARTERS * E4)
    inside = (scaled >= nw.col("low")) & (scaled <= nw.col("high"))
    return steps.join(fences, on=["drg", "year"], how="inner").filter(inside | (nw.col("size") < min_cases))


def _share(at: str, rest: str) -> nw.Expr:
    """Return a case's part of 4 x the quartile that lies between positions `at` and `at + 1`."""
    below = nw.when(nw.col("position") == nw.col(at)).then(nw.col("total_fen") * (_QUARTERS - nw.col(rest)))
    above = nw.when(nw.col("position") == nw.col(at) + 1).then(nw.col("total_fen") * nw.col(rest))
    return below.otherwise(nw.lit(0)) + above.otherwise(nw.lit(0))


def _group_year(row: Mapping[str, Any], year_weights: Mapping[int, int]) -> GroupYear:
    return GroupYear(
        drg=row["drg"],
        year=row["year"],
        year_weight=year_weights[row["year"]],
        case_count=row["case_count"] or 0,
        cost_fen=row["cost_fen"] or 0,
        cost_yuan=row["cost_yuan"] or 0,
        square_yuan=row["square_yuan"] or 0,
        all_count=row["all_count"],
        all_cost_fen=row["all_cost_fen"],
    )
