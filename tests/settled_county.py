"""One small settled county for all rooms, made once on a machine however many workers pytest has."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tongchou.intake import take_in
from tongchou.runs.region import Period, open_region
from tongchou.runs.settle import Order, settle
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine

CASES = 600
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
    folder = made_once(tmp_path_factory, "settled-county", _settle)
    return SettledCounty(folder / "county", (folder / "run").read_text(encoding="utf-8"))


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first worker to ask for it makes, and the others of the session share."""
    base: Path = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, done = base / name, base / f"{name}.done"
    with FileLock(base / f"{name}.lock"):
        if not done.exists():
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def _settle(folder: Path) -> None:
    generate_region(folder / "county", seed=SEED, cases=CASES)
    region = open_region(folder / "county")
    with open_engine("duckdb") as engine:
        take_in([folder / "county" / "landing"], region.lake, engine)
        record = settle(Order(region, Period(2025)), engine)
    shutil.rmtree(folder / "county" / "landing")
    (folder / "run").write_text(record.run_id, encoding="utf-8")
