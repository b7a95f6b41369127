"""Reading a scheme from the workbook that an officer fills in: a sheet for each table and one for the manifest."""

from pathlib import Path

from python_calamine import CalamineWorkbook

from tongchou.core.text import Text
from tongchou.grouping.exchange.manifest_cells import MANIFEST_COLUMNS, read_manifest_sheet
from tongchou.grouping.exchange.scheme_workbook_checks import ReadTable, check_rows
from tongchou.grouping.exchange.sheets import CONTINUED, MANIFEST_SHEET, NUMBER_COLUMNS, SHEETS, table_of_sheet
from tongchou.grouping.exchange.workbook_cells import (
    NO_SHEET,
    TWO_SHEETS,
    FaultBook,
    open_workbook,
    read_sheet,
    row_fault,
    text_rows,
)
from tongchou.grouping.schemes.tables import CHANGE, MANIFEST, TABLES, Row, SchemeTables, columns_of


def read_workbook(path: Path) -> SchemeTables:
    """Read a scheme as written in a workbook; what `write_workbook` wrote comes back as it was.

    Raises:
        Problems: Everything that is wrong, with sheet and row: `grouping.workbook_sheet` (a sheet or a column is
            missing), `grouping.workbook_cell` (a cell's content cannot be used), `grouping.workbook_row` (rows
            disagree), `grouping.rule` (a rule cannot be read), `grouping.scheme_list` (a rule names a list without
            codes).
        TongchouError: `grouping.workbook_file` if the file is not a workbook.
    """
    faults = FaultBook()
    return tables_of_workbook(open_workbook(path, faults), faults)


def is_scheme_sheet(sheet: str) -> bool:
    """Return whether a sheet is one of a scheme's workbook by its name."""
    return table_of_sheet(sheet) is not None


def tables_of_workbook(book: CalamineWorkbook, faults: FaultBook) -> SchemeTables:
    """Read a scheme from an open workbook.

    Raises:
        Problems: As `read_workbook` does, after what was noted before.
    """
    sheets = _sheets(book, faults)
    manifest = {}
    if MANIFEST in sheets:
        manifest = read_manifest_sheet(read_sheet(book, sheets[MANIFEST], MANIFEST_COLUMNS, faults), faults)
    else:
        faults.add(NO_SHEET, MANIFEST_SHEET)
    is_difference = bool(manifest.get("base"))
    read: dict[str, ReadTable] = {}
    for name in TABLES:
        if name in sheets:
            read[name] = _read_table(book, sheets[name], columns_of(name, is_difference=is_difference), faults)
        elif not is_difference:
            faults.add(NO_SHEET, SHEETS[name])
    tables = SchemeTables(manifest, {name: table.rows for name, table in read.items()})
    check_rows(tables, read, faults)
    faults.raise_any()
    return tables


def _sheets(book: CalamineWorkbook, faults: FaultBook) -> dict[str, str]:
    """Return the sheet of each file."""
    found: dict[str, str] = {}
    for sheet in book.sheet_names:
        file = table_of_sheet(sheet)
        if file in found:
            faults.add(TWO_SHEETS, sheet)
        elif file:
            found[file] = sheet
    return found


def _read_table(book: CalamineWorkbook, name: str, columns: tuple[str, ...], faults: FaultBook) -> ReadTable:
    sheet = read_sheet(book, name, columns, faults, also=(CHANGE,))
    is_plain = sheet.columns.keys() == set(columns)
    table = ReadTable(name, [], [])
    for number, read in text_rows(sheet, faults, may_be_number=NUMBER_COLUMNS):
        row = read if is_plain else {column: read.get(column, "") for column in columns}
        if CHANGE not in columns and read.get(CHANGE):
            faults.add(_CHANGE_WITHOUT_BASE, name, number, CHANGE)
        if not row.get("codes", "").startswith(CONTINUED):
            table.numbers.append(number)
            table.rows.append(row)
        elif table.rows and _without_codes(table.rows[-1]) == _without_codes(row):
            table.rows[-1]["codes"] += " " + row["codes"].removeprefix(CONTINUED).strip()
        else:
            faults.add(_NOTHING_TO_CONTINUE, name, number, "codes")
    return table


def _without_codes(row: Row) -> Row:
    return {column: value for column, value in row.items() if column != "codes"}


_NOTHING_TO_CONTINUE = row_fault(
    Text(
        f"编码以“{CONTINUED}”开头，但其余各列与上一行不同",
        f"its codes begin with '{CONTINUED}', but its other columns are not those of the row above",
    ),
    Text(f"照抄上一行的其余各列，或去掉“{CONTINUED}”", f"repeat the columns above, or take '{CONTINUED}' away"),
)
_CHANGE_WITHOUT_BASE = row_fault(
    Text("写明了改动，但清单中没有基础方案", "it says a change, but the manifest names no base"),
    Text("在清单的 base 中写明基础方案，或清空该列", "name the base in the manifest, or clear the column"),
)
