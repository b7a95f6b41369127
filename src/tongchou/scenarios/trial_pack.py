"""A scenario's changes as a policy pack below the region's own."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy.exact_yaml import Raw
from tongchou.policy.pack import LEVELS
from tongchou.policy.writing import flow
from tongchou.runs.region import Region

Entry = tuple[date, Raw, str]
"""The first day of a value, the value (None where it ends), and the article of its source."""


def write_pack(
    folder: Path, region: Region, pack_id: str, name: Text, values: Mapping[str, Sequence[Entry]], source: str
) -> Path:
    """Write a policy pack that answers before the region's own, and return its folder.

    The same content gives the same bytes. An earlier pack of the same id is replaced.

    Args:
        folder: The pack's folder.
        region: The region whose pack is its parent.
        pack_id: Its id.
        name: Its name.
        values: The dated values of each parameter, in the order of their days.
        source: The title of the source of each value.

    Raises:
        TongchouError: `scenarios.no_level_below` if the region's own pack is of the narrowest level;
            `scenarios.folder_taken` if something else is in the folder.
    """
    first_line = f"id: {flow(pack_id)}"
    _make_room(folder, first_line)
    _write(
        folder / "pack.yaml",
        f"{first_line}\nname: {flow({'zh': name.zh, 'en': name.en})}\n"
        f"level: {_level_below(region)}\nparent: {flow(region.pack)}\n",
    )
    for parameter, entries in sorted(values.items()):
        lines = "".join(
            f"  - from: {day.isoformat()}\n    value: {flow(value)}\n"
            f"    source: {flow({'title': source, 'article': article})}\n"
            for day, value, article in entries
        )
        _write(folder / "parameters" / f"{parameter}.yaml", f"values:\n{lines}")
    return folder


def _level_below(region: Region) -> str:
    own = region.policy().policy.chains[region.pack].packs[0].level
    narrower = LEVELS[LEVELS.index(own) + 1 :]
    if not narrower:
        raise TongchouError(
            "scenarios.no_level_below",
            what=Text("本地政策包之下不能再加政策包", "no pack can stand below the region's own"),
            where=region.pack,
            why=Text(f"它已是最具体的层级 {own}", f"it is of the narrowest level, {own}"),
            remedy=Text("把本地政策包改为较宽的层级", "give the region's pack a broader level"),
        )
    return narrower[0]


def _make_room(folder: Path, first_line: str) -> None:
    """Take away an earlier pack of the same id; anything else in the folder is left alone and refused."""
    head = folder / "pack.yaml"
    if head.is_file() and head.read_text(encoding="utf-8").partition("\n")[0] == first_line:
        shutil.rmtree(folder / "parameters", ignore_errors=True)
    elif folder.exists() and any(folder.iterdir()):
        raise TongchouError(
            "scenarios.folder_taken",
            what=Text("文件夹中已有其他内容", "there is something else in the folder"),
            where=str(folder),
            why=Text("政策包只写入空文件夹，或替换同名的包", "a pack goes into an empty folder, or replaces its like"),
            remedy=Text("换一个文件夹", "name another folder"),
        )


def _write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8", newline="\n")
