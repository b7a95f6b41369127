"""Mappings written and remembered: the next file with the same header is read without asking."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.intake.mappings.mapping import MappedKind
from tongchou.intake.mappings.mapping_file import IGNORE
from tongchou.intake.mappings.names import bare
from tongchou.intake.mappings.proposal import ProposedColumn
from tongchou.intake.rows.own_rows import SUFFIXES, open_rows
from tongchou.intake.rows.sheet import SUFFIXES as SHEET_SUFFIXES
from tongchou.intake.rows.sheet import sheet_names

FOLDER = "mappings"
"""The folder of a region that its mappings are kept in."""

_TITLE_ROWS = 5


def fingerprint(header: Sequence[str]) -> str:
    """Return what a header is known by: its names, in whatever order."""
    return hash_text(*sorted(filter(None, map(bare, header))))[:16]


def remembered(path: Path, folder: Path) -> Path | None:
    """Return the mapping in a region's folder for a file with this header; None where there is none; never raises.

    Of a workbook every sheet is looked at, and titles above its header are passed over.
    """
    kept = folder / FOLDER
    if not kept.is_dir() or path.suffix.lower() not in SUFFIXES:
        return None
    for header in _headers(path):
        file = kept / f"{fingerprint(header)}.yaml"
        if file.is_file():
            return file
    return None


def remember(text: str, header: Sequence[str], folder: Path) -> Path:
    """Keep a mapping in a region's folder under what its header is known by; an earlier one is replaced."""
    file = folder / FOLDER / f"{fingerprint(header)}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, text)
    return file


def write_whole(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def mapping_text(
    name: str, document: MappedKind, sheet: str, header_row: int, proposed: Sequence[ProposedColumn]
) -> str:
    """Return the mapping file of a proposal; it holds no value of the table but the words that codes are known for."""
    lines = [
        "# 对照文件：哪一列是哪个字段 / which column holds which field (docs/formats/own-tables-mapping.md)",
        f"name: {name}",
        f"document: {document}",
        *([f"sheet: {_quoted(sheet)}"] if sheet else []),
        *([f"header_row: {header_row}"] if header_row != 1 else []),
        "columns:",
    ]
    lines += [f"  {_quoted(each.source)}: {_entry(each)}  # {each.confidence} % {each.reason}" for each in proposed]
    return "\n".join(lines) + "\n"


def _entry(column: ProposedColumn) -> str:
    if column.field is None:
        return IGNORE
    said: dict[str, str] = {"field": column.field}
    if column.place:
        said["place"] = _quoted(column.place)
    if column.split:
        said["split"] = _quoted(column.split)
    if column.unit != "yuan":
        said["unit"] = column.unit
    if column.date_format:
        said["format"] = _quoted(column.date_format)
    if column.values:
        words = ", ".join(f"{_quoted(word)}: {_quoted(code)}" for word, code in column.values.items())
        said["values"] = f"{{{words}}}"
    if len(said) == 1:
        return column.field
    return "{" + ", ".join(f"{key}: {value}" for key, value in said.items()) + "}"


def _quoted(words: str) -> str:
    """Return words in quotation marks; signs that YAML does not allow as themselves are escaped."""
    quoted = orjson.dumps(words).decode()
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)


def _headers(path: Path) -> Iterator[Sequence[str]]:
    is_book = path.suffix.lower() in SHEET_SUFFIXES
    try:
        sheets = sheet_names(path) if is_book else [""]
    except TongchouError:
        return
    for sheet in sheets:
        for row in range(1, _TITLE_ROWS + 1 if is_book else 2):
            try:
                yield open_rows(path, path.name, sheet, row).header
            except (TongchouError, OSError):
                continue
