"""`tongchou backup` and `tongchou restore`: a region and its records, in one archive and back."""

import getpass
import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.console import console, print_json, speaks_errors
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.records.database import open_records, records_url
from tongchou.runs.region import open_region
from tongchou.workplace.backup import Kept, back_up
from tongchou.workplace.backup import restore as bring_back

RecordsOption = Annotated[
    str,
    typer.Option(
        "--records",
        envvar="TONGCHOU_RECORDS",
        help="记录数据库地址，缺省为统筹区目录中的 / address of the record database; the region's own if not given.",
        show_default=False,
    ),
]


@speaks_errors
def backup(
    region: RegionOption,
    out: Annotated[Path, typer.Option("--out", help="备份文件 .tar.zst 或 .tar.gz / the archive.", dir_okay=False)],
    records: RecordsOption = "",
    as_json: JsonOption = False,
) -> None:
    """备份统筹区与记录数据库，平台可同时运行；不含密钥 / back up a region and its records while people work; no keys.

    例 / example:  tongchou backup --region demo/county --out county.tar.zst
    """
    place = open_region(region)
    with closing(open_records(records or records_url(place.folder))) as database:
        kept = back_up(place, database, out, _caller(), datetime.now(UTC))
    _show(kept, out, as_json=as_json)


@speaks_errors
def restore(
    archive: Annotated[Path, typer.Argument(help="备份文件 / the archive.", exists=True, dir_okay=False)],
    region: Annotated[
        Path, typer.Option("--region", help="新的统筹区目录，须为空 / the region's new, empty folder.", file_okay=False)
    ],
    records: RecordsOption = "",
    as_json: JsonOption = False,
) -> None:
    """恢复备份到新目录，逐个文件核对哈希 / restore a backup to a new folder; every file is compared with its hash.

    例 / example:  tongchou restore county.tar.zst --region restored/county
    """
    _show(bring_back(archive, region, records), region, as_json=as_json)


def _show(kept: Kept, where: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "ok": True,
                "files": kept.files,
                "runs": kept.runs,
                "batches": kept.batches,
                "left_out": list(kept.left_out),
            }
        )
        return
    console.print(
        f"{where}：{kept.files:,} 个文件、{kept.runs} 次结算、{kept.batches} 个批次"
        f" / {kept.files:,} files, {kept.runs} runs, {kept.batches} batches",
        markup=False,
    )
    for name in kept.left_out:
        console.print(f"含私钥，未备份 / holds a private key, left out: {name}", markup=False, style="yellow")


def _caller() -> str:
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user that has no name
        return f"cli:{os.getuid()}"
