"""`tongchou policy` as an officer types it."""

import json
from pathlib import Path

import pytest
from tests.runs.agreeing import write_alliance, write_institution, write_pack, write_values
from typer.testing import CliRunner, Result

from tongchou.cli.main import app
from tongchou.runs.region import Region, open_region

CITY = {"id": "shore", "level": "city", "parent": "national"}


def policy(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["policy", *(str(each) for each in arguments)])


@pytest.fixture
def shore(tmp_path: Path) -> Path:
    """The pack of an invented city."""
    folder = write_pack(tmp_path / "shore", CITY, {"settlement/prepay_ratio": "0.9"})
    write_values(folder, {"payment/drg/low/threshold": "0.4"}, more=", review_by: 2025-06-30")
    return folder


@pytest.fixture
def region(tmp_path: Path) -> Region:
    """A region's folder with packs of an alliance and a hospital, without data."""
    folder = tmp_path / "county"
    write_pack(folder / "policy", {"id": "cove", "level": "county", "parent": "demo_city"}, {})
    (folder / "region.yaml").write_text("{id: cove, name: {zh: 湾, en: Cove}, pack: cove}", encoding="utf-8")
    opened = open_region(folder)
    write_alliance(opened, "east", {"alliance/quality/score": "91", "settlement/prepay_ratio": "0.90"})
    write_institution(opened, "H1", {"settlement/prepay_ratio": "0.8"}, parent="east")
    return opened


@pytest.mark.parametrize("command", [(), ("lint",), ("show",), ("diff",), ("history",)])
def test_help_is_in_both_languages_with_an_example(command: tuple[str, ...]) -> None:
    result = policy(*command, "--help")
    assert result.exit_code == 0
    assert " / " in result.output
    if command:
        assert f"tongchou policy {command[0]}" in result.output
        assert "例 / example" in result.output


def test_lint_prints_what_matters_counts_hints_and_exits_0_without_errors(shore: Path) -> None:
    result = policy("lint", shore, "--on", "2025-07-01")
    assert result.exit_code == 0
    assert "[警告 review_missed] 自 2025-01-01 起的值应在 2025-06-30 前复核，2025-07-01 仍在使用" in result.output
    assert "[warning review_missed]" in result.output
    assert "警告 / warning 1" in result.output
    assert "no_document_number" not in result.output
    assert "no_document_number" in policy("lint", shore, "--on", "2025-07-01", "--hints").output
    assert "警告 / warning 0" in policy("lint", shore, "--on", "2025-06-30").output


def test_lint_exits_1_at_an_error(shore: Path) -> None:
    write_values(shore, {"settlement/prepay_ratio": "95"})
    result = policy("lint", shore)
    assert result.exit_code == 1
    assert "[错误 policy.out_of_bounds]" in result.output
    found = policy("lint", shore, "--json")
    assert found.exit_code == 1
    content = json.loads(found.stdout)
    assert (content["ok"], content["counts"]["error"]) == (False, 1)
    assert content["findings"][0]["check"] == "policy.out_of_bounds"
    assert content["findings"][0]["remedy"]["en"].startswith("check unit and value")


def test_lint_of_a_region_examines_the_packs_of_its_alliances_and_hospitals(region: Region) -> None:
    result = policy("lint", "--region", region.folder, "--json")
    assert result.exit_code == 0
    places = {each["where"] for each in json.loads(result.stdout)["findings"]}
    assert any("alliances/east/parameters" in each for each in places)
    assert any("institutions/H1/parameters" in each for each in places)
    write_institution(region, "H1", {"payment/drg/weights/min_cases": "9"}, parent="east")
    refused = policy("lint", "--region", region.folder)
    assert refused.exit_code == 1
    assert "[错误 runs.agreement_unread]" in refused.output


def test_lint_without_anything_to_examine_is_wrong_use() -> None:
    result = policy("lint")
    assert result.exit_code == 2
    assert "--region" in result.output


def test_lint_of_a_folder_that_is_no_pack_is_a_finding(tmp_path: Path) -> None:
    result = policy("lint", tmp_path)
    assert result.exit_code == 1
    assert "policy.no_pack" in result.output


def test_show_names_value_pack_day_source_and_what_is_hidden(region: Region) -> None:
    found = policy("show", "settlement/prepay_ratio", "--region", region.folder, "--pack", "H1", "--on", "2025-12-31")
    assert found.exit_code == 0
    for said in ("0.8", "H1约定", "2025-01-01", "(0.90)", "(east约定", "(0.95)", "demo_city"):
        assert said in found.output
    content = policy(
        "show", "settlement", "--region", region.folder, "--pack", "H1", "--on", "2025-12-31", "--json"
    ).stdout
    ratio = next(each for each in json.loads(content)["parameters"] if each["name"] == "settlement/prepay_ratio")
    answers = [ratio["answer"], *ratio["above"]]
    assert [(each["pack"], each["level"], each["value"]) for each in answers] == [
        ("H1", "hospital", "0.8"),
        ("east", "alliance", "0.90"),
        ("demo_city", "city", "0.95"),
    ]
    assert (ratio["answer"]["from"], ratio["until"], ratio["unit"]) == ("2025-01-01", None, "ratio")


def test_show_of_the_region_starts_at_its_own_pack(region: Region) -> None:
    content = json.loads(policy("show", "settlement/prepay_ratio", "--region", region.folder, "--json").stdout)
    assert (content["pack"], content["parameters"][0]["answer"]["value"]) == ("cove", "0.95")


def test_show_before_the_first_value_says_that_there_is_none() -> None:
    before = policy("show", "settlement/prepay_ratio", "--pack", "demo_city", "--on", "2022-12-31")
    assert before.exit_code == 0
    assert "没有值 / no value" in before.output


def test_show_marks_a_value_past_its_review(shore: Path) -> None:
    arguments = ("show", "payment/drg/low/threshold", "--pack", shore, "--json", "--on")
    for on, missed in (("2025-06-30", False), ("2025-07-01", True)):
        answer = json.loads(policy(*arguments, on).stdout)["parameters"][0]["answer"]
        assert (answer["review_by"], answer["review_missed"]) == ("2025-06-30", missed)


def test_show_reads_a_pack_together_with_the_one_above_it(tmp_path: Path) -> None:
    province = write_pack(
        tmp_path / "p", {"id": "p", "level": "province", "parent": "national"}, {"settlement/prepay_ratio": "0.7"}
    )
    city = write_pack(tmp_path / "c", {"id": "c", "level": "city", "parent": "p"}, {})
    alone = policy("show", "settlement/prepay_ratio", "--pack", city)
    assert alone.exit_code == 1
    assert "policy.unknown_parent" in alone.output
    both = policy("show", "settlement/prepay_ratio", "--pack", city, "--with", province, "--json")
    assert json.loads(both.stdout)["parameters"][0]["answer"]["pack"] == "p"


@pytest.mark.parametrize("command", [("show", "settlement/prepay_rati"), ("history", "settlement/prepay_rati")])
def test_an_unknown_name_is_a_sentence_with_similar_ones(command: tuple[str, str]) -> None:
    result = policy(*command, "--pack", "demo_city")
    assert result.exit_code == 1
    assert "[policy.unknown_parameter]" in result.output
    assert "settlement/prepay_ratio" in result.output
    as_json = json.loads(policy(*command, "--pack", "demo_city", "--json").stdout)
    assert (as_json["ok"], as_json["code"]) == (False, "policy.unknown_parameter")


@pytest.mark.parametrize("command", [("show",), ("history", "settlement/prepay_ratio")])
def test_a_command_without_a_policy_is_wrong_use(command: tuple[str, ...]) -> None:
    result = policy(*command)
    assert result.exit_code == 2
    assert "--region" in result.output


@pytest.mark.parametrize("side", ["nowhere", "national@2025-12-31x"])
def test_a_side_that_is_none_is_refused(side: str) -> None:
    result = policy("diff", "demo_city", side)
    assert result.exit_code == (2 if "@" in side else 1)
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_diff_shows_what_changed_came_and_went(shore: Path) -> None:
    result = policy("diff", "national", shore, "--on", "2025-12-31", "--json")
    found = {each["name"]: each for each in json.loads(result.stdout)["differences"]}
    assert {name: each["change"] for name, each in found.items()} == {
        "payment/drg/low/threshold": "changed",
        "settlement/prepay_ratio": "added",
    }
    low = found["payment/drg/low/threshold"]
    assert (low["left"]["value"], low["right"]["value"]) == ("0.3", "0.4")
    back = json.loads(policy("diff", shore, "national", "--on", "2025-12-31", "--json").stdout)["differences"]
    assert [each["change"] for each in back] == ["changed", "removed"]
    shown = policy("diff", "national", shore, "--on", "2025-12-31").output
    for said in ("改变 / changed", "新增 / added", "2 项不同 / parameters differ"):
        assert said in shown


def test_diff_of_two_days_and_of_two_packs_of_a_region(shore: Path, region: Region) -> None:
    days = json.loads(policy("diff", f"{shore}@2024-12-31", f"{shore}@2025-01-01", "--json").stdout)["differences"]
    assert [(each["name"], each["change"]) for each in days] == [
        ("payment/drg/low/threshold", "changed"),
        ("settlement/prepay_ratio", "added"),
    ]
    packs = policy("diff", region.folder, "H1", "--region", region.folder, "--on", "2025-12-31", "--json")
    found = json.loads(packs.stdout)["differences"]
    assert [(each["name"], each["change"]) for each in found] == [
        ("alliance/quality/score", "added"),
        ("settlement/prepay_ratio", "changed"),
    ]


def test_history_lists_every_pack_and_what_counts(region: Region) -> None:
    arguments = ("history", "settlement/prepay_ratio", "--region", region.folder, "--pack", "H1")
    content = json.loads(policy(*arguments, "--json").stdout)
    assert [(each["pack"], each["from"], each["value"]) for each in content["written"]] == [
        ("H1", "2025-01-01", "0.8"),
        ("east", "2025-01-01", "0.90"),
        ("demo_city", "2023-01-01", "0.95"),
    ]
    assert [(each["from"], each["until"], each["answer"]["value"]) for each in content["answers"]] == [
        ("2023-01-01", "2024-12-31", "0.95"),
        ("2025-01-01", None, "0.8"),
    ]
    shown = policy(*arguments).output
    for said in ("各级所写 / as written", "实际适用 / what counts", "约定 / agreed", "2024-12-31"):
        assert said in shown


def test_a_region_with_a_pack_that_would_not_be_read_is_not_shown(region: Region) -> None:
    write_institution(region, "H2", {"payment/drg/weights/min_cases": "9"})
    result = policy("show", "--region", region.folder)
    assert result.exit_code == 1
    assert "[runs.agreement_unread]" in result.output
