"""Rows as they were received, before anything is done to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from tongchou.core.text import Text
from tongchou.intake.columns import Layout
from tongchou.schema.contract import Table

RAW_BATCH_ROWS = 125_000
"""Rows of a batch that is checked at once, about: large enough to amortise the checks, small enough for memory."""


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line of a CSV file that does not have as many fields as the header.

    Attributes:
        row_number: Where it stands in its file.
        field_count: How many fields it has.
        expected_count: How many the header has.
        length: How many characters it has.
        case_id: Its settlement list, as far as that can be made out; empty where it cannot.
    """

    row_number: int
    field_count: int
    expected_count: int
    length: int
    case_id: str


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Some consecutive rows of a file.

    Attributes:
        rows: The columns of the layout under the file's own names and types.
        row_numbers: Where each row stands in its file, as a spreadsheet shows it: a CSV file's header is row 1.
        broken: Lines among them that are no rows.
    """

    rows: pl.DataFrame
    row_numbers: pl.Series
    broken: tuple[BrokenLine, ...] = ()


class TableFile(Protocol):
    """A file handed in whose header was read and fits its table."""

    @property
    def table(self) -> Table:
        """The table whose rows the file holds."""

    @property
    def name(self) -> str:
        """The name of the file in findings and notices."""

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes."""

    @property
    def layout(self) -> Layout:
        """Which column of the file holds which column of the contract."""

    @property
    def notices(self) -> tuple[Text, ...]:
        """What a reader should know about the file."""

    @property
    def row_count(self) -> int:
        """How many rows the file has; for CSV about how many, by its line breaks."""

    def batches(self) -> Iterator[RawBatch]:
        """Read the rows.

        Raises:
            TongchouError: `intake.not_a_table` where the file breaks off or stops being a table.
        """
