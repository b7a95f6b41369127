"""What a month is due is booked by the method that pays it."""

import shutil
from pathlib import Path

import pytest
from tests.runs.conftest import settle_region
from tests.runs.test_conservation import _pack
from tests.runs.test_settle import rows_of, sums

from tongchou.ledger.journal import verify
from tongchou.runs.explain import open_run
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region, open_region
from tongchou.schema.results import JOURNAL, PRICED
from tongchou.store.engines import open_engine

BED_DAYS = {
    "payment/bed_day/type_of_department": "{default: none}",
    "payment/bed_day/stage_days": '{default: {"1": 30, "2": 60, default: 0}}',
    "payment/bed_day/rate": '{default: {"1": 320, "2": 260, default: 200.55}}',
}


DIP = {
    "payment/inpatient/method": "dip_points",
    "payment/dip/rules": "national",
    "payment/dip/catalogue": "measured",
    "payment/dip/catalogue_last_year": "0",
    "payment/points/pools": "joint",
    "payment/points/pool_base": "fund_and_others",
    "payment/points/value/source": "settlement",
    "payment/points/factor_on_cost": "applied",
}


@pytest.fixture(scope="module")
def by_dip(taken_in: Region, tmp_path_factory: pytest.TempPathFactory) -> tuple[Region, RunRecord, RunRecord]:
    """Return a county paid by DIP, its run and a shadow run of the same."""
    folder = tmp_path_factory.mktemp("dip")
    shutil.copytree(taken_in.folder, folder / "county")
    region, policy = open_region(folder / "county"), _pack(folder / "trial", DIP)
    shadow = settle_region(region, policy=policy, is_shadow=True)
    return region, settle_region(region, policy=policy), shadow


def test_stays_paid_by_dip_are_booked_on_its_account_and_the_journal_balances(
    by_dip: tuple[Region, RunRecord, RunRecord],
) -> None:
    region, _, _ = by_dip
    journal = rows_of(region, JOURNAL)
    assert verify(journal) == []
    spent = sums(journal, "account", "amount_fen")
    assert spent["fund.expense.inpatient.dip"] == sum(rows_of(region, PRICED)["fund_fen"].to_pylist()) > 0
    assert "fund.expense.inpatient.drg" not in spent
    assert not any(fen for account, fen in spent.items() if account.startswith(("payable.", "deposit.")))


def test_a_shadow_run_paid_by_dip_explains_a_case_by_the_catalogue_that_it_kept(
    by_dip: tuple[Region, RunRecord, RunRecord],
) -> None:
    region, posted, shadow = by_dip
    case = posted.summary.sample_case
    with open_engine("duckdb") as engine:
        one, other = (open_run(region, run.run_id, engine).case(case) for run in (shadow, posted))
    assert one.children == other.children
    assert "grouping.dip" in {step.rule for step in one.walk()}


def test_stays_paid_by_the_day_are_booked_per_diem_and_all_others_by_group(region: Region, tmp_path: Path) -> None:
    first = settle_region(region)
    counts: dict[str, int] = {}
    for row in rows_of(region, PRICED).to_pylist():
        counts[row["drg"]] = counts.get(row["drg"], 0) + 1
    often = max(sorted(counts), key=lambda drg: counts[drg])
    values = {**BED_DAYS, "payment/bed_day/type_of_group": f"{{{often}: rehabilitation, default: none}}"}
    record = settle_region(region, policy=_pack(tmp_path / "trial", values))
    assert record.reversed_runs == (first.run_id,)
    priced = [row for row in rows_of(region, PRICED).to_pylist() if row["run_id"] == record.run_id]
    by_day = sum(row["fund_fen"] for row in priced if row["case_kind"] == "bed_day")
    assert by_day > 0
    journal = rows_of(region, JOURNAL)
    assert verify(journal) == []
    spent = sums(journal, "account", "amount_fen")
    assert spent["fund.expense.inpatient.per_diem"] == by_day
    assert spent["fund.expense.inpatient.drg"] == sum(row["fund_fen"] for row in priced) - by_day


def test_without_stays_paid_by_the_day_all_is_booked_by_group(settled: tuple[Region, RunRecord]) -> None:
    region, _ = settled
    spent = sums(rows_of(region, JOURNAL), "account", "amount_fen")
    assert spent["fund.expense.inpatient.drg"] == sum(rows_of(region, PRICED)["fund_fen"].to_pylist())
    assert "fund.expense.inpatient.per_diem" not in spent
