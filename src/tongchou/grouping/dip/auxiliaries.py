"""Auxiliary catalogues of a built catalogue: which groups open one, and the factors of its classes."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl

from tongchou.core.money import E4, round_half_up
from tongchou.grouping.dip.classes import classify
from tongchou.grouping.dip.figures import variation_e4
from tongchou.grouping.dip.rules import Auxiliary, DipRules

GATE_COLUMNS: dict[str, Any] = {
    "group": pl.String,
    "auxiliary": pl.String,
    "cv_e4": pl.Int64,
    "split_cv_e4": pl.Int64,
    "reduction_e4": pl.Int64,
    "is_open": pl.Boolean,
}
FACTOR_COLUMNS: dict[str, Any] = {
    "group": pl.String,
    "auxiliary": pl.String,
    "class": pl.String,
    "cases": pl.Int64,
    "mean_fen": pl.Int64,
    "factor_e4": pl.Int64,
}

_Sums = tuple[int, int, int, int]


def open_auxiliaries(
    marked: pl.DataFrame,
    diagnoses: pl.DataFrame,
    means_fen: pl.DataFrame,
    variations: Mapping[str, int],
    rules: DipRules,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the gates that were tried and the factors of the open ones.

    Tried are the groups whose coefficient of variation reaches the gate, but not those to which no auxiliary
    catalogue applies. The variation after a split is that of the classes, weighted by cases, where cases in no class
    or in one of too few cases are together one more; the reduction is 1 - after / before. A class's factor is its
    mean over the group's, or the one that the rules state; a class of too few cases has none. All over the measured
    cases.

    Args:
        marked: Grouped cases with `is_measured`.
        diagnoses: `row, diagnoses` of the cases.
        means_fen: `group, mean_fen`, what the cost ratio of a case is compared with.
        variations: Coefficient of variation of every group x 10,000.
        rules: The rules.
    """
    wide = [
        group
        for group, cv in sorted(variations.items())
        if cv >= rules.gate.cv_e4 and group not in rules.not_applicable
    ]
    cases = marked.filter(pl.col("is_measured") & pl.col("group").is_in(wide)).join(
        means_fen, on="group", how="left", maintain_order="left"
    )
    classified = classify(cases, diagnoses, rules)
    gates: list[tuple[Any, ...]] = []
    factors: list[tuple[Any, ...]] = []
    for auxiliary in rules.auxiliaries:
        for group, classes in _sums(classified, auxiliary.name).items():
            gate = _gate(variations[group], classes, rules)
            gates.append((group, auxiliary.name, *gate))
            if gate[-1]:
                factors += _factors(group, auxiliary, classes, rules)
    return (
        pl.DataFrame(gates, schema=GATE_COLUMNS, orient="row").sort("group", "auxiliary"),
        pl.DataFrame(factors, schema=FACTOR_COLUMNS, orient="row").sort("group", "auxiliary", "class"),
    )


def best_factors(cases: pl.DataFrame, diagnoses: pl.DataFrame, factors: pl.DataFrame, rules: DipRules) -> pl.DataFrame:
    """Return the factor of every case that has one: `row, auxiliary, class, factor_e4`, the highest of those it meets.

    Between equal factors the catalogue first by name is named.

    Args:
        cases: Grouped cases: `row, group, mean_fen` and the columns of `layout.CARRIED`.
        diagnoses: `row, diagnoses` of the cases.
        factors: Factors of the open auxiliary catalogues (`FACTOR_COLUMNS`).
        rules: The rules.
    """
    concerned = cases.join(factors.select("group").unique(), on="group", how="semi", maintain_order="left")
    names = [auxiliary.name for auxiliary in rules.auxiliaries]
    return (
        classify(concerned, diagnoses, rules)
        .select("row", "group", *names)
        .unpivot(names, index=["row", "group"], variable_name="auxiliary", value_name="class")
        .drop_nulls("class")
        .join(factors.select("group", "auxiliary", "class", "factor_e4"), on=["group", "auxiliary", "class"])
        .sort("row", "factor_e4", "auxiliary", descending=[False, True, False])
        .unique("row", keep="first", maintain_order=True)
        .select("row", "auxiliary", "class", "factor_e4")
    )


def _sums(classified: pl.DataFrame, name: str) -> dict[str, dict[str | None, _Sums]]:
    yuan = (pl.col("total_fen") // 100).cast(pl.Int128)
    rows = (
        classified.group_by("group", pl.col(name).alias("class"))
        .agg(pl.len(), yuan.sum().alias("yuan"), (yuan * yuan).sum().alias("squares"), pl.col("total_fen").sum())
        .sort("group", "class", nulls_last=True)
    )
    found: dict[str, dict[str | None, _Sums]] = {}
    for group, each, cases, total, squares, fen in rows.iter_rows():
        found.setdefault(group, {})[each] = (cases, total, squares, fen)
    return found


def _gate(before: int, classes: Mapping[str | None, _Sums], rules: DipRules) -> tuple[int, int, int, bool]:
    parts: list[_Sums] = []
    rest: _Sums = (0, 0, 0, 0)
    for name, sums in classes.items():
        if name is not None and sums[0] >= rules.gate.min_cases:
            parts.append(sums)
        else:
            rest = (rest[0] + sums[0], rest[1] + sums[1], rest[2] + sums[2], rest[3] + sums[3])
    whole = rest[0] + sum(part[0] for part in parts)
    spread = sum(part[0] * variation_e4(*part[:3]) for part in (*parts, rest))
    after = round_half_up(Fraction(spread, whole))
    reduction = round_half_up(1 * E4 - Fraction(after * E4, before))
    return before, after, reduction, reduction >= rules.gate.reduction_e4


def _factors(
    group: str, auxiliary: Auxiliary, classes: Mapping[str | None, _Sums], rules: DipRules
) -> list[tuple[Any, ...]]:
    mean = Fraction(sum(sums[3] for sums in classes.values()), sum(sums[0] for sums in classes.values()))
    rows: list[tuple[Any, ...]] = []
    for each in auxiliary.classes:
        cases, _, _, fen = classes.get(each.name, (0, 0, 0, 0))
        if cases < rules.gate.min_cases:
            continue
        own = Fraction(fen, cases)
        factor = each.factor_e4 if each.factor_e4 is not None else round_half_up(own / mean * E4)
        rows.append((group, auxiliary.name, each.name, cases, round_half_up(own), factor))
    return rows
