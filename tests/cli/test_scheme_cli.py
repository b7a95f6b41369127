"""Schemes from the command line: in from workbooks and folders, looked at, checked, compared, out again."""

import json
from pathlib import Path

import pytest
from tests.cli.test_commands import tongchou
from tests.grouping.conftest import TINY, write_scheme

CASES = """case_id,sex,age_years,age_days,birth_weight_g,diagnoses,procedures
1,1,69,,,J15.900|I10.x00,
2,2,30,,,J12.000,33.5100
"""


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGCHOU_HOME", str(tmp_path / "home"))


@pytest.fixture
def tiny_scheme(tmp_path: Path) -> Path:
    return write_scheme(tmp_path / "tiny")


def test_a_scheme_s_folder_is_imported_listed_and_shown(tiny_scheme: Path) -> None:
    answer = json.loads(tongchou("scheme", "import", tiny_scheme, "--name", "mine", "--json").stdout)
    assert (answer["ok"], answer["name"], answer["mdc"], answer["adrg"], answer["drg"]) == (True, "mine", 4, 6, 9)
    listed = json.loads(tongchou("scheme", "list", "--json").stdout)["schemes"]
    assert set(listed) == {"chs-drg-category", "mine"}
    assert "chs-drg-category" in tongchou("scheme", "list").output
    shown = json.loads(tongchou("scheme", "show", "mine", "--json").stdout)
    assert shown["fingerprint"] == answer["fingerprint"]
    assert "仅供测试" in tongchou("scheme", "show", "mine").output


def test_a_scheme_that_is_exported_and_imported_again_is_the_same(tiny_scheme: Path, tmp_path: Path) -> None:
    book = tmp_path / "tiny.xlsx"
    exported = tongchou("scheme", "export", tiny_scheme, "--out", book, "--json")
    assert (exported.exit_code, json.loads(exported.stdout)["out"]) == (0, str(book))
    assert tongchou("scheme", "import", book, "--name", "tiny").exit_code == 0
    fingerprints = {
        json.loads(tongchou("scheme", "show", name, "--json").stdout)["fingerprint"] for name in ("tiny", tiny_scheme)
    }
    assert len(fingerprints) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "tiny", "tiny.xlsx"]


def test_a_blank_workbook_is_written(tmp_path: Path) -> None:
    assert tongchou("scheme", "template", "--out", tmp_path / "blank.xlsx", "--base", "tiny").exit_code == 0
    assert (tmp_path / "blank.xlsx").read_bytes()[:2] == b"PK"


@pytest.mark.parametrize("command", [("template",), ("export", "chs-drg-category")])
def test_only_workbooks_are_written(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert tongchou("scheme", *command, "--out", tmp_path / "blank.csv").exit_code == 2
    result = tongchou("scheme", *command, "--out", tmp_path / "none" / "blank.xlsx")
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_groups_are_found_by_name_and_lists_by_code(tiny_scheme: Path) -> None:
    by_name = json.loads(tongchou("scheme", "show", tiny_scheme, "--search", "肺炎", "--json").stdout)
    assert [group["code"] for group in by_name["groups"]] == ["ES1", "ES11", "ES13", "ES15"]
    by_code = json.loads(tongchou("scheme", "show", tiny_scheme, "--search", "J15.900", "--json").stdout)
    assert [(each["list"], each["takes"]) for each in by_code["lists"]] == [
        ("MDCE dx", True),
        ("EB1 dx", True),
        ("ES1 dx", True),
    ]
    by_prefix = json.loads(tongchou("scheme", "show", tiny_scheme, "--search", "j1", "--json").stdout)
    assert by_prefix["lists"] == [{"kind": "dx", "list": "ES1 dx", "takes": False, "patterns": ["J12-J18"]}]
    assert json.loads(tongchou("scheme", "show", tiny_scheme, "--search", " ", "--json").stdout)["groups"] == []
    assert "J12-J18" in tongchou("scheme", "show", tiny_scheme, "--search", "J12").output


def test_a_check_says_what_is_wrong_and_exits_with_1_if_there_are_errors(tiny_scheme: Path, tmp_path: Path) -> None:
    answer = tongchou("scheme", "check", tiny_scheme, "--json")
    findings = json.loads(answer.stdout)["findings"]
    assert (answer.exit_code == 1) == any(finding["severity"] == "error" for finding in findings)
    unreachable = write_scheme(tmp_path / "no", adrg_codes_csv=TINY["adrg_codes.csv"].replace("J12-J18 !J17", "Q00"))
    result = tongchou("scheme", "check", unreachable)
    assert result.exit_code == 1
    assert "ES1" in result.output
    assert "To mend it" in result.output


def test_a_check_with_weights_misses_those_that_are_not_there(tiny_scheme: Path, tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("drg,weight\nES13,0.8\nXX19,1\n", encoding="utf-8")
    output = tongchou("scheme", "check", tiny_scheme, "--weights", tmp_path / "w.csv").output
    assert "XX19" in output
    assert "XX19" not in tongchou("scheme", "check", tiny_scheme).output


def test_a_workbook_can_be_checked_before_it_is_imported(tiny_scheme: Path, tmp_path: Path) -> None:
    tongchou("scheme", "export", tiny_scheme, "--out", tmp_path / "tiny.xlsx")
    of_book, of_folder = (
        json.loads(tongchou("scheme", "check", place, "--json").stdout)["findings"]
        for place in (tmp_path / "tiny.xlsx", tiny_scheme)
    )
    assert of_book == of_folder


def test_two_schemes_are_compared_on_the_same_cases(tiny_scheme: Path, tmp_path: Path) -> None:
    other = write_scheme(tmp_path / "other", cc_csv="exclusion,codes\n")
    (tmp_path / "cases.csv").write_text(CASES, encoding="utf-8")
    compare = ("scheme", "compare", tiny_scheme, other, "--cases", tmp_path / "cases.csv")
    answer = json.loads(tongchou(*compare, "--json").stdout)
    assert answer["overall"] == {
        "cases": 2,
        "agreed": {"status": 2, "mdc": 2, "adrg": 2, "drg": 1},
        "share": {"status": "1.0000", "mdc": "1.0000", "adrg": "1.0000", "drg": "0.5000"},
    }
    assert answer["by_mdc"]["MDCE"]["cases"] == 1
    (difference,) = answer["disagreements"]
    assert (difference["first"]["drg"], difference["second"]["drg"], difference["cases"]) == ("ES13", "ES15", 1)
    shown = tongchou(*compare).output
    assert "0.5000" in shown
    assert "ES1 ES15" in shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("import", "/nowhere", "--name", "x"), "grouping.import_file"),
        (("import", "/nowhere.xlsx", "--name", "x"), "grouping.workbook_file"),
        (("import", "{tiny}", "--name", "../x"), "grouping.scheme_name"),
        (("show", "nobody"), "grouping.no_scheme"),
        (("check", "nobody"), "grouping.no_scheme"),
        (("check", "{tiny}", "--codes", "nobody"), "grouping.no_code_set"),
        (("export", "nobody", "--out", "x.xlsx"), "grouping.no_scheme"),
        (("compare", "{tiny}", "nobody", "--cases", "/nowhere.csv"), "grouping.no_scheme"),
        (("compare", "{tiny}", "{tiny}", "--cases", "/nowhere.csv"), "grouping.case_file"),
    ],
)
def test_problems_are_sentences_in_both_languages(tiny_scheme: Path, arguments: tuple[str, ...], code: str) -> None:
    result = tongchou("scheme", *(each.format(tiny=tiny_scheme) for each in arguments))
    assert result.exit_code == 1, result.output
    assert f"[{code}]" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", [("template",), ("export", "chs-drg-category")])
def test_a_workbook_that_the_disk_refuses_is_told_as_a_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = tongchou("scheme", *command, "--out", tmp_path / "nowhere" / "book.xlsx", "--json")
    assert (result.exit_code, json.loads(result.stdout)["code"]) == (1, "cli.disk")
