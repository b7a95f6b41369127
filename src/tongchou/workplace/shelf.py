"""The shelf: figures of finished runs, read once and kept at hand, for a finished run does not change."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from tongchou.access.subject import Whose
from tongchou.browse.budget_use import BudgetUse, budget_uses
from tongchou.browse.cells import Cells, cells_of
from tongchou.browse.rows import OpenRun, Place
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.record import RECORD_FILE, RunRecord, no_run, read_record
from tongchou.runs.region import Region
from tongchou.runs.year import Alliance
from tongchou.workplace.engines import EnginePool

_KEPT_RUNS = 6


@dataclass(frozen=True, slots=True)
class ShelvedRun:
    """A finished run at hand.

    Attributes:
        record: Its record.
        places: The institutions by id.
        alliances: The alliances by id.
        group_names: The groups' names by code.
        cells: Its sums.
        budgets: Each alliance's budget and its use.
    """

    record: RunRecord
    places: Mapping[str, Place]
    alliances: Mapping[str, Alliance]
    group_names: Mapping[str, Text]
    cells: Cells
    budgets: tuple[BudgetUse, ...]

    def whose(self, *institution_ids: str) -> Whose:
        """Return what belongs to institutions and to the alliances that they were in at the end of the period."""
        return whose_in(self.alliances, *institution_ids)


def whose_in(alliances: Mapping[str, Alliance], *institution_ids: str) -> Whose:
    """Return what belongs to institutions and to those of some alliances that they are in."""
    inside = (each.alliance_id for each in alliances.values() if not each.roles.keys().isdisjoint(institution_ids))
    return Whose(institution_ids, tuple(inside))


class Shelf:
    """The finished runs of a region, those asked for last kept in memory.

    Args:
        region: The region.
        engines: Read what is not kept yet.
    """

    def __init__(self, region: Region, engines: EnginePool) -> None:
        self._region = region
        self._engines = engines
        self._runs: OrderedDict[str, tuple[int, ShelvedRun]] = OrderedDict()
        self._records: dict[str, tuple[int, RunRecord]] = {}
        self._alliances: dict[str, tuple[int, Mapping[str, Alliance]]] = {}
        self._lock = threading.Lock()

    def record(self, run_id: str) -> RunRecord:
        """Return a run's record.

        Raises:
            TongchouError: `runs.no_run`, `runs.bad_record`.
        """
        written = self._written(run_id)
        kept = self._records.get(run_id)
        if kept is None or kept[0] != written:
            kept = (written, read_record(self._region.run_folder(run_id)))
            self._records[run_id] = kept
        return kept[1]

    def records(self) -> list[RunRecord]:
        """Return the records of all finished runs, the latest period first, then by id."""
        names = [path.parent.name for path in (self._region.folder / "runs").glob(f"*/{RECORD_FILE}")]
        return sorted(
            (self.record(name) for name in names), key=lambda each: (each.inputs.period, each.run_id), reverse=True
        )

    def standing(self) -> Mapping[str, str]:
        """Return the run that counts for each period."""
        return standing_runs(self._region.lake)

    def run(self, run_id: str) -> ShelvedRun:
        """Return a finished run with its figures; the first time they are computed.

        Raises:
            TongchouError: `runs.no_run`, `runs.bad_record`, `workplace.busy`.
        """
        written = self._written(run_id)
        with self._lock:
            kept = self._runs.get(run_id)
            if kept is not None and kept[0] == written:
                self._runs.move_to_end(run_id)
                return kept[1]
        shelved = self._open(run_id)
        with self._lock:
            self._runs[run_id] = (written, shelved)
            while len(self._runs) > _KEPT_RUNS:
                self._runs.popitem(last=False)
        return shelved

    def alliances(self, run_id: str) -> Mapping[str, Alliance]:
        """Return the alliances of a finished run by id, without its figures: kept for every run.

        A list of runs asks for those of all runs; to compute the figures of each would let nobody else have any.

        Raises:
            TongchouError: As `run`.
        """
        written = self._written(run_id)
        kept = self._alliances.get(run_id)
        if kept is None or kept[0] != written:
            with self._engines.engine() as engine:
                kept = (written, OpenRun(self._region, self.record(run_id), engine).alliances)
            self._alliances[run_id] = kept
        return kept[1]

    def newest(self, period: str | None = None) -> str:
        """Return the run that stands for a period, or for the latest one.

        Raises:
            TongchouError: `workplace.nothing_settled` if none stands.
        """
        standing = self.standing()
        wanted = period or max(standing, default="")
        if wanted not in standing:
            raise TongchouError(
                "workplace.nothing_settled",
                what=Text("还没有入账的结算", "nothing has been settled and posted yet"),
                where=wanted or "-",
                why=Text("总览与清算单来自已入账的结算", "the overview and the statements come from a posted run"),
                remedy=Text(
                    "在“结算”页下达结算、复核并入账", "order a run on the page 'Settlement', review and post it"
                ),
            )
        return standing[wanted]

    def _open(self, run_id: str) -> ShelvedRun:
        record = self.record(run_id)
        standing = self.standing()
        before = standing.get(str(int(record.inputs.period) - 1))
        with self._engines.engine() as engine:
            run = OpenRun(self._region, record, engine)
            last_year = OpenRun(self._region, self.record(before), engine) if before else None
            budgets = budget_uses(run, last_year)
            return ShelvedRun(record, run.places, run.alliances, run.group_names, cells_of(run), budgets)

    def _written(self, run_id: str) -> int:
        if "/" in run_id or "\\" in run_id or run_id.startswith("."):
            raise no_run(self._region.folder / "runs", "-")
        path = self._region.run_folder(run_id) / RECORD_FILE
        if not path.is_file():
            raise no_run(path.parent.parent, run_id)
        return path.stat().st_mtime_ns
