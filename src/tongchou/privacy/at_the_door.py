"""Identity values where a table has no place for them, found before a row is taken."""

from collections.abc import Iterator

import polars as pl

from tongchou.privacy.redaction import is_name
from tongchou.privacy.shapes import identity_shapes
from tongchou.schema.contract import Column, Grade, Kind, Table

_RECORD_ENDINGS = ("_id", "_code", "_no")
_PSEUDONYMS = {"person_id", "expert_id"}
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
    found: list[tuple[Column, pl.Series]] = []
    for column in table.columns:
        values = rows.get_column(column.name)
        flags = _in_text(table, column, values) if column.kind is Kind.TEXT else _in_numbers(table, column, values)
        if flags is not None and flags.any():
            found.append((column, flags))
    return found


def overlong_values(table: Table, rows: pl.DataFrame) -> Iterator[tuple[Column, pl.Series]]:
    """Yield the columns of a batch that hold texts too long to be anything but notes, and which of its rows do."""
    longest = identity_shapes().longest_text
    for column in table.columns:
        if column.kind is Kind.TEXT and not column.values:
            text = rows.get_column(column.name)
            # Bytes are at hand; characters are counted only where there are many bytes.
            if (text.str.len_bytes() > longest).any():
                is_long = (text.str.len_chars() > longest).fill_null(value=False)
                if is_long.any():
                    yield column, is_long


def _in_numbers(table: Table, column: Column, values: pl.Series) -> pl.Series | None:
    if column.kind in {Kind.DATE, Kind.FLAG} or column.maximum is not None:
        return None
    bound = _implausible(table, column)
    ends = [end for end in (values.min(), values.max()) if isinstance(end, int)]
    if not ends or max(map(abs, ends)) < bound:
        return None
    return (values.abs() >= bound).fill_null(value=False)


def _in_text(table: Table, column: Column, values: pl.Series) -> pl.Series | None:
    if column.values or column.pattern:
        return None
    # By far the most values are told apart by their length; only the others are looked at closely.
    length = values.str.len_bytes()
    is_suspect = (length == 11) | (length == 18) if _is_record(table, column) else length >= 11
    characters = values.str.len_chars()
    if length.sum() != characters.sum():
        is_suspect = is_suspect | (length != characters)
    index = is_suspect.fill_null(value=False).arg_true()
    if index.is_empty():
        return None
    looked_at = values[index].to_frame().select(names_somebody(table, column).fill_null(value=False)).to_series()
    flags = pl.Series([False]).new_from_index(0, values.len())
    return flags.scatter(index.filter(looked_at), values=True) if looked_at.any() else None


def names_somebody(table: Table, column: Column) -> pl.Expr:
    """Return whether each text of a column names a person where the column has no place for one."""
    value, shapes = pl.col(column.name).cast(pl.String), identity_shapes()
    if column.name in _PSEUDONYMS:
        return value.str.contains(shapes.whole) | value.str.contains(_HAN) | value.str.contains(shapes.inside)
    in_words = value.str.contains(shapes.in_text) | value.str.contains(shapes.inside)
    is_person = _NOBODY if column.name in shapes.not_names else is_name(value)
    if _is_record(table, column):
        # Words beside a number tell it from the number of a record.
        is_about = value.str.contains(_HAN) & in_words
        return value.str.contains(shapes.whole_in_records) | is_about | is_person
    return in_words | is_person


def _implausible(table: Table, column: Column) -> int:
    grade = table.grade_of(column.name)
    is_count = column.kind is Kind.WHOLE or grade is Grade.PERSON
    return identity_shapes().implausible[Grade.CLINICAL if is_count else grade]


def _is_record(table: Table, column: Column) -> bool:
    """Return whether a column holds numbers that records or places are found by, rather than people or words."""
    is_number = column.name.endswith(_RECORD_ENDINGS) or column.name in table.key or column.references is not None
    return is_number and column.name not in _PSEUDONYMS
