"""Rows of our own tables whose key the lake has: known already, a correction of the former row, or refused.

What a table allows is said in `docs/intake.md`. A settlement list is corrected whole: its row of `cases` comes again,
and with it all that belongs to it. Facts are corrected row by row. Decisions and sums of money are never written over.
Nothing of one institution is corrected by another, and what was made of a document by nothing but that document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from tongchou.intake.case_checks import CASE_TABLES
from tongchou.intake.faults import KNOWN_ROW
from tongchou.intake.lake_rows import rows_of
from tongchou.intake.staging import AT
from tongchou.schema.alliance_tables import ALLIANCE_TABLES, VILLAGE_CLINICS
from tongchou.schema.contract import Table
from tongchou.schema.list_tables import LIST_TABLES
from tongchou.schema.polars_types import POLARS_TYPE
from tongchou.schema.review_tables import CLEARING_ADJUSTMENTS, NEW_TECHNOLOGY_USES, REVIEW_OPINIONS, SPECIAL_REVIEWS
from tongchou.schema.tables import CASES, DIAGNOSES, FEE_ITEMS, FEES, REFERRALS, VISITS
from tongchou.store.lake import Lake, Snapshot

DECISION_EXISTS = "intake.decision_exists"
MADE_OF_DOCUMENT = "intake.made_of_document"
CASE_IN_PARTS = "intake.case_in_parts"
OF_ANOTHER = "intake.key_of_another"

_DECISIONS = frozenset(
    table.name
    for table in (SPECIAL_REVIEWS, REVIEW_OPINIONS, NEW_TECHNOLOGY_USES, CLEARING_ADJUSTMENTS, *ALLIANCE_TABLES)
    if table is not VILLAGE_CLINICS
)
_SENDERS = {
    **dict.fromkeys(("cases", "visits", "exam_results", "service_events", "outcomes"), "institution_id"),
    "referrals": "from_institution_id",
}
_OF_A_CASE = frozenset(table.name for table in CASE_TABLES)
_HOLD = "_held"


@dataclass(slots=True)
class Resubmission:
    """What a batch brings again.

    Attributes:
        lake: The lake, its lock held.
        snapshot: Its state before the batch.
        corrected: Of each table the staged rows that take the place of a row of the lake.
        cases: Settlement lists that come again whole with other content.
    """

    lake: Lake
    snapshot: Snapshot
    corrected: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    cases: list[str] = field(default_factory=list)

    def judge(self, table: Table, staged: pl.LazyFrame, known: npt.NDArray[np.int64]) -> Mapping[str, pl.Series]:
        """Judge rows whose key the lake has, and return which of them are at fault, by code.

        Args:
            table: Their table.
            staged: All staged rows of it.
            known: The `AT` of those that the lake has.
        """
        rows = (
            staged.filter(pl.col(AT).is_in(pl.Series(known).implode())).select(AT, *table.arrow_schema.names).collect()
        )
        held = self._held(table, rows)
        both = _hashed(table, rows).join(_hashed(table, held), on=list(table.key), suffix=_HOLD, maintain_order="left")
        is_same = pl.col("_hash") == pl.col(f"_hash{_HOLD}")
        same, other = both.filter(is_same).get_column(AT), both.filter(~is_same).get_column(AT)
        if table.name in _DECISIONS:
            return {KNOWN_ROW: same, DECISION_EXISTS: other}
        if table.name in _OF_A_CASE:
            return {KNOWN_ROW: same, CASE_IN_PARTS: other}
        return self._corrections(table, rows, held, same, other)

    def judge_cases(self, staged: Mapping[str, pl.LazyFrame], known: npt.NDArray[np.int64]) -> Mapping[str, pl.Series]:
        """Judge settlement lists whose row of `cases` comes again: each with all that the batch brings of it."""
        wanted = pl.col(AT).is_in(pl.Series(known).implode())
        rows = staged[CASES.name].filter(wanted).select(AT, *CASES.arrow_schema.names).collect()
        ids = rows.get_column("case_id").unique()
        changed = [self._changed_cases(table, staged, ids) for table in CASE_TABLES if table.name in staged]
        differing = pl.concat(changed).unique()
        partly = self._partly(staged, differing)
        is_other = rows.get_column("case_id").is_in(differing.implode())
        is_part = rows.get_column("case_id").is_in(partly.implode())
        held = self._held(CASES, rows)
        faults = self._corrections(
            CASES, rows, held, rows.filter(~is_other).get_column(AT), rows.filter(is_other & ~is_part).get_column(AT)
        )
        taken = self.corrected.pop(CASES.name, np.empty(0, np.int64))
        here = rows.filter(pl.col(AT).is_in(pl.Series(taken).implode()))
        self.cases = here.get_column("case_id").unique().sort().to_list()
        return {**faults, CASE_IN_PARTS: rows.filter(is_part).get_column(AT)}

    def of_cases(self, table: Table, cases: pl.Series) -> pl.DataFrame:
        """Return the rows of the lake that belong to some settlement lists."""
        if cases.is_empty():
            return pl.DataFrame(schema=dict.fromkeys(table.arrow_schema.names, pl.String))
        return self._rows(table).filter(pl.col("case_id").is_in(cases.implode())).collect()

    def before(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of the lake that have the keys of some rows."""
        return rows if rows.is_empty() else self._held(table, rows)

    def _corrections(
        self, table: Table, rows: pl.DataFrame, held: pl.DataFrame, same: pl.Series, other: pl.Series
    ) -> Mapping[str, pl.Series]:
        """Sort out of rows with other content those that may not be corrected, and remember the others."""
        keys = list(table.key)
        differing = rows.filter(pl.col(AT).is_in(other.implode()))
        foreign = other.clear()
        if table.name in _SENDERS:
            sender = _SENDERS[table.name]
            before = held.select(*keys, pl.col(sender).alias("_sender"))
            joined = differing.join(before, on=keys)
            foreign = joined.filter(~pl.col(sender).eq_missing(pl.col("_sender"))).get_column(AT)
        made = self._made_of_documents(table, differing).filter(~pl.col(AT).is_in(foreign.implode())).get_column(AT)
        barred = pl.concat([foreign, made])
        self.corrected[table.name] = other.filter(~other.is_in(barred.implode())).sort().to_numpy()
        return {KNOWN_ROW: same, OF_ANOTHER: foreign, MADE_OF_DOCUMENT: made}

    def _changed_cases(self, table: Table, staged: Mapping[str, pl.LazyFrame], ids: pl.Series) -> pl.Series:
        """Return which settlement lists have a row in the batch that the lake does not have just so."""
        of_cases = pl.col("case_id").is_in(ids.implode())
        rows = staged[table.name].filter(of_cases).select(AT, *table.arrow_schema.names).collect()
        held = self._rows(table).filter(of_cases).collect()
        before = _hashed(table, held).select(*table.key, "_hash")
        new = _hashed(table, rows).join(before, on=[*table.key, "_hash"], how="anti")
        return new.get_column("case_id").unique() if "case_id" in new.columns else ids.clear()

    def _partly(self, staged: Mapping[str, pl.LazyFrame], ids: pl.Series) -> pl.Series:
        """Return which settlement lists have fees, lines or diagnoses in the lake and none of these in the batch."""
        of_cases = pl.col("case_id").is_in(ids.implode())
        found = []
        for table in (DIAGNOSES, FEES, FEE_ITEMS):
            held = self._rows(table).filter(of_cases).select("case_id").unique()
            if table.name in staged:
                held = held.join(staged[table.name].filter(of_cases).select("case_id"), on="case_id", how="anti")
            found.append(held.collect().get_column("case_id"))
        return pl.concat(found).unique()

    def _made_of_documents(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        source = {
            CASES.name: ("settlement_lists", "case_id"),
            VISITS.name: ("settlement_lists", "case_id"),
            REFERRALS.name: ("referral_filings", "list_id"),
        }.get(table.name)
        if source is None:
            return rows.clear()
        documents, column = source
        ids = rows.get_column(table.key[0])
        found = self._rows(LIST_TABLES[documents]).filter(pl.col(column).is_in(ids.implode())).select(column).collect()
        return rows.filter(pl.col(table.key[0]).is_in(found.to_series().unique().implode()))

    def _held(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        keys = rows.select(table.key).unique().lazy()
        return self._rows(table).join(keys, on=list(table.key), how="semi").collect()

    def _rows(self, table: Table) -> pl.LazyFrame:
        rows = rows_of(self.lake, self.snapshot, table)
        return rows.select(pl.col(column.name).cast(POLARS_TYPE[column.kind]) for column in table.columns)


def keys_of(table: Table, rows: pl.DataFrame) -> pa.Table:
    """Return the keys of rows as `Batch.remove_keys` takes them: of rows of cases that of their case."""
    names: Sequence[str] = ("case_id",) if table.name in _OF_A_CASE else table.key
    found = rows.select(names).unique().to_arrow(compat_level=pl.CompatLevel.oldest())
    return found.cast(pa.schema([pa.field(name, table.arrow_schema.field(name).type) for name in names]))


def _hashed(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the keys of rows with the hash of each, `AT` and `case_id` where they have one."""
    plain = rows.select(pl.col(column.name).cast(POLARS_TYPE[column.kind]) for column in table.columns)
    names = [*table.key, *(name for name in (AT, "case_id") if name in rows.columns and name not in table.key)]
    return rows.select(names).with_columns(plain.hash_rows().alias("_hash"))
