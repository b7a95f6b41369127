"""Importing a published CHS-DRG edition from a folder of code tables, as the tables of a scheme.

The folder holds, with full code lists, `mdc.csv` (order, mdc, rule), `mdc_dx.csv` (mdc, code), `mdcz_sites.csv`
(site, code), `adrg.csv` (mdc, order, adrg, rule), `adrg_codes.csv` (adrg, list, code, part) and `drg.csv` (adrg,
order, drg, severity, name). A folder of severity lists beside it holds `<edition>_MCC.dat`, `_CC.dat` (code and
exclusion id), `_CCE.dat` (principal diagnosis and exclusion id) and `_SS_VALID.dat` (operating-room procedures).
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.hashing import hash_file
from tongchou.core.text import Text
from tongchou.grouping.schemes.scheme import DIAGNOSES, SITE_PREFIX, VALID_OPERATIONS
from tongchou.grouping.schemes.tables import TABLES, Row, SchemeTables

_TRAUMA = "MDCZ"
_PUBLISHED_ON = date(2020, 6, 12)
"""Day on which the subgroups of CHS-DRG 1.0 were published; an imported edition holds from then on, unless its manifest
is changed."""

STANDARD_CHECKS = (
    ("no_sex", "!known(sex)", "性别缺失", "sex is missing"),
    ("no_age", "!known(age_years)", "年龄缺失", "age is missing"),
    ("no_age_days", "age_years=0 & !known(age_days)", "不足一周岁缺日龄", "under one year without age in days"),
    (
        "no_weight",
        "age_years=0 & age_days<=28 & !known(weight_g)",
        "新生儿缺出生体重",
        "newborn without birth weight",
    ),
)
"""Name, rule and words of the checks of a case's data that every edition of CHS-DRG makes."""

_SOURCE_COLUMNS = {
    "mdc.csv": ("order", "mdc", "rule"),
    "mdc_dx.csv": ("mdc", "code"),
    "mdcz_sites.csv": ("site", "code"),
    "adrg.csv": ("mdc", "order", "adrg", "rule"),
    "adrg_codes.csv": ("adrg", "list", "code", "part"),
    "drg.csv": ("adrg", "order", "drg", "severity", "name"),
}
_SEVERITY_WORDS = {"_MCC": 2, "_CC": 2, "_CCE": 2, "_SS_VALID": 1}


def import_tables(source: Path, severity: Path) -> SchemeTables:
    """Read a folder of published tables as the tables of a scheme.

    Args:
        source: The folder of group tables.
        severity: The folder of severity lists.

    Raises:
        Problems: `grouping.import_file` for each table that is missing or cannot be read.
    """
    problems: list[TongchouError] = []
    published = {name: _csv(source / name, problems) for name in _SOURCE_COLUMNS}
    lists = {ending: _lines(_list_file(source, severity, ending), problems) for ending in _SEVERITY_WORDS}
    if problems:
        raise Problems(problems)
    files = [*(source / name for name in _SOURCE_COLUMNS), *(_list_file(source, severity, e) for e in _SEVERITY_WORDS)]
    sources = [{"name": path.name, "sha256": hash_file(path)} for path in files]
    found = {**_groups(published), **_severity(lists)}
    tables = {
        name: [{column: row.get(column, "") for column in columns} for row in found[name]]
        for name, columns in TABLES.items()
    }
    return SchemeTables(imported_manifest(source.name, sources), tables)


def imported_manifest(edition: str, sources: list[dict[str, str]]) -> dict[str, Any]:
    """Return the manifest of an imported edition.

    Args:
        edition: What it is called: the name of its folder or workbook.
        sources: Name and SHA-256 of every file that was read.
    """
    return {
        "name": edition,
        "title": {"zh": f"{edition}（导入）", "en": f"{edition} (imported)"},
        "publisher": "as imported",
        "edition": edition,
        "follows": "",
        "base": "",
        "base_fingerprint": "",
        "valid_from": _PUBLISHED_ON,
        "valid_until": None,
        "purpose": "payment",
        "notice": None,
        "code_match": "exact",
        "code_edition": "",
        "settings": {"day_surgery": "severity", "empty_other_list": "error"},
        "sources": sources,
    }


def standard_checks() -> list[Row]:
    """Return the rows of `checks.csv` of a published edition."""
    return [
        {"order": str(number), "check": check, "rule": rule, "name_zh": zh, "name_en": en}
        for number, (check, rule, zh, en) in enumerate(STANDARD_CHECKS, start=1)
    ]


def _groups(published: dict[str, list[Row]]) -> dict[str, list[Row]]:
    drgs, sites = published["drg.csv"], published["mdcz_sites.csv"]
    # The tables name groups only; an ADRG is named as its groups are, without their severity.
    names = {r["adrg"]: r["name"].replace(",", "，").partition("，伴")[0].partition("，不伴")[0] for r in drgs}
    trauma = dict.fromkeys(r["code"] for r in sites)
    return {
        "checks.csv": standard_checks(),
        "mdc.csv": [row | {"name_en": row["mdc"]} for row in published["mdc.csv"]],
        "mdc_codes.csv": [
            *(
                {"mdc": r["mdc"], "list": DIAGNOSES, "codes": r["code"]}
                for r in published["mdc_dx.csv"]
                if r["mdc"] != _TRAUMA
            ),
            *({"mdc": _TRAUMA, "list": DIAGNOSES, "codes": code} for code in trauma),
            *({"mdc": _TRAUMA, "list": SITE_PREFIX + r["site"], "codes": r["code"]} for r in sites),
        ],
        "adrg.csv": [
            row | {"outcome": "grouped", "name_zh": names.get(row["adrg"], ""), "name_en": row["adrg"]}
            for row in published["adrg.csv"]
        ],
        "adrg_codes.csv": [row | {"codes": row["code"]} for row in published["adrg_codes.csv"]],
        "drg.csv": [row | {"name_zh": row["name"]} for row in drgs],
    }


def _severity(lists: dict[str, list[list[str]]]) -> dict[str, list[Row]]:
    def pairs(ending: str) -> list[Row]:
        return [{"exclusion": exclusion, "codes": code} for code, exclusion, *_ in lists[ending]]

    valid = dict.fromkeys(code for code, *_ in lists["_SS_VALID"])
    return {
        "lists.csv": [{"list": VALID_OPERATIONS, "kind": "op", "codes": code} for code in valid],
        "mcc.csv": pairs("_MCC"),
        "cc.csv": pairs("_CC"),
        "exclusions.csv": pairs("_CCE"),
    }


def _csv(path: Path, problems: list[TongchouError]) -> list[Row]:
    reader = csv.DictReader(StringIO(_text(path, problems)))
    missing = [name for name in _SOURCE_COLUMNS[path.name] if name not in (reader.fieldnames or ())]
    if missing and not any(problem.where == _where(path) for problem in problems):
        why = Text("缺少列 " + "、".join(missing), "columns are missing: " + ", ".join(missing))
        problems.append(_unfit(path, why))
    if missing:
        return []
    return [{name: (row[name] or "").strip() for name in _SOURCE_COLUMNS[path.name]} for row in reader]


def _list_file(source: Path, severity: Path, ending: str) -> Path:
    return severity / f"{source.name.replace('-', '_')}{ending}.dat"


def _lines(path: Path, problems: list[TongchouError]) -> list[list[str]]:
    words = next(words for ending, words in _SEVERITY_WORDS.items() if path.stem.endswith(ending))
    lines = list(_split(_text(path, problems).splitlines()))
    for number, parts in lines:
        if len(parts) < words:
            why = Text(f"第 {number} 行不足 {words} 项", f"line {number} has fewer than {words} words")
            problems.append(_unfit(path, why))
    return [parts for _, parts in lines]


def _split(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, start=1):
        parts = line.split()
        if parts:
            yield number, parts


def _text(path: Path, problems: list[TongchouError]) -> str:
    if not path.is_file():
        problems.append(_unfit(path, Text("文件不存在", "the file does not exist")))
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problems.append(_unfit(path, Text("文件不是 UTF-8 编码", "the file is not UTF-8")))
        return ""


def _where(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _unfit(path: Path, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.import_file",
        what=Text("导入所需的表不能用", "a table that the import needs cannot be used"),
        where=_where(path),
        why=why,
        remedy=Text(
            "检查文件夹；并发症表的位置可用 --severity 指定",
            "check the folder; the severity lists can be named with --severity",
        ),
    )
