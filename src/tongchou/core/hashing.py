"""Hashes that name content: of files, of texts and of tables."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv


def hash_text(*parts: str) -> str:
    """Return the SHA-256 of texts, each closed by a NUL, as hexadecimal."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_batches(batches: Iterable[pa.RecordBatch]) -> str:
    """Return the SHA-256 of rows in their order, whatever the batches they come in.

    The rows are hashed in their CSV form, so the hash does not depend on dictionary encoding, on validity
    buffers or on where one batch ends and the next begins.
    """
    sink = _DigestSink()
    for batch in batches:
        if batch.num_rows:
            pa_csv.write_csv(pa.table(batch), sink, pa_csv.WriteOptions(include_header=False))
    return sink.digest.hexdigest()


class _DigestSink:
    """A file-like object that hashes what is written to it."""

    closed = False

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""
