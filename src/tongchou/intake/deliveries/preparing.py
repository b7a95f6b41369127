"""Preparing a file: read, mapped, converted, completed, checked, made anonymous, derived, staged."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.intake.code_maps.applying import sum_unmapped
from tongchou.intake.deliveries.bundles import Bundle, FirstDocuments, are_apart, joined
from tongchou.intake.deliveries.document_file import DocumentFile
from tongchou.intake.deliveries.document_findings import document_findings, worded
from tongchou.intake.deliveries.lake_facts import LakeFacts
from tongchou.intake.deliveries.members import Members
from tongchou.intake.deliveries.prepared import REGISTER, Prepared, fee_lines_of
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.intake.deliveries.working_out import WorkingOut, in_lake, only, only_typed, registered
from tongchou.intake.documents.conversion import HEAD, convert_documents
from tongchou.intake.documents.derivation import Derived
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, BrokenDocument, DocumentBatch
from tongchou.intake.documents.finding_rows import all_found, found_rows
from tongchou.intake.documents.kept_batch import LIST_ID, KeptBatch, keep
from tongchou.intake.documents.misplaced_identity import take_out_identity
from tongchou.intake.documents.words import ConversionAlone, blocking
from tongchou.schema.tables import PERSONS
from tongchou.store.lake import Lake

STANDING_ALONE = {"settlement_reply": 0, "fee_lines": 0, "settlement_list": 1, "referral": 4}
"""The rank of a kind of document: what others are completed from comes first; front pages after lists."""

_KNOWN_OF_BROKEN = (DOCUMENT, "place", "document", "transaction", "is_sound", "is_withdrawal", "waits")
_STATE_CHANGES = "4102"
_AFTER_LISTS = 3
_COMPLETED = frozenset(("4101A",))
_BESIDE = ("settlement_replies", "list_fee_lines")


def rank(batch: DocumentBatch) -> int:
    """Return when documents are taken in: those that others are completed from first, lists before front pages."""
    if batch.kind == "settlement_list" and batch.transaction in _COMPLETED:
        return 2
    return STANDING_ALONE.get(batch.kind, _AFTER_LISTS)


def first_documents(file: DocumentFile, terms: DeliveryTerms) -> FirstDocuments:
    """Return what a file begins with.

    Its rank is that of its first documents, and within it 0 where they give the platform's number of a person. Such
    documents tie that number to the person's others, so they come before those that give the others alone: whose
    id a person has then does not depend on the order of the files.
    """
    reading = replace(terms.reading, batch_documents=1)
    for batch in file.reader.read(file.path, file.name, reading):
        given = any("person_number" in rows.columns and rows["person_number"].count() for rows in batch.frames.values())
        return FirstDocuments((rank(batch), 0 if given else 1), batch.kind, batch.transaction)
    return FirstDocuments((0, 0), "fee_lines", "")


def prepare(bundle: Bundle, terms: DeliveryTerms, lake_root: Path, folder: Path) -> Prepared | None:
    """Prepare a file, or several that go together, in a folder of its own.

    Returns:
        What became of it; None where files concern each other, or one of them is none of its format: they are to be
        prepared one by one.

    Raises:
        TongchouError: What the reader says where the only file as a whole is none of its format.
    """
    if len(bundle.files) > 1:
        return _prepare_together(bundle, terms, lake_root, folder)
    (file,) = bundle.files
    work = _Preparation(Members((file.name,)), terms, Lake(lake_root), folder)
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
        work = _Preparation(Members((file.name,)), terms, Lake(lake_root), again)
        work.gather()
        for wanted in range(max(STANDING_ALONE.values()) + 1):
            for batch in _batches(file, terms):
                if rank(batch) == wanted:
                    work.add(batch)
    return work.prepared()


def _prepare_together(bundle: Bundle, terms: DeliveryTerms, lake_root: Path, folder: Path) -> Prepared | None:
    parts, unmapped = [], []
    for file in bundle.files:
        try:
            clean = [take_out_identity(batch) for batch in _batches(file, terms)]
        except TongchouError:
            return None
        if any(misplaced.height for _, misplaced in clean):
            return None
        mapped = [terms.code_maps.mapped(batch) for batch, _ in clean]
        parts.append([each.batch for each in mapped])
        unmapped.append(sum_unmapped([each.unmapped for each in mapped]))
    one = joined(parts, [file.name for file in bundle.files])
    if one is None:
        return None
    batch, members = one
    work = _Preparation(members, terms, Lake(lake_root), folder)
    work.add_mapped(batch)
    prepared = work.prepared()
    if not are_apart(pl.read_parquet(prepared.register), fee_lines_of(prepared), members):
        return None
    ignored = [sum((Counter(batch.ignored) for batch in part), Counter[str]()) for part in parts]
    return replace(prepared, ignored=tuple(ignored), unmapped=tuple(unmapped))


def _batches(file: DocumentFile, terms: DeliveryTerms) -> Iterator[DocumentBatch]:
    return file.reader.read(file.path, file.name, terms.reading)


class _Preparation:
    """The work on one file, batch by batch, or on several at once."""

    def __init__(self, source: Members, terms: DeliveryTerms, lake: Lake, folder: Path) -> None:
        self._source = source
        self._terms = terms
        self._facts = LakeFacts(lake)
        self._work = WorkingOut(source, terms.checks, terms.split, folder)
        self._laid = self._work.laid
        self._beside: dict[str, pl.DataFrame] = {}
        self._gathers = False
        self._ignored: Counter[str] = Counter()
        self._unmapped: list[pl.DataFrame] = []

    def gather(self) -> None:
        """From now on, complete documents also from those before them."""
        self._gathers = True

    def add(self, batch: DocumentBatch) -> None:
        """Work on some documents."""
        self._ignored.update(batch.ignored)
        if not batch.documents.height:
            self.add_mapped(batch)
            return
        clean, misplaced = take_out_identity(batch)
        mapped = self._terms.code_maps.mapped(clean)
        self._unmapped.append(mapped.unmapped)
        self.add_mapped(mapped.batch, misplaced)

    def add_mapped(self, batch: DocumentBatch, misplaced: pl.DataFrame | None = None) -> None:
        """Work on some documents whose codes are national, with what was found of identity in wrong fields."""
        self._add_broken(batch.broken, batch)
        if batch.documents.height:
            self._add_documents(batch, all_found([]) if misplaced is None else misplaced)

    def close(self) -> None:
        """Leave the work as it is."""
        self._laid.close()

    def prepared(self) -> Prepared:
        """Return what the file became."""
        return replace(
            self._work.prepared(),
            ignored=(dict(self._ignored),),
            unmapped=(sum_unmapped(self._unmapped),),
            completed_from=self._facts.versions,
        )

    def _add_documents(self, batch: DocumentBatch, misplaced: pl.DataFrame) -> None:
        terms = self._terms
        typed = convert_documents(batch, terms.institution_id)
        typed = replace(typed, found=pl.concat([typed.found, misplaced]))
        kept = keep(typed, terms.pseudonymiser)
        withdrawn, states = _states_only(kept)
        if withdrawn.len() + states.len():
            self._add_states(kept, withdrawn, states)
            others = ~pl.col(DOCUMENT).is_in(pl.concat([withdrawn, states]).implode())
            if not kept.heads.filter(others).height:
                return
            kept, typed = only(kept, others), only_typed(typed, others)
        facts = self._facts.about(kept, self._beside)
        self._work.add(typed, kept, facts, note=self._note)

    def _add_states(self, kept: KeptBatch, withdrawn: pl.Series, states: pl.Series) -> None:
        """Register documents that withdraw a list, or change its state otherwise: they bring nothing else."""
        told = only(kept, pl.col(DOCUMENT).is_in(pl.concat([withdrawn, states]).implode()))
        found = [found_rows("intake.state_only", told.heads.filter(pl.col(DOCUMENT).is_in(states.implode())))]
        found.append(found_rows("intake.nameless_document", told.heads.filter(pl.col(LIST_ID).is_null())))
        blocked = blocking(all_found(found), self._terms.checks)
        self._laid.add("findings", document_findings(all_found(found), told, blocked, self._source, self._terms.checks))
        derived = Derived({}, pl.DataFrame(schema={DOCUMENT: pl.Int64, "case_id": pl.String}), all_found([]))
        is_withdrawal = pl.col(DOCUMENT).is_in(withdrawn.implode()).alias("is_withdrawal")
        rows = registered(told, blocked, derived, withdrawn.clear())
        self._laid.add("register", rows.with_columns(is_withdrawal))

    def _note(self, sound: KeptBatch, derived: Derived) -> None:
        """Keep what later documents of the same file may be completed from."""
        if not self._gathers:
            return
        gathered = {name: in_lake(name, sound.frames[name], sound, derived) for name in _BESIDE}
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
                "check": [each.check for each in broken],
            },
            schema={DOCUMENT: pl.Int64, **dict.fromkeys(("_place", "value", "expected", "row", "check"), pl.String)},
        )
        rows = numbers.with_columns(
            pl.lit(HEAD).alias("table"),
            pl.lit(None, pl.Int64).alias(SEQUENCE),
            pl.lit("").alias("column"),
            pl.lit(None, pl.String).alias(LIST_ID),
            pl.lit(value=True).alias("is_blocked"),
        )
        self._laid.add("findings", worded(rows, self._source, ConversionAlone()))
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
                pl.lit(value=False).alias("waits"),
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
