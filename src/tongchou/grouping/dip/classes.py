"""The auxiliary class of a case: comorbidities, severity, age, days in intensive care, as the rules say."""

from collections.abc import Sequence
from functools import reduce

import polars as pl

from tongchou.core.money import E4
from tongchou.grouping.dip.rules import Condition, DipRules, Range
from tongchou.grouping.dip.rules_reading import CHARLSON_PREFIX

_HOURS = 24
_RATIOS = {
    "cost_ratio": ("total_fen", "mean_fen"),
    "treatment_share": ("treatment_fen", "total_fen"),
    "drug_share": ("drug_fen", "total_fen"),
}


def classify(cases: pl.DataFrame, diagnoses: pl.DataFrame, rules: DipRules) -> pl.DataFrame:
    """Return cases with a column for every auxiliary catalogue: the name of the class, or null for none.

    Of each catalogue the first class all of whose conditions are met takes the case; a condition about something
    unknown is not met.

    Args:
        cases: `row`, the columns of `layout.CARRIED`, and `mean_fen`, the mean of the case's group.
        diagnoses: `row, diagnoses`, of these cases and others.
        rules: The rules.
    """
    bits = {name: 1 << place for place, name in enumerate(_lists(rules))}
    own = diagnoses.join(cases.select("row"), on="row", how="semi", maintain_order="left")
    flagged = cases.join(_flags(own, rules, bits), on="row", how="left", maintain_order="left").with_columns(
        pl.col("principal_lists").fill_null(0), pl.col("secondary_lists").fill_null(0)
    )
    measured = flagged.with_columns(
        charlson_index(rules, bits).alias("cci"),
        ((pl.col("icu_hours") + _HOURS - 1) // _HOURS).alias("icu_days"),
    )
    columns = []
    for auxiliary in rules.auxiliaries:
        chosen = pl.lit(None, dtype=pl.String)
        for each in reversed(auxiliary.classes):
            chosen = pl.when(_all(each.conditions, bits)).then(pl.lit(each.name)).otherwise(chosen)
        columns.append(pl.when(_all(auxiliary.only, bits)).then(chosen).alias(auxiliary.name))
    return cases.with_columns(measured.select(columns).get_columns())


def charlson_index(rules: DipRules, bits: dict[str, int]) -> pl.Expr:
    """Return the Charlson index of `secondary_lists`: each condition once, a graver one in place of the milder."""
    total = pl.lit(0, dtype=pl.Int64)
    for each in rules.charlson:
        counts = _has("secondary_lists", bits[CHARLSON_PREFIX + each.condition])
        for graver in rules.charlson:
            if graver.over == each.condition:
                counts &= ~_has("secondary_lists", bits[CHARLSON_PREFIX + graver.condition])
        total += pl.when(counts).then(each.weight).otherwise(0)
    return total


def _lists(rules: DipRules) -> list[str]:
    return [*rules.list_names, *(CHARLSON_PREFIX + each.condition for each in rules.charlson)]


def _flags(diagnoses: pl.DataFrame, rules: DipRules, bits: dict[str, int]) -> pl.DataFrame:
    """Return `row, principal_lists, secondary_lists`: the lists of a case's diagnoses as bits."""
    codes = (
        diagnoses.select("row", pl.col("diagnoses").alias("code"))
        .filter(pl.col("code").list.len() > 0)
        .with_columns(pl.int_ranges(pl.col("code").list.len()).alias("place"))
        .explode("code", "place")
    )
    unique = codes.get_column("code").drop_nulls().unique().to_list()
    taken = [(code, sum(bits[name] for name in rules.lists.of(code))) for code in unique]
    table = pl.DataFrame(taken, schema={"code": pl.String, "lists": pl.Int64}, orient="row").filter(pl.col("lists") > 0)
    hits = codes.join(table, on="code", how="inner")
    principal, secondary = hits.filter(pl.col("place") == 0), hits.filter(pl.col("place") > 0)
    return (
        principal.select("row", pl.col("lists").alias("principal_lists"))
        .join(
            secondary.group_by("row").agg(pl.col("lists").bitwise_or().alias("secondary_lists")),
            on="row",
            how="full",
            coalesce=True,
        )
        .sort("row")
    )


def _all(conditions: Sequence[Condition], bits: dict[str, int]) -> pl.Expr:
    return reduce(lambda left, right: left & right, (_met(each, bits) for each in conditions), pl.lit(value=True))


def _met(condition: Condition, bits: dict[str, int]) -> pl.Expr:
    if condition.within is not None:
        left, right = pl.col(condition.measure), pl.lit(1, dtype=pl.Int64)
        if condition.measure in _RATIOS:
            part, whole = _RATIOS[condition.measure]
            left, right = pl.col(part) * E4, pl.col(whole)
        return _within(left, right, condition.within).fill_null(value=False)
    if condition.measure == "discharge_way":
        return pl.col("discharge_way").is_in(condition.words).fill_null(value=False)
    wanted = sum(bits[name] for name in condition.words)
    if condition.measure == "secondary":
        return _has("secondary_lists", wanted)
    is_principal = _has("principal_lists", wanted)
    return is_principal if condition.measure == "principal" else ~is_principal


def _within(left: pl.Expr, right: pl.Expr, bounds: Range) -> pl.Expr:
    above = left >= right * bounds.low if bounds.low is not None else left.is_not_null()
    below = left <= right * bounds.high if bounds.high is not None else left.is_not_null()
    return above & below


def _has(column: str, wanted: int) -> pl.Expr:
    return (pl.col(column) & pl.lit(wanted, dtype=pl.Int64)) != 0
