"""Sheets of Excel workbooks as rows of text."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake import refusals
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.rows.delimited import ROW, TextRows, repeated_header, said

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A sheet with a header. A sheet is held in memory whole; it has a million rows at most."""

    sheet: CalamineSheet
    name: str
    header: tuple[str, ...]
    header_row: int

    def batches(self, most_rows: int) -> Iterator[TextRows]:
        """Read the rows; those without any value are no rows."""
        names = [str(index) for index in range(len(self.header))]
        rows = islice(self.sheet.iter_rows(), self.header_row, None)
        above, number = self.header_row, 0
        while part := list(islice(rows, most_rows)):
            texts = [[_text(cell) for cell in row[: len(names)]] for row in part]
            frame = pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String), orient="row", strict=False)
            frame = frame.select(said(pl.col(name)) for name in names).with_row_index(ROW, above + 1)
            above += len(part)
            frame = frame.filter(pl.any_horizontal(pl.col(names).is_not_null()))
            numbers = pl.int_range(number + 1, number + frame.height + 1, dtype=pl.Int64, eager=True)
            number += frame.height
            yield TextRows(frame.with_columns(numbers.alias(DOCUMENT), pl.col(ROW).cast(pl.Int64)))


def sheet_names(path: Path) -> list[str]:
    """Return the names of a workbook's sheets.

    Raises:
        TongchouError: `intake.not_a_workbook`.
    """
    try:
        return list(CalamineWorkbook.from_path(path).sheet_names)
    except (CalamineError, OSError, ValueError) as error:
        raise _not_a_workbook(path.name) from error


def open_sheet(path: Path, name: str, sheet: str, header_row: int) -> SheetFile:
    """Open a sheet and read its header.

    Args:
        path: The workbook.
        name: How it is called in findings.
        sheet: The sheet's name; empty: the first.
        header_row: The row of the names, counted from 1.

    Raises:
        TongchouError: `intake.not_a_workbook`, `intake.no_sheet`, `intake.empty_file`, `intake.repeated_header`.
    """
    try:
        book = CalamineWorkbook.from_path(path)
        if sheet and sheet not in book.sheet_names:
            raise _no_sheet(name, sheet)
        opened = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        first = next(islice(opened.iter_rows(), header_row - 1, None), [])
    except TongchouError:
        raise
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise _not_a_workbook(name) from error
    header = tuple((_text(cell) or "").strip() for cell in first)
    if not any(header):
        raise refusals.empty_file(name)
    repeated = {each for each, count in Counter(filter(None, header)).items() if count > 1}
    if repeated:
        raise repeated_header(name, [index + 1 for index, each in enumerate(header) if each in repeated])
    return SheetFile(opened, name, header, header_row)


def _text(cell: object) -> str | None:
    """Return a cell as text: whole numbers without a point, dates in ISO form."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d") if cell.time() == time() else cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _no_sheet(where: str, sheet: str) -> TongchouError:
    return TongchouError(
        "intake.no_sheet",
        what=Text(f"工作簿里没有工作表“{sheet}”", f"the workbook has no sheet `{sheet}`"),
        where=where,
        why=Text("对照文件或命令写明了这张表", "the mapping or the command names it"),
        remedy=Text("改正工作表的名称", "mend the name of the sheet"),
    )


def _not_a_workbook(where: str) -> TongchouError:
    return TongchouError(
        "intake.not_a_workbook",
        what=Text("文件不是可读的 Excel 工作簿", "the file is no workbook that can be read"),
        where=where,
        why=Text(
            "内容损坏、加了密码或后缀不符", "it is damaged, has a password, or its suffix does not tell the truth"
        ),
        remedy=Text("去掉密码，另存为 .xlsx 或 CSV", "take the password off and save it as .xlsx or CSV"),
    )
