"""A code edition: the codes of diagnoses and procedures with their names, and maps from other editions into it."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.grouping.schemes.code_writing import readings
from tongchou.grouping.schemes.folder_replacement import is_plain_name, recover_folder, replace_folder
from tongchou.grouping.schemes.library import own_folder
from tongchou.grouping.schemes.plain_yaml import load_plain_yaml
from tongchou.grouping.schemes.scheme import Kind
from tongchou.grouping.schemes.tables import file_problem

MANIFEST = "code_set.yaml"
_FILES: dict[Kind, tuple[str, str]] = {
    "dx": ("diagnoses.csv", "diagnosis_map.csv"),
    "op": ("procedures.csv", "procedure_map.csv"),
}
_NAMES, _MAP = ("code", "name"), ("from", "to")


@dataclass(frozen=True)
class CodeSet:
    """The codes of one edition.

    Attributes:
        name: Names its folder.
        title: The edition in words.
        names: The name of every code, by kind (`dx`, `op`).
        maps: The code of this edition for a code of another one, by kind. A code that the edition itself has is
            never mapped: published maps would turn some of its codes into others.
        sources: The files that it was imported from: `{"name": …, "sha256": …}`.
    """

    name: str
    title: Text
    names: Mapping[Kind, Mapping[str, str]]
    maps: Mapping[Kind, Mapping[str, str]]
    sources: tuple[Mapping[str, str], ...] = field(default=())

    def codes(self, kind: Kind) -> Iterable[str]:
        """Return the codes of a kind, in the edition's order."""
        return self.names[kind]

    def contains(self, kind: Kind, code: str) -> bool:
        """Return whether the edition has a code, exactly as written."""
        return code in self.names[kind]

    def name_of(self, kind: Kind, code: str) -> str | None:
        """Return the name of a code; `None` if the edition does not have it."""
        return self.names[kind].get(code)

    def translate(self, kind: Kind, code: str) -> str | None:
        """Return the code of this edition that a written one stands for.

        The code itself where the edition has it; else what the map says, once; else the dagger-asterisk code of
        which it is the dagger part, where there is only one.

        Returns:
            The code, or `None` if the edition and its maps do not know it, or the map drops it.
        """
        for reading in (code, *readings(code, {})):
            if reading in self.names[kind]:
                return reading
            if reading in self.maps[kind]:
                return self.maps[kind][reading] or None
            whole = self._by_dagger[kind].get(reading)
            if whole:
                return whole
        return None

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the codes and maps, as hexadecimal."""
        tables = [*(self.names[kind] for kind in _FILES), *(self.maps[kind] for kind in _FILES)]
        return hash_text(*("\0".join(f"{code}\0{value}" for code, value in sorted(each.items())) for each in tables))

    @cached_property
    def _by_dagger(self) -> dict[Kind, dict[str, str]]:
        return {kind: _dagger_parts(self.names[kind], self.maps[kind]) for kind in _FILES}


def _dagger_parts(names: Mapping[str, str], mapped: Mapping[str, str]) -> dict[str, str]:
    """Return the code that each bare dagger part stands for; empty where it could be several."""
    found: dict[str, str] = {}
    for whole, code in (*((code, code) for code in names), *mapped.items()):
        dagger, plus, _ = whole.partition("+")
        if plus:
            found[dagger] = code if found.get(dagger, code) == code else ""
    return found


def code_sets_folder() -> Path:
    """Return the folder in which imported code sets are kept."""
    return own_folder().parent / "codes"


def code_set_folders() -> dict[str, Path]:
    """Return the folders of all code sets by name."""
    found = sorted(code_sets_folder().glob(f"*/{MANIFEST}"))
    return {path.parent.name: path.parent for path in found if not path.parent.name.startswith(".")}


def find_code_set(name: str) -> CodeSet:
    """Return a code set by its name, or by the path of its folder.

    Raises:
        TongchouError: `grouping.no_code_set` if there is none; `grouping.scheme_file` if a file cannot be read.
    """
    folders = code_set_folders()
    folder = folders.get(name, Path(name))
    if not (folder / MANIFEST).is_file():
        known = ", ".join(folders) or "-"
        raise TongchouError(
            "grouping.no_code_set",
            what=Text(f"找不到编码集 {name}", f"there is no code set {name}"),
            where=name,
            why=Text(f"已有的编码集是：{known}", f"the code sets at hand are: {known}"),
            remedy=Text("先用 tongchou codes import 导入", "import it first with tongchou codes import"),
        )
    manifest = _read_manifest(folder / MANIFEST)
    return CodeSet(
        name=str(manifest.get("name", folder.name)),
        title=Text(**manifest["title"]),
        names={kind: _read_pairs(folder / names, _NAMES) for kind, (names, _) in _FILES.items()},
        maps={kind: _read_pairs(folder / map_, _MAP) for kind, (_, map_) in _FILES.items()},
        sources=tuple(manifest.get("sources") or ()),
    )


def install_code_set(code_set: CodeSet) -> Path:
    """Put a code set among the user's own; one of its name is replaced only when the new one stands.

    Raises:
        TongchouError: `grouping.code_set_name` if the name could lead out of the folder of code sets, or its place
            is taken by something that is no code set.
    """
    target = code_sets_folder() / code_set.name
    if is_plain_name(code_set.name):
        recover_folder(target)
    if not is_plain_name(code_set.name) or (target.exists() and not (target / MANIFEST).is_file()):
        raise TongchouError(
            "grouping.code_set_name",
            what=Text(f"编码集名“{code_set.name}”不能用", f"the name '{code_set.name}' cannot be used"),
            where="--name",
            why=Text(
                "它是文件夹名：须以字母、数字或汉字开头，且该处没有别的文件夹",
                "it names a folder: it begins with a letter, digit or Chinese character, and no other folder is there",
            ),
            remedy=Text("换一个名称，例如 yb-2.0", "give another name, e.g. yb-2.0"),
        )
    replace_folder(target, lambda folder: _write(code_set, folder))
    return target


def _write(code_set: CodeSet, folder: Path) -> None:
    folder.mkdir(parents=True)
    manifest = {
        "name": code_set.name,
        "title": {"zh": code_set.title.zh, "en": code_set.title.en},
        "sources": [dict(source) for source in code_set.sources],
    }
    (folder / MANIFEST).write_text(yaml.safe_dump(manifest, allow_unicode=True, sort_keys=False), encoding="utf-8")
    for kind, (names, map_) in _FILES.items():
        _write_pairs(folder / names, _NAMES, code_set.names[kind])
        _write_pairs(folder / map_, _MAP, code_set.maps[kind])


def _write_pairs(path: Path, columns: tuple[str, str], pairs: Mapping[str, str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(pairs.items())


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        content: Any = load_plain_yaml(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, ValueError) as error:
        raise file_problem(path, Text(f"无法读取：{error}", f"it cannot be read: {error}")) from error
    title = content.get("title") if isinstance(content, dict) else None
    if not isinstance(title, dict) or title.keys() != {"zh", "en"}:
        raise file_problem(path, Text("须有 title，写明 zh 和 en", "it has a title, given as zh and en"))
    return content


def _read_pairs(path: Path, columns: tuple[str, str]) -> dict[str, str]:
    if not path.is_file():
        if columns == _MAP:
            return {}
        raise file_problem(path, Text("文件不存在", "the file does not exist"))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            if tuple(next(rows, ())) != columns:
                raise file_problem(path, Text(f"列须为 {columns}", f"its columns are {columns}"))
            return {row[0]: row[1] for row in rows if len(row) == len(columns)}
    except (UnicodeDecodeError, csv.Error) as error:
        raise file_problem(path, Text(f"无法读取：{error}", f"it cannot be read: {error}")) from error
