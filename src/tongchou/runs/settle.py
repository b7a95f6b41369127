"""Settling a period: one run, from cases in the lake to posted entries and printed statements.

A run stages its work and prints its statements in a folder of its own, then commits all of it to the lake as one
batch, then moves the statements into place. Killed at any moment, it left either nothing in the lake or all; the next
run starts afresh and ends with the same result.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from tongchou.core.hashing import hash_file
from tongchou.ledger.corrections import correct
from tongchou.ledger.entry import Entry
from tongchou.runs.beside_report import print_beside
from tongchou.runs.books import Books
from tongchou.runs.collector import collector_paused
from tongchou.runs.computing import Computed, compute, record_of
from tongchou.runs.groupings import CATALOGUE
from tongchou.runs.kept_reasons import keep_reasons
from tongchou.runs.order import GROUPED_FILE, POSTED, PRICED_FILE, SHADOW, Announce, Order, Work, prepare, silent
from tongchou.runs.preconditions import period_of, posted_entries, standing_entries
from tongchou.runs.record import RECORD_FILE, RunRecord, read_record, write_record
from tongchou.runs.region import Region
from tongchou.runs.report import region_reports
from tongchou.runs.year import alliances
from tongchou.schema.contract import Table
from tongchou.schema.results import PRICED
from tongchou.statements.write import write_statements
from tongchou.store.engine import Engine, Frame


def settle(order: Order, engine: Engine, announce: Announce = silent) -> RunRecord:
    """Settle a period and return the run's record.

    The run's id is a hash of everything that it follows from. A run that was finished before and still stands is
    returned as it is; nothing is computed or posted twice. A run over changed data or policy reverses what an
    earlier run of the period posted, and posts its own.

    Raises:
        TongchouError: `runs.nothing_to_settle` if no case lies in the period; whatever a stage refuses.
    """
    with working(order.region):
        work = prepare(order, engine, SHADOW if order.is_shadow else POSTED)
        final = order.region.run_folder(work.run_id)
        if (final / RECORD_FILE).is_file() and (order.is_shadow or order.region.lake.has_batch(work.run_id)):
            return read_record(final)
        work.folder.mkdir()
        with collector_paused():
            return _run(work, final, announce)


@contextmanager
def working(region: Region) -> Iterator[None]:
    """Let no other run of the region work meanwhile; clear away what runs have left behind, before and after."""
    runs = region.folder / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    with FileLock(runs / ".lock"):
        _clear(runs)
        try:
            yield
        finally:
            _clear(runs)


def keep(work: Work, printed: Path, record: RunRecord) -> None:
    """Move what a run has made into its place; the record comes last."""
    final = work.order.region.run_folder(work.run_id)
    if (work.folder / CATALOGUE).is_dir():
        (work.folder / CATALOGUE).rename(printed / CATALOGUE)
    if work.inputs.is_shadow:
        # Nothing of it is in the lake: groups and money stay beside the record, to be compared and explained.
        for name in (GROUPED_FILE, PRICED_FILE):
            (work.folder / name).rename(printed / name)
    shutil.rmtree(final, ignore_errors=True)
    printed.rename(final)
    write_record(record, final)


def _clear(runs: Path) -> None:
    for left_over in runs.glob(".*.work"):
        shutil.rmtree(left_over)


def _run(work: Work, final: Path, announce: Announce) -> RunRecord:
    computed = compute(work, announce)
    entries, reversed_runs = _corrected(work, computed.entries)
    announce("print")
    # Printed before anything is posted: what cannot be printed is not booked either.
    printed = work.folder / "printed"
    record = record_of(work, computed, _print(work, computed, printed), reversed_runs)
    announce("post")
    _commit(work, computed.tables, entries)
    keep(work, printed, record)
    return record


def _print(work: Work, computed: Computed, printed: Path) -> dict[str, str]:
    """Print statements, reports, the workbook of money beside cases, and the reasons; return the hash of each file."""
    order = work.order
    reports = region_reports(computed.setting, computed.parts, work.staged(PRICED))
    files = [file for place, report in reports for file in write_statements(report, printed / place)]
    files += print_beside(work.facts, order.region, order.period, computed.settlement, computed.reviews, printed)
    found = alliances(work.facts, order.period)
    files.append(keep_reasons(computed.settlement, order.period, found, printed))
    return {path.relative_to(printed).as_posix(): hash_file(path) for path in files}


def _corrected(work: Work, own: Sequence[Entry]) -> tuple[list[Entry], tuple[str, ...]]:
    """Return the run's entries, after those that reverse what earlier runs of the period posted."""
    posted = [entry for entry in posted_entries(work.facts) if period_of(entry.run_id) == work.inputs.period]
    # What this run posted before it was interrupted does not count: it posts the same again.
    standing = standing_entries([entry for entry in posted if entry.run_id != work.run_id])
    corrected = correct(work.run_id, standing, own, _books(work).periods())
    return corrected, tuple(sorted({entry.run_id for entry in standing}))


def _by_case(table: Table, frame: Frame) -> Frame:
    """Return the rows in the order of cases where each is one's: a question after a case then reads few of them."""
    return frame.sort("case_id") if "case_id" in table.arrow_schema.names else frame


def _books(work: Work) -> Books:
    return Books(work.facts.lake, work.facts.engine, work.order.region.region_id)


def _commit(work: Work, tables: Sequence[tuple[Table, Frame]], entries: Sequence[Entry]) -> None:
    lake, engine = work.facts.lake, work.facts.engine
    if work.inputs.is_shadow or lake.has_batch(work.run_id):
        return
    with lake.batch(work.run_id, "settle") as batch:
        for table, frame in tables:
            batch.write(table, engine.stream(_by_case(table, frame)))
        _books(work).book(batch, entries, work.view.text("ledger/hash_algorithm"))
