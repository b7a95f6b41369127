"""Reading a scheme from its folder of tables.

| file | one row is | columns |
| --- | --- | --- |
| `scheme.yaml` | the manifest | see `Manifest` |
| `mdc.csv` | an MDC | order, mdc, rule, name_zh, name_en |
| `mdc_codes.csv` | patterns of a list of an MDC (`dx`, `site:…`) | mdc, list, codes |
| `adrg.csv` | an ADRG | mdc, order, adrg, rule, name_zh, name_en |
| `adrg_codes.csv` | patterns of a list of an ADRG (`dx`, `op`, `op2`) | adrg, list, part, codes |
| `drg.csv` | a DRG | adrg, order, drg, severity, name_zh, name_en |
| `mcc.csv`, `cc.csv` | patterns of severe secondary diagnoses | exclusion, codes |
| `exclusions.csv` | patterns of principal diagnoses | exclusion, codes |
| `valid_operations.csv` | patterns of operating-room procedures | codes |
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import yaml

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.hashing import hash_file, hash_text
from tongchou.core.text import Text
from tongchou.grouping.codes import CodeMatch
from tongchou.grouping.rules import CodeTest, PartTest, Rule, parse_rule, tests_of
from tongchou.grouping.scheme import (
    OPERATIONS,
    VALID_OPERATIONS,
    Adrg,
    Drg,
    ExclusionCell,
    ListKey,
    Manifest,
    Mdc,
    Scheme,
    Severity,
    SeverityCell,
)

MANIFEST = "scheme.yaml"
COLUMNS = {
    "mdc.csv": ("order", "mdc", "rule", "name_zh", "name_en"),
    "mdc_codes.csv": ("mdc", "list", "codes"),
    "adrg.csv": ("mdc", "order", "adrg", "rule", "name_zh", "name_en"),
    "adrg_codes.csv": ("adrg", "list", "part", "codes"),
    "drg.csv": ("adrg", "order", "drg", "severity", "name_zh", "name_en"),
    "mcc.csv": ("exclusion", "codes"),
    "cc.csv": ("exclusion", "codes"),
    "exclusions.csv": ("exclusion", "codes"),
    "valid_operations.csv": ("codes",),
}
_MANIFEST_KEYS = ("name", "title", "publisher", "edition", "base", "valid_from", "purpose", "notice", "code_match")
_CHOICES = {"purpose": ("payment", "learning"), "code_match": get_args(CodeMatch)}
_WHOLE = re.compile(r"[0-9]{1,9}")

Row = dict[str, str]


def load_scheme(folder: Path) -> Scheme:
    """Read a scheme.

    Raises:
        Problems: Everything that is wrong with the folder: `grouping.scheme_file` (a file or column is missing or
            cannot be read), `grouping.scheme_value` (an order, a part or a severity, or a value of the manifest,
            is not one that a scheme can have), `grouping.rule` (a rule cannot be read),
            `grouping.scheme_list` (a rule names a list without codes),
            `grouping.scheme_group` (a row names a group that does not exist, or a group is there twice).
    """
    problems: list[TongchouError] = []
    tables = {name: _rows(folder / name, columns, problems) for name, columns in COLUMNS.items()}
    manifest = _manifest(folder / MANIFEST, problems)
    if problems or manifest is None:
        raise Problems(problems)
    lists = _lists(tables)
    drgs = _drgs(tables["drg.csv"], problems)
    adrgs = _adrgs(tables["adrg.csv"], drgs, lists, problems)
    mdcs = _mdcs(tables["mdc.csv"], adrgs, lists, problems)
    problems += _strangers(tables)
    problems += _bad_cells(tables)
    if problems:
        raise Problems(problems)
    levels = (("mcc", "mcc.csv"), ("cc", "cc.csv"))
    return Scheme(
        manifest=manifest,
        mdcs=mdcs,
        lists=lists,
        severity=tuple(
            SeverityCell(level, row["exclusion"], row["codes"])  # type: ignore[arg-type]
            for level, name in levels
            for row in tables[name]
        ),
        exclusions=tuple(ExclusionCell(row["exclusion"], row["codes"]) for row in tables["exclusions.csv"]),
        fingerprint=hash_text(*(hash_file(folder / name) for name in (MANIFEST, *sorted(COLUMNS)))),
    )


def _manifest(path: Path, problems: list[TongchouError]) -> Manifest | None:
    try:
        read: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: not UTF-8, or a day that no calendar has
        problems.append(_file_problem(path, Text(f"无法读取：{error}", f"it cannot be read: {error}")))
        return None
    content: Any = {} if read is None else read
    if not isinstance(content, dict):
        problems.append(_file_problem(path, Text("不是“键: 值”的列表", "it is not a list of keys with values")))
        return None
    missing = [key for key in _MANIFEST_KEYS if key not in content]
    if missing:
        why = Text("缺少 " + "、".join(missing), "missing: " + ", ".join(missing))
        problems.append(_file_problem(path, why))
        return None
    faults = [_value_problem(f"{MANIFEST} {key}", content[key], rule) for key, rule in _manifest_faults(content)]
    if faults:
        problems.extend(faults)
        return None
    return Manifest(
        name=str(content["name"]),
        title=Text(**content["title"]),
        publisher=str(content["publisher"]),
        edition=str(content["edition"]),
        base=str(content["base"] or ""),
        valid_from=date.fromisoformat(str(content["valid_from"])),
        purpose=content["purpose"],
        notice=Text(**content["notice"]) if content["notice"] else Text("", ""),
        code_match=content["code_match"],
    )


def _manifest_faults(content: dict[str, Any]) -> Iterator[tuple[str, Text]]:
    both = Text("须写明 zh 和 en 两种文字", "the words are given as zh and en")
    if not _is_text(content["title"]):
        yield "title", both
    if content["notice"] and not _is_text(content["notice"]):
        yield "notice", both
    try:
        date.fromisoformat(str(content["valid_from"]))
    except ValueError:
        yield "valid_from", Text("须为日期，如 2025-01-01", "it is a date such as 2025-01-01")
    for key, choices in _CHOICES.items():
        if content[key] not in choices:
            yield key, _one_of(choices)


def _is_text(content: object) -> bool:
    return (
        isinstance(content, dict)
        and content.keys() == {"zh", "en"}
        and all(isinstance(words, str) for words in content.values())
    )


def _rows(path: Path, columns: tuple[str, ...], problems: list[TongchouError]) -> list[Row]:
    if not path.is_file():
        problems.append(_file_problem(path, Text("文件不存在", "the file does not exist")))
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if not missing:
                return [{name: (row[name] or "").strip() for name in columns} for row in reader]
        why = Text("缺少列 " + "、".join(missing), "columns are missing: " + ", ".join(missing))
    except (UnicodeDecodeError, csv.Error) as error:
        why = Text(f"无法读取：{error}", f"it cannot be read: {error}")
    problems.append(_file_problem(path, why))
    return []


def _lists(tables: dict[str, list[Row]]) -> dict[ListKey, tuple[str, ...]]:
    cells: dict[ListKey, list[str]] = defaultdict(list)
    for row in tables["mdc_codes.csv"]:
        cells[ListKey(row["mdc"], row["list"])].append(row["codes"])
    for row in tables["adrg_codes.csv"]:
        cells[ListKey(row["adrg"], row["list"], _whole(row["part"]))].append(row["codes"])
    for row in tables["valid_operations.csv"]:
        cells[ListKey("", VALID_OPERATIONS)].append(row["codes"])
    return {key: tuple(patterns) for key, patterns in cells.items()}


def _drgs(rows: list[Row], problems: list[TongchouError]) -> dict[str, list[Drg]]:
    drgs: dict[str, list[Drg]] = defaultdict(list)
    for row in _unique(sorted(rows, key=lambda row: _whole(row["order"])), "drg", problems):
        drgs[row["adrg"]].append(Drg(row["drg"], row["severity"], _name(row)))  # type: ignore[arg-type]
    return drgs


def _adrgs(
    rows: list[Row], drgs: dict[str, list[Drg]], lists: dict[ListKey, tuple[str, ...]], problems: list[TongchouError]
) -> dict[str, list[Adrg]]:
    adrgs: dict[str, list[Adrg]] = defaultdict(list)
    for row in _unique(sorted(rows, key=lambda row: _whole(row["order"])), "adrg", problems):
        rule = _rule(row["rule"], row["adrg"], lists, problems)
        if rule is not None:
            adrg = Adrg(row["adrg"], rule, row["rule"], _name(row), tuple(drgs.get(row["adrg"], ())))
            adrgs[row["mdc"]].append(adrg)
    return adrgs


def _mdcs(
    rows: list[Row],
    adrgs: dict[str, list[Adrg]],
    lists: dict[ListKey, tuple[str, ...]],
    problems: list[TongchouError],
) -> tuple[Mdc, ...]:
    mdcs = []
    for row in _unique(sorted(rows, key=lambda row: _whole(row["order"])), "mdc", problems):
        rule = _rule(row["rule"], row["mdc"], lists, problems)
        if rule is not None:
            mdcs.append(Mdc(row["mdc"], rule, row["rule"], _name(row), tuple(adrgs.get(row["mdc"], ()))))
    return tuple(mdcs)


def _rule(text: str, owner: str, lists: dict[ListKey, tuple[str, ...]], problems: list[TongchouError]) -> Rule | None:
    try:
        rule = parse_rule(text, owner)
    except TongchouError as error:
        problems.append(error)
        return None
    keys = [list_key(test, owner) for test in tests_of(rule) if isinstance(test, CodeTest | PartTest)]
    problems.extend(_list_problem(f"{owner}: {text}", key) for key in keys if key not in lists)
    return rule


def list_key(test: CodeTest | PartTest, owner: str) -> ListKey:
    """Return the key of the list that a test of `owner`'s rule looks at."""
    if isinstance(test, PartTest):
        return ListKey(owner, OPERATIONS, test.part)
    if test.list_name == VALID_OPERATIONS:
        return ListKey("", VALID_OPERATIONS)
    return ListKey(owner, test.list_name)


def _unique(rows: list[Row], column: str, problems: list[TongchouError]) -> Iterator[Row]:
    seen: set[str] = set()
    for row in rows:
        if row[column] in seen:
            why = Text("代码出现两次", "the code is there twice")
            problems.append(_group_problem(f"{column}={row[column]}", why))
        seen.add(row[column])
        yield row


def _strangers(tables: dict[str, list[Row]]) -> Iterator[TongchouError]:
    owners = (
        ("adrg.csv", "mdc", "mdc.csv"),
        ("mdc_codes.csv", "mdc", "mdc.csv"),
        ("adrg_codes.csv", "adrg", "adrg.csv"),
        ("drg.csv", "adrg", "adrg.csv"),
    )
    for name, column, owner_name in owners:
        known = {row[column] for row in tables[owner_name]}
        for code in sorted({row[column] for row in tables[name]} - known):
            why = Text(f"{owner_name} 中没有它", f"{owner_name} does not have it")
            yield _group_problem(f"{name} {column}={code}", why)


def _bad_cells(tables: dict[str, list[Row]]) -> Iterator[TongchouError]:
    whole = Text("须为整数", "it is a whole number")
    severities = get_args(Severity)
    for name, column in (("mdc.csv", "mdc"), ("adrg.csv", "adrg"), ("drg.csv", "drg")):
        for row in tables[name]:
            if not _WHOLE.fullmatch(row["order"]):
                yield _value_problem(f"{name} {column}={row[column]} order", row["order"], whole)
    for row in tables["adrg_codes.csv"]:
        if row["part"] and not _WHOLE.fullmatch(row["part"]):
            yield _value_problem(f"adrg_codes.csv adrg={row['adrg']} part", row["part"], whole)
    for row in tables["drg.csv"]:
        if row["severity"] not in severities:
            yield _value_problem(f"drg.csv drg={row['drg']} severity", row["severity"], _one_of(severities))


def _whole(written: str) -> int:
    """Return the number of a cell; 0 for none, and for one that `_bad_cells` reports."""
    return int(written) if _WHOLE.fullmatch(written) else 0


def _one_of(choices: tuple[str, ...]) -> Text:
    return Text("须为以下之一：" + "、".join(choices), "it is one of: " + ", ".join(choices))


def _name(row: Row) -> Text:
    zh = row["name_zh"] or row["name_en"]
    return Text(zh, row["name_en"] or zh)


def _list_problem(where: str, key: ListKey) -> TongchouError:
    return TongchouError(
        "grouping.scheme_list",
        what=Text("规则引用了没有编码的列表", "a rule names a list that has no codes"),
        where=where,
        why=Text(f"编码表中没有“{key}”", f"the code tables hold no list '{key}'"),
        remedy=Text("补充该列表或修改规则", "add the list or change the rule"),
    )


def _group_problem(where: str, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.scheme_group",
        what=Text("方案表中的分组不一致", "the scheme's tables disagree about a group"),
        where=where,
        why=why,
        remedy=Text("在表中补充或删除该行", "add or remove the row"),
    )


def _value_problem(where: str, value: object, rule: Text) -> TongchouError:
    return TongchouError(
        "grouping.scheme_value",
        what=Text(f"方案中的值“{value}”不能用", f"the scheme's value '{value}' cannot be used"),
        where=where,
        why=rule,
        remedy=Text("按方案手册改正", "correct it as the scheme manual says"),
    )


def _file_problem(path: Path, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.scheme_file",
        what=Text("分组方案文件不完整", "a file of the grouping scheme is not complete"),
        where=f"{path.parent.name}/{path.name}",
        why=why,
        remedy=Text("按方案手册补齐", "complete it as the scheme manual says"),
    )
