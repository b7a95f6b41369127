"""Preparing a file: read, mapped, converted, completed, checked, made anonymous, derived, staged."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from tongchou.intake.code_maps.applying import sum_unmapped
from tongchou.intake.deliveries.document_file import DocumentFile
from tongchou.intake.deliveries.document_findings import LANDED, document_findings, worded
from tongchou.intake.deliveries.lake_facts import LakeFacts
from tongchou.intake.deliveries.prepared import REGISTER, LaidDown, Prepared
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.intake.documents.completion import complete
from tongchou.intake.documents.conversion import HEAD, convert_documents
from tongchou.intake.documents.derivation import CORE_TABLES, Derived, derive
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, BrokenDocument, DocumentBatch
from tongchou.intake.documents.finding_rows import all_found, found_rows
from tongchou.intake.documents.kept_batch import LIST_ID, KeptBatch, checked_batch, keep
from tongchou.intake.documents.typed_batch import TypedBatch
from tongchou.intake.documents.words import ConversionAlone, blocking
from tongchou.intake.parquet_file import open_parquet_file
from tongchou.intake.staging import stage
from tongchou.schema.list_tables import LIST_TABLES
from tongchou.schema.polars_types import POLARS_TYPE
from tongchou.schema.tables import PERSONS
from tongchou.store.lake import Lake

STANDING_ALONE = {"settlement_reply": 0, "fee_lines": 0, "settlement_list": 1, "referral": 4}
"""The rank of a kind of document: what others are completed from comes first; front pages after lists."""

_KNOWN_OF_BROKEN = (DOCUMENT, "place", "document", "transaction", "is_sound", "is_withdrawal")
_STATE_CHANGES = "4102"
_AFTER_LISTS = 3
_COMPLETED = frozenset(("4101A",))
_BESIDE = ("settlement_replies", "list_fee_lines")


def rank(batch: DocumentBatch) -> int:
    """Return when documents are taken in: those that others are completed from first, lists before front pages."""
    if batch.kind == "settlement_list" and batch.transaction in _COMPLETED:
        return 2
    return STANDING_ALONE.get(batch.kind, _AFTER_LISTS)


def first_rank(file: DocumentFile, terms: DeliveryTerms) -> tuple[int, int]:
    """Return the rank of a file's first documents, and within it 0 where they give the platform's number of a person.

    Such documents tie that number to the person's others, so they come before those that give the others alone: whose
    id a person has then does not depend on the order of the files.
    """
    reading = replace(terms.reading, batch_documents=1)
    for batch in file.reader.read(file.path, file.name, reading):
        given = any("person_number" in rows.columns and rows["person_number"].count() for rows in batch.frames.values())
        return rank(batch), 0 if given else 1
    return 0, 0


def prepare(file: DocumentFile, terms: DeliveryTerms, lake_root: Path, folder: Path) -> Prepared:
    """Prepare a file in a folder of its own.

    Raises:
        TongchouError: What the reader says where the file as a whole is none of its format.
    """
    work = _Preparation(file, terms, Lake(lake_root), folder)
    ranks = set()
    for batch in _batches(file, terms):
        ranks.add(rank(batch))
        if len(ranks) > 1:
            break
        work.add(batch)
    if len(ranks) > 1:
        # A file of several kinds: what others are completed from first, wherever it stands in the file.
        work.close()
        again = folder / "by-rank"
        again.mkdir()
        work = _Preparation(file, terms, Lake(lake_root), again)
        work.gather()
        for wanted in range(max(STANDING_ALONE.values()) + 1):
            for batch in _batches(file, terms):
                if rank(batch) == wanted:
                    work.add(batch)
    return work.prepared()


def _batches(file: DocumentFile, terms: DeliveryTerms) -> Iterator[DocumentBatch]:
    return file.reader.read(file.path, file.name, terms.reading)


class _Preparation:
    """The work on one file, batch by batch."""

    def __init__(self, file: DocumentFile, terms: DeliveryTerms, lake: Lake, folder: Path) -> None:
        self._file = file
        self._terms = terms
        self._facts = LakeFacts(lake)
        self._folder = folder
        self._laid = LaidDown(folder)
        self._beside: dict[str, pl.DataFrame] = {}
        self._gathers = False
        self._ignored: Counter[str] = Counter()
        self._unmapped: list[pl.DataFrame] = []
        self._laid.add("register", pl.DataFrame(schema=REGISTER))
        self._laid.add("findings", pl.DataFrame(schema=LANDED))

    def gather(self) -> None:
        """From now on, complete documents also from those before them."""
        self._gathers = True

    def add(self, batch: DocumentBatch) -> None:
        """Work on some documents."""
        self._ignored.update(batch.ignored)
        self._add_broken(batch.broken, batch)
        if batch.documents.height:
            self._add_documents(batch)

    def close(self) -> None:
        """Leave the work as it is."""
        self._laid.close()

    def prepared(self) -> Prepared:
        """Return what the file became, its core rows staged."""
        files = self._laid.close()
        staged, origins = {}, {}
        for table in CORE_TABLES:
            name = f"core-{table.name}"
            if name not in files:
                continue
            if table is PERSONS:
                _keep_one_row_per_person(files[name])
            opened = open_parquet_file(files[name], self._file.name, table)
            staged[table.name] = stage(table, [opened], self._folder, lambda _rows: None)
            origins[table.name] = files[name]
        tables = {name: files[name] for name in LIST_TABLES if name in files}
        unmapped = sum_unmapped(self._unmapped)
        return Prepared(files["register"], tables, staged, origins, files["findings"], dict(self._ignored), unmapped)

    def _add_documents(self, batch: DocumentBatch) -> None:
        terms = self._terms
        mapped = terms.code_maps.mapped(batch)
        self._unmapped.append(mapped.unmapped)
        typed = convert_documents(mapped.batch, terms.institution_id)
        kept = keep(typed, terms.pseudonymiser)
        withdrawn, states = _states_only(kept)
        if withdrawn.len() + states.len():
            self._add_states(kept, withdrawn, states)
            others = ~pl.col(DOCUMENT).is_in(pl.concat([withdrawn, states]).implode())
            if not kept.heads.filter(others).height:
                return
            kept, typed = _only(kept, others), _only_typed(typed, others)
        facts = self._facts.about(kept, self._beside)
        kept, unmet = complete(kept, facts)
        found = [terms.checks.find(checked_batch(typed, kept)), unmet]
        nameless = kept.heads.filter(pl.col(LIST_ID).is_null()).select(DOCUMENT)
        found.append(found_rows("intake.nameless_document", nameless))
        blocked = blocking(all_found(found), terms.checks)
        sound = _without(kept, blocked)
        derived = derive(sound, facts, terms.split)
        found.append(derived.found)
        self._laid.add("findings", document_findings(all_found(found), kept, blocked, self._file.name, terms.checks))
        self._lay_down(kept, sound, blocked, derived)

    def _add_states(self, kept: KeptBatch, withdrawn: pl.Series, states: pl.Series) -> None:
        """Register documents that withdraw a list, or change its state otherwise: they bring nothing else."""
        told = _only(kept, pl.col(DOCUMENT).is_in(pl.concat([withdrawn, states]).implode()))
        found = [found_rows("intake.state_only", told.heads.filter(pl.col(DOCUMENT).is_in(states.implode())))]
        found.append(found_rows("intake.nameless_document", told.heads.filter(pl.col(LIST_ID).is_null())))
        blocked = blocking(all_found(found), self._terms.checks)
        self._laid.add(
            "findings", document_findings(all_found(found), told, blocked, self._file.name, self._terms.checks)
        )
        derived = Derived({}, pl.DataFrame(schema={DOCUMENT: pl.Int64, "case_id": pl.String}), all_found([]))
        is_withdrawal = pl.col(DOCUMENT).is_in(withdrawn.implode()).alias("is_withdrawal")
        self._laid.add("register", _register(told, blocked, derived).with_columns(is_withdrawal))

    def _lay_down(self, kept: KeptBatch, sound: KeptBatch, blocked: pl.Series, derived: Derived) -> None:
        for name, rows in sound.frames.items():
            if rows.height:
                self._laid.add(name, _in_lake(name, rows, sound, derived))
        for name, rows in derived.rows.items():
            self._laid.add(f"core-{name}", rows)
        self._laid.add("register", _register(kept, blocked, derived))
        if self._gathers:
            self._note(sound, derived)

    def _note(self, sound: KeptBatch, derived: Derived) -> None:
        """Keep what later documents of the same file may be completed from."""
        gathered = {name: _in_lake(name, sound.frames[name], sound, derived) for name in _BESIDE}
        if PERSONS.name in derived.rows:
            gathered[PERSONS.name] = derived.rows[PERSONS.name]
        for name, rows in gathered.items():
            if rows.height:
                self._beside[name] = pl.concat([self._beside[name], rows]) if name in self._beside else rows

    def _add_broken(self, broken: Sequence[BrokenDocument], batch: DocumentBatch) -> None:
        if not broken:
            return
        numbers = pl.DataFrame(
            {
                DOCUMENT: [each.number for each in broken],
                "_place": [each.place for each in broken],
                "value": [each.reason.zh for each in broken],
                "expected": [each.reason.en for each in broken],
                "row": [f'{{"bytes":{each.size}}}' for each in broken],
            },
            schema={DOCUMENT: pl.Int64, **dict.fromkeys(("_place", "value", "expected", "row"), pl.String)},
        )
        rows = numbers.with_columns(
            pl.lit("intake.broken_document").alias("check"),
            pl.lit(HEAD).alias("table"),
            pl.lit(None, pl.Int64).alias(SEQUENCE),
            pl.lit("").alias("column"),
            pl.lit(None, pl.String).alias(LIST_ID),
            pl.lit(value=True).alias("is_blocked"),
        )
        self._laid.add("findings", worded(rows, self._file.name, ConversionAlone()))
        unknown = [name for name in REGISTER if name not in _KNOWN_OF_BROKEN]
        self._laid.add(
            "register",
            numbers.select(
                DOCUMENT,
                pl.col("_place").alias("place"),
                pl.lit(batch.kind).alias("document"),
                pl.lit(batch.transaction).alias("transaction"),
                pl.lit(value=False).alias("is_sound"),
                pl.lit(value=False).alias("is_withdrawal"),
                *(pl.lit(None, REGISTER[name]).alias(name) for name in unknown),
            ).select(list(REGISTER)),
        )


def _states_only(batch: KeptBatch) -> tuple[pl.Series, pl.Series]:
    """Return the documents that withdraw a list, and those that give it another state and say nothing else."""
    is_list = batch.kind == "settlement_list"
    is_withdrawn = (pl.col("list_state") == "withdrawn").fill_null(value=False) & is_list
    is_change = pl.lit(batch.transaction == _STATE_CHANGES)
    withdrawn = batch.lists.filter(is_withdrawn).get_column(DOCUMENT)
    return withdrawn, batch.lists.filter(~is_withdrawn & is_change).get_column(DOCUMENT)


def _without(batch: KeptBatch, blocked: pl.Series) -> KeptBatch:
    return _only(batch, ~pl.col(DOCUMENT).is_in(blocked.implode()))


def _only(batch: KeptBatch, wanted: pl.Expr) -> KeptBatch:
    frames = {name: rows.filter(wanted) for name, rows in batch.frames.items()}
    return replace(batch, heads=batch.heads.filter(wanted), frames=frames)


def _only_typed(batch: TypedBatch, wanted: pl.Expr) -> TypedBatch:
    frames = {name: rows.filter(wanted) for name, rows in batch.frames.items()}
    return replace(batch, documents=batch.documents.filter(wanted), frames=frames, found=batch.found.filter(wanted))


def _in_lake(name: str, rows: pl.DataFrame, batch: KeptBatch, derived: Derived) -> pl.DataFrame:
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


def _register(batch: KeptBatch, blocked: pl.Series, derived: Derived) -> pl.DataFrame:
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
        "person_id",
        "case_number_id",
        pl.col("admitted_at").dt.date().alias("admitted_on"),
        pl.col("discharged_at").dt.date().alias("discharged_on"),
    )


def _keep_one_row_per_person(file: Path) -> None:
    """Leave one row of a person of whom several lists tell, the same whatever their order."""
    rows = pl.read_parquet(file)
    by_value = rows.sort([name for name in rows.columns if name != DOCUMENT])
    by_value.unique("person_id", keep="first", maintain_order=True).write_parquet(file)
