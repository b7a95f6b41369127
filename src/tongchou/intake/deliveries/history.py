"""The history of a document: what it was, what took its place, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import polars as pl

from tongchou.intake.deliveries.superseding import rows_about
from tongchou.schema.contract import Table
from tongchou.schema.correction_tables import CORRECTIONS, SUPERSEDED_DOCUMENTS, SUPERSEDED_ROWS
from tongchou.schema.list_tables import DOCUMENTS
from tongchou.store.lake import Lake


@dataclass(frozen=True, slots=True)
class Correction:
    """A document corrected or withdrawn once.

    Attributes:
        document: Its kind.
        list_id: Its name.
        version: The version that was superseded, from 1.
        replaced_by: The document that took its place; None where it was withdrawn.
        corrected_on: The day.
        batch_id: The batch that did it.
        kind: `replaces`, `adjusts` or `withdraws`.
        run_id: The run that had paid it; None where none had.
        difference_fen: New total less old.
        changes: What changed: `table`, `seq`, `column`, `old`, `new`.
        rows: The former document's rows by table.
    """

    document: str
    list_id: str
    version: int
    replaced_by: str | None
    corrected_on: date
    batch_id: str
    kind: str
    run_id: str | None
    difference_fen: int
    changes: Sequence[Mapping[str, Any]]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class FormerRow:
    """A row of our own tables as it was before another took its place, or before it left.

    Attributes:
        table_name: Its table.
        row_key: Its key, the parts joined by `|`.
        version: The version that left, from 1.
        reason: Why, one of `ROW_LEFT`.
        batch_id: The batch that did it.
        row: The row.
    """

    table_name: str
    row_key: str
    version: int
    reason: str
    batch_id: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """What became of a document.

    Attributes:
        list_id: Its name.
        standing: The document that stands under that name: `document`, `transaction`, `received_batch`, `content`,
            `case_id`; None where none does.
        corrections: What was superseded, the first first.
        rows: Rows of our own tables that had this key, or were of this case, and left.
    """

    list_id: str
    standing: Mapping[str, Any] | None
    corrections: Sequence[Correction]
    rows: Sequence[FormerRow] = ()


def history_of(lake: Lake, list_id: str) -> History | None:
    """Return the history of a document or of a row of our own tables; None where nothing of that name was taken in.

    Args:
        lake: The lake.
        list_id: The document's name, the key of a row, or a case's number.
    """
    names = pl.Series([list_id])
    standing = _rows(lake, DOCUMENTS, "list_id", names)
    found = pl.concat(
        [_rows(lake, CORRECTIONS, "list_id", names), _rows(lake, CORRECTIONS, "replaced_by", names)]
    ).unique()
    rows = _former_rows(lake, names)
    if standing.is_empty() and found.is_empty() and not rows:
        return None
    key = ["document", "list_id", "version"]
    kept = _rows(lake, SUPERSEDED_DOCUMENTS, "list_id", found.get_column("list_id")).select(*key, "rows")
    joined = found.join(kept, on=key, how="left").sort("corrected_on", "list_id", "version")
    corrections = [
        Correction(
            row["document"],
            row["list_id"],
            row["version"],
            row["replaced_by"],
            row["corrected_on"],
            row["superseded_by"],
            row["kind"],
            row["run_id"],
            row["difference_fen"],
            orjson.loads(row["changes"]),
            orjson.loads(row["rows"] or "{}"),
        )
        for row in joined.iter_rows(named=True)
    ]
    named = standing.drop("list_id").row(0, named=True) if standing.height else None
    return History(list_id, named, corrections, rows)


def _former_rows(lake: Lake, names: pl.Series) -> Sequence[FormerRow]:
    parts = [_rows(lake, SUPERSEDED_ROWS, column, names) for column in ("row_key", "case_id")]
    order = ["table_name", "row_key", "version"]
    return [
        FormerRow(
            row["table_name"],
            row["row_key"],
            row["version"],
            row["reason"],
            row["superseded_by"],
            orjson.loads(row["row"]),
        )
        for row in pl.concat(parts).unique().sort(order).iter_rows(named=True)
    ]


def _rows(lake: Lake, table: Table, column: str, wanted: pl.Series) -> pl.DataFrame:
    return rows_about(lake, lake.snapshot(), table, column, wanted)
