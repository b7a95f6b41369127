"""A scheme as it is written: a manifest and tables of text, in a folder, in canonical bytes.

What the tables mean is said in the scheme manual (`docs/schemes.md`); `scheme_reading` makes a `Scheme` of them.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.grouping.schemes.plain_yaml import load_plain_yaml

MANIFEST = "scheme.yaml"

TABLES: dict[str, tuple[str, ...]] = {
    "checks.csv": ("order", "check", "rule", "name_zh", "name_en"),
    "lists.csv": ("list", "kind", "codes"),
    "mdc.csv": ("order", "mdc", "rule", "if_none", "name_zh", "name_en"),
    "mdc_codes.csv": ("mdc", "list", "codes"),
    "adrg.csv": ("mdc", "order", "adrg", "outcome", "rule", "name_zh", "name_en"),
    "adrg_codes.csv": ("adrg", "list", "part", "codes"),
    "drg.csv": ("adrg", "order", "drg", "severity", "rule", "name_zh", "name_en"),
    "mcc.csv": ("exclusion", "codes"),
    "cc.csv": ("exclusion", "codes"),
    "exclusions.csv": ("exclusion", "codes"),
}
"""The tables of a scheme and their columns, in the manual's order."""

CHANGE = "change"
"""First column of the tables of a scheme that is a difference over its base."""

MANIFEST_KEYS = (
    "name",
    "title",
    "publisher",
    "edition",
    "follows",
    "base",
    "base_fingerprint",
    "valid_from",
    "valid_until",
    "purpose",
    "notice",
    "code_match",
    "code_edition",
    "settings",
    "sources",
)

Row = dict[str, str]
_CRLF = "\r\n"


@dataclass(frozen=True, slots=True)
class SchemeTables:
    """A scheme as written.

    Attributes:
        manifest: The manifest's keys and values.
        tables: The rows of each table by its file name, in their order; every value is trimmed text. A difference
            over a base has the column `change` in every row.
    """

    manifest: dict[str, Any]
    tables: dict[str, list[Row]]

    @property
    def base(self) -> str:
        """Name of the scheme that this one changes; empty for a scheme that stands alone."""
        return str(self.manifest.get("base") or "")


def columns_of(table: str, *, is_difference: bool) -> tuple[str, ...]:
    """Return the columns of a table."""
    return (CHANGE, *TABLES[table]) if is_difference else TABLES[table]


def read_tables(folder: Path) -> SchemeTables:
    """Read a scheme's folder as written.

    Raises:
        Problems: `grouping.scheme_file` for each file that is missing or cannot be read, or lacks a column.
    """
    problems: list[TongchouError] = []
    manifest = _read_manifest(folder / MANIFEST, problems)
    is_difference = bool(manifest.get("base"))
    tables = {
        name: _read_rows(folder / name, columns_of(name, is_difference=is_difference), problems)
        for name in TABLES
        if not is_difference or (folder / name).is_file()
    }
    if problems:
        raise Problems(problems)
    return SchemeTables(manifest, tables)


def write_tables(scheme: SchemeTables, folder: Path) -> None:
    """Write a scheme's folder: the same scheme, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _contents(scheme):
        (folder / name).write_bytes(content.encode())


def tables_fingerprint(scheme: SchemeTables) -> str:
    """Return the SHA-256 over the canonical bytes of the manifest and the tables, as hexadecimal."""
    return hash_text(*(part for pair in _contents(scheme) for part in pair))


def _contents(scheme: SchemeTables) -> Iterator[tuple[str, str]]:
    manifest = {key: scheme.manifest[key] for key in MANIFEST_KEYS if key in scheme.manifest}
    manifest |= {key: value for key, value in scheme.manifest.items() if key not in manifest}
    # A day is the same whether it was read as a day or as text.
    manifest |= {key: str(value) for key, value in manifest.items() if isinstance(value, date)}
    yield MANIFEST, yaml.safe_dump(manifest, allow_unicode=True, sort_keys=False, width=10_000)
    is_difference = bool(scheme.base)
    for name in TABLES:
        if name in scheme.tables or not is_difference:
            columns = columns_of(name, is_difference=is_difference)
            yield name, _as_csv(columns, scheme.tables.get(name, ()))


class _Lines(list[str]):
    """What `csv` takes for a file: it writes a line at a time."""

    write = list.append


def _as_csv(columns: tuple[str, ...], rows: Iterable[Row]) -> str:
    lines = _Lines()
    # With this end of line csv puts quotes around every value that a reader could take for two lines.
    writer = csv.writer(lines, lineterminator=_CRLF)
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return "".join(f"{line.removesuffix(_CRLF)}\n" for line in lines)


def _read_manifest(path: Path, problems: list[TongchouError]) -> dict[str, Any]:
    try:
        content: Any = load_plain_yaml(path.read_text(encoding="utf-8-sig")) if path.is_file() else None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: not UTF-8, or a day that no calendar has
        problems.append(file_problem(path, Text(f"无法读取：{error}", f"it cannot be read: {error}")))
        return {}
    if content is None:
        problems.append(file_problem(path, Text("文件不存在或为空", "the file does not exist or is empty")))
        return {}
    if not isinstance(content, dict):
        problems.append(file_problem(path, Text("不是“键: 值”的列表", "it is not a list of keys with values")))
        return {}
    return content


def _read_rows(path: Path, columns: tuple[str, ...], problems: list[TongchouError]) -> list[Row]:
    if not path.is_file():
        problems.append(file_problem(path, Text("文件不存在", "the file does not exist")))
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
    problems.append(file_problem(path, why))
    return []


def file_problem(path: Path, why: Text) -> TongchouError:
    """Return the problem of a scheme's file that cannot be used."""
    return TongchouError(
        "grouping.scheme_file",
        what=Text("分组方案文件不完整", "a file of the grouping scheme is not complete"),
        where=f"{path.parent.name}/{path.name}",
        why=why,
        remedy=Text("按方案手册补齐", "complete it as the scheme manual says"),
    )
