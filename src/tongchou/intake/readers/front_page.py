"""The front page of a medical record as CSV: one stay a row, in HQMS, 卫统4 or pinyin names."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import DOCUMENT, DocumentBatch, documents_frame
from tongchou.intake.readers.reader import ReadingTerms
from tongchou.intake.readers.wide_rows import Cell, document_frames
from tongchou.intake.rows.delimited import ROW, DelimitedFile, TextRows, header_of, open_delimited
from tongchou.schema.front_page_fields import (
    FRONT_PAGE_FAMILIES,
    FrontPageFamily,
    front_page_cells,
    front_page_names,
)

_TELLING = (("settlement_lists", "case_number"), ("settlement_lists", "total_fen"), ("list_diagnoses", "code"))
"""Fields without whose columns a file is no front page."""


class FrontPageReader:
    """Reads front pages from CSV files."""

    name = "front_page"
    title = Text("住院病案首页 CSV（HQMS、卫统4、拼音列名）", "front page of the medical record as CSV")
    suffixes: Sequence[str] = (".csv", ".txt")

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether the first line has the telling columns of a family."""
        return path.suffix.lower() in self.suffixes and _family(header_of(head)[0]) is not None

    def read(self, path: Path, name: str, terms: ReadingTerms) -> Iterator[DocumentBatch]:
        """Read a file, a row a document.

        Raises:
            TongchouError: `intake.not_a_front_page`, or what `open_delimited` and `DelimitedFile.batches` raise.
        """
        file = open_delimited(path, name)
        family = _family(file.header)
        if family is None:
            raise _not_a_front_page(name)
        for rows in file.batches(terms.batch_documents):
            yield _batch(file, family, rows, terms.institution_id)


READER = FrontPageReader()


def _family(header: Sequence[str]) -> FrontPageFamily | None:
    """Return the family that most names of a header are of; None where it lacks what a front page must have."""
    lowered = {name.lower() for name in header}
    found = [family for family in FRONT_PAGE_FAMILIES if _is_of(lowered, family)]
    return max(found, key=lambda family: len(lowered & front_page_names(family).keys()), default=None)


def _is_of(names: set[str], family: FrontPageFamily) -> bool:
    present = {(cell.table, cell.column) for cell in front_page_cells(family) if cell.name.lower() in names}
    return present.issuperset(_TELLING)


def _batch(file: DelimitedFile, family: FrontPageFamily, rows: TextRows, institution_id: str | None) -> DocumentBatch:
    frame = rows.frame
    known = front_page_names(family)
    filled = {
        name.lower(): frame.height - frame[str(index)].null_count() for index, name in enumerate(file.header) if name
    }
    places = {name.lower(): str(index) for index, name in enumerate(file.header) if name}
    cells = [
        Cell(cell.table, cell.column, cell.place, _value(places[cell.name.lower()], cell.values))
        for cell in front_page_cells(family)
        if filled.get(cell.name.lower())
    ]
    if institution_id is not None:
        cells.append(Cell("settlement_lists", "institution_id", "", pl.lit(institution_id)))
    numbers = frame[DOCUMENT].to_list()
    frames = document_frames(frame, cells)
    return DocumentBatch(
        kind="front_page",
        transaction=family,
        documents=documents_frame(numbers, [f"row {row}" for row in frame[ROW]]),
        frames=frames,
        broken=rows.broken,
        ignored={name: filled[name.lower()] for name in file.header if name and name.lower() not in known},
    )


def _value(column: str, values: Mapping[str, str]) -> pl.Expr:
    found = pl.col(column)
    return found.replace_strict(values, default=None, return_dtype=pl.String) if values else found


def _not_a_front_page(where: str) -> TongchouError:
    return TongchouError(
        "intake.not_a_front_page",
        what=Text("不是住院病案首页文件", "this is no file of front pages"),
        where=where,
        why=Text(
            "表头里没有病案号、总费用与主要诊断编码的 HQMS（A48、D01、C03C）、卫统4（P3、P782、P321）或拼音"
            "（BAH、ZFY、JBDM）列名",
            "the header lacks the columns of case number, total cost and principal diagnosis in the names of HQMS "
            "(A48, D01, C03C), 卫统4 (P3, P782, P321) or pinyin (BAH, ZFY, JBDM)",
        ),
        remedy=Text(
            "检查第一行是否为列名；医院自己的列名先用 tongchou intake map 写成对照文件",
            "check that the first line holds the names; for a hospital's own names write a mapping first with "
            "tongchou intake map",
        ),
    )
