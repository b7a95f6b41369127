"""Files of grouping results, written batch by batch: CSV, Parquet or Arrow."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq


def write_results(results: Iterable[pa.RecordBatch], schema: pa.Schema, out: Path) -> dict[str, int]:
    """Write results and return how many cases have each status; an interruption leaves no half file.

    Args:
        results: Batches of results, as `Grouper.stream` yields them, or a DIP catalogue's.
        schema: Their columns; one is `status`.
        out: The file; its suffix is one of `RESULT_KINDS`.
    """
    counts: Counter[str] = Counter()
    draft = out.with_name(out.name + ".draft")
    try:
        with RESULT_KINDS[out.suffix.lower()](draft, schema) as writer:
            for batch in results:
                writer.write_batch(batch)
                for each in batch.column("status").value_counts():
                    counts[each["values"].as_py()] += each["counts"].as_py()
        draft.replace(out)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return dict(counts)


class _CsvWriter(AbstractContextManager["_CsvWriter"]):
    """Writes out the names that results hold as numbers."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = pa.schema([pa.field(name, pa.string()) for name in schema.names])
        options = pa_csv.WriteOptions(quoting_style="needed")
        self._writer = pa_csv.CSVWriter(path, self._schema, write_options=options)

    def write_batch(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch.cast(self._schema))

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def _parquet(path: Path, schema: pa.Schema) -> Any:  # noqa: ANN401  # pyarrow has no types
    # Every case has an id of its own: a dictionary of them would only be thrown away.
    names = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    return pq.ParquetWriter(path, schema, use_dictionary=names)


def _arrow(path: Path, schema: pa.Schema) -> Any:  # noqa: ANN401
    return pa.ipc.new_file(path, schema)


RESULT_KINDS: dict[str, Callable[[Path, pa.Schema], Any]] = {".csv": _CsvWriter, ".parquet": _parquet, ".arrow": _arrow}
"""What opens a file of results, by its suffix."""
