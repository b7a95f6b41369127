"""Decided records and optional rules, from the table handed in to the printed statement and the ledger."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from tests.runs.conftest import settle_region
from tests.runs.test_settle import rows_of

from tongchou.core.explanation import explanation_as_text
from tongchou.intake import take_in
from tongchou.ledger.journal import balances, verify
from tongchou.payment.clearing import Line
from tongchou.payment.clearing.lines import ALWAYS
from tongchou.runs.explain import open_run
from tongchou.runs.region import Region
from tongchou.schema.results import JOURNAL, SETTLEMENT_LINES
from tongchou.store.engines import open_engine

SHARED = {
    "settlement/cost_sharing/method": "bands",
    "settlement/assessment/use": "both",
}
HEADER = "adjustment_id,institution_id,kind,state,decided_on,amount_fen,reason,document\n"


def lines_of(region: Region, run_id: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in rows_of(region, SETTLEMENT_LINES).to_pylist():
        if row["run_id"] == run_id:
            found.setdefault(row["institution_id"], {})[row["line"]] = row["amount_fen"]
    return found


def hand_in(region: Region, rows: str) -> None:
    file = region.folder / "landing" / "clearing_adjustments-1.csv"
    file.write_text(HEADER + rows, encoding="utf-8")
    with open_engine("duckdb") as engine:
        take_in([file], region.lake, engine)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    for name, value in SHARED.items():
        file = folder / "parameters" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"values: [{{from: 2025-01-01, value: {value}, source: {{title: example}}}}]", encoding="utf-8")
    head = "{id: trial, name: {zh: 试算, en: trial}, level: alliance, parent: demo_county}"
    (folder / "pack.yaml").write_text(head, encoding="utf-8")
    return folder


def test_by_todays_policy_a_clearing_has_todays_lines(region: Region) -> None:
    lines = lines_of(region, settle_region(region).run_id)
    always = {line.value for line in ALWAYS}
    # Beside these only what came of service events and referrals.
    assert {frozenset(each) - always for each in lines.values()} <= {
        frozenset(),
        frozenset({"transfers", "months_due"}),
    }
    assert all(always <= each.keys() for each in lines.values())


def test_decided_records_reach_line_ledger_statement_and_explanation(region: Region) -> None:
    before = lines_of(region, settle_region(region).run_id)
    first, second = sorted(before)[:2]
    hand_in(
        region,
        f"A1,{first},audit,proposed,,-500000,重复收费,\n"
        f"A1,{first},audit,decided,2026-03-02,-400000,重复收费,医保稽〔2026〕1号\n"
        f"A2,{first},late_list,decided,2025-04-01,30001,补报,医保清〔2025〕2号\n"
        f"A3,{second},penalty,appealed,,-900000,违约,\n"
        f"A4,{second},penalty,decided,2026-07-01,-70000,违约,医保罚〔2026〕3号\n",
    )
    record = settle_region(region)
    after = lines_of(region, record.run_id)
    assert after[second] == before[second]
    changed = after[first]
    assert (changed[Line.AUDIT], changed[Line.LATE_LISTS]) == (-400_000, 30_001)
    due_before = before[first].get(Line.MONTHS_DUE, before[first][Line.INPATIENT_DUE])
    assert changed[Line.MONTHS_DUE] == due_before + 30_001
    journal = rows_of(region, JOURNAL)
    assert verify(journal) == []
    at_end = balances(journal, date(2026, 6, 30))
    assert at_end["fund.income.audit"] == -400_000
    assert {at_end[code] for code in at_end if code.startswith(("payable.", "deposit."))} == {0}
    book = next((region.run_folder(record.run_id)).rglob(f"*{first}*.xlsx"))
    printed = {str(cell.value) for sheet in openpyxl.load_workbook(book) for row in sheet for cell in row}
    assert any("稽核增减" in words for words in printed)
    with open_engine("duckdb") as engine:
        told = explanation_as_text(open_run(region, record.run_id, engine).member(first), "zh")
    assert "A1 2026-03-02 2025 医保稽〔2026〕1号 重复收费" in told


def test_optional_rules_settle_and_balance(region: Region, pack: Path) -> None:
    record = settle_region(region, policy=pack)
    lines = lines_of(region, record.run_id)
    assert all({Line.COST_SHARED, Line.ASSESSMENT} <= each.keys() for each in lines.values())
    assert any(each[Line.COST_SHARED] for each in lines.values())
    journal = rows_of(region, JOURNAL)
    assert verify(journal) == []
    at_end = balances(journal, date(2026, 6, 30))
    assert {at_end[code] for code in at_end if code.startswith(("payable.", "deposit."))} == {0}
