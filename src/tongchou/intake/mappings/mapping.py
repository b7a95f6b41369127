"""A mapping: what the columns of a hospital's own tables hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Unit = Literal["yuan", "fen", "ten_thousand_yuan"]
"""The unit of an amount of money: 元, 分, 万元."""

MappedKind = Literal["front_page", "settlement_list"]
"""What a mapped table holds."""

UNITS: tuple[Unit, ...] = get_args(Unit)
MAPPED_KINDS: tuple[MappedKind, ...] = get_args(MappedKind)


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """What one column of the hospital's table holds.

    Attributes:
        source: The column's name in the hospital's table.
        table: The document table.
        column: The field's column there.
        place: As `FrontPageCell.place`; for a cell that holds several values, the place of the first.
        values: National codes by the values that the hospital writes; others are taken as written.
        split: Characters each of which parts the values that stand in one cell; empty where one stands there.
        unit: Unit of an amount.
        date_format: How a date is written: `yyyy`, `MM`, `dd`, `HH`, `mm`, `ss` and what stands between them; empty
            where it is one of the formats that are read without being told.
    """

    source: str
    table: str
    column: str
    place: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    split: str = ""
    unit: Unit = "yuan"
    date_format: str = ""


@dataclass(frozen=True, slots=True)
class DetailTable:
    """A second table with a row for every diagnosis, operation or fee of a stay.

    Attributes:
        sheet: The sheet of the same workbook; empty where it is another file.
        file: The other file's name beside the first, `*` standing for any characters.
        key: Columns that name the stay: here, and in the first table.
        columns: What its columns hold, all of one document table.
        ignored: Columns that are known to hold nothing wanted.
    """

    sheet: str
    file: str
    key: tuple[tuple[str, str], ...]
    columns: tuple[MappedColumn, ...]
    ignored: frozenset[str]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What the tables of a hospital hold.

    Attributes:
        name: Its name; the transaction of the documents read by it.
        document: What a row of the first table is.
        sheet: The sheet of a workbook; empty: the first.
        header_row: The row that holds the names, counted from 1; rows above it are titles.
        constants: Values that every document has, by table and column.
        columns: What the columns of the first table hold.
        ignored: Columns that are known to hold nothing wanted.
        details: Further tables.
    """

    name: str
    document: MappedKind
    sheet: str
    header_row: int
    constants: Mapping[tuple[str, str], str]
    columns: tuple[MappedColumn, ...]
    ignored: frozenset[str]
    details: tuple[DetailTable, ...]
