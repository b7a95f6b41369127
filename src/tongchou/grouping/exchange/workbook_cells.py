"""Reading the sheets of a workbook as text, and collecting everything that is wrong with them by sheet, column and row.

A code that Excel took for a number is refused, for it may have lost zeros: `38.93` and `38.9300`, `0123` and `123`
are the same number. So is what Excel took for a date, and a formula that ends in an error.
"""

import zipfile
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.grouping.exchange.workbook_archive import Unreadable, unfit_workbook, unreadable_cells

_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SHOWN_ROWS = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell, a row or a sheet; the sentences of an error without the place.

    Attributes:
        leans_on: A sheet that says so; where that sheet is itself incomplete, nothing follows from it.
        is_gap: Whether a sheet or a column is missing.
    """

    code: str
    what: Text
    why: Text
    remedy: Text
    leans_on: str = ""
    is_gap: bool = False


def cell_fault(why: Text, remedy: Text) -> Fault:
    """Return the fault of a cell."""
    return Fault(
        "grouping.workbook_cell", Text("单元格的内容不能用", "the content of a cell cannot be used"), why, remedy
    )


def row_fault(why: Text, remedy: Text, leans_on: str = "") -> Fault:
    """Return the fault of a row beside the others."""
    return Fault(
        "grouping.workbook_row", Text("工作簿的各行不一致", "the rows of the workbook disagree"), why, remedy, leans_on
    )


def sheet_fault(why: Text, remedy: Text) -> Fault:
    """Return the fault of a sheet, or a column, that is missing or there twice."""
    return Fault(
        "grouping.workbook_sheet",
        Text("工作表或表头不完整", "a sheet or its heading is not complete"),
        why,
        remedy,
        is_gap=True,
    )


@dataclass(slots=True)
class FaultBook:
    """Collects faults; one that many rows of a column share becomes one sentence that names them all."""

    _rows: dict[tuple[str, str, Fault], list[int]] = field(default_factory=dict)
    _cells: set[tuple[str, int, str]] = field(default_factory=set)

    def add(self, fault: Fault, sheet: str, row: int = 0, column: str = "") -> None:
        """Note a fault; row 0 is the sheet as a whole."""
        self._rows.setdefault((sheet, column, fault), []).append(row)
        self._cells.add((sheet, row, column))

    def is_incomplete(self, sheet: str) -> bool:
        """Return whether a sheet or a column of it is missing."""
        return any(fault.is_gap and where == sheet for where, _, fault in self._rows)

    def is_noted(self, sheet: str, row: int, column: str) -> bool:
        """Return whether something was noted about a cell."""
        return (sheet, row, column) in self._cells

    def add_error(self, error: TongchouError, sheet: str, row: int, column: str) -> None:
        """Note an error that reading a cell's content ended in."""
        self.add(Fault(error.code, error.what, error.why, error.remedy), sheet, row, column)

    def raise_any(self) -> None:
        """Raise everything that was noted.

        Raises:
            Problems: One for each fault, with the rows that share it.
        """
        problems = [_problem(fault, place) for fault, place in self._placed()]
        if problems:
            raise Problems(problems)

    def _placed(self) -> Iterator[tuple[Fault, str]]:
        incomplete = {sheet for sheet, _, fault in self._rows if fault.is_gap}
        for (sheet, column, fault), rows in self._rows.items():
            if fault.leans_on in incomplete:
                continue
            yield fault, " ".join(word for word in (sheet, _spoken_rows(rows), column) if word)


def open_workbook(path: Path, faults: FaultBook) -> CalamineWorkbook:
    """Open a workbook; its cells whose formula has no result, which would read as empty, go to `faults`.

    Raises:
        TongchouError: `grouping.workbook_file` if the file is not there, is no workbook, is locked by a password,
            is damaged, holds no sheet, unpacks to more than can be meant, or has a cell so far out that the sheet
            cannot be meant.
    """
    if not path.is_file():
        raise unfit_workbook(path, Text("文件不存在", "the file does not exist"))
    with path.open("rb") as file:
        head = file.read(len(_LOCKED))
    if head == _LOCKED:
        why = Text("它设有密码，或是旧的 .xls 格式", "it is locked by a password, or has the old format .xls")
        raise unfit_workbook(path, why)
    if not head.startswith(b"PK"):
        raise unfit_workbook(path, Text("内容不是 Excel 工作簿", "its content is not an Excel workbook"))
    try:
        for reason, sheet, row, column in unreadable_cells(path):
            faults.add(_UNREADABLE[reason], sheet, row, column)
        book = CalamineWorkbook.from_path(path)
    except (CalamineError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError) as error:
        # RuntimeError: a zip with a password.
        raise unfit_workbook(
            path, Text(f"文件已损坏或被加密：{error}", f"it is damaged or encrypted: {error}")
        ) from error
    if not book.sheet_names:
        raise unfit_workbook(path, Text("工作簿中没有工作表", "the workbook holds no sheet"))
    return book


@dataclass(frozen=True, slots=True)
class SheetRows:
    """A sheet's rows below its header.

    Attributes:
        sheet: Its name.
        columns: Place of each column that was found, by name.
        numbers: Row number in Excel of each row that holds anything.
        rows: The cells of these rows.
    """

    sheet: str
    columns: dict[str, int]
    numbers: list[int]
    rows: list[list[Any]]


def read_sheet(
    book: CalamineWorkbook, sheet: str, columns: Sequence[str], faults: FaultBook, *, also: Sequence[str] = ()
) -> SheetRows:
    """Read a sheet whose first row names its columns by the last word of each heading.

    Args:
        book: The workbook.
        sheet: The sheet's name.
        columns: The columns that it must have.
        faults: Where to note that it, or a column, is missing.
        also: Columns that are read where they are there. Others, such as remarks, are passed over.

    Raises:
        TongchouError: `grouping.workbook_file` if the sheet is damaged.
    """
    if sheet not in book.sheet_names:
        faults.add(NO_SHEET, sheet)
        return SheetRows(sheet, {}, [], [])
    try:
        page = book.get_sheet_by_name(sheet)
        grid = page.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise unfit_workbook(
            Path(book.path or ""), Text(f"工作表 {sheet} 已损坏", f"sheet {sheet} is damaged")
        ) from error
    heads = [str(cell).split()[-1:] for cell in grid[0]] if grid else []
    names = [head[0].lower() if head else "" for head in heads]
    for name in columns:
        if names.count(name) != 1:
            faults.add(_TWICE_COLUMN if name in names else _NO_COLUMN, sheet, 1, name)
    found = {name: names.index(name) for name in (*columns, *also) if name in names}
    numbers = [number for number, row in enumerate(grid[1:], start=2) if _holds_anything(row)]
    for (top, left), (bottom, right) in page.merged_cell_ranges or ():
        for name in (name for name, place in found.items() if left <= place <= right):
            for number in numbers[bisect_left(numbers, top + 1) : bisect_right(numbers, bottom + 1)]:
                faults.add(_MERGED, sheet, number, name)
    return SheetRows(sheet, found, numbers, [grid[number - 1] for number in numbers])


def text_columns(sheet: SheetRows, faults: FaultBook, *, may_be_number: Collection[str] = ()) -> dict[str, list[str]]:
    """Return the trimmed text of each column; what is no text goes to `faults` and reads as "".

    Args:
        sheet: The sheet.
        faults: Where to note what is wrong.
        may_be_number: Columns of numbers, in which Excel's numbers are as good as text.
    """
    columns = {}
    for name, place in sheet.columns.items():
        cells = [row[place] for row in sheet.rows]
        for at, cell in enumerate(cells):
            if not isinstance(cell, str):
                is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
                if is_number and name in may_be_number:
                    cells[at] = number_text(cell)
                    continue
                faults.add(_NUMBER if is_number else _NOT_TEXT, sheet.sheet, sheet.numbers[at], name)
                cells[at] = ""
        columns[name] = [cell.strip() for cell in cells]
    return columns


def text_rows(
    sheet: SheetRows, faults: FaultBook, *, may_be_number: Collection[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield number and text of each row; see `text_columns`."""
    columns = text_columns(sheet, faults, may_be_number=may_be_number)
    names = tuple(columns)
    # Columns of one sheet are of one length.
    for number, values in zip(sheet.numbers, zip(*columns.values()), strict=bool(names)):  # noqa: B905
        yield number, dict(zip(names, values))  # noqa: B905


def number_text(number: float) -> str:
    """Return a number as somebody would have typed it: `1`, `3.5`."""
    return str(int(number)) if number == int(number) else repr(number)


def _holds_anything(row: list[Any]) -> bool:
    for cell in row:  # noqa: SIM110 - a generator for each of 100,000 rows takes twice as long
        if cell != "" and not (isinstance(cell, str) and cell.isspace()):
            return True
    return False


def _spoken_rows(rows: Sequence[int]) -> str:
    """Return `第 3-5、9 行 / rows 3-5, 9`; nothing for a sheet as a whole."""
    ranges: list[list[int]] = []
    for row in sorted(set(rows) - {0}):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    if not ranges:
        return ""
    shown = [f"{low}-{high}" if high > low else str(low) for low, high in ranges[:_SHOWN_ROWS]]
    more = ["…"] if len(ranges) > _SHOWN_ROWS else []
    word = "row" if ranges[0][0] == ranges[-1][1] else "rows"
    return f"第 {'、'.join([*shown, *more])} 行 / {word} {', '.join([*shown, *more])}"


def _problem(fault: Fault, place: str) -> TongchouError:
    return TongchouError(fault.code, what=fault.what, where=place, why=fault.why, remedy=fault.remedy)


NO_SHEET = sheet_fault(
    Text("没有这个工作表", "the sheet is not there"),
    Text("补上该表；没有内容时只写表头", "add the sheet, with its heading only if there is nothing to say"),
)
TWO_SHEETS = sheet_fault(
    Text("另一个工作表的名称以同一个英文词结尾", "another sheet's name ends with the same word"),
    Text("只留一个，另一个改名", "keep one and rename the other"),
)
_NO_COLUMN = sheet_fault(
    Text("第一行中没有这一列", "the first row does not name this column"),
    Text("在第一行补上列名", "add the column's name to the first row"),
)
_TWICE_COLUMN = sheet_fault(
    Text("第一行中这一列出现多次", "the first row names this column more than once"),
    Text("只留一列", "keep one of them"),
)
_NUMBER = cell_fault(
    Text(
        "Excel 把它存成了数字，38.93 与 38.9300、0123 与 123 无法区分",
        "Excel stored it as a number, in which 38.93 and 38.9300, or 0123 and 123, are the same",
    ),
    Text("把该列设为“文本”格式后重新填写", "give the column the format 'Text' and type the cell again"),
)
_NOT_TEXT = cell_fault(
    Text("Excel 把它存成了日期或真假值", "Excel stored it as a date or as true or false"),
    Text("把该列设为“文本”格式后重新填写", "give the column the format 'Text' and type the cell again"),
)
_MERGED = cell_fault(
    Text(
        "它是合并单元格的一部分，只有左上角的一格有内容",
        "it is part of a merged cell, of which only the first one holds anything",
    ),
    Text("取消合并，每格都填写", "take the cells apart and fill in each of them"),
)
_UNREADABLE: dict[Unreadable, Fault] = {
    "error": cell_fault(
        Text("公式的结果是错误值，读出来是空的", "its formula ends in an error, which reads as empty"),
        Text("填写文字以代替公式", "put the words in place of the formula"),
    ),
    "no_result": cell_fault(
        Text("公式还没有计算出结果，读出来是空的", "its formula was not worked out yet, which reads as empty"),
        Text("填写文字以代替公式", "put the words in place of the formula"),
    ),
}
