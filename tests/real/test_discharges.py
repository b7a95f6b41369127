"""The 1,000 real discharges: parity of groups with published results, and the whole line on real input."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.runs.record import RunRecord, read_record
from tongchou.runs.region import open_region
from tongchou.schema.results import GROUPED
from tongchou.store.engines import open_engine

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
LIST = SHARED / "discharges" / "cn_inpatient_1000.csv"
EXPECTED = SHARED / "discharges" / "cn_inpatient_expected_chs_drg_1.1_first_500.csv"
WEIGHTS = SHARED / "chs-drg" / "local-weights-2024.csv"

pytestmark = pytest.mark.skipif(not LIST.is_file(), reason="the real discharges are not on this machine")


def _tongchou(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real") / "region"


@pytest.fixture(scope="module")
def record(folder: Path) -> RunRecord:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGCHOU_HOME", str(folder.parent / "home"))
        _tongchou("scheme", "import", SHARED / "chs-drg" / "chs-drg-1.1", "--name", "chs-drg-1.1")
        _make_region(folder)
        _tongchou("intake", folder / "landing", "--region", folder)
        _tongchou("settle", "--region", folder, "--period", "2024", "--scheme", "chs-drg-1.1")
        _tongchou("ledger", "verify", "--region", folder)
        (run,) = (path for path in (folder / "runs").iterdir() if path.is_dir())
        return read_record(run)


def _make_region(folder: Path) -> None:
    script = ROOT / "examples" / "discharge_list.py"
    rates = ["--employee-rate", "12252.70", "--resident-rate", "9649.24"]
    command = [sys.executable, script, LIST, folder, "--year", "2024", "--weights", WEIGHTS, *rates]
    subprocess.run(command, check=True, capture_output=True)


def _groups(folder: Path) -> dict[str, tuple[str, str, str]]:
    lake = open_region(folder).lake
    with open_engine("duckdb") as engine:
        rows = engine.collect(engine.scan(lake.files("grouped", lake.snapshot()), GROUPED.arrow_schema)).to_pylist()
    return {row["case_id"]: (row["mdc"], row["adrg"], row["drg"]) for row in rows}


def test_the_first_500_agree_with_the_published_groups_but_for_the_repaired_rows(
    folder: Path, record: RunRecord
) -> None:
    with EXPECTED.open(encoding="utf-8") as file:
        expected = {row["case_id"]: (row["mdc"], row["adrg"], row["drg"]) for row in csv.DictReader(file)}
    groups = _groups(folder)
    differing = {case for case, group in expected.items() if groups[case] != group}
    assert len(expected) == 500
    assert len(differing) == 2
    assert all(expected[case] == ("0000", "00", "0000") for case in differing)
    assert all(groups[case][2] != "0000" for case in differing)


def test_999_of_1000_are_grouped_and_every_yuan_is_priced(record: RunRecord) -> None:
    assert record.rows == {"grouped": 1000, "in_period": 1000, "priced": 1000}
    assert record.summary.ungrouped_count == 1
    assert sum(each.charges_fen for each in record.summary.institutions) == 1_384_033_004


def test_two_thirds_of_the_cases_have_a_published_weight_and_the_rest_say_what_they_borrowed(
    folder: Path, record: RunRecord
) -> None:
    sources = record.summary.weight_sources
    assert sum(sources.values()) == 1000
    assert 655 <= sources["table"] <= 665
    assert sources["none"] == 1
    borrowed = next(weight for weight in record.weights if weight.source == "neighbour")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGCHOU_HOME", str(folder.parent / "home"))
        case = next(case for case, group in sorted(_groups(folder).items()) if group[2] == borrowed.drg)
        said = _tongchou("explain", "--region", folder, case)
    assert f"借用相邻组 {borrowed.basis}" in said
    assert f"borrowed from its neighbour {borrowed.basis}" in said


def test_the_statement_counts_the_borrowed_weights(folder: Path, record: RunRecord) -> None:
    import openpyxl

    book = openpyxl.load_workbook(open_region(folder).run_folder(record.run_id) / "statements" / "H00000000001.xlsx")
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any("借用相邻组" in cell for cell in cells)
    assert str(record.summary.weight_sources["neighbour"]) in cells
