"""Importing a code edition from the files in which published groupers carry it.

The files are found by their names: `*ZD_INFO*` and `*SS_INFO*` hold the codes of diagnoses and of procedures, one
line each, the name after the first blank; `*ZD_MAP*` and `*SS_MAP*`, which may be absent, hold a code of another
edition and the code for it.
"""

from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_file
from tongchou.core.text import Text
from tongchou.grouping.schemes.code_set import CodeSet
from tongchou.grouping.schemes.scheme import Kind

_MARKS: dict[Kind, tuple[str, str]] = {"dx": ("ZD_INFO", "ZD_MAP"), "op": ("SS_INFO", "SS_MAP")}
_ENCODINGS = ("utf-8-sig", "gb18030")
_DROPPED = "-"


def import_code_set(folder: Path, name: str, title: Text | None = None) -> CodeSet:
    """Read a code edition; `code_set.install_code_set` keeps it.

    Args:
        folder: The folder of the files.
        name: The name that it is kept under.
        title: The edition in words; the name if it is not given.

    Raises:
        TongchouError: `grouping.code_set_file` if a file is missing, is there twice or cannot be read.
    """
    names: dict[Kind, dict[str, str]] = {}
    maps: dict[Kind, dict[str, str]] = {}
    used: list[Path] = []
    for kind, (master, mapping) in _MARKS.items():
        path = _only(folder, master)
        if path is None:
            raise _problem(folder, Text(f"没有 *{master}* 文件", f"there is no file *{master}*"))
        names[kind] = {}
        for code, words in _pairs(path):
            names[kind].setdefault(code, words)
        used.append(path)
        map_path = _only(folder, mapping)
        maps[kind] = {}
        if map_path is not None:
            pairs = _pairs(map_path)
            maps[kind] = {code: "" if to == _DROPPED else to for code, to in pairs if code not in names[kind] and to}
            used.append(map_path)
    sources = tuple({"name": path.name, "sha256": hash_file(path)} for path in used)
    return CodeSet(name, title or Text.plain(name), names, maps, sources)


def _only(folder: Path, mark: str) -> Path | None:
    found = sorted(folder.glob(f"*{mark}*"))
    if len(found) > 1:
        named = ", ".join(path.name for path in found)
        raise _problem(folder, Text(f"有几个 *{mark}* 文件：{named}", f"several files are *{mark}*: {named}"))
    return found[0] if found else None


def _pairs(path: Path) -> list[tuple[str, str]]:
    """Return the code of each line and what stands after it, blanks around both taken away."""
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            lines = content.decode(encoding).splitlines()
        except UnicodeDecodeError:
            continue
        parts = [line.split(maxsplit=1) for line in lines if line.strip()]
        return [(part[0], part[1].strip() if len(part) > 1 else "") for part in parts]
    why = Text("既不是 UTF-8，也不是 GB 18030", "it is neither UTF-8 nor GB 18030")
    raise _problem(path, why)


def _problem(where: Path, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.code_set_file",
        what=Text("编码集的文件不能用", "a file of the code set cannot be used"),
        where=where.name or str(where),
        why=why,
        remedy=Text(
            "提供 ZD_INFO、SS_INFO（及可选的 ZD_MAP、SS_MAP）各一个",
            "give one file each of ZD_INFO and SS_INFO (and of ZD_MAP and SS_MAP, if there are any)",
        ),
    )
