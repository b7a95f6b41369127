"""Measuring formed groups: what every group's cases say by year, relative weights, points."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from tongchou.core.money import E4, round_half_up
from tongchou.core.text import Text
from tongchou.grouping.dip.figures import variation_e4, weighted_mean
from tongchou.grouping.dip.problems import cases_problem, rules_problem
from tongchou.grouping.dip.rules import DipRules, Measuring, Score

_PARTS = ("drug_fen", "consumable_fen")
POINT = 100
"""Points are kept in hundredths (`_e2`)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured.

    Attributes:
        years: By group and year: `cases, cost_fen`; `measured_cases, measured_fen` of those that weigh on the mean.
        means: Exact mean cost of every group, years weighted, fen.
        total_mean: Exact mean of all cases, M.
        part_weights: For drugs and consumables, a group's mean over that of all cases x 10,000; absent if unknown.
        variations: Coefficient of variation of every group's measured cases x 10,000.
        case_counts: Cases of every group.
    """

    years: pl.DataFrame
    means: Mapping[str, Fraction]
    total_mean: Fraction
    part_weights: Mapping[str, Mapping[str, int]]
    variations: Mapping[str, int]
    case_counts: Mapping[str, int]


def mark_measured(cases: pl.DataFrame, measuring: Measuring) -> pl.DataFrame:
    """Return grouped cases with `is_measured`.

    Left out are stays longer and costs lower than the rules say, then of every group and year of enough cases those
    below its low or above its high percentile: with n cases and share p, the costs below the one at place
    floor(n p), counted from 0, and above its mirror. Costs equal to these stay, so the order of cases changes
    nothing. A group of which nothing would be left is measured by all its cases.
    """
    is_fit = (pl.col("los_days") <= measuring.max_los_days).fill_null(value=True) & (
        pl.col("total_fen") > measuring.min_cost_fen
    )
    marked = cases.with_columns(is_fit.alias("is_fit"))
    low, high = (pl.len() * share // E4 for share in (measuring.trim_low_e4, measuring.trim_high_e4))
    ordered = pl.col("total_fen").sort()
    fences = (
        marked.filter("is_fit")
        .group_by("group", "year")
        .agg(
            pl.when(pl.len() >= measuring.trim_from_cases).then(ordered.get(low)).alias("low_fen"),
            pl.when(pl.len() >= measuring.trim_from_cases).then(ordered.get(pl.len() - 1 - high)).alias("high_fen"),
        )
    )
    is_inside = (pl.col("total_fen") >= pl.col("low_fen")) & (pl.col("total_fen") <= pl.col("high_fen"))
    fenced = marked.join(fences, on=["group", "year"], how="left", maintain_order="left").with_columns(
        (pl.col("is_fit") & is_inside.fill_null(value=True)).alias("is_measured")
    )
    is_left_out = ~pl.col("is_measured").any().over("group")
    return fenced.with_columns(pl.col("is_measured") | is_left_out).drop("is_fit", "low_fen", "high_fen")


def measure_groups(marked: pl.DataFrame, weights: Mapping[int, int], score: Score) -> Figures:
    """Measure grouped cases that `mark_measured` has marked.

    Raises:
        TongchouError: `grouping.dip_cases` if no case has a cost.
    """
    years = _by_year(marked)
    rows = years.select("group", "year", "measured_cases", "measured_fen").rows()
    means = _weighted(rows, weights)
    counts = dict(marked.group_by("group").agg(pl.len()).iter_rows())
    if score.is_neutral:
        total = sum((mean * counts[group] for group, mean in means.items()), Fraction(0)) / max(sum(counts.values()), 1)
    else:
        total = _weighted([("", *row[1:]) for row in rows], weights).get("", Fraction(0))
    if not total:
        raise cases_problem(
            "total_fen",
            Text("没有一例入组且有费用", "no case is grouped and has a cost"),
            Text("检查诊断编码与费用", "check the diagnosis codes and the costs"),
        )
    return Figures(years, means, total, _parts(marked, weights), _variations(marked), counts)


def relative_weight_e4(mean: Fraction, total: Fraction) -> int:
    """Return RW = m / M x 10,000, half up.

    Example:
        >>> relative_weight_e4(Fraction(1330000), Fraction(950000))
        14000
    """
    return round_half_up(mean / total * E4)


def points_e2(mean: Fraction, figures_total: Fraction, reference: Fraction | None, score: Score) -> int:
    """Return a group's points x 100 by the method of the rules (payment formulas §6.2), half up.

    mean: RW to four decimals x unit. reference: mean over the reference group's mean x unit. quota: mean over the
    yuan of one point.

    Args:
        mean: The group's mean cost, fen.
        figures_total: The mean of all cases, fen.
        reference: The mean of the reference group, fen; None for the other methods.
        score: The rules' settings.
    """
    if score.method == "quota":
        return round_half_up(mean * POINT / score.quota_fen)
    if reference is not None:
        return round_half_up(mean / reference * score.unit * POINT)
    return round_half_up(Fraction(relative_weight_e4(mean, figures_total) * score.unit * POINT, E4))


def reference_mean(means: Mapping[str, Fraction], rules: DipRules) -> Fraction | None:
    """Return the mean of the reference group, or None where the method needs none.

    Raises:
        TongchouError: `grouping.dip_rules` if the group is not in the catalogue or has no cost.
    """
    if rules.score.method != "reference":
        return None
    found = means.get(rules.score.reference_group)
    if not found:
        group = rules.score.reference_group
        why = Text(f"目录中没有基准病种 {group}", f"the reference group {group} is not in the catalogue")
        raise rules_problem("score.reference_group", why)
    return found


def _by_year(marked: pl.DataFrame) -> pl.DataFrame:
    is_measured = pl.col("is_measured")
    return (
        marked.group_by("group", "year")
        .agg(
            pl.len().cast(pl.Int64).alias("cases"),
            pl.col("total_fen").sum().alias("cost_fen"),
            is_measured.sum().cast(pl.Int64).alias("measured_cases"),
            pl.col("total_fen").filter(is_measured).sum().alias("measured_fen"),
        )
        .sort("group", "year")
    )


def _weighted(rows: list[tuple[str, int, int, int]], weights: Mapping[int, int]) -> dict[str, Fraction]:
    """Return the weighted mean by group of rows of group, year, cases, cost; rows of one year are added up first."""
    sums: dict[tuple[str, int], list[int]] = {}
    for group, year, cases, cost in rows:
        entry = sums.setdefault((group, year), [0, 0])
        entry[0] += cases
        entry[1] += cost
    gathered: dict[str, list[tuple[int, int, int]]] = {}
    for (group, year), (cases, cost) in sums.items():
        gathered.setdefault(group, []).append((weights[year], cases, cost))
    return {group: weighted_mean(figures) for group, figures in gathered.items()}


def _parts(marked: pl.DataFrame, weights: Mapping[int, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    measured = marked.filter("is_measured")
    for part in _PARTS:
        known = pl.col(part)
        sums = measured.group_by("group", "year").agg(known.count().cast(pl.Int64).alias("cases"), known.sum())
        rows = sums.filter(pl.col("cases") > 0).rows()
        total = _weighted([("", *row[1:]) for row in rows], weights).get("", Fraction(0))
        means = _weighted(rows, weights) if total else {}
        found[part] = {group: relative_weight_e4(mean, total) for group, mean in means.items()}
    return found


def _variations(marked: pl.DataFrame) -> dict[str, int]:
    yuan = (pl.col("total_fen") // 100).cast(pl.Int128)
    sums = (
        marked.filter("is_measured")
        .group_by("group")
        .agg(pl.len(), yuan.sum().alias("total"), (yuan * yuan).sum().alias("squares"))
    )
    return {group: variation_e4(cases, total, squares) for group, cases, total, squares in sums.iter_rows()}
