"""A scheme's manifest as rows of a sheet: a key, a value, and where needed a note that the value is written as YAML.

`title: {zh: …, en: …}` becomes the rows `title.zh` and `title.en`; the first source's name is `sources.1.name`. Words
are written as they are. What could not be told from other content that way, such as a number, is written as YAML.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.exchange.workbook_cells import Fault, FaultBook, SheetRows, cell_fault
from tongchou.grouping.schemes.plain_yaml import load_plain_yaml
from tongchou.grouping.schemes.tables import MANIFEST

MANIFEST_COLUMNS = ("key", "value", "format")
YAML_FORMAT = "yaml"

_DAYS = ("valid_from", "valid_until")
_NOTHING: dict[str, Any] = {"valid_until": None, "notice": None, "sources": [], "settings": {}}
"""What a key without a value means; other keys are empty words."""

_PLAIN_KEY = re.compile(r"(?!\d)[\w-]+", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A row of the sheet."""

    key: str
    value: str
    format: str = ""


def rows_of_manifest(manifest: dict[str, Any]) -> list[ManifestRow]:
    """Return the rows that read back as exactly this manifest.

    Raises:
        TongchouError: `grouping.workbook_value` if a key is not a word.
    """
    rows: list[ManifestRow] = []
    for key, content in manifest.items():
        if not isinstance(key, str) or not _PLAIN_KEY.fullmatch(key):
            raise _unwritable(key)
        plain = [ManifestRow(path, value) for path, value in _flattened(key, content)]
        if _reads_back(plain, {key: content}):
            rows += plain
        else:
            written = yaml.safe_dump(
                content, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000
            )
            rows.append(ManifestRow(key, written.removesuffix("\n...\n").strip(), YAML_FORMAT))
    return rows


def manifest_of_rows(rows: Iterable[ManifestRow]) -> dict[str, Any]:
    """Return the manifest that rows write.

    Raises:
        yaml.YAMLError: If a value marked as YAML is not.
    """
    manifest: dict[str, Any] = {}
    in_parts: set[str] = set()
    for row in rows:
        top, *inner = row.key.split(".")
        value = row.value.strip()
        if row.format == YAML_FORMAT:
            manifest[top] = load_plain_yaml(value)
        elif inner:
            in_parts.add(top)
            _put(manifest, [top, *inner], value)
        else:
            manifest[top] = _plain(top, value)
    for key in in_parts & _NOTHING.keys():
        # A sentence that nobody wrote is none.
        if isinstance(manifest[key], dict) and not any(manifest[key].values()):
            manifest[key] = _NOTHING[key]
    return manifest


def read_manifest_sheet(sheet: SheetRows, faults: FaultBook) -> dict[str, Any]:
    """Return the manifest of its sheet; what cannot be read goes to `faults`."""
    rows: list[ManifestRow] = []
    for number, cells in zip(sheet.numbers, sheet.rows, strict=True):
        named = {name: cells[place] for name, place in sheet.columns.items() if place < len(cells)}
        key = str(named.get("key", "")).strip()
        value = _cell_text(key, named.get("value", ""))
        row = ManifestRow(key, value or "", str(named.get("format", "")).strip().lower())
        fault = _fault(row, rows) if value is not None else _NOT_TEXT
        if fault:
            faults.add(fault, sheet.sheet, number, "value" if fault is not _BAD_KEY else "key")
        else:
            rows.append(row)
    return manifest_of_rows(rows)


def _fault(row: ManifestRow, rows: list[ManifestRow]) -> Fault | None:
    top, *inner = row.key.split(".")
    fits = all((part.isascii() and part.isdecimal()) or _PLAIN_KEY.fullmatch(part) for part in inner)
    # `title` cannot be words and have parts at the same time.
    seen = {each.key for each in rows}
    clashes = row.key in seen or (top in seen if inner else any(key.startswith(f"{top}.") for key in seen))
    if not _PLAIN_KEY.fullmatch(top) or not fits or len(inner) > 2 or clashes:
        return _BAD_KEY
    if row.format not in ("", YAML_FORMAT):
        return _BAD_FORMAT
    try:
        manifest_of_rows([*rows, row])
    except yaml.YAMLError:
        return _BAD_YAML
    except (ValueError, AttributeError, TypeError):
        # A number in a list that is not the next one, or a list that is also words.
        return _BAD_KEY
    return None


def _flattened(path: str, content: object) -> Iterator[tuple[str, str]]:
    if isinstance(content, dict) and content:
        for key, inner in content.items():
            yield from _flattened(f"{path}.{key}", inner)
    elif isinstance(content, list) and content:
        for number, inner in enumerate(content, start=1):
            yield from _flattened(f"{path}.{number}", inner)
    else:
        yield path, "" if content is None or content in ([], {}) else str(content)


def _put(manifest: dict[str, Any], path: list[str], value: str) -> None:
    top, *inner = path
    if len(inner) == 1 and not inner[0].isdecimal():
        manifest.setdefault(top, {})[inner[0]] = value
        return
    items = manifest.setdefault(top, [])
    place = int(inner[0]) if inner[0].isdecimal() and len(inner) == 2 else 0
    if place == len(items) + 1:
        items.append({})
    if not 0 < place <= len(items):
        raise ValueError(top)
    items[place - 1][inner[1]] = value


def _plain(key: str, value: str) -> object:
    if not value and key in _NOTHING:
        return _NOTHING[key]
    if key in _DAYS:
        try:
            return date.fromisoformat(value)
        except ValueError:
            # Left to the reading of the scheme, which says what a day looks like.
            return value
    return value


def _reads_back(rows: list[ManifestRow], content: dict[str, Any]) -> bool:
    """Whether rows write a manifest down to the types and the order of its content."""
    try:
        read = manifest_of_rows(rows)
    except (ValueError, AttributeError, TypeError):
        return False
    return yaml.safe_dump(read, sort_keys=False) == yaml.safe_dump(content, sort_keys=False)


def _cell_text(key: str, cell: object) -> str | None:
    """Return a value as text; `None` if Excel stored something that could have been written in several ways."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, datetime):
        cell = cell.date() if cell == datetime.combine(cell.date(), datetime.min.time()) else None
    if isinstance(cell, date) and key in _DAYS:
        return cell.isoformat()
    if key == "edition" and isinstance(cell, int | float) and cell in range(_FIRST_YEAR, _LAST_YEAR + 1):
        return str(int(cell))
    return None


def _unwritable(key: object) -> TongchouError:
    return TongchouError(
        "grouping.workbook_value",
        what=Text("方案中有内容无法写入工作簿", "something in the scheme cannot be written to a workbook"),
        where=f"{MANIFEST} {key}",
        why=Text("键须为英文单词", "a key is an English word"),
        remedy=Text("改名或删去该键", "rename the key or take it away"),
    )


_REMEDY = Text("对照说明页改正", "correct it by the sheet that explains")
_BAD_KEY = cell_fault(
    Text("键是空的、重复，或不合写法", "its key is empty, is there twice, or is not written as a key"),
    _REMEDY,
)
_BAD_FORMAT = cell_fault(Text("写法只能为空或 yaml", "its format is empty or yaml"), _REMEDY)
_BAD_YAML = cell_fault(Text("值不是 YAML", "its value is not YAML"), _REMEDY)
_NOT_TEXT = cell_fault(
    Text("Excel 把值存成了数字、日期或真假值", "Excel stored its value as a number, a date, or as true or false"),
    Text("把该列设为“文本”格式后重新填写", "give the column the format 'Text' and type the cell again"),
)
