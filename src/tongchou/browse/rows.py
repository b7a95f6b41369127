"""A finished run opened for browsing: its record, its tables, the institutions and alliances that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import narwhals as nw

from tongchou.core.text import Text
from tongchou.runs.frames import Facts, institutions_of
from tongchou.runs.groupings import names_of_groups
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.record import RECORD_FILE, RunRecord, read_record
from tongchou.runs.region import Period, Region
from tongchou.runs.year import Alliance, alliances
from tongchou.schema.contract import Table
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Snapshot


@dataclass(frozen=True, slots=True)
class Place:
    """An institution as it was at the end of the period.

    Attributes:
        institution_id: Its code.
        name: Its name.
        level: A state of `INSTITUTION_LEVEL`.
        kind: A state of `INSTITUTION_KIND`.
        area_id: Where it is.
        bed_count: Its beds.
    """

    institution_id: str
    name: Text
    level: str
    kind: str
    area_id: str
    bed_count: int


@dataclass(frozen=True)
class OpenRun:
    """A finished run and the engine that reads its tables.

    Attributes:
        region: The region.
        record: The run's record.
        engine: Reads the tables; used by one thread at a time.
    """

    region: Region
    record: RunRecord
    engine: Engine

    @property
    def run_id(self) -> str:
        """The run."""
        return self.record.run_id

    @property
    def period(self) -> Period:
        """The year that the run settled."""
        return Period.parse(self.record.inputs.period)

    @property
    def kept(self) -> Path:
        """Where figures of the run are kept once they were computed; whatever is there may be removed."""
        return self.region.folder / "browse" / self.run_id

    @cached_property
    def facts(self) -> Facts:
        """The tables that the run read."""
        return Facts(self.engine, self.region.lake, Snapshot(dict(self.record.inputs.versions)))

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """The institutions that were valid last in the period or before it, by id."""
        return {
            institution: Place(
                institution,
                Text(row["name_zh"], row["name_en"]),
                row["level"],
                row["kind"],
                row["area_id"],
                row["bed_count"],
            )
            for institution, row in institutions_of(self.facts, self.period).items()
        }

    @cached_property
    def alliances(self) -> Mapping[str, Alliance]:
        """The alliances with their members on the last day of the period, by id."""
        return {each.alliance_id: each for each in alliances(self.facts, self.period)}

    @cached_property
    def group_names(self) -> Mapping[str, Text]:
        """The names of the groups by their code."""
        return names_of_groups(self.record.inputs.scheme, self.region.run_folder(self.run_id))

    def rows(self, table: Table) -> Frame:
        """Return the run's rows of a result table: from the lake, or from its folder where it posted nothing."""
        if self.record.inputs.is_shadow:
            path = self.region.run_folder(self.run_id) / f"{table.name}.parquet"
            return self.engine.scan([path] if path.is_file() else [], table.arrow_schema)
        lake = self.region.lake
        rows = self.engine.scan(lake.files(table.name, lake.snapshot()), table.arrow_schema)
        return rows.filter(nw.col("run_id") == self.run_id)


def open_run_rows(region: Region, run_id: str, engine: Engine) -> OpenRun:
    """Open a run for browsing.

    Raises:
        TongchouError: `runs.no_run`, `runs.bad_record`.
    """
    return OpenRun(region, read_record(region.run_folder(run_id)), engine)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A finished run in a list of runs.

    Attributes:
        record: Its record.
        is_standing: Whether what it booked is what counts for its period.
    """

    record: RunRecord
    is_standing: bool


def finished_runs(region: Region) -> list[RunLine]:
    """Return a region's finished runs, the one that stands for the latest period first, then by period and id."""
    standing = set(standing_runs(region.lake).values())
    records = [read_record(path.parent) for path in (region.folder / "runs").glob(f"*/{RECORD_FILE}")]
    lines = [RunLine(record, record.run_id in standing) for record in records]
    return sorted(
        lines, key=lambda each: (each.record.inputs.period, each.is_standing, each.record.run_id), reverse=True
    )
