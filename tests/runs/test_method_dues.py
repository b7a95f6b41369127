"""What a month is due is booked by the method that pays it."""

from pathlib import Path

from tests.runs.conftest import settle_region
from tests.runs.test_conservation import _pack
from tests.runs.test_settle import rows_of, sums

from tongchou.ledger.journal import verify
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region
from tongchou.schema.results import JOURNAL, PRICED

BED_DAYS = {
    "payment/bed_day/type_of_department": "{default: none}",
    "payment/bed_day/stage_days": '{default: {"1": 30, "2": 60, default: 0}}',
    "payment/bed_day/rate": '{default: {"1": 320, "2": 260, default: 200.55}}',
}


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
