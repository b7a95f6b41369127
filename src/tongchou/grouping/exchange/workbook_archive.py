"""Looking through the file of a workbook before it is read: its size, its sheets, cells that would read as empty."""

import html
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

Unreadable = Literal["error", "no_result"]
"""Why a formula reads as empty: it ends in an error, or no program has worked it out yet."""

_ERROR_CELL = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^>]* t="e"')
# Excel marks a formula whose result is an empty text with t="str"; without it nothing was worked out.
_NO_RESULT_CELL = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"(?![^>]* t="str")[^>]*><f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]+[0-9]+:([A-Z]+)([0-9]+)"')
_PLACE = re.compile(rb'<(?:\w+:)?(?:c|row)\s(?:[^>]*?\s)?r="([A-Z]{0,3})([0-9]{1,7})"')
_FAR_PLACE = re.compile(rb'\sr="([A-Z]{2,3}(?=[0-9])|[A-Z]?(?=[0-9]{6}))([0-9]{1,7})"')
_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_SHEET, _LINK = re.compile(r"<(?:\w+:)?sheet\s[^>]*>"), re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_MOST_CELLS = 20_000_000
_MOST_BYTES = 500_000_000
"""Size of a workbook's content, unpacked: a file of 1 MB can be packed to grow a thousandfold."""


def unreadable_cells(path: Path) -> Iterator[tuple[Unreadable, str, int, str]]:
    """Yield why, sheet, row and column letters of each cell whose formula would read as empty.

    Raises:
        TongchouError: `grouping.workbook_file` if the archive is no workbook, unpacks to more than can be meant, or
            has a cell so far out that the sheet cannot be meant.
        zipfile.BadZipFile: If the archive is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        if _BOOK not in archive.namelist():
            raise unfit_workbook(path, Text("内容不是 .xlsx 工作簿", "its content is not an .xlsx workbook"))
        if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
            why = Text(f"解压后超过 {_MOST_BYTES:,} 字节", f"unpacked it is more than {_MOST_BYTES:,} bytes")
            raise unfit_workbook(path, why)
        # An archive that states smaller sizes than it has fails here.
        damaged = archive.testzip()
        if damaged:
            raise zipfile.BadZipFile(damaged)
        for sheet, file in _sheet_files(archive).items():
            content = archive.read(file)
            _check_reach(path, sheet, content)
            for column, row in _ERROR_CELL.findall(content) if b' t="e"' in content else ():
                yield "error", sheet, int(row), column.decode()
            for column, row in _NO_RESULT_CELL.findall(content) if b"<f" in content else ():
                yield "no_result", sheet, int(row), column.decode()


def unfit_workbook(path: Path, why: Text) -> TongchouError:
    """Return the refusal of a file as a workbook."""
    return TongchouError(
        "grouping.workbook_file",
        what=Text("工作簿不能用", "the workbook cannot be used"),
        where=path.name,
        why=why,
        remedy=Text(
            "在 Excel 中打开，去掉密码和多余的单元格，另存为 .xlsx 后重试",
            "open it in Excel, take off the password and stray cells, save it as .xlsx and try again",
        ),
    )


def _check_reach(path: Path, sheet: str, content: bytes) -> None:
    # What the sheet says of its size may be absent or wrong, so its cells are asked too: those far out first.
    stated = _DIMENSION.search(content[:4_000])
    stated_corner = [(stated[1], stated[2])] if stated else []
    if _corner([*_FAR_PLACE.findall(content), *stated_corner], _NEAR).cells <= _MOST_CELLS:
        return
    corner = _corner([*_PLACE.findall(content), *stated_corner], _Corner(0, 0))
    if corner.cells > _MOST_CELLS:
        rows, columns = corner
        why = Text(
            f"工作表 {sheet} 用到了第 {rows} 行、第 {columns} 列",
            f"sheet {sheet} is in use as far as row {rows} and column {columns}",
        )
        raise unfit_workbook(path, why)


class _Corner(NamedTuple):
    rows: int
    columns: int

    @property
    def cells(self) -> int:
        return self.rows * self.columns


_NEAR = _Corner(99_999, 26)
"""Cells within this corner are no `_FAR_PLACE`."""


def _corner(places: Iterable[tuple[bytes, bytes]], least: _Corner) -> _Corner:
    rows, letters = least.rows, {b""}
    for column, row in places:
        rows = max(rows, int(row))
        letters.add(column)
    return _Corner(rows, max(least.columns, *(_column_number(each.decode()) for each in letters)))


def _sheet_files(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the file of each sheet within a workbook, by the sheet's name."""
    names = set(archive.namelist())
    book = archive.read(_BOOK).decode("utf-8", "replace")
    links = archive.read(_LINKS).decode("utf-8", "replace") if _LINKS in names else ""
    targets = {_attribute(link, "Id"): _attribute(link, "Target") for link in _LINK.findall(links)}
    files = {}
    for sheet in _SHEET.findall(book):
        target = targets.get(_attribute(sheet, r"\w+:id"), "")
        file = target[1:] if target.startswith("/") else f"xl/{target}"
        if file in names:
            files[_attribute(sheet, "name")] = file
    return files


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
