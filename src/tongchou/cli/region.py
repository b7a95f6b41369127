"""`tongchou region`: make a region; and how an intake of its tables is shown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.console import console, print_json, progress_bar, speaks_errors, table
from tongchou.cli.interface_lists import export, make_lists
from tongchou.cli.options import JsonOption
from tongchou.intake import IntakeReport
from tongchou.intake.examples import FindingKind
from tongchou.schema.tables import INPUT_TABLES
from tongchou.simulation.region import generate_region

app = typer.Typer(no_args_is_help=True, help="统筹区 / regions.")
app.command("lists")(make_lists)
app.command("export")(export)


@app.command()
@speaks_errors
def generate(
    folder: Annotated[Path, typer.Argument(help="新目录 / a new folder.", show_default=False)],
    seed: Annotated[int, typer.Option(help="随机种子，同种子同结果 / same seed, same region.")] = 1,
    cases: Annotated[int, typer.Option(help="住院病例数 / inpatient cases.")] = 60_000,
    as_json: JsonOption = False,
) -> None:
    """生成一个虚构县域医共体的一年数据 / generate a made-up county alliance's year.

    例 / example:  tongchou region generate demo/county --seed 1 --cases 60000
    """
    with progress_bar("生成 / generating") as advance:
        summary = generate_region(folder, seed=seed, cases=cases, progress=advance)
    if as_json:
        print_json({"ok": True, "folder": str(folder), "rows": summary.rows})
        return
    console.print(f"{folder}: " + ", ".join(f"{name} {rows:,}" for name, rows in summary.rows.items()), markup=False)
    console.print(f"下一步 / next: tongchou intake {folder}/landing --region {folder}", markup=False, soft_wrap=True)


def show_report(report: IntakeReport, kinds: Sequence[FindingKind]) -> None:
    """Print what an intake took, what it set aside, and an example of each kind of finding."""
    titles = {each.name: each.title.zh for each in INPUT_TABLES}
    shown = table(
        "入库 / intake", "表 / table", "收到 / in", "入库 / taken", "搁置 / set aside", "修正 / repaired", numeric=4
    )
    for count in report.tables:
        cells = (count.row_count, count.taken_count, count.set_aside_count, count.repaired_count)
        shown.add_row(f"{titles[count.table_name]} {count.table_name}", *(f"{number:,}" for number in cells))
    console.print(shown)
    if report.is_repeated:
        console.print("这批文件以前已经入库，没有重复处理 / this batch was taken in before; nothing was done again")
    for notice in report.notices:
        console.print(f"· {notice}", markup=False)
    for kind in kinds:
        console.print(f"[{kind.code}] {kind.table_name} {kind.count:,}，例 / e.g. {kind.source}", markup=False)
        console.print(f"  {kind.what.zh}。办法：{kind.remedy.zh}", markup=False)
        console.print(f"  {kind.what.en}. To mend it: {kind.remedy.en}", markup=False)
