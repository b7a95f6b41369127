"""Delimited text as handed in: its encoding, its header, and its rows as columns of text, in bounded memory."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake import refusals
from tongchou.intake.documents.document_batch import DOCUMENT, BrokenDocument

ROW = "_row"
"""Where a row stands in its file, as a spreadsheet shows it: the header of a CSV file is row 1."""

NOTHING = ("", "-", "--", "—", "－", "NULL", "null")
"""What stands in a cell where nothing is said."""

_ENCODINGS = ("utf-8", "gb18030")
_DELIMITERS = (",", "\t", ";")
_CHUNK_BYTES = 1 << 22
_HEADER_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 24
_MOST_COLUMNS = 5_000
_FIRST_ROW = 2


@dataclass(frozen=True, slots=True)
class TextRows:
    """Some consecutive rows of a file.

    Attributes:
        frame: `_document`, counted from 1; `_row`; and a column of text for every column of the file, by its
            position (`0`, `1`, …): values without spaces around them, nothing said as null.
        broken: Lines among them that have too few or too many fields.
    """

    frame: pl.DataFrame
    broken: tuple[BrokenDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class DelimitedFile:
    """A file of rows with a header, in UTF-8 with or without BOM, or in GBK / GB18030."""

    path: Path
    name: str
    header: tuple[str, ...]
    encoding: str
    delimiter: str

    def batches(self, most_rows: int) -> Iterator[TextRows]:
        """Read the rows; blank lines are no rows.

        Raises:
            TongchouError: `intake.not_delimited` where the file stops being rows, as by a line beyond all measure.
        """
        broken: list[BrokenDocument] = []
        number = _FIRST_ROW
        try:
            for block in self._open(broken) if _has_rows(self.path) else ():
                for start in range(0, block.num_rows, most_rows):
                    part = block.slice(start, most_rows)
                    bad = {each.number + 1 for each in broken}
                    numbers, number = _row_numbers(part.num_rows, number, bad)
                    # A line is reported before the block that it stands in; those of later rows wait for theirs.
                    now = tuple(each for each in broken if each.number + 1 < number)
                    broken[:] = [each for each in broken if each.number + 1 >= number]
                    yield TextRows(_frame(part, numbers), now)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise _not_delimited(self.name) from error
        if broken:
            empty = {str(index): pl.String for index in range(len(self.header))}
            yield TextRows(pl.DataFrame(schema={DOCUMENT: pl.Int64, ROW: pl.Int64, **empty}), tuple(broken))

    def _open(self, broken: list[BrokenDocument]) -> Iterator[pa.RecordBatch]:
        def take_note(line: pa_csv.InvalidRow) -> str:
            size = len(line.text.encode())
            broken.append(
                BrokenDocument(
                    number=line.number - 1,
                    place=f"row {line.number}",
                    reason=Text(
                        f"应有 {line.expected_columns} 个字段，实有 {line.actual_columns} 个",
                        f"it has {line.actual_columns} fields instead of {line.expected_columns}",
                    ),
                    size=size,
                )
            )
            return "skip"

        names = [str(index) for index in range(len(self.header))]
        yield from pa_csv.open_csv(
            self.path,
            # Only a single-threaded reader knows the numbers of broken lines.
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK_BYTES, encoding=self.encoding, column_names=names, skip_rows=1
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=take_note
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=list(NOTHING), strings_can_be_null=True
            ),
        )


def open_delimited(path: Path, name: str) -> DelimitedFile:
    """Read a file's encoding and header.

    Raises:
        TongchouError: `intake.empty_file`, `intake.encoding`, `intake.long_header`, `intake.repeated_header`.
    """
    if not path.stat().st_size:
        raise refusals.empty_file(name)
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    first = _first_line(head)
    if first is None and len(head) == _HEADER_BYTES:
        raise _long_header(name)
    encoding = _encoding(path, name)
    header, delimiter = header_of(head if first is None else first, encoding)
    if not any(header):
        raise refusals.empty_file(name)
    if len(header) > _MOST_COLUMNS:
        raise _long_header(name)
    repeated = {each for each, count in Counter(filter(None, header)).items() if count > 1}
    if repeated:
        raise repeated_header(name, [index + 1 for index, each in enumerate(header) if each in repeated])
    return DelimitedFile(path, name, header, encoding, delimiter)


def header_of(line: bytes, encoding: str | None = None) -> tuple[tuple[str, ...], str]:
    """Return the names of a header line and what parts them; never raises.

    Args:
        line: The line, or the beginning of a file.
        encoding: Its encoding; tried out where it is not known.
    """
    first = _first_line(line)
    text = _decoded(line if first is None else first, encoding).lstrip("\ufeff")
    delimiter = max(_DELIMITERS, key=text.count)
    try:
        cells = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    except csv.Error:
        cells = []
    return tuple(cell.strip() for cell in cells), delimiter


def said(column: pl.Expr) -> pl.Expr:
    """Return a column of text without spaces around its values, nothing said as null."""
    trimmed = column.str.strip_chars()
    return pl.when(~trimmed.is_in(NOTHING)).then(trimmed)


def _frame(part: pa.RecordBatch, numbers: pl.Series) -> pl.DataFrame:
    rows = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([part])))
    filled = [name for name in rows.columns if rows[name].null_count() < rows.height]
    return rows.with_columns(
        numbers.alias(DOCUMENT), (numbers + 1).alias(ROW), *(said(pl.col(name)) for name in filled)
    )


def _row_numbers(count: int, first: int, broken: set[int]) -> tuple[pl.Series, int]:
    """Return the documents' numbers of `count` rows from row `first` on, without broken ones, and the row after."""
    if not broken:
        return pl.int_range(first - 1, first - 1 + count, eager=True), first + count
    numbers: list[int] = []
    number = first
    while len(numbers) < count:
        if number not in broken:
            numbers.append(number - 1)
        number += 1
    return pl.Series(numbers, dtype=pl.Int64), number


def _encoding(path: Path, name: str) -> str:
    """Return the encoding in which the whole file can be read."""
    for encoding in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    if b"\0" in chunk:
                        raise refusals.unreadable_encoding(name)
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise refusals.unreadable_encoding(name)


def _decoded(line: bytes, encoding: str | None) -> str:
    for each in (encoding,) if encoding else _ENCODINGS:
        try:
            return line.decode(each)
        except UnicodeDecodeError:
            continue
    return line.decode(_ENCODINGS[-1], errors="replace")


def _first_line(head: bytes) -> bytes | None:
    ends = [end for end in (head.find(b"\n"), head.find(b"\r")) if end >= 0]
    return head[: min(ends)] if ends else None


def _has_rows(path: Path) -> bool:
    """Return whether anything stands below the header; the library takes a file without rows for none at all."""
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
        first = _first_line(head)
        return first is not None and bool(head[len(first) :].strip() or file.read(_CHUNK_BYTES).strip())


def _positions(columns: Sequence[int]) -> str:
    shown = ", ".join(str(each) for each in columns[:10])
    return shown if len(columns) <= 10 else f"{shown}, …"


def _not_delimited(where: str) -> TongchouError:
    return TongchouError(
        "intake.not_delimited",
        what=Text("文件中途不再是逐行的表格", "the file stops being rows"),
        where=where,
        why=Text(
            "有一行长得无法读取，多半是引号没有闭合",
            "a line is too long to be read; most often a quotation mark was never closed",
        ),
        remedy=Text("检查引号与换行后重新导出", "check quotation marks and line breaks, and export it again"),
    )


def _long_header(where: str) -> TongchouError:
    return TongchouError(
        "intake.long_header",
        what=Text("表头过长", "the header is too long"),
        where=where,
        why=Text(
            f"第一行超过 {_HEADER_BYTES:,} 字节或 {_MOST_COLUMNS:,} 列",
            f"the first line has more than {_HEADER_BYTES:,} bytes or {_MOST_COLUMNS:,} columns",
        ),
        remedy=Text(
            "确认文件是一行一条记录的 CSV，第一行是列名", "check that it is CSV with the names in its first line"
        ),
    )


def repeated_header(where: str, columns: Sequence[int]) -> TongchouError:
    """Return the error for a header that names a column twice; names are not shown, they may be values."""
    return TongchouError(
        "intake.repeated_header",
        what=Text(f"表头中列名重复：第 {_positions(columns)} 列", f"columns {_positions(columns)} share a name"),
        where=where,
        why=Text("无法确定该用哪一列", "it is not clear which column is meant"),
        remedy=Text("保留一列并删去其余的列", "keep one of them and delete the others"),
    )
