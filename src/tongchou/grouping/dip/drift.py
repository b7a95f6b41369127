"""How a catalogue drifts between two years: groups come and go, shares and means change."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from tongchou.core.money import E4
from tongchou.core.text import Text
from tongchou.grouping.dip.catalogue import Catalogue

CHANGE_NAMES = {
    "appeared": Text("新增", "appeared"),
    "disappeared": Text("消失", "disappeared"),
    "shifted": Text("占比变动超限", "share beyond the bound"),
    "kept": Text("保留", "kept"),
}
"""What becomes of a group."""

DRIFT_COLUMNS: dict[str, Any] = {
    "group": pl.String,
    "change": pl.String,
    "old_cases": pl.Int64,
    "new_cases": pl.Int64,
    "share_change_e4": pl.Int64,
    "old_mean_fen": pl.Int64,
    "new_mean_fen": pl.Int64,
    "mean_change_e4": pl.Int64,
    "old_score_e2": pl.Int64,
    "new_score_e2": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Drift:
    """The change from one catalogue to another.

    Attributes:
        rows: `DRIFT_COLUMNS`, a row per group of either, by code. Changes are new over old less 1, x 10,000, half up;
            null where the group is in one catalogue only, or the old figure is 0.
        counts: Groups by change.
        bound_e4: The change of share beyond which a group is `shifted`; of the newer catalogue's rules.
        mean_change_e4: Change of the mean of all cases.
    """

    rows: pl.DataFrame
    counts: dict[str, int]
    bound_e4: int
    mean_change_e4: int | None


def drift(old: Catalogue, new: Catalogue) -> Drift:
    """Compare two catalogues group by group; a group's share is its part of all grouped cases, compared exactly."""
    bound = new.rules.drift_share_e4
    both = (
        _figures(old, "old")
        .join(_figures(new, "new"), on="group", how="full", coalesce=True)
        .with_columns(
            pl.lit(_cases(old), dtype=pl.Int128).alias("old_all"), pl.lit(_cases(new), dtype=pl.Int128).alias("new_all")
        )
    )
    before = pl.col("old_cases").cast(pl.Int128) * pl.col("new_all")
    after = pl.col("new_cases").cast(pl.Int128) * pl.col("old_all")
    is_shifted = (after - before).abs() * E4 > before * bound
    change = (
        pl.when(pl.col("old_cases").is_null())
        .then(pl.lit("appeared"))
        .when(pl.col("new_cases").is_null())
        .then(pl.lit("disappeared"))
        .when(is_shifted)
        .then(pl.lit("shifted"))
        .otherwise(pl.lit("kept"))
    )
    rows = both.select(
        "group",
        change.alias("change"),
        "old_cases",
        "new_cases",
        _change_e4(before, after).alias("share_change_e4"),
        "old_mean_fen",
        "new_mean_fen",
        _change_e4(pl.col("old_mean_fen"), pl.col("new_mean_fen")).alias("mean_change_e4"),
        "old_score_e2",
        "new_score_e2",
    ).sort("group")
    found = dict(rows.group_by("change").agg(pl.len()).iter_rows())
    counts = {each: found.get(each, 0) for each in CHANGE_NAMES}
    means = pl.DataFrame({"old": [old.mean_fen], "new": [new.mean_fen]})
    whole = means.select(_change_e4(pl.col("old"), pl.col("new"))).item()
    return Drift(rows, counts, bound, whole)


def _figures(catalogue: Catalogue, prefix: str) -> pl.DataFrame:
    names = ("cases", "mean_fen", "score_e2")
    return catalogue.groups.select("group", *(pl.col(name).alias(f"{prefix}_{name}") for name in names))


def _cases(catalogue: Catalogue) -> int:
    return int(catalogue.groups.get_column("cases").sum())


def _change_e4(before: pl.Expr, after: pl.Expr) -> pl.Expr:
    old, gain = before.cast(pl.Int128), after.cast(pl.Int128) - before.cast(pl.Int128)
    magnitude = ((2 * gain.abs() * E4 + old) // (2 * old)).cast(pl.Int64)
    return pl.when((old > 0) & (gain < 0)).then(-magnitude).when(old > 0).then(magnitude)
