"""Which groups a region's cases form: core groups at the threshold, mixed groups up the ladder."""

from collections.abc import Mapping
from fractions import Fraction

import polars as pl

from tongchou.core.money import E4, round_half_up
from tongchou.grouping.dip.figures import weighted_mean
from tongchou.grouping.dip.layout import JOINT, Layout, treatment_of
from tongchou.grouping.dip.matching import CORE, GROUP_COLUMNS, MIXED, choose, match_patterns, rung_key
from tongchou.grouping.dip.rules import CONSERVATIVE, DipRules

Weights = Mapping[int, int]
"""Weight of a calendar year."""

_YearFigures = list[tuple[int, int, int]]


def form_groups(layout: Layout, rules: DipRules, weights: Weights) -> pl.DataFrame:
    """Return the groups that the cases form (`GROUP_COLUMNS`), by code.

    Core groups of a diagnosis are
        - its cases without operations,
        - each principal operation,
        - each combination of a principal operation with related ones whose mean cost is at least the rules' raise
          above that of the principal operation alone,
    where the cases that choose the group by `matching.choose` reach the threshold. Groups that end below it are
    dissolved together and their cases choose again, until none is below. The other cases form mixed groups: on
    each rung of the ladder those that reach the minimum, on the last rung all that are left.
    """
    usable = layout.cases.join(
        layout.patterns.filter(pl.col("diagnosis").is_not_null()), on="pattern", how="inner", maintain_order="left"
    )
    years = _years(usable)
    threshold = rules.core.over(len(weights))
    candidates = _candidates(years, threshold, rules, weights)
    core = _lasting(layout, candidates, threshold)
    chosen = choose(layout, match_patterns(layout, core), core)
    return pl.concat([core, _mixed(layout, chosen, rules, len(weights))]).sort("group")


def core_code(diagnosis: str, operations: str) -> str:
    """Return the code of a core group: `K35.8:47.01+54.21`, or `K35.8:conservative`."""
    return f"{diagnosis}:{operations or CONSERVATIVE}"


def _years(usable: pl.DataFrame) -> pl.DataFrame:
    return (
        usable.group_by("diagnosis", "operations", "principal_operation", "year")
        .agg(pl.len().cast(pl.Int64).alias("cases"), pl.col("total_fen").sum().alias("cost_fen"))
        .sort("diagnosis", "operations", "principal_operation", "year", nulls_last=True)
    )


def _candidates(years: pl.DataFrame, threshold: int, rules: DipRules, weights: Weights) -> pl.DataFrame:
    exact = _figures(years, "operations", weights)
    principals = _usual_principals(years)
    rows: list[tuple[str, str, Fraction]] = []
    for (diagnosis, operations), figures in exact.items():
        if _cases(figures) < threshold or (operations and JOINT not in operations):
            continue
        mean = weighted_mean(figures)
        if not operations:
            rows.append((diagnosis, "", mean))
            continue
        principal = principals[diagnosis, operations]
        alone = weighted_mean(exact.get((diagnosis, principal), ()))
        # A principal operation that never stands alone has nothing to be raised above.
        if alone and mean * E4 >= alone * (E4 + rules.related_raise_e4):
            others = [each for each in operations.split(JOINT) if each != principal]
            rows.append((diagnosis, JOINT.join([principal, *others]), mean))
    operated = years.filter(pl.col("principal_operation").is_not_null())
    for (diagnosis, operation), figures in _figures(operated, "principal_operation", weights).items():
        if _cases(figures) >= threshold:
            rows.append((diagnosis, operation, weighted_mean(exact.get((diagnosis, operation), figures))))
    made = [
        (
            core_code(diagnosis, operations),
            CORE,
            diagnosis,
            operations,
            treatment_of(frozenset(operations.split(JOINT)) if operations else frozenset(), rules),
            round_half_up(mean),
        )
        for diagnosis, operations, mean in rows
    ]
    return pl.DataFrame(made, schema=GROUP_COLUMNS, orient="row").sort("group")


def _figures(years: pl.DataFrame, key: str, weights: Weights) -> dict[tuple[str, str], _YearFigures]:
    """Return weight, cases and cost of every year by diagnosis and `key`."""
    sums = years.group_by("diagnosis", key, "year").agg(pl.col("cases").sum(), pl.col("cost_fen").sum())
    gathered: dict[tuple[str, str], _YearFigures] = {}
    for diagnosis, operations, year, cases, cost in sums.iter_rows():
        gathered.setdefault((diagnosis, operations), []).append((weights[year], cases, cost))
    return gathered


def _cases(figures: _YearFigures) -> int:
    return sum(cases for _, cases, _ in figures)


def _usual_principals(years: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Return the most frequent principal operation of every combination; between equals the lowest code."""
    counted = years.group_by("diagnosis", "operations", "principal_operation").agg(pl.col("cases").sum())
    ordered = counted.sort(
        "diagnosis", "operations", "cases", "principal_operation", descending=[False, False, True, False]
    )
    usual = ordered.unique(["diagnosis", "operations"], keep="first", maintain_order=True)
    return {(row[0], row[1]): row[2] for row in usual.iter_rows()}


def _lasting(layout: Layout, candidates: pl.DataFrame, threshold: int) -> pl.DataFrame:
    groups = candidates
    matches = match_patterns(layout, groups)
    while True:
        counts = choose(layout, matches, groups).group_by("group").agg(pl.len().alias("cases"))
        kept = counts.filter(pl.col("cases") >= threshold).select("group")
        if kept.height == groups.height:
            return groups
        groups = groups.join(kept, on="group", how="semi", maintain_order="left")
        matches = matches.join(kept, on="group", how="semi", maintain_order="left")


def _mixed(layout: Layout, chosen: pl.DataFrame, rules: DipRules, years: int) -> pl.DataFrame:
    counts = (
        layout.cases.select("row", "pattern")
        .join(chosen, on="row", how="anti")
        .group_by("pattern")
        .agg(pl.len().alias("cases"))
    )
    left = layout.patterns.filter(pl.col("reason").is_null()).join(counts, on="pattern", how="inner")
    minimum = rules.mixed.over(years)
    found: list[pl.DataFrame] = []
    for rung in rules.ladder:
        keyed = left.with_columns(rung_key(rung).alias("key"))
        sums = keyed.group_by("key", "treatment").agg(pl.col("cases").sum())
        if rung != rules.ladder[-1]:
            sums = sums.filter(pl.col("cases") >= minimum)
        found.append(sums.select("key", "treatment"))
        left = keyed.join(sums, on=["key", "treatment"], how="anti").select(left.columns)
    return pl.concat(found).select(
        (pl.col("key") + ":" + pl.col("treatment")).alias("group"),
        pl.lit(MIXED).alias("kind"),
        pl.col("key").alias("diagnosis"),
        pl.lit("").alias("operations"),
        "treatment",
        pl.lit(None, dtype=pl.Int64).alias("choice_mean_fen"),
    )
