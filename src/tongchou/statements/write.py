"""All statements of a run, written whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tongchou.statements.checks import REGION_FILE, check_report
from tongchou.statements.excel import write_institution_workbook
from tongchou.statements.excel_region import write_region_workbook
from tongchou.statements.html import render_report
from tongchou.statements.model import RegionReport

Progress = Callable[[int, int], None]
"""Called after each file with the number of files written and of all files."""


def write_statements(report: RegionReport, folder: Path, progress: Progress | None = None) -> list[Path]:
    """Write `statements/<institution>.xlsx`, `statements/region.xlsx` and `report.html` into the run's folder.

    The files are made in a temporary folder and moved into place when all are complete; those of an earlier
    writing are replaced. The same report gives the same bytes.

    Args:
        report: What to print; it is checked first.
        folder: The run's folder, made if missing; its other files are left alone.
        progress: Told after each file.

    Returns:
        The files, workbooks of the institutions first, then the region's, then the report.

    Raises:
        Problems: The report does not add up (see `check_report`); nothing is written.
    """
    check_report(report)
    folder.mkdir(parents=True, exist_ok=True)
    total = len(report.institutions) + 2
    names: list[str] = []

    def done(name: str) -> None:
        names.append(name)
        if progress is not None:
            progress(len(names), total)

    with TemporaryDirectory(prefix=".statements-", dir=folder) as temporary:
        new = Path(temporary) / "statements"
        new.mkdir()
        for one in report.institutions:
            write_institution_workbook(report, one, new / f"{one.institution_id}.xlsx")
            done(f"statements/{one.institution_id}.xlsx")
        write_region_workbook(report, new / f"{REGION_FILE}.xlsx")
        done(f"statements/{REGION_FILE}.xlsx")
        page = Path(temporary) / "report.html"
        page.write_text(render_report(report), encoding="utf-8", newline="\n")
        _replace_folder(new, folder / "statements", Path(temporary) / "old")
        page.replace(folder / "report.html")
        done("report.html")
    return [folder / name for name in names]


def _replace_folder(new: Path, place: Path, aside: Path) -> None:
    # A folder cannot replace a folder in one step: the old one steps aside and goes with the temporary folder.
    if place.exists():
        place.rename(aside)
    new.rename(place)
