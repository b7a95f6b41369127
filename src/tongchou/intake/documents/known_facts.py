"""What is known beside a document: persons, settlement replies, fee lines, of the same delivery and of the lake."""

from dataclasses import dataclass

import polars as pl

_LINE = ("institution_id", "line_number")
_REPLIED = "_is_replied"


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """Facts that documents are completed from; each frame may hold more than a batch needs.

    Attributes:
        persons: Rows of the table `persons`, one per person.
        replies: Rows of `settlement_replies`, one per settlement number.
        lines: Rows of `list_fee_lines` as `merged_lines` gives them.
        levels: Institutions with their level: `institution_id`, `level`.
    """

    persons: pl.DataFrame
    replies: pl.DataFrame
    lines: pl.DataFrame
    levels: pl.DataFrame


def merged_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Return fee lines, one row per institution, visit and line number, from what was sent and what was replied.

    A reply of 2301 names the line alone; its visit is that of the line sent, where one visit has it.
    """
    named = lines.filter(pl.col("visit_number").is_not_null()).with_columns(pl.lit(value=False).alias(_REPLIED))
    unnamed = lines.filter(pl.col("visit_number").is_null())
    if unnamed.height:
        visits = named.group_by(_LINE).agg(pl.col("visit_number").unique())
        single = visits.filter(pl.col("visit_number").list.len() == 1).with_columns(pl.col("visit_number").list.first())
        found = unnamed.drop("visit_number").join(single, on=_LINE, nulls_equal=True)
        found = found.with_columns(pl.lit(value=True).alias(_REPLIED))
        named = pl.concat([named, found.select(named.columns)])
    key = [*_LINE, "visit_number"]
    rest = [name for name in named.columns if name not in (*key, _REPLIED)]
    # Sorted, so that what is taken of lines sent twice does not depend on which came first; what was sent counts before
    # what was replied, which may be the reply to a line that has been corrected since.
    ordered = named.sort(_REPLIED, *(name for name in named.columns if name != _REPLIED)).drop(_REPLIED)
    return ordered.group_by(key, maintain_order=True).agg(pl.col(rest).drop_nulls().first())
