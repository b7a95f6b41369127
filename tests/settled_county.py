"""One small settled county for all rooms, made once on a machine however many workers pytest has."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tongchou.intake import take_in
from tongchou.runs.region import Period, open_region
from tongchou.runs.settle import Order, settle
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine

CASES = 300
SEED = 5


@dataclass(frozen=True)
class SettledCounty:
    """A settled county without users, and its run. Nobody changes it: who writes takes a copy."""

    folder: Path
    run_id: str

    def copied(self, to: Path) -> Path:
        """Return a copy that one may change."""
        shutil.copytree(self.folder, to)
        return to


@pytest.fixture(scope="session")
def settled_county(tmp_path_factory: pytest.TempPathFactory) -> SettledCounty:
    base: Path = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # what the workers of one session share
    folder, done = base / "settled-county", base / "settled-county.run"
    with FileLock(base / "settled-county.lock"):
        if not done.exists():
            generate_region(folder, seed=SEED, cases=CASES)
            region = open_region(folder)
            with open_engine("duckdb") as engine:
                take_in([folder / "landing"], region.lake, engine)
                record = settle(Order(region, Period(2025)), engine)
            shutil.rmtree(folder / "landing")
            done.write_text(record.run_id, encoding="utf-8")
    return SettledCounty(folder, done.read_text(encoding="utf-8"))
