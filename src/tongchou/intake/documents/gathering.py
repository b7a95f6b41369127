"""From documents read one after another to batches of columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import (
    BROKEN,
    DOCUMENT,
    SEQUENCE,
    BrokenDocument,
    DocumentBatch,
    DocumentKind,
    documents_frame,
    text_schema,
)

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document that was read.

    Attributes:
        kind: What it is.
        place: Where it stands in the file.
        rows: Its rows by document table, in order.
    """

    kind: DocumentKind
    place: str
    rows: Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class UnreadableDocument:
    """A document that could not be read: its place, why, its length in bytes, and its code."""

    place: str
    reason: Text
    size: int = 0
    check: str = BROKEN


def gather(
    found: Iterable[ReadDocument | UnreadableDocument],
    ignored: Counter[str],
    *,
    transaction: str,
    kind: DocumentKind,
    limit: int,
) -> Iterator[DocumentBatch]:
    """Number documents from 1 in the order in which they are found, and hand them on in batches of one kind.

    Args:
        found: The documents.
        ignored: Names that no field is known for; whoever finds documents counts them here, each batch takes what was
            counted since the last.
        transaction: As `DocumentBatch.transaction`.
        kind: What a batch is called in which no document could be read.
        limit: Greatest number of documents of a batch.
    """
    read: list[tuple[int, ReadDocument]] = []
    broken: list[BrokenDocument] = []
    for number, each in enumerate(found, start=1):
        new_kind = isinstance(each, ReadDocument) and read and read[-1][1].kind != each.kind
        if new_kind or len(read) + len(broken) >= limit:
            yield _batch(read, broken, ignored, transaction, kind)
            read, broken = [], []
        if isinstance(each, ReadDocument):
            read.append((number, each))
        else:
            broken.append(BrokenDocument(number, each.place, each.reason, each.size, each.check))
    if read or broken or ignored:
        yield _batch(read, broken, ignored, transaction, kind)


def _batch(
    read: Sequence[tuple[int, ReadDocument]],
    broken: Sequence[BrokenDocument],
    ignored: Counter[str],
    transaction: str,
    kind: DocumentKind,
) -> DocumentBatch:
    rows: dict[str, list[Mapping[str, str | int | None]]] = {}
    for number, document in read:
        for table, lines in document.rows.items():
            kept = rows.setdefault(table, [])
            for sequence, line in enumerate(lines, start=1):
                kept.append({DOCUMENT: number, SEQUENCE: sequence, **{key: _text(line[key]) for key in line}})
    taken = dict(ignored)
    ignored.clear()
    return DocumentBatch(
        kind=read[0][1].kind if read else kind,
        transaction=transaction,
        documents=documents_frame([number for number, _ in read], [document.place for _, document in read]),
        frames={table: _frame(table, lines) for table, lines in rows.items()},
        broken=tuple(broken),
        ignored=taken,
    )


def _frame(table: str, lines: Sequence[Mapping[str, str | int | None]]) -> pl.DataFrame:
    present = {name for line in lines for name in line}
    schema = {name: kind for name, kind in text_schema(table).items() if name in present}
    unknown = present - schema.keys()
    if unknown:
        raise KeyError(f"{table}: {sorted(unknown)}")
    return pl.DataFrame([[line.get(name) for name in schema] for line in lines], schema=schema, orient="row")


def _text(value: str | None) -> str | None:
    """Trim a text; empty is null. What UTF-8 cannot hold (half a surrogate pair) is replaced, so that it is seen."""
    trimmed = value.strip() if value else ""
    return trimmed.encode("utf-8", "replace").decode("utf-8") if trimmed else None
