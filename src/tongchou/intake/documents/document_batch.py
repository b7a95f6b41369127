"""Some documents of a file, as columns of text: what every reader hands over, whatever the format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from tongchou.core.text import Text
from tongchou.schema.list_fields import list_fields

DOCUMENT = "_document"
"""Which document of the file a row belongs to: its number, counted from 1 in the order of the file."""

SEQUENCE = "_seq"
"""The order of a row among those of its document in its table, counted from 1."""

DocumentKind = Literal["settlement_list", "front_page", "claim", "message", "fee_lines", "settlement_reply", "referral"]
"""What a document is; it decides which checks apply and what is made of it."""


BROKEN = "intake.broken_document"
"""The code of a document that cannot be read."""

KEY_GIVEN_TWICE = "intake.key_given_twice"
"""The code of a document that says two things under one name."""


@dataclass(frozen=True, slots=True)
class BrokenDocument:
    """A document that could not be read as one.

    Attributes:
        number: Its number in the file.
        place: Where it stands, as the file's own kind counts: `line 17`, `[17]`, `Bundle.entry[3]`.
        reason: What is wrong, without showing any value of the document.
        size: Its length in bytes, as far as known.
        check: The code that it is set aside with.
    """

    number: int
    place: str
    reason: Text
    size: int = 0
    check: str = BROKEN


@dataclass(frozen=True, slots=True)
class DocumentBatch:
    """Some consecutive documents of one file.

    Attributes:
        kind: What they are; a file may yield batches of several kinds.
        transaction: Which required fields apply: `4101`, `4101A`, `4103`, `hqms`, `weitong4`, `2301`, `2304`, `2501`,
            `fhir`, `hl7`, or a mapping's name.
        documents: Numbers of the documents, in order, with the place of each: columns `_document`, `_place`.
        frames: Rows by document table; columns `_document`, `_seq` and those of `list_fields(table)` that the format
            has, all of them text as received (trimmed; empty is null), amounts in yuan, times as written.
        broken: Documents among them that are none.
        ignored: Names in the format that no field is known for, with how often they were met.
    """

    kind: DocumentKind
    transaction: str
    documents: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]
    broken: tuple[BrokenDocument, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)


def text_schema(table: str) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Return the columns of a document table as readers hand it over."""
    return {DOCUMENT: pl.Int64, SEQUENCE: pl.Int64, **{each.column: pl.String for each in list_fields(table)}}


def documents_frame(numbers: list[int], places: list[str]) -> pl.DataFrame:
    """Return the frame `DocumentBatch.documents`."""
    return pl.DataFrame({DOCUMENT: numbers, "_place": places}, schema={DOCUMENT: pl.Int64, "_place": pl.String})
