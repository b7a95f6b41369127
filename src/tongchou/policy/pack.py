"""A policy pack: a folder with `pack.yaml`, declared dimensions and one file per parameter."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy.cursor import Cursor
from tongchou.policy.exact_yaml import Raw, read_yaml
from tongchou.policy.parameter import Dimension, read_dimensions

BUILT_IN = Path(__file__).parent.parent / "packs" / "policies"
"""The folder of the packs that come with the package, one folder each."""

LEVELS = ("national", "province", "city", "county", "alliance", "hospital")
"""The levels of policy, the broadest first; the most specific one with a value answers."""

_NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as it stands in its folder, parameter files not yet understood.

    Attributes:
        region_id: Its id, which names the region (or alliance, or hospital) that the pack is for.
        name: The region's name for people.
        level: One of `LEVELS`.
        parent_id: The pack that answers where this one has no value; None at the top.
        head: The place of `pack.yaml`, for problems of the pack as a whole.
        dimensions: The dimensions it declares.
        files: The content of each parameter file by the parameter's name.
    """

    region_id: str
    name: Text
    level: str
    parent_id: str | None
    head: Cursor
    dimensions: dict[str, Dimension]
    files: dict[str, Cursor]

    @property
    def label(self) -> str:
        """Level and name in one line, as explanations show it."""
        return f"{self.level}: {self.name}"


def read_pack(folder: Path, problems: list[TongchouError]) -> Pack | None:
    """Return the pack in a folder, or None where `pack.yaml` has problems (added to `problems`)."""
    file = folder / "pack.yaml"
    if not file.is_file():
        problems.append(_no_pack(folder))
        return None
    head = _open(file, problems)
    entries = head.mapping(("id", "name", "level", "parent")) if head else None
    dimensions_file = folder / "dimensions.yaml"
    declared = _open(dimensions_file, problems) if dimensions_file.is_file() else None
    dimensions = read_dimensions(declared) if declared else {}
    files = _parameter_files(folder / "parameters", problems)
    if head is None or entries is None:
        return None
    region_id, name = entries["id"].words(), entries["name"].both_languages()
    level = entries["level"].one_of(LEVELS)
    parent_id = None if entries["parent"].raw is None else entries["parent"].words()
    if not (region_id and name and level) or (parent_id is None and entries["parent"].raw is not None):
        return None
    return Pack(region_id, name, level, parent_id, head, dimensions, files)


def _parameter_files(folder: Path, problems: list[TongchouError]) -> dict[str, Cursor]:
    files = {}
    for file in sorted(folder.rglob("*")):
        if file.is_dir() or file.name.startswith("."):
            continue
        name = file.relative_to(folder).with_suffix("").as_posix()
        if file.suffix != ".yaml" or not _NAME.fullmatch(name):
            problems.append(_unread(file))
        elif place := _open(file, problems):
            files[name] = place
    return files


def _open(file: Path, problems: list[TongchouError]) -> Cursor | None:
    try:
        return Cursor(_content(file), file, "", problems)
    except TongchouError as problem:
        problems.append(problem)
        return None


def _content(file: Path) -> Raw:
    return _built_in(file) if file.is_relative_to(BUILT_IN) else read_yaml(file)


@cache
def _built_in(file: Path) -> Raw:
    """Return what a file of the package says; nobody writes to it while the program runs."""
    return read_yaml(file)


def _no_pack(folder: Path) -> TongchouError:
    return TongchouError(
        "policy.no_pack",
        what=Text("文件夹不是政策包", "the folder is not a policy pack"),
        where=str(folder),
        why=Text("其中没有 pack.yaml", "it has no pack.yaml"),
        remedy=Text("改正路径，或写一份 pack.yaml", "correct the path, or write a pack.yaml"),
    )


def _unread(file: Path) -> TongchouError:
    return TongchouError(
        "policy.unread_file",
        what=Text("参数文件夹中有不会被读取的文件", "a file among the parameters would not be read"),
        where=str(file),
        why=Text(
            "参数文件须以 .yaml 结尾，名称只用小写字母、数字和下划线",
            "a parameter file ends in .yaml and is named in lower-case letters, digits and underscores",
        ),
        remedy=Text("改名或移走", "rename it or move it away"),
    )
