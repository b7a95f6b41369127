"""From rows with a column for everything to document tables: lists that stand side by side are put below each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, text_schema
from tongchou.intake.documents.lists import KIND_COLUMNS, LEADING, WESTERN

_HOURS_OF_DAY = 24
_DURATION = ("days", "hours", "minutes")


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a value of a row belongs.

    Attributes:
        table: The document table.
        column: The column there.
        place: Which part of it, as `FrontPageCell.place` says.
        value: The value, from the columns of the row; text, nothing said as null.
    """

    table: str
    column: str
    place: str
    value: pl.Expr


def document_frames(
    rows: pl.DataFrame, cells: Iterable[Cell], parts: Mapping[str, Sequence[pl.DataFrame]] | None = None
) -> dict[str, pl.DataFrame]:
    """Return the document tables of rows, each of which is a document.

    Args:
        rows: `_document` and the columns that the cells read.
        cells: Where values belong; of several with the same place the first that is filled counts.
        parts: Rows of lists that do not stand side by side: `_document`, `_place` and columns of the table.
    """
    parts = parts or {}
    by_table: dict[str, list[Cell]] = {"settlement_lists": []}
    for cell in cells:
        by_table.setdefault(cell.table, []).append(cell)
    frames: dict[str, pl.DataFrame] = {}
    for table, found in by_table.items():
        if table in KIND_COLUMNS:
            frames[table] = _by_kind(rows, table, found)
        elif table.startswith("list_"):
            frames[table] = in_order(table, _by_place(rows, found))
        else:
            frames[table] = _one_row(rows, found)
    for table, listed in parts.items():
        # What stands in one row of a list may come from several columns, each a part.
        merged = _merged([*listed, *_by_place(rows, by_table.get(table, []))])
        frames[table] = in_order(table, [merged])
    return frames


def _merged(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    if len(parts) == 1:
        return parts[0]
    rows = pl.concat(parts, how="diagonal_relaxed")
    return rows.group_by(DOCUMENT, "_place", maintain_order=True).agg(pl.all().drop_nulls().first())


def in_order(table: str, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of an ordered list, numbered without gaps; the parts hold `_document`, `_place` and values."""
    if not parts:
        return pl.DataFrame(schema={DOCUMENT: pl.Int64, SEQUENCE: pl.Int64})
    rows = pl.concat(parts, how="diagonal").sort(DOCUMENT, "_place", maintain_order=True)
    added = []
    if table in LEADING:
        column, first, other = LEADING[table]
        told = pl.when(pl.col("_place") == 0).then(pl.lit(first)).otherwise(pl.lit(other))
        added.append(pl.coalesce(pl.col(column), told).alias(column) if column in rows.columns else told.alias(column))
    if table == "list_diagnoses":
        kind = "diagnosis_type"
        western = pl.lit(WESTERN)
        added.append(pl.coalesce(pl.col(kind), western).alias(kind) if kind in rows.columns else western.alias(kind))
    return _numbered(rows.with_columns(added).drop("_place"), table)


def _one_row(rows: pl.DataFrame, cells: Sequence[Cell]) -> pl.DataFrame:
    by_column: dict[str, list[Cell]] = {}
    for cell in cells:
        by_column.setdefault(cell.column, []).append(cell)
    values = [_whole_value(found).alias(column) for column, found in by_column.items()]
    return rows.select(DOCUMENT, pl.lit(1, dtype=pl.Int64).alias(SEQUENCE), *values)


def _whole_value(cells: Sequence[Cell]) -> pl.Expr:
    """Return the value that several cells make together."""
    parts = {place: pl.coalesce([cell.value for cell in cells if cell.place == place]) for place in _places(cells)}
    whole = parts.get("", pl.lit(None, dtype=pl.String))
    if "day" in parts:
        return pl.coalesce(_moment(parts), whole)
    if parts.keys() & set(_DURATION):
        return _duration(parts)
    several = [value for place, value in parts.items() if place.isdecimal()]
    if several:
        # One of several is no list; the field of the single value says it.
        count = pl.sum_horizontal([value.is_not_null().cast(pl.Int64) for value in several])
        joined = pl.concat_str(several, separator=",", ignore_nulls=True)
        return pl.coalesce(whole, pl.when(count > 1).then(joined))
    return whole


def _moment(parts: Mapping[str, pl.Expr]) -> pl.Expr:
    if "hour" not in parts:
        return parts["day"]
    with_hour = pl.concat_str([parts["day"], pl.lit(" "), parts["hour"].str.zfill(2), pl.lit(":00:00")])
    return pl.coalesce(with_hour, parts["day"])


def _duration(parts: Mapping[str, pl.Expr]) -> pl.Expr:
    """Return days/hours/minutes; what is not said beside a part that is counts as none."""
    if parts.keys() == {"hours"}:
        hours = parts["hours"].cast(pl.Int64, strict=False)
        days, rest = hours // _HOURS_OF_DAY, hours % _HOURS_OF_DAY
        split = pl.concat_str([days.cast(pl.String), rest.cast(pl.String), pl.lit("0")], separator="/")
        return pl.coalesce(split, parts["hours"])
    given = [parts.get(name, pl.lit(None, dtype=pl.String)) for name in _DURATION]
    joined = pl.concat_str([value.fill_null("0") for value in given], separator="/")
    return pl.when(pl.any_horizontal([value.is_not_null() for value in given])).then(joined)


def _by_kind(rows: pl.DataFrame, table: str, cells: Sequence[Cell]) -> pl.DataFrame:
    parts = []
    for order, place in enumerate(_places(cells)):
        here = [cell for cell in cells if cell.place == place]
        values = {
            column: pl.coalesce([each.value for each in here if each.column == column]) for column in _columns(here)
        }
        kind = pl.lit(place).alias(KIND_COLUMNS[table])
        part = rows.select(DOCUMENT, kind, *(value.alias(column) for column, value in values.items()))
        parts.append(_filled(part, list(values)).with_columns(pl.lit(order).alias("_order")))
    if not parts:
        return pl.DataFrame(schema={DOCUMENT: pl.Int64, SEQUENCE: pl.Int64})
    listed = pl.concat(parts, how="diagonal").sort(DOCUMENT, "_order").drop("_order")
    if table == "list_transfusions":
        # Nothing transfused is written as nought; it is no transfusion.
        nought = pl.col("amount").cast(pl.Float64, strict=False) == 0
        listed = listed.filter(~nought.fill_null(value=False))
    return _numbered(listed, table)


def _by_place(rows: pl.DataFrame, cells: Sequence[Cell]) -> list[pl.DataFrame]:
    parts = []
    for place in _places(cells):
        here = [cell for cell in cells if cell.place == place]
        values = {
            column: pl.coalesce([each.value for each in here if each.column == column]) for column in _columns(here)
        }
        number = pl.lit(int(place), dtype=pl.Int64).alias("_place")
        part = rows.select(DOCUMENT, number, *(value.alias(column) for column, value in values.items()))
        parts.append(_filled(part, list(values)))
    return parts


def _filled(part: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    return part.filter(pl.any_horizontal([pl.col(column).is_not_null() for column in columns]))


def _numbered(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    numbered = rows.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(DOCUMENT).alias(SEQUENCE))
    return numbered.select([name for name in text_schema(table) if name in numbered.columns])


def _places(cells: Sequence[Cell]) -> list[str]:
    return list(dict.fromkeys(cell.place for cell in cells))


def _columns(cells: Sequence[Cell]) -> list[str]:
    return list(dict.fromkeys(cell.column for cell in cells))
