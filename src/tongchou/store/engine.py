"""The door to the engines: what every engine can do, written against once."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import narwhals as nw
import pyarrow as pa

Frame = nw.LazyFrame[Any]
"""A relational step's input and output, on whichever engine."""

Kernel = Callable[[pa.RecordBatch], pa.RecordBatch]
"""A step over a batch of rows: row for row, no state, the same on every engine."""

BATCH_ROWS = 131_072
"""Rows of a batch handed to a kernel: large enough to amortise Python, small enough to keep memory flat."""


class Engine(Protocol):
    """What a step may ask of an engine.

    A stream returned by an engine must be read to its end before the engine is asked for anything else.
    """

    name: str

    def scan(self, files: Sequence[Path], schema: pa.Schema) -> Frame:
        """Return the rows of Parquet files; an empty frame of the schema where there are none."""

    def local(self, table: pa.Table) -> Frame:
        """Return a small table that the caller holds, for joining."""

    def ordered_lists(self, frame: Frame, *, key: str, order: str, value: str) -> Frame:
        """Return one row per `key` with `value` gathered into a list in the order of `order`."""

    def stream(self, frame: Frame) -> pa.RecordBatchReader:
        """Return the rows batch by batch, in the frame's order where it was sorted."""

    def map_batches(self, frame: Frame, kernel: Kernel, schema: pa.Schema) -> pa.RecordBatchReader:
        """Return the kernel's rows of `schema` for each batch of the frame, in the frame's order."""

    def collect(self, frame: Frame) -> pa.Table:
        """Return a small result whole."""

    def close(self) -> None:
        """Give back what the engine holds."""
