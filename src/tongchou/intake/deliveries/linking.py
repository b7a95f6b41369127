"""Linking: what came late reaches the documents that were there, so that the order of deliveries makes no difference.

Whatever came in which delivery, each document is at the end what it would be had all of it come together: completed
from the replies, lines and persons that the lake has. All that changes changes in one batch.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.intake.deliveries.cases_left import cases_left, follow_cases
from tongchou.intake.deliveries.changed_parts import ChangedParts, Concerned
from tongchou.intake.deliveries.core_rows import CoreRows
from tongchou.intake.deliveries.document_findings import LANDED, worded
from tongchou.intake.deliveries.kept_lists import KeptLists, kept_lists
from tongchou.intake.deliveries.known_documents import BARRED, TAKING_PLACE, KnownDocuments
from tongchou.intake.deliveries.lake_facts import LakeFacts
from tongchou.intake.deliveries.members import Members
from tongchou.intake.deliveries.merged_persons import merge_persons
from tongchou.intake.deliveries.persons_of_lists import settle_persons
from tongchou.intake.deliveries.report import LateParts
from tongchou.intake.deliveries.scratch import preparing_folder
from tongchou.intake.deliveries.superseding import Paid, Superseding, append, rows_about, values
from tongchou.intake.deliveries.terms import LinkTerms
from tongchou.intake.deliveries.working_out import CONTRADICTED, WorkingOut
from tongchou.intake.deliveries.writing import write_documents, write_findings
from tongchou.intake.documents.completion import complete
from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.parts import parts_used
from tongchou.intake.documents.words import ConversionAlone
from tongchou.schema.link_tables import COMPLETIONS, WAITING_DOCUMENTS
from tongchou.schema.tables import CASES, REFERRALS, VISITS
from tongchou.store.engine import Engine
from tongchou.store.lake import Batch, Lake, Snapshot

LATE = "intake.late_parts"
LATE_REFERRAL = "intake.late_referral"

_SOURCE = "late"
_FROM = Members((_SOURCE,))
_EXISTS = "store.batch_exists"
_KEY = ["document", "list_id"]


def link(
    lake: Lake,
    engine: Engine,
    terms: LinkTerms,
    completed_from: Mapping[str, Mapping[str, int]],
    paid: Callable[[], Paid],
) -> LateParts:
    """Bring what came late to the documents that it belongs to.

    Lists that wait are taken in as soon as what they lack has come; cases, visits and referrals are derived anew where
    a part of them came, was corrected or left. A document that what came makes faulty stays as it is, and it is told.

    Args:
        lake: The lake.
        engine: Runs the checks.
        terms: What documents are checked by.
        completed_from: For batches of this call, the versions of the tables that their documents were completed from.
        paid: Says, the lock held, which runs have paid.
    """
    merge_persons(lake, terms.merged)
    settle_persons(lake)
    while True:
        snapshot = lake.snapshot()
        changed = ChangedParts(lake, snapshot)
        concerned = changed.concerned(completed_from)
        if concerned.is_empty or not _stale(lake, snapshot, concerned).register.height:
            changed.note()
            return LateParts()
        try:
            with preparing_folder(lake) as folder, lake.batch(hash_text(_SOURCE, str(snapshot)), "intake") as batch:
                now = lake.snapshot()
                changed = ChangedParts(lake, now)
                stale = _stale(lake, now, changed.concerned(completed_from))
                report = _Linking(lake, engine, terms, stale, folder).write(batch, paid)
        except TongchouError as problem:
            # Somebody brought the same parts in the moment between.
            if problem.code != _EXISTS:
                raise
            continue
        changed.note()
        return report


def _stale(lake: Lake, snapshot: Snapshot, concerned: Concerned) -> KeptLists:
    """Return those of the documents whose parts are others now than they were when they were derived."""
    listed = pl.concat([concerned.standing, concerned.filings])
    held = kept_lists(lake, snapshot, listed, concerned.waiting)
    facts = LakeFacts(lake)
    stale = []
    for _, given in held.batches():
        if given.kind == "referral":
            stale.append(given.heads.get_column(DOCUMENT))
            continue
        known = facts.about(given, {})
        now = parts_used(given, complete(given, known)[0], known).select(DOCUMENT, pl.col("parts").alias("_now"))
        both = held.register.join(now, on=DOCUMENT)
        stale.append(both.filter(~pl.col("parts").eq_missing(pl.col("_now"))).get_column(DOCUMENT))
    numbers = pl.concat(stale) if stale else pl.Series(DOCUMENT, [], dtype=pl.Int64)
    wanted = pl.col(DOCUMENT).is_in(numbers.implode())
    return KeptLists(held.register.filter(wanted), {name: rows.filter(wanted) for name, rows in held.frames.items()})


class _Linking:
    """Documents derived anew, the lake's lock held."""

    def __init__(self, lake: Lake, engine: Engine, terms: LinkTerms, stale: KeptLists, folder: Path) -> None:
        self._lake = lake
        self._folder = folder
        work = WorkingOut(_FROM, terms.checks, terms.split, folder)
        facts = LakeFacts(lake)
        for typed, given in stale.batches():
            work.add_late(typed, given, facts.about(given, {}))
        self._prepared = work.prepared()
        before = stale.register.select(
            DOCUMENT, "is_standing", "received_batch", "rows", pl.col("case_id").alias("former_case")
        )
        self._register = pl.read_parquet(self._prepared.register).join(before, on=DOCUMENT, maintain_order="left")
        sound = pl.col("is_sound")
        fresh = self._register.filter(sound & ~pl.col("is_standing"))
        judged = KnownDocuments(engine, lake, lake.snapshot()).judge(fresh)
        barred = judged.filter(pl.col("code").is_in(BARRED)).get_column(DOCUMENT)
        self._leaving = judged.filter(pl.col("code").is_in(TAKING_PLACE), pl.col("former_id").is_not_null())
        standing = self._register.filter(sound & pl.col("is_standing"))
        cases = pl.concat([self._leaving.get_column("former_case"), standing.get_column("former_case")])
        leaving = cases.drop_nulls().unique().sort().to_list()
        self._core = CoreRows(self._prepared, barred, engine, lake, folder, leaving)
        refused = pl.concat([barred, pl.Series(self._core.refused, dtype=pl.Int64)])
        self._barred = barred
        self._done = self._register.filter(sound & ~pl.col(DOCUMENT).is_in(refused.implode()))

    def write(self, batch: Batch, paid: Callable[[], Paid]) -> LateParts:
        """Write what became of the documents."""
        is_filing = pl.col("document") == "referral"
        lists = self._done.filter(~is_filing)
        standing, waited = lists.filter("is_standing"), lists.filter(~pl.col("is_standing"))
        old_totals = self._totals_before(standing)
        said = paid()
        self._take_out(batch, standing, said)
        leaving = self._leaving.join(waited.select(DOCUMENT, "list_id"), on=DOCUMENT, maintain_order="left")
        Superseding(leaving, self._prepared, self._lake, said).write(batch)
        if lists.height:
            write_documents(batch, self._prepared, lists)
        for table, rows in self._core.taken(lists.get_column("person_id").drop_nulls().unique()).values():
            batch.write(table, rows)
        self._keep_others(batch, waited)
        referred = self._referred()
        left = cases_left(self._leaving.join(waited.select(DOCUMENT), on=DOCUMENT, how="semi"), waited)
        findings = [self._findings(lists, referred, old_totals), follow_cases(batch, self._lake, left)]
        write_findings(batch, pl.concat(findings), self._folder)
        return LateParts(waited.height, standing.height, referred.height, batch.batch_id if batch.writes else "")

    def _take_out(self, batch: Batch, standing: pl.DataFrame, paid: Paid) -> None:
        """Take out the rows of documents that are derived anew; those that a run has paid are kept in the history."""
        if standing.is_empty():
            return
        leaving = standing.select(
            DOCUMENT,
            "list_id",
            pl.col("document").alias("former_document"),
            pl.col("list_id").alias("former_id"),
            "former_case",
        )
        of_runs = Superseding(leaving, self._prepared, self._lake, paid).paid_by(leaving.get_column("former_case"))
        is_paid = pl.col("former_case").is_in(of_runs.get_column("case_id").implode()).fill_null(value=False)
        Superseding(leaving.filter(is_paid), self._prepared, self._lake, paid).write(batch)
        unpaid = leaving.filter(~is_paid)
        if unpaid.height:
            Superseding(unpaid, self._prepared, self._lake, paid).take_out(batch)

    def _keep_others(self, batch: Batch, waited: pl.DataFrame) -> None:
        """End the waiting of what is taken; note of what is not that it was looked at with the parts of now."""
        if self._prepared.completed is None:
            return
        parts = pl.read_parquet(self._prepared.completed).select(DOCUMENT, "is_person_certain", "parts")
        left = self._register.filter(pl.col("document") != "referral").join(self._done, on=DOCUMENT, how="anti")
        gone = pl.concat(
            [
                waited.select(DOCUMENT, "list_id"),
                left.select(DOCUMENT, "list_id").filter(pl.col(DOCUMENT).is_in(self._barred.implode())),
            ]
        )
        still = left.filter(~pl.col("is_standing"), ~pl.col(DOCUMENT).is_in(self._barred.implode()))
        ids = pl.concat([gone.get_column("list_id"), still.get_column("list_id")]).unique()
        if len(ids):
            batch.remove(WAITING_DOCUMENTS, "list_id", values(ids))
        if still.height:
            append(batch, WAITING_DOCUMENTS, self._with_parts(still, parts))
        stays = left.filter("is_standing")
        if stays.height:
            names = stays.get_column("list_id")
            known = rows_about(self._lake, self._lake.snapshot(), COMPLETIONS, "list_id", names)
            known = (
                stays.select(DOCUMENT, *_KEY)
                .join(known.drop("parts"), on=_KEY, how="left", maintain_order="left")
                .with_columns(pl.col("is_person_certain").fill_null(value=True))
            )
            batch.remove(COMPLETIONS, "list_id", values(names.unique()))
            append(batch, COMPLETIONS, self._with_parts(known, parts))

    def _with_parts(self, rows: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
        known = [name for name in ("is_person_certain", "parts") if name not in rows.columns]
        return rows.join(parts.select(DOCUMENT, *known), on=DOCUMENT, how="left", maintain_order="left")

    def _referred(self) -> pl.DataFrame:
        """Return the filings of which a referral is made now."""
        filings = self._done.filter(pl.col("document") == "referral")
        if REFERRALS.name not in self._prepared.origins:
            return filings.clear()
        made = pl.read_parquet(self._prepared.origins[REFERRALS.name], columns=[DOCUMENT])
        return filings.join(made, on=DOCUMENT, how="semi")

    def _totals_before(self, standing: pl.DataFrame) -> pl.DataFrame:
        snapshot = self._lake.snapshot()
        cases = standing.get_column("former_case").drop_nulls()
        found = [
            rows_about(self._lake, snapshot, table, key, cases).select(
                pl.col(key).alias("former_case"), pl.col("total_fen").alias("_old")
            )
            for table, key in ((CASES, "case_id"), (VISITS, "visit_id"))
        ]
        return pl.concat(found)

    def _findings(self, lists: pl.DataFrame, referred: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
        """Return what is told of documents: what was found with the late part, that it came, that it cannot be used."""
        done = pl.concat([lists.select(DOCUMENT), referred.select(DOCUMENT)])
        own = pl.read_parquet(self._prepared.findings).select(list(LANDED)).join(done, on=DOCUMENT, how="semi")
        totals = [
            pl.read_parquet(self._prepared.origins[name], columns=[DOCUMENT, "total_fen"])
            for name in (CASES.name, VISITS.name)
            if name in self._prepared.origins
        ]
        new = pl.concat([pl.DataFrame(schema={DOCUMENT: pl.Int64, "total_fen": pl.Int64}), *totals])
        told = lists.join(old, on="former_case", how="left", maintain_order="left")
        told = told.join(new, on=DOCUMENT, how="left", maintain_order="left")
        left = self._register.filter("is_standing", pl.col("document") != "referral")
        left = left.join(self._done, on=DOCUMENT, how="anti")
        rows = pl.concat(
            [
                _told(told, LATE, pl.col("_old"), pl.col("total_fen")),
                _told(referred, LATE_REFERRAL),
                _told(left, CONTRADICTED),
            ]
        )
        return pl.concat([own, worded(rows, _FROM, ConversionAlone())]).sort(DOCUMENT, maintain_order=True)


def _told(rows: pl.DataFrame, code: str, value: pl.Expr | None = None, expected: pl.Expr | None = None) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    return rows.select(
        DOCUMENT,
        pl.lit(code).alias("check"),
        pl.lit(HEAD).alias("table"),
        pl.lit(None, pl.Int64).alias(SEQUENCE),
        pl.lit("").alias("column"),
        (nothing if value is None else value.cast(pl.String)).alias("value"),
        (nothing if expected is None else expected.cast(pl.String)).alias("expected"),
        pl.col("place").alias("_place"),
        "list_id",
        nothing.alias("row"),
        pl.lit(value=False).alias("is_blocked"),
    )
