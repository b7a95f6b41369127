"""The commands as a user types them: answers, exit status, sentences instead of tracebacks."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tongchou.cli.main import app

CASE_FILE = """case_id,sex,age_years,age_days,birth_weight_g,diagnoses,procedures
1,1,69,,,J18.900|I10.x00x002,
2,2,30,,,o80.000,
3,2,0,3,,P07.300x011,
"""


def tongchou(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "county"
    result = tongchou("demo", "--cases", "300", "--folder", folder)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text(CASE_FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("demo",),
        ("intake",),
        ("group",),
        ("settle",),
        ("explain",),
        ("region", "generate"),
        ("what-if",),
        ("scheme", "import"),
        ("scheme", "list"),
        ("scheme", "show"),
        ("scheme", "check"),
        ("scheme", "compare"),
        ("scheme", "export"),
        ("scheme", "template"),
        ("weights", "import"),
        ("ledger", "verify"),
        ("ledger", "balance"),
        ("ledger", "export"),
    ],
)
def test_every_command_explains_itself_with_an_example(command: tuple[str, ...]) -> None:
    result = tongchou(*command, "--help")
    assert result.exit_code == 0
    assert not command or "tongchou " + " ".join(command) in result.output


def test_the_demo_prints_the_settlement_and_where_to_look_further(county: Path) -> None:
    result = tongchou("demo", "--cases", "300", "--folder", county)
    assert result.exit_code == 0
    for words in ("预算 / budget", "结余", "清算应付", "搁置的行", "statements", "report.html", "tongchou explain"):
        assert words in result.output


def test_the_demo_refuses_to_replace_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("x", encoding="utf-8")
    result = tongchou("demo", "--cases", "10", "--folder", tmp_path)
    assert result.exit_code == 1
    assert "cli.folder_in_use" in result.output
    assert (tmp_path / "precious.txt").exists()


def test_a_settlement_can_be_questioned_as_text_and_as_json(county: Path) -> None:
    settled = json.loads(tongchou("settle", "--region", county, "--period", "2025", "--json").stdout)
    case = settled["record"]["summary"]["sample_case"]
    said = tongchou("explain", "--region", county, case)
    assert said.exit_code == 0
    assert "费率" in said.output
    assert "Base rate" in said.output
    answer = json.loads(tongchou("explain", "--region", county, case, "--json").stdout)
    assert answer["format"] == "tongchou.explanation/1"
    member = tongchou("explain", "--region", county, "--member", "H00000000001", "--language", "en")
    assert "due at clearing" in member.output
    assert "清算应付" not in member.output


def test_the_ledger_is_verified_balanced_and_exported(county: Path, tmp_path: Path) -> None:
    assert json.loads(tongchou("ledger", "verify", "--region", county, "--json").stdout)["sum_fen"] == 0
    on = json.loads(tongchou("ledger", "balance", "--region", county, "--on", "2025-06-30", "--json").stdout)
    assert sum(on["balances_fen"].values()) == 0
    assert tongchou("ledger", "export", "--region", county, "--out", tmp_path / "j.csv").exit_code == 0
    assert (tmp_path / "j.csv").read_text(encoding="utf-8").startswith('"entry_id"')


def test_intake_of_the_same_files_again_is_recognised(county: Path) -> None:
    result = tongchou("intake", county / "landing", "--region", county)
    assert result.exit_code == 0


def test_a_case_file_is_grouped_in_order_with_codes_mended(case_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    result = tongchou("group", case_file, "--scheme", "chs-drg-category", "--out", out)
    assert result.exit_code == 1  # the newborn has no weight
    rows = [line.replace('"', "").split(",") for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row[0] for row in rows] == ["case_id", "1", "2", "3"]
    assert [row[1] for row in rows[1:]] == ["grouped", "grouped", "invalid"]
    assert rows[1][3] == "ES3"
    assert rows[2][2] == "MDCO"


def test_grouping_gives_parquet_and_json_too(case_file: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    out = tmp_path / "out.parquet"
    result = tongchou("group", case_file, "--scheme", "chs-drg-category", "--out", out, "--json")
    assert json.loads(result.stdout)["status"] == {"grouped": 2, "invalid": 1}
    assert pq.read_table(out)["case_id"].to_pylist() == ["1", "2", "3"]


def test_one_case_of_a_file_is_explained(case_file: Path) -> None:
    result = tongchou("group", case_file, "--scheme", "chs-drg-category", "--explain", "1")
    assert result.exit_code == 0
    assert "ES3" in result.output


def test_schemes_are_listed_and_shown_with_their_notice() -> None:
    assert "chs-drg-category" in tongchou("scheme", "list").output
    shown = tongchou("scheme", "show", "chs-drg-category")
    assert "不得用于医保支付" in shown.output.replace("\n", "")
    assert json.loads(tongchou("scheme", "show", "chs-drg-category", "--json").stdout)["drg"] == 628


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("settle", "--region", "/nowhere", "--period", "2025"), "runs.no_region"),
        (("intake", "/nowhere.csv", "--region", "{county}"), "intake."),
        (("settle", "--region", "{county}", "--period", "25"), "runs.period"),
        (("settle", "--region", "{county}", "--period", "2025", "--engine", "excel"), "store.unknown_engine"),
        (("settle", "--region", "{county}", "--period", "2025", "--scheme", "x"), "grouping.no_scheme"),
        (("settle", "--region", "{county}", "--period", "2025", "--policy", "/nowhere"), "policy.no_pack"),
        (("explain", "--region", "{county}", "nobody"), "runs.no_case"),
        (("explain", "--region", "{county}", "x", "--run", "y"), "runs.no_run"),
        (("group", "/nowhere.csv", "--scheme", "chs-drg-category", "--out", "o.csv"), "grouping.case_file"),
        (("scheme", "import", "/nowhere", "--name", "x"), "grouping.import_file"),
    ],
)
def test_problems_are_sentences_in_both_languages_with_exit_status_1(
    county: Path, arguments: tuple[str, ...], code: str
) -> None:
    result = tongchou(*(each.format(county=county) for each in arguments))
    assert result.exit_code == 1, result.output
    assert f"[{code}" in result.output
    assert "请" in result.output
    assert "To mend it" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [("settle",), ("explain", "--region", "{county}"), ("group", "{county}", "--scheme", "chs-drg-category"), ("no",)],
)
def test_wrong_use_exits_with_2(county: Path, arguments: tuple[str, ...]) -> None:
    assert tongchou(*(each.format(county=county) for each in arguments)).exit_code == 2


def test_a_weight_table_is_loaded_or_refused_whole(county: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("drg,weight\nES35,0.5\n", encoding="utf-8")
    bad.write_text("drg,weight\nES35,0\n", encoding="utf-8")
    assert tongchou("weights", "import", good, "--region", county, "--name", "w").exit_code == 0
    assert tongchou("weights", "import", bad, "--region", county, "--name", "v").exit_code == 1
    assert [path.name for path in (county / "weights").iterdir()] == ["w.csv"]
