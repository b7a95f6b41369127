"""A hospital's own tables, read by a mapping file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import DOCUMENT, BrokenDocument, DocumentBatch, documents_frame
from tongchou.intake.mappings.mapping import MappedColumn, TableMapping
from tongchou.intake.mappings.mapping_file import read_mapping
from tongchou.intake.readers.detail_rows import Details, open_details
from tongchou.intake.readers.mapped_values import national
from tongchou.intake.readers.reader import ReadingTerms
from tongchou.intake.readers.wide_rows import Cell, document_frames
from tongchou.intake.rows.delimited import ROW
from tongchou.intake.rows.own_rows import SUFFIXES, OwnRows, open_rows


class MappedTableReader:
    """Reads CSV files and Excel sheets whose columns a mapping explains."""

    name = "mapped_table"
    title = Text("医院自有表格（按对照文件）", "a hospital's own table, by a mapping file")
    suffixes: Sequence[str] = SUFFIXES

    def recognises(self, path: Path, head: bytes) -> bool:  # what a reader is
        """Return False: such a file says nothing of itself, it is read where a mapping is given or remembered."""
        return False

    def read(self, path: Path, name: str, terms: ReadingTerms) -> Iterator[DocumentBatch]:
        """Read a table, a row a document, with the rows of its detail tables.

        Raises:
            Problems: What is wrong with the mapping file.
            TongchouError: `intake.mapping_needed`, `intake.mapped_column_missing`, `intake.no_detail_file`, or what
                `open_rows` raises.
        """
        if terms.mapping is None:
            raise _mapping_needed(name)
        mapping = read_mapping(terms.mapping)
        rows = open_rows(path, name, mapping.sheet, mapping.header_row)
        columns = present_columns(rows.header, mapping.columns, name)
        details = [open_details(path, name, detail, rows.header) for detail in mapping.details]
        last = 0
        for part in rows.batches(terms.batch_documents):
            kept, broken = _without_repeated(part.frame, details)
            last = max([last, *part.frame[DOCUMENT], *(each.number for each in part.broken)])
            yield _batch(mapping, rows, columns, kept, details, (*part.broken, *broken), terms.institution_id)
        orphans = tuple(each for detail in details for each in detail.orphans())
        if orphans:
            numbered = tuple(
                BrokenDocument(last + count, each.place, each.reason, each.size)
                for count, each in enumerate(orphans, 1)
            )
            yield DocumentBatch(mapping.document, mapping.name, documents_frame([], []), {}, numbered)


READER = MappedTableReader()


def present_columns(
    header: Sequence[str], columns: Sequence[MappedColumn], where: str
) -> dict[int, list[MappedColumn]]:
    """Return what the columns of a header hold, by position.

    Raises:
        TongchouError: `intake.mapped_column_missing` where a field has none of its columns; of numbered ones some
            suffice.
    """
    position = {name: index for index, name in enumerate(header) if name}
    found: dict[int, list[MappedColumn]] = {}
    filled: set[tuple[str, str]] = set()
    for column in columns:
        if column.source in position:
            found.setdefault(position[column.source], []).append(column)
            filled.add((column.table, column.column))
    missing = [each.source for each in columns if (each.table, each.column) not in filled]
    if missing:
        raise _column_missing(where, missing)
    return found


def _without_repeated(
    frame: pl.DataFrame, details: Sequence[Details]
) -> tuple[pl.DataFrame, tuple[BrokenDocument, ...]]:
    """Return the rows without those whose key an earlier row has: their details could be of either."""
    bad: set[int] = set()
    for detail in details:
        bad |= detail.claim(frame)
    reason = Text("关联列的值与前面的行重复", "its key is that of an earlier row")
    is_bad = pl.col(DOCUMENT).is_in(sorted(bad))
    rows = frame.filter(is_bad).select(DOCUMENT, ROW).rows() if bad else []
    broken = tuple(BrokenDocument(number, f"row {row}", reason) for number, row in rows)
    return (frame.filter(~is_bad) if bad else frame), broken


def _batch(
    mapping: TableMapping,
    rows: OwnRows,
    columns: dict[int, list[MappedColumn]],
    frame: pl.DataFrame,
    details: Sequence[Details],
    broken: tuple[BrokenDocument, ...],
    institution_id: str | None,
) -> DocumentBatch:
    cells: list[Cell] = []
    parts: dict[str, list[pl.DataFrame]] = {}
    for index, held in columns.items():
        for column in held:
            if column.split:
                parts.setdefault(column.table, []).append(_split(frame, str(index), column))
            else:
                value = national(pl.col(str(index)), column)
                cells.append(Cell(column.table, column.column, column.place, value))
    cells += [Cell(table, column, "", pl.lit(value)) for (table, column), value in mapping.constants.items()]
    if institution_id is not None:
        cells.append(Cell("settlement_lists", "institution_id", "", pl.lit(institution_id)))
    for detail in details:
        parts.setdefault(detail.table, []).append(detail.of(frame))
    numbers = frame[DOCUMENT].to_list()
    unknown = {
        name: frame.height - frame[str(index)].null_count()
        for index, name in enumerate(rows.header)
        if name and index not in columns and name not in mapping.ignored and not _is_key(name, details)
    }
    return DocumentBatch(
        kind=mapping.document,
        transaction=mapping.name,
        documents=documents_frame(numbers, [f"row {row}" for row in frame[ROW]]),
        frames=document_frames(frame, cells, parts),
        broken=broken,
        ignored=unknown,
    )


def _is_key(name: str, details: Sequence[Details]) -> bool:
    return any(name in detail.key_names for detail in details)


def _split(frame: pl.DataFrame, source: str, column: MappedColumn) -> pl.DataFrame:
    """Return the values that stand in one cell, each with its place; empty ones between separators keep theirs."""
    first = int(column.place)
    parted = pl.col(source).str.replace_all(f"[{_escaped(column.split)}]", "\x1f").str.split("\x1f")
    values = frame.select(DOCUMENT, parted.alias(column.column)).drop_nulls(column.column)
    values = values.with_columns(pl.int_ranges(first, pl.col(column.column).list.len() + first).alias("_place"))
    listed = values.explode(column.column, "_place").with_columns(pl.col(column.column).str.strip_chars())
    listed = listed.filter(pl.col(column.column) != "")
    return listed.with_columns(national(pl.col(column.column), column).alias(column.column))


def _escaped(characters: str) -> str:
    return "".join(f"\\{each}" if each in r"\[]^-&~|" else each for each in characters)


def _mapping_needed(where: str) -> TongchouError:
    return TongchouError(
        "intake.mapping_needed",
        what=Text("没有对照文件，无法读医院自有表格", "a hospital's own table cannot be read without a mapping"),
        where=where,
        why=Text("列名不是国家标准的列名", "its columns do not have the national names"),
        remedy=Text("先运行 tongchou intake map 文件", "run tongchou intake map FILE first"),
    )


def _column_missing(where: str, names: Sequence[str]) -> TongchouError:
    listed = ", ".join(names[:10])
    return TongchouError(
        "intake.mapped_column_missing",
        what=Text(f"文件缺少对照文件写明的列 {listed}", f"the file lacks columns of the mapping: {listed}"),
        where=where,
        why=Text("对照文件与表头不一致", "the mapping is for another header"),
        remedy=Text(
            "改用相符的对照文件，或重新运行 tongchou intake map", "use its own mapping, or run tongchou intake map"
        ),
    )
