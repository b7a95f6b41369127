"""A code map: which code of one system stands for which of another, from when, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import polars as pl

from tongchou.core.text import Text
from tongchou.schema.list_fields import document_table_names, has_dictionary, list_fields

PAIRS: Mapping[str, type[pl.DataType]] = MappingProxyType(
    {
        "from_code": pl.String,
        "to_code": pl.String,
        "from_name": pl.String,
        "to_name": pl.String,
        "valid_from": pl.Date,
        "valid_until": pl.Date,
        "note": pl.String,
    }
)
"""The columns of a map's rows; days are inclusive, an empty one is as far as the map itself is valid."""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of a document table that a kind of codes stands in.

    Attributes:
        table: The document table.
        source: The column that is looked up.
        target: The column that the found code is put into; where it is another one, only into empty places.
        name: The column of the code's name, in which the name goes with the code; None where there is none.
    """

    table: str
    source: str
    target: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CodeMap:
    """A map from one system of codes to another.

    Attributes:
        map_id: Its id, unlike that of any other map.
        kind: What the codes are: one of `KINDS`, or the name of a code list of `packs/intake/dictionaries.yaml`.
        step: Its place in the chain of maps of its kind: maps are applied by it, smallest first.
        from_system: The system of the codes that are looked up.
        to_system: The system of the codes that they become.
        title: Its name.
        publisher: Who issued it.
        source: The document that it is taken from.
        valid_from: First day of discharge that it applies to.
        valid_until: Last day; None for no end.
        institution_id: The institution whose codes it is for; None for every institution's.
        pairs: Its rows, of the columns `PAIRS`.
    """

    map_id: str
    kind: str
    step: int
    from_system: str
    to_system: str
    title: Text
    publisher: str
    source: str
    valid_from: date
    valid_until: date | None
    institution_id: str | None
    pairs: pl.DataFrame


KINDS: Mapping[str, tuple[MappedColumn, ...]] = MappingProxyType(
    {
        "diagnosis": (
            MappedColumn("list_diagnoses", "code", "code", "name"),
            MappedColumn("settlement_lists", "outpatient_diagnosis_code", "outpatient_diagnosis_code"),
            MappedColumn("list_chronic_treatments", "diagnosis_code", "diagnosis_code", "diagnosis_name"),
            MappedColumn("referral_filings", "diagnosis_code", "diagnosis_code", "diagnosis_name"),
        ),
        "operation": (
            MappedColumn("list_operations", "code", "code", "name"),
            MappedColumn("list_chronic_treatments", "operation_code", "operation_code", "operation_name"),
        ),
        "institution": (
            MappedColumn("settlement_lists", "institution_id", "institution_id"),
            MappedColumn("settlement_lists", "receiving_institution_id", "receiving_institution_id"),
            MappedColumn("referral_filings", "institution_id", "institution_id"),
            MappedColumn("referral_filings", "to_institution_id", "to_institution_id"),
        ),
        "fee_item": (MappedColumn("list_fee_lines", "local_code", "catalogue_code"),),
    }
)
"""The kinds of codes that stand in columns of their own; departments and other code lists go by their dictionary."""


def mapped_columns(kind: str) -> tuple[MappedColumn, ...]:
    """Return the columns that a kind of codes stands in; empty for a kind that there is not."""
    if kind in KINDS:
        return KINDS[kind]
    if kind != "department" and not has_dictionary(kind):
        return ()
    return tuple(
        MappedColumn(table, field.column, field.column)
        for table in document_table_names()
        for field in list_fields(table)
        if field.dictionary == kind
    )


def in_order(maps: tuple[CodeMap, ...]) -> tuple[CodeMap, ...]:
    """Return maps in the order in which they are applied: institutions first, then by kind, step, and id."""
    return tuple(sorted(maps, key=lambda each: (each.kind != "institution", each.kind, each.step, each.map_id)))
