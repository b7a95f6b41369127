"""Importing a workbook as a scheme: a bureau's grouping workbook, or one of the shape that the template has.

A bureau's workbook has the sheets `MDC信息`, `ADRG信息`, `DRG信息`, `MDC诊断表`, `ADRG诊断表`, `ADRG手术表`, `MCC`,
`CC`, `排除诊断表` and `DRG分组规则`, all with the names of their columns in the first row.
"""

from pathlib import Path

from tongchou.core.hashing import hash_file
from tongchou.core.text import Text
from tongchou.grouping.exchange.scheme_workbook import is_scheme_sheet, tables_of_workbook
from tongchou.grouping.exchange.table_import import imported_manifest
from tongchou.grouping.exchange.workbook_cells import Fault, FaultBook, open_workbook
from tongchou.grouping.exchange.workbook_groups import BUREAU_SHEETS, WorkbookGroups
from tongchou.grouping.schemes.tables import SchemeTables


def import_workbook(path: Path) -> SchemeTables:
    """Read a workbook as the tables of a scheme: a bureau's, or one of the shape that the template has.

    Args:
        path: The workbook (`.xlsx`). Its name and SHA-256 go to the manifest's `sources` where it is a bureau's; a
            scheme that was exported comes back as it was.

    Raises:
        Problems: Everything that is wrong: `grouping.workbook_sheet` (a sheet or a column is missing),
            `grouping.workbook_cell` (a cell's content cannot be used), `grouping.workbook_row` (rows disagree),
            `grouping.workbook_rule` (a rule cannot be read), `grouping.workbook_list` (a list has no codes).
        TongchouError: `grouping.workbook_file` if the file is not a workbook.
    """
    faults = FaultBook()
    book = open_workbook(path, faults)
    if any(is_scheme_sheet(sheet) for sheet in book.sheet_names):
        return tables_of_workbook(book, faults)
    if not set(BUREAU_SHEETS) & set(book.sheet_names):
        faults = FaultBook()
        faults.add(_NEITHER_SHAPE, path.name)
        faults.raise_any()
    tables = WorkbookGroups(book, faults).tables()
    faults.raise_any()
    source = {"name": path.name, "sha256": hash_file(path)}
    return SchemeTables(imported_manifest(path.stem, [source]), tables)


_NEITHER_SHAPE = Fault(
    "grouping.workbook_file",
    Text("工作簿不能用", "the workbook cannot be used"),
    Text(
        "它既不是分组方案工作簿，也没有分组规则工作簿的任何工作表",
        "it is no scheme's workbook, and has none of the sheets of a bureau's grouping workbook",
    ),
    Text(
        "用 tongchou scheme template 得到空白工作簿，填写后再导入",
        "get a blank workbook with tongchou scheme template, fill it in and import it",
    ),
)
