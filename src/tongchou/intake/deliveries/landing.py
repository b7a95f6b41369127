"""Landing: prepared files taken into the lake as one batch, each document whole or not at all."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake import refusals
from tongchou.intake.deliveries.attempts import Attempt, received_files
from tongchou.intake.deliveries.bundles import Bundle
from tongchou.intake.deliveries.cases_left import cases_left, follow_cases
from tongchou.intake.deliveries.core_rows import CoreRows
from tongchou.intake.deliveries.document_file import DocumentFile
from tongchou.intake.deliveries.document_findings import LANDED, worded
from tongchou.intake.deliveries.known_documents import (
    BARRED,
    KNOWN_ALREADY,
    STAY_KNOWN,
    TAKING_PLACE,
    KnownDocuments,
)
from tongchou.intake.deliveries.line_corrections import contradicting, correct_lines
from tongchou.intake.deliveries.prepared import Prepared, fee_lines_of
from tongchou.intake.deliveries.report import DocumentCount, FieldCount, FileReport, UnmappedCode
from tongchou.intake.deliveries.superseding import Paid, Superseding, rows_about
from tongchou.intake.deliveries.waiting import keep_waiting, make_way
from tongchou.intake.deliveries.writing import write_documents, write_field_counts, write_findings
from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.words import ConversionAlone
from tongchou.privacy.redaction import said_names
from tongchou.schema.link_tables import WAITING_DOCUMENTS
from tongchou.schema.list_tables import LIST_TABLES, RECEIVED_FILES
from tongchou.store.engine import Engine
from tongchou.store.lake import Batch, Lake


class OneByOneError(Exception):
    """Files of a bundle concern what is in the lake; nothing was written, and each is to be taken in by itself."""


def land(
    bundle: Bundle,
    prepared: Prepared,
    attempt: Attempt,
    file_ids: Sequence[str],
    lake: Lake,
    engine: Engine,
    paid: Callable[[], Paid] = Paid,
) -> Sequence[FileReport]:
    """Take a prepared file, or several that go together, into the lake, and return what each brought.

    Under the lake's lock documents are compared with those of the lake, and their core rows go through the checks
    across tables. Where a file was received before, nothing is written unless a document of it can be taken now. A
    document that is there with other content makes way for the one that comes, and is kept in the history.

    Args:
        bundle: The files.
        prepared: What became of them.
        attempt: How manieth time they are taken in.
        file_ids: The id of each file.
        lake: The lake.
        engine: Runs the checks.
        paid: Says, the lock held, which runs have paid.

    Raises:
        OneByOneError: If there are several files, and one of them was received before or would change what is there.
        TongchouError: `store.batch_exists` where somebody else took in the same file meanwhile; `intake.rows_lost`
            where documents do not add up: a fault of the program.
    """
    folder = Path(tempfile.mkdtemp(dir=prepared.register.parent))
    try:
        with lake.batch(attempt.batch_id, "intake") as batch:
            is_known = not received_files(lake).keys().isdisjoint(file_ids)
            if is_known and len(file_ids) > 1:
                raise OneByOneError
            landing = _Landing(bundle, prepared, lake, engine, folder)
            if is_known and not landing.count.accepted:
                return landing.repeated(attempt)
            return landing.write(batch, file_ids, paid)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Landing:
    """Files on their way into the lake, whose lock is held."""

    def __init__(self, bundle: Bundle, prepared: Prepared, lake: Lake, engine: Engine, folder: Path) -> None:
        self._bundle = bundle
        self._prepared = prepared
        self._folder = folder
        register = pl.read_parquet(prepared.register)
        judged = KnownDocuments(engine, lake, lake.snapshot()).judge(register)
        twice = contradicting(prepared, register, judged.filter(pl.col("code").is_in(BARRED)).get_column(DOCUMENT))
        judged = pl.concat([judged, twice])
        self._lake = lake
        barred = judged.filter(pl.col("code").is_in(BARRED))
        known_stays = judged.filter(pl.col("code") == STAY_KNOWN)
        without_core = pl.concat([barred, known_stays]).get_column(DOCUMENT)
        self._leaving = judged.filter(pl.col("code").is_in(TAKING_PLACE), pl.col("former_id").is_not_null())
        if len(bundle.files) > 1 and (self._leaving.height or _concern(lake, register, prepared)):
            raise OneByOneError
        cases = self._leaving.get_column("former_case").drop_nulls().unique().sort().to_list()
        self._core = CoreRows(prepared, without_core, engine, lake, folder, cases)
        refused = pl.Series(self._core.refused, dtype=pl.Int64)
        repeated = judged.filter(pl.col("code").is_in(KNOWN_ALREADY)).get_column(DOCUMENT)
        number = pl.col(DOCUMENT)
        is_barred = number.is_in(barred.get_column(DOCUMENT).implode()) | number.is_in(refused.implode())
        is_stay_known = number.is_in(known_stays.get_column(DOCUMENT).implode())
        self._register = register.with_columns(
            (pl.col("is_sound") & ~is_barred).alias("is_accepted"),
            number.is_in(repeated.implode()).alias("is_repeated"),
            pl.when(is_stay_known).then(None).otherwise("case_id").alias("case_id"),
        )
        self._judged = judged
        self._core_findings = self._core.findings()

    @property
    def count(self) -> DocumentCount:
        """What becomes of the documents."""
        return _counted(self._register)

    def repeated(self, attempt: Attempt) -> Sequence[FileReport]:
        """Return what there is to say of a file that was received before and of which nothing can be taken now."""
        return [
            FileReport(file.path, file.name, file.reader.name, attempt.first_id, is_repeated=True, count=self.count)
            for file in self._bundle.files
        ]

    def write(self, batch: Batch, file_ids: Sequence[str], paid: Callable[[], Paid]) -> Sequence[FileReport]:
        """Write what is taken, and why the rest is not."""
        member = self._prepared.members.place()
        counts = [_counted(self._register.filter(member == place)) for place in range(len(self._bundle.files))]
        count = sum(counts, DocumentCount())
        accepted = self._register.filter("is_accepted")
        if count.received != count.accepted + count.set_aside + count.repeated:
            raise refusals.rows_lost(
                self._bundle.name, count.received, count.accepted, count.set_aside + count.repeated
            )
        corrected = self._supersede(batch, accepted, paid)
        corrected += self._wait(batch, accepted, paid)
        corrected += correct_lines(batch, self._prepared, accepted, self._lake, paid)
        kept = accepted.filter(~pl.col("is_withdrawal"))
        write_documents(batch, self._prepared, kept.with_columns(pl.lit(batch.batch_id).alias("received_batch")))
        for table, rows in self._core.taken(kept.get_column("person_id").drop_nulls().unique()).values():
            batch.write(table, rows)
        left = cases_left(self._leaving.join(accepted.select(DOCUMENT), on=DOCUMENT, how="semi"), kept)
        findings = pl.concat([self._findings(), follow_cases(batch, self._lake, left)])
        reasons = set(findings.filter(pl.col("handling") == "set_aside").get_column(DOCUMENT).to_list())
        owed = set(self._register.filter(~pl.col("is_accepted")).get_column(DOCUMENT).to_list())
        if not owed <= reasons:
            raise refusals.findings_lost(self._bundle.name, len(owed), len(owed & reasons))
        write_findings(batch, findings, self._folder)
        fields = self._count_fields(batch)
        batch.write(RECEIVED_FILES, self._received(batch, file_ids, counts))
        return [
            FileReport(
                file.path,
                file.name,
                file.reader.name,
                batch.batch_id,
                count=counts[place],
                # What corrects goes alone.
                corrected=corrected,
                institutions=_by_institution(self._register.filter(member == place)),
                findings=Counter(findings.filter(member == place).get_column("code").to_list()),
                notices=(*(self._core.notices if not place else ()), *_ignored(self._prepared.ignored[place])),
                unmapped=tuple(UnmappedCode(**row) for row in self._prepared.unmapped[place].iter_rows(named=True)),
                completed_from=self._prepared.completed_from,
                fields=fields[place],
            )
            for place, file in enumerate(self._bundle.files)
        ]

    def _count_fields(self, batch: Batch) -> Sequence[FieldCount]:
        """Write how many fields came, sound and not, and return those of each file.

        A document that was there already brings none.
        """
        places = range(len(self._bundle.files))
        if self._prepared.field_counts is None:
            return [FieldCount() for _ in places]
        came = self._register.filter(~pl.col("is_repeated")).select(DOCUMENT)
        counted = pl.read_parquet(self._prepared.field_counts).join(came, on=DOCUMENT, how="semi")
        write_field_counts(batch, counted)
        member = self._prepared.members.place()
        parts = [counted.filter(member == place) for place in places]
        return [FieldCount(int(part["fields"].sum()), int(part["fields_sound"].sum())) for part in parts]

    def _supersede(self, batch: Batch, accepted: pl.DataFrame, paid: Callable[[], Paid]) -> int:
        """Take out what accepted documents take the place of, and return how many there were."""
        if self._leaving.is_empty():
            return 0
        coming = accepted.select(DOCUMENT, pl.when(~pl.col("is_withdrawal")).then("list_id").alias("list_id"))
        leaving = self._leaving.join(coming, on=DOCUMENT, maintain_order="left")
        return Superseding(leaving, self._prepared, self._lake, paid()).write(batch)

    def _wait(self, batch: Batch, accepted: pl.DataFrame, paid: Callable[[], Paid]) -> int:
        """Keep what waits, end the waiting of what is taken now, and return how many that waited are corrected."""
        barred = self._judged.filter(pl.col("code").is_in(BARRED)).get_column(DOCUMENT)
        waits = self._register.filter(pl.col("waits") & ~pl.col(DOCUMENT).is_in(barred.implode()))
        if (waits.is_empty() and accepted.is_empty()) or not self._concerns_lists():
            return 0
        corrected = make_way(batch, accepted, self._lake, paid)
        keep_waiting(batch, self._prepared, waits, self._lake, paid)
        return corrected

    def _concerns_lists(self) -> bool:
        return bool((self._register.get_column("document") == "settlement_list").any())

    def _findings(self) -> pl.DataFrame:
        """Return all findings by document; of a repeated document it is only said that it is one."""
        places = self._register.select(
            DOCUMENT, pl.col("place").alias("_place"), "list_id", "is_accepted", "is_repeated"
        )
        found = [pl.read_parquet(self._prepared.findings).select(list(LANDED))]
        if self._core_findings.width:
            source = pl.concat_str(self._prepared.members.name(), pl.lit(":"), "_place").alias("source")
            placed = self._core_findings.join(places, on=DOCUMENT, maintain_order="left").with_columns(source)
            found.append(placed.select(list(LANDED)))
        own = pl.concat(found).join(places, on=DOCUMENT, how="left", maintain_order="left")
        is_noted = pl.col("handling") == "noted"
        own = own.filter(~pl.col("is_repeated")).with_columns(
            pl.when(is_noted & ~pl.col("is_accepted")).then(pl.lit("set_aside")).otherwise("handling").alias("handling")
        )
        return pl.concat([own.select(list(LANDED)), self._told(places)]).sort(DOCUMENT, maintain_order=True)

    def _told(self, places: pl.DataFrame) -> pl.DataFrame:
        """Return the findings of documents that are known, or whose stay is."""
        if self._judged.is_empty():
            return pl.DataFrame(schema=LANDED)
        rows = self._judged.join(places, on=DOCUMENT, how="left", maintain_order="left").select(
            DOCUMENT,
            pl.col("code").alias("check"),
            pl.lit(HEAD).alias("table"),
            pl.lit(None, pl.Int64).alias(SEQUENCE),
            pl.lit("").alias("column"),
            "value",
            pl.lit(None, pl.String).alias("expected"),
            "_place",
            "list_id",
            pl.lit(None, pl.String).alias("row"),
            pl.col("code").is_in(BARRED).alias("is_blocked"),
        )
        return worded(rows, self._prepared.members, ConversionAlone())

    def _received(self, batch: Batch, file_ids: Sequence[str], counts: Sequence[DocumentCount]) -> pa.RecordBatchReader:
        rows = [
            {
                "received_batch": batch.batch_id,
                "file_id": file_id,
                "reader": file.reader.name,
                **{f"{name}_count": number for name, number in count.as_json().items()},
            }
            for file, file_id, count in zip(self._bundle.files, file_ids, counts, strict=True)
        ]
        return pa.Table.from_pylist(rows, schema=RECEIVED_FILES.arrow_schema).to_reader()


def refused_file(file: DocumentFile, problem: TongchouError) -> FileReport:
    """Return the report of a file that could not be read as a whole."""
    return FileReport(file.path, file.name, file.reader.name, refusal=problem)


def _concern(lake: Lake, register: pl.DataFrame, prepared: Prepared) -> bool:
    """Return whether documents of the names of these wait in the lake, or it has a line of theirs."""
    snapshot = lake.snapshot()
    waiting = rows_about(lake, snapshot, WAITING_DOCUMENTS, "list_id", register.get_column("list_id").drop_nulls())
    numbers = fee_lines_of(prepared).get_column("line_number").drop_nulls()
    lines = rows_about(lake, snapshot, LIST_TABLES["list_fee_lines"], "line_number", numbers)
    return waiting.height + lines.height > 0


def _counted(register: pl.DataFrame) -> DocumentCount:
    accepted = int(register.get_column("is_accepted").sum())
    repeated = int(register.get_column("is_repeated").sum())
    set_aside = register.filter(~pl.col("is_accepted") & ~pl.col("is_repeated")).height
    return DocumentCount(register.height, accepted, set_aside, repeated)


def _by_institution(register: pl.DataFrame) -> Mapping[str, DocumentCount]:
    named = register.with_columns(pl.col("institution_id").fill_null(""))
    parts = named.partition_by("institution_id", as_dict=True)
    return {str(name): _counted(rows) for (name,), rows in parts.items()}


def _ignored(names: Mapping[str, int]) -> tuple[Text, ...]:
    if not names:
        return ()
    shown = sorted(set(said_names(list(names))))[:20]
    return (
        Text(f"忽略了未知的项 {'、'.join(shown)}", f"names ignored, nothing is known for them: {', '.join(shown)}"),
    )
