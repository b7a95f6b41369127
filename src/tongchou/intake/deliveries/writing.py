"""Writing documents and findings into a batch of the lake."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.intake import checked_batch
from tongchou.intake.deliveries.prepared import Prepared
from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.findings import LANDED_FINDINGS
from tongchou.intake.raw import RAW_BATCH_ROWS
from tongchou.schema.contract import Table
from tongchou.schema.link_tables import COMPLETIONS
from tongchou.schema.list_tables import DOCUMENTS, FIELD_COUNTS, LIST_TABLES
from tongchou.store.lake import Batch


def write_documents(batch: Batch, prepared: Prepared, taken: pl.DataFrame) -> None:
    """Write the rows of documents, their register, and what they were completed from.

    Args:
        batch: The batch.
        prepared: What the documents became.
        taken: The rows of its register that are taken, with the `received_batch` of each.
    """
    numbers = np.sort(taken.get_column(DOCUMENT).to_numpy())
    for name, file in prepared.tables.items():
        table = LIST_TABLES[name]
        batch.write(table, _rows(table, file, numbers, taken))
    batch.write(DOCUMENTS, _plain(taken, DOCUMENTS.arrow_schema).to_reader())
    if prepared.completed is not None:
        parts = pl.read_parquet(prepared.completed)
        named = taken.select(DOCUMENT, "document", "list_id").join(parts, on=DOCUMENT, maintain_order="left")
        batch.write(COMPLETIONS, _plain(named, COMPLETIONS.arrow_schema).to_reader())


def write_findings(batch: Batch, findings: pl.DataFrame, folder: Path) -> None:
    """Write findings of the schema `LANDED`, numbered in their order.

    Args:
        batch: The batch.
        findings: The findings.
        folder: Where they are laid on the way.
    """
    if findings.is_empty():
        return
    file = folder / "all-findings.parquet"
    pq.write_table(_plain(findings, LANDED_FINDINGS), file)
    checked_batch.write_findings(batch, [file])


def write_field_counts(batch: Batch, counted: pl.DataFrame) -> None:
    """Write the fields of documents by institution and month.

    Args:
        batch: The batch that brought them.
        counted: The documents that came, of the schema `field_counts.COUNTED`.
    """
    if counted.is_empty():
        return
    sums = counted.group_by("institution_id", "month").agg(
        pl.len().cast(pl.Int64).alias("documents"), pl.col("fields", "fields_sound").sum()
    )
    rows = sums.sort("institution_id", "month").with_columns(pl.lit(batch.batch_id).alias("received_batch"))
    batch.write(FIELD_COUNTS, _plain(rows, FIELD_COUNTS.arrow_schema).to_reader())


def _rows(table: Table, file: Path, numbers: np.ndarray, taken: pl.DataFrame) -> pa.RecordBatchReader:
    """Return the rows of documents that are taken, as the table holds them."""
    schema = table.arrow_schema
    register = taken.select(DOCUMENT, "case_id", "received_batch")

    def batches() -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(file) as rows:
            for part in rows.iter_batches(RAW_BATCH_ROWS):
                kept = part.filter(pa.array(np.isin(part[DOCUMENT].to_numpy(), numbers)))
                if table.name == HEAD:
                    frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([kept])))
                    frame = frame.drop("case_id", "received_batch")
                    frame = frame.join(register, on=DOCUMENT, how="left", maintain_order="left")
                    yield from _plain(frame, schema).to_batches()
                else:
                    yield kept.select(schema.names).cast(schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _plain(rows: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    return rows.select(schema.names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)
