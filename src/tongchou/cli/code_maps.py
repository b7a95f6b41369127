"""`tongchou codes map`: packs of code maps, listed and examined."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tongchou.cli.console import DATA_PROBLEM, console, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption
from tongchou.grouping.schemes.code_set import code_set_folders, find_code_set
from tongchou.grouping.schemes.scheme import Kind
from tongchou.intake.code_maps.checking import check_code_maps
from tongchou.intake.code_maps.code_map import CodeMap
from tongchou.intake.code_maps.reading import FOLDER, read_code_maps
from tongchou.schema.list_fields import dictionary, has_dictionary

app = typer.Typer(no_args_is_help=True, help="编码对照表 / code maps.")

_CODE_SET_KINDS: dict[str, Kind] = {"diagnosis": "dx", "operation": "op"}


@app.command()
@speaks_errors
def check(
    pack: Annotated[Path, typer.Argument(help="对照表目录或 YAML 文件 / folder or head.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """检查对照表：重复、重叠、目标编码不存在、循环 / examine code maps; exit status 1 if there are errors.

    目标体系与已导入编码集同名时核对目标编码 / targets are compared where a code set has the name of their system.

    例 / example:  tongchou codes map check county/code_maps
    """
    maps = read_code_maps(pack)
    findings = check_code_maps(maps, _systems(maps))
    has_error = any(each.severity == "error" for each in findings)
    if as_json:
        print_json({"ok": not has_error, "maps": [each.map_id for each in maps], "findings": [*map(_plain, findings)]})
    else:
        for each in findings:
            console.print(f"[{each.severity}] {each.check} {each.where}: {each.sentence}", markup=False, soft_wrap=True)
        console.print(f"{len(maps)} 张对照表，{len(findings)} 个问题 / {len(maps)} maps, {len(findings)} findings")
    if has_error:
        raise typer.Exit(DATA_PROBLEM)


@app.command("list")
@speaks_errors
def list_(
    region: Annotated[
        Path, typer.Option("--region", help="统筹区目录 / the region's folder.", file_okay=False, show_default=False)
    ],
    as_json: JsonOption = False,
) -> None:
    """列出统筹区的对照表，按使用顺序 / list a region's code maps in the order in which they are applied."""
    folder = region / FOLDER
    maps = read_code_maps(folder) if folder.is_dir() else ()
    if as_json:
        print_json({"ok": True, "maps": [_described(each) for each in maps]})
        return
    shown = table("编码对照表 / code maps", "种类 / kind", "步 / step", "编号 / id", "名称 / title", "体系 / systems",
                  "有效期 / valid", "行 / rows", numeric=1)  # fmt: skip
    for each in maps:
        valid = f"{each.valid_from} – {each.valid_until or ''}"
        systems = f"{each.from_system} → {each.to_system}"
        cells = (each.kind, str(each.step), each.map_id, str(each.title), systems, valid, f"{each.pairs.height:,}")
        shown.add_row(*map(escape, cells))
    console.print(shown)


def _systems(maps: Sequence[CodeMap]) -> dict[str, Collection[str]]:
    """Return the codes of the systems that maps lead to, as far as they are at hand."""
    at_hand = code_set_folders()
    systems: dict[str, Collection[str]] = {}
    for each in maps:
        if has_dictionary(each.kind) and each.to_system == each.kind:
            systems[each.to_system] = dictionary(each.kind).keys()
        elif each.kind in _CODE_SET_KINDS and each.to_system in at_hand:
            code_set = find_code_set(each.to_system)
            known = set(systems.get(each.to_system, ()))
            systems[each.to_system] = known | set(code_set.codes(_CODE_SET_KINDS[each.kind]))
    return systems


def _plain(finding: object) -> dict[str, object]:
    return asdict(finding)  # type: ignore[call-overload]  # a dataclass of ours


def _described(code_map: CodeMap) -> dict[str, object]:
    said = {name: getattr(code_map, name) for name in ("map_id", "kind", "step", "from_system", "to_system")}
    days = {"valid_from": str(code_map.valid_from), "valid_until": code_map.valid_until and str(code_map.valid_until)}
    return said | days | {"institution_id": code_map.institution_id, "rows": code_map.pairs.height}
