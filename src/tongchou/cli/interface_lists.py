"""`tongchou region lists` and `export`: settlement lists as files of the interface, made up or from the lake."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.console import console, print_json, progress_bar, speaks_errors
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.grouping.schemes.code_set import find_code_set
from tongchou.intake.writers.lake_export import export_lists
from tongchou.runs.region import open_region
from tongchou.simulation.interface_files import write_interface_files


class ListFormat(StrEnum):
    """The versions of the list that can be written."""

    FIRST = "4101"
    SECOND = "4101A"


FormatOption = Annotated[ListFormat, typer.Option("--format", help="清单版本 / version of the list.")]


@speaks_errors
def make_lists(
    folder: Annotated[Path, typer.Argument(help="生成的统筹区目录 / a generated region.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="新目录 / a new folder.", show_default=False)],
    seed: Annotated[int, typer.Option(help="随机种子 / seed.", min=0)] = 1,
    version: FormatOption = ListFormat.SECOND,
    codes: Annotated[
        str | None, typer.Option("--codes", help="取名称的编码集 / code set that names the codes.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """把生成的统筹区写成医院上传的清单文件，姓名与号码均为虚构 / write a generated region as hospitals would send it.

    每家医院每月一个清单文件和一个结算回复（2304）文件 / a file of lists and one of replies a hospital and month.

    例 / example:  tongchou region lists demo/county --out demo/lists
    """
    names: dict[str, str] = {}
    if codes is not None:
        code_set = find_code_set(codes)
        names = {**code_set.names["op"], **code_set.names["dx"]}
    with progress_bar("生成清单 / writing lists") as advance:
        made = write_interface_files(
            folder / "landing", out, seed=seed, transaction=version.value, names=names, progress=advance
        )
    if as_json:
        print_json({"ok": True, "folder": str(out), "files": len(made.files), "lists": made.list_count})
        return
    console.print(f"{out}: {made.list_count:,} 张清单 / lists, {len(made.files):,} 个文件 / files", markup=False)


@speaks_errors
def export(
    region: RegionOption,
    out: Annotated[Path, typer.Option("--out", help="结果文件 / file to write.", dir_okay=False, show_default=False)],
    version: FormatOption = ListFormat.SECOND,
    cases: Annotated[
        list[str] | None, typer.Option("--cases", help="清单号，可多次 / case id; may be repeated.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """把库中的结算清单导出为接口 JSON，每行一张 / write the lake's settlement lists as JSON, one a line.

    人员编号处写假名 / persons are written as pseudonyms.

    例 / example:  tongchou region export --region demo/county --format 4101A --out lists.ndjson
    """
    count = export_lists(open_region(region).lake, version.value, out, cases)
    if as_json:
        print_json({"ok": True, "file": str(out), "lists": count})
        return
    console.print(f"{out}: {count:,} 张清单 / lists", markup=False)
