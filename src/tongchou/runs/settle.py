"""Settling a period: one run, from cases in the lake to posted entries and printed statements.

A run stages its work and prints its statements in a folder of its own, then commits all of it to the lake as one
batch, then moves the statements into place. Killed at any moment, it left either nothing in the lake or all; the next
run starts afresh and ends with the same result.
"""

import itertools
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import pyarrow as pa
from filelock import FileLock

from tongchou import __version__
from tongchou.core.explanation import ParameterRead
from tongchou.core.hashing import hash_batches, hash_file, hash_text
from tongchou.ledger.corrections import correct, name_of
from tongchou.ledger.entry import Entry
from tongchou.ledger.journal import journal_table
from tongchou.ledger.postings import post_year
from tongchou.ledger.transfers import post_transfers
from tongchou.payment.cases.reviews import Review
from tongchou.policy import PolicyView
from tongchou.runs.beside_report import print_beside
from tongchou.runs.books import Books
from tongchou.runs.events import priced_events_table
from tongchou.runs.findings import find_out
from tongchou.runs.frames import Facts, count, decided_cases, hash_rows, pricing_input, staged
from tongchou.runs.groupings import CATALOGUE, Grouping, choose_grouping
from tongchou.runs.method_dues import group_method, method_dues
from tongchou.runs.paying import agreed_terms, assessor_of, measured_years, occurring_of, weigh_cases
from tongchou.runs.preconditions import (
    period_of,
    posted_entries,
    posted_runs,
    require_all_priced,
    require_cases,
    require_not_paid_before,
    require_steady,
    standing_entries,
    standing_runs,
)
from tongchou.runs.pricing import PricedCases, stage_prices
from tongchou.runs.record import RECORD_FILE, RunInputs, RunRecord, read_record, write_record
from tongchou.runs.region import Period, Region, RegionPolicy
from tongchou.runs.report import ReportSetting, region_reports
from tongchou.runs.settlement import ADVANCE, YearSettlement, settle_year, settlement_lines
from tongchou.runs.summary import summarise
from tongchou.runs.weighing import Weighing
from tongchou.schema.contract import Table
from tongchou.schema.results import (
    FINDINGS,
    GROUPED,
    JOURNAL,
    PRICED,
    PRICED_EVENTS,
    RESULT_TABLES,
    SETTLEMENT_LINES,
)
from tongchou.statements.write import write_statements
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Lake, Snapshot

GROUPED_FILE = f"{GROUPED.name}.parquet"
PRICED_FILE = f"{PRICED.name}.parquet"
"""The cases' groups and money of a shadow run, in the run's folder."""

Announce = Callable[[str], None]
"""Told each stage when it begins: group, weigh, price, settle, print, post."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be settled, and how.

    Attributes:
        region: The region.
        period: The year.
        policy: A further policy pack below the region's own.
        scheme: A grouping scheme instead of the policy's, by name or path.
        is_shadow: Compute all, print, and post nothing (模拟运行).
    """

    region: Region
    period: Period
    policy: Path | None = None
    scheme: str | None = None
    is_shadow: bool = False


@dataclass(frozen=True, slots=True)
class _Work:
    """What a run works with."""

    order: Order
    run_id: str
    inputs: RunInputs
    facts: Facts
    policy: RegionPolicy
    view: PolicyView
    grouping: Grouping
    journal: Sequence[Entry]
    folder: Path

    def staged(self, table: Table) -> Frame:
        return staged(self.facts.engine, self.folder / f"{table.name}.parquet", table)


def settle(order: Order, engine: Engine, announce: Announce = lambda stage: None) -> RunRecord:
    """Settle a period and return the run's record.

    The run's id is a hash of everything that it follows from. A run that was finished before and still stands is
    returned as it is; nothing is computed or posted twice. A run over changed data or policy reverses what an
    earlier run of the period posted, and posts its own.

    Raises:
        TongchouError: `runs.nothing_to_settle` if no case lies in the period; whatever a stage refuses.
    """
    runs = order.region.folder / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    with FileLock(runs / ".lock"):
        for left_over in runs.glob(".*.work"):
            shutil.rmtree(left_over)
        work = _prepare(order, engine)
        final = order.region.run_folder(work.run_id)
        if (final / RECORD_FILE).is_file() and (order.is_shadow or order.region.lake.has_batch(work.run_id)):
            return read_record(final)
        work.folder.mkdir()
        try:
            return _run(work, final, announce)
        finally:
            shutil.rmtree(work.folder)


def _prepare(order: Order, engine: Engine) -> _Work:
    region = order.region
    policy = region.policy(order.policy)
    require_steady(policy, order.period)
    view = policy.at(order.period.end)
    grouping = choose_grouping(view, region, order.period.year, order.scheme)
    lake = region.lake
    snapshot = _input_snapshot(lake.snapshot())
    inputs = RunInputs(
        period=str(order.period),
        batches=tuple(sorted({write.batch_id for write in lake.batches() if write.kind == "intake"})),
        versions=snapshot.versions,
        policy=policy.fingerprint,
        policy_pack=str(order.policy.resolve()) if order.policy else None,
        scheme=grouping.name,
        scheme_fingerprint=grouping.fingerprint,
        weight_table=_weight_table_hash(view, region),
        software=__version__,
        is_shadow=order.is_shadow,
        last_year=_run_of_last_year(policy, order.period, lake),
    )
    facts = Facts(engine, lake, snapshot)
    journal = posted_entries(facts)
    overtaken = set(posted_runs(lake)) - set(standing_runs(lake).values())
    run_id = _run_id(inputs, overtaken)
    folder = region.folder / "runs" / f".{run_id}.work"
    return _Work(order, run_id, inputs, facts, policy, view, grouping, journal, folder)


def _run(work: _Work, final: Path, announce: Announce) -> RunRecord:
    order, facts, view = work.order, work.facts, work.view
    deciding = view.text("payment/deciding_date")
    years = measured_years(view, order.period.year)
    start = Period(min((*years, order.period.year))).start
    announce("group")
    cases = decided_cases(facts, deciding, start, order.period.end)
    grouped_rows = work.grouping.stage(facts, cases, work.run_id, work.folder)
    period_cases = decided_cases(facts, deciding, order.period.start, order.period.end)
    case_count = require_cases(count(facts.engine, period_cases), order.region, order.period)
    announce("weigh")
    weighing = _weigh(work, cases, period_cases)
    announce("price")
    priced, reviews = _price(work, weighing, period_cases)
    require_all_priced(work.run_id, case_count, priced.rows)
    require_not_paid_before(facts, work.staged(PRICED), standing_runs(facts.lake).values(), order.period)
    announce("settle")
    settlement = settle_year(facts, work.policy, order.period, work.staged(PRICED))
    lines = settlement_lines(work.run_id, settlement.clearings)
    entries, reversed_runs = _entries(work, settlement)
    tables = [
        (GROUPED, work.staged(GROUPED).sort("case_id")),
        (PRICED, work.staged(PRICED).sort("case_id")),
        (SETTLEMENT_LINES, facts.engine.local(lines)),
        (PRICED_EVENTS, facts.engine.local(priced_events_table(work.run_id, settlement.beside.events.transfers))),
    ]
    hashes = {table.name: hash_rows(facts.engine, frame, table) for table, frame in tables}
    # What an earlier run left decides the order in which entries are booked, not what they are.
    own = sorted((entry for entry in entries if entry.reverses is None), key=name_of)
    hashes[JOURNAL.name] = hash_batches(_without_run(journal_table(own)).to_batches())
    announce("print")
    rows = {"grouped": grouped_rows, "in_period": case_count, "priced": priced.rows}
    setting = ReportSetting(facts, order.region, order.period, work.run_id, work.grouping, view, weighing, settlement)
    reports = region_reports(setting, work.staged(PRICED))
    # Printed before anything is posted: what cannot be printed is not booked either.
    printed = work.folder / "printed"
    files = [file for place, report in reports for file in write_statements(report, printed / place)]
    files += print_beside(facts, order.region, order.period, settlement, reviews, printed)
    file_hashes = {path.relative_to(printed).as_posix(): hash_file(path) for path in files}
    summary = summarise(facts, reports, work.staged(PRICED), settlement.beside.transfers, priced.values.values())
    record = RunRecord(
        run_id=work.run_id,
        state="computed" if order.is_shadow else "posted",
        inputs=work.inputs,
        reversed_runs=reversed_runs,
        rows=rows,
        summary=summary,
        weights=tuple(weighing.weights.values()),
        weight_totals_e4=dict(weighing.totals_e4),
        mean_fen=weighing.mean_fen,
        pools=dict(priced.pools),
        riv_e4=weighing.measurement.riv_e4 if weighing.measurement else None,
        reads=_unique((*view.reads, *settlement.reads, *priced.assessor.reads)),
        table_hashes=hashes,
        file_hashes=file_hashes,
        result_hash=hash_text(*hashes.values(), *(f"{name} {value}" for name, value in sorted(file_hashes.items()))),
    )
    announce("post")
    _commit(work, tables, entries)
    if (work.folder / CATALOGUE).is_dir():
        (work.folder / CATALOGUE).rename(printed / CATALOGUE)
    if order.is_shadow:
        # Nothing of it is in the lake: groups and money stay beside the statements, to be compared and explained.
        for name in (GROUPED_FILE, PRICED_FILE):
            (work.folder / name).rename(printed / name)
    shutil.rmtree(final, ignore_errors=True)
    printed.rename(final)
    write_record(record, final)
    return record


def _weigh(work: _Work, cases: Frame, period_cases: Frame) -> Weighing:
    grouped = work.staged(GROUPED).filter(nw.col("status") == "grouped").select("case_id", "drg")
    return weigh_cases(
        work.facts, work.view, work.order.period, work.grouping, cases, period_cases, grouped, work.order.region
    )


def _price(work: _Work, weighing: Weighing, period_cases: Frame) -> tuple[PricedCases, tuple[Review, ...]]:
    facts, view, period = work.facts, work.view, work.order.period
    grouped = work.staged(GROUPED)
    found = find_out(facts, view, period_cases, grouped)
    frame = pricing_input(facts, period_cases, grouped, found.frames)
    terms = occurring_of(facts, period_cases, weighing.weights)
    agreed = agreed_terms(facts, work.policy, period)
    assessor = assessor_of(work.policy, view, period, weighing, work.grouping, terms, agreed)
    return stage_prices(facts, view, frame, assessor, work.run_id, work.folder), found.reviews


def _entries(work: _Work, settlement: YearSettlement) -> tuple[list[Entry], tuple[str, ...]]:
    """Return the run's entries, after those that reverse what earlier runs of the period posted."""
    posted = [entry for entry in work.journal if period_of(entry.run_id) == work.inputs.period]
    # What this run posted before it was interrupted does not count: it posts the same again.
    earlier = [entry for entry in posted if entry.run_id != work.run_id]
    standing = standing_entries(earlier)
    settlements = [each.settlement for each in settlement.alliances]
    by_group = group_method(work.view)
    dues = method_dues(work.facts, work.staged(PRICED), by_group)
    own = [
        *post_year(work.run_id, settlement.clearings, settlements, settlement.cleared_on, dues, by_group),
        *post_transfers(work.run_id, settlement.beside.transfers),
    ]
    periods = _books(work).periods()
    return correct(work.run_id, standing, own, periods), tuple(sorted({entry.run_id for entry in standing}))


def _books(work: _Work) -> Books:
    return Books(work.facts.lake, work.facts.engine, work.order.region.region_id)


def _weight_table_hash(view: PolicyView, region: Region) -> str | None:
    """Return the hash of the weight table that the policy names; None where it names none or it is not there."""
    if view.text("payment/inpatient/method") == "dip_points" or view.text("payment/drg/weights/source") != "table":
        return None
    path = region.weights_folder / f"{view.text('payment/drg/weights/table')}.csv"
    return hash_file(path) if path.is_file() else None


def _run_of_last_year(policy: RegionPolicy, period: Period, lake: Lake) -> str | None:
    """Return the run whose payments the year's advances follow; None where nobody is paid an advance."""
    if all(each.at(period.end).text(ADVANCE) == "none" for each in policy.everyone):
        return None
    return standing_runs(lake).get(str(Period(period.year - 1)))


def _commit(work: _Work, tables: Sequence[tuple[Table, Frame]], entries: Sequence[Entry]) -> None:
    lake, engine = work.facts.lake, work.facts.engine
    if work.order.is_shadow or lake.has_batch(work.run_id):
        return
    with lake.batch(work.run_id, "settle") as batch:
        for table, frame in tables:
            batch.write(table, engine.stream(frame))
        _books(work).book(batch, entries, work.view.text("ledger/hash_algorithm"))


def _without_run(journal: pa.Table) -> pa.Table:
    """Drop the columns that carry the run's id, which differs between data that differ in nothing else."""
    return journal.drop_columns(["run_id", "entry_id", "reverses"])


def _input_snapshot(snapshot: Snapshot) -> Snapshot:
    made = {table.name for table in RESULT_TABLES} - {FINDINGS.name}
    return Snapshot({name: version for name, version in snapshot.versions.items() if name not in made})


def _run_id(inputs: RunInputs, overtaken: set[str]) -> str:
    """Return the id that the inputs give; with a number behind it where a later run stands instead of that id's."""
    parts = (
        inputs.period,
        *inputs.batches,
        inputs.policy,
        inputs.scheme_fingerprint,
        inputs.weight_table or "",
        inputs.software,
        *((inputs.last_year,) if inputs.last_year else ()),
    )
    base = f"r{inputs.period}-{hash_text(*parts)[:12]}" + ("-shadow" if inputs.is_shadow else "")
    again = next(number for number in itertools.count(1) if _numbered(base, number) not in overtaken)
    return _numbered(base, again)


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"


def _unique(reads: Iterable[ParameterRead]) -> tuple[ParameterRead, ...]:
    return tuple(dict.fromkeys(reads))
