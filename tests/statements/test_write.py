"""A run's papers are written whole, every institution's among them, and always with the same bytes."""

from dataclasses import replace
from pathlib import Path

import pytest

from tongchou.core.errors import Problems
from tongchou.core.hashing import hash_file
from tongchou.statements import write
from tongchou.statements.model import RegionReport
from tongchou.statements.write import write_statements


def hashes(files: list[Path], folder: Path) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): hash_file(file) for file in files}


def test_every_institution_has_a_file(tmp_path: Path, report: RegionReport) -> None:
    files = write_statements(report, tmp_path / "run")
    expected = [f"statements/{one.institution_id}.xlsx" for one in report.institutions]
    names = [file.relative_to(tmp_path / "run").as_posix() for file in files]
    assert names == [*expected, "statements/region.xlsx", "report.html"]
    assert sorted(path for path in (tmp_path / "run").rglob("*") if path.is_file()) == sorted(files)


def test_the_same_report_gives_the_same_bytes(tmp_path: Path, report: RegionReport) -> None:
    first = hashes(write_statements(report, tmp_path / "a"), tmp_path / "a")
    second = hashes(write_statements(report, tmp_path / "b"), tmp_path / "b")
    assert first == second
    changed = replace(report, run_id="2025-clearing-02")
    third = hashes(write_statements(changed, tmp_path / "c"), tmp_path / "c")
    assert not set(first.values()) & set(third.values())


def test_writing_again_replaces_the_papers_and_nothing_else(tmp_path: Path, report: RegionReport) -> None:
    (tmp_path / "run.json").write_text("{}")
    write_statements(report, tmp_path)
    (tmp_path / "statements" / "stale.xlsx").write_text("old")
    files = write_statements(report, tmp_path)
    assert not (tmp_path / "statements" / "stale.xlsx").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", "statements", "report.html"}
    assert (tmp_path / "run.json").read_text() == "{}"
    assert all(file.is_file() for file in files)


def test_a_report_that_does_not_add_up_writes_nothing(tmp_path: Path, report: RegionReport) -> None:
    wrong = replace(report, groups=report.groups[1:])
    with pytest.raises(Problems):
        write_statements(wrong, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_failure_half_way_leaves_the_earlier_papers(
    tmp_path: Path, report: RegionReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hashes(write_statements(report, tmp_path), tmp_path)

    def fail(_: RegionReport) -> str:
        raise OSError("disk full")

    monkeypatch.setattr(write, "render_report", fail)
    with pytest.raises(OSError, match="disk full"):
        write_statements(replace(report, run_id="other"), tmp_path)
    after = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert hashes(after, tmp_path) == before


def test_progress_counts_the_files(tmp_path: Path, report: RegionReport) -> None:
    told: list[tuple[int, int]] = []
    write_statements(report, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told == [(number, 10) for number in range(1, 11)]
