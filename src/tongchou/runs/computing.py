"""Computing a run: from cases in the lake to all that is due, hashed; nothing is printed or posted by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa

from tongchou.core.explanation import ParameterRead
from tongchou.core.hashing import hash_batches, hash_text
from tongchou.ledger.corrections import name_of
from tongchou.ledger.entry import Entry
from tongchou.ledger.journal import journal_table
from tongchou.ledger.postings import post_year
from tongchou.ledger.transfers import post_transfers
from tongchou.payment.cases.reviews import Review
from tongchou.runs.alike import has_same_facts
from tongchou.runs.events import priced_events_table
from tongchou.runs.findings import find_out
from tongchou.runs.frames import count, decided_cases, hash_rows, pricing_input
from tongchou.runs.method_dues import group_method, method_dues
from tongchou.runs.order import Announce, Work
from tongchou.runs.paying import agreed_terms, assessor_of, measured_years, occurring_of, weigh_cases
from tongchou.runs.preconditions import require_all_priced, require_cases, require_not_paid_before, standing_runs
from tongchou.runs.pricing import PricedCases, stage_prices
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Period
from tongchou.runs.report_parts import Part, ReportSetting, report_parts
from tongchou.runs.settlement import YearSettlement, settle_year, settlement_lines
from tongchou.runs.summary import summarise
from tongchou.runs.taken_events import take_events
from tongchou.runs.taken_groups import take_groups
from tongchou.runs.taken_weights import take_weighing
from tongchou.runs.weighing import Weighing
from tongchou.schema.contract import Table
from tongchou.schema.results import GROUPED, JOURNAL, PRICED, PRICED_EVENTS, SETTLEMENT_LINES
from tongchou.store.engine import Frame


@dataclass(frozen=True, slots=True)
class Computed:
    """What a run came to, before anything of it is printed or posted.

    Attributes:
        rows: Rows by stage: in the lake, in the period, priced.
        weighing: Weights and base rates.
        priced: What pricing found beside the priced cases themselves, which are staged.
        reviews: Every application for a special review with its decision.
        settlement: The year.
        entries: What is to be booked for it, apart from what earlier runs posted.
        tables: The result tables with their rows, in any order.
        hashes: Hash of each result table's rows, sorted by key, without the run's id.
        setting: What reports of it are made of.
        parts: What statements and summary are made of.
    """

    rows: Mapping[str, int]
    weighing: Weighing
    priced: PricedCases
    reviews: tuple[Review, ...]
    settlement: YearSettlement
    entries: tuple[Entry, ...]
    tables: Sequence[tuple[Table, Frame]]
    hashes: Mapping[str, str]
    setting: ReportSetting
    parts: Sequence[Part]

    @property
    def reads(self) -> tuple[ParameterRead, ...]:
        """Every policy parameter that was read, each once."""
        return _unique((*self.setting.view.reads, *self.settlement.reads, *self.priced.assessor.reads))


def compute(work: Work, announce: Announce, finished: RunRecord | None = None) -> Computed:
    """Group, weigh, price and settle; groups and prices are staged in the run's working folder.

    Args:
        work: What the run works with.
        announce: Told each stage when it begins.
        finished: A run of which is taken what comes out the same: groups, and what is due for events.

    Raises:
        TongchouError: `runs.nothing_to_settle` if no case lies in the period; whatever a stage refuses.
    """
    order, facts, view = work.order, work.facts, work.view
    deciding = view.text("payment/deciding_date")
    years = measured_years(view, order.period.year)
    start = Period(min((*years, order.period.year))).start
    announce("group")
    cases = decided_cases(facts, deciding, start, order.period.end)
    taken_rows = take_groups(work, cases, finished) if finished else None
    grouped_rows = taken_rows or work.grouping.stage(facts, cases, work.run_id, work.folder)
    period_cases = decided_cases(facts, deciding, order.period.start, order.period.end)
    case_count = require_cases(count(facts.engine, period_cases), order.region, order.period)
    announce("weigh")
    weighing = (take_weighing(work, finished) if finished else None) or _weigh(work, cases, period_cases)
    announce("price")
    priced, reviews = _price(work, weighing, period_cases)
    require_all_priced(work.run_id, case_count, priced.rows)
    require_not_paid_before(facts, work.staged(PRICED), standing_runs(facts.lake).values(), order.period)
    announce("settle")
    taken = take_events(work, finished) if finished else None
    known = finished.package_years if finished and has_same_facts(work, finished) else ()
    settlement = settle_year(facts, work.policy, order.period, work.staged(PRICED), taken, known)
    lines = settlement_lines(work.run_id, settlement.clearings)
    entries = _entries(work, settlement)
    tables = [
        (GROUPED, work.staged(GROUPED)),
        (PRICED, work.staged(PRICED)),
        (SETTLEMENT_LINES, facts.engine.local(lines)),
        (PRICED_EVENTS, facts.engine.local(priced_events_table(work.run_id, settlement.beside.events.transfers))),
    ]
    hashed = {PRICED.name: priced.hash, **_hash_of_groups(finished, taken_rows)}
    if finished and taken:
        hashed[PRICED_EVENTS.name] = finished.table_hashes[PRICED_EVENTS.name]
    hashes = {table.name: hashed.get(table.name) or hash_rows(facts.engine, frame, table) for table, frame in tables}
    hashes[JOURNAL.name] = hash_batches(_without_run(journal_table(sorted(entries, key=name_of))).to_batches())
    rows = {"grouped": grouped_rows, "in_period": case_count, "priced": priced.rows}
    setting = ReportSetting(facts, order.region, order.period, work.run_id, work.grouping, view, weighing, settlement)
    parts = report_parts(setting, work.staged(PRICED))
    return Computed(rows, weighing, priced, reviews, settlement, entries, tables, hashes, setting, parts)


def record_of(
    work: Work, computed: Computed, file_hashes: Mapping[str, str], reversed_runs: tuple[str, ...]
) -> RunRecord:
    """Return the record of a computed run.

    Args:
        work: What it worked with.
        computed: What it came to.
        file_hashes: Hash of each file that was printed of it.
        reversed_runs: Earlier runs whose entries it reverses.
    """
    priced, weighing, hashes = computed.priced, computed.weighing, computed.hashes
    transfers = computed.settlement.beside.transfers
    named = (f"{name} {value}" for name, value in sorted(file_hashes.items()))
    return RunRecord(
        run_id=work.run_id,
        state="computed" if work.inputs.is_shadow else "posted",
        inputs=work.inputs,
        reversed_runs=reversed_runs,
        rows=computed.rows,
        summary=summarise(work.facts, computed.parts, work.staged(PRICED), transfers, priced.values.values()),
        weights=tuple(weighing.weights.values()),
        weight_totals_e4=dict(weighing.totals_e4),
        mean_fen=weighing.mean_fen,
        pools=dict(priced.pools),
        riv_e4=weighing.riv_e4,
        reads=computed.reads,
        table_hashes=hashes,
        file_hashes=file_hashes,
        result_hash=hash_text(*hashes.values(), *named),
        package_years=tuple(each.year for each in computed.settlement.alliances),
    )


def _hash_of_groups(finished: RunRecord | None, taken_rows: int | None) -> dict[str, str]:
    """Return the hash of groups that were taken from another run, where they are all of that run's."""
    if finished is None or taken_rows is None or taken_rows != finished.rows["grouped"]:
        return {}
    return {GROUPED.name: finished.table_hashes[GROUPED.name]}


def _weigh(work: Work, cases: Frame, period_cases: Frame) -> Weighing:
    grouped = work.staged(GROUPED).filter(nw.col("status") == "grouped").select("case_id", "drg")
    return weigh_cases(
        work.facts, work.view, work.order.period, work.grouping, cases, period_cases, grouped, work.order.region
    )


def _price(work: Work, weighing: Weighing, period_cases: Frame) -> tuple[PricedCases, tuple[Review, ...]]:
    facts, view, period = work.facts, work.view, work.order.period
    grouped = work.staged(GROUPED)
    found = find_out(facts, view, period_cases, grouped)
    frame = pricing_input(facts, period_cases, grouped, found.frames)
    terms = occurring_of(facts, period_cases, weighing.weights)
    agreed = agreed_terms(facts, work.policy, period)
    assessor = assessor_of(work.policy, view, period, weighing, work.grouping, terms, agreed)
    return stage_prices(facts, view, frame, assessor, work.run_id, work.folder), found.reviews


def _entries(work: Work, settlement: YearSettlement) -> tuple[Entry, ...]:
    settlements = [each.settlement for each in settlement.alliances]
    by_group = group_method(work.view)
    dues = method_dues(work.facts, work.staged(PRICED), by_group)
    return (
        *post_year(work.run_id, settlement.clearings, settlements, settlement.cleared_on, dues, by_group),
        *post_transfers(work.run_id, settlement.beside.transfers),
    )


def _without_run(journal: pa.Table) -> pa.Table:
    """Drop the columns that carry the run's id, which differs between data that differ in nothing else."""
    return journal.drop_columns(["run_id", "entry_id", "reverses"])


def _unique(reads: Iterable[ParameterRead]) -> tuple[ParameterRead, ...]:
    return tuple(dict.fromkeys(reads))
