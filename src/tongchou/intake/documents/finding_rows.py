"""Findings in documents, as they are found: rows of the schema `FOUND`."""

from collections.abc import Sequence

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.typed_batch import FOUND


def found_rows(
    check: str,
    rows: pl.DataFrame,
    *,
    table: str = "settlement_lists",
    column: str = "",
    value: pl.Expr | None = None,
    expected: str | None = None,
) -> pl.DataFrame:
    """Return a finding for each of some rows.

    Args:
        check: What was found: the id of a check, or a code of the intake.
        rows: The rows, with `_document`, and `_seq` unless the whole document is meant.
        table: The document table.
        column: The column concerned, empty where none is.
        value: What was found, over the rows; None where it is not shown.
        expected: What it should be.
    """
    sequence = pl.col(SEQUENCE) if SEQUENCE in rows.columns else pl.lit(None)
    return rows.select(
        pl.col(DOCUMENT),
        pl.lit(check).alias("check"),
        pl.lit(table).alias("table"),
        sequence.cast(pl.Int64).alias(SEQUENCE),
        pl.lit(column).alias("column"),
        (pl.lit(None) if value is None else value).cast(pl.String).alias("value"),
        pl.lit(expected).cast(pl.String).alias("expected"),
    )


def all_found(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return findings of several sources as one frame."""
    kinds = [pl.col(name).cast(kind) for name, kind in FOUND.items()]
    return pl.concat([pl.DataFrame(schema=FOUND), *(part.select(kinds) for part in parts)])
