"""Writing slips that are mended without asking: blanks, full-width characters, letter case, trailing dots."""

from collections.abc import Sequence

import polars as pl

from tongchou.intake.columns import ColumnSource
from tongchou.schema.contract import Column, Kind, Table

REPAIR_SEPARATOR = ","
"""Joins the names of the columns of a row that were repaired."""

# The insurance editions of ICD-10 and ICD-9-CM-3 write letters large, but the x that opens an extension small.
_MISWRITTEN_CODE = r"[a-wyz]|^x|.X|\.$"


def repair(table: Table, sources: Sequence[ColumnSource], rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Mend the text of a batch.

    Surrounding blanks go; full-width characters become half-width (Unicode NFKC) except in names and other free
    text; diagnosis and operation codes get large letters with a small `x`, and lose dots at their end. Text of
    which nothing is left is empty. Values that are not text stay as they are.

    Returns:
        The rows, and for each row the contract's columns that were repaired, joined by `REPAIR_SEPARATOR`, or null.
    """
    mended: list[pl.Series] = []
    changes: list[pl.Series] = []
    for source in sources:
        received = rows.get_column(source.name)
        if isinstance(received.dtype, pl.Categorical | pl.Enum):
            received = received.cast(pl.String)
        if received.dtype != pl.String:
            mended.append(received)
            continue
        text = _mended(received, source.column, is_free=_is_free_text(table, source.column))
        # An empty text is another way to write null, not a slip.
        is_changed = text.ne_missing(received) & (received != "").fill_null(value=False)
        if is_changed.any():
            name = pl.Series([source.column.name], dtype=pl.String)
            changes.append(name.new_from_index(0, rows.height).zip_with(is_changed, pl.Series([None], dtype=pl.String)))
        mended.append(text)
    repaired = pl.DataFrame(mended)
    if not changes:
        return repaired, pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    listed = pl.DataFrame([change.alias(str(number)) for number, change in enumerate(changes)]).select(
        pl.concat_str(pl.all(), separator=REPAIR_SEPARATOR, ignore_nulls=True)
    )
    joined = listed.to_series()
    return repaired, joined.set(joined == "", None)


def _is_free_text(table: Table, column: Column) -> bool:
    """Return whether a column holds words, whose punctuation is the writer's, rather than a code or a number."""
    is_code = column.values or column.pattern or column.references or column.name.endswith(("_id", "_code"))
    return column.kind is Kind.TEXT and not is_code and column.name not in table.key


def _mended(received: pl.Series, column: Column, *, is_free: bool) -> pl.Series:
    text = received.str.strip_chars()
    if not is_free:
        text = _half_width(text)
    if column.pattern:
        text = _code_letters(text)
    return text.set(text == "", None).alias(received.name)


def mend_codes(received: pl.Series) -> pl.Series:
    """Mend the writing of diagnosis and operation codes: blanks, full-width characters, letters, dots at the end."""
    return _code_letters(_half_width(received.str.strip_chars()))


def _half_width(text: pl.Series) -> pl.Series:
    # Half-width text, by far the most, has one byte a character and is left alone.
    if text.str.len_bytes().sum() == text.str.len_chars().sum():
        return text
    return text.str.normalize("NFKC").str.strip_chars()


def _code_letters(text: pl.Series) -> pl.Series:
    if not text.str.contains(_MISWRITTEN_CODE).any():
        return text
    code = text.str.strip_chars_end(".").str.to_uppercase()
    return code.str.head(1) + code.str.slice(1).str.replace_all("X", "x", literal=True)
