"""Writing a scheme as a workbook that an officer can read and fill in, and the blank one."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.grouping.exchange.manifest_cells import MANIFEST_COLUMNS, YAML_FORMAT, ManifestRow, rows_of_manifest
from tongchou.grouping.exchange.sheets import (
    CHOICES,
    CONTINUED,
    HOW_TO,
    MANIFEST_CHOICES,
    MANIFEST_MEANINGS,
    MANIFEST_SHEET,
    MANUAL_SHEET,
    PATTERNS,
    SHEETS,
    TABLE_MEANINGS,
    TESTS,
    words_of,
)
from tongchou.grouping.schemes.tables import Row, SchemeTables, columns_of

_MOST_CHARACTERS = 32_767
_MOST_ROWS = 1_048_576
_SPARE_ROWS = 2_000
"""Rows below the last one that still have their lists of choices."""

_WIDEST, _NARROWEST, _PAD = 60, 9, 2
_LINE, _MOST_LINES = 16, 25
"""Height of a line, and the lines that a row shows at most: Excel's rows end at 409."""

_MANUAL_WIDTHS = (26, 20, 30, 60, 60)
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A blank with no other beside it: codes cut there are the same when they are joined by one.
_CUT = re.compile(r"(?<=\S) (?=\S)")
_MADE_AT = datetime(2020, 1, 1, tzinfo=UTC)
"""Moment in the file's properties, always the same: a workbook's bytes depend on nothing but its content."""

_FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
_TEXT = _FONT | {"num_format": "@"}
_HEAD = _FONT | {"bold": True, "bg_color": "#E6EDF5", "border": 1, "border_color": "#C3CCD6", "text_wrap": True}


def write_workbook(tables: SchemeTables, path: Path) -> None:
    """Write a scheme, as it is written in its folder, to a workbook; `read_workbook` gives it back.

    Args:
        tables: The scheme. Of a difference over a base, only the tables that it has become sheets.
        path: The `.xlsx` file to write.

    Raises:
        Problems: `grouping.workbook_value` for each content that a workbook cannot hold: a control character, a row
            of empty cells, more rows than a sheet has, or words too long for a cell. Nothing is written then.
    """
    manifest = rows_of_manifest(tables.manifest)
    sheets = {name: _sheet_rows(rows) for name, rows in tables.tables.items()}
    problems = [*_manifest_problems(manifest)]
    for name, rows in sheets.items():
        problems += _problems(name, rows)
    if problems:
        raise Problems(problems)
    is_difference = bool(tables.base)
    _write(path, manifest, {name: sheets[name] for name in SHEETS if name in sheets}, is_difference=is_difference)


def write_template(path: Path, base: str = "") -> None:
    """Write the blank workbook that an officer fills in: its headings, its choices and a sheet that explains them.

    Args:
        path: The `.xlsx` file to write.
        base: Name of the scheme that his is a difference over; empty for a scheme that stands alone.
    """
    values = {
        "base": base,
        "valid_from": "",
        "purpose": "payment",
        "code_match": "exact",
        "settings.day_surgery": "severity",
        "settings.empty_other_list": "error",
    }
    manifest = [ManifestRow(key, values.get(key, "")) for key in MANIFEST_MEANINGS]
    _write(path, manifest, {name: [] for name in SHEETS}, is_difference=bool(base))


def _write(path: Path, manifest: Sequence[ManifestRow], sheets: dict[str, list[Row]], *, is_difference: bool) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"title": "tongchou 分组方案 / grouping scheme", "created": _MADE_AT})
        pen = _Pen(book)
        pen.manual(list(sheets), is_difference=is_difference)
        pen.manifest(manifest)
        for name, rows in sheets.items():
            pen.table(name, columns_of(name, is_difference=is_difference), rows)


class _Pen:
    """Writes the sheets of one workbook, top to bottom."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._text = book.add_format(_TEXT)
        self._wrapped = book.add_format(_TEXT | {"text_wrap": True})
        self._head = book.add_format(_HEAD)
        self._title = book.add_format(_FONT | {"bold": True, "font_size": 14})
        self._chapter = book.add_format(_FONT | {"bold": True, "font_size": 11})
        self._example = book.add_format(_TEXT | {"font_color": "#8A94A0", "text_wrap": True})

    def manual(self, tables: Sequence[str], *, is_difference: bool) -> None:
        """Write the sheet that explains the others."""
        page = self._sheet(MANUAL_SHEET, _MANUAL_WIDTHS)
        page.hide_gridlines(2)
        page.write_string(0, 0, "分组方案工作簿 · Workbook of a grouping scheme", self._title)
        at = 2
        for hint in HOW_TO:
            for text in (hint.zh, hint.en):
                page.merge_range(at, 0, at, 4, text, self._wrapped)
                page.set_row(at, _height([(text, sum(_MANUAL_WIDTHS))]))
                at += 1
        at = self._chapter_head(page, at + 1, "各工作表与各列 · Sheets and columns")
        at = self._line(page, at, ("工作表 sheet", "列 column", "例 example", "含义", "meaning"), self._head)
        for name in tables:
            purpose = TABLE_MEANINGS[name]
            at = self._line(page, at, (SHEETS[name], "", "", purpose.zh, purpose.en), self._wrapped)
            for column in columns_of(name, is_difference=is_difference):
                words = words_of(name, column)
                page.write_string(at, 2, words.example, self._example)
                line = ("", f"{words.head} {column}", None, words.meaning.zh, words.meaning.en)
                at = self._line(page, at, line, self._wrapped)
        at = self._chapter_head(page, at + 1, "编码的写法 · Codes")
        for code, meaning in PATTERNS:
            at = self._line(page, at, (code, "", "", meaning.zh, meaning.en), self._wrapped)
        at = self._chapter_head(page, at + 1, "规则的写法 · Rules")
        for test, meaning in TESTS:
            page.merge_range(at, 0, at, 2, test, self._wrapped)
            at = self._line(page, at, (None, None, None, meaning.zh, meaning.en), self._wrapped)

    def manifest(self, rows: Sequence[ManifestRow]) -> None:
        """Write the manifest, a key a row."""
        widest = max((_width(row.value) for row in rows), default=0)
        widths = (28, min(max(widest, 30), _WIDEST) + _PAD, 12, 44, 60)
        page = self._sheet(MANIFEST_SHEET, widths)
        heads = [_spoken(zh, en) for zh, en in zip(("键", "值", "写法"), MANIFEST_COLUMNS, strict=True)]
        self._heading(page, [*heads, "含义", "meaning"])
        for at, row in enumerate(rows, start=1):
            meaning = MANIFEST_MEANINGS.get(row.key, Text("", ""))
            line = (row.key, row.value, row.format, meaning.zh, meaning.en)
            self._line(page, at, line, self._wrapped, widths)
            if row.key in MANIFEST_CHOICES and row.format != YAML_FORMAT:
                page.data_validation(at, 1, at, 1, {"validate": "list", "source": list(MANIFEST_CHOICES[row.key])})

    def table(self, name: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Write a table."""
        heads = [_spoken(words_of(name, column).head, column) for column in columns]
        widths = [
            _column_width(head, (row[column] for row in rows)) for head, column in zip(heads, columns, strict=True)
        ]
        page = self._sheet(SHEETS[name], widths)
        self._heading(page, heads)
        for at, row in enumerate(rows, start=1):
            cells = [row[column] for column in columns]
            if any(_width(words) > width or "\n" in words for words, width in zip(cells, widths, strict=True)):
                page.set_row(at, _height(zip(cells, widths, strict=True)))
            for place, words in enumerate(cells):
                if words:
                    page.write_string(at, place, words, self._wrapped)
        last = min(len(rows) + _SPARE_ROWS, _MOST_ROWS - 1)
        for place, column in enumerate(columns):
            choices = CHOICES.get((name, column))
            if choices:
                page.data_validation(1, place, last, place, {"validate": "list", "source": list(choices)})

    def _sheet(self, name: str, widths: Iterable[float]) -> Worksheet:
        page = self._book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        for place, width in enumerate(widths):
            page.set_column(place, place, width, self._text)
        return page

    def _heading(self, page: Worksheet, heads: Sequence[str]) -> None:
        page.freeze_panes(1, 0)
        page.set_row(0, 32)
        for place, head in enumerate(heads):
            page.write_string(0, place, head, self._head)

    def _chapter_head(self, page: Worksheet, at: int, words: str) -> int:
        page.write_string(at, 0, words, self._chapter)
        return at + 1

    def _line(
        self,
        page: Worksheet,
        at: int,
        cells: Sequence[str | None],
        style: Format,
        widths: Sequence[int] = _MANUAL_WIDTHS,
    ) -> int:
        """Write a row of words; `None` leaves a cell as it is. Return the row below."""
        page.set_row(at, _height([(words or "", width) for words, width in zip(cells, widths, strict=True)]))
        for place, words in enumerate(cells):
            if words is not None:
                page.write_string(at, place, words, style)
        return at + 1


def _spoken(head: str, name: str) -> str:
    return f"{head}\n{name}"


def _height(cells: Iterable[tuple[str, int]]) -> int:
    """Return the height of a row whose cells wrap, of words and widths."""
    lines = max(
        (sum(1 + _width(line) // width for line in words.split("\n")) for words, width in cells if words), default=1
    )
    return _LINE * min(lines, _MOST_LINES)


def _column_width(head: str, values: Iterable[str]) -> int:
    widest = max((_width(value) for value in values), default=0)
    return min(max(widest, *(_width(line) for line in head.split("\n")), _NARROWEST), _WIDEST) + _PAD


def _width(words: str) -> int:
    """Return how wide words are, in widths of a digit; a Chinese character takes two."""
    if words.isascii():
        return len(words)
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in words)


def _sheet_rows(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of a sheet: those of the table, with codes too long for a cell continued below."""
    found: list[Row] = []
    for row in rows:
        codes = row.get("codes", "")
        if len(codes) <= _MOST_CHARACTERS:
            found.append(row)
            continue
        chunks = _chunks(codes)
        found += [row | {"codes": chunk} for chunk in (chunks[0], *(f"{CONTINUED} {each}" for each in chunks[1:]))]
    return found


def _chunks(codes: str) -> list[str]:
    longest = _MOST_CHARACTERS - len(CONTINUED) - 1
    chunks, start = [], 0
    while len(codes) - start > longest:
        cuts = [match.start() for match in _CUT.finditer(codes, start + 1, start + longest + 1)]
        if not cuts:
            break
        chunks.append(codes[start : cuts[-1]])
        start = cuts[-1] + 1
    return [*chunks, codes[start:]]


def _manifest_problems(rows: Iterable[ManifestRow]) -> Iterable[TongchouError]:
    for row in rows:
        for words in (row.key, row.value):
            why = _fault(words)
            if why:
                yield _problem(f"{MANIFEST_SHEET} {row.key}", why)


def _problems(name: str, rows: Sequence[Row]) -> Iterable[TongchouError]:
    if len(rows) >= _MOST_ROWS:
        yield _problem(
            name, Text(f"有 {len(rows)} 行，超过一个工作表", f"its {len(rows)} rows are more than a sheet holds")
        )
    for number, row in enumerate(rows, start=2):
        if not any(row.values()):
            yield _problem(f"{name} {number}", Text("整行是空的", "the whole row is empty"))
        for column, words in row.items():
            why = _fault(words)
            if why:
                yield _problem(f"{name} {number} {column}", why)


def _fault(words: str) -> Text | None:
    if len(words) > _MOST_CHARACTERS:
        return Text(f"有 {len(words)} 字，超过一个单元格", f"its {len(words)} characters are more than a cell holds")
    if not (words.isascii() and words.isprintable()) and _UNWRITABLE.search(words):
        return Text("含有控制字符", "it holds a control character")
    return None


def _problem(where: str, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.workbook_value",
        what=Text("方案中有内容无法写入工作簿", "something in the scheme cannot be written to a workbook"),
        where=where,
        why=why,
        remedy=Text("在方案的表中改正", "correct it in the scheme's tables"),
    )
