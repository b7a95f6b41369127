"""Runs for comparison: the real one where it stands, else one that is computed and neither printed nor posted."""

from dataclasses import replace

import pyarrow.parquet as pq

from tongchou.runs.collector import collector_paused
from tongchou.runs.computing import compute, record_of
from tongchou.runs.order import POSTED, TRIAL, Announce, Order, prepare, silent
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.record import RECORD_FILE, RunRecord, read_record
from tongchou.runs.settle import keep, working
from tongchou.schema.results import PRICED_EVENTS
from tongchou.store.engine import Engine


def real_or_trial(order: Order, engine: Engine, announce: Announce = silent) -> RunRecord:
    """Return the run that stands posted for a period where it follows from the same as the order; else try the order.

    Raises:
        TongchouError: As `try_out`.
    """
    return _standing(order, engine) or try_out(order, engine, announce)


def try_out(order: Order, engine: Engine, announce: Announce = silent, finished: RunRecord | None = None) -> RunRecord:
    """Compute a period and keep its groups, its money and its record; print and post nothing.

    What was tried before is returned as it is.

    Args:
        order: What is tried.
        engine: What computes.
        announce: Told each stage when it begins.
        finished: A finished run, of which is taken what comes out the same.

    Raises:
        TongchouError: `runs.nothing_to_settle` if no case lies in the period; whatever a stage refuses.
    """
    with working(order.region):
        work = prepare(order, engine, TRIAL)
        final = order.region.run_folder(work.run_id)
        if (final / RECORD_FILE).is_file():
            return read_record(final)
        work.folder.mkdir()
        with collector_paused():
            computed = compute(work, announce, finished)
            record = record_of(work, computed, {}, ())
        kept = work.folder / "kept"
        kept.mkdir()
        rows = next(frame for table, frame in computed.tables if table is PRICED_EVENTS)
        pq.write_table(engine.collect(rows), kept / f"{PRICED_EVENTS.name}.parquet", compression="zstd")
        keep(work, kept, record)
        return record


def _standing(order: Order, engine: Engine) -> RunRecord | None:
    region = order.region
    run_id = standing_runs(region.lake).get(str(order.period))
    if run_id is None or not (region.run_folder(run_id) / RECORD_FILE).is_file():
        return None
    record = read_record(region.run_folder(run_id))
    asked = prepare(replace(order, is_shadow=False), engine, POSTED).inputs
    return record if record.inputs == asked else None
