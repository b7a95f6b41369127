"""What a table contract says, and the Arrow schema that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa

from tongchou.core.text import Text


class Kind(StrEnum):
    """The type of a column."""

    TEXT = "text"
    WHOLE = "whole"
    FEN = "fen"
    E4 = "e4"
    DATE = "date"
    MOMENT = "moment"
    FLAG = "flag"


class Grade(StrEnum):
    """How near a column is to a person: what a view for a purpose shows, masks or refuses.

    Names, id numbers, phones and addresses are in no table of the lake: they are sealed in the map of pseudonyms.
    """

    IDENTITY = "identity"
    PERSON = "person"
    CLINICAL = "clinical"
    COST = "cost"
    ADMINISTRATIVE = "administrative"
    PUBLIC = "public"


_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.FEN: pa.int64(),
    Kind.E4: pa.int64(),
    Kind.DATE: pa.date32(),
    Kind.MOMENT: pa.timestamp("ms"),
    Kind.FLAG: pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: English identifier; amounts end in `_fen`, scaled ratios in `_e4`, dates in `_on`,
            moments in `_at` (local time, no zone).
        kind: Type of the values.
        title: Name for people.
        is_required: Whether every row must have a value.
        values: The allowed values with their names, where the column holds states.
        minimum: Least allowed value, inclusive (whole numbers and amounts).
        maximum: Greatest allowed value, inclusive.
        pattern: Regular expression that the whole text must match.
        references: `table.column` whose values this column must hold.
        note: What else a reader must know: source field of the interface, how it is counted.
        grade: How near it is to a person, where that is not what `Table.grade_of` says of the table's columns.
    """

    name: str
    kind: Kind
    title: Text
    is_required: bool = True
    values: Mapping[str, Text] = field(default_factory=dict)
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    references: str | None = None
    note: Text | None = None
    grade: Grade | None = None

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type of the column."""
        return _ARROW[self.kind]


@dataclass(frozen=True, slots=True)
class Table:
    """The contract of a table.

    Attributes:
        name: English identifier, also the folder in the lake and the stem of a file handed in.
        title: Name for people.
        grain: What one row is.
        key: Columns that together name a row.
        columns: In order.
        is_input: Whether users hand the table in (else a step of the settlement makes it).
        grade: The grade of the columns that have none of their own.
    """

    name: str
    title: Text
    grain: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    is_input: bool = True
    grade: Grade = Grade.CLINICAL

    @property
    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema: column order, types, and which may be null."""
        return pa.schema([pa.field(c.name, c.arrow_type, nullable=not c.is_required) for c in self.columns])

    def column(self, name: str) -> Column:
        """Return one column by name; `KeyError` names a column that the contract does not have."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    def grade_of(self, name: str) -> Grade:
        """Return the grade of a column: its own, else `cost` for amounts among clinical facts, else the table's."""
        column = self.column(name)
        if column.grade is not None:
            return column.grade
        is_cost = column.kind is Kind.FEN and self.grade is Grade.CLINICAL
        return Grade.COST if is_cost else self.grade
