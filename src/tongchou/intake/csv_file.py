"""CSV files: encoding, header and rows as text."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from tongchou.core.hashing import hash_file
from tongchou.core.text import Text
from tongchou.intake import refusals
from tongchou.intake.columns import Layout, layout
from tongchou.intake.raw import BrokenLine, RawBatch
from tongchou.schema.contract import Table

_ENCODINGS = ("utf-8", "gb18030")
_CHUNK_BYTES = 1 << 22
_BLOCK_BYTES = 1 << 24
_FIELD_BYTES = 100_000
_FIRST_ROW = 2


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file of a known table: comma, header row, UTF-8 with or without BOM, or GBK / GB18030."""

    path: Path
    name: str
    table: Table
    digest: str
    header: tuple[str, ...]
    layout: Layout
    encoding: str
    row_count: int

    @property
    def notices(self) -> tuple[Text, ...]:
        """What a reader should know about the file."""
        if self.encoding == "utf-8":
            return self.layout.notices
        read_as = Text(f"{self.name}：按 GBK / GB18030 编码读取", f"{self.name}: read as GBK / GB18030")
        return (read_as, *self.layout.notices)

    def batches(self) -> Iterator[RawBatch]:
        """Read the rows, every value as text, empty fields as null; blank lines are no rows and not counted.

        Raises:
            TongchouError: `intake.not_a_table` where the file stops being a table, as by a quote never closed.
        """
        if not self.row_count:
            return
        broken: list[BrokenLine] = []
        next_row = _FIRST_ROW
        try:
            for batch in self._open(broken):
                numbers, next_row = _row_numbers(batch.num_rows, next_row, {line.row_number for line in broken})
                # A line is reported before the batch that it stands in; those of later batches wait for theirs.
                now = tuple(line for line in broken if line.row_number < next_row)
                broken[:] = [line for line in broken if line.row_number >= next_row]
                rows = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
                yield RawBatch(rows, numbers, now)
        except pa.ArrowInvalid as error:
            raise refusals.not_a_table(self.name, str(error)) from error
        if broken:
            empty = pl.DataFrame(schema={source.name: pl.String for source in self.layout.sources})
            yield RawBatch(empty, pl.Series([], dtype=pl.Int64), tuple(broken))

    def _open(self, broken: list[BrokenLine]) -> pa_csv.CSVStreamingReader:
        def take_note(line: pa_csv.InvalidRow) -> str:
            # The fields wanted are at the line's beginning; a field of megabytes is not read.
            cells = next(csv.reader([line.text[:_FIELD_BYTES]]), [])
            # What stands in a line whose fields slipped cannot be told, so nothing of it is kept.
            case_id = dict(zip(self.header, cells, strict=False)).get("case_id", "")
            count = line.actual_columns
            broken.append(BrokenLine(line.number, count, line.expected_columns, len(line.text), case_id))
            return "skip"

        names = [source.name for source in self.layout.sources]
        return pa_csv.open_csv(
            self.path,
            # Only a single-threaded reader knows the numbers of broken lines.
            read_options=pa_csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK_BYTES,
                encoding=self.encoding,
                column_names=self.header,
                skip_rows=1,
            ),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=take_note),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in self.header},
                include_columns=names,
                null_values=[""],
                strings_can_be_null=True,
            ),
        )


def open_csv_file(path: Path, name: str, table: Table) -> CsvFile:
    """Read a CSV file's encoding and header.

    Raises:
        TongchouError: `intake.empty_file`, `intake.encoding`, `intake.not_a_table`, or what `layout` raises.
    """
    if not path.stat().st_size:
        raise refusals.empty_file(name)
    encoding, line_count = _encoding(path, name)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
        try:
            first = next(csv.reader(file), [])
        except csv.Error as error:
            raise refusals.not_a_table(name, str(error)) from error
    header = tuple(cell.strip() for cell in first)
    if not any(header):
        raise refusals.empty_file(name)
    return CsvFile(path, name, table, hash_file(path), header, layout(table, header, name), encoding, line_count)


def _encoding(path: Path, name: str) -> tuple[str, int]:
    """Return the encoding in which the whole file can be read, and how many line breaks it has."""
    for encoding in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        line_feeds = carriage_returns = 0
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    if b"\0" in chunk:
                        raise refusals.unreadable_encoding(name)
                    decoder.decode(chunk)
                    line_feeds += chunk.count(b"\n")
                    carriage_returns += chunk.count(b"\r")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding, line_feeds or carriage_returns
    raise refusals.unreadable_encoding(name)


def _row_numbers(count: int, first: int, broken: set[int]) -> tuple[pl.Series, int]:
    """Return the numbers of `count` rows from `first` on, leaving out broken lines, and the number after them."""
    if not broken:
        return pl.int_range(first, first + count, eager=True), first + count
    numbers: list[int] = []
    number = first
    while len(numbers) < count:
        if number not in broken:
            numbers.append(number)
        number += 1
    return pl.Series(numbers, dtype=pl.Int64), number
