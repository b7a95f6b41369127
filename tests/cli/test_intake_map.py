"""`tongchou intake map`: proposes, asks, writes, remembers; `tongchou intake PATH` stays what it was."""

import json
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

from tongchou.cli import intake_map
from tongchou.cli.main import app
from tongchou.intake.mappings.mapping_file import read_mapping
from tongchou.intake.mappings.remembering import remembered
from tongchou.intake.readers.mapped_table import READER
from tongchou.intake.readers.reader import ReadingTerms

TABLE = """病案号,姓名,性别,出院日期,总费用（元）,主要诊断编码,其他诊断编码1,其他诊断编码2,杂项
0001,张三丰,男,2025-01-05,"1,234.50",I63.900,I10.x00,,甲乙丙丁
0002,李四光,女,2025-01-06,88.00,J18.900,,E11.900,戊己
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "出院.csv"
    path.write_text(TABLE, encoding="gb18030")
    return path


@pytest.fixture
def region(tmp_path: Path) -> Path:
    folder = tmp_path / "region"
    folder.mkdir()
    (folder / "region.yaml").write_text("id: a\nname: {zh: 甲, en: A}\npack: a\n", encoding="utf-8")
    return folder


def run(*arguments: object, answers: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["intake", *map(str, arguments)], input=answers)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


def test_a_proposal_is_written_and_reads_its_own_file(file: Path) -> None:
    code, output = run("map", file, "--yes")
    mapping = file.with_suffix(".mapping.yaml")
    assert code == 0, output
    assert str(mapping.name) in output.replace("\n", "")
    (batch,) = READER.read(file, file.name, ReadingTerms(mapping=mapping))
    page = batch.frames["settlement_lists"]
    assert page["sex"].to_list() == ["1", "2"]
    assert page["total_fen"].to_list() == ["1234.50", "88.00"]
    assert batch.frames["list_diagnoses"]["code"].to_list() == ["I63.900", "I10.x00", "J18.900", "E11.900"]
    assert batch.transaction == read_mapping(mapping).name
    assert not batch.ignored


def test_nobody_is_named_on_the_screen_or_in_the_mapping(file: Path) -> None:
    _, output = run("map", file, "--yes")
    written = file.with_suffix(".mapping.yaml").read_text(encoding="utf-8")
    for name in ("张三丰", "李四光", "0001", "甲乙丙丁"):
        assert name not in output + written


def test_a_missing_field_is_warned_of(file: Path) -> None:
    _, output = run("map", file, "--yes")
    assert "没有列对应离院方式" in output
    assert "没有列对应病案号" not in output


def test_a_region_remembers_the_mapping_for_the_next_file(file: Path, region: Path, tmp_path: Path) -> None:
    assert remembered(file, region) is None
    code, output = run("map", file, "--region", region, "--yes")
    assert code == 0, output
    following = tmp_path / "下月.csv"
    following.write_text(TABLE.splitlines()[0] + "\n0003,王五,男,2025-02-05,1,I10.x00,,,\n", encoding="utf-8")
    kept = remembered(following, region)
    assert kept is not None
    assert kept.parent == region / "mappings"
    (batch,) = READER.read(following, following.name, ReadingTerms(mapping=kept))
    assert batch.documents.height == 1
    _, again = run("map", file, "--region", region, "--yes")
    assert "将被替换" in again


def test_without_a_terminal_nothing_is_written(file: Path) -> None:
    code, output = run("map", file)
    assert code == 1
    assert "cli.not_confirmed" in output
    assert not file.with_suffix(".mapping.yaml").exists()


def test_at_a_terminal_uncertain_columns_are_asked_for(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_map, "_has_terminal", lambda: True)
    file.write_text(TABLE.replace("病案号", "编号甲").replace("性别", "乙"), encoding="utf-8")
    # 编号甲: first a field that there is not, then the right one; 乙: the guess is accepted; 杂项: nothing.
    code, output = run("map", file, answers="nothing.such\nsettlement_lists.case_number\n\n-\n")
    assert code == 0, output
    assert "没有字段 / no such field: nothing.such" in output
    mapping = read_mapping(file.with_suffix(".mapping.yaml"))
    held = {column.source: column.column for column in mapping.columns}
    assert (held["编号甲"], held["乙"]) == ("case_number", "sex")
    assert mapping.ignored == {"杂项"}


def test_json_tells_the_columns(file: Path) -> None:
    code, output = run("map", file, "--yes", "--json")
    told = json.loads(output)
    assert code == 0
    assert told["ok"]
    by_column = {each["column"]: each for each in told["columns"]}
    assert by_column["姓名"]["field"] == "settlement_lists.person_name"
    assert by_column["姓名"]["samples"] == ["张***", "李***"]
    assert by_column["其他诊断编码{1-2}"]["place"] == "n"


def test_a_sheet_below_titles_is_mapped_and_found_again(tmp_path: Path, region: Path) -> None:
    file = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(file)
    book.add_worksheet("说明").write(0, 0, "见下表")
    sheet = book.add_worksheet("病人")
    for number, row in enumerate([["一览", ""], ["住院号", "性别"], ["7", "男"]]):
        sheet.write_row(number, 0, row)
    book.close()
    code, output = run("map", file, "--sheet", "病人", "--header-row", 2, "--region", region, "--yes", "--name", "own")
    assert code == 0, output
    kept = remembered(file, region)
    assert kept is not None
    (batch,) = READER.read(file, "a.xlsx", ReadingTerms(mapping=kept))
    assert batch.frames["settlement_lists"].select("case_number", "sex").rows() == [("7", "1")]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["map", "nowhere.csv"], 2, "找不到文件"),
        (["map", __file__, "--document", "claim"], 2, "front_page"),
        (["map", __file__, "--region", "nowhere", "--yes"], 1, "runs.no_region"),
        (["nowhere", "--region", "nowhere"], 1, "runs.no_region"),
        (["files", "nowhere", "--region", "nowhere"], 1, "runs.no_region"),
        (["--region", "nowhere", "nowhere"], 1, "runs.no_region"),
        (["--help"], 0, "map"),
    ],
)
def test_paths_and_commands_are_told_apart(arguments: list[str], code: int, says: str) -> None:
    exit_code, output = run(*arguments)
    assert exit_code == code, output
    assert says in output


def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"PK nothing")
    code, output = run("map", file, "--yes")
    assert code == 1
    assert "intake.not_a_workbook" in output
