"""`tongchou weights`: load a published weight table into a region."""

from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.console import console, print_json, speaks_errors
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.payment.weights import read_weight_table
from tongchou.runs.region import open_region

app = typer.Typer(no_args_is_help=True, help="权重表 / weight tables.")


@app.callback()
def _group() -> None:
    """权重表 / weight tables."""


@app.command("import")
@speaks_errors
def import_(
    path: Annotated[
        Path,
        typer.Argument(help="CSV：drg,weight / columns drg, weight.", exists=True, dir_okay=False, show_default=False),
    ],
    region: RegionOption,
    name: Annotated[str, typer.Option("--name", help="表名 / name of the table.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """载入公布的权重表 / load a published weight table.

    政策参数 payment/drg/weights/source 为 table、payment/drg/weights/table 为此名时使用。
    It is used where the policy's source is `table` and names it.

    例 / example:  tongchou weights import weights-2024.csv --region DIR --name w2024
    """
    text = path.read_text(encoding="utf-8-sig")
    weights = read_weight_table(text, name)
    folder = open_region(region).weights_folder
    folder.mkdir(exist_ok=True)
    draft = folder / f".{name}.draft"
    draft.write_text(text, encoding="utf-8")
    draft.replace(folder / f"{name}.csv")
    if as_json:
        print_json({"ok": True, "name": name, "groups": len(weights)})
    else:
        console.print(f"{name}: {len(weights)} 组 / groups", markup=False)
