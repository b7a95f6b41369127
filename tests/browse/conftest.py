"""A settled county, opened for browsing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tongchou.browse.rows import OpenRun, open_run_rows
from tongchou.intake import take_in
from tongchou.runs.order import Order
from tongchou.runs.region import Period, open_region
from tongchou.runs.settle import settle
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenRun]:
    folder: Path = tmp_path_factory.mktemp("browse") / "county"
    generate_region(folder, seed=5, cases=700)
    region = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], region.lake, engine)
        record = settle(Order(region, Period(2025)), engine)
        yield open_run_rows(region, record.run_id, engine)
