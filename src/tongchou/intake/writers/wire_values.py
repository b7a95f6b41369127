"""Typed columns as the interface writes them: national codes, yuan, days/hours/minutes."""

from collections.abc import Mapping
from functools import cache

import polars as pl

from tongchou.schema.list_fields import ListField, dictionary, has_dictionary, list_fields

_MINUTES_A_DAY = 24 * 60
_POWERS = {"fen": 2, "e4": 4, "e6": 6}


def wire_frame(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of a document table with every field as the interface writes it.

    Where several national codes mean one state, the first of the code list is written; a value that is no state of
    its list is left as it stands.

    Args:
        table: The document table.
        rows: Columns of `typed_schema(table)`, some or all; other columns are kept as they are.
    """
    written = [_written(field).alias(field.column) for field in list_fields(table) if field.column in rows.columns]
    return rows.with_columns(written)


def _written(field: ListField) -> pl.Expr:
    column = pl.col(field.column)
    if field.column.startswith("is_"):
        return pl.when(column).then(pl.lit("1")).when(~column).then(pl.lit("0"))
    if field.kind in _POWERS:
        return _decimal(column, _POWERS[field.kind])
    if field.kind == "date":
        return column.dt.strftime("%Y-%m-%d")
    if field.kind == "moment":
        return column.dt.strftime("%Y-%m-%d %H:%M:%S")
    if field.kind == "duration":
        days, hours, minutes = column // _MINUTES_A_DAY, column // 60 % 24, column % 60
        return pl.format("{}/{}/{}", days, hours, minutes)
    if field.kind == "code" and has_dictionary(field.dictionary):
        codes = _code_of_state(field.dictionary)
        return column.cast(pl.String).replace(list(codes), list(codes.values()))
    return column.cast(pl.String)


def _decimal(column: pl.Expr, decimals: int) -> pl.Expr:
    unit = 10**decimals
    sign = pl.when(column < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    behind = (column.abs() % unit).cast(pl.String).str.zfill(decimals)
    return pl.format("{}{}.{}", sign, column.abs() // unit, behind)


@cache
def _code_of_state(name: str) -> Mapping[str, str]:
    codes: dict[str, str] = {}
    for code, meaning in dictionary(name).items():
        codes.setdefault(meaning.state, code)
    return codes
