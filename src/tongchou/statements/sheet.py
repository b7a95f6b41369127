"""A printed sheet: bilingual headings, money with formulas, columns wide enough for Chinese."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from tongchou.core.text import Text

CellKind = Literal["text", "count", "money", "weight", "percent", "number"]

_DECIMALS: dict[CellKind, int] = {"text": 0, "count": 0, "money": 2, "weight": 4, "percent": 4, "number": 0}
"""Decimals of a scaled whole number: fen are yuan with two, `_e4` values numbers with four."""

_NUMBER_FORMAT: dict[CellKind, str] = {
    "text": "@",
    "count": "#,##0",
    "money": "#,##0.00",
    "weight": "0.0000",
    "percent": "0.00%",
    "number": "#,##0.00",
}
_WIDEST = 38
"""Columns stop growing here; longer text wraps and its row grows."""

_SMALL = 0.85
"""Width of the small English under a name, as part of its width at full size."""

_Style = dict[str, Any]
_INK, _MUTED, _RULE, _HEADER, _TOTAL = "#1B2430", "#5B6776", "#C3CCD6", "#E6EDF5", "#F1F4F8"
_GRID: _Style = {"border": 1, "border_color": _RULE, "indent": 1}


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that Excel computes.

    Attributes:
        expression: The formula; `{i}` stands for the row number of the i-th row of its table, from 0.
        value: Its value, scaled as the column's kind is.
    """

    expression: str
    value: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of another kind than its column's."""

    value: int | Decimal
    kind: CellKind


Cell = Text | str | int | Decimal | Formula | Figure | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed table; `is_summed` puts a SUM under its last row."""

    title: Text
    kind: CellKind = "text"
    is_summed: bool = False


class Book:
    """A workbook whose bytes depend on nothing but its content.

    Args:
        path: File to write.
        title: Title in the file's properties.
        prepared_on: Day that the file says it was made.
        footer: Words at the foot of every printed page.
    """

    def __init__(self, path: Path, title: Text, prepared_on: date, footer: str) -> None:
        self._book = xlsxwriter.Workbook(str(path))
        moment = datetime(prepared_on.year, prepared_on.month, prepared_on.day, tzinfo=UTC)
        self._book.set_properties({"title": str(title), "created": moment})
        # The space keeps a footer that begins with a digit from becoming part of the font size.
        self._footer = f"&L&9 {footer.replace('&', '&&')}&R&9 &P / &N"
        self._formats: dict[str, Format] = {}
        self._sheets: list[Sheet] = []

    def sheet(self, name: str, title: Text, width: int, *, pages_high: int = 0) -> "Sheet":
        """Add a sheet under a title, printed on A4 landscape, one page wide.

        Args:
            name: Name on its tab.
            title: Its heading.
            width: Number of its columns.
            pages_high: On how many pages it must fit; 0 for as many as it needs.
        """
        page = self._book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, pages_high)
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        page.set_footer(self._footer)
        page.hide_gridlines(2)
        sheet = Sheet(page, self, width)
        sheet.title(title, 18)
        self._sheets.append(sheet)
        return sheet

    def format(self, style: _Style) -> Format:
        """Return the cell format of a style, made once."""
        key = repr(sorted(style.items()))
        if key not in self._formats:
            base = {"font_name": "Microsoft YaHei", "font_size": 10, "font_color": _INK, "valign": "vcenter"}
            self._formats[key] = self._book.add_format(base | style)
        return self._formats[key]

    def close(self) -> None:
        """Set widths and heights and write the file."""
        for sheet in self._sheets:
            sheet.fit()
        self._book.close()


class Sheet:
    """One sheet, written from top to bottom."""

    def __init__(self, page: Worksheet, book: Book, width: int) -> None:
        self._page = page
        self._book = book
        self._last = width - 1
        self._widths = dict.fromkeys(range(width), 8.0)
        self._least_total = 90.0
        self._wrapped: list[tuple[int, str]] = []
        self._row = 0

    def title(self, title: Text, size: int = 13) -> None:
        """Write a heading across the sheet."""
        self._page.set_row(self._row, size * 2.6)
        self._across(self._row, 0, self._last, title, size, {"bold": True})
        self._least_total = max(self._least_total, _width(title.zh) * size / 9)
        self._row += 1

    def facts(self, facts: Sequence[tuple[Text, str]]) -> None:
        """Write what identifies the sheet, a label and its value per row."""
        for label, value in facts:
            words = str(label)
            self._page.set_row(self._row, 18)
            self._page.write_string(self._row, 0, words, self._book.format({"font_color": _MUTED}))
            self._widths[0] = max(self._widths[0], _width(words))
            self._across(self._row, 1, self._last, Text.plain(value), 10, {})
            self._least_total = max(self._least_total, self._widths[0] + _width(value))
            self._row += 1
        self._row += 1

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, is_frozen: bool = False) -> None:
        """Write a table, its totals as formulas with their values.

        Args:
            columns: The columns.
            rows: A cell per column and row: amounts in fen, ratios and weights x 10,000.
            is_frozen: Whether its header and first column stay in sight and repeat on every page.
        """
        self._header(columns)
        first = self._row
        if is_frozen:
            self._page.freeze_panes(first, 1)
            self._page.repeat_rows(first - 1)
        numbers = range(first + 1, first + 1 + len(rows))
        for row in rows:
            self._table_row(columns, row, numbers, {})
        if rows and any(column.is_summed for column in columns):
            totals = _totals(columns, rows, first)
            self._table_row(columns, totals, numbers, {"bold": True, "top": 2, "bg_color": _TOTAL})
        self._row += 1

    def freeze_title(self) -> None:
        """Keep the title of the sheet in sight."""
        self._page.freeze_panes(1, 0)

    def notices(self, notices: Sequence[Text]) -> None:
        """Write notices, each across the sheet."""
        style = {"text_wrap": True, "valign": "top"}
        for notice in notices:
            words = f"· {notice.zh}" if notice.zh == notice.en else f"· {notice.zh}\n  {notice.en}"
            self._across(self._row, 0, self._last, Text.plain(words), 10, style)
            self._wrapped.append((self._row, words))
            self._row += 1
        self._row += 1

    def signatures(self, boxes: Sequence[Text]) -> None:
        """Write empty boxes to sign and seal, two side by side, each under its title."""
        middle = (self._last + 1) // 2
        for index, box in enumerate(boxes):
            start, end = ((0, middle - 1), (middle, self._last))[index % 2]
            row = self._row + index // 2
            self._page.set_row(row, 72)
            self._across(row, start, end, box, 10, {"border": 1, "indent": 1, "valign": "top"})
        self._row += (len(boxes) + 1) // 2 + 1

    def fit(self) -> None:
        """Set columns as wide as their widest cells, and wrapped rows as high as their words."""
        stretch = max(1.0, self._least_total / sum(self._widths.values()))
        for column, width in self._widths.items():
            self._page.set_column(column, column, round(width * stretch + 4, 1))
        for row, words in self._wrapped:
            total = sum(self._widths.values()) * stretch
            self._page.set_row(row, 4 + 16 * sum(_lines(_width(line), total) for line in words.split("\n")))

    def _across(self, row: int, start: int, end: int, text: Text, size: int, style: _Style) -> None:
        if end > start:
            self._page.merge_range(row, start, row, end, "", self._book.format({"text_wrap": True} | style))
        self._write_text(row, start, text, size, {"text_wrap": True} | style)

    def _header(self, columns: Sequence[Column]) -> None:
        self._page.set_row(self._row, 46)
        for index, column in enumerate(columns):
            align = "left" if column.kind == "text" else "right"
            style = _GRID | {"bg_color": _HEADER, "bold": True, "text_wrap": True, "align": align}
            self._write_text(self._row, index, column.title, 11, style)
            # The Chinese stays on one line; the English under it may take two, broken between words.
            longest = max((_width(word) for word in column.title.en.split()), default=0)
            needed = max(_width(column.title.zh) * 1.2, longest, _width(column.title.en) * 0.5)
            self._widths[index] = max(self._widths[index], needed)
        self._row += 1

    def _table_row(
        self, columns: Sequence[Column], row: Sequence[Cell], numbers: Sequence[int], emphasis: _Style
    ) -> None:
        lines = 1
        for index, (column, cell) in enumerate(zip(columns, row, strict=True)):
            style = _GRID | {"align": "left" if column.kind == "text" else "right"} | emphasis
            if isinstance(cell, Text | str):
                text = Text.plain(cell) if isinstance(cell, str) else cell
                self._write_text(self._row, index, text, 10, style | {"text_wrap": True})
                widths = [_width(text.zh)] if text.zh == text.en else [_width(text.zh), _width(text.en) * _SMALL]
                lines = max(lines, sum(_lines(width, _WIDEST) for width in widths))
                shown = max(widths)
            else:
                shown = self._write_number(index, column.kind, cell, numbers, style)
            self._widths[index] = max(self._widths[index], min(shown, _WIDEST))
        self._page.set_row(self._row, 5 + 15 * lines)
        self._row += 1

    def _write_number(
        self,
        index: int,
        kind: CellKind,
        cell: int | Decimal | Formula | Figure | None,
        numbers: Sequence[int],
        style: _Style,
    ) -> float:
        """Write a number and return the width that it needs."""
        if isinstance(cell, Figure):
            kind, cell = cell.kind, cell.value
        is_whole = isinstance(cell, Decimal) and cell == cell.to_integral_value()
        look = self._book.format(style | {"num_format": _NUMBER_FORMAT["count" if is_whole else kind]})
        if cell is None:
            self._page.write_blank(self._row, index, None, look)
            return 0
        if isinstance(cell, Formula):
            value = _unscaled(cell.value, kind)
            self._page.write_formula(self._row, index, cell.expression.format(*numbers), look, value)
        else:
            value = _unscaled(cell, kind)
            self._page.write(self._row, index, value, look)
        return _width(f"{value:,}")

    def _write_text(self, row: int, column: int, text: Text, size: int, style: _Style) -> None:
        """Write Chinese, and English small under it where it differs."""
        own = {name: style[name] for name in ("bold", "font_color") if name in style} | {"font_size": size}
        if text.zh == text.en:
            # Always as a string: a name that begins with "=" must not become a formula.
            self._page.write_string(row, column, text.zh, self._book.format(style | own))
            return
        small = self._book.format({"font_size": max(8, size * 5 // 9), "font_color": _MUTED})
        parts = (self._book.format(own), text.zh, small, f"\n{text.en}")
        self._page.write_rich_string(row, column, *parts, self._book.format(style))


def _totals(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], first: int) -> list[Cell]:
    cells: list[Cell] = [Text("合计", "Total")]
    for index, column in enumerate(columns[1:], start=1):
        if not column.is_summed:
            cells.append("")
            continue
        values = [cell.value if isinstance(cell, Formula) else cell for cell in (row[index] for row in rows)]
        summed = sum(value for value in values if isinstance(value, int))
        cells.append(Formula(f"=SUM({xl_range(first, index, first + len(rows) - 1, index)})", summed))
    return cells


def _unscaled(value: int | Decimal, kind: CellKind) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value).scaleb(-_DECIMALS[kind])


def _width(words: str) -> float:
    """Return the width of the longest line in units of a digit: a Chinese character takes two."""
    return max(sum(_advance(sign) for sign in line) for line in words.split("\n"))


def _advance(sign: str) -> float:
    # "Ambiguous" signs such as the dash are full width in a Chinese font.
    return 2.0 if unicodedata.east_asian_width(sign) in "WFA" else 1.1


def _lines(needed: float, width: float) -> int:
    return max(1, ceil(needed / width))
