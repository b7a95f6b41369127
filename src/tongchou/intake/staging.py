"""Staging: the files of one table read, repaired, converted, checked row by row, and laid down as Parquet.

Rows without a fault of their own wait there for the checks across tables; rows with one become findings at once.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import normalize

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.intake.columns import ColumnSource
from tongchou.intake.conversion import CellFault, convert
from tongchou.intake.findings import LANDED_FINDINGS, findings
from tongchou.intake.raw import BrokenLine, RawBatch, TableFile
from tongchou.intake.received import as_received, case_ids, key_text
from tongchou.intake.repairing import repair
from tongchou.intake.row_checks import check_rows
from tongchou.privacy.redaction import shape_of_line
from tongchou.schema.contract import Table

AT = "_at"
"""Which row of which file: the file's number in the batch, shifted by 40 bits, and the row's number in the file."""

CONTENT = "_content"
"""A hash of the row's values, by which rows of one key are told apart."""

REPAIRS = "_repairs"
"""The columns of the row that were repaired, or null."""

RECEIVED = "_received"
"""The row as received, JSON, where it was repaired; else null: the values then are as received."""

_FILE_SHIFT = 1 << 40


@dataclass(slots=True)
class Staged:
    """One table of a batch after the checks of single rows.

    Attributes:
        table: The contract.
        sources: The names of the batch's files, in the order of their numbers.
        rows_file: Rows without a fault, with the columns of `staged_schema`.
        findings_file: Findings of the rows set aside, of the schema `LANDED_FINDINGS`.
        row_count: Rows received.
        set_aside_count: Rows set aside.
        repaired_count: Rows without a fault that were repaired.
    """

    table: Table
    sources: Sequence[str]
    rows_file: Path
    findings_file: Path
    row_count: int = 0
    set_aside_count: int = 0
    repaired_count: int = 0


def staged_schema(table: Table) -> pa.Schema:
    """Return the columns of a staged row: the contract's, and where the row came from."""
    own = [(AT, pa.int64()), (CONTENT, pa.int64()), (REPAIRS, pa.string()), (RECEIVED, pa.string())]
    return pa.schema(
        [*(field.with_nullable(nullable=True) for field in table.arrow_schema), *(pa.field(*pair) for pair in own)]
    )


def stage(table: Table, files: Sequence[TableFile], folder: Path, tick: Callable[[int], None]) -> Staged:
    """Check the rows of a batch's files that belong to one table, and lay them down.

    Args:
        table: The contract.
        files: All files of the batch; those of other tables are passed over.
        folder: Where to lay them.
        tick: Told the number of rows of every piece that was checked.

    Raises:
        TongchouError: `intake.not_a_table` where a file cannot be read to its end.
    """
    staged = Staged(
        table,
        [file.name for file in files],
        folder / f"{table.name}.parquet",
        folder / f"{table.name}-findings.parquet",
    )
    with (
        pq.ParquetWriter(staged.rows_file, staged_schema(table)) as rows,
        pq.ParquetWriter(staged.findings_file, LANDED_FINDINGS) as set_aside,
    ):
        for number, file in enumerate(files):
            if file.table.name != table.name:
                continue
            for batch in file.batches():
                rows.write_table(_without_fault(staged, number, file, batch, set_aside))
                tick(batch.rows.height + len(batch.broken))
    return staged


def origin(sources: Sequence[str]) -> pl.Expr:
    """Return file and row of staged rows as text: `cases-2025-01.csv:17`."""
    name = (pl.col(AT) // _FILE_SHIFT).replace_strict(range(len(sources)), sources, return_dtype=pl.String)
    return pl.concat_str(name, pl.lit(":"), (pl.col(AT) % _FILE_SHIFT).cast(pl.String)).alias("source")


def _without_fault(
    staged: Staged, number: int, file: TableFile, batch: RawBatch, set_aside: pq.ParquetWriter
) -> pa.Table:
    """Return the rows of a piece that have no fault; the findings of the others are written."""
    mended, repairs = repair(staged.table, file.layout.sources, batch.rows)
    rows, lost = convert(staged.table, file.layout.sources, mended)
    faults = [*lost, *_where_given(check_rows(staged.table, rows), lost)]
    at = (batch.row_numbers + number * _FILE_SHIFT).alias(AT)
    is_faulty = pl.Series([False]).new_from_index(0, rows.height)
    for fault in faults:
        is_faulty = is_faulty | fault.is_faulty
    if faults:
        set_aside.write_table(
            findings(staged.table, _faulty_rows(staged, faults, at, mended, batch.rows, file.layout.sources))
        )
    if batch.broken:
        set_aside.write_table(findings(staged.table, _broken_lines(staged, number, batch.broken)))
    is_repaired = repairs.is_not_null() & ~is_faulty
    staged.row_count += rows.height + len(batch.broken)
    staged.set_aside_count += int(is_faulty.sum()) + len(batch.broken)
    staged.repaired_count += int(is_repaired.sum())
    content = rows.hash_rows().reinterpret(signed=True).alias(CONTENT)
    kept = rows.with_columns(
        at, content, repairs.alias(REPAIRS), _received(file.layout.sources, batch.rows, is_repaired)
    ).filter(~is_faulty)
    return kept.to_arrow().cast(staged_schema(staged.table))


def _where_given(faults: Sequence[CellFault], lost: Sequence[CellFault]) -> list[CellFault]:
    """Leave out that a value is missing where it was given but could not be converted."""
    told = []
    for fault in faults:
        is_faulty = fault.is_faulty
        for gone in lost:
            if gone.column == fault.column:
                is_faulty = is_faulty & ~gone.is_faulty
        told.append(replace(fault, is_faulty=is_faulty))
    return told


def _faulty_rows(
    staged: Staged,
    faults: Sequence[CellFault],
    at: pl.Series,
    mended: pl.DataFrame,
    received: pl.DataFrame,
    sources: Sequence[ColumnSource],
) -> pl.DataFrame:
    """Return a row per fault as `findings` takes them, in the order of the rows."""
    pieces = []
    for fault in faults:
        index = fault.is_faulty.arg_true()
        faulty = mended[index]
        pieces.append(
            pl.DataFrame([at[index], fault.value[index].alias("value")]).with_columns(
                origin(staged.sources),
                key_text(staged.table, faulty).alias("row_key"),
                case_ids(staged.table, faulty),
                as_received(received[index], sources).alias("row"),
                pl.lit(fault.code).alias("code"),
                pl.lit(fault.column).alias("column"),
                (pl.lit(None, pl.String) if fault.expected is None else fault.expected[index]).alias("expected"),
            )
        )
    return pl.concat(pieces).sort(AT, "code", "column")


def _broken_lines(staged: Staged, number: int, lines: Sequence[BrokenLine]) -> pl.DataFrame:
    """Return broken lines as `findings` takes them; the settlement list as far as it can be made out."""
    columns = {
        AT: [line.row_number + number * _FILE_SHIFT for line in lines],
        "case_id": [_list_number(line.case_id) for line in lines],
        "row": [json.dumps(shape_of_line(line.field_count, line.expected_count, line.length)) for line in lines],
    }
    schema = {AT: pl.Int64, "case_id": pl.String, "row": pl.String}
    rows = pl.DataFrame(columns, schema=schema)
    if "case_id" in staged.table.arrow_schema.names:
        rows = rows.with_columns(case_ids(staged.table, rows))
    return rows.with_columns(
        origin(staged.sources),
        pl.lit("intake.broken_line").alias("code"),
        *(pl.lit("").alias(name) for name in ("row_key", "column", "value", "expected")),
    )


def _list_number(field: str) -> str | None:
    """Return what stands where the settlement list is due, if it is written as one; fields may be shifted."""
    number = normalize("NFKC", field).strip()
    return number if re.fullmatch(r"(?=.*\d)[0-9A-Za-z._-]{1,64}", number) else None


def _received(sources: Sequence[ColumnSource], rows: pl.DataFrame, is_repaired: pl.Series) -> pl.Series:
    """Return the JSON of the rows that were repaired, null for the others."""
    received = pl.Series(RECEIVED, [None], dtype=pl.String).new_from_index(0, rows.height)
    index = is_repaired.arg_true()
    if index.is_empty():
        return received
    return received.scatter(index, as_received(rows[index], sources))
