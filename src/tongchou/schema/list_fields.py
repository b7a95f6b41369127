"""The fields of settlement lists and of what comes with them: one row of `packs/intake/fields.csv` each.

Every reader, writer and check of a national format follows this one table, so that a field has one name, one length
and one meaning wherever it is met.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import yaml

from tongchou.core.text import Text

Family = Literal["interface", "reply"]
"""A family of names: the interface (4101, 4101A, 2301, 2304, 2501), the reply of 4103 (and of 2301). Those of the front
page stand in `front_page_fields`."""

FieldKind = Literal["text", "code", "whole", "fen", "e4", "e6", "date", "moment", "duration"]
"""How a field is written: `fen` in yuan, `e4` and `e6` as decimals, `duration` as days/hours/minutes."""

Grade = Literal["identity", "clinical", "cost", "administrative"]

FAMILIES: tuple[Family, ...] = get_args(Family)


@dataclass(frozen=True, slots=True)
class ListField:
    """One field.

    Attributes:
        table: The document table that holds it.
        column: Its name there; amounts are in fen, durations in minutes.
        kind: How it is written in a file.
        length: Greatest length of the text, or digits before the point; None where nothing is said.
        decimals: Digits behind the point; None where none are allowed.
        dictionary: The code list that its values come from, by the name in `packs/intake/dictionaries.yaml`.
        required: The transactions and formats in which it must be filled.
        grade: How it is guarded; `identity` never leaves the door of the intake.
        pseudonym: The column that holds a keyed pseudonym in its place; empty where nothing does.
        names: Its name in each family of names that has it.
        title: Its name for people.
    """

    table: str
    column: str
    kind: FieldKind
    length: int | None
    decimals: int | None
    dictionary: str
    required: frozenset[str]
    grade: Grade
    pseudonym: str
    names: Mapping[Family, str]
    title: Text


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """What a national code means.

    Attributes:
        state: The state that our columns hold.
        title: Its name.
        category: For a fee class of the front page, the fee category of the settlement list that it counts in; None
            where it is part of another class.
    """

    state: str
    title: Text
    category: str | None = None


@cache
def list_fields(table: str) -> tuple[ListField, ...]:
    """Return the fields of a document table, in order; `KeyError` names a table that there is not."""
    return _fields_by_table()[table]


@cache
def field_names(table: str, family: Family) -> Mapping[str, ListField]:
    """Return the fields of a table by their name in a family."""
    return {field.names[family]: field for field in list_fields(table) if family in field.names}


def document_table_names() -> tuple[str, ...]:
    """Return the names of the document tables, in the order in which they stand."""
    return tuple(_fields_by_table())


@cache
def dictionary(name: str) -> Mapping[str, CodeMeaning]:
    """Return a code list: national code to meaning; `KeyError` names a list that there is not."""
    return _dictionaries()[name]


@cache
def has_dictionary(name: str) -> bool:
    """Return whether a code list is written down here; diagnoses, operations and departments are kept elsewhere."""
    return name in _dictionaries()


@cache
def _fields_by_table() -> Mapping[str, tuple[ListField, ...]]:
    text = files("tongchou").joinpath("packs", "intake", "fields.csv").read_text(encoding="utf-8")
    tables: dict[str, list[ListField]] = {}
    for row in csv.DictReader(text.splitlines()):
        tables.setdefault(row["table"], []).append(_field(row))
    return {name: tuple(fields) for name, fields in tables.items()}


def _field(row: Mapping[str, str]) -> ListField:
    kind, grade = row["kind"], row["grade"]
    if None in row or not row["en"] or kind not in get_args(FieldKind) or grade not in get_args(Grade):
        raise ValueError(f"fields.csv: {row['table']}.{row['column']}")
    return ListField(
        table=row["table"],
        column=row["column"],
        kind=kind,  # type: ignore[arg-type]  # compared just above
        length=int(row["length"]) if row["length"] else None,
        decimals=int(row["decimals"]) if row["decimals"] else None,
        dictionary=row["dictionary"],
        required=frozenset(filter(None, row["required"].split("|"))),
        grade=grade,  # type: ignore[arg-type]
        pseudonym=row["pseudonym"],
        names={family: row[family] for family in FAMILIES if row[family]},
        title=Text(row["zh"], row["en"]),
    )


@cache
def _dictionaries() -> Mapping[str, Mapping[str, CodeMeaning]]:
    text = files("tongchou").joinpath("packs", "intake", "dictionaries.yaml").read_text(encoding="utf-8")
    return {
        name: {
            code: CodeMeaning(said["state"], Text(said["zh"], said["en"]), said.get("category"))
            for code, said in codes.items()
        }
        for name, codes in yaml.safe_load(text).items()
    }
