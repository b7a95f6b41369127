"""`tongchou scheme` and `tongchou group`: schemes, and grouping a file of cases."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tongchou.cli.case_file import explain_case, group_file
from tongchou.cli.console import DATA_PROBLEM, console, print_json, progress_bar, speaks_errors, table
from tongchou.cli.options import JsonOption
from tongchou.core.explanation import explanation_as_json, explanation_as_text
from tongchou.grouping.library import find_scheme, own_folder, scheme_folders
from tongchou.grouping.matcher import Matcher
from tongchou.grouping.scheme import Scheme
from tongchou.grouping.table_import import import_tables

app = typer.Typer(no_args_is_help=True, help="分组方案 / grouping schemes.")

NameArgument = Annotated[str, typer.Argument(help="方案名或目录 / name or folder.", show_default=False)]


@app.command("import")
@speaks_errors
def import_(
    path: Annotated[Path, typer.Argument(help="分组表目录 / folder of group tables.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="方案名 / name of the scheme.", show_default=False)],
    severity: Annotated[
        Path | None,
        typer.Option(help="MCC、CC、排除与手术表目录 / folder of severity lists.", show_default="PATH/../../codes"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """导入公布的分组方案 / import a published scheme.

    例 / example:  tongchou scheme import data/chs-drg/chs-drg-1.1 --name chs-drg-1.1
    """
    lists = severity or path.resolve().parent.parent / "codes"
    scheme = import_tables(path, lists, name, own_folder() / name)
    _show(scheme, as_json=as_json)


@app.command("list")
@speaks_errors
def list_(as_json: JsonOption = False) -> None:
    """列出已有方案 / list the schemes at hand."""
    folders = scheme_folders()
    if as_json:
        print_json({"ok": True, "schemes": {name: str(folder) for name, folder in folders.items()}})
        return
    for name, folder in folders.items():
        console.print(f"{name}  {folder}", markup=False)


@app.command()
@speaks_errors
def show(name: NameArgument, as_json: JsonOption = False) -> None:
    """显示一个方案 / show a scheme.

    例 / example:  tongchou scheme show chs-drg-category
    """
    _show(find_scheme(name), as_json=as_json)


@speaks_errors
def group(
    cases: Annotated[Path, typer.Argument(help="病例文件（CSV、Parquet）/ file of cases.", show_default=False)],
    scheme: Annotated[str, typer.Option("--scheme", help="方案名或目录 / name or folder.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help="结果文件 / result file.", show_default=False)] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", help="只解释这一例 / explain this case only.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """给病例文件分组 / group a file of cases.

    列 / columns: case_id, sex (1/2), age_years, age_days, birth_weight_g, diagnoses, procedures (| 分隔，主要在前)。

    例 / example:  tongchou group cases.csv --scheme chs-drg-category --out grouped.csv
    """
    matcher = Matcher(find_scheme(scheme))
    if explain is not None:
        step = explain_case(cases, matcher, explain)
        if as_json:
            print_json({"ok": True, **explanation_as_json(step)})
        else:
            typer.echo(explanation_as_text(step, "zh"))
            typer.echo(explanation_as_text(step, "en"))
        return
    if out is None:
        raise typer.BadParameter("写明 --out 或 --explain / give --out or --explain")
    with progress_bar("分组 / grouping") as advance:
        counts = group_file(cases, matcher, out, advance)
    if as_json:
        print_json({"ok": not counts.get("invalid"), "out": str(out), "status": counts})
    else:
        console.print(
            ", ".join(f"{status} {number:,}" for status, number in counts.items()) + f" → {out}", markup=False
        )
    notice = matcher.scheme.manifest.notice
    if matcher.scheme.manifest.purpose == "learning" and not as_json:
        console.print(str(notice), style="yellow", markup=False)
    if counts.get("invalid"):
        raise typer.Exit(DATA_PROBLEM)


def _show(scheme: Scheme, *, as_json: bool) -> None:
    manifest = scheme.manifest
    counts = {
        "mdc": len(scheme.mdcs),
        "adrg": sum(len(mdc.adrgs) for mdc in scheme.mdcs),
        "drg": sum(len(adrg.drgs) for mdc in scheme.mdcs for adrg in mdc.adrgs),
    }
    if as_json:
        print_json({"ok": True, "name": manifest.name, "fingerprint": scheme.fingerprint, **counts})
        return
    console.print(f"{manifest.name}: {manifest.title}", markup=False)
    console.print(
        f"{manifest.publisher}, {manifest.edition}, {manifest.valid_from}, {scheme.fingerprint[:16]}", markup=False
    )
    shown = table("", "MDC", "名称 / name", "ADRG", "DRG", numeric=2)
    for mdc in scheme.mdcs:
        drgs = sum(len(adrg.drgs) for adrg in mdc.adrgs)
        shown.add_row(escape(mdc.code), escape(str(mdc.name)), str(len(mdc.adrgs)), str(drgs))
    shown.add_row("", "合计 / total", str(counts["adrg"]), str(counts["drg"]))
    console.print(shown)
    if manifest.purpose == "learning":
        console.print(str(manifest.notice), style="yellow", markup=False)
