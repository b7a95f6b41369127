"""Identity values where a table has no place for them, found before a row is taken."""

from collections.abc import Iterator

import polars as pl

from tongchou.privacy.redaction import is_name
from tongchou.privacy.shapes import identity_shapes
from tongchou.schema.contract import Column, Grade, Kind, Table

_RECORD_ENDINGS = ("_id", "_code", "_no")
_HAN = r"\p{Han}"
_NOBODY = pl.lit(value=False)


def identity_values(table: Table, rows: pl.DataFrame) -> list[tuple[Column, pl.Series]]:
    """Return the columns of a batch that hold identity values, and which of its rows do.

    Where a pseudonym is due, any id or phone number and any Chinese word is somebody's. In numbers of records an id
    number is, if it cannot be a date and serial number. Other text holds one if it is a name, or if a number stands
    anywhere in it. A count or amount that no stay, line or agreement reaches is a number in the wrong column.

    Args:
        table: The contract.
        rows: A batch with the contract's columns and types.
    """
    wanted = [
        (column, expression) for column in table.columns if (expression := _expression(table, column)) is not None
    ]
    if not wanted:
        return []
    # Nothing, by far the most, is told by a few cheap looks at each text.
    suspects = rows.select(_is_suspect(table, column).any().alias(column.name) for column, _ in wanted).row(0)
    found = [pair for pair, is_suspect in zip(wanted, suspects, strict=True) if is_suspect]
    flags = [(column, rows.select(expression.fill_null(value=False)).to_series()) for column, expression in found]
    return [(column, flag) for column, flag in flags if flag.any()]


def overlong_values(table: Table, rows: pl.DataFrame) -> Iterator[tuple[Column, pl.Series]]:
    """Yield the columns of a batch that hold texts too long to be anything but notes, and which of its rows do."""
    longest = identity_shapes().longest_text
    for column in table.columns:
        if column.kind is Kind.TEXT:
            # Bytes are at hand, characters are counted only where there are many bytes.
            text = rows.get_column(column.name)
            if (text.str.len_bytes() > longest).any():
                is_long = (text.str.len_chars() > longest).fill_null(value=False)
                if is_long.any():
                    yield column, is_long


def _is_suspect(table: Table, column: Column) -> pl.Expr:
    value = pl.col(column.name)
    if column.kind is not Kind.TEXT:
        return value.abs() >= _implausible(table, column)
    length = value.str.len_bytes()
    return (length >= 11) | (length != value.str.len_chars())


def _expression(table: Table, column: Column) -> pl.Expr | None:
    if column.kind in {Kind.DATE, Kind.FLAG} or column.values or column.pattern:
        return None
    if column.kind is not Kind.TEXT:
        return None if column.maximum is not None else pl.col(column.name).abs() >= _implausible(table, column)
    return names_somebody(table, column)


def names_somebody(table: Table, column: Column) -> pl.Expr:
    """Return whether each text of a column names a person where the column has no place for one."""
    value, shapes = pl.col(column.name).cast(pl.String), identity_shapes()
    if column.name in {"person_id", "expert_id"}:
        return value.str.contains(shapes.whole) | value.str.contains(_HAN) | value.str.contains(shapes.inside)
    is_person = _NOBODY if column.name in shapes.not_names else is_name(value)
    if column.name.endswith(_RECORD_ENDINGS) or column.name in table.key or column.references:
        return value.str.contains(shapes.whole_in_records) | is_person
    return value.str.contains(shapes.in_text) | value.str.contains(shapes.inside) | is_person


def _implausible(table: Table, column: Column) -> int:
    grade = table.grade_of(column.name)
    return identity_shapes().implausible[Grade.CLINICAL if grade is Grade.PERSON else grade]
