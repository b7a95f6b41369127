"""Two years one after the other: what the later one takes from the earlier."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.runs.agreeing import write_values

from tongchou.intake import take_in
from tongchou.runs.order import Order
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Period, Region, open_region
from tongchou.runs.settle import settle
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine


@pytest.fixture
def region(tmp_path: Path) -> Region:
    """A county with some cases of the next year."""
    folder = tmp_path / "county"
    generate_region(folder, seed=7, cases=200)
    cases = pq.read_table(folder / "landing/cases.parquet")
    rows = cases.to_pylist()
    for row in rows[:20]:
        later = date(2026, 6, 1)
        row.update(admitted_on=later, discharged_on=later + timedelta(5), settled_on=later + timedelta(5), los_days=5)
    pq.write_table(pa.Table.from_pylist(rows, schema=cases.schema), folder / "landing/cases.parquet")
    write_values(folder / "policy", {"alliance/contract/package": "not_packaged"})
    county = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], county.lake, engine)
    return county


def _settle(region: Region, year: int) -> RunRecord:
    with open_engine("duckdb") as engine:
        return settle(Order(region, Period(year)), engine)


def test_where_advances_follow_last_year_a_new_run_of_last_year_makes_a_new_run_of_this(region: Region) -> None:
    write_values(
        region.policy_folder,
        {
            "settlement/advance/method": "month_of_last_year",
            "settlement/advance/fund_months": "6",
            "settlement/advance/min_fund_months": "3",
            "settlement/advance/grant_month": "1",
            "settlement/advance/set_off": "at_clearing",
        },
    )
    alone = _settle(region, 2026)
    assert alone.inputs.last_year is None
    before = _settle(region, 2025)
    after = _settle(region, 2026)
    assert after.inputs.last_year == before.run_id
    assert after.run_id != alone.run_id
    assert after.reversed_runs == (alone.run_id,)
    assert _settle(region, 2026) == after


def test_without_advances_a_year_stands_whatever_becomes_of_the_year_before(region: Region) -> None:
    alone = _settle(region, 2026)
    _settle(region, 2025)
    assert _settle(region, 2026) == alone
