"""Groups that a trial takes from a finished run: a case is grouped by what it and the scheme say alone."""

import narwhals as nw
import pyarrow.parquet as pq

from tongchou.runs.finished import finished_rows
from tongchou.runs.frames import count
from tongchou.runs.groupings import DrgGrouping
from tongchou.runs.order import GROUPED_FILE, Work
from tongchou.runs.record import RunRecord
from tongchou.schema.results import GROUPED
from tongchou.schema.tables import CASES, DIAGNOSES, PROCEDURES
from tongchou.store.engine import Frame

_READ = (CASES, DIAGNOSES, PROCEDURES)


def take_groups(work: Work, cases: Frame, finished: RunRecord) -> int | None:
    """Stage the groups that a finished run gave the same cases, and return how many there are.

    Args:
        work: The run that wants them.
        cases: The cases that it would group.
        finished: The other run.

    Returns:
        How many; None, and nothing staged, where the other run grouped by another scheme, from other data, by a
        catalogue that it measured, or not all of the cases.
    """
    if not isinstance(work.grouping, DrgGrouping) or not _is_alike(work, finished):
        return None
    engine = work.facts.engine
    rows = finished_rows(work.order.region, finished, GROUPED, engine)
    taken = (
        rows.join(cases.select("case_id"), on="case_id", how="inner")
        .with_columns(run_id=nw.lit(work.run_id))
        .select(*GROUPED.arrow_schema.names)
    )
    written = 0
    path = work.folder / GROUPED_FILE
    with pq.ParquetWriter(path, GROUPED.arrow_schema, compression="lz4") as writer:
        for batch in engine.stream(taken):
            writer.write_batch(batch.cast(GROUPED.arrow_schema))
            written += batch.num_rows
    if written != count(engine, cases):
        path.unlink()
        return None
    return written


def _is_alike(work: Work, finished: RunRecord) -> bool:
    own, other = work.inputs, finished.inputs
    same_data = all(own.versions.get(table.name) == other.versions.get(table.name) for table in _READ)
    return same_data and (own.scheme_fingerprint, own.software) == (other.scheme_fingerprint, other.software)
