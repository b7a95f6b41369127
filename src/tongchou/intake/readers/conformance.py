# ruff: noqa: S101  # to assert is what this module is for
"""What every reader must keep to, as checks that ours and those of others run in their tests."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch, text_schema
from tongchou.intake.readers.reader import HEAD_BYTES, Reader, ReadingTerms

_BATCH = 3
_JUNK = (b"", b"\x00" * 64, b"\xff\xfe\xfd" * 20, b"{" * 500, b"[" * 500, b"<html></html>\n", b'"' * 33)


def check_reader(
    reader: Reader,
    good_files: Mapping[Path, int],
    bad_files: Sequence[Path] = (),
    *,
    planted: Sequence[str] = (),
    terms: ReadingTerms | None = None,
) -> None:
    """Check that a reader keeps to `Reader`: nothing lost, order kept, bounded, and silent on what a file holds.

    Args:
        reader: The reader.
        good_files: Files of its format, with the number of documents in each, whole or broken.
        bad_files: Files that are damaged in some way that the format knows.
        planted: Values that stand in the files and must not be shown by any error or reason.
        terms: What the files do not say.

    Raises:
        AssertionError: With the file and what is not kept to.
    """
    said = terms or ReadingTerms(institution_id="H00000000001")
    small = ReadingTerms(said.institution_id, said.mapping, _BATCH)
    for path, count in good_files.items():
        head = path.read_bytes()[:HEAD_BYTES]
        assert reader.recognises(path, head), f"{path.name}: not recognised"
        batches = list(reader.read(path, path.name, small))
        check_batches(path.name, batches, count)
        assert max(_size(batch) for batch in batches) <= _BATCH or count <= _BATCH, f"{path.name}: batches too large"
        whole = list(reader.read(path, path.name, said))
        assert _content(batches) == _content(whole), f"{path.name}: another batch size gives other rows"
        for damaged in _damaged(head):
            check_damaged(reader, damaged, path.suffix, said, planted)
    for path in bad_files:
        check_damaged(reader, path.read_bytes(), path.suffix, said, planted)


def check_damaged(reader: Reader, content: bytes, suffix: str, terms: ReadingTerms, planted: Iterable[str]) -> None:
    """Check that a file of this content ends in batches or in an error of ours, and that no planted value is shown."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"damaged{suffix}"
        path.write_bytes(content)
        assert reader.recognises(path, content[:HEAD_BYTES]) in {True, False}, "recognises gives no truth value"
        shown = ""
        try:
            batches = list(reader.read(path, "damaged", terms))
        except TongchouError as problem:
            shown = str(problem)
        else:
            check_batches("damaged", batches, None)
            shown = "\n".join(f"{each.place} {each.reason}" for batch in batches for each in batch.broken)
        for value in planted:
            assert value not in shown, f"an error shows {value}"


def check_batches(name: str, batches: Sequence[DocumentBatch], count: int | None) -> None:
    """Check that the documents of a file's batches are counted without gap, and their rows in order and of the tables.

    Args:
        name: The file, for messages.
        batches: Its batches.
        count: How many documents it has; None where that is not known.
    """
    numbers = sorted(number for batch in batches for number in _numbers(batch))
    assert numbers == list(range(1, len(numbers) + 1)), f"{name}: documents are not numbered from 1 without gap"
    assert count is None or len(numbers) == count, f"{name}: {len(numbers)} documents instead of {count}"
    for batch in batches:
        whole = batch.documents[DOCUMENT].to_list()
        assert whole == sorted(whole), f"{name}: documents out of order"
        for table, frame in batch.frames.items():
            schema = text_schema(table)
            assert all(schema.get(column) == kind for column, kind in frame.schema.items()), f"{name}: {table} columns"
            keys = frame.select(DOCUMENT, SEQUENCE).rows()
            assert keys == sorted(set(keys)), f"{name}: rows of {table} out of order or doubled"
            assert set(frame[DOCUMENT]) <= set(whole), f"{name}: rows of {table} without a document"
            for text in frame.drop(DOCUMENT, SEQUENCE):
                said = text.drop_nulls()
                assert ((said.str.strip_chars() == said) & (said != "")).all(), f"{name}: {text.name} not trimmed"
    for earlier, later in pairwise(batches):
        if earlier.kind == later.kind and earlier.transaction == later.transaction:
            assert max(_numbers(earlier), default=0) < min(_numbers(later), default=1 << 60), f"{name}: batches mixed"


def _numbers(batch: DocumentBatch) -> list[int]:
    return [*batch.documents[DOCUMENT].to_list(), *(each.number for each in batch.broken)]


def _size(batch: DocumentBatch) -> int:
    return batch.documents.height


def _content(batches: Sequence[DocumentBatch]) -> object:
    rows: dict[tuple[str, str], list[object]] = {}
    for batch in batches:
        for table, frame in batch.frames.items():
            rows.setdefault((batch.transaction, table), []).extend(
                tuple(sorted((name, value) for name, value in row.items() if value is not None))
                for row in frame.to_dicts()
            )
    return sorted((key, values) for key, values in rows.items() if values)


def _damaged(content: bytes) -> Iterator[bytes]:
    """Yield a file's content cut off, with bytes exchanged, and with junk in it, always the same."""
    yield from _JUNK
    places = sorted({len(content) * part // 5 for part in range(5)} | {1, max(len(content) - 1, 0)})
    for place in places:
        yield content[:place]
        yield content[place:]
        yield content[:place] + b"\x00" + content[place + 1 :]
        yield content[:place] + b"\xe5" + content[place + 1 :]
        yield content[:place] + b'"' + content[place:]
        yield content[:place] + b"\n" + content[place:]
    for junk in _JUNK:
        yield junk + content
        yield content + junk
