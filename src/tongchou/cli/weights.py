"""`tongchou weights`: load a published weight table into a region."""

import re
from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.console import console, print_json, speaks_errors
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.payment.weights import GroupWeight, read_weight_table
from tongchou.runs.region import open_region

app = typer.Typer(no_args_is_help=True, help="权重表 / weight tables.")

_NAME = re.compile(r"[A-Za-z0-9一-鿿][\w.-]*")
_ENCODINGS = ("utf-8-sig", "gb18030")


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
    if not _NAME.fullmatch(name):
        raise _bad_name(name)
    text = _decoded(path)
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


def read_weights(path: Path) -> dict[str, GroupWeight]:
    """Read a weight table from a file in UTF-8 or GB18030.

    Raises:
        TongchouError: `cli.weight_encoding`; `payment.weight_table` for every row that cannot be used.
    """
    return read_weight_table(_decoded(path), path.name)


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TongchouError(
        "cli.weight_encoding",
        what=Text("权重表的文字编码无法识别", "the encoding of the weight table cannot be read"),
        where=path.name,
        why=Text("内容既不是 UTF-8，也不是 GBK / GB18030", "it is neither UTF-8 nor GBK / GB18030"),
        remedy=Text("另存为 UTF-8 编码的 CSV 后重新载入", "save it as CSV in UTF-8 and load it again"),
    )


def _bad_name(name: str) -> TongchouError:
    return TongchouError(
        "cli.weight_name",
        what=Text(f"表名“{name}”不能用", f"the table name '{name}' cannot be used"),
        where="--name",
        why=Text(
            "表名即文件名，须以字母、数字或汉字开头，只含字母、数字、汉字、点、下划线和连字符",
            "it names a file: a letter, digit or Chinese character, then these, dots, underscores and hyphens",
        ),
        remedy=Text("换一个名称，例如 w2024", "give another name, e.g. w2024"),
    )
