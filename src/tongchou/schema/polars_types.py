"""The Polars type of each kind of column."""

import polars as pl

from tongchou.schema.contract import Kind

POLARS_TYPE: dict[Kind, type[pl.DataType] | pl.DataType] = {
    Kind.TEXT: pl.String,
    Kind.WHOLE: pl.Int64,
    Kind.FEN: pl.Int64,
    Kind.E4: pl.Int64,
    Kind.DATE: pl.Date,
    Kind.MOMENT: pl.Datetime("ms"),
    Kind.FLAG: pl.Boolean,
}
"""The type that a column of each kind has in a batch."""
