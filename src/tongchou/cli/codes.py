"""`tongchou codes`: code editions, their names, and the maps from other editions."""

from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.code_maps import app as code_maps
from tongchou.cli.console import DATA_PROBLEM, console, print_json, speaks_errors
from tongchou.cli.options import JsonOption
from tongchou.grouping.exchange.code_set_import import import_code_set
from tongchou.grouping.schemes.code_set import CodeSet, code_set_folders, find_code_set, install_code_set
from tongchou.grouping.schemes.scheme import Kind

app = typer.Typer(no_args_is_help=True, help="编码集 / code editions.")
app.add_typer(code_maps, name="map")

_KINDS: dict[Kind, str] = {"dx": "诊断 / diagnoses", "op": "手术操作 / procedures"}


@app.command("import")
@speaks_errors
def import_(
    folder: Annotated[Path, typer.Argument(help="编码文件目录 / folder of code files.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="编码集名 / name of the code set.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """导入编码集 / import a code edition.

    目录中有 *ZD_INFO*、*SS_INFO*（编码与名称），可有 *ZD_MAP*、*SS_MAP*（其他版本到本版的对照）。
    The folder holds *ZD_INFO* and *SS_INFO* (codes and names), and may hold *ZD_MAP* and *SS_MAP* (maps into it).

    例 / example:  tongchou codes import data/codes --name yb-2.0
    """
    code_set = import_code_set(folder, name)
    place = install_code_set(code_set)
    counts = {kind: (len(code_set.names[kind]), len(code_set.maps[kind])) for kind in _KINDS}
    if as_json:
        json = {str(kind): {"codes": codes, "mapped": mapped} for kind, (codes, mapped) in counts.items()}
        print_json({"ok": True, "name": name, "folder": str(place), "fingerprint": code_set.fingerprint, **json})
        return
    for kind, (codes, mapped) in counts.items():
        console.print(f"{_KINDS[kind]}: {codes:,}, 对照 / mapped: {mapped:,}", markup=False)
    console.print(f"{name} → {place}", markup=False)


@app.command("list")
@speaks_errors
def list_(as_json: JsonOption = False) -> None:
    """列出已有编码集 / list the code sets at hand."""
    folders = code_set_folders()
    if as_json:
        print_json({"ok": True, "code_sets": {name: str(folder) for name, folder in folders.items()}})
        return
    for name, folder in folders.items():
        console.print(f"{name}  {folder}", markup=False)


@app.command()
@speaks_errors
def show(
    name: Annotated[str, typer.Argument(help="编码集名或目录 / name or folder.", show_default=False)],
    code: Annotated[str, typer.Argument(help="编码 / code.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """显示一个编码的名称和对照 / show what a code is called, and what it is read as.

    例 / example:  tongchou codes show yb-2.0 I21.401
    """
    code_set = find_code_set(name)
    readings = {kind: code_set.translate(kind, code) for kind in _KINDS}
    found = {kind: meant for kind, meant in readings.items() if meant is not None}
    if as_json:
        named = {str(kind): {"code": meant, "name": code_set.name_of(kind, meant)} for kind, meant in found.items()}
        print_json({"ok": bool(found), "code": code, **named})
    else:
        for line in _lines(code_set, code, found):
            console.print(line, markup=False)
    if not found:
        raise typer.Exit(DATA_PROBLEM)


def _lines(code_set: CodeSet, code: str, found: dict[Kind, str]) -> list[str]:
    if not found:
        return [f"{code_set.name} 中没有 {code} / {code_set.name} does not have {code}"]
    lines = []
    for kind, meant in found.items():
        arrow = "" if meant == code else f"{code} → "
        lines.append(f"{_KINDS[kind]}: {arrow}{meant} {code_set.name_of(kind, meant) or ''}".rstrip())
    return lines
