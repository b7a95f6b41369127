"""Parquet files: schema and rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.core.hashing import hash_file
from tongchou.core.text import Text
from tongchou.intake import refusals
from tongchou.intake.columns import ColumnSource, Layout, layout
from tongchou.intake.raw import RAW_BATCH_ROWS, RawBatch
from tongchou.schema.contract import Kind, Table

_FIRST_ROW = 1


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file of a known table."""

    path: Path
    name: str
    table: Table
    digest: str
    layout: Layout
    row_count: int

    @property
    def notices(self) -> tuple[Text, ...]:
        """What a reader should know about the file."""
        return self.layout.notices

    def batches(self) -> Iterator[RawBatch]:
        """Read the rows in their own types; row 1 is the first.

        Raises:
            TongchouError: `intake.not_a_table` where a page of the file cannot be read.
        """
        names = [source.name for source in self.layout.sources]
        next_row = _FIRST_ROW
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(RAW_BATCH_ROWS, columns=names):
                    numbers = pl.int_range(next_row, next_row + batch.num_rows, eager=True)
                    next_row += batch.num_rows
                    yield RawBatch(pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch]))), numbers)
        except (pa.ArrowInvalid, OSError) as error:
            raise refusals.not_a_table(self.name, str(error)) from error


def open_parquet_file(path: Path, name: str, table: Table) -> ParquetFile:
    """Read a Parquet file's schema.

    Raises:
        TongchouError: `intake.empty_file`, `intake.not_a_table`, `intake.column_type` for the first column whose
            type cannot hold the contract's values exactly, or what `layout` raises.
    """
    if not path.stat().st_size:
        raise refusals.empty_file(name)
    try:
        with pq.ParquetFile(path) as file:
            schema, row_count = file.schema_arrow, file.metadata.num_rows
    except pa.ArrowInvalid as error:
        raise refusals.not_a_table(name, str(error)) from error
    how = layout(table, schema.names, name)
    for source in how.sources:
        found = schema.field(source.name).type
        if not _fits(source, found):
            raise refusals.unfit_type(name, source.name, str(found))
    return ParquetFile(path, name, table, hash_file(path), how, row_count)


def _fits(source: ColumnSource, found: pa.DataType) -> bool:
    """Return whether values of the type found can be read; a single value may still turn out not to fit."""
    types = pa.types
    if types.is_dictionary(found):
        found = found.value_type
    if types.is_string(found) or types.is_large_string(found) or types.is_string_view(found) or types.is_null(found):
        return True
    match source.column.kind:
        case Kind.TEXT:
            return bool(types.is_integer(found))
        case Kind.WHOLE | Kind.E4:
            return bool(types.is_integer(found) or types.is_decimal(found) or types.is_floating(found))
        case Kind.FEN:
            return bool(types.is_integer(found) or types.is_decimal(found))
        case Kind.DATE:
            return bool(types.is_date(found) or types.is_timestamp(found))
        case Kind.MOMENT:
            return bool(types.is_timestamp(found))
        case Kind.FLAG:
            return bool(types.is_boolean(found))
