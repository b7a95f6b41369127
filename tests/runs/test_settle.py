"""The main line, end to end: conservation, repetition, supersession, shadow runs, refusals."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.runs.conftest import CASES, make_region, settle_region

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_file
from tongchou.core.text import Text
from tongchou.intake import take_in
from tongchou.ledger.journal import balances, verify
from tongchou.payment.clearing import Line
from tongchou.runs.order import Order
from tongchou.runs.preconditions import require_steady
from tongchou.runs.record import RunRecord, read_record
from tongchou.runs.region import Period, Region, open_region
from tongchou.runs.settle import settle
from tongchou.schema.contract import Table
from tongchou.schema.results import GROUPED, JOURNAL, PRICED, SETTLEMENT_LINES
from tongchou.schema.tables import CASES as CASE_TABLE
from tongchou.schema.tables import FEE_ITEMS, FEES
from tongchou.store.engines import open_engine

Settled = tuple[Region, RunRecord]


def rows_of(region: Region, table: Table) -> pa.Table:
    lake = region.lake
    with open_engine("duckdb") as engine:
        return engine.collect(engine.scan(lake.files(table.name, lake.snapshot()), table.arrow_schema))


def sums(table: pa.Table, key: str, value: str) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for each, amount in zip(table[key].to_pylist(), table[value].to_pylist(), strict=True):
        found[each] = found.get(each, 0) + amount
    return found


def test_every_case_is_grouped_and_priced_once(settled: Settled) -> None:
    region, record = settled
    cases = set(rows_of(region, CASE_TABLE)["case_id"].to_pylist())
    assert len(cases) == CASES
    for table in (GROUPED, PRICED):
        ids = rows_of(region, table)["case_id"].to_pylist()
        assert len(ids) == CASES
        assert set(ids) == cases
    assert record.rows == {"grouped": CASES, "in_period": CASES, "priced": CASES}


def test_almost_every_made_up_case_finds_a_group(settled: Settled) -> None:
    _, record = settled
    assert record.summary.ungrouped_count <= CASES // 100


def test_fee_categories_and_fee_lines_sum_to_the_total_of_their_case(settled: Settled) -> None:
    region, _ = settled
    cases = rows_of(region, CASE_TABLE)
    totals = dict(zip(cases["case_id"].to_pylist(), cases["total_fen"].to_pylist(), strict=True))
    assert sums(rows_of(region, FEES), "case_id", "amount_fen") == totals
    assert sums(rows_of(region, FEE_ITEMS), "case_id", "amount_fen") == totals


def test_priced_parts_sum_to_the_lines_of_the_institutions(settled: Settled) -> None:
    region, _ = settled
    priced, lines = rows_of(region, PRICED), rows_of(region, SETTLEMENT_LINES).to_pylist()
    due = {row["institution_id"]: row["amount_fen"] for row in lines if row["line"] == Line.INPATIENT_DUE}
    by_institution = sums(priced, "institution_id", "fund_fen")
    assert {each: fen for each, fen in due.items() if fen} == {each: fen for each, fen in by_institution.items() if fen}


def test_members_and_reserve_sum_to_what_the_alliance_keeps(settled: Settled) -> None:
    _, record = settled
    (alliance,) = record.summary.alliances
    shares = sum(each.share_fen for each in record.summary.institutions)
    assert shares + alliance.reserve_fen == alliance.kept_fen
    assert alliance.kept_fen + alliance.returned_fen == alliance.surplus_fen
    assert alliance.base_fen - alliance.actual_fen == alliance.surplus_fen


def test_the_alliance_answers_for_its_people_wherever_they_were_treated(settled: Settled) -> None:
    region, record = settled
    priced = rows_of(region, PRICED)
    outside = [
        fen
        for institution, fen in sums(priced, "institution_id", "fund_fen").items()
        if institution in {"H00000000003", "H00000000004"}
    ]
    (alliance,) = record.summary.alliances
    assert sum(outside) > 0
    assert alliance.actual_fen > sum(sums(priced, "institution_id", "fund_fen").values()) - sum(outside)


def test_the_ledger_balances_and_every_payable_is_paid(settled: Settled) -> None:
    region, _ = settled
    journal = rows_of(region, JOURNAL)
    assert verify(journal) == []
    ending = balances(journal, max(journal["booked_on"].to_pylist()))
    assert sum(ending.values()) == 0
    assert not any(fen for account, fen in ending.items() if account.startswith(("payable.", "deposit.")))


def test_the_same_run_twice_is_recognised_and_posts_nothing_twice(region: Region) -> None:
    first = settle_region(region)
    journal = rows_of(region, JOURNAL)
    assert settle_region(region) == first
    assert rows_of(region, JOURNAL).equals(journal)


def test_the_same_seed_gives_the_same_bytes_in_another_folder(settled: Settled, tmp_path: Path) -> None:
    _, record = settled
    again = make_region(tmp_path / "other")
    repeated = settle_region(again)
    assert repeated == record
    for name, expected in record.file_hashes.items():
        assert hash_file(again.run_folder(repeated.run_id) / name) == expected


def test_another_seed_gives_another_region(settled: Settled, tmp_path: Path) -> None:
    other = settle_region(make_region(tmp_path / "other", seed=8))
    assert other.result_hash != settled[1].result_hash
    assert other.table_hashes["priced"] != settled[1].table_hashes["priced"]


def test_a_record_is_read_back_as_it_was_written(settled: Settled) -> None:
    region, record = settled
    assert read_record(region.run_folder(record.run_id)) == record


def test_a_shadow_run_computes_the_same_and_posts_nothing(settled: Settled, region: Region) -> None:
    shadow = settle_region(region, is_shadow=True)
    assert shadow.state == "computed"
    assert shadow.table_hashes == settled[1].table_hashes
    assert (region.run_folder(shadow.run_id) / "report.html").is_file()
    assert rows_of(region, JOURNAL).num_rows == 0


def _change_policy(region: Region, name: str, value: str, start: str = "2025-01-01") -> None:
    path = region.folder / "policy" / "parameters" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"values:\n  - from: {start}\n    value: {value}\n    source: {{title: 测试 / test}}\n", encoding="utf-8"
    )


def test_a_run_under_a_changed_policy_reverses_the_earlier_and_posts_its_own(region: Region) -> None:
    first = settle_region(region)
    _change_policy(region, "settlement/prepay_ratio", "0.9")
    second = settle_region(region)
    assert second.run_id != first.run_id
    assert second.reversed_runs == (first.run_id,)
    journal = rows_of(region, JOURNAL)
    assert verify(journal) == []
    by_run = sums(journal, "run_id", "amount_fen")
    assert set(by_run.values()) == {0}
    standing = [row for row in journal.to_pylist() if row["reverses"] is None and row["run_id"] == second.run_id]
    assert sum(row["amount_fen"] for row in standing if row["account"] == "fund.cash") == sum(
        row["amount_fen"] for row in journal.to_pylist() if row["account"] == "fund.cash"
    )


def test_going_back_to_the_earlier_policy_is_a_new_run_that_reverses_the_later(region: Region) -> None:
    first = settle_region(region)
    _change_policy(region, "settlement/prepay_ratio", "0.9")
    second = settle_region(region)
    (region.folder / "policy/parameters/settlement/prepay_ratio.yaml").unlink()
    third = settle_region(region)
    assert third.run_id == f"{first.run_id}-2"
    assert third.reversed_runs == (second.run_id,)
    assert third.table_hashes["priced"] == first.table_hashes["priced"]


def test_a_policy_that_changes_within_the_year_prices_each_case_by_its_day(region: Region) -> None:
    before = {row["case_id"]: row for row in rows_of_run(region, settle_region(region))}
    _change_policy(region, "payment/drg/level_factor", "{tertiary: 1, secondary: 1, primary: 1}", "2025-07-01")
    after = {row["case_id"]: row for row in rows_of_run(region, settle_region(region))}
    for case, row in after.items():
        expected = 10_000 if row["month"] >= "2025-07" else before[case]["factor_e4"]
        assert row["factor_e4"] == expected


def rows_of_run(region: Region, record: RunRecord) -> list[dict[str, Any]]:
    return [row for row in rows_of(region, PRICED).to_pylist() if row["run_id"] == record.run_id]


def _refusal(region: Region, **order: Any) -> str:
    with pytest.raises(TongchouError) as caught:
        settle_region(region, **order)
    return caught.value.code


def test_a_gap_in_the_policy_is_refused_before_anything_is_written(region: Region) -> None:
    path = region.folder / "policy/parameters/payment/drg/level_factor.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    _change_policy(region, "alliance/budget/growth", "null")
    assert _refusal(region) == "policy.no_value"
    assert rows_of(region, PRICED).num_rows == 0
    assert [path.name for path in (region.folder / "runs").iterdir()] == [".lock"]


def test_an_unknown_scheme_and_an_empty_period_are_sentences(region: Region) -> None:
    assert _refusal(region, scheme="nowhere") == "grouping.no_scheme"
    with pytest.raises(TongchouError) as caught, open_engine("duckdb") as engine:
        settle(Order(region, Period(2031)), engine)
    assert caught.value.code in {"runs.nothing_to_settle", "policy.no_value"}


def test_a_missing_weight_without_a_stated_fallback_is_an_error(region: Region) -> None:
    region.weights_folder.mkdir()
    (region.weights_folder / "w.csv").write_text("drg,weight\nES35,0.5\n", encoding="utf-8")
    _change_policy(region, "payment/drg/weights/source", "table")
    _change_policy(region, "payment/drg/weights/table", "w")
    assert _refusal(region) == "payment.no_weight"


def test_contracted_people_and_contribution_split_are_settings(region: Region) -> None:
    _change_policy(region, "alliance/package/population", "contracted")
    _change_policy(region, "alliance/split/mode", "contribution")
    (alliance,) = (record := settle_region(region)).summary.alliances
    shares = sum(each.share_fen for each in record.summary.institutions)
    assert shares + alliance.reserve_fen == alliance.kept_fen


@pytest.mark.parametrize("content", ["", "id: x\n", "[1, 2]\n"])
def test_a_folder_that_is_no_region_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "region.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(TongchouError) as caught:
        open_region(tmp_path)
    assert caught.value.code == "runs.no_region"


@pytest.mark.parametrize("text", ["25", "2025-03", "year"])
def test_a_period_that_is_no_year_is_a_sentence(text: str) -> None:
    with pytest.raises(TongchouError) as caught:
        Period.parse(text)
    assert caught.value.code == "runs.period"


@pytest.fixture(autouse=True)
def _own_schemes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("TONGCHOU_HOME", str(tmp_path / "home"))
    yield
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


def test_balances_inside_the_year_are_those_of_the_standing_run_only(region: Region) -> None:
    settle_region(region)
    _change_policy(region, "settlement/clearing_days", "120")
    _change_policy(region, "settlement/prepay_ratio", "0.9")
    last = settle_region(region)
    journal = rows_of(region, JOURNAL)
    assert verify(journal) == []
    standing = [row for row in journal.to_pylist() if row["run_id"] == last.run_id and row["reverses"] is None]
    middle = date(2025, 6, 30)
    own = sums(pa.Table.from_pylist([row for row in standing if row["booked_on"] <= middle]), "account", "amount_fen")
    found = {account: fen for account, fen in balances(journal, middle).items() if fen}
    assert found == {account: fen for account, fen in own.items() if fen}


def test_what_cannot_be_printed_is_not_posted(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise TongchouError(
            "statements.test", what=Text.plain("x"), where="x", why=Text.plain("x"), remedy=Text.plain("x")
        )

    monkeypatch.setattr("tongchou.runs.settle.write_statements", refuse)
    assert _refusal(region) == "statements.test"
    assert rows_of(region, JOURNAL).num_rows == 0
    assert [path.name for path in (region.folder / "runs").iterdir()] == [".lock"]


def test_a_deficit_needs_no_quality_score(region: Region) -> None:
    _change_policy(region, "alliance/budget/growth", "-0.5")
    (region.folder / "policy/parameters/alliance/quality/score.yaml").unlink()
    (alliance,) = settle_region(region).summary.alliances
    assert alliance.surplus_fen < 0


def test_a_table_that_the_policy_does_not_name_changes_nothing(region: Region) -> None:
    first = settle_region(region)
    region.weights_folder.mkdir()
    (region.weights_folder / "unused.csv").write_text("drg,weight\nES35,0.5\n", encoding="utf-8")
    assert settle_region(region) == first


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("payment/deciding_date", "settled_on"),
        ("payment/drg/base_rate/source", "table"),
        ("payment/inpatient/method", "drg_points"),
        ("payment/drg/weights/min_cases", "9"),
        ("payment/drg/high/cap_ratio", "0.05"),
        ("payment/review/experts", "5"),
    ],
)
def test_what_holds_for_the_whole_period_must_not_change_within_it(region: Region, name: str, value: str) -> None:
    _change_policy(region, name, value, "2025-07-01")
    assert _refusal(region) == "runs.changes_within_period"


def test_what_a_year_is_settled_by_may_begin_within_it(region: Region) -> None:
    # National values of clearing begin within 2024: 2024 has no cases here, and nothing else is amiss.
    require_steady(region.policy(), Period(2024))
    with pytest.raises(TongchouError) as caught, open_engine("duckdb") as engine:
        settle(Order(region, Period(2024)), engine)
    assert caught.value.code == "runs.nothing_to_settle"


def test_a_case_is_not_paid_in_two_years(region: Region) -> None:
    settle_region(region)
    path = region.folder / "policy/parameters/payment/deciding_date.yaml"
    path.write_text(
        "values:\n  - {from: 2023-01-01, value: discharged_on, source: {title: t}}\n"
        "  - {from: 2026-01-01, value: settled_on, source: {title: t}}\n",
        encoding="utf-8",
    )
    late = [row for row in rows_of(region, CASE_TABLE).to_pylist() if row["settled_on"].year == 2026]
    assert late
    settle_region(region)
    with pytest.raises(TongchouError) as caught, open_engine("duckdb") as engine:
        settle(Order(region, Period(2026)), engine)
    assert caught.value.code == "runs.already_settled"


def test_a_rebuilt_lake_is_settled_anew(region: Region) -> None:
    first = settle_region(region)
    shutil.rmtree(region.folder / "lake")
    with open_engine("duckdb") as engine:
        take_in([region.folder / "landing"], region.lake, engine)
    assert settle_region(region) == first
    assert rows_of(region, JOURNAL).num_rows > 0


def test_a_folder_with_chinese_characters_and_blanks_is_settled(region: Region, settled: Settled) -> None:
    moved = region.folder.parent / "我的 县 a"
    region.folder.rename(moved)
    record = settle_region(open_region(moved))
    assert record.result_hash == settled[1].result_hash


def test_an_institution_s_record_of_the_next_year_does_not_rename_it_on_this_year_s_statement(region: Region) -> None:
    newer = (
        "institution_id,valid_from,valid_until,name_zh,name_en,level,kind,area_id,bed_count\n"
        "H00000000001,2026-06-01,,新名称,New name,primary,township_centre,330000,1\n"
    )
    (region.folder / "institutions.csv").write_text(newer, encoding="utf-8")
    with open_engine("duckdb") as engine:
        take_in([region.folder / "institutions.csv"], region.lake, engine)
    first = settle_region(region).summary.institutions[0]
    assert (first.institution_id, first.name.en) == ("H00000000001", "Yunqi County People's Hospital")


def test_measuring_from_no_year_is_a_sentence(region: Region) -> None:
    _change_policy(region, "payment/drg/weights/year_weights", '{"0": 0, "-1": 0, "-2": 0}')
    assert _refusal(region) == "payment.no_cases"
