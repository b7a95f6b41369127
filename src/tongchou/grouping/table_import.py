"""Importing a published CHS-DRG edition from a folder of code tables into a scheme folder.

The folder holds, with full code lists, `mdc.csv` (order, mdc, rule), `mdc_dx.csv` (mdc, code), `mdcz_sites.csv`
(site, code), `adrg.csv` (mdc, order, adrg, rule), `adrg_codes.csv` (adrg, list, code, part) and `drg.csv` (adrg,
order, drg, severity, name). A folder of severity lists beside it holds `<edition>_MCC.dat`, `_CC.dat` (code and
exclusion id), `_CCE.dat` (principal diagnosis and exclusion id) and `_SS_VALID.dat` (operating-room procedures).
"""

import csv
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.scheme import DIAGNOSES, SITE_PREFIX, Scheme
from tongchou.grouping.scheme_folder import COLUMNS, MANIFEST, load_scheme

_TRAUMA = "MDCZ"
_NAME = re.compile(r"[A-Za-z0-9一-鿿][\w.-]*")


def import_tables(source: Path, severity: Path, name: str, target: Path) -> Scheme:
    """Turn a folder of published tables into a scheme folder and read it back.

    Args:
        source: The folder of group tables.
        severity: The folder of severity lists.
        name: The name that the scheme will have.
        target: The scheme folder to make; a scheme that is there is replaced only when the import succeeded.

    Raises:
        TongchouError: `grouping.scheme_name` if the name could lead out of the folder of schemes;
            `grouping.scheme_target` if the target is there and is no scheme; `grouping.import_file` if a table
            is missing or cannot be read.
        Problems: What `load_scheme` finds.
    """
    if not _NAME.fullmatch(name):
        raise _bad_name(name)
    work, aside = target.with_name(f".{target.name}.importing"), target.with_name(f".{target.name}.replaced")
    if aside.exists() and not target.exists():
        # An earlier import was cut off between its two renames.
        aside.rename(target)
    if target.exists() and not (target / MANIFEST).is_file():
        raise _not_a_scheme(target)
    for left_over in (work, aside):
        shutil.rmtree(left_over, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        for file_name, rows in _tables(source, severity):
            _write(work / file_name, COLUMNS[file_name], rows)
        _write_manifest(work / MANIFEST, source.name, name)
        scheme = load_scheme(work)
        _swap(work, target, aside)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return scheme


def _swap(work: Path, target: Path, aside: Path) -> None:
    if not target.exists():
        work.rename(target)
        return
    target.rename(aside)
    try:
        work.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _tables(source: Path, severity: Path) -> Iterator[tuple[str, Iterable[Sequence[str]]]]:
    yield "mdc.csv", ((r["order"], r["mdc"], r["rule"], "", r["mdc"]) for r in _csv(source / "mdc.csv"))
    sites = _csv(source / "mdcz_sites.csv")
    trauma = [(_TRAUMA, SITE_PREFIX + r["site"], r["code"]) for r in sites]
    principal = dict.fromkeys((_TRAUMA, DIAGNOSES, r["code"]) for r in sites)
    gates = [(r["mdc"], DIAGNOSES, r["code"]) for r in _csv(source / "mdc_dx.csv") if r["mdc"] != _TRAUMA]
    yield "mdc_codes.csv", [*gates, *principal, *trauma]
    drgs = _csv(source / "drg.csv")
    # The tables name groups only; an ADRG is named as its groups are, without their severity.
    names = {r["adrg"]: r["name"].replace(",", "，").partition("，伴")[0].partition("，不伴")[0] for r in drgs}
    adrgs = _csv(source / "adrg.csv")
    yield "adrg.csv", ((r["mdc"], r["order"], r["adrg"], r["rule"], names.get(r["adrg"], ""), r["adrg"]) for r in adrgs)
    codes = _csv(source / "adrg_codes.csv")
    yield "adrg_codes.csv", ((r["adrg"], r["list"], r["part"], r["code"]) for r in codes)
    yield "drg.csv", ((r["adrg"], r["order"], r["drg"], r["severity"], r["name"], "") for r in drgs)
    for ending, file_name in (("_MCC", "mcc.csv"), ("_CC", "cc.csv"), ("_CCE", "exclusions.csv")):
        pairs = _lines(severity, source.name, ending, 2)
        yield file_name, ((exclusion, code) for code, exclusion, *_ in pairs)
    valid = (code for code, *_ in _lines(severity, source.name, "_SS_VALID", 1))
    yield "valid_operations.csv", ((code,) for code in dict.fromkeys(valid))


_SOURCE_COLUMNS = {
    "mdc.csv": ("order", "mdc", "rule"),
    "mdc_dx.csv": ("mdc", "code"),
    "mdcz_sites.csv": ("site", "code"),
    "adrg.csv": ("mdc", "order", "adrg", "rule"),
    "adrg_codes.csv": ("adrg", "list", "code", "part"),
    "drg.csv": ("adrg", "order", "drg", "severity", "name"),
}


def _csv(path: Path) -> list[dict[str, str]]:
    reader = csv.DictReader(StringIO(_text(path)))
    missing = [name for name in _SOURCE_COLUMNS[path.name] if name not in (reader.fieldnames or ())]
    if missing:
        raise _unfit(path, Text("缺少列 " + "、".join(missing), "columns are missing: " + ", ".join(missing)))
    return [{name: row[name] or "" for name in _SOURCE_COLUMNS[path.name]} for row in reader]


def _lines(folder: Path, edition: str, ending: str, words: int) -> Iterator[list[str]]:
    path = folder / f"{edition.replace('-', '_')}{ending}.dat"
    for number, line in enumerate(_text(path).splitlines(), start=1):
        parts = line.split()
        if parts and len(parts) < words:
            why = Text(f"第 {number} 行不足 {words} 项", f"line {number} has fewer than {words} words")
            raise _unfit(path, why)
        if parts:
            yield parts


def _text(path: Path) -> str:
    if not path.is_file():
        raise _unfit(path, Text("文件不存在", "the file does not exist"))
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unfit(path, Text("文件不是 UTF-8 编码", "the file is not UTF-8")) from error


def _unfit(path: Path, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.import_file",
        what=Text("导入所需的表不能用", "a table that the import needs cannot be used"),
        where=f"{path.parent.name}/{path.name}",
        why=why,
        remedy=Text(
            "检查文件夹；并发症表的位置可用 --severity 指定",
            "check the folder; the severity lists can be named with --severity",
        ),
    )


def _bad_name(name: str) -> TongchouError:
    return TongchouError(
        "grouping.scheme_name",
        what=Text(f"方案名“{name}”不能用", f"the scheme name '{name}' cannot be used"),
        where="--name",
        why=Text(
            "方案名即文件夹名，须以字母、数字或汉字开头，只含字母、数字、汉字、点、下划线和连字符",
            "it names a folder: a letter, digit or Chinese character, then these, dots, underscores and hyphens",
        ),
        remedy=Text("换一个名称，例如 chs-drg-1.1", "give another name, e.g. chs-drg-1.1"),
    )


def _not_a_scheme(target: Path) -> TongchouError:
    return TongchouError(
        "grouping.scheme_target",
        what=Text("目标文件夹已存在，但不是分组方案", "the target folder is there and is not a scheme"),
        where=str(target),
        why=Text(f"其中没有 {MANIFEST}，不能替换", f"it holds no {MANIFEST}, so it is not replaced"),
        remedy=Text("移走该文件夹，或换一个方案名", "move the folder away, or give the scheme another name"),
    )


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _write_manifest(path: Path, edition: str, name: str) -> None:
    manifest = {
        "name": name,
        "title": {"zh": f"{edition}（导入）", "en": f"{edition} (imported)"},
        "publisher": "as imported",
        "edition": edition,
        "base": "",
        "valid_from": "2020-06-12",
        "purpose": "payment",
        "notice": None,
        "code_match": "exact",
    }
    path.write_text(yaml.safe_dump(manifest, allow_unicode=True, sort_keys=False), encoding="utf-8")
