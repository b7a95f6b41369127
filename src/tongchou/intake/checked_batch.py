"""A checked batch, parted: the rows that are taken, and the findings of those set aside or repaired."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import narwhals as nw
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.intake import refusals
from tongchou.intake.faults import REPAIRED
from tongchou.intake.findings import LANDED_FINDINGS, findings
from tongchou.intake.raw import RAW_BATCH_ROWS
from tongchou.intake.received import as_converted, case_ids, key_text
from tongchou.intake.staging import AT, RECEIVED, REPAIRS, Staged, origin
from tongchou.intake.workbench import FAULT_SCHEMA, Workbench
from tongchou.schema.contract import Table
from tongchou.schema.results import FINDING_FIELDS, FINDINGS
from tongchou.store.engine import Frame
from tongchou.store.lake import Batch

_FINDING_BATCH_ROWS = 50_000


def taken_rows(staged: Staged, set_aside: npt.NDArray[np.int64]) -> pa.RecordBatchReader:
    """Return the rows of a table that are taken, in the order in which they arrived.

    Args:
        staged: The table.
        set_aside: The `AT` of the rows that are not taken.
    """
    schema = staged.table.arrow_schema

    def batches() -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(staged.rows_file) as file:
            for batch in file.iter_batches(RAW_BATCH_ROWS):
                is_taken = np.isin(batch[AT].to_numpy(), set_aside, invert=True)
                yield batch.filter(pa.array(is_taken)).select(schema.names).cast(schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def taken_repaired_count(bench: Workbench, table: Table) -> int:
    """Return how many rows of a table are taken that were repaired."""
    repaired = _repaired(bench, table).select(nw.len().alias("count"))
    return int(bench.engine.collect(repaired)["count"][0].as_py())


def land_findings(bench: Workbench, table: Table, repaired_count: int, file: Path) -> None:
    """Lay down the findings of the checks across tables, and of rows that are taken after a repair, by row.

    Raises:
        TongchouError: `intake.findings_lost` if not every fault and every repaired row has its finding.
    """
    staged = bench.staged[table.name]
    about = nw.concat([bench.faults(table), _repaired(bench, table)])
    faulty = bench.rows(table).join(about, on=AT).sort(AT, "_code", "_column")
    written = 0
    with pq.ParquetWriter(file, LANDED_FINDINGS) as writer:
        for batch in bench.engine.stream(faulty):
            rows = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
            writer.write_table(findings(table, _described(staged, rows)))
            written += batch.num_rows
    owed = bench.fault_count(table) + repaired_count
    if written != owed:
        raise refusals.findings_lost(table.name, owed, written)


def write_findings(batch: Batch, files: Sequence[Path]) -> None:
    """Write findings of the schema `LANDED_FINDINGS`, numbered in their order, and which fields they are about.

    Args:
        batch: The batch.
        files: Where the findings are laid; there is one at least.
    """

    def numbered(table: Table) -> pa.RecordBatchReader:
        def rows() -> Iterator[pa.RecordBatch]:
            count = 0
            for path in files:
                with pq.ParquetFile(path) as file:
                    for part in file.iter_batches(_FINDING_BATCH_ROWS):
                        yield _numbered(table, batch.batch_id, count, part)
                        count += part.num_rows

        return pa.RecordBatchReader.from_batches(table.arrow_schema, rows())

    batch.write(FINDINGS, numbered(FINDINGS))
    columns = [pq.read_table(path, columns=["column_name"])["column_name"] for path in files]
    if any(len(column) > column.null_count for column in columns):
        batch.write(FINDING_FIELDS, numbered(FINDING_FIELDS))


def _repaired(bench: Workbench, table: Table) -> Frame:
    return (
        bench.sound_rows(table)
        .filter(~nw.col(REPAIRS).is_null())
        .select(
            nw.col(AT),
            nw.lit(REPAIRED).alias("_code"),
            nw.col(REPAIRS).alias("_column"),
            *(nw.lit("").alias(name) for name in ("_value", "_expected")),
        )
        .select(FAULT_SCHEMA.names)
    )


def _described(staged: Staged, rows: pl.DataFrame) -> pl.DataFrame:
    contract = rows.select(staged.table.arrow_schema.names)
    return rows.select(
        origin(staged.sources),
        key_text(staged.table, contract).alias("row_key"),
        case_ids(staged.table, contract),
        pl.coalesce(pl.col(RECEIVED), as_converted(staged.table, contract)).alias("row"),
        *(pl.col("_" + name).alias(name) for name in ("code", "column", "value", "expected")),
    )


def _numbered(table: Table, batch_id: str, before: int, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give findings their number in the batch; the same batch numbers the same findings alike.

    Of a table that is about fields, those findings are left out that are about none.
    """
    ids = [f"{batch_id[:16]}-{number:08d}" for number in range(before + 1, before + 1 + batch.num_rows)]
    own = {
        "finding_id": pa.array(ids, pa.string()),
        "batch_id": pa.array([batch_id] * batch.num_rows, pa.string()),
    }
    names = table.arrow_schema.names
    rows = pa.record_batch([own[name] if name in own else batch[name] for name in names], names=names)
    about = rows if table is FINDINGS else rows.filter(rows["column_name"].is_valid())
    return about.cast(table.arrow_schema)
