"""`tongchou intake report`: what goes back to a hospital."""

import json
from pathlib import Path

from tests.counter_place import OWN, Counter, counter, counter_folder, open_counter  # noqa: F401
from typer.testing import CliRunner

from tongchou.cli.intake_group import app


def _report(at: Counter, institution: str, out: Path) -> tuple[int, str]:
    words = [
        "report",
        "--region",
        str(at.place.region.folder),
        "--institution",
        institution,
        "--out",
        str(out),
        "--json",
    ]
    told = CliRunner().invoke(app, words)
    return told.exit_code, told.output


def test_a_page_and_a_workbook_are_written(counter: Counter, tmp_path: Path) -> None:  # noqa: F811
    code, said = _report(counter, OWN, tmp_path / "out")
    assert code == 0, said
    told = json.loads(said)
    assert told["records"] == told["taken"] + told["set_aside"]
    assert [Path(file).name for file in told["files"]] == [f"quality-{OWN}.html", f"quality-{OWN}.xlsx"]
    assert "数据质量报告" in (tmp_path / "out" / f"quality-{OWN}.html").read_text(encoding="utf-8")


def test_an_institution_that_there_is_not_is_told(counter: Counter, tmp_path: Path) -> None:  # noqa: F811
    code, said = _report(counter, "H9", tmp_path / "out")
    assert code != 0
    assert "browse.no_institution" in said
