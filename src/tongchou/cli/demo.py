"""`tongchou demo`: the main job on a made-up county, in one command."""

import shutil
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from tongchou.cli.console import console, phase_bar, progress_bar, speaks_errors
from tongchou.cli.region import show_report
from tongchou.cli.settlement import report_pages, run_order, show_run
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake import take_in
from tongchou.intake.examples import finding_kinds
from tongchou.runs.order import Order
from tongchou.runs.region import REGION_FILE, Period, open_region
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine


@speaks_errors
def demo(
    cases: Annotated[int, typer.Option(min=1, help="住院病例数 / inpatient cases.")] = 60_000,
    seed: Annotated[int, typer.Option(help="随机种子 / seed.")] = 1,
    folder: Annotated[Path, typer.Option(help="目录 / folder.", file_okay=False)] = Path("demo/county"),
    engine: Annotated[str, typer.Option(help="duckdb | spark.")] = "duckdb",
    open_report: Annotated[bool, typer.Option("--serve", help="算完打开报告 / open the report when done.")] = False,
) -> None:
    """演示：生成一个虚构县域医共体，入库、分组、定价、清算、出清算单 / a made-up county, settled.

    例 / example:  tongchou demo --cases 60000
    """
    _start_afresh(folder)
    with progress_bar("生成虚构县域 / generating a made-up county") as advance:
        made = generate_region(folder, seed=seed, cases=cases, progress=advance)
    region = open_region(folder)
    with open_engine(engine) as running:
        with phase_bar() as advance:
            report = take_in([folder / "landing"], region.lake, running, advance)
        show_report(report, finding_kinds(region.lake, running, report.batch_id))
        record = run_order(Order(region, Period(made.year)), running)
    show_run(region, record)
    if open_report:
        for page in report_pages(region, record):
            webbrowser.open(page.resolve().as_uri())
    console.print("名称与数据均为虚构 / all names and data are made up", style="dim")


def _start_afresh(folder: Path) -> None:
    """Remove an earlier demo; refuse to touch a folder that is something else."""
    if not folder.exists():
        return
    if any(folder.iterdir()) and not _is_generated(folder) and not _is_half_generated(folder):
        raise TongchouError(
            "cli.folder_in_use",
            what=Text("目录里有别的文件", "the folder holds other files"),
            where=str(folder),
            why=Text(
                "演示会重建整个目录，而它不是生成的虚构县域",
                "the demo makes the folder anew, and this one is no generated county",
            ),
            remedy=Text("用 --folder 指定另一个目录", "name another folder with --folder"),
        )
    shutil.rmtree(folder)


def _is_generated(folder: Path) -> bool:
    """Return whether `region.yaml` carries the marks of the generator: no one writes a seed for a real region."""
    path = folder / REGION_FILE
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (yaml.YAMLError, ValueError):
        return False
    return isinstance(content, dict) and {"seed", "cases"} <= content.keys()


def _is_half_generated(folder: Path) -> bool:
    """Return whether the folder is what a generator leaves when it is stopped: truths, and no region yet."""
    names = {path.name for path in folder.iterdir()}
    truths = {name for name in names if name.startswith("truths")}
    return bool(truths) and names - truths <= {"landing", "policy"}
