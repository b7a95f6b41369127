"""Which group takes a case: core groups by operations and cost, then the ladder of mixed groups."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tongchou.grouping.dip.expression import parse_expression
from tongchou.grouping.dip.layout import Layout

CORE, BASIC, MIXED = "core", "basic", "mixed"
KINDS = (CORE, BASIC, MIXED)
"""Kinds of groups, the one that goes first between equals first."""

GROUP_COLUMNS: dict[str, Any] = {
    "group": pl.String,
    "kind": pl.String,
    "diagnosis": pl.String,
    "operations": pl.String,
    "treatment": pl.String,
    "choice_mean_fen": pl.Int64,
}
"""What matching looks at: `diagnosis` is the key of a core group or the rung of a mixed one; `operations` an
expression, empty for none; `choice_mean_fen` what a case's cost is compared with between groups."""


def match_patterns(layout: Layout, groups: pl.DataFrame) -> pl.DataFrame:
    """Return every core or basic group that a pattern meets: `pattern, group, matched` (operations matched).

    A group without operations takes only cases without any that counts.
    """
    steering = groups.filter(pl.col("kind") != MIXED)
    alternatives = _alternatives(steering)
    met = (
        layout.operations.join(alternatives, on=["diagnosis", "operation"], how="inner")
        .group_by("pattern", "group", "alternative")
        .agg(pl.len().cast(pl.Int64).alias("matched"), pl.col("size").first())
        .filter(pl.col("matched") == pl.col("size"))
        .group_by("pattern", "group")
        .agg(pl.col("matched").max())
    )
    without = (
        layout.patterns.filter((pl.col("operations") == "") & pl.col("diagnosis").is_not_null())
        .join(steering.filter(pl.col("operations") == ""), on="diagnosis", how="inner")
        .select("pattern", "group", pl.lit(0, dtype=pl.Int64).alias("matched"))
    )
    return pl.concat([met, without]).sort("pattern", "group")


def choose(layout: Layout, matches: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the group of every case that meets one: `row, group, matched`, in the order of rows.

    In this order: most operations matched; cost nearest to the group's mean; core before basic; the group's code.
    An unknown cost is equally near to every group.
    """
    best = matches.filter(pl.col("matched") == pl.col("matched").max().over("pattern"))
    is_single = pl.len().over("pattern") == 1
    decided = best.filter(is_single)
    tied = best.filter(~is_single).join(groups.select("group", "kind", "choice_mean_fen"), on="group", how="left")
    by_pattern = layout.cases.select("row", "pattern").join(decided, on="pattern", how="inner", maintain_order="left")
    distance = (pl.col("total_fen") - pl.col("choice_mean_fen")).abs().fill_null(0)
    by_cost = (
        layout.cases.select("row", "pattern", "total_fen")
        .join(tied, on="pattern", how="inner")
        .with_columns(distance.alias("distance"), kind_rank())
        .sort("row", "distance", "rank", "group")
        .unique("row", keep="first", maintain_order=True)
    )
    columns = ("row", "group", "matched")
    return pl.concat([by_pattern.select(columns), by_cost.select(columns)]).sort("row")


def kind_rank() -> pl.Expr:
    """Return the place of a group's kind in `KINDS`, as `rank`."""
    return pl.col("kind").replace_strict({kind: place for place, kind in enumerate(KINDS)}).alias("rank")


def rung_key(rung: str) -> pl.Expr:
    """Return a pattern's key on a rung of the ladder: characters of its category, or its chapter."""
    return pl.col("chapter") if rung == "chapter" else pl.col("category").str.slice(0, int(rung))


def climb(patterns: pl.DataFrame, groups: pl.DataFrame, ladder: Sequence[str]) -> pl.DataFrame:
    """Return the mixed group of every pattern that has one: `pattern, group`, the first rung on which there is one."""
    mixed = groups.filter(pl.col("kind") == MIXED).select("diagnosis", "treatment", "group")
    looked = patterns.filter(pl.col("reason").is_null())
    found = looked.select("pattern", "treatment", *(rung_key(rung).alias(f"key {rung}") for rung in ladder))
    for rung in ladder:
        found = found.join(
            mixed.rename({"diagnosis": f"key {rung}", "group": f"group {rung}"}),
            on=[f"key {rung}", "treatment"],
            how="left",
        )
    taken = pl.coalesce(*(pl.col(f"group {rung}") for rung in ladder)).alias("group")
    return found.select("pattern", taken).drop_nulls().sort("pattern")


def assign(layout: Layout, groups: pl.DataFrame, ladder: Sequence[str]) -> pl.DataFrame:
    """Return the group of every case that has one: `row, group, matched`; a mixed group matches no operation."""
    chosen = choose(layout, match_patterns(layout, groups), groups)
    left = layout.cases.select("row", "pattern").join(chosen, on="row", how="anti")
    mixed = left.join(climb(layout.patterns, groups, ladder), on="pattern", how="inner")
    fallen = mixed.select("row", "group", pl.lit(0, dtype=pl.Int64).alias("matched"))
    return pl.concat([chosen, fallen]).sort("row")


def _alternatives(groups: pl.DataFrame) -> pl.DataFrame:
    rows = [
        (group, diagnosis, number, operation, len(way))
        for group, diagnosis, text in groups.select("group", "diagnosis", "operations").iter_rows()
        if text
        for number, way in enumerate(parse_expression(text))
        for operation in sorted(way)
    ]
    schema = {
        "group": pl.String,
        "diagnosis": pl.String,
        "alternative": pl.Int64,
        "operation": pl.String,
        "size": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
