"""A hospital's own table, CSV or Excel, as rows of text under the names of its header."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.rows.delimited import TextRows, open_delimited
from tongchou.intake.rows.sheet import SUFFIXES as SHEET_SUFFIXES
from tongchou.intake.rows.sheet import open_sheet

SUFFIXES = (".csv", ".txt", *SHEET_SUFFIXES)


class OwnRows(Protocol):
    """Rows with a header."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns, by position."""

    def batches(self, most_rows: int) -> Iterator[TextRows]:
        """Read the rows."""


def open_rows(path: Path, name: str, sheet: str = "", header_row: int = 1) -> OwnRows:
    """Open a table by its suffix.

    Raises:
        TongchouError: `intake.title_rows` for a CSV file whose header is not in the first line, or what `open_sheet`
            and `open_delimited` raise.
    """
    if path.suffix.lower() in SHEET_SUFFIXES:
        return open_sheet(path, name, sheet, header_row)
    if header_row != 1:
        raise TongchouError(
            "intake.title_rows",
            what=Text("CSV 的表头不在第一行", "the header of the CSV file is not in its first line"),
            where=name,
            why=Text("标题行只在 Excel 工作表里跳过", "title rows are skipped only in sheets of Excel"),
            remedy=Text("删去表头以上的行", "delete the lines above the header"),
        )
    return open_delimited(path, name)
