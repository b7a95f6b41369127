"""Front pages as CSV: what `readers/front_page.py` reads, written."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch
from tongchou.intake.documents.lists import KIND_COLUMNS, LEADING, WESTERN
from tongchou.schema.front_page_fields import FrontPageCell, FrontPageFamily, front_page_cells

Encoding = Literal["utf-8", "utf-8-sig", "gb18030"]

_DURATION = {"days": 0, "hours": 1, "minutes": 2}


def write_front_pages(
    batches: Iterable[DocumentBatch], file: Path, family: FrontPageFamily, encoding: Encoding = "utf-8"
) -> Mapping[str, int]:
    """Write documents as front pages, one a row, in their order.

    Args:
        batches: The documents; those broken are none.
        file: Where to write; what stands there is replaced.
        family: The names of the columns, all of which are written.
        encoding: The encoding of the file.

    Returns:
        Values that the family has no column for, by `table.column`: nothing is left out silently.
    """
    left_out: Counter[str] = Counter()
    header = list(dict.fromkeys(cell.name for cell in front_page_cells(family)))
    with file.open("w", encoding=encoding, newline="") as stream:
        stream.write(pl.DataFrame(schema=dict.fromkeys(header, pl.String)).write_csv(line_terminator="\r\n"))
        for batch in batches:
            rows = _rows(batch, family, left_out)
            stream.write(rows.select(header).write_csv(include_header=False, line_terminator="\r\n"))
    return dict(left_out)


def _rows(batch: DocumentBatch, family: FrontPageFamily, left_out: Counter[str]) -> pl.DataFrame:
    documents = batch.documents.select(DOCUMENT)
    placed = {table: _placed(table, frame) for table, frame in batch.frames.items()}
    columns: dict[str, list[pl.Series]] = {}
    written: Counter[str] = Counter()
    taken: set[tuple[str, str, str]] = set()
    spread: dict[tuple[str, str], pl.DataFrame] = {}
    for cell in front_page_cells(family):
        columns.setdefault(cell.name, [])
        key = (cell.table, cell.column, cell.place)
        frame = placed.get(cell.table)
        # Of several names for one value the first is written.
        if key in taken or frame is None or cell.column not in frame.columns:
            continue
        taken.add(key)
        where = (cell.table, cell.place if cell.table.startswith("list_") or cell.table in KIND_COLUMNS else "")
        if where not in spread:
            spread[where] = documents.join(
                frame.filter(pl.col("_place") == where[1]), on=DOCUMENT, how="left", maintain_order="left"
            )
        values = spread[where].select(_written(cell).alias(cell.name))[cell.name]
        columns[cell.name].append(values)
        written[f"{cell.table}.{cell.column}"] += len(values) - values.null_count()
    _count_left_out(batch, family, written, left_out)
    return pl.DataFrame([_first_filled(name, found, documents.height) for name, found in columns.items()])


def _placed(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the place that each has on the page, as text."""
    if table in KIND_COLUMNS:
        return frame.with_columns(pl.col(KIND_COLUMNS[table]).alias("_place")).unique(
            [DOCUMENT, "_place"], keep="first", maintain_order=True
        )
    if not table.startswith("list_"):
        return frame.with_columns(pl.lit("").alias("_place"))
    rows = frame.sort(DOCUMENT, SEQUENCE)
    if table == "list_diagnoses" and "diagnosis_type" in rows.columns:
        rows = rows.filter(pl.col("diagnosis_type").fill_null(WESTERN) == WESTERN)
    first = pl.lit(1)
    if table in LEADING and LEADING[table][0] in rows.columns:
        column, leading, _ = LEADING[table]
        # The page has one place for the principal one: the first that is said to be it.
        leads = (pl.col(column) == leading).fill_null(value=False)
        rows = rows.with_columns((leads & (leads.cum_sum().over(DOCUMENT) == 1)).alias("_leads"))
        rows = rows.sort(DOCUMENT, pl.col("_leads").not_(), SEQUENCE)
        first = pl.when(pl.col("_leads").any().over(DOCUMENT)).then(0).otherwise(1)
    order = pl.int_range(pl.len()).over(DOCUMENT) + first
    return rows.with_columns(order.cast(pl.String).alias("_place"))


def _written(cell: FrontPageCell) -> pl.Expr:
    """Return what the page holds of a value at the place of a cell."""
    value = pl.col(cell.column)
    if cell.values:
        back = {meant: code for code, meant in cell.values.items()}
        return value.replace_strict(back, default=None, return_dtype=pl.String)
    if cell.table.startswith("list_") or cell.table in KIND_COLUMNS or not cell.place:
        return value
    if cell.place.isdecimal():
        return value.str.split(",").list.get(int(cell.place) - 1, null_on_oob=True)
    if cell.place == "day":
        return pl.when(_is_full_hour(value)).then(value.str.slice(0, 10)).otherwise(value)
    if cell.place == "hour":
        return pl.when(_is_full_hour(value)).then(value.str.slice(11, 2))
    parts = value.str.split("/").list
    if cell.column == "ventilator_minutes":
        hours = parts.get(0, null_on_oob=True).cast(pl.Int64, strict=False) * 24 + parts.get(1, null_on_oob=True).cast(
            pl.Int64, strict=False
        )
        return pl.when(parts.get(2, null_on_oob=True) == "0").then(hours.cast(pl.String))
    return parts.get(_DURATION[cell.place], null_on_oob=True)


def _is_full_hour(moment: pl.Expr) -> pl.Expr:
    return moment.str.contains(r"^\d{4}-\d{2}-\d{2} \d{2}:00:00$")


def _first_filled(name: str, found: list[pl.Series], height: int) -> pl.Series:
    if not found:
        return pl.Series(name, [None] * height, dtype=pl.String)
    return pl.select(pl.coalesce(found)).to_series().alias(name)


def _count_left_out(
    batch: DocumentBatch, family: FrontPageFamily, written: Mapping[str, int], left_out: Counter[str]
) -> None:
    said_by_place = {*KIND_COLUMNS.items(), *((table, names[0]) for table, names in LEADING.items())}
    said_by_place.add(("list_diagnoses", "diagnosis_type"))
    places: dict[str, set[str]] = {}
    for cell in front_page_cells(family):
        if cell.table == "settlement_lists":
            places.setdefault(f"{cell.table}.{cell.column}", set()).add(cell.place)
    for table, frame in batch.frames.items():
        for column in frame.columns:
            name = f"{table}.{column}"
            if column in {DOCUMENT, SEQUENCE} or (table, column) in said_by_place:
                continue
            count = frame.height - frame[column].null_count()
            done = written.get(name, 0)
            # Of a value that stands in several columns each was counted.
            missing = count if not done else count - done if len(places.get(name, ())) < 2 else 0
            if missing > 0:
                left_out[name] += missing
