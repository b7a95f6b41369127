"""Checking a batch of rows against a table's contract."""

from dataclasses import dataclass
from typing import Literal, cast

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from tongchou.schema.contract import Column, Table
from tongchou.schema.polars_types import POLARS_TYPE

Rule = Literal["required", "values", "minimum", "maximum", "pattern"]
"""The clause of a column's contract that a value breaks, named as in `Column`."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A clause of the contract that some rows of a batch break.

    Attributes:
        column: The column concerned.
        rule: The clause.
        is_broken: One flag per row of the batch, true where the row breaks the clause.
    """

    column: Column
    rule: Rule
    is_broken: pl.Series


def frame_schema(table: Table) -> pa.DataFrameSchema:
    """Return the pandera schema of a table: exactly its columns, with types and clauses.

    A pattern must match the whole text; minimum and maximum are inclusive; an empty value breaks no clause but
    `is_required`.
    """
    columns = {
        column.name: pa.Column(
            POLARS_TYPE[column.kind], checks=_checks(column), nullable=not column.is_required, required=True
        )
        for column in table.columns
    }
    return pa.DataFrameSchema(columns, strict=True, name=table.name)


def breaches(table: Table, rows: pl.DataFrame) -> list[Breach]:
    """Return every clause of a table's contract that rows of a batch break, by column.

    Args:
        table: The contract.
        rows: A batch with exactly the contract's columns, in the contract's types.

    Raises:
        pandera.errors.SchemaError: If the batch does not have these columns and types: a fault of the caller,
            never of the data.
    """
    try:
        frame_schema(table).validate(rows, lazy=True)
    except SchemaErrors as errors:
        return [_breach(table, error) for error in errors.schema_errors]
    return []


def _checks(column: Column) -> list[pa.Check]:
    checks = []
    if column.values:
        checks.append(pa.Check.isin(list(column.values), error="values"))
    if column.minimum is not None:
        checks.append(pa.Check.ge(column.minimum, error="minimum"))
    if column.maximum is not None:
        checks.append(pa.Check.le(column.maximum, error="maximum"))
    if column.pattern is not None:
        checks.append(pa.Check.str_matches(f"^(?:{column.pattern})$", error="pattern"))
    return checks


def _breach(table: Table, error: SchemaError) -> Breach:
    if error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS:
        rule: Rule = "required"
    elif error.reason_code is SchemaErrorReason.DATAFRAME_CHECK:
        rule = cast("Rule", error.check.error)
    else:
        raise error
    is_kept = error.check_output.get_column("check_output")
    return Breach(table.column(error.schema.name), rule, ~is_kept)
