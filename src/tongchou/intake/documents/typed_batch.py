"""Documents as typed columns: what the checks look at, and what the tables of the lake are made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentKind
from tongchou.schema.list_fields import FieldKind, ListField, list_fields

_TYPES: Mapping[FieldKind, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "whole": pl.Int64(),
    "fen": pl.Int64(),
    "e4": pl.Int64(),
    "e6": pl.Int64(),
    "date": pl.Date(),
    "moment": pl.Datetime("ms"),
    "duration": pl.Int64(),
}

FOUND: Mapping[str, pl.DataType] = {
    DOCUMENT: pl.Int64(),
    "check": pl.String(),
    "table": pl.String(),
    SEQUENCE: pl.Int64(),
    "column": pl.String(),
    "value": pl.String(),
    "expected": pl.String(),
}
"""A finding in a document: which check, where (the row's `_seq` is null where the whole document is meant), what was
found and what it should agree with, both as text. A value of grade identity is never put there."""


@dataclass(frozen=True, slots=True)
class TypedBatch:
    """A batch of documents after conversion.

    Attributes:
        kind: What the documents are.
        transaction: As `DocumentBatch.transaction`.
        documents: As `DocumentBatch.documents`.
        frames: Rows by document table with the columns of `typed_schema`: every field of the table, absent ones null.
            A field with a dictionary that is written down holds the state, not the national code; `is_...` fields
            are Booleans. What could not be read is null and has a finding.
        found: Findings of the conversion (fields' lengths, precision, code lists), of the schema `FOUND`.
    """

    kind: DocumentKind
    transaction: str
    documents: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]
    found: pl.DataFrame


def typed_schema(table: str) -> dict[str, pl.DataType]:
    """Return the columns of a document table after conversion."""
    return {
        DOCUMENT: pl.Int64(),
        SEQUENCE: pl.Int64(),
        **{field.column: column_type(field) for field in list_fields(table)},
    }


def column_type(field: ListField) -> pl.DataType:
    """Return the type of a field's column after conversion."""
    return pl.Boolean() if field.column.startswith("is_") else _TYPES[field.kind]
