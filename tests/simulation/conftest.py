"""A small region that the tests of the generator ask questions about."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from tongchou.schema.tables import INPUT_TABLES
from tongchou.simulation import RegionSummary, generate_region

Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> RegionSummary:
    """A region of 3,000 stays."""
    return generate_region(tmp_path_factory.mktemp("region") / "county", seed=11, cases=3_000)


@pytest.fixture(scope="session")
def ask(region: RegionSummary) -> Ask:
    """Return a function that answers SQL over the region's tables and its truths."""
    connection = duckdb.connect()
    files = {table.name: region.folder / "landing" / f"{table.name}.parquet" for table in INPUT_TABLES}
    files["truths"] = region.folder / "truths.parquet"
    for name, file in files.items():
        connection.execute(f"CREATE VIEW {name} AS FROM '{file}'")
    return lambda sql: connection.execute(sql).fetchall()
