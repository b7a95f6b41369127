"""What a reader is, and how one is found for a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import DocumentBatch

GROUP = "tongchou.readers"
"""The entry point under which readers register, ours like those of others: name = `module:READER`."""

HEAD_BYTES = 1 << 16
"""How much of a file's beginning a reader may look at to tell whether the file is its own."""


@dataclass(frozen=True, slots=True)
class ReadingTerms:
    """What a reader must know that the file does not say.

    Attributes:
        institution_id: Whose file it is, where the format leaves it out.
        mapping: A mapping file that says which of the hospital's columns hold which field; None where none is given.
        batch_documents: Documents of a batch, about.
    """

    institution_id: str | None = None
    mapping: Path | None = None
    batch_documents: int = 5_000


class Reader(Protocol):
    """Reads files of one format. Tested by `tests/intake/readers/conformance.py`."""

    @property
    def name(self) -> str:
        """The name in commands and records, e.g. `4101`."""

    @property
    def title(self) -> Text:
        """The format's name for people."""

    @property
    def suffixes(self) -> Sequence[str]:
        """Suffixes of its files, lower case, with the dot."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Return whether a file is one of this format, by its name and its beginning; never raises."""

    def read(self, path: Path, name: str, terms: ReadingTerms) -> Iterator[DocumentBatch]:
        """Read a file in one pass and bounded memory.

        Every document of the file is in exactly one batch, either in `documents` or in `broken`; a broken document
        never hides those after it where the format allows going on. Rows keep the order of the file.

        Args:
            path: The file.
            name: How it is called in findings.
            terms: What the file does not say.

        Raises:
            TongchouError: Where the file as a whole is not of the format, in both languages, without any value of it.
        """


@cache
def readers() -> Mapping[str, Reader]:
    """Return the registered readers by name."""
    found: dict[str, Reader] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        reader: Reader = point.load()
        found[reader.name] = reader
    return found
