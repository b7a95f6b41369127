"""What the lake, and the file itself, know beside the documents of a batch."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tongchou.intake.documents.kept_batch import KeptBatch
from tongchou.intake.documents.known_facts import KnownFacts, merged_lines
from tongchou.schema.contract import Table
from tongchou.schema.list_tables import LIST_TABLES
from tongchou.schema.polars_types import POLARS_TYPE
from tongchou.schema.tables import INSTITUTIONS, PERSONS
from tongchou.store.lake import Lake, Snapshot

_REPLIES, _LINES = LIST_TABLES["settlement_replies"], LIST_TABLES["list_fee_lines"]
_SOURCES = (PERSONS, INSTITUTIONS, _REPLIES, _LINES)


def source_versions(snapshot: Snapshot) -> Mapping[str, int]:
    """Return the version of each table that documents are completed from; -1 where it has never been written."""
    return {table.name: snapshot.versions.get(table.name, -1) for table in _SOURCES}


class LakeFacts:
    """The facts of one state of a lake.

    Args:
        lake: The lake; only what is committed now is seen.
    """

    def __init__(self, lake: Lake) -> None:
        snapshot = lake.snapshot()
        self.versions = source_versions(snapshot)
        self._files: Mapping[str, list[Path]] = {table.name: lake.files(table.name, snapshot) for table in _SOURCES}
        levels = self._rows(INSTITUTIONS).select("institution_id", "level", "valid_from").collect()
        latest = levels.sort("valid_from").group_by("institution_id").agg(pl.col("level").last())
        self._levels = latest.sort("institution_id")

    def about(self, batch: KeptBatch, beside: Mapping[str, pl.DataFrame]) -> KnownFacts:
        """Return what is known of a batch's documents.

        Args:
            batch: The documents.
            beside: Rows of `settlement_replies`, `list_fee_lines` and `persons` of the same file, by table.
        """
        lists, filings = batch.lists, batch.frames["referral_filings"]
        # Those of other settlements of the visit too: they say that its lines are shared out among several.
        replies = self._known(
            _REPLIES,
            beside,
            {name: lists.get_column(name) for name in ("settlement_number", "visit_number")},
        )
        replies = _of_their_sender(replies.filter(pl.col("settlement_number").is_not_null()), lists)
        replies = replies.sort(replies.columns).unique("settlement_number", keep="first", maintain_order=True)
        visits = lists.get_column("visit_number")
        lines = self._known(_LINES, beside, {"visit_number": visits})
        nameless = self._known(_LINES, beside, {"line_number": lines.get_column("line_number")})
        lines = merged_lines(pl.concat([lines, nameless.filter(pl.col("visit_number").is_null())]))
        named = [lists.get_column("person_id"), replies.get_column("person_id"), filings.get_column("person_id")]
        persons = self._known(PERSONS, beside, {"person_id": pl.concat(named)})
        persons = persons.sort(persons.columns).unique("person_id", keep="first", maintain_order=True)
        return KnownFacts(persons, replies, lines, self._levels)

    def _known(self, table: Table, beside: Mapping[str, pl.DataFrame], wanted: Mapping[str, pl.Series]) -> pl.DataFrame:
        """Return the rows of a table that have one of the wanted values in any of the columns named."""
        given = {name: values.drop_nulls().unique() for name, values in wanted.items()}
        rows = self._rows(table)
        if table.name in beside:
            rows = pl.concat([rows, beside[table.name].lazy().select(table.arrow_schema.names)])
        is_wanted = [pl.col(name).is_in(values.implode()) for name, values in given.items() if len(values)]
        if not is_wanted:
            return rows.clear().collect()
        return rows.filter(pl.any_horizontal(is_wanted)).collect()

    def _rows(self, table: Table) -> pl.LazyFrame:
        files = self._files[table.name]
        if not files:
            return pl.LazyFrame(schema={column.name: POLARS_TYPE[column.kind] for column in table.columns})
        names = [pl.col(column.name).cast(POLARS_TYPE[column.kind]) for column in table.columns]
        return pl.scan_parquet(files).select(names)


def _of_their_sender(replies: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """Leave out replies that another institution sent than the one whose list has their settlement number."""
    named = lists.select("settlement_number", pl.col("institution_id").alias("_listed")).drop_nulls().unique()
    joined = replies.join(named, on="settlement_number", how="left", maintain_order="left")
    is_other = (pl.col("institution_id") != pl.col("_listed")).fill_null(value=False)
    return joined.filter(~is_other).select(replies.columns)
