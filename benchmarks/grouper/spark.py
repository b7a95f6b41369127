"""Grouping in Spark: the same kernel in `mapInArrow`."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyspark  # noqa: F401  # absent where Spark is not installed

from benchmarks.grouper.cases import random_cases
from benchmarks.grouper.figures import Figure
from tongchou.grouping.grouper import Grouper
from tongchou.store.engine import Kernel
from tongchou.store.engines import open_engine

_TEXT = pa.schema([("case_id", pa.string()), ("status", pa.string()), ("drg", pa.string())])


def group_in_spark(scheme: str, count: int) -> list[Figure]:
    """Group a Parquet file of cases, and count the groups that differ from those of one thread."""
    grouper = Grouper.find(scheme)
    kernel = grouper.batches
    cases = random_cases(grouper, count)
    with tempfile.TemporaryDirectory(prefix="tongchou-bench-") as folder, open_engine("spark") as engine:
        source = Path(folder) / "cases.parquet"
        pq.write_table(pa.table(cases), source, row_group_size=max(1, count // 4))

        def group(batch: pa.RecordBatch) -> pa.RecordBatch:
            found = kernel.group(batch)
            return pa.RecordBatch.from_arrays(
                [found.column(name).cast(pa.string()) for name in _TEXT.names], schema=_TEXT
            )

        def run() -> dict[str, tuple[str, str]]:
            rows: Iterator[pa.RecordBatch] = engine.map_batches(engine.scan([source], cases.schema), group, _TEXT)
            table = pa.Table.from_batches(list(rows), _TEXT)
            return dict(
                zip(
                    table["case_id"].to_pylist(),
                    zip(table["status"].to_pylist(), table["drg"].to_pylist(), strict=True),
                    strict=True,
                )
            )

        def timed(kernel: Kernel) -> float:
            began = time.perf_counter()
            for _ in engine.map_batches(engine.scan([source], cases.schema), kernel, _TEXT):
                pass
            return time.perf_counter() - began

        found = run()
        floor = min(timed(_pass_through) for _ in range(3))
        seconds = min(timed(group) for _ in range(3))
    alone = grouper.group(cases)
    expected = zip(alone["case_id"].to_pylist(), alone["status"].to_pylist(), alone["drg"].to_pylist(), strict=True)
    differing = sum(found[case] != (status, drg) for case, status, drg in expected)
    return [
        Figure("Spark local[2]", count, seconds, f"{differing:,} results differ"),
        Figure("  Spark alone, not grouping", count, floor),
    ]


def _pass_through(batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([batch.column(0), batch.column(1), batch.column(1)], schema=_TEXT)
