"""What was handed in and what became of it, by institution and month: the facts behind every page on data quality.

Whose a finding is follows from what is known of its row, in this order: the institution that the row itself names; the
institution of the case that it belongs to, where the lake has it; the institution with which the number of the list
begins. A finding of which none is known, such as a row of the catalogue of persons, belongs to the region.

A record is a settlement list or a case. Every record handed in counts, also one that was set aside and was handed in
again since: what was wrong at first was wrong. A list that only waited for a part of it is no fault of anybody's: as
soon as it is taken in it counts as that alone. One that was there already with the same content brings nothing.

Fields are counted as each batch brought them; neither what came beside a list, nor what took its place, changes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from tongchou.intake.deliveries.known_documents import KNOWN_ALREADY
from tongchou.intake.deliveries.working_out import WAITING
from tongchou.schema.contract import Table
from tongchou.schema.list_tables import FIELD_COUNTS, LIST_TABLES
from tongchou.schema.polars_types import POLARS_TYPE
from tongchou.schema.results import FINDINGS
from tongchou.schema.tables import CASES, INSTITUTIONS
from tongchou.store.lake import Lake

LISTS = LIST_TABLES["settlement_lists"]
_BESIDE = ("list_fee_lines", "settlement_replies", "referral_filings")
RECORD_TABLES = frozenset((CASES.name, *LIST_TABLES)).difference(_BESIDE)
"""Tables in which a finding is about a record as a whole: a case, or a document with all its rows."""

_FIRST_PART = r"^([^-|]+)[-|]"
_DAYS = ("discharged_at", "discharged_on", "chronic_visited_on", "visited_on", "serviced_on", "referred_on")
_RECORDS = ("settlement_list", "front_page", "claim", "message")
_KEPT = ("finding_id", "batch_id", "table_name", "source", "case_id", "handling", "code")
_MONTH = 7


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The facts of one state of the lake.

    Attributes:
        findings: A row per finding: `finding_id`, `batch_id`, `table_name`, `source`, `case_id`, `handling`, `code`,
            `institution_id`, `month` (`2025-03`), `is_corrected` (set aside, and its case is in the lake since),
            `counts_elsewhere` (its document was there already, or only waited and is in the lake since). An
            institution or month that nothing tells is null.
        taken: Records in the lake: `institution_id`, `month`, `taken`.
        fields: Fields of documents: `batch_id`, `institution_id`, `month`, `fields`, `fields_sound`.
    """

    findings: pl.DataFrame
    taken: pl.DataFrame
    fields: pl.DataFrame

    def of(self, institution_ids: frozenset[str] | None) -> "HandedIn":
        """Return what concerns some institutions; everything where None."""
        if institution_ids is None:
            return self
        is_theirs = pl.col("institution_id").is_in(sorted(institution_ids))
        return HandedIn(self.findings.filter(is_theirs), self.taken.filter(is_theirs), self.fields.filter(is_theirs))

    def sent_by(self, senders: Mapping[str, str]) -> "HandedIn":
        """Return the facts with what is known of batches that one institution sent: all in them is its own.

        A document that says it is of another institution is a fault of the one that sent it.
        """
        if not senders:
            return self
        sender = pl.col("batch_id").replace_strict(dict(senders), default=None, return_dtype=pl.String)
        owner = pl.coalesce(sender, "institution_id").alias("institution_id")
        return HandedIn(self.findings.with_columns(owner), self.taken, self.fields.with_columns(owner))


def handed_in(lake: Lake) -> HandedIn:
    """Return the facts of a lake as it is now; read once for each state of it."""
    snapshot = lake.snapshot()
    tables = (FINDINGS, CASES, INSTITUTIONS, LISTS, FIELD_COUNTS)
    return _read(tuple((table.name, tuple(lake.files(table.name, snapshot))) for table in tables))


@lru_cache(maxsize=2)
def _read(named: tuple[tuple[str, tuple[Path, ...]], ...]) -> HandedIn:
    files = dict(named)
    cases = _rows(CASES, files[CASES.name]).select(
        "case_id", "institution_id", pl.col("discharged_on").cast(pl.String).str.head(_MONTH).alias("month")
    )
    lists = _rows(LISTS, files[LISTS.name])
    institutions = _rows(INSTITUTIONS, files[INSTITUTIONS.name]).select("institution_id").unique().collect()
    known = institutions.get_column("institution_id")
    return HandedIn(
        _findings(files[FINDINGS.name], cases, lists, known),
        _taken(cases, lists),
        _fields(files[FIELD_COUNTS.name], known),
    )


def _findings(files: Sequence[Path], cases: pl.LazyFrame, lists: pl.LazyFrame, institutions: pl.Series) -> pl.DataFrame:
    row = pl.col("row")
    day = pl.coalesce(row.str.json_path_match(f"$.{name}") for name in _DAYS)
    named = row.str.json_path_match("$.institution_id")
    begun = pl.coalesce("case_id", "row_key").str.extract(_FIRST_PART)
    known = institutions.implode()
    found = _rows(FINDINGS, files).select(
        *_KEPT,
        pl.when(named.is_in(known)).then(named).alias("_named"),
        pl.when(begun.is_in(known)).then(begun).alias("_begun"),
        pl.when(day.str.contains(r"^\d{4}-\d{2}")).then(day.str.head(_MONTH)).alias("_month"),
    )
    standing = lists.select(pl.col("list_id").alias("case_id"), pl.lit(value=True).alias("_stands")).unique()
    joined = found.join(cases, on="case_id", how="left").join(standing, on="case_id", how="left")
    return (
        joined.with_columns(
            pl.coalesce("_named", "institution_id", "_begun").alias("institution_id"),
            ((pl.col("handling") == "set_aside") & pl.col("institution_id").is_not_null()).alias("is_corrected"),
            pl.coalesce("_month", "month").alias("month"),
            (
                pl.col("code").is_in(KNOWN_ALREADY) | ((pl.col("code") == WAITING) & pl.col("_stands").is_not_null())
            ).alias("counts_elsewhere"),
        )
        .select(*_KEPT, "institution_id", "month", "is_corrected", "counts_elsewhere")
        .sort("finding_id")
        .collect()
    )


def _taken(cases: pl.LazyFrame, lists: pl.LazyFrame) -> pl.DataFrame:
    """Return the records of the lake; a list that made a case is one record with it."""
    left = pl.coalesce("discharged_at", pl.col("chronic_visited_on").cast(pl.Datetime("ms")), "admitted_at")
    # What stands beside a list, such as its reply, has a head of its own among them.
    others = (
        lists.filter(pl.col("document").is_in(_RECORDS))
        .join(cases, on="case_id", how="anti")
        .select("institution_id", left.dt.strftime("%Y-%m").alias("month"))
    )
    every = pl.concat([cases.select("institution_id", "month"), others])
    return (
        every.group_by("institution_id", "month")
        .agg(pl.len().cast(pl.Int64).alias("taken"))
        .sort("institution_id", "month", nulls_last=True)
        .collect()
    )


def _fields(files: Sequence[Path], institutions: pl.Series) -> pl.DataFrame:
    owner = pl.col("institution_id")
    counted = _rows(FIELD_COUNTS, files).select(
        pl.col("received_batch").alias("batch_id"),
        pl.when(owner.is_in(institutions.implode())).then(owner).alias("institution_id"),
        "month",
        "fields",
        "fields_sound",
    )
    return counted.sort("batch_id", "institution_id", "month", nulls_last=True).collect()


def _rows(table: Table, files: Sequence[Path]) -> pl.LazyFrame:
    schema = {column.name: POLARS_TYPE[column.kind] for column in table.columns}
    if not files:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(list(files)).select([pl.col(name).cast(kind) for name, kind in schema.items()])
