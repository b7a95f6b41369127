"""The supervision catalogue (违规行为监管辅助目录): what a hospital's cases show that someone should look at."""

from typing import Any

import polars as pl

from tongchou.core.money import E4
from tongchou.grouping.dip.cases import check_cases
from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.rules import Watch

NEEDED = (
    "case_id",
    "institution_id",
    "person_id",
    "admitted_on",
    "discharged_on",
    "los_days",
    "discharge_way",
    "total_fen",
    "diagnoses",
    "procedures",
)
"""What a case needs to be watched."""

WATCH_COLUMNS: dict[str, Any] = {
    "institution_id": pl.String,
    "cases": pl.Int64,
    "readmission": pl.Int64,
    "low_standard": pl.Int64,
    "over_long": pl.Int64,
    "death_risk": pl.Int64,
    "extreme_cost": pl.Int64,
    "suspected_upcoding": pl.Int64,
    "points": pl.Int64,
    "points_per_case_e4": pl.Int64,
}


def watch_hospitals(cases: pl.DataFrame, grouped: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Return what each hospital's cases show (`WATCH_COLUMNS`), by institution.

    - readmission: the same person comes back to the same hospital with the same principal diagnosis key within so many
      days after leaving;
    - low-standard admission: the cost is below a part of the mean of the group at that hospital level, or of the group
      where there is none; graded;
    - over-long stay: above so many times the group's mean stay; graded;
    - death risk: death in a group of low mortality;
    - extreme cost, suspected upcoding: above the group's mean by so many standard deviations.

    A case's grade is the gravest that it meets. Signs are clues to look at, not findings.

    Args:
        cases: At least `NEEDED`, of `cases.COLUMNS`.
        grouped: The same cases grouped by `DipGrouper.group`.
        catalogue: The catalogue that they were grouped by.

    Raises:
        Problems: `grouping.dip_cases` if a column is missing or wrong.
    """
    rules, bounds = catalogue.rules, catalogue.rules.watch
    checked = check_cases(cases, NEEDED)
    figures = catalogue.groups.select("group", "mean_fen", "cv_e4", "mean_los_e2", "death_e4")
    key = pl.col("diagnoses").list.first().str.slice(0, rules.diagnosis_characters)
    known = (
        checked.join(grouped.select("case_id", "group", "level_mean_fen"), on="case_id", how="left")
        .join(figures, on="group", how="left")
        .with_columns(key.alias("key"), pl.coalesce("level_mean_fen", "mean_fen").alias("standard_fen"))
        .sort("institution_id", "person_id", "key", "admitted_on", "discharged_on", "case_id")
    )
    low, low_points = _graded(_below(bounds), bounds.low_standard_points)
    long, long_points = _graded(_above(bounds), bounds.over_long_points)
    signs = known.select(
        "institution_id",
        _is_readmission(bounds).alias("readmission"),
        low.alias("low_standard"),
        low_points.alias("low_points"),
        long.alias("over_long"),
        long_points.alias("long_points"),
        ((pl.col("discharge_way") == "death") & (pl.col("death_e4") < bounds.mortality_below_e4)).alias("death_risk"),
        _beyond_sigma(bounds.extreme_sigma).alias("extreme_cost"),
        _beyond_sigma(bounds.upcoding_sigma).alias("suspected_upcoding"),
    )
    counted = signs.group_by("institution_id").agg(
        pl.len().cast(pl.Int64).alias("cases"), pl.all().exclude("institution_id").sum().cast(pl.Int64)
    )
    points = (
        pl.col("readmission") * bounds.readmission_points
        + pl.col("low_points")
        + pl.col("long_points")
        + pl.col("death_risk") * bounds.death_points
        + pl.col("extreme_cost") * bounds.extreme_points
        + pl.col("suspected_upcoding") * bounds.upcoding_points
    )
    rate = (2 * pl.col("points") * E4 + pl.col("cases")) // (2 * pl.col("cases"))
    return (
        counted.with_columns(points.alias("points"))
        .with_columns(rate.alias("points_per_case_e4"))
        .select(*WATCH_COLUMNS)
        .sort("institution_id")
    )


def _is_readmission(bounds: Watch) -> pl.Expr:
    same = ["institution_id", "person_id", "key"]
    since = (pl.col("admitted_on") - pl.col("discharged_on").shift().over(same)).dt.total_days()
    return ((since >= 0) & (since <= bounds.readmission_days)).fill_null(value=False)


def _below(bounds: Watch) -> list[pl.Expr]:
    return [pl.col("total_fen") * E4 < pl.col("standard_fen") * bound for bound in bounds.low_standard_e4]


def _above(bounds: Watch) -> list[pl.Expr]:
    # A mean stay is kept in hundredths of a day.
    return [pl.col("los_days") * 100 * E4 > pl.col("mean_los_e2") * bound for bound in bounds.over_long_e4]


def _graded(grades: list[pl.Expr], points: tuple[int, ...]) -> tuple[pl.Expr, pl.Expr]:
    """Return whether any grade is met, and the points of the gravest."""
    worth = pl.lit(0, dtype=pl.Int64)
    for grade, each in zip(reversed(grades), reversed(points), strict=True):
        worth = pl.when(grade.fill_null(value=False)).then(each).otherwise(worth)
    return pl.any_horizontal(grade.fill_null(value=False) for grade in grades), worth


def _beyond_sigma(sigma: int) -> pl.Expr:
    reach = pl.col("mean_fen").cast(pl.Int128) * (E4 + sigma * pl.col("cv_e4"))
    return pl.col("total_fen").cast(pl.Int128) * E4 > reach
