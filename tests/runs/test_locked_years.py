"""Which run of a year stands, where its periods were locked and only differences are booked."""

from datetime import date
from pathlib import Path

import pytest
from tests.runs.agreeing import write_values
from tests.runs.conftest import make_region, settle_region
from tests.runs.test_settle import rows_of

from tongchou.ledger.journal import balances
from tongchou.ledger.periods import State
from tongchou.runs.books import Books
from tongchou.runs.clearing_facts import paid_in_year
from tongchou.runs.explain import open_run
from tongchou.runs.frames import Facts
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region
from tongchou.schema.results import JOURNAL, SETTLEMENT_LINES
from tongchou.store.engines import open_engine

YEAR = [f"2025-{month:02d}" for month in range(1, 13)]
FIRST_OPEN = [f"2026-{month:02d}" for month in range(1, 13)]
LOW = "payment/drg/low/threshold"
END = date(2030, 1, 1)


def _change(region: Region, value: str) -> RunRecord:
    write_values(region.policy_folder, {LOW: value})
    return settle_region(region)


def _balances(region: Region) -> dict[str, int]:
    return {account: fen for account, fen in balances(rows_of(region, JOURNAL), END).items() if fen}


@pytest.fixture
def locked(tmp_path: Path) -> tuple[Region, RunRecord, dict[str, int]]:
    region = make_region(tmp_path / "county", cases=300)
    first = _change(region, "0.4")
    booked = _balances(region)
    with open_engine("duckdb") as engine:
        books = Books(region.lake, engine, region.region_id)
        books.change_periods([*YEAR, *FIRST_OPEN], State.OPEN, date(2026, 7, 1), "officer", "opened")
        books.change_periods(YEAR, State.LOCKED, date(2026, 7, 1), "officer", "reported")
    return region, first, booked


def test_the_first_policy_again_after_a_correction_is_booked_again(
    locked: tuple[Region, RunRecord, dict[str, int]],
) -> None:
    region, first, booked = locked
    second = _change(region, "0.6")
    assert _balances(region) != booked
    third = _change(region, "0.4")
    assert len({first.run_id, second.run_id, third.run_id}) == 3
    assert third.table_hashes["priced"] == first.table_hashes["priced"]
    assert _balances(region) == booked


def test_what_a_year_paid_is_read_from_the_run_posted_last(locked: tuple[Region, RunRecord, dict[str, int]]) -> None:
    region, first, _ = locked
    second = _change(region, "0.6")
    due = {
        run.run_id: {
            row["institution_id"]: row["amount_fen"]
            for row in rows_of(region, SETTLEMENT_LINES).to_pylist()
            if row["run_id"] == run.run_id and row["line"] == "inpatient_due"
        }
        for run in (first, second)
    }
    with open_engine("duckdb") as engine:
        paid = paid_in_year(Facts(engine, region.lake, region.lake.snapshot()), 2025)
    assert paid == due[second.run_id] != due[first.run_id]


def test_a_run_whose_entries_were_only_adjusted_says_that_a_later_one_stands(
    locked: tuple[Region, RunRecord, dict[str, int]],
) -> None:
    region, first, _ = locked
    _change(region, "0.6")
    write_values(region.policy_folder, {LOW: "0.4"})
    with open_engine("duckdb") as engine:
        step = open_run(region, first.run_id, engine).member("H00000000001")
    assert [fact.value for fact in step.facts] == [first.run_id]
