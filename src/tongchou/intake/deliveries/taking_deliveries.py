"""Taking deliveries in: files of documents and of our own tables, prepared by several workers, landed in order."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.intake import refusals
from tongchou.intake.deliveries.attempts import next_attempt, received_files
from tongchou.intake.deliveries.bundles import Bundle, FirstDocuments, bundled
from tongchou.intake.deliveries.document_file import DocumentFile, Sorted
from tongchou.intake.deliveries.insured_persons import anonymous_persons
from tongchou.intake.deliveries.landing import OneByOneError, land, refused_file
from tongchou.intake.deliveries.linking import link
from tongchou.intake.deliveries.prepared import Prepared
from tongchou.intake.deliveries.report import DeliveryReport, DocumentCount, FileReport, LateParts
from tongchou.intake.deliveries.scratch import preparing_folder
from tongchou.intake.deliveries.superseding import Paid
from tongchou.intake.deliveries.terms import DeliveryTerms, LinkTerms
from tongchou.intake.deliveries.waiting_now import holds_documents, waiting_now
from tongchou.intake.deliveries.workers import Workers
from tongchou.intake.report import IntakeReport
from tongchou.intake.taking_in import Progress, take_in
from tongchou.schema.tables import INSTITUTIONS
from tongchou.store.engine import Engine
from tongchou.store.lake import Lake

_TAKING = Text("文书入库", "taking documents in")
_EXISTS = "store.batch_exists"


def take_deliveries(
    found: Sorted,
    lake: Lake,
    engine: Engine,
    terms: DeliveryTerms | None,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
    paid: Callable[[], Paid] = Paid,
    linking: Callable[[], LinkTerms] | None = None,
) -> DeliveryReport:
    """Take files into the lake: those of our own tables as one batch, then each file of documents as its own.

    Small files that follow each other and concern neither each other nor what is there share a batch.

    Settlement replies and fee lines are taken in before the lists that are completed from them, lists before front
    pages; of files of one rank the one that was changed last comes last, so that a correction follows what it corrects.
    A document is taken whole or set aside whole. What else was taken does not depend on the order of the files. The
    same file again changes nothing, unless a document that was set aside can be taken now. At the end what came late
    reaches the documents that were there before.

    Args:
        found: The files, as `sort_files` told them apart.
        lake: Where the rows go.
        engine: Runs the checks across tables.
        terms: Under what terms documents and registers are taken; None where there are none.
        jobs: How many workers prepare files; None for as many as there are cores.
        progress: Told how far the work has come.
        is_stopped: Asked between batches whether to stop; what was committed stands.
        paid: Says which runs have paid; a correction of what they paid is an adjustment.
        linking: Says under what terms late parts reach other documents; None for those of `terms`.

    Raises:
        Problems: What is wrong with files of our own tables, or with files that nobody knows; nothing has been
            written then. `intake.table_needed` if institutions were never handed in.
    """
    tell = progress or _in_silence
    tables: IntakeReport | None = None
    if found.registers and terms is not None:
        with preparing_folder(lake) as folder:
            persons = [anonymous_persons(path, terms.pseudonymiser, folder) for path in found.registers]
            tables = take_in([*found.tables, *persons], lake, engine, progress)
    elif found.tables or not found.documents:
        tables = take_in(found.tables, lake, engine, progress)
    if not found.documents or terms is None:
        return DeliveryReport(tables, (), found.copies, _late(lake, engine, terms, linking, (), paid))
    if INSTITUTIONS.name not in lake.snapshot().versions:
        raise Problems([refusals.table_needed(file.name, INSTITUTIONS) for file in found.documents[:1]])
    received = received_files(lake)
    reports: dict[str, FileReport] = {}
    ids = {file.digest: terms.file_id(file.digest, file.reader.name) for file in found.documents}
    for file in found.documents:
        known = received.get(ids[file.digest])
        if known is not None and known.is_finished:
            count = DocumentCount(known.documents, repeated=known.documents)
            reports[file.digest] = FileReport(
                file.path, file.name, file.reader.name, ids[file.digest], is_repeated=True, count=count
            )
    waiting = [file for file in found.documents if file.digest not in reports]
    if waiting:
        workers_count = min(jobs or os.cpu_count() or 1, len(waiting))
        with preparing_folder(lake) as folder, Workers(workers_count, lake.root, terms, folder) as workers:
            door = _Door(lake, engine, terms, ids, workers, paid)
            # What was received before is tried again by itself.
            alone = frozenset(file.digest for file in waiting if ids[file.digest] in received)
            for bundles in door.bundles(waiting, alone, reports):
                for landed in door.landed(bundles, is_stopped):
                    reports |= landed
                    tell(_TAKING, len(reports), len(found.documents))
    ordered = [reports[file.digest] for file in found.documents if file.digest in reports]
    return DeliveryReport(tables, tuple(ordered), found.copies, _late(lake, engine, terms, linking, ordered, paid))


def _late(
    lake: Lake,
    engine: Engine,
    terms: DeliveryTerms | None,
    linking: Callable[[], LinkTerms] | None,
    files: Sequence[FileReport],
    paid: Callable[[], Paid],
) -> LateParts:
    """Bring what came to the documents that were there, if ever documents came, and count what waits."""
    if not holds_documents(lake):
        return LateParts()
    own = LinkTerms(terms.checks, terms.split) if terms is not None else None
    asked = linking() if linking is not None else own
    completed_from = {file.batch_id: file.completed_from for file in files if file.completed_from}
    done = LateParts() if asked is None else link(lake, engine, asked, completed_from, paid)
    return replace(done, waiting=waiting_now(lake))


class _Door:
    """Where files of documents go in, as workers have prepared them."""

    def __init__(
        self,
        lake: Lake,
        engine: Engine,
        terms: DeliveryTerms,
        ids: Mapping[str, str],
        workers: Workers,
        paid: Callable[[], Paid],
    ) -> None:
        self._lake = lake
        self._engine = engine
        self._terms = terms
        self._ids = ids
        self._workers = workers
        self._paid = paid

    def bundles(
        self, files: Sequence[DocumentFile], alone: frozenset[str], reports: dict[str, FileReport]
    ) -> Sequence[Sequence[Bundle]]:
        """Return what goes together, by the rank of the files' first documents; those that cannot be read are reported.

        Args:
            files: The files.
            alone: Digests of those that go with no other.
            reports: Where the reports are put.
        """
        ranks: dict[tuple[int, int], list[tuple[DocumentFile, FirstDocuments]]] = {}
        for file, first in self._workers.first_documents(files):
            if isinstance(first, TongchouError):
                reports[file.digest] = refused_file(file, first)
            else:
                ranks.setdefault(first.rank, []).append((file, first))
        return [list(bundled(ranks[rank], self._terms.bundle_bytes, alone)) for rank in sorted(ranks)]

    def landed(self, bundles: Sequence[Bundle], is_stopped: Callable[[], bool]) -> Iterator[Mapping[str, FileReport]]:
        """Yield the reports of the files of each bundle, once it is in the lake."""
        for bundle, prepared in self._workers.prepared(bundles, is_stopped):
            landed = self._landed(bundle, prepared)
            self._workers.forget(bundle)
            if landed is not None:
                yield {file.digest: report for file, report in zip(bundle.files, landed, strict=True)}
            else:
                yield from self.landed([Bundle((file,)) for file in bundle.files], is_stopped)

    def _landed(self, bundle: Bundle, prepared: Prepared | TongchouError | None) -> Sequence[FileReport] | None:
        if isinstance(prepared, TongchouError):
            return [refused_file(file, prepared) for file in bundle.files]
        if prepared is None:
            return None
        ids = [self._ids[file.digest] for file in bundle.files]
        first_id = ids[0] if len(ids) == 1 else hash_text("bundle", *ids)
        while True:
            attempt = next_attempt(first_id, self._lake)
            try:
                return land(bundle, prepared, attempt, ids, self._lake, self._engine, self._paid)
            except OneByOneError:
                return None
            except TongchouError as problem:
                # Somebody took in the same files in the moment between; then it is for a further time.
                if problem.code != _EXISTS:
                    raise


def _in_silence(_step: Text, _done: int, _total: int) -> None:
    """Nobody asked how far the work has come."""
