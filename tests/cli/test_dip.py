"""The DIP commands on a generated region and on files."""

import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.grouping.dip.making import changed_rules
from typer.testing import CliRunner, Result

from tongchou.cli.dip import app
from tongchou.cli.dip_cases import read_lake_cases
from tongchou.grouping.dip.building import build_catalogue
from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.catalogue_folder import read_catalogue
from tongchou.grouping.dip.rules_reading import national_rules
from tongchou.intake import take_in
from tongchou.runs.region import open_region
from tongchou.simulation import generate_region
from tongchou.store.engines import open_engine

CASES = 1_500
FILE = """case_id,diagnoses,procedures,total_fen,discharged_on,discharge_way
1,K35.800|I10.x00x002,47.0100,900000,2025-03-01,1
2,k35.800,４7.0100|,800000,2025-03-02,5
3,J18.900,,300000,2025-03-03,home
4,,,1000,2025-03-04,
"""


def dip(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dip") / "county"
    generate_region(folder, seed=5, cases=CASES)
    region = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], region.lake, engine, lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def built(county: Path) -> Path:
    out = county.parent / "catalogue"
    result = dip("catalogue", "--region", county, "--out", out)
    assert result.exit_code == 0, result.output
    assert "核心病种 / core groups" in result.output
    assert "no policy" in result.output
    return out


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


def _invariants(catalogue: Catalogue, handed: int) -> None:
    groups = catalogue.groups
    cases = int(groups.get_column("cases").sum())
    assert cases + sum(catalogue.ungrouped.values()) == catalogue.case_count == handed
    core = groups.filter(pl.col("kind") == "core")
    assert core.height > 0
    assert core.get_column("cases").min() >= 15
    for level in (1, 2):
        sums = catalogue.tables["aggregates"].filter(pl.col("aggregate_level") == level)
        assert sums.get_column("cases").sum() == cases
        assert sums.get_column("cost_fen").sum() == groups.get_column("cost_fen").sum()


def test_the_catalogue_of_a_generated_region_holds_its_invariants(county: Path, built: Path) -> None:
    cases = read_lake_cases(open_region(county))
    assert cases.get_column("level").null_count() == cases.get_column("drug_fen").null_count() == 0
    _invariants(read_catalogue(built), cases.height)
    neutral = build_catalogue(cases, changed_rules(("total_mean: all_cases ", "total_mean: groups ")))
    _invariants(neutral, cases.height)
    points = sum(score * count for score, count in neutral.groups.select("score_e2", "cases").iter_rows())
    # Half of 0.0001 of RW is half of 10 hundredths of a point.
    assert abs(points - 100_000 * cases.height) <= 5 * cases.height


def test_a_region_is_grouped_as_its_catalogue_counts(county: Path, built: Path, tmp_path: Path) -> None:
    out, clues = tmp_path / "grouped.parquet", tmp_path / "clues.csv"
    result = dip("group", "--region", county, "--catalogue", built, "--out", out, "--watch", clues)
    assert result.exit_code == 0, result.output
    grouped = pl.read_parquet(out)
    counts = dict(grouped.drop_nulls("group").group_by("group").agg(pl.len()).iter_rows())
    assert counts == dict(read_catalogue(built).groups.select("group", "cases").iter_rows())
    assert grouped.filter(pl.col("status") == "grouped").get_column("points_e2").min() > 0
    assert pl.read_csv(clues).get_column("cases").sum() == grouped.height


def test_files_are_mended_and_grouped(file: Path, built: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(national_rules().text.replace("threshold: 15 ", "threshold: 2 "), encoding="utf-8")
    out, grouped = tmp_path / "catalogue", tmp_path / "grouped.csv"
    made = dip("catalogue", file, "--rules", rules, "--out", out, "--json")
    summary = json.loads(made.stdout)
    assert (summary["core_groups"], summary["mixed_groups"], summary["cases"]) == (1, 1, 4)
    assert summary["ungrouped"] == {"no_principal_diagnosis": 1}
    said = dip("group", file, "--catalogue", out, "--out", grouped)
    assert "core 2, mixed 1, no_principal_diagnosis 1" in said.output
    assert pl.read_csv(grouped).get_column("group").to_list()[:2] == ["K35.8:47.01"] * 2
    assert "K35.8:47.01" in dip("group", file, "--catalogue", out, "--explain", "2").output
    assert json.loads(dip("group", file, "--catalogue", out, "--explain", "2", "--json").stdout)["ok"]
    assert dip("group", file, "--catalogue", out, "--explain", "9").exit_code == 1


def test_drift_and_export(built: Path, tmp_path: Path) -> None:
    same = dip("drift", built, built, "--out", tmp_path / "drift.csv")
    assert same.exit_code == 0
    assert "保留 / kept" in same.output
    assert pl.read_csv(tmp_path / "drift.csv").height == read_catalogue(built).groups.height
    assert json.loads(dip("drift", built, built, "--json").stdout)["counts"]["appeared"] == 0
    exported = dip("export", built, "--out", tmp_path / "a.xlsx")
    assert exported.exit_code == 0, exported.output
    assert "核心病种" in openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True).sheetnames


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("case_id,diagnoses\n1,K35.800\n", "dip_cases"),
        (FILE.replace("900000", "nine"), "runs.dip_case_file"),
        (FILE.replace("2025-03-01", "yesterday"), "runs.dip_case_file"),
        (FILE.replace("\n2,", "\n1,"), "occur more than once"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(content: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(content, encoding="utf-8")
    result = dip("catalogue", path, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert words in result.output
    assert not (tmp_path / "out").exists()


def test_a_file_in_another_encoding_or_none_at_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_bytes("case_id,diagnoses\n张三,K35.800\n".encode("gbk"))
    assert "runs.dip_case_file" in dip("catalogue", path, "--out", tmp_path / "out").output
    assert dip("catalogue", tmp_path / "none.csv", "--out", tmp_path / "out").exit_code == 1


def test_wrong_use_exits_with_2(file: Path, built: Path, county: Path, tmp_path: Path) -> None:
    assert dip("catalogue", "--out", tmp_path / "out").exit_code == 2
    assert dip("catalogue", file, "--region", county, "--out", tmp_path / "out").exit_code == 2
    assert dip("group", file, "--catalogue", built).exit_code == 2


@pytest.mark.parametrize("command", ["catalogue", "group", "drift", "export"])
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = dip(command, "--help")
    assert result.exit_code == 0
    assert f"tongchou dip {command}" in result.output
