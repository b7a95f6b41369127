"""A small made-up county, taken in once; every test settles a copy of it."""

import shutil
from pathlib import Path

import pytest

from tongchou.intake import take_in
from tongchou.runs.order import Order
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Period, Region, open_region
from tongchou.runs.settle import settle
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine

CASES = 900
PERIOD = Period(2025)


def make_region(folder: Path, *, seed: int = 7, cases: int = CASES) -> Region:
    """Generate a county and take it in."""
    generate_region(folder, seed=seed, cases=cases)
    region = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], region.lake, engine)
    return region


def settle_region(region: Region, **order: object) -> RunRecord:
    """Settle the county's year."""
    with open_engine("duckdb") as engine:
        return settle(Order(region, PERIOD, **order), engine)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Region:
    return make_region(tmp_path_factory.mktemp("counties") / "county")


@pytest.fixture
def region(taken_in: Region, tmp_path: Path) -> Region:
    shutil.copytree(taken_in.folder, tmp_path / "county")
    return open_region(tmp_path / "county")


@pytest.fixture(scope="session")
def settled(taken_in: Region, tmp_path_factory: pytest.TempPathFactory) -> tuple[Region, RunRecord]:
    folder = tmp_path_factory.mktemp("counties") / "settled"
    shutil.copytree(taken_in.folder, folder)
    region = open_region(folder)
    return region, settle_region(region)
