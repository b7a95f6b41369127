"""Reading a file in a test, with what is required of every reader checked on the way."""

from pathlib import Path

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch, text_schema
from tongchou.intake.readers.reader import Reader, ReadingTerms
from tongchou.schema.list_fields import document_table_names

TERMS = ReadingTerms(institution_id="H00000000009")


def read_all(reader: Reader, path: Path, terms: ReadingTerms = TERMS) -> list[DocumentBatch]:
    """Read a file whole.

    Every document is in exactly one batch, as read or as broken; numbers count from 1 without a gap; rows have only
    columns of their table, in the order of documents and their own.
    """
    batches = list(reader.read(path, path.name, terms))
    numbers: list[int] = []
    for batch in batches:
        read = batch.documents[DOCUMENT].to_list()
        of_batch = sorted([*read, *(each.number for each in batch.broken)])
        assert len(of_batch) <= terms.batch_documents
        numbers += of_batch
        for table, frame in batch.frames.items():
            assert table in document_table_names()
            schema = text_schema(table)
            assert {name: frame.schema[name] for name in frame.columns} == {
                name: schema[name] for name in frame.columns
            }
            assert set(frame[DOCUMENT].unique()) <= set(read)
            assert frame.select(DOCUMENT, SEQUENCE).equals(frame.select(DOCUMENT, SEQUENCE).sort(DOCUMENT, SEQUENCE))
    assert numbers == list(range(1, len(numbers) + 1))
    return batches


def rows(batches: list[DocumentBatch], table: str) -> list[dict[str, str]]:
    """Return the rows of a table over all batches, without empty values."""
    frames = [batch.frames[table] for batch in batches if table in batch.frames]
    if not frames:
        return []
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in pl.concat(frames, how="diagonal").to_dicts()
    ]


def ignored(batches: list[DocumentBatch]) -> dict[str, int]:
    """Return what was counted and not read."""
    return {name: number for batch in batches for name, number in batch.ignored.items()}


def broken(batches: list[DocumentBatch]) -> list[tuple[str, str]]:
    """Return the places and the English reasons of what could not be read."""
    return [(each.place, each.reason.en) for batch in batches for each in batch.broken]
