"""Working documents out: completed, checked, derived and laid down, as they come or as a part of them comes late."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from tongchou.intake.code_maps.applying import UNMAPPED
from tongchou.intake.deliveries.document_findings import LANDED, document_findings
from tongchou.intake.deliveries.members import Members
from tongchou.intake.deliveries.prepared import REGISTER, LaidDown, Prepared
from tongchou.intake.documents.completion import MONEY_MISSING, PERSON_UNKNOWN, complete
from tongchou.intake.documents.conversion import HEAD, LIST_KINDS
from tongchou.intake.documents.derivation import CORE_TABLES, Derived, derive
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.field_counts import field_counts
from tongchou.intake.documents.finding_rows import all_found, found_rows
from tongchou.intake.documents.kept_batch import LIST_ID, KeptBatch, checked_batch
from tongchou.intake.documents.known_facts import KnownFacts
from tongchou.intake.documents.parts import COMPLETED, parts_used
from tongchou.intake.documents.settlement_split import FirstSelfPay
from tongchou.intake.documents.typed_batch import TypedBatch
from tongchou.intake.documents.words import DocumentChecks, blocking, words_of
from tongchou.intake.parquet_file import open_parquet_file
from tongchou.intake.staging import stage
from tongchou.schema.list_tables import LIST_TABLES
from tongchou.schema.polars_types import POLARS_TYPE
from tongchou.schema.tables import PERSONS

COMPLETED_FILE = "completed"
"""The name under which it is laid down what documents were completed from."""

_FIELD_COUNTS = "field-counts"

WAITING = "intake.list_waiting"
CONTRADICTED = "intake.parts_contradict"

_COMING = (PERSON_UNKNOWN, MONEY_MISSING)
_PLACE = [DOCUMENT, "check", "table", SEQUENCE, "column"]


@dataclass(frozen=True, slots=True)
class _Judged:
    given: KeptBatch
    completed: KeptBatch
    checked: pl.DataFrame
    found: pl.DataFrame
    blocked: pl.Series
    facts: KnownFacts
    parts: pl.DataFrame

    @property
    def touched(self) -> pl.Series:
        """The documents that something else has a part in."""
        return self.parts.filter(pl.col("parts").is_not_null()).get_column(DOCUMENT)


class WorkingOut:
    """The work on the documents of one file, or on some of the lake.

    Args:
        source: The files that they came in.
        checks: What they are checked by.
        split: In which amount of a list the first self-pay is.
        folder: Where what they become is laid.
    """

    def __init__(self, source: Members, checks: DocumentChecks, split: FirstSelfPay, folder: Path) -> None:
        self._source = source
        self._checks = checks
        self._split = split
        self._folder = folder
        self.laid = LaidDown(folder)
        self.laid.add("register", pl.DataFrame(schema=REGISTER))
        self.laid.add("findings", pl.DataFrame(schema=LANDED))

    def add(
        self,
        typed: TypedBatch,
        kept: KeptBatch,
        facts: KnownFacts,
        *,
        note: Callable[[KeptBatch, Derived], None] = lambda _batch, _derived: None,
    ) -> None:
        """Work on documents that just came.

        Args:
            typed: The documents with identity, which the checks look at.
            kept: The same documents without.
            facts: What they are completed from.
            note: Told the sound documents and what was derived of them.
        """
        nameless = kept.heads.filter(pl.col(LIST_ID).is_null()).select(DOCUMENT)
        unnamed = found_rows("intake.nameless_document", nameless)
        completed, unmet = complete(kept, facts)
        checked = self._checks.find(checked_batch(typed, completed))
        judged = self._judged(kept, completed, checked, [unmet, unnamed], facts)
        is_completed = checked.get_column(DOCUMENT).is_in(judged.touched.implode()).any()
        alone = self._as_they_came(typed, kept, checked) if is_completed else checked
        if typed.kind in LIST_KINDS:
            # What comes to light beside other parts is no fault of a field as it came, and no count depends on them.
            self.laid.add(_FIELD_COUNTS, field_counts(typed, alone))
        self._settle(judged, all_found([alone, unnamed]), note)

    def add_late(self, typed: TypedBatch, kept: KeptBatch, facts: KnownFacts) -> None:
        """Work on documents of which a part came late.

        They were checked by themselves when they came, identity still there; what counts now is only what the late part
        brings about.
        """
        completed, unmet = complete(kept, facts)
        checked = self._checks.find(checked_batch(typed, completed))
        before = self._as_they_came(typed, kept, checked)
        found = checked.join(before.select(_PLACE), on=_PLACE, how="anti", nulls_equal=True)
        judged = self._judged(kept, completed, found, [unmet], facts)
        self._settle(judged, all_found([]), lambda _batch, _derived: None)

    def prepared(self) -> Prepared:
        """Return what the documents became, their core rows staged."""
        files = self.laid.close()
        staged, origins = {}, {}
        for table in CORE_TABLES:
            name = f"core-{table.name}"
            if name not in files:
                continue
            if table is PERSONS:
                _keep_one_row_per_person(files[name])
            opened = open_parquet_file(files[name], self._source.names[0], table)
            staged[table.name] = stage(table, [opened], self._folder, lambda _rows: None)
            origins[table.name] = files[name]
        tables = {name: files[name] for name in LIST_TABLES if name in files}
        count = len(self._source.names)
        return Prepared(
            self._source,
            files["register"],
            tables,
            staged,
            origins,
            files["findings"],
            ({},) * count,
            (pl.DataFrame(schema=UNMAPPED),) * count,
            completed=files.get(COMPLETED_FILE),
            field_counts=files.get(_FIELD_COUNTS),
        )

    def _judged(
        self,
        kept: KeptBatch,
        completed: KeptBatch,
        checked: pl.DataFrame,
        others: Sequence[pl.DataFrame],
        facts: KnownFacts,
    ) -> _Judged:
        found = all_found([checked, *others])
        blocked = blocking(found, self._checks)
        return _Judged(kept, completed, checked, found, blocked, facts, parts_used(kept, completed, facts))

    def _as_they_came(self, typed: TypedBatch, kept: KeptBatch, found: pl.DataFrame) -> pl.DataFrame:
        """Return those of some findings that documents have without what they were completed from, too."""
        if found.is_empty():
            return found
        alone = self._checks.find(checked_batch(typed, kept), frozenset(found.get_column("check")))
        return found.join(alone.select(_PLACE).unique(), on=_PLACE, how="semi", nulls_equal=True)

    def _settle(self, judged: _Judged, alone: pl.DataFrame, note: Callable[[KeptBatch, Derived], None]) -> None:
        """Lay documents down with what has come beside them; those that it contradicts, as they stand by themselves.

        Args:
            judged: Documents with what has come beside them.
            alone: What is found in them without it.
            note: Told the sound documents and what was derived of them.
        """
        odd = judged.touched.filter(judged.touched.is_in(judged.blocked.implode()))
        if odd.is_empty():
            self._lay_down(judged, self._coming(judged), note)
            return
        among = pl.col(DOCUMENT).is_in(odd.implode())
        given, facts = only(judged.given, among), without_parts(judged.facts)
        completed, unmet = complete(given, facts)
        by_itself = self._judged(given, completed, alone.filter(among), [unmet], facts)
        freed = odd.filter(~odd.is_in(by_itself.blocked.implode()))
        waits = pl.concat([self._coming(by_itself), self._coming(judged)]).unique()
        rest = ~pl.col(DOCUMENT).is_in(freed.implode())
        self._lay_down(_part(judged, rest), waits.filter(~waits.is_in(freed.implode())), note)
        if len(freed):
            by_itself = _part(by_itself, ~rest)
            told = found_rows(CONTRADICTED, by_itself.given.heads.select(DOCUMENT))
            # What was used of the late parts is nothing; by their hash it is known that they were looked at.
            hashes = by_itself.parts.drop("parts").join(judged.parts.select(DOCUMENT, "parts"), on=DOCUMENT)
            self._lay_down(
                replace(by_itself, found=all_found([by_itself.found, told]), parts=hashes.select(list(COMPLETED))),
                waits.clear(),
                note,
            )

    def _coming(self, judged: _Judged) -> pl.Series:
        """Return the settlement lists that nothing keeps out but what is still to come."""
        if judged.given.kind != "settlement_list":
            return judged.blocked.clear()
        names = judged.found.get_column("check").unique().to_list()
        barring = [each for each in names if words_of(each, self._checks).level == "blocks" and each not in _COMING]
        barred = judged.found.filter(pl.col("check").is_in(barring)).get_column(DOCUMENT)
        return judged.blocked.filter(~judged.blocked.is_in(barred.unique().implode()))

    def _lay_down(self, judged: _Judged, waits: pl.Series, note: Callable[[KeptBatch, Derived], None]) -> None:
        kept, blocked = judged.completed, judged.blocked
        if not kept.heads.height:
            return
        sound = only(kept, ~pl.col(DOCUMENT).is_in(blocked.implode()))
        waiting = only(judged.given, pl.col(DOCUMENT).is_in(waits.implode()))
        derived = derive(sound, judged.facts, self._split)
        told = found_rows(WAITING, waiting.heads.select(DOCUMENT))
        found = all_found([judged.found, told, derived.found])
        self.laid.add("findings", document_findings(found, kept, blocked, self._source, self._checks))
        for batch in (sound, waiting):
            for name, rows in batch.frames.items():
                if rows.height:
                    self.laid.add(name, in_lake(name, rows, batch, derived))
        for name, rows in derived.rows.items():
            self.laid.add(f"core-{name}", rows)
        self.laid.add("register", registered(kept, blocked, derived, waits))
        if judged.parts.height:
            self.laid.add(COMPLETED_FILE, judged.parts)
        note(sound, derived)


def only(batch: KeptBatch, wanted: pl.Expr) -> KeptBatch:
    """Return some documents of a batch."""
    frames = {name: rows.filter(wanted) for name, rows in batch.frames.items()}
    return replace(batch, heads=batch.heads.filter(wanted), frames=frames)


def only_typed(batch: TypedBatch, wanted: pl.Expr) -> TypedBatch:
    """Return some documents of a typed batch."""
    frames = {name: rows.filter(wanted) for name, rows in batch.frames.items()}
    return replace(batch, documents=batch.documents.filter(wanted), frames=frames, found=batch.found.filter(wanted))


def without_parts(facts: KnownFacts) -> KnownFacts:
    """Return facts without replies, lines and persons: documents are then taken as they stand by themselves."""
    return replace(facts, persons=facts.persons.clear(), replies=facts.replies.clear(), lines=facts.lines.clear())


def in_lake(name: str, rows: pl.DataFrame, batch: KeptBatch, derived: Derived) -> pl.DataFrame:
    """Return rows of a document table as the lake holds them, all but the batch; `_document` first."""
    table = LIST_TABLES[name]
    given = {"institution_id"} & set(rows.columns)
    heads = batch.heads.select(DOCUMENT, LIST_ID, *(() if given else ("institution_id",)))
    full = rows.join(heads, on=DOCUMENT, how="left", maintain_order="left").rename({SEQUENCE: "seq"})
    if name == HEAD:
        full = full.join(derived.cases, on=DOCUMENT, how="left", maintain_order="left").with_columns(
            pl.lit(batch.kind).alias("document"), pl.lit(None, pl.String).alias("received_batch")
        )
    return full.select(DOCUMENT, *(pl.col(c.name).cast(POLARS_TYPE[c.kind]) for c in table.columns))


def registered(batch: KeptBatch, blocked: pl.Series, derived: Derived, waits: pl.Series) -> pl.DataFrame:
    """Return the rows of documents in the register of their file, of the schema `REGISTER`."""
    lists = batch.lists.select(DOCUMENT, "person_id", "case_number_id", "admitted_at", "discharged_at")
    joined = batch.heads.join(lists, on=DOCUMENT, how="left", maintain_order="left")
    joined = joined.join(derived.cases, on=DOCUMENT, how="left", maintain_order="left")
    return joined.select(
        DOCUMENT,
        pl.col("_place").alias("place"),
        pl.lit(batch.kind).alias("document"),
        pl.lit(batch.transaction).alias("transaction"),
        LIST_ID,
        "institution_id",
        "case_id",
        "content",
        (~pl.col(DOCUMENT).is_in(blocked.implode())).alias("is_sound"),
        pl.lit(value=False).alias("is_withdrawal"),
        pl.col(DOCUMENT).is_in(waits.implode()).alias("waits"),
        "person_id",
        "case_number_id",
        pl.col("admitted_at").dt.date().alias("admitted_on"),
        pl.col("discharged_at").dt.date().alias("discharged_on"),
    ).select(list(REGISTER))


def _part(judged: _Judged, wanted: pl.Expr) -> _Judged:
    completed = only(judged.completed, wanted)
    here = completed.heads.get_column(DOCUMENT)
    return replace(
        judged,
        given=only(judged.given, wanted),
        completed=completed,
        found=judged.found.filter(wanted),
        blocked=judged.blocked.filter(judged.blocked.is_in(here.implode())),
        parts=judged.parts.filter(wanted),
    )


def _keep_one_row_per_person(file: Path) -> None:
    """Leave one row of a person of whom several lists tell, the same whatever their order."""
    rows = pl.read_parquet(file)
    by_value = rows.sort([name for name in rows.columns if name != DOCUMENT])
    by_value.unique("person_id", keep="first", maintain_order=True).write_parquet(file)
