"""Building a local catalogue from the cases of some years."""

from collections.abc import Mapping

import polars as pl

from tongchou.core.money import round_half_up
from tongchou.core.text import Text
from tongchou.grouping.dip.auxiliaries import open_auxiliaries
from tongchou.grouping.dip.cases import MEASURED, check_cases
from tongchou.grouping.dip.catalogue import KEYS, TABLES, Catalogue
from tongchou.grouping.dip.forming import form_groups
from tongchou.grouping.dip.layout import Layout, lay_out
from tongchou.grouping.dip.matching import CORE, MIXED, assign
from tongchou.grouping.dip.measuring import (
    Figures,
    mark_measured,
    measure_groups,
    points_e2,
    reference_mean,
    relative_weight_e4,
)
from tongchou.grouping.dip.problems import cases_problem
from tongchou.grouping.dip.rules import DipRules

_CATEGORY = 3


def build_catalogue(cases: pl.DataFrame, rules: DipRules) -> Catalogue:
    """Build a catalogue; the order of the cases changes nothing.

    Args:
        cases: Cases of all years: at least `cases.MEASURED`, of `cases.COLUMNS`.
        rules: The region's rules.

    Raises:
        Problems: `grouping.dip_cases` for what is wrong with the cases, all at once.
        TongchouError: `grouping.dip_cases` if the cases span more years than the rules weigh, or none can be
            grouped; `grouping.dip_rules` if the reference group is not formed.
    """
    checked = check_cases(cases, MEASURED)
    years = tuple(sorted(checked.get_column("year").unique().to_list()))
    weights = _weights(years, rules)
    layout = lay_out(checked, rules)
    formed = form_groups(layout, rules, weights)
    assigned = assign(layout, formed, rules.ladder)
    grouped = layout.cases.join(assigned, on="row", how="inner", maintain_order="left")
    marked = mark_measured(grouped, rules.measuring)
    figures = measure_groups(marked, weights, rules.score)
    groups = _groups(formed, marked, figures, rules)
    gates, factors = open_auxiliaries(
        marked, layout.diagnoses, groups.select("group", "mean_fen"), figures.variations, rules
    )
    tables = {
        "groups": groups,
        "group_years": figures.years,
        "level_means": _level_means(marked, years[-1]),
        "aggregates": _aggregates(groups),
        "gates": gates,
        "auxiliaries": factors,
    }
    return Catalogue(
        rules=rules,
        years=years,
        case_count=checked.height,
        ungrouped=_ungrouped(layout),
        mean_fen=round_half_up(figures.total_mean),
        tables={name: _in_order(name, table) for name, table in tables.items()},
    )


def _weights(years: tuple[int, ...], rules: DipRules) -> dict[int, int]:
    unweighted = [str(year) for year in years if year - years[-1] not in rules.year_weights]
    if not years or unweighted:
        listed = ", ".join(unweighted) or "-"
        raise cases_problem(
            "year",
            Text(f"没有病例，或规则没有给出 {listed} 年的权重", f"no cases, or no weight in the rules for {listed}"),
            Text("只提交有权重的年份，或在 year_weights 中补上", "hand in weighted years, or add to year_weights"),
        )
    return {year: rules.year_weights[year - years[-1]] for year in years}


def _groups(formed: pl.DataFrame, marked: pl.DataFrame, figures: Figures, rules: DipRules) -> pl.DataFrame:
    reference = reference_mean(figures.means, rules)
    names = formed.get_column("group").to_list()
    measured = pl.DataFrame(
        {
            "group": names,
            "mean_fen": [round_half_up(figures.means[each]) for each in names],
            "rw_e4": [relative_weight_e4(figures.means[each], figures.total_mean) for each in names],
            "score_e2": [points_e2(figures.means[each], figures.total_mean, reference, rules.score) for each in names],
            "cv_e4": [figures.variations[each] for each in names],
            "drug_rw_e4": _known(figures.part_weights["drug_fen"], names),
            "consumable_rw_e4": _known(figures.part_weights["consumable_fen"], names),
        },
        schema_overrides={name: kind for name, kind in TABLES["groups"].items() if name.endswith(("_e2", "_e4"))},
    )
    counted = marked.group_by("group").agg(
        pl.len().cast(pl.Int64).alias("cases"),
        pl.col("total_fen").sum().alias("cost_fen"),
        _half_up(pl.col("los_days").sum() * 100, pl.col("los_days").count()).alias("mean_los_e2"),
        _half_up(
            (pl.col("discharge_way") == "death").sum().cast(pl.Int64) * 10_000, pl.col("discharge_way").count()
        ).alias("death_e4"),
    )
    is_above_category = (pl.col("kind") == MIXED) & (pl.col("diagnosis").str.len_chars() != _CATEGORY)
    level_2 = (
        pl.when(pl.col("kind") == CORE).then(pl.col("diagnosis") + ":" + pl.col("treatment")).otherwise(pl.col("group"))
    )
    level_1 = (
        pl.when(is_above_category).then(pl.col("diagnosis")).otherwise(pl.col("diagnosis").str.slice(0, _CATEGORY))
    )
    return (
        formed.join(measured, on="group", how="left", maintain_order="left")
        .join(counted, on="group", how="left", maintain_order="left")
        .with_columns(level_1.alias("level_1"), level_2.alias("level_2"))
    )


def _known(weights: Mapping[str, int], names: list[str]) -> list[int | None]:
    return [weights.get(each) for each in names]


def _half_up(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Return a quotient of non-negative whole numbers rounded half up; null where the denominator is zero."""
    below = denominator.cast(pl.Int64)
    return pl.when(below > 0).then((2 * numerator + below) // (2 * below))


def _level_means(marked: pl.DataFrame, year: int) -> pl.DataFrame:
    last = marked.filter(pl.col("is_measured") & (pl.col("year") == year) & pl.col("level").is_not_null())
    return last.group_by("group", "level").agg(
        pl.len().cast(pl.Int64).alias("cases"), _half_up(pl.col("total_fen").sum(), pl.len()).alias("mean_fen")
    )


def _aggregates(groups: pl.DataFrame) -> pl.DataFrame:
    scored = groups.with_columns((pl.col("score_e2") * pl.col("cases")).alias("points_e2"))
    found = []
    for level in (1, 2):
        sums = scored.group_by(pl.col(f"level_{level}").alias("key")).agg(
            pl.len().cast(pl.Int64).alias("groups"), pl.col("cases", "cost_fen", "points_e2").sum()
        )
        found.append(
            sums.with_columns(
                pl.lit(level, dtype=pl.Int64).alias("aggregate_level"),
                _half_up(pl.col("cost_fen"), pl.col("cases")).alias("mean_fen"),
                _half_up(pl.col("points_e2"), pl.col("cases")).alias("score_e2"),
            )
        )
    return pl.concat(found)


def _ungrouped(layout: Layout) -> dict[str, int]:
    reasons = layout.cases.select("pattern").join(layout.patterns, on="pattern").drop_nulls("reason")
    counted = reasons.group_by("reason").agg(pl.len()).sort("reason")
    return dict(counted.iter_rows())


def _in_order(name: str, table: pl.DataFrame) -> pl.DataFrame:
    columns = TABLES[name]
    return table.select(pl.col(each).cast(kind) for each, kind in columns.items()).sort(KEYS[name])
