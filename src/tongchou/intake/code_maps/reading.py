"""Reading packs of code maps: a YAML head and a CSV of rows of the same name beside it."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.intake.code_maps.code_map import KINDS, PAIRS, CodeMap, in_order, mapped_columns

FOLDER = "code_maps"
"""The folder of a region in which its own maps are."""

_HEAD = frozenset(("id", "kind", "step", "from", "to", "title", "publisher", "source", "valid_from", "valid_until"))
_OPTIONAL = frozenset(("valid_until", "institution"))
_ROW_NEEDS = ("from_code", "to_code")


def read_code_maps(pack: Path) -> tuple[CodeMap, ...]:
    """Return the maps of a pack in the order in which they are applied.

    Args:
        pack: A folder with the heads and rows of maps, or the head of one map.

    Raises:
        Problems: Everything that is wrong with any of the files: `intake.code_map_file`; two maps of one id:
            `intake.code_map_id`.
    """
    heads = sorted(pack.glob("*.yaml")) if pack.is_dir() else [pack]
    problems: list[TongchouError] = []
    maps: dict[str, CodeMap] = {}
    if not heads:
        problems.append(_file(pack, Text("这里没有对照表的 YAML 文件", "there is no YAML file of a map here")))
    for head in heads:
        try:
            read = _read(head)
        except TongchouError as problem:
            problems.append(problem)
            continue
        if read.map_id in maps:
            problems.append(_repeated(head, read.map_id))
        maps[read.map_id] = read
    if problems:
        raise Problems(problems)
    return in_order(tuple(maps.values()))


def _read(path: Path) -> CodeMap:
    head = _head(path)
    rows = path.with_suffix(".csv")
    return CodeMap(
        map_id=_word(path, head, "id"),
        kind=_kind(path, head),
        step=_step(path, head),
        from_system=_word(path, head, "from"),
        to_system=_word(path, head, "to"),
        title=_title(path, head),
        publisher=_word(path, head, "publisher"),
        source=_word(path, head, "source"),
        valid_from=_day(path, head, "valid_from"),
        valid_until=_day(path, head, "valid_until") if head.get("valid_until") is not None else None,
        institution_id=_word(path, head, "institution") if head.get("institution") is not None else None,
        pairs=_pairs(rows),
    )


def _head(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), yaml.BaseLoader)  # noqa: S506  # text only: safe
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise _file(path, Text("不是可读的 UTF-8 YAML 文件", "it is no readable YAML file in UTF-8")) from error
    if not isinstance(content, dict):
        raise _file(path, Text("不是键与值", "it does not hold keys and values"))
    missing = sorted(_HEAD - _OPTIONAL - content.keys())
    unknown = sorted(content.keys() - _HEAD - _OPTIONAL)
    if missing or unknown:
        named = ", ".join([*missing, *map(str, unknown)])
        raise _file(path, Text(f"缺少或不认识的键：{named}", f"keys that are missing or unknown: {named}"))
    return content


def _word(path: Path, head: Mapping[str, Any], key: str) -> str:
    value = head[key]
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise _file(path, Text(f"{key} 须为文字", f"{key} must be a text"))


def _kind(path: Path, head: Mapping[str, Any]) -> str:
    kind = _word(path, head, "kind")
    if mapped_columns(kind):
        return kind
    known = ", ".join([*KINDS, "department"])
    raise _file(
        path,
        Text(
            f"kind 须为 {known} 或一个编码表的名称",
            f"kind must be one of {known}, or the name of a code list",
        ),
    )


def _step(path: Path, head: Mapping[str, Any]) -> int:
    text = _word(path, head, "step")
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    raise _file(path, Text("step 须为整数", "step must be a whole number"))


def _title(path: Path, head: Mapping[str, Any]) -> Text:
    title = head["title"]
    if (
        isinstance(title, dict)
        and title.keys() == {"zh", "en"}
        and all(isinstance(each, str) for each in title.values())
    ):
        return Text(title["zh"], title["en"])
    raise _file(path, Text("title 须写明 zh 和 en", "title must be given as zh and en"))


def _day(path: Path, head: Mapping[str, Any], key: str) -> date:
    try:
        return date.fromisoformat(_word(path, head, key))
    except ValueError as error:
        raise _file(path, Text(f"{key} 须为 2025-01-31 这样的日期", f"{key} must be a day like 2025-01-31")) from error


def _pairs(path: Path) -> pl.DataFrame:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [{key: (value or "").strip() or None for key, value in row.items()} for row in _rows(path, file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _file(path, Text("不是可读的 UTF-8 CSV 文件", "it is no readable CSV file in UTF-8")) from error
    for number, row in enumerate(rows, 2):
        if not all(row.get(name) for name in _ROW_NEEDS):
            raise _file(path, Text(f"第 {number} 行缺少编码", f"a code is missing in line {number}"))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(PAIRS, pl.String))
    days = [name for name, kind in PAIRS.items() if kind == pl.Date]
    dated = frame.with_columns(pl.col(name).str.to_date("%Y-%m-%d", strict=False).alias(name) for name in days)
    for name in days:
        wrong = (dated[name].is_null() & frame[name].is_not_null()).arg_true()
        if len(wrong):
            line = int(wrong[0]) + 2
            raise _file(
                path, Text(f"第 {line} 行的 {name} 不是日期", f"{name} in line {line} is not a day like 2025-01-31")
            )
    return dated


def _rows(path: Path, file: Any) -> list[dict[str, str]]:  # noqa: ANN401  # an open text file
    reader = csv.DictReader(file, restkey="")
    names = reader.fieldnames or []
    if not set(_ROW_NEEDS) <= set(names) <= set(PAIRS) or len(set(names)) != len(names):
        known = ", ".join(PAIRS)
        raise _file(path, Text(f"列须为 {known}，前两列必有", f"its columns are {known}; the first two must be there"))
    rows = list(reader)
    if any("" in row for row in rows):
        raise _file(path, Text("有的行列数太多", "a row has too many columns"))
    return rows


def _file(path: Path, why: Text) -> TongchouError:
    return TongchouError(
        "intake.code_map_file",
        what=Text("对照表文件不能使用", "a file of a code map cannot be used"),
        where=path.name,
        why=why,
        remedy=Text("按 docs/code-maps.md 改正文件", "mend the file as docs/code-maps.md says"),
    )


def _repeated(path: Path, map_id: str) -> TongchouError:
    return TongchouError(
        "intake.code_map_id",
        what=Text(f"对照表 {map_id} 出现两次", f"the code map {map_id} stands twice"),
        where=path.name,
        why=Text("修正记录按编号指明用了哪张表", "the record of what was mapped names a map by its id"),
        remedy=Text("给其中一张换一个 id", "give one of them another id"),
    )
