"""What can be said of a row by itself: the contract's clauses, and the dates of a stay."""

from typing import TYPE_CHECKING

import polars as pl

from tongchou.intake.conversion import CellFault
from tongchou.privacy.at_the_door import identity_values, overlong_values
from tongchou.schema.contract import Kind, Table
from tongchou.schema.tables import CASES

if TYPE_CHECKING:
    from tongchou.schema.validation import Breach


def check_rows(table: Table, rows: pl.DataFrame) -> list[CellFault]:
    """Return the faults of a batch whose rows have the contract's columns and types."""
    # Here, not above: pandera brings pandas along, seconds that every other command would wait for in vain.
    from tongchou.schema.validation import breaches  # noqa: PLC0415

    faults = [_fault(breach, rows) for breach in breaches(table, rows)]
    faults += [_line_breaks(column.name, rows) for column in table.columns if column.kind is Kind.TEXT]
    faults += _of_people(table, rows)
    if table.name == CASES.name:
        faults += _stay_faults(rows)
    return [fault for fault in faults if fault.is_faulty.any()]


def _fault(breach: "Breach", rows: pl.DataFrame) -> CellFault:
    column = breach.column
    match breach.rule:
        case "required":
            code = "intake.missing_value"
        case "values":
            code = "intake.unknown_value"
        case "pattern":
            code = "intake.malformed_code"
        case "minimum" if column.kind is Kind.FEN and column.minimum == 0:
            code = "intake.negative_amount"
        case _:
            code = "intake.out_of_range"
    return CellFault(code, column.name, breach.is_broken, rows.get_column(column.name).cast(pl.String))


def _of_people(table: Table, rows: pl.DataFrame) -> list[CellFault]:
    """Find values that name a person where no one is to be named; they are never shown."""
    unsaid = pl.Series([""]).new_from_index(0, rows.height)
    named = [("intake.identity_value", column, flags) for column, flags in identity_values(table, rows)]
    long = [("intake.overlong_value", column, flags) for column, flags in overlong_values(table, rows)]
    return [CellFault(code, column.name, flags, unsaid) for code, column, flags in (*named, *long)]


def _line_breaks(name: str, rows: pl.DataFrame) -> CellFault:
    """Find text of several lines: a quote that is never closed makes one value of all the rows after it."""
    text = rows.get_column(name)
    has_break = text.str.contains("\n", literal=True).fill_null(value=False)
    return CellFault("intake.line_break", name, has_break, text)


def _stay_faults(rows: pl.DataFrame) -> list[CellFault]:
    """Check the order of a stay's dates, and its length: the difference of the dates, a stay within a day being 1."""
    admitted, discharged, settled = (rows.get_column(name) for name in ("admitted_on", "discharged_on", "settled_on"))
    los_days = rows.get_column("los_days")
    between = (discharged - admitted).dt.total_days()
    counted = between.clip(lower_bound=1)
    return [
        CellFault(
            "intake.discharged_before_admission",
            "discharged_on",
            (discharged < admitted).fill_null(value=False),
            discharged.cast(pl.String),
            admitted.cast(pl.String),
        ),
        CellFault(
            "intake.settled_before_discharge",
            "settled_on",
            (settled < discharged).fill_null(value=False),
            settled.cast(pl.String),
            discharged.cast(pl.String),
        ),
        CellFault(
            "intake.los_mismatch",
            "los_days",
            ((between >= 0) & (los_days != counted)).fill_null(value=False),
            los_days.cast(pl.String),
            counted.cast(pl.String),
        ),
    ]
