"""What is kept of a row as received: enough to find it in its file and to see what is wrong, and nobody's identity."""

from collections.abc import Iterable, Sequence

import polars as pl

from tongchou.intake.columns import ColumnSource
from tongchou.privacy.at_the_door import names_somebody
from tongchou.privacy.redaction import MASK, shown
from tongchou.schema.contract import Kind, Table

_KEY_SEPARATOR = "|"


def as_received(rows: pl.DataFrame, sources: Sequence[ColumnSource]) -> pl.Series:
    """Return each row of a file as a JSON object of the columns that the contract knows, identity values masked.

    Args:
        rows: Rows under the file's names of columns, every value as it came.
        sources: Which column of the file holds which of the contract.
    """
    return _as_json(rows, (shown(each.column, pl.col(each.name).cast(pl.String)).alias(each.name) for each in sources))


def as_converted(table: Table, rows: pl.DataFrame) -> pl.Series:
    """Return each row of the contract's columns and types as a JSON object, identity values masked."""
    texts = {column.name: column for column in table.columns if column.kind is Kind.TEXT}
    return _as_json(rows, (shown(texts[c], pl.col(c)).alias(c) if c in texts else pl.col(c) for c in rows.columns))


def _as_json(rows: pl.DataFrame, columns: Iterable[pl.Expr]) -> pl.Series:
    return rows.select(columns).select(pl.struct(pl.all()).struct.json_encode()).to_series()


def key_text(table: Table, rows: pl.DataFrame) -> pl.Series:
    """Return the key of each row as one text, its parts joined by `|`, empty where a part is, masked where a person's.

    Args:
        table: The contract.
        rows: Rows under the contract's names of columns, or those of a file: a column not found is left out.
    """
    parts = [_record_number(table, name).fill_null("") for name in table.key if name in rows.columns]
    return rows.select(pl.concat_str(parts, separator=_KEY_SEPARATOR)).to_series()


def case_ids(table: Table, rows: pl.DataFrame) -> pl.Series:
    """Return the settlement list that each row belongs to, null in tables that know none and where it is a person's."""
    if "case_id" in rows.columns:
        number = _record_number(table, "case_id")
        return rows.select(pl.when(number != MASK).then(number).alias("case_id")).to_series()
    return pl.Series("case_id", [None], dtype=pl.String).new_from_index(0, rows.height)


def _record_number(table: Table, name: str) -> pl.Expr:
    """Return a column that a row is found by: as it is, unless it names somebody."""
    # Rows of one list must still find each other: here a number is not masked because it merely might be a person's.
    column, text = table.column(name), pl.col(name).cast(pl.String)
    if column.kind is not Kind.TEXT or column.values or column.pattern:
        return shown(column, text)
    return pl.when(names_somebody(table, column).fill_null(value=False)).then(pl.lit(MASK)).otherwise(text)
