"""Superseding: documents of the lake that others take the place of, kept as they were, and what that changed.

All of it is part of the batch that brings the others: what leaves the tables is in the history, or nothing happened.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pyarrow as pa

from tongchou.intake.deliveries.prepared import Prepared
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.workbench import CASE_COLUMNS
from tongchou.schema.contract import Table
from tongchou.schema.correction_tables import CORRECTIONS, SUPERSEDED_DOCUMENTS
from tongchou.schema.link_tables import COMPLETIONS
from tongchou.schema.list_tables import DOCUMENTS, LIST_TABLES
from tongchou.schema.results import PRICED
from tongchou.schema.tables import INPUT_TABLES
from tongchou.store.lake import Batch, Lake, Snapshot

_CORE = {table.name: table for table in INPUT_TABLES if table.name in CASE_COLUMNS}
_TOTALS = ("cases", "visits")
_NOT_COMPARED = ("list_id", "seq", "document", "case_id", "received_batch")


@dataclass(frozen=True, slots=True)
class Paid:
    """The runs whose payments stand, and the day that is written into corrections.

    Attributes:
        runs: The posted run that stands of each period.
        today: The day.
    """

    runs: Collection[str] = ()
    today: date | None = None


class Superseding:
    """Documents that leave for others.

    Args:
        leaving: A row per document that leaves: `_document` and `list_id` of the one that comes (its `list_id` is null
            for a withdrawal), `former_document`, `former_id`, `former_case`.
        prepared: The file that brings the others.
        lake: The lake, its lock held.
        paid: What was paid.
    """

    def __init__(self, leaving: pl.DataFrame, prepared: Prepared, lake: Lake, paid: Paid) -> None:
        self._leaving = leaving.unique("former_id", keep="first", maintain_order=True)
        self._prepared = prepared
        self._lake = lake
        self._snapshot = lake.snapshot()
        self._paid = paid

    def write(self, batch: Batch) -> int:
        """Take the documents out of their tables, keep them in the history, and return how many there were."""
        if self._leaving.is_empty():
            return 0
        former = self._former_rows()
        register = self._rows(DOCUMENTS, "list_id", self._leaving.get_column("former_id"))
        versions = self._versions()
        kept = self._leaving.join(
            register, left_on=["former_document", "former_id"], right_on=["document", "list_id"], maintain_order="left"
        ).join(versions, on="former_id", how="left", maintain_order="left")
        kept = kept.with_columns(
            pl.col("former_document").alias("document"),
            pl.col("list_id").alias("replaced_by"),
            pl.col("former_id").alias("list_id"),
            pl.lit(batch.batch_id).alias("superseded_by"),
        )
        history = kept.join(_as_json(former), on="former_id", how="left", maintain_order="left")
        append(batch, SUPERSEDED_DOCUMENTS, history.with_columns(pl.col("rows").fill_null("{}")))
        append(batch, CORRECTIONS, self._corrections(kept, former))
        self.take_out(batch)
        return kept.height

    def take_out(self, batch: Batch) -> None:
        """Take the documents out of their tables and nothing else: what takes their place is written afterwards."""
        former = self._former_rows()
        ids = self._leaving.get_column("former_id").unique()
        cases = self._leaving.get_column("former_case").drop_nulls().unique()
        batch.remove(DOCUMENTS, "list_id", values(ids))
        batch.remove(COMPLETIONS, "list_id", values(ids))
        for name, rows in former.items():
            if rows.height and name in LIST_TABLES:
                batch.remove(LIST_TABLES[name], "list_id", values(ids))
            elif rows.height:
                batch.remove(_CORE[name], CASE_COLUMNS[name], values(cases))

    def _former_rows(self) -> Mapping[str, pl.DataFrame]:
        """Return the rows that leave, by table, with `former_id`."""
        ids = self._leaving.get_column("former_id")
        rows = {
            name: self._rows(table, "list_id", ids).with_columns(pl.col("list_id").alias("former_id"))
            for name, table in LIST_TABLES.items()
        }
        cases = self._leaving.select("former_id", "former_case").drop_nulls()
        for name, table in _CORE.items():
            found = self._rows(table, CASE_COLUMNS[name], cases.get_column("former_case"))
            rows[name] = found.join(cases, left_on=CASE_COLUMNS[name], right_on="former_case", maintain_order="left")
        return rows

    def _versions(self) -> pl.DataFrame:
        """Return the number of the version that each document has: one more than were superseded before."""
        before = self._rows(CORRECTIONS, "list_id", self._leaving.get_column("former_id"))
        counted = before.group_by("list_id").agg(pl.col("version").max())
        ids = self._leaving.select("former_id")
        joined = ids.join(counted, left_on="former_id", right_on="list_id", how="left", maintain_order="left")
        return joined.with_columns(pl.col("version").fill_null(0) + 1)

    def _corrections(self, kept: pl.DataFrame, former: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        changes = _changes(former, self._new_rows())
        totals = _totals(former, "former_id", "_old")
        new_totals = self._new_totals()
        paid = self.paid_by(kept.get_column("former_case").drop_nulls())
        joined = kept.join(changes, on="former_id", how="left", maintain_order="left")
        joined = joined.join(totals, on="former_id", how="left", maintain_order="left")
        joined = joined.join(new_totals, on=DOCUMENT, how="left", maintain_order="left")
        joined = joined.join(paid, left_on="former_case", right_on="case_id", how="left", maintain_order="left")
        kind = (
            pl.when(pl.col("replaced_by").is_null())
            .then(pl.lit("withdraws"))
            .when(pl.col("run_id").is_not_null())
            .then(pl.lit("adjusts"))
            .otherwise(pl.lit("replaces"))
        )
        return joined.with_columns(
            kind.alias("kind"),
            pl.lit(self._paid.today or date.today(), pl.Date).alias("corrected_on"),  # noqa: DTZ011  # the local day
            (pl.col("_new").fill_null(0) - pl.col("_old").fill_null(0)).alias("difference_fen"),
            pl.col("changes").fill_null("[]"),
        )

    def _new_rows(self) -> Mapping[str, pl.DataFrame]:
        ids = self._leaving.filter(pl.col("list_id").is_not_null()).select(DOCUMENT, "former_id")
        return {
            name: pl.read_parquet(file).join(ids, on=DOCUMENT).drop(DOCUMENT)
            for name, file in self._prepared.tables.items()
        }

    def _new_totals(self) -> pl.DataFrame:
        files = [self._prepared.origins[name] for name in _TOTALS if name in self._prepared.origins]
        found = [pl.read_parquet(file, columns=[DOCUMENT, "total_fen"]) for file in files]
        empty = pl.DataFrame(schema={DOCUMENT: pl.Int64, "total_fen": pl.Int64})
        return pl.concat([empty, *found]).rename({"total_fen": "_new"}).unique(DOCUMENT)

    def paid_by(self, cases: pl.Series) -> pl.DataFrame:
        """Return which of some cases a standing run has paid: `case_id`, `run_id`."""
        priced = self._rows(PRICED, "case_id", cases)
        standing = priced.filter(pl.col("run_id").is_in(list(self._paid.runs)))
        return standing.group_by("case_id").agg(pl.col("run_id").max())

    def _rows(self, table: Table, column: str, wanted: pl.Series) -> pl.DataFrame:
        return rows_about(self._lake, self._snapshot, table, column, wanted)


def rows_about(lake: Lake, snapshot: Snapshot, table: Table, column: str, wanted: pl.Series) -> pl.DataFrame:
    """Return the rows of a table whose column holds one of some values."""
    files: list[Path] = lake.files(table.name, snapshot)
    if not files or wanted.is_empty():
        return pl.DataFrame(pl.from_arrow(table.arrow_schema.empty_table()))
    return pl.scan_parquet(files).filter(pl.col(column).is_in(wanted.unique().implode())).collect()


def _totals(rows: Mapping[str, pl.DataFrame], key: str, name: str) -> pl.DataFrame:
    found = [rows[table].select(key, pl.col("total_fen").alias(name)) for table in _TOTALS]
    return pl.concat(found).unique(key)


def _as_json(rows: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of each document as JSON: table to its rows in order."""
    parts: pl.DataFrame | None = None
    names = []
    for name, frame in rows.items():
        if frame.is_empty():
            continue
        ordered = frame.sort([column for column in ("former_id", "seq", "line_no") if column in frame.columns])
        fields = [column for column in ordered.columns if column != "former_id"]
        texts = ordered.select("former_id", pl.struct(fields).struct.json_encode().alias("_row"))
        listed = pl.format('"{}":[{}]', pl.lit(name), pl.col("_row").str.join(",")).alias(name)
        joined = texts.group_by("former_id", maintain_order=True).agg(listed)
        parts = joined if parts is None else parts.join(joined, on="former_id", how="full", coalesce=True)
        names.append(name)
    if parts is None:
        return pl.DataFrame(schema={"former_id": pl.String, "rows": pl.String})
    content = pl.concat_str(names, separator=",", ignore_nulls=True)
    return parts.select("former_id", _braced(content))


def _braced(content: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("{"), content, pl.lit("}")).alias("rows")


def changes_of(table: str, former: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return what differs between rows of one document table and those that take their place: `former_id`, `changes`.

    Args:
        table: The table.
        former: Its rows with `former_id`.
        new: Those that come, with `former_id` and the `seq` of the row whose place they take.
    """
    names = [name for name in former.columns if name in new.columns]
    return _changes({table: former.select(names)}, {table: new.select(names)})


def _changes(former: Mapping[str, pl.DataFrame], new: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return what differs between the rows of documents and those that take their place, as JSON."""
    old_values = [_values_of(name, rows) for name, rows in former.items() if name in LIST_TABLES]
    new_values = [_values_of(name, rows) for name, rows in new.items()]
    schema = dict.fromkeys(("former_id", "table", "seq", "column", "value"), pl.String) | {"seq": pl.Int64}
    empty = pl.DataFrame(schema=schema)
    key = ["former_id", "table", "seq", "column"]
    before = pl.concat([empty, *old_values]).rename({"value": "old"})
    after = pl.concat([empty, *new_values]).rename({"value": "new"})
    both = before.join(after, on=key, how="full", coalesce=True).filter(~pl.col("old").eq_missing(pl.col("new")))
    told = both.sort(key).select(
        "former_id", pl.struct("table", "seq", "column", "old", "new").struct.json_encode().alias("change")
    )
    listed = pl.concat_str(pl.lit("["), pl.col("change").str.join(","), pl.lit("]")).alias("changes")
    return told.group_by("former_id", maintain_order=True).agg(listed)


def _values_of(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    columns = [name for name in rows.columns if name not in (*_NOT_COMPARED, "former_id")]
    # Moments are kept to the microsecond in the lake and come to the millisecond: that is no change.
    texts = rows.with_columns(cs.datetime().cast(pl.Datetime("ms"))).select(
        "former_id", "seq", *(pl.col(name).cast(pl.String) for name in columns)
    )
    long = texts.unpivot(columns, index=["former_id", "seq"], variable_name="column").drop_nulls("value")
    return long.select("former_id", pl.lit(table).alias("table"), "seq", "column", "value")


def append(batch: Batch, table: Table, rows: pl.DataFrame) -> None:
    """Append rows to a table of the lake; columns that are none of its are left out."""
    schema = table.arrow_schema
    batch.write(
        table, rows.select(schema.names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema).to_reader()
    )


def values(texts: pl.Series) -> pa.Array:
    """Return texts as `Batch.remove` takes them."""
    return pa.array(texts.sort().to_list(), pa.string())
