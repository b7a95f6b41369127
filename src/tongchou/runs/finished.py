"""The rows of a finished run: in the lake where it was posted, else in the run's folder."""

from pathlib import Path

import narwhals as nw

from tongchou.runs.frames import staged
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region
from tongchou.schema.contract import Table
from tongchou.store.engine import Engine, Frame


def finished_rows(region: Region, record: RunRecord, table: Table, engine: Engine) -> Frame:
    """Return the rows that a finished run has of a result table."""
    if record.inputs.is_shadow:
        return staged(engine, kept_file(region, record, table), table)
    rows = engine.scan(region.lake.files(table.name, region.lake.snapshot()), table.arrow_schema)
    return rows.filter(nw.col("run_id") == record.run_id)


def kept_file(region: Region, record: RunRecord, table: Table) -> Path:
    """Return where a run that posted nothing keeps a table that no lake holds."""
    return region.run_folder(record.run_id) / f"{table.name}.parquet"
