"""Grouping cases by a catalogue: group, points, auxiliary factor, cost deviation."""

from typing import Any

import polars as pl

from tongchou.core.money import E4
from tongchou.grouping.dip.auxiliaries import best_factors
from tongchou.grouping.dip.cases import REQUIRED, check_cases
from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.layout import Layout, lay_out
from tongchou.grouping.dip.matching import assign
from tongchou.grouping.dip.points import deviate_column

NO_GROUP = "no_group"
"""Why a case with a usable diagnosis is not grouped: the catalogue has no group for it on any rung."""

GROUPED_COLUMNS: dict[str, Any] = {
    "case_id": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "group": pl.String,
    "kind": pl.String,
    "treatment": pl.String,
    "matched": pl.Int64,
    "rw_e4": pl.Int64,
    "score_e2": pl.Int64,
    "auxiliary": pl.String,
    "class": pl.String,
    "factor_e4": pl.Int64,
    "level_mean_fen": pl.Int64,
    "ratio_e4": pl.Int64,
    "band": pl.String,
    "coefficient_e4": pl.Int64,
    "points_e2": pl.Int64,
}
"""A row per case, in the order handed in. `status` is `grouped` or `ungrouped`, then with a `reason`; `treatment` is
the case's own; `matched` counts the operations that the group took; `factor_e4` is 1 where no auxiliary catalogue
applies. `ratio_e4`, `band`, `coefficient_e4` are null where the cost, the hospital's level or last year's mean of the
group at that level is not known. `points_e2` is score x factor, times the coefficient where there is one, half up."""


class DipGrouper:
    """Groups cases by a catalogue.

    Args:
        catalogue: The catalogue.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def group(self, cases: pl.DataFrame) -> pl.DataFrame:
        """Return the cases' groups (`GROUPED_COLUMNS`), in the order of the cases.

        Args:
            cases: At least `cases.REQUIRED`, of `cases.COLUMNS`.

        Raises:
            Problems: `grouping.dip_cases` for what is wrong with the cases, all at once.
        """
        rules = self.catalogue.rules
        checked = check_cases(cases, REQUIRED)
        layout = lay_out(checked, rules)
        assigned = assign(layout, self.catalogue.groups, rules.ladder)
        placed = (
            layout.cases.join(assigned, on="row", how="left", maintain_order="left")
            .join(layout.patterns.select("pattern", "treatment", "reason"), on="pattern", how="left")
            .join(self._figures(), on="group", how="left")
            .join(self._level_means(), on=["group", "level"], how="left")
            .sort("row")
        )
        factors = best_factors(placed, layout.diagnoses, self.catalogue.tables["auxiliaries"], rules)
        scored = placed.join(factors, on="row", how="left", maintain_order="left")
        return _result(checked, scored.hstack(deviate_column(scored, rules.deviation)))

    def layout(self, case: pl.DataFrame) -> Layout:
        """Lay out cases as `group` does, for an explanation."""
        return lay_out(check_cases(case, REQUIRED), self.catalogue.rules)

    def _figures(self) -> pl.DataFrame:
        return self.catalogue.groups.select("group", "kind", "mean_fen", "rw_e4", "score_e2")

    def _level_means(self) -> pl.DataFrame:
        means = self.catalogue.tables["level_means"]
        return means.select("group", "level", pl.col("mean_fen").alias("level_mean_fen"))


def _result(checked: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    has_group = pl.col("group").is_not_null()
    factor = pl.when(has_group).then(pl.col("factor_e4").fill_null(E4))
    product = pl.col("score_e2").cast(pl.Int128) * factor * pl.col("coefficient_e4").fill_null(E4)
    points = (2 * product + E4 * E4) // (2 * E4 * E4)
    return scored.with_columns(
        checked.get_column("case_id"),
        pl.when(has_group).then(pl.lit("grouped")).otherwise(pl.lit("ungrouped")).alias("status"),
        pl.when(~has_group).then(pl.col("reason").fill_null(NO_GROUP)).alias("reason"),
        factor.alias("factor_e4"),
        points.cast(pl.Int64).alias("points_e2"),
    ).select(*GROUPED_COLUMNS)
