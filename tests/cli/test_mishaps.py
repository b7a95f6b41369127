"""What goes wrong at the edge: names that are paths, folders that are precious, disks that refuse, odd characters."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.test_commands import CASE_FILE, tongchou

from tongchou.cli import settlement
from tongchou.core.text import Text
from tongchou.runs.record import RunRecord, read_record
from tongchou.runs.region import Region, open_region

GENERATED = "id: x\nname: {zh: 云, en: Y}\npack: x\n"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mishaps") / "county"
    result = tongchou("demo", "--cases", "200", "--folder", folder)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def record(county: Path) -> RunRecord:
    return read_record(next((county / "runs").glob("*/run.json")).parent)


@pytest.fixture
def copied(county: Path, tmp_path: Path) -> Path:
    return shutil.copytree(county, tmp_path / "copied")


def _shown(region: Region, record: RunRecord, capsys: pytest.CaptureFixture[str]) -> str:
    settlement.show_run(region, record)
    return capsys.readouterr().out


def test_the_demo_does_not_delete_a_real_region(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text(GENERATED, encoding="utf-8")
    (tmp_path / "lake").mkdir()
    result = tongchou("demo", "--cases", "10", "--folder", tmp_path)
    assert result.exit_code == 1
    assert "cli.folder_in_use" in result.output
    assert (tmp_path / "lake").is_dir()


@pytest.mark.parametrize("names", [("landing", "policy"), ("landing", "truths.parquet", "lake"), ("landing", "notes")])
def test_the_demo_does_not_delete_what_a_generator_does_not_leave(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).mkdir()
    assert tongchou("demo", "--cases", "10", "--folder", tmp_path).exit_code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_the_demo_replaces_a_half_generated_county(copied: Path) -> None:
    for name in ("lake", "runs"):
        shutil.rmtree(copied / name)
    (copied / "region.yaml").unlink()
    result = tongchou("demo", "--cases", "200", "--folder", copied)
    assert result.exit_code == 0, result.output


def test_names_from_data_are_printed_as_they_are_written(
    county: Path, record: RunRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    name = Text("[red]甲[/]:x:", "[/dim]:smile:")
    institutions = tuple(replace(each, name=name) for each in record.summary.institutions)
    alliances = tuple(replace(each, name=Text.plain("[/b]盟")) for each in record.summary.alliances)
    odd = replace(record, summary=replace(record.summary, institutions=institutions, alliances=alliances))
    output = _shown(replace(open_region(county), folder=county.parent / "[a]"), odd, capsys)
    for words in ("[red]甲[/]:x:", "[/dim]:smile:", "[/b]盟", "[a]"):
        assert words in output


def test_a_run_shows_where_its_record_says_the_statements_are(
    county: Path, record: RunRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    region = open_region(county)
    folder = region.run_folder(record.run_id)
    assert all((folder / name).is_file() for name in record.file_hashes)
    files = (
        "A1/report.html",
        "A1/statements/甲.xlsx",
        "A1/statements/乙.xlsx",
        "A2/report.html",
        "A2/statements/丙.xlsx",
    )
    output = _shown(region, replace(record, file_hashes=dict.fromkeys(files, "")), capsys)
    for words in ("A1/report.html", "A2/report.html", "A1/statements (2)", "A2/statements (1)"):
        assert f"{folder}/{words}" in output
    assert f"{folder}/report.html" not in output
    assert f"{folder}/statements" not in output


def test_the_demo_opens_the_page_that_was_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    result = tongchou("demo", "--cases", "100", "--folder", tmp_path / "c", "--open")
    assert result.exit_code == 0, result.output
    pages = [path.resolve().as_uri() for path in (tmp_path / "c" / "runs").glob("*/report.html")]
    assert opened == pages != []


def test_a_record_that_cannot_be_read_says_what_to_remove(copied: Path) -> None:
    run = next((copied / "runs").glob("*/run.json"))
    run.write_bytes(run.read_bytes()[:500])
    result = tongchou("settle", "--region", copied, "--period", "2025", "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["ok"], answer["code"]) == (1, False, "runs.bad_record")
    shutil.rmtree(run.parent)
    assert tongchou("settle", "--region", copied, "--period", "2025").exit_code == 0


@pytest.mark.parametrize("out", ["{0}/none/out.csv", "{0}/none/out.parquet", "{0}/cases.csv/out.csv"])
def test_a_result_that_cannot_be_written_is_a_sentence_with_the_path(tmp_path: Path, out: str) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text(CASE_FILE, encoding="utf-8")
    place = out.format(tmp_path)
    result = tongchou("group", cases, "--scheme", "chs-drg-category", "--out", place)
    assert result.exit_code == 1
    assert "[cli.disk]" in result.output
    assert place in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["cases.csv"]


def test_a_journal_that_cannot_be_written_is_a_sentence_with_the_path(county: Path, tmp_path: Path) -> None:
    result = tongchou("ledger", "export", "--region", county, "--out", tmp_path / "none" / "j.csv")
    assert result.exit_code == 1
    assert "[cli.disk]" in result.output
    assert str(tmp_path / "none" / "j.csv") in result.output
    assert "No such file or directory" in result.output


@pytest.mark.parametrize("name", ["a/b", "../x", "..", ".w", ""])
def test_a_weight_table_is_not_loaded_under_a_name_that_is_a_path(county: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "w.csv").write_text("drg,weight\nES35,0.5\n", encoding="utf-8")
    result = tongchou("weights", "import", tmp_path / "w.csv", "--region", county, "--name", name)
    assert result.exit_code == 1
    assert "[cli.weight_name]" in result.output
    assert not (county / "weights").exists()


def test_a_weight_table_in_gb18030_is_kept_in_utf_8(copied: Path, tmp_path: Path) -> None:
    table = tmp_path / "w.csv"
    table.write_bytes("drg,weight,name\r\nES35,0.5,肺炎\r\n".encode("gb18030"))
    assert tongchou("weights", "import", table, "--region", copied, "--name", "w").exit_code == 0
    assert "ES35,0.5,肺炎" in (copied / "weights" / "w.csv").read_text(encoding="utf-8")
    table.write_bytes(b"drg,weight\nES35,0.5,\xff\xff\n")
    result = tongchou("weights", "import", table, "--region", copied, "--name", "v")
    assert result.exit_code == 1
    assert "[cli.weight_encoding]" in result.output


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "-1", "x"])
def test_a_weight_that_is_no_positive_number_is_refused(county: Path, tmp_path: Path, weight: str) -> None:
    (tmp_path / "w.csv").write_text(f"drg,weight\nES35,{weight}\n", encoding="utf-8")
    result = tongchou("weights", "import", tmp_path / "w.csv", "--region", county, "--name", "w")
    assert result.exit_code == 1
    assert "[payment.weight_table]" in result.output


def test_json_says_not_ok_exactly_when_the_exit_status_is_1(copied: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text(CASE_FILE, encoding="utf-8")
    group = ("group", cases, "--scheme", "chs-drg-category", "--out", tmp_path / "o.csv", "--json")
    invalid = tongchou(*group)
    assert (invalid.exit_code, json.loads(invalid.stdout)["ok"]) == (1, False)
    cases.write_text("".join(CASE_FILE.splitlines(keepends=True)[:3]), encoding="utf-8")
    valid = tongchou(*group)
    assert (valid.exit_code, json.loads(valid.stdout)["ok"]) == (0, True)
    handed_in = tmp_path / "institutions.csv"
    handed_in.write_text("institution_id\nH1\n", encoding="utf-8")
    for files in (copied / "landing", handed_in):
        result = tongchou("intake", files, "--region", copied, "--json")
        answer = json.loads(result.stdout)
        assert answer["ok"] is (result.exit_code == 0)
        assert list(answer) == sorted(answer)


def test_intake_of_rows_that_are_set_aside_is_not_ok(copied: Path, tmp_path: Path) -> None:
    shutil.rmtree(copied / "lake")
    import polars as pl

    cases = pl.read_parquet(copied / "landing" / "cases.parquet")
    cases.with_columns(sex=pl.lit("no sex at all")).write_parquet(copied / "landing" / "cases.parquet")
    result = tongchou("intake", copied / "landing", "--region", copied, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["ok"] is False


def test_an_unknown_language_is_wrong_use(county: Path) -> None:
    assert tongchou("explain", "--region", county, "x", "--language", "fr").exit_code == 2


def test_spark_without_java_is_a_sentence(county: Path) -> None:
    pytest.importorskip("pyspark")
    environment = {key: value for key, value in os.environ.items() if key != "SPARK_REMOTE"}
    program = "from tongchou.cli.main import main; main()"
    options = ("--region", str(county), "--period", "2025", "--engine", "spark")
    result = subprocess.run(
        [sys.executable, "-c", program, "settle", *options],
        env=environment | {"JAVA_HOME": str(county / "no-java")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "[store.no_spark]" in result.stderr
    assert "Traceback" not in result.stderr
