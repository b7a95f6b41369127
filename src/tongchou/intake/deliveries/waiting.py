"""Lists that wait for a part: kept whole, and gone as soon as they are taken, corrected or withdrawn."""

from collections.abc import Callable
from datetime import date

import polars as pl

from tongchou.intake.deliveries.kept_lists import as_json
from tongchou.intake.deliveries.prepared import Prepared
from tongchou.intake.deliveries.superseding import Paid, append, rows_about, values
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.schema.correction_tables import CORRECTIONS, SUPERSEDED_DOCUMENTS
from tongchou.schema.link_tables import WAITING_DOCUMENTS
from tongchou.schema.list_tables import DOCUMENTS
from tongchou.store.lake import Batch, Lake

_KEY = ["document", "list_id"]


def keep_waiting(batch: Batch, prepared: Prepared, waits: pl.DataFrame, lake: Lake, paid: Callable[[], Paid]) -> None:
    """Keep lists that wait; one that waits with the same content is left as it is.

    Args:
        batch: The batch that brings them.
        prepared: Their file.
        waits: Their rows of its register.
        lake: The lake, its lock held.
        paid: Says the day.
    """
    if waits.is_empty():
        return
    held = rows_about(lake, lake.snapshot(), WAITING_DOCUMENTS, "list_id", waits.get_column("list_id"))
    new = waits.join(held, on=[*_KEY, "content"], how="anti")
    if new.is_empty():
        return
    make_way(batch, new.with_columns(pl.lit(value=False).alias("is_withdrawal")), lake, paid)
    tables = {name: pl.read_parquet(file) for name, file in prepared.tables.items()}
    texts = as_json(tables, new.get_column(DOCUMENT))
    completed = pl.read_parquet(prepared.completed) if prepared.completed else pl.DataFrame()
    rows = new.join(completed.select(DOCUMENT, "is_person_certain", "parts"), on=DOCUMENT, maintain_order="left")
    rows = rows.with_columns(
        pl.lit(batch.batch_id).alias("received_batch"),
        pl.Series("rows", [texts[number] for number in rows.get_column(DOCUMENT)], dtype=pl.String),
    )
    append(batch, WAITING_DOCUMENTS, rows)


def make_way(batch: Batch, coming: pl.DataFrame, lake: Lake, paid: Callable[[], Paid]) -> int:
    """Take out lists that wait for documents of their name, and return how many others took the place of.

    What has other content, or is withdrawn, is kept in the history; what was taken in itself only stops waiting.

    Args:
        batch: The batch that brings the documents.
        coming: `document`, `list_id`, `content`, `is_withdrawal` of what comes.
        lake: The lake, its lock held.
        paid: Says the day.
    """
    snapshot = lake.snapshot()
    named = coming.select(*_KEY, pl.col("content").alias("_coming"), "is_withdrawal")
    held = rows_about(lake, snapshot, WAITING_DOCUMENTS, "list_id", coming.get_column("list_id"))
    held = held.join(named, on=_KEY, maintain_order="left")
    if held.is_empty():
        return 0
    left = held.filter(pl.col("is_withdrawal") | (pl.col("content") != pl.col("_coming")))
    if left.height:
        before = rows_about(lake, snapshot, CORRECTIONS, "list_id", left.get_column("list_id"))
        counted = before.group_by("list_id").agg(pl.col("version").max())
        # Where a former version stands, it is the one that leaves with the next number.
        stands = pl.col("list_id").is_in(_standing(lake, left).implode()).cast(pl.Int64)
        kept = left.join(counted, on="list_id", how="left", maintain_order="left").with_columns(
            pl.col("version").fill_null(0) + 1 + stands,
            pl.lit(None, pl.String).alias("case_id"),
            pl.lit(batch.batch_id).alias("superseded_by"),
            pl.when(~pl.col("is_withdrawal")).then("list_id").alias("replaced_by"),
            pl.when("is_withdrawal").then(pl.lit("withdraws")).otherwise(pl.lit("replaces")).alias("kind"),
            pl.lit(paid().today or date.today(), pl.Date).alias("corrected_on"),  # noqa: DTZ011  # the local day
            pl.lit(None, pl.String).alias("run_id"),
            pl.lit(0, pl.Int64).alias("difference_fen"),
            pl.lit("[]").alias("changes"),
        )
        append(batch, SUPERSEDED_DOCUMENTS, kept)
        append(batch, CORRECTIONS, kept)
    batch.remove(WAITING_DOCUMENTS, "list_id", values(held.get_column("list_id").unique()))
    return left.height


def _standing(lake: Lake, left: pl.DataFrame) -> pl.Series:
    found = rows_about(lake, lake.snapshot(), DOCUMENTS, "list_id", left.get_column("list_id"))
    return found.get_column("list_id").unique()
