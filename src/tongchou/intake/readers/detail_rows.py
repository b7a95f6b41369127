"""Detail tables of a hospital: a row for every diagnosis, operation or fee, joined to stays by key columns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import DOCUMENT, BrokenDocument
from tongchou.intake.documents.lists import LEADING
from tongchou.intake.mappings.mapping import DetailTable, MappedColumn
from tongchou.intake.readers.mapped_values import national
from tongchou.intake.rows.delimited import ROW
from tongchou.intake.rows.own_rows import open_rows
from tongchou.privacy.redaction import said_file_name

_READ_ROWS = 50_000
_KEY = "_key"


class Details:
    """The rows of a detail table. They are held in memory: details may stand in any order.

    Args:
        table: The document table that they belong to.
        rows: `_key`, `_row` (where the row stands) and the columns of the table.
        broken: Lines that are no rows.
        name: What the table is called in findings.
        key_names: The key's columns in the first table.
        key_positions: Where they stand there.
    """

    def __init__(
        self,
        table: str,
        rows: pl.DataFrame,
        broken: Sequence[BrokenDocument],
        name: str,
        key_names: Sequence[str],
        key_positions: Sequence[int],
    ) -> None:
        self.table = table
        self.key_names = tuple(key_names)
        self._rows = rows
        self._broken = broken
        self._name = name
        self._positions = [str(each) for each in key_positions]
        self._claimed: set[str] = set()

    def claim(self, stays: pl.DataFrame) -> set[int]:
        """Take note of the stays whose rows are asked for; return the documents whose key was taken before."""
        repeated: set[int] = set()
        for number, key in stays.select(DOCUMENT, _key(self._positions)).iter_rows():
            if key is None:
                continue
            if key in self._claimed:
                repeated.add(number)
            self._claimed.add(key)
        return repeated

    def of(self, stays: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of stays, each with `_document` and its `_place` among those of its stay."""
        keyed = stays.select(DOCUMENT, _key(self._positions)).drop_nulls(_KEY)
        found = keyed.join(self._rows, on=_KEY, how="inner").sort(DOCUMENT, ROW)
        place = pl.int_range(pl.len()).over(DOCUMENT).alias("_place")
        return found.with_columns(place).drop(_KEY, ROW)

    def orphans(self) -> Iterator[BrokenDocument]:
        """Yield what belongs to no stay: a broken document for each key that no stay has, and for each broken line."""
        claimed = pl.Series(sorted(self._claimed), dtype=pl.String)
        lost = self._rows.filter(pl.col(_KEY).is_null() | ~pl.col(_KEY).is_in(claimed.implode()))
        for row, count in lost.group_by(_KEY, maintain_order=True).agg(
            pl.col(ROW).first(), pl.len().alias("count")
        ).select(ROW, "count").iter_rows():  # fmt: skip
            reason = Text(
                f"{count} 行明细在主表中没有对应的病例", f"no stay of the first table has the key of these {count} rows"
            )
            yield BrokenDocument(0, f"{self._name} row {row}", reason)
        for line in self._broken:
            yield BrokenDocument(0, f"{self._name} {line.place}", line.reason, line.size)


def open_details(path: Path, name: str, detail: DetailTable, header: Sequence[str]) -> Details:
    """Read a detail table.

    Args:
        path: The first table's file.
        name: How it is called in findings.
        detail: What the mapping says of the detail table.
        header: The header of the first table.

    Raises:
        TongchouError: `intake.no_detail_file`, `intake.detail_column_missing`, or what `open_rows` raises.
    """
    file = path if detail.sheet else _beside(path, detail.file, name)
    shown = f"{name} [{detail.sheet}]" if detail.sheet else said_file_name(file.name)
    opened = open_rows(file, shown, detail.sheet)
    position = {each: index for index, each in enumerate(opened.header) if each}
    wanted = [*(here for here, _ in detail.key), *(column.source for column in detail.columns)]
    missing = [each for each in wanted if each not in position]
    missing_keys = [there for _, there in detail.key if there not in header]
    if missing or missing_keys:
        raise _column_missing(shown if missing else name, missing or missing_keys)
    keys = [str(position[here]) for here, _ in detail.key]
    values = [_value(position[column.source], column) for column in detail.columns]
    parts: list[pl.DataFrame] = []
    broken: list[BrokenDocument] = []
    for rows in opened.batches(_READ_ROWS):
        parts.append(rows.frame.select(ROW, _key(keys), *values))
        broken += rows.broken
    table = detail.columns[0].table
    schema = {ROW: pl.Int64, _KEY: pl.String, **{column.column: pl.String for column in detail.columns}}
    listed = pl.concat(parts) if parts else pl.DataFrame(schema=schema)
    if table in LEADING and LEADING[table][0] in listed.columns:
        column, _, other = LEADING[table]
        listed = listed.with_columns(pl.col(column).fill_null(other))
    filled = pl.any_horizontal([pl.col(column.column).is_not_null() for column in detail.columns])
    positions = [list(header).index(there) for _, there in detail.key]
    return Details(table, listed.filter(filled), broken, shown, [there for _, there in detail.key], positions)


def _key(columns: Sequence[str]) -> pl.Expr:
    return pl.concat_str([pl.col(each) for each in columns], separator="\x1f").alias(_KEY)


def _value(position: int, column: MappedColumn) -> pl.Expr:
    return national(pl.col(str(position)), column).alias(column.column)


def _beside(path: Path, pattern: str, where: str) -> Path:
    found = [file for file in sorted(path.parent.glob(pattern)) if file.is_file() and file != path]
    if len(found) != 1:
        raise TongchouError(
            "intake.no_detail_file",
            what=Text(f"明细文件 {pattern} 找到 {len(found)} 个", f"{len(found)} files are called {pattern}"),
            where=where,
            why=Text("须恰有一个，与主表放在同一文件夹", "there must be one, in the folder of the first table"),
            remedy=Text(
                "放入明细文件，或在对照文件中写得更确切", "put it there, or name it more closely in the mapping"
            ),
        )
    return found[0]


def _column_missing(where: str, names: Sequence[str]) -> TongchouError:
    listed = ", ".join(names[:10])
    return TongchouError(
        "intake.detail_column_missing",
        what=Text(f"缺少关联或明细的列 {listed}", f"columns of the key or the details are missing: {listed}"),
        where=where,
        why=Text("对照文件与表头不一致", "the mapping is for another header"),
        remedy=Text("改正对照文件或补上这些列", "mend the mapping or add the columns"),
    )
