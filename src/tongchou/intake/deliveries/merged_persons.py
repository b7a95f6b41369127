"""Persons who turned out to be one: their rows come to bear the id that stands, in every table that names persons."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.intake.deliveries.kept_lists import kept_lists
from tongchou.intake.deliveries.superseding import append, rows_about, values
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.documents.kept_batch import CONTENT, renamed
from tongchou.intake.lake_rows import rows_of
from tongchou.intake.resubmission import keys_of
from tongchou.intake.superseded_rows import keep_rows
from tongchou.schema.contract import Table
from tongchou.schema.link_tables import COMPLETIONS, WAITING_DOCUMENTS
from tongchou.schema.list_tables import DOCUMENTS, LIST_TABLES
from tongchou.schema.tables import INPUT_TABLES, REFERRALS
from tongchou.store.lake import Batch, Lake, Snapshot

_KEY = ["document", "list_id"]
_PERSON = "persons.person_id"


def merge_persons(lake: Lake, merged: Mapping[str, str]) -> None:
    """Give the rows of merged persons the id that stands; all of it in one batch, nothing where there are none.

    Documents keep their name and get the hash of content that they would have if they came now, so that they are known
    when they come again; filings that are named by their person are renamed too.

    Args:
        lake: The lake.
        merged: Former id to the id that stands.
    """
    while merged:
        snapshot = lake.snapshot()
        if not any(_naming(lake, snapshot, table, names, merged) for table, names in _tables()) and (
            _waiting(lake, snapshot, merged).is_empty()
        ):
            return
        try:
            with lake.batch(hash_text("persons", str(snapshot), *merged), "intake") as batch:
                _rewrite(batch, lake, merged)
        except TongchouError as problem:
            if problem.code != "store.batch_exists":
                raise


def _tables() -> Iterator[tuple[Table, tuple[str, ...]]]:
    """Yield every table that names persons, with the columns that do."""
    for table in (*INPUT_TABLES, *LIST_TABLES.values(), COMPLETIONS):
        names = tuple(
            column.name
            for column in table.columns
            if column.references == _PERSON or column.name in ("person_id", "given_person_id")
        )
        if names:
            yield table, names


def _naming(lake: Lake, snapshot: Snapshot, table: Table, names: Sequence[str], merged: Mapping[str, str]) -> bool:
    return not _former_rows(lake, snapshot, table, names, merged).is_empty()


def _former_rows(
    lake: Lake, snapshot: Snapshot, table: Table, names: Sequence[str], merged: Mapping[str, str]
) -> pl.DataFrame:
    """Return the rows of a table that bear a former id."""
    former = pl.Series(list(merged), dtype=pl.String).implode()
    is_former = pl.any_horizontal(pl.col(name).is_in(former) for name in names).fill_null(value=False)
    return rows_of(lake, snapshot, table).filter(is_former).collect()


def _waiting(lake: Lake, snapshot: Snapshot, merged: Mapping[str, str]) -> pl.DataFrame:
    """Return the lists that wait and bear a former id."""
    waiting = rows_of(lake, snapshot, WAITING_DOCUMENTS)
    return waiting.filter(pl.col("rows").str.contains_any(list(merged))).collect()


def _rewrite(batch: Batch, lake: Lake, merged: Mapping[str, str]) -> None:
    snapshot = lake.snapshot()
    lists: list[pl.DataFrame] = []
    for table, names in _tables():
        rows = _former_rows(lake, snapshot, table, names, merged)
        if rows.is_empty():
            continue
        new = rows.with_columns(pl.col(name).replace(dict(merged)) for name in names)
        if set(names) & set(table.key):
            new = _still_wanted(batch, lake, snapshot, table, rows, new)
        if "list_id" in rows.columns:
            lists.append(rows.select("list_id"))
            # A document's rows are told by its name: those that stay as they are are written back with the others.
            ids = rows.get_column("list_id").unique()
            whole = rows_about(lake, snapshot, table, "list_id", ids)
            new = whole.with_columns(pl.col(name).replace(dict(merged)) for name in names)
            batch.remove(table, "list_id", values(ids))
        else:
            batch.remove_keys(table, keys_of(table, rows))
        if new.height:
            append(batch, table, new)
    lists.append(_waiting(lake, snapshot, merged).select("list_id"))
    _rename_documents(batch, lake, snapshot, pl.concat(lists).unique(), merged)


def _still_wanted(
    batch: Batch, lake: Lake, snapshot: Snapshot, table: Table, rows: pl.DataFrame, new: pl.DataFrame
) -> pl.DataFrame:
    """Return the rows of a table with persons in its key that are still wanted: where two have one key, one of them."""
    key = list(table.key)
    there = rows_about(lake, snapshot, table, "person_id", new.get_column("person_id")).select(key)
    numbered = new.with_row_index("_row").sort(*key, *(name for name in new.columns if name not in key))
    wanted = numbered.join(there, on=key, how="anti").unique(key, keep="first", maintain_order=True)
    left = rows.with_row_index("_row").join(wanted, on="_row", how="anti").drop("_row")
    keep_rows(batch, lake, snapshot, {table.name: left}, "person_known")
    return wanted.drop("_row")


def _rename_documents(
    batch: Batch, lake: Lake, snapshot: Snapshot, lists: pl.DataFrame, merged: Mapping[str, str]
) -> None:
    """Bring names and hashes of documents to what they are with the ids that stand."""
    register = rows_about(lake, snapshot, DOCUMENTS, "list_id", lists.get_column("list_id"))
    waiting = rows_about(lake, snapshot, WAITING_DOCUMENTS, "list_id", lists.get_column("list_id"))
    held = kept_lists(lake, snapshot, register.select(_KEY), waiting.select(_KEY))
    parts = []
    for _, given in held.batches():
        frames = {
            name: rows.with_columns(pl.col("person_id").replace(dict(merged))) if "person_id" in rows.columns else rows
            for name, rows in given.frames.items()
        }
        again = renamed(given.with_frames(frames))
        parts.append(again.select(DOCUMENT, pl.col(CONTENT).alias("_content"), pl.col("list_id").alias("_name")))
    if not parts:
        return
    told = held.register.join(pl.concat(parts), on=DOCUMENT)
    if waiting.height:
        contents = told.filter(~pl.col("is_standing")).select(*_KEY, "_content")
        batch.remove(WAITING_DOCUMENTS, "list_id", values(waiting.get_column("list_id").unique()))
        again = waiting.join(contents, on=_KEY, how="left", maintain_order="left").with_columns(
            pl.coalesce("_content", "content").alias("content"),
            pl.col("rows").str.replace_many(list(merged), list(merged.values())),
        )
        append(batch, WAITING_DOCUMENTS, again)
    if register.is_empty():
        return
    named = told.filter("is_standing").select(*_KEY, "_content", "_name")
    new = register.join(named, on=_KEY, how="left", maintain_order="left")
    new = new.with_columns(pl.coalesce("_content", "content").alias("content"))
    filings = new.filter((pl.col("document") == "referral") & (pl.col("_name") != pl.col("list_id")))
    new = new.with_columns(
        pl.when(pl.col("document") == "referral")
        .then(pl.coalesce("_name", "list_id"))
        .otherwise("list_id")
        .alias("list_id")
    )
    batch.remove(DOCUMENTS, "list_id", values(register.get_column("list_id").unique()))
    append(batch, DOCUMENTS, new.unique(_KEY, keep="first", maintain_order=True))
    if filings.height:
        _rename_filings(batch, lake, filings)


def _rename_filings(batch: Batch, lake: Lake, filings: pl.DataFrame) -> None:
    names = dict(filings.select("list_id", "_name").iter_rows())
    for table, column in ((LIST_TABLES["referral_filings"], "list_id"), (REFERRALS, "referral_id")):
        rows = _written(batch, lake, table, column, list(names))
        if rows.height:
            batch.remove(table, column, values(rows.get_column(column).unique()))
            append(batch, table, rows.with_columns(pl.col(column).replace(names)))


def _written(batch: Batch, lake: Lake, table: Table, column: str, names: list[str]) -> pl.DataFrame:
    """Return rows of a table as the batch has left them."""
    versions = {write.table_name: write.version for write in batch.writes}
    snapshot = Snapshot({**lake.snapshot().versions, **versions})
    return rows_about(lake, snapshot, table, column, pl.Series(names))
