"""A local DIP catalogue (本地病种目录库): its groups, points, means and auxiliary catalogues, as tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongchou.grouping.dip.auxiliaries import FACTOR_COLUMNS, GATE_COLUMNS
from tongchou.grouping.dip.matching import GROUP_COLUMNS
from tongchou.grouping.dip.rules import DipRules

_WHOLE = pl.Int64

TABLES: dict[str, dict[str, Any]] = {
    "groups": {
        **GROUP_COLUMNS,
        "level_1": pl.String,
        "level_2": pl.String,
        "cases": _WHOLE,
        "cost_fen": _WHOLE,
        "mean_fen": _WHOLE,
        "rw_e4": _WHOLE,
        "score_e2": _WHOLE,
        "cv_e4": _WHOLE,
        "drug_rw_e4": _WHOLE,
        "consumable_rw_e4": _WHOLE,
        "mean_los_e2": _WHOLE,
        "death_e4": _WHOLE,
    },
    "group_years": {
        "group": pl.String,
        "year": _WHOLE,
        "cases": _WHOLE,
        "cost_fen": _WHOLE,
        "measured_cases": _WHOLE,
        "measured_fen": _WHOLE,
    },
    "level_means": {"group": pl.String, "level": pl.String, "cases": _WHOLE, "mean_fen": _WHOLE},
    "aggregates": {
        "aggregate_level": _WHOLE,
        "key": pl.String,
        "groups": _WHOLE,
        "cases": _WHOLE,
        "cost_fen": _WHOLE,
        "mean_fen": _WHOLE,
        "points_e2": _WHOLE,
        "score_e2": _WHOLE,
    },
    "gates": GATE_COLUMNS,
    "auxiliaries": FACTOR_COLUMNS,
}
"""Tables of a catalogue and their columns: a CSV file each, in this order."""

KEYS = {
    "groups": ("group",),
    "group_years": ("group", "year"),
    "level_means": ("group", "level"),
    "aggregates": ("aggregate_level", "key"),
    "gates": ("group", "auxiliary"),
    "auxiliaries": ("group", "auxiliary", "class"),
}
"""Columns by which the rows of a table differ and are ordered."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A local catalogue.

    Attributes:
        rules: The rules it was built by and groups by.
        years: The calendar years of its cases, in order; the last is the one that deviations are measured against.
        case_count: Cases handed in.
        ungrouped: Cases that cannot be grouped, by reason.
        mean_fen: Mean cost of all cases (M of the relative weight), rounded half up.
        tables: By name, with the columns of `TABLES`, in the order of `KEYS`. Of a group, `mean_fen` is the mean that
            its RW rests on (years weighted, unusual cases left out), `choice_mean_fen` the one that cases choose
            by: of the cases with just its operations; empty for mixed groups. `drug_rw_e4` and `consumable_rw_e4`
            are for monitoring. `level_means` are those of the last year. Aggregates: level 2 holds the groups of
            one diagnosis and way of treatment, level 1 those of one 3-character category; a mixed group is its own
            at level 2, and one above the category its own key at level 1.
    """

    rules: DipRules
    years: tuple[int, ...]
    case_count: int
    ungrouped: Mapping[str, int]
    mean_fen: int
    tables: Mapping[str, pl.DataFrame]

    @property
    def groups(self) -> pl.DataFrame:
        """The groups."""
        return self.tables["groups"]
