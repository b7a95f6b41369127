"""`tongchou demo`: the main job on a made-up county, in one command."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.console import console, speaks_errors
from tongchou.cli.demo_region import DEMO_FOLDER, make_county
from tongchou.cli.settlement import report_pages, show_run


@speaks_errors
def demo(
    cases: Annotated[int, typer.Option(min=1, help="住院病例数 / inpatient cases.")] = 60_000,
    seed: Annotated[int, typer.Option(help="随机种子 / seed.")] = 1,
    folder: Annotated[Path, typer.Option(help="目录 / folder.", file_okay=False)] = DEMO_FOLDER,
    engine: Annotated[str, typer.Option(help="duckdb | spark.")] = "duckdb",
    open_report: Annotated[bool, typer.Option("--open", help="算完打开报告 / open the report when done.")] = False,
) -> None:
    """演示：生成一个虚构县域医共体，入库、分组、定价、清算、出清算单 / a made-up county, settled.

    例 / example:  tongchou demo --cases 60000
    """
    region, record = make_county(folder, seed, cases, engine)
    show_run(region, record)
    if open_report:
        for page in report_pages(region, record):
            webbrowser.open(page.resolve().as_uri())
    console.print("名称与数据均为虚构 / all names and data are made up", style="dim")
