"""How many fields documents have, and how many of them nothing is found in.

A field counts if it is filled in, if the transaction requires it, or if a finding is about it; it is sound if none is.
"""

from collections.abc import Sequence

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.typed_batch import TypedBatch
from tongchou.schema.list_fields import list_fields

_LISTS = "settlement_lists"

COUNTED = pl.Schema(
    {
        DOCUMENT: pl.Int64,
        "institution_id": pl.String,
        "month": pl.String,
        "fields": pl.Int64,
        "fields_sound": pl.Int64,
    }
)
"""A row per document: whose it is, in which month the patient left (`2025-03`), and its fields."""


def field_counts(batch: TypedBatch, found: pl.DataFrame) -> pl.DataFrame:
    """Return the fields of each document of a batch.

    Args:
        batch: The documents.
        found: All findings in them, of the schema `FOUND`.

    Returns:
        Rows of the schema `COUNTED`, in the order of the batch. An institution or a month that a document does not say
        is null.
    """
    documents = batch.documents.select(DOCUMENT)
    for part in (_owners(batch), _fields(batch, found)):
        documents = documents.join(part, on=DOCUMENT, how="left", maintain_order="left")
    none = pl.lit(0, pl.Int64)
    fields = pl.col("filled").fill_null(none) + pl.col("added").fill_null(none)
    return documents.with_columns(
        fields.alias("fields"), (fields - pl.col("wrong").fill_null(none)).alias("fields_sound")
    ).select([pl.col(name).cast(kind) for name, kind in COUNTED.items()])


def _owners(batch: TypedBatch) -> pl.DataFrame:
    lists = batch.frames.get(_LISTS, pl.DataFrame(schema={DOCUMENT: pl.Int64, SEQUENCE: pl.Int64}))
    names = ("institution_id", "discharged_at", "chronic_visited_on", "admitted_at")
    given = lists.sort(SEQUENCE).unique(DOCUMENT, keep="first", maintain_order=True)
    given = given.with_columns(pl.lit(None, pl.String).alias(name) for name in names if name not in lists.columns)
    month = pl.coalesce(pl.col(name).cast(pl.String).str.slice(0, 7) for name in names[1:])
    return given.select(DOCUMENT, "institution_id", month.alias("month"))


def _fields(batch: TypedBatch, found: pl.DataFrame) -> pl.DataFrame:
    """Return the fields of each document: filled in or required, wrong, and wrong among neither."""
    counts = [_filled(batch, table) for table in batch.frames]
    filled = pl.concat(counts) if counts else pl.DataFrame(schema={DOCUMENT: pl.Int64, "filled": pl.Int64})
    # Of the head there is one row: some findings name it, others mean the document as a whole.
    row = pl.when(pl.col("table") != _LISTS).then(SEQUENCE).alias(SEQUENCE)
    fields = found.select(DOCUMENT, "table", row, "column").unique()
    wrong = fields.group_by(DOCUMENT).agg(pl.len().cast(pl.Int64).alias("wrong"))
    by_column = fields.partition_by("table", "column", as_dict=True)
    added = [_added(batch, str(table), str(column), rows) for (table, column), rows in by_column.items()]
    more = pl.concat(added) if added else pl.DataFrame(schema={DOCUMENT: pl.Int64, "added": pl.Int64})
    return (
        filled.group_by(DOCUMENT)
        .agg(pl.col("filled").sum())
        .join(wrong, on=DOCUMENT, how="full", coalesce=True)
        .join(more.group_by(DOCUMENT).agg(pl.col("added").sum()), on=DOCUMENT, how="full", coalesce=True)
    )


def _filled(batch: TypedBatch, table: str) -> pl.DataFrame:
    frame = batch.frames[table]
    counted: Sequence[pl.Expr] = [
        pl.lit(1, pl.Int64)
        if batch.transaction in field.required
        else pl.col(field.column).is_not_null().cast(pl.Int64)
        for field in list_fields(table)
        if field.column in frame.columns or batch.transaction in field.required
    ]
    return frame.select(DOCUMENT, pl.sum_horizontal(pl.lit(0, pl.Int64), *counted).alias("filled"))


def _added(batch: TypedBatch, table: str, column: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return how many of the wrong fields of a column are counted nowhere else, by document."""
    frame = batch.frames.get(table)
    one = pl.lit(1, pl.Int64)
    if frame is None:
        return rows.select(DOCUMENT, one.alias("added"))
    keys = [DOCUMENT] if table == _LISTS else [DOCUMENT, SEQUENCE]
    is_required = any(field.column == column and batch.transaction in field.required for field in list_fields(table))
    is_filled = pl.col(column).is_not_null() if column in frame.columns else pl.col(DOCUMENT).is_null()
    counted = frame.filter(pl.lit(is_required) | is_filled).select(keys).unique()
    return rows.join(counted, on=keys, how="anti").select(DOCUMENT, one.alias("added"))
