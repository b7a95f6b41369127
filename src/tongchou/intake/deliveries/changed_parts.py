"""Which documents a change of the lake concerns: those that wait, and those completed from what has changed since.

Up to which state everything was looked at is noted beside the tables. The note saves work and decides nothing: where
it is lost or is of another lake, all documents are looked at.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
import polars as pl
from deltalake.exceptions import DeltaError

from tongchou.intake.lake_rows import rows_of
from tongchou.schema.contract import Table
from tongchou.schema.link_tables import COMPLETIONS, WAITING_DOCUMENTS
from tongchou.schema.list_tables import LIST_TABLES
from tongchou.schema.tables import INSTITUTIONS, PERSONS, REFERRALS
from tongchou.store.lake import Lake, Snapshot

_LISTS = LIST_TABLES["settlement_lists"]
_REPLIES = LIST_TABLES["settlement_replies"]
_LINES = LIST_TABLES["list_fee_lines"]
_FILINGS = LIST_TABLES["referral_filings"]
_LOOKED_AT = (_REPLIES, _LINES, PERSONS, INSTITUTIONS, _LISTS, _FILINGS, WAITING_DOCUMENTS)
BY_PERSON = r"(^|\|)(sex|born_on|insurance_type|insured_area_id)(\||$)"
"""Matches the completed columns of lists that were completed from a person."""

_KEY = {"document": pl.String, "list_id": pl.String}
_NOTE = ".linked.json"


@dataclass(frozen=True, slots=True)
class Concerned:
    """Documents to be looked at, each frame with `document` and `list_id`.

    Attributes:
        standing: Documents that are taken in, of which a case or visit was made.
        waiting: Lists that wait.
        filings: Referral filings of which no referral was made.
    """

    standing: pl.DataFrame
    waiting: pl.DataFrame
    filings: pl.DataFrame

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be looked at."""
        return self.standing.is_empty() and self.waiting.is_empty() and self.filings.is_empty()


class ChangedParts:
    """What has changed in a lake since its documents were last looked at.

    Args:
        lake: The lake.
        snapshot: Its state.
    """

    def __init__(self, lake: Lake, snapshot: Snapshot) -> None:
        self._lake = lake
        self._snapshot = snapshot
        before = Snapshot(_noted(lake))
        self._changed = {table.name: self._difference(table, before) for table in _LOOKED_AT}

    def concerned(self, completed_from: Mapping[str, Mapping[str, int]]) -> Concerned:
        """Return the documents that what has changed may concern.

        Args:
            completed_from: For batches of which that is known, the versions of the tables that their documents were
                completed from; those that are of this state need not be looked at.
        """
        none = pl.DataFrame(schema=_KEY)
        if not any(self._changed.values()):
            return Concerned(none, none, none)
        persons = self._values(PERSONS, "person_id")
        standing = self._standing(persons, completed_from) if _LISTS.name in self._snapshot.versions else none
        waits = _LISTS.name not in self._snapshot.versions or any(
            self._changed[table.name] for table in (_REPLIES, _LINES, PERSONS, WAITING_DOCUMENTS)
        )
        waiting = self._rows(WAITING_DOCUMENTS).select(list(_KEY)).collect() if waits else none
        return Concerned(standing, waiting, self._filings(persons))

    def persons_of_new_lists(self) -> pl.Series:
        """Return the persons whom lists name that have come or changed."""
        return self._values(_LISTS, "person_id")

    def note(self) -> None:
        """Note that documents were looked at up to this state."""
        writes = self._lake.batches()
        sequence = max((write.sequence for write in writes), default=0)
        ids = sorted({write.batch_id for write in writes if write.sequence == sequence})
        content = {"sequence": sequence, "batches": ids, "versions": dict(self._snapshot.versions)}
        path = self._lake.root / _NOTE
        beside = path.with_name(f"{_NOTE}.{os.getpid()}")
        beside.write_bytes(orjson.dumps(content))
        beside.replace(path)

    def _standing(self, persons: pl.Series, completed_from: Mapping[str, Mapping[str, int]]) -> pl.DataFrame:
        numbers = self._values(_REPLIES, "settlement_number")
        visits = pl.concat([self._values(_REPLIES, "visit_number"), self._values(_LINES, "visit_number")])
        nameless = self._values(_LINES, "line_number", pl.col("visit_number").is_null())
        if len(nameless):
            lines = self._rows(_LINES).filter(pl.col("line_number").is_in(nameless.implode()))
            visits = pl.concat([visits, lines.select("visit_number").drop_nulls().collect().to_series()])
        new = self._values(_LISTS, "list_id")
        now = self._snapshot.versions
        # What was prepared when replies and lines were as they are now has seen them all.
        seen = [
            batch_id
            for batch_id, versions in completed_from.items()
            if all(versions.get(table.name) == now.get(table.name, -1) for table in (_REPLIES, _LINES))
        ]
        also_persons = [each for each in seen if completed_from[each].get(PERSONS.name) == now.get(PERSONS.name, -1)]
        is_seen = pl.col("received_batch").is_in(seen)
        by_part = _is_in("settlement_number", numbers) | _is_in("visit_number", visits) | _is_in("list_id", new)
        lists = self._rows(_LISTS).filter(pl.col("case_id").is_not_null())
        wanted = (by_part & ~is_seen) | (_is_in("person_id", persons) & ~pl.col("received_batch").is_in(also_persons))
        found = lists.filter(wanted).select("document", "list_id", (by_part & ~is_seen).alias("_by_part")).collect()
        if found.is_empty():
            return pl.DataFrame(schema=_KEY)
        others = found.filter(~pl.col("_by_part")).get_column("list_id")
        filled = self._rows(COMPLETIONS).filter(
            _is_in("list_id", others), pl.col("completed_columns").str.contains(BY_PERSON)
        )
        of_persons = filled.select("list_id").collect().to_series()
        return found.filter(pl.col("_by_part") | _is_in("list_id", of_persons)).select(list(_KEY))

    def _filings(self, persons: pl.Series) -> pl.DataFrame:
        if _FILINGS.name not in self._snapshot.versions or not any(
            self._changed[table.name] for table in (PERSONS, INSTITUTIONS, _FILINGS)
        ):
            return pl.DataFrame(schema=_KEY)
        filings = self._rows(_FILINGS)
        if not self._changed[INSTITUTIONS.name]:
            new = self._values(_FILINGS, "list_id")
            filings = filings.filter(_is_in("person_id", persons) | _is_in("list_id", new))
        made = self._rows(REFERRALS).select(pl.col("referral_id").alias("list_id"))
        names = filings.select("list_id").unique().join(made, on="list_id", how="anti").sort("list_id").collect()
        return names.select(pl.lit("referral").alias("document"), "list_id")

    def _difference(self, table: Table, before: Snapshot) -> list[Path]:
        now = set(self._lake.files(table.name, self._snapshot))
        try:
            then = set(self._lake.files(table.name, before))
        except DeltaError:  # a version that is no longer there: everything is new
            then = set()
        # Files are written whole: what was removed left with its file, what remained stands in a new one.
        return sorted(path for path in now ^ then if path.is_file())

    def _values(self, table: Table, column: str, wanted: pl.Expr | None = None) -> pl.Series:
        files = self._changed[table.name]
        if not files:
            return pl.Series(column, [], dtype=pl.String)
        rows = pl.scan_parquet(files)
        rows = rows if wanted is None else rows.filter(wanted)
        return rows.select(pl.col(column).drop_nulls().unique()).collect().to_series()

    def _rows(self, table: Table) -> pl.LazyFrame:
        return rows_of(self._lake, self._snapshot, table)


def _is_in(column: str, wanted: pl.Series) -> pl.Expr:
    return pl.col(column).is_in(wanted.implode()).fill_null(value=False)


def _noted(lake: Lake) -> Mapping[str, int]:
    """Return the versions that were noted; none where there is no note, or it is of another history of the lake."""
    try:
        said = orjson.loads((lake.root / _NOTE).read_bytes())
        there = {(write.sequence, write.batch_id) for write in lake.batches()}
        is_ours = all((said["sequence"], batch_id) in there for batch_id in said["batches"])
        return {str(name): int(version) for name, version in said["versions"].items()} if is_ours else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
