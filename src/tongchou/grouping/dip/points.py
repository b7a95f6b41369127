"""Points of a case and their value: cost deviation, auxiliary factor, point values (payment formulas §6.3, §6.4)."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from tongchou.core.money import E4, divide_half_up
from tongchou.grouping.dip.rules import Bound, Deviation

Band = Literal["low", "normal", "high", "panel"]


@dataclass(frozen=True, slots=True)
class Deviated:
    """A case's cost deviation.

    Attributes:
        ratio_e4: x, cost over mean, to four decimals half up.
        band: Where x lies, compared exactly.
        coefficient_e4: What its points are multiplied by.
    """

    ratio_e4: int
    band: Band
    coefficient_e4: int


def deviate(cost_fen: int, mean_fen: int, deviation: Deviation) -> Deviated:
    """Return the deviation of a cost from last year's mean of the same group and hospital level.

    Below the low bound the coefficient is x; above the high bound (x - bound) + 1; else 1. Above the bound of the
    panel it is that of a high cost, for the time being. A mean of 0 gives 1.
    """
    if mean_fen <= 0:
        return Deviated(0, "normal", E4)
    ratio = divide_half_up(cost_fen * E4, mean_fen)
    if deviation.low.met(cost_fen, mean_fen):
        return Deviated(ratio, "low", ratio)
    if not deviation.high.met(cost_fen, mean_fen):
        return Deviated(ratio, "normal", E4)
    band: Band = "panel" if deviation.panel.met(cost_fen, mean_fen) else "high"
    return Deviated(ratio, band, ratio - deviation.high.bound_e4 + E4)


def deviate_column(cases: pl.DataFrame, deviation: Deviation) -> pl.DataFrame:
    """Return `ratio_e4, band, coefficient_e4` of `total_fen, level_mean_fen`: the column form of `deviate`.

    Null where the cost or the mean is not known.
    """
    cost, mean = pl.col("total_fen").cast(pl.Int128), pl.col("level_mean_fen").cast(pl.Int128)
    is_known = cost.is_not_null() & mean.is_not_null()
    has_mean = mean > 0
    ratio = pl.when(has_mean).then((2 * E4 * cost + mean) // (2 * mean)).otherwise(0)
    is_low, is_high, is_panel = (
        has_mean & _beyond(bound, cost, mean) for bound in (deviation.low, deviation.high, deviation.panel)
    )
    band = (
        pl.when(is_low)
        .then(pl.lit("low"))
        .when(is_high & is_panel)
        .then(pl.lit("panel"))
        .when(is_high)
        .then(pl.lit("high"))
        .otherwise(pl.lit("normal"))
    )
    coefficient = pl.when(is_low).then(ratio).when(is_high).then(ratio - deviation.high.bound_e4 + E4).otherwise(E4)
    return cases.select(
        pl.when(is_known).then(ratio.cast(pl.Int64)).alias("ratio_e4"),
        pl.when(is_known).then(band).alias("band"),
        pl.when(is_known).then(coefficient.cast(pl.Int64)).alias("coefficient_e4"),
    )


def case_points_e2(score_e2: int, *factors_e4: int) -> int:
    """Return a case's points x 100: its group's points times factors, rounded half up once.

    Example:
        >>> case_points_e2(140_000, 4_177)
        58478
    """
    product, scale = score_e2, 1
    for factor in factors_e4:
        product, scale = product * factor, scale * E4
    return divide_half_up(product, scale)


def case_fen(points: int, point_value_e4: int, hospital_factor_e4: int) -> int:
    """Return what points are worth in fen, rounded half up once.

    Args:
        points: Points x 100.
        point_value_e4: Yuan of a point x 10,000.
        hospital_factor_e4: The hospital's factor x 10,000.
    """
    # Points x 100 times yuan is points times fen.
    return divide_half_up(points * point_value_e4 * hospital_factor_e4, E4 * E4)


def settlement_point_value_e4(fund_fen: int, ratio_e4: int, points: int) -> int:
    """Return the settlement point value (结算点值) in yuan x 10,000, half up: fund over its ratio, over all points.

    Args:
        fund_fen: Fund available for DIP.
        ratio_e4: The fund's share of what is payable x 10,000.
        points: All cases' points x 100.

    Example:
        >>> settlement_point_value_e4(59_500_000_000, 7_000, 8_000_000_000)
        106250
    """
    return divide_half_up(fund_fen * E4 * E4, ratio_e4 * points)


def _beyond(bound: Bound, cost: pl.Expr, mean: pl.Expr) -> pl.Expr:
    left, right = cost * E4, mean * bound.bound_e4
    return {"lt": left < right, "le": left <= right, "gt": left > right, "ge": left >= right}[bound.operator]
