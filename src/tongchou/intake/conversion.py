"""From values as received to the contract's types, exactly or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tongchou.intake.columns import ColumnSource
from tongchou.schema.contract import Kind, Table
from tongchou.schema.polars_types import POLARS_TYPE

_WHOLE = r"^[+-]?\d+(?:\.0*)?$"
_DECIMAL = r"^[+-]?\d{1,15}(?:\.\d*)?$"
_YUAN = r"^([+-]?)(\d{1,15})(?:\.(\d{0,2})0*)?$"
_DATE = r"^(\d{4}-\d{2}-\d{2})(?:[T ]00:00:00(?:\.0+)?)?$"
_MOMENT = r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.0+)?$"
_FLAGS = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class CellFault:
    """A fault of one column that some rows of a batch have.

    Attributes:
        code: What is wrong, a code of `faults.FAULTS`.
        column: The contract's column that the fault is shown at.
        is_faulty: One flag per row of the batch.
        value: The value as text, per row.
        expected: What it should agree with, as text, per row; empty where the fault needs none.
    """

    code: str
    column: str
    is_faulty: pl.Series
    value: pl.Series
    expected: pl.Series | None = None


def convert(table: Table, sources: Sequence[ColumnSource], rows: pl.DataFrame) -> tuple[pl.DataFrame, list[CellFault]]:
    """Return a batch in the contract's columns and types, and the values that could not be converted.

    Whole numbers may be written `12` or `12.0`; amounts in a `_yuan` column have at most two decimals (further
    zeros do no harm) and become fen; dates are `yyyy-MM-dd`, also with a time of midnight; moments `yyyy-MM-dd
    HH:mm:ss`, also with a `T`; flags are `true`, `false`, `1` or `0`. A value that cannot be converted is null in
    the result and has a fault.
    """
    by_column = {source.column.name: source for source in sources}
    converted: list[pl.Series] = []
    faults: list[CellFault] = []
    for column in table.columns:
        target = POLARS_TYPE[column.kind]
        source = by_column.get(column.name)
        if source is None:
            converted.append(pl.Series(column.name, [None], dtype=target).new_from_index(0, rows.height))
            continue
        received = rows.get_column(source.name)
        if received.dtype == target and not source.is_yuan:
            converted.append(received.alias(column.name))
            continue
        text = received.cast(pl.String).fill_null("")
        value = _fen_of_yuan(text) if source.is_yuan else _value(column.kind, text)
        is_lost = value.is_null() & (text != "")
        if is_lost.any():
            faults += _faults(source, text, is_lost)
        converted.append(value.alias(column.name))
    return pl.DataFrame(converted), faults


def _faults(source: ColumnSource, text: pl.Series, is_lost: pl.Series) -> list[CellFault]:
    name = source.column.name
    if source.is_yuan:
        is_number = text.str.contains(_DECIMAL)
        return [
            CellFault("intake.fraction_of_fen", name, is_lost & is_number, text),
            CellFault("intake.not_an_amount", name, is_lost & ~is_number, text),
        ]
    match source.column.kind:
        case Kind.DATE:
            code = "intake.not_a_date"
        case Kind.MOMENT:
            code = "intake.not_a_moment"
        case Kind.FLAG:
            code = "intake.not_a_flag"
        case _:
            code = "intake.not_a_whole_number"
    return [CellFault(code, name, is_lost, text)]


def _value(kind: Kind, text: pl.Series) -> pl.Series:
    match kind:
        case Kind.TEXT:
            return text.set(text == "", None)
        case Kind.DATE:
            # The parser alone would also take 2025-1-5.
            return text.str.extract(_DATE).str.to_date("%Y-%m-%d", strict=False)
        case Kind.MOMENT:
            parts = [text.str.extract(_MOMENT, part) for part in (1, 2)]
            return (parts[0] + " " + parts[1]).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="ms")
        case Kind.FLAG:
            return text.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
        case _:
            whole = text.set(~text.str.contains(_WHOLE), None)
            return whole.str.replace(r"\..*$", "").cast(pl.Int64, strict=False)


def _fen_of_yuan(text: pl.Series) -> pl.Series:
    parts = text.to_frame("yuan").select(
        pl.col("yuan").str.extract(_YUAN, 1).alias("sign"),
        pl.col("yuan").str.extract(_YUAN, 2).cast(pl.Int64).alias("whole"),
        pl.col("yuan").str.extract(_YUAN, 3).fill_null("").str.pad_end(2, "0").cast(pl.Int64).alias("rest"),
    )
    magnitude = pl.col("whole") * 100 + pl.col("rest")
    return parts.select(pl.when(pl.col("sign") == "-").then(-magnitude).otherwise(magnitude)).to_series()
