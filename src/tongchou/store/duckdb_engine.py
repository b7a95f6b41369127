"""DuckDB, the embedded engine."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import narwhals as nw
import pyarrow as pa

from tongchou.store.engine import BATCH_ROWS, Frame, Kernel


class DuckDBEngine:
    """Runs steps in this process, on all cores, spilling to disk above its memory limit.

    Args:
        memory_limit: DuckDB's own limit, e.g. `2GB`.
    """

    name = "duckdb"

    def __init__(self, memory_limit: str = "2GB") -> None:
        self._spill = tempfile.TemporaryDirectory(prefix="tongchou-")
        self._connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                # With the cache, a file rewritten at once at the same path keeps its old footer, and rows are lost.
                "enable_external_file_cache": "false",
                "memory_limit": memory_limit,
                "temp_directory": self._spill.name,
            }
        )
        self._connection.execute("SET enable_progress_bar = false")

    def scan(self, files: Sequence[Path], schema: pa.Schema) -> Frame:
        """Return the rows of Parquet files; an empty frame of the schema where there are none."""
        if not files:
            return self.local(schema.empty_table())
        relation = self._connection.read_parquet([str(file) for file in files])
        return nw.from_native(relation).select(schema.names)

    def local(self, table: pa.Table) -> Frame:
        """Return a small table that the caller holds, for joining."""
        return nw.from_native(self._connection.from_arrow(table))

    def ordered_lists(self, frame: Frame, *, key: str, order: str, value: str) -> Frame:
        """Return one row per `key` with `value` gathered into a list in the order of `order`."""
        # Sorting the finished lists takes a quarter of the time of `list(value ORDER BY order)`.
        pairs = f"""list({{'at': "{order}", 'value': "{value}"}})"""
        ordered = f'list_transform(list_sort({pairs}), lambda pair: pair.value) AS "{value}"'
        return nw.from_native(frame.to_native().aggregate(f'"{key}", {ordered}'))

    def stream(self, frame: Frame) -> pa.RecordBatchReader:
        """Return the rows batch by batch, in the frame's order where it was sorted."""
        reader: pa.RecordBatchReader = frame.to_native().to_arrow_reader(BATCH_ROWS)
        return reader

    def map_batches(self, frame: Frame, kernel: Kernel, schema: pa.Schema) -> pa.RecordBatchReader:
        """Return the kernel's rows of `schema` for each batch of the frame, in the frame's order."""
        return pa.RecordBatchReader.from_batches(schema, (kernel(batch) for batch in self.stream(frame)))

    def collect(self, frame: Frame) -> pa.Table:
        """Return a small result whole."""
        table: pa.Table = frame.to_native().to_arrow_table()
        return table

    def close(self) -> None:
        """Close the connection and remove what was spilled."""
        self._connection.close()
        self._spill.cleanup()
