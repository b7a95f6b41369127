"""`tongchou explain` of a member, an event, a referral and a shadow run; what `tongchou settle` prints beside cases."""

import json
from pathlib import Path

import pytest
from tests.cli.test_commands import tongchou
from tests.runs.test_settle import rows_of

from tongchou.core.money import format_yuan
from tongchou.runs.region import open_region
from tongchou.schema.results import PRICED_EVENTS
from tongchou.schema.tables import REFERRALS

SETTLE = ("settle", "--period", "2025", "--region")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explain") / "county"
    result = tongchou("demo", "--cases", "300", "--folder", folder)
    assert result.exit_code == 0, result.output
    return folder


def test_a_run_names_its_workbook_beside_its_statements_and_sums_what_is_due_by_purpose(county: Path) -> None:
    shown = tongchou(*SETTLE, county)
    lines = shown.output.splitlines()
    statements = [line for line in lines if line.startswith("清算单 / statements: ")]
    assert [line.rpartition("/")[2] for line in statements] == ["statements (55)"]
    (workbook,) = [line for line in lines if line.startswith("病例以外的款项 / money beside cases: ")]
    assert Path(workbook.partition(": ")[2]).is_file()
    rows = [row for row in rows_of(open_region(county), PRICED_EVENTS).to_pylist() if row["purpose"] == "expert_fee"]
    amount = sum(row["amount_fen"] for row in rows)
    (line,) = [line for line in lines if line.startswith("│ 专家下沉 ")]
    assert [cell.strip() for cell in line.split("│")[3:5]] == [str(len(rows)), format_yuan(amount)]
    record = json.loads(tongchou(*SETTLE, county, "--json").stdout)["record"]
    (figures,) = [each for each in record["summary"]["beside"] if each["purpose"] == "expert_fee"]
    assert (figures["count"], figures["amount_fen"]) == (len(rows), amount)
    assert (figures["payer_kind"], figures["payee_kind"]) == ("institution", "institution")


def test_a_member_is_explained_with_as_many_amounts_as_are_asked_for(county: Path) -> None:
    said = tongchou("explain", "--region", county, "--member", "H00000000001", "--language", "en")
    assert "Money beside cases: " in said.output
    assert "--largest" in said.output
    few = tongchou("explain", "--region", county, "--member", "H00000000001", "--language", "en", "--largest", "0")
    assert len(few.output.splitlines()) < len(said.output.splitlines())
    all_of_them = tongchou("explain", "--region", county, "--member", "H00000000001", "--largest", "9999")
    assert "Others, not shown one by one" not in all_of_them.output


def test_an_event_and_a_referral_are_explained_and_unknown_ones_are_sentences(county: Path) -> None:
    region = open_region(county)
    event = rows_of(region, PRICED_EVENTS)["subject"][0].as_py()
    answer = json.loads(tongchou("explain", "--region", county, "--event", event, "--json").stdout)
    assert answer["explanation"]["rule"] == "settlement.beside.event"
    referral = rows_of(region, REFERRALS).sort_by("referral_id")["referral_id"][0].as_py()
    said = tongchou("explain", "--region", county, "--referral", referral)
    assert said.exit_code == 0
    assert f"转诊 {referral} 的有效性" in said.output
    for option, code in (("--event", "runs.no_event"), ("--referral", "runs.no_referral")):
        result = tongchou("explain", "--region", county, option, "nobody")
        assert result.exit_code == 1
        assert f"[{code}]" in result.output
        assert "To mend it" in result.output


def test_one_thing_is_asked_for_at_a_time(county: Path) -> None:
    for more in (("--event", "E", "--referral", "R"), ("C", "--event", "E"), ("--member", "H", "--largest", "-1")):
        assert tongchou("explain", "--region", county, *more).exit_code == 2


def test_a_shadow_run_is_questioned_by_its_id(county: Path) -> None:
    record = json.loads(tongchou(*SETTLE, county, "--shadow", "--json").stdout)["record"]
    case = record["summary"]["sample_case"]
    said = tongchou("explain", "--region", county, "--run", record["run_id"], case)
    assert said.exit_code == 0, said.output
    assert "模拟运行，未记账" in said.output
    assert "费率" in said.output
