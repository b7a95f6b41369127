"""The rows of documents of the interface, gathered by transaction until they make a batch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongchou.intake.documents.document_batch import (
    DOCUMENT,
    SEQUENCE,
    BrokenDocument,
    DocumentBatch,
    documents_frame,
)
from tongchou.intake.readers.interface_document import InterfaceDocument, Rows
from tongchou.intake.readers.interface_names import (
    TRANSFUSION_NAMES,
    Transaction,
    in_request_names,
    table_names,
)
from tongchou.intake.readers.json_values import NESTED_KINDS, TEXT_KINDS, as_text

Cells = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class DocumentRows:
    """A document's rows by table, their fields in the order of `table_names`, and names that nothing is known for."""

    rows: Mapping[str, list[Cells]]
    ignored: Mapping[str, int]


def document_rows(document: InterfaceDocument, institution_id: str | None) -> DocumentRows:
    """Return a document's rows, every value as text.

    Args:
        document: The document.
        institution_id: Whose it is, where neither it nor its envelope says it.

    Raises:
        NotExact: If a number of it was read with fewer digits than it may have been written with.
    """
    ignored = dict.fromkeys(document.ignored, 1)
    made: dict[str, list[Cells]] = {}
    for table, rows in _by_table(document, institution_id):
        names = table_names(table)
        cells = made[table] = []
        for row in rows:
            fitting = row if row.keys() <= names.known else in_request_names(table, row, ignored)
            values = tuple(map(fitting.get, names.names))
            kinds = set(map(type, values))
            if not kinds <= TEXT_KINDS:
                if not kinds.isdisjoint(NESTED_KINDS):
                    _count_nested(names.names, values, ignored)
                values = tuple([each if type(each) is str else as_text(each) for each in values])
            cells.append(values)
    return DocumentRows(made, ignored)


class GatheredRows:
    """Rows by table, of documents of one transaction, until they make a batch."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        tables = dict.fromkeys(transaction.nodes.values())
        self._rows: dict[str, list[Cells]] = {table: [] for table in tables}
        self._documents: dict[str, list[int]] = {table: [] for table in tables}
        self._sequences: dict[str, list[int]] = {table: [] for table in tables}
        self._numbers: list[int] = []
        self._places: list[str] = []
        self._ignored: dict[str, int] = {}

    def add(self, number: int, place: str, document: DocumentRows) -> None:
        """Add a document's rows."""
        for table, rows in document.rows.items():
            self._rows[table] += rows
            self._documents[table] += [number] * len(rows)
            self._sequences[table] += range(1, len(rows) + 1)
        self._numbers.append(number)
        self._places.append(place)
        for name, count in document.ignored.items():
            self._ignored[name] = self._ignored.get(name, 0) + count

    def batch(self, broken: Iterable[BrokenDocument] = ()) -> DocumentBatch:
        """Return what was gathered as a batch, with documents that are none."""
        return DocumentBatch(
            kind=self._transaction.kind,
            transaction=self._transaction.name,
            documents=documents_frame(self._numbers, self._places),
            frames={table: self._frame(table) for table in self._rows},
            broken=tuple(broken),
            ignored=self._ignored,
        )

    def _frame(self, table: str) -> pl.DataFrame:
        columns = table_names(table).columns
        rows = self._rows[table]
        values = zip(*rows, strict=True) if rows else ((),) * len(columns)
        keys = {DOCUMENT: self._documents[table], SEQUENCE: self._sequences[table]}
        frame = pl.DataFrame(
            [
                *(pl.Series(name, key, dtype=pl.Int64) for name, key in keys.items()),
                *(pl.Series(name, column, dtype=pl.String) for name, column in zip(columns, values, strict=True)),
            ]
        )
        return frame.with_columns(_trimmed(name) for name in columns) if rows else frame


def _by_table(document: InterfaceDocument, institution_id: str | None) -> list[tuple[str, Rows]]:
    nodes = document.nodes
    transaction = document.transaction
    if transaction.kind == "fee_lines":
        return [("list_fee_lines", joined_fee_lines(nodes.get("feedetail", []), nodes.get("result", [])))]
    found = [(transaction.nodes[name], rows) for name, rows in nodes.items()]
    if transaction.kind == "referral":
        for row in nodes["refmedin"]:
            _name_institution("referral_filings", row, document, institution_id)
    heads = nodes.get("setlinfo") or nodes.get("stastinfo")
    if transaction.kind != "settlement_list" or not heads:
        return found
    head = heads[0]
    _name_institution("settlement_lists", head, document, institution_id)
    by_table = dict(found)
    if any(head.get(name) for name in TRANSFUSION_NAMES):
        said = {name: head.get(name) for name in TRANSFUSION_NAMES}
        by_table["list_transfusions"] = [said, *by_table.get("list_transfusions", [])]
    return list(by_table.items())


def _name_institution(table: str, row: dict[str, Any], document: InterfaceDocument, known: str | None) -> None:
    """Put the institution that the envelope names, or that is known beforehand, into a row that does not name it."""
    if row.get("fixmedins_code"):
        return
    code, name = document.institution
    row["fixmedins_code"] = code or known
    if name and not row.get("fixmedins_name") and "fixmedins_name" in table_names(table).known:
        row["fixmedins_name"] = name


def joined_fee_lines(lines: Rows, answers: Rows) -> Rows:
    """Return fee lines with what the platform answered for each, by `feedetl_sn`; answers without a line follow.

    What the line says itself holds.
    """
    if not lines or not answers:
        return [*lines, *answers]
    waiting = {answer.get("feedetl_sn"): answer for answer in answers if _is_key(answer.get("feedetl_sn"))}
    rows: Rows = []
    for line in lines:
        key = line.get("feedetl_sn")
        answer = waiting.pop(key, None) if _is_key(key) else None
        rows.append(line if answer is None else {**answer, **{k: v for k, v in line.items() if v not in (None, "")}})
    left = {id(answer) for answer in waiting.values()}
    return [*rows, *(each for each in answers if id(each) in left or not _is_key(each.get("feedetl_sn")))]


def _is_key(value: object) -> bool:
    return isinstance(value, str | int) and value != ""


def _count_nested(names: tuple[str, ...], values: Cells, ignored: dict[str, int]) -> None:
    for name, value in zip(names, values, strict=True):
        if isinstance(value, dict | list):
            ignored[name] = ignored.get(name, 0) + 1


def _trimmed(name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    return pl.when(text != "").then(text).alias(name)
