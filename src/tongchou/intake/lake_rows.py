"""The rows of a table of the lake, to be read with Polars."""

import polars as pl

from tongchou.schema.contract import Table
from tongchou.store.lake import Lake, Snapshot


def rows_of(lake: Lake, snapshot: Snapshot, table: Table) -> pl.LazyFrame:
    """Return the rows that a table has at a snapshot; an empty frame of its columns where it was never written."""
    files = lake.files(table.name, snapshot)
    if files:
        return pl.scan_parquet(files)
    empty = pl.from_arrow(table.arrow_schema.empty_table())
    assert isinstance(empty, pl.DataFrame)  # noqa: S101  # a table of Arrow is never a column
    return empty.lazy()
