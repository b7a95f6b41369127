"""Files of cases for grouping, CSV or Parquet, read batch by batch (the manual's case file)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.engine.case_fields import CASE_COLUMNS, FURTHER_COLUMNS

Advance = Callable[[int, int], None]
"""Called with how much is done and how much there is, in rows or bytes."""

BATCH_ROWS = 131_072
"""Cases in a batch of a Parquet file: enough to work on at once, few enough that several fit in memory."""

_BLOCK_BYTES = 8 << 20
_LISTS = ("diagnoses", "procedures")
_SEPARATOR = "|"
_LINE_REPEATED = re.compile(r"(Expected [0-9]+ columns, got [0-9]+):.*")


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of cases: `.parquet`, or CSV in UTF-8 under any other name.

    Attributes:
        path: The file.
        columns: The columns that are read, of those that cases can have.
    """

    path: Path
    columns: tuple[str, ...]

    def batches(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        """Yield the cases in their order, the codes as lists.

        Raises:
            TongchouError: `grouping.case_file` if the file cannot be read on.
        """
        read = self._parquet if _is_parquet(self.path) else self._csv
        try:
            for batch in read(advance):
                yield _with_lists(batch)
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(self.path, error) from error

    def case(self, case_id: str) -> dict[str, Any]:
        """Return one case by its id.

        Raises:
            TongchouError: `grouping.case_file` if the file does not hold exactly one case of this id.
        """
        found: list[dict[str, Any]] = []
        for batch in self.batches(lambda done, total: None):
            found += batch.filter(pc.equal(batch.column("case_id").cast(pa.string()), case_id)).to_pylist()
        if len(found) != 1:
            zh, en = f"case_id 为 {case_id} 的有 {len(found)} 行", f"{len(found)} rows have case_id {case_id}"
            raise _problem(self.path, Text(zh, en))
        # An empty text was split into one empty code: the case has none.
        return {name: [] if value == [""] else value for name, value in found[0].items()}

    def _parquet(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        # Codes come as they are in the file, each distinct one once: they are not written out to be looked up.
        paths = [column.path for column in pq.read_metadata(self.path).schema]
        lists = [path for path in paths if "." in path and path.partition(".")[0] in _LISTS]
        with (
            pq.ParquetFile(self.path, read_dictionary=lists, pre_buffer=True) as coded,
            pq.ParquetFile(self.path, pre_buffer=True) as written_out,
        ):
            total, done = coded.metadata.num_rows, 0
            for group in range(coded.num_row_groups):
                for batch in self._row_group(coded, written_out, group):
                    yield batch
                    done += batch.num_rows
                    advance(done, total)

    def _row_group(self, coded: pq.ParquetFile, written_out: pq.ParquetFile, group: int) -> Iterator[pa.RecordBatch]:
        """Yield a row group's cases, coded as long as Arrow can: it joins no lists whose dictionaries differ."""
        columns, given = list(self.columns), 0
        try:
            for batch in coded.iter_batches(BATCH_ROWS, row_groups=[group], columns=columns):
                yield batch
                given += 1
        except pa.ArrowNotImplementedError:
            yield from islice(written_out.iter_batches(BATCH_ROWS, row_groups=[group], columns=columns), given, None)

    def _csv(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        total = self.path.stat().st_size
        with self.path.open("rb") as file:
            # A number of rows cannot be known before the end: what has been read is.
            for batch in _open_csv(file, self.columns):
                yield batch
                advance(min(file.tell(), total), total)


def open_cases(path: Path, further: Sequence[str] = FURTHER_COLUMNS) -> CaseFile:
    """Open a file of cases.

    Args:
        path: The file.
        further: Those of `FURTHER_COLUMNS` that are wanted where the file has them.

    Raises:
        TongchouError: `grouping.case_file` if the file cannot be read or lacks a column.
    """
    names = columns_of(path)
    missing = [name for name in CASE_COLUMNS if name not in names]
    if missing:
        raise _problem(path, Text("缺少列 " + "、".join(missing), "columns are missing: " + ", ".join(missing)))
    wanted = (*CASE_COLUMNS, *(name for name in FURTHER_COLUMNS if name in further and name in names))
    twice = [name for name in wanted if names.count(name) > 1]
    if twice:
        raise _problem(path, Text("列重复 " + "、".join(twice), "columns are there twice: " + ", ".join(twice)))
    return CaseFile(path, wanted)


def columns_of(path: Path) -> list[str]:
    """Return the names of a file's columns, in their order.

    Raises:
        TongchouError: `grouping.case_file` if the file cannot be read.
    """
    try:
        if _is_parquet(path):
            return list(pq.read_schema(path).names)
        with path.open("rb") as file:
            return list(_open_csv(file).schema.names)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _open_csv(file: Any, columns: Sequence[str] = ()) -> pa_csv.CSVStreamingReader:  # noqa: ANN401  # a binary file
    # Everything is text: a code such as 38.9300 must not become a number.
    types = dict.fromkeys((*CASE_COLUMNS, *FURTHER_COLUMNS, *columns), pa.string())
    return pa_csv.open_csv(
        file,
        read_options=pa_csv.ReadOptions(block_size=_BLOCK_BYTES),
        convert_options=pa_csv.ConvertOptions(column_types=types, include_columns=list(columns)),
    )


def _with_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    for name in (each for each in _LISTS if each in batch.schema.names):
        column = batch.column(name)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            # An empty text is split into one empty code, which means nothing.
            lists = pc.split_pattern(column, _SEPARATOR)
            batch = batch.set_column(batch.schema.get_field_index(name), name, lists)
    return batch


def _unreadable(path: Path, error: Exception) -> TongchouError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    # Of a line with too many or too few cells Arrow repeats the cells: whose they are is nobody else's business.
    why = _LINE_REPEATED.sub(r"\1", said)
    return _problem(path, Text(f"无法读取：{why}", f"it cannot be read: {why}"))


def _problem(path: Path, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.case_file",
        what=Text("病例文件不能用", "the file of cases cannot be used"),
        where=path.name,
        why=why,
        remedy=Text(
            "按手册准备列 " + "、".join(CASE_COLUMNS) + "，UTF-8 编码",
            "prepare the columns " + ", ".join(CASE_COLUMNS) + " in UTF-8",
        ),
    )
