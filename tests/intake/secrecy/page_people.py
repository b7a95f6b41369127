"""People in front pages and in a hospital's own tables: in their columns, in every other one, in headers."""

import csv
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import xlsxwriter
from tests.intake.secrecy.interface_people import SENDER
from tests.intake.secrecy.misplacing import MISPLACED
from tests.intake.secrecy.people import Crowd, Person

from tongchou.schema.front_page_fields import FrontPageFamily, front_page_cells
from tongchou.schema.list_fields import list_fields

Row = dict[str, str]
_OF_WHOM = {
    "person_name": "name",
    "identity_number": "card",
    "case_number": "record",
    "insurance_number": "insurance",
    "address": "address",
    "employer_name": "employer",
    "employer_phone": "landline",
    "contact_name": "contact",
    "contact_address": "address",
    "contact_phone": "phone",
    "doctor_name": "doctor_name",
    "doctor_code": "doctor",
}
_SAID = {
    "institution_id": SENDER,
    "admitted_at": "2025-01-03",
    "discharged_at": "2025-01-05",
    "total_fen": "10.00",
    "code": "I63.900",
}


def _own(column: str, who: Person) -> str:
    if column == "sex":
        return who.sex
    if column == "born_on":
        return who.born_on
    return getattr(who, _OF_WHOM[column]) if column in _OF_WHOM else _SAID.get(column, "")


def write_front_pages(crowd: Crowd, family: FrontPageFamily, file: Path, encoding: str) -> None:
    """Write a row for every column of a family that is no place for identity, somebody standing in it."""
    cells = {cell.name: cell for cell in front_page_cells(family) if cell.place in ("", "0", "day", "1", "days")}
    graded = {(name, field.column): field.grade for name in _tables(family) for field in list_fields(name)}
    strange = crowd.next()
    header = [*cells, strange.name, f"{strange.contact}{strange.phone}"]
    rows = []
    for name, way in zip(cells, cycle(MISPLACED), strict=False):
        if graded[cells[name].table, cells[name].column] != "identity":
            who = crowd.next()
            row = {each: _own(cell.column, who) for each, cell in cells.items()}
            rows.append(row | {name: MISPLACED[way](who), strange.name: who.name})
    rows.append({name: crowd.next().name for name in header})
    _write(file, header, rows, encoding)


def _tables(family: FrontPageFamily) -> set[str]:
    return {cell.table for cell in front_page_cells(family)}


def write_own_tables(crowd: Crowd, folder: Path) -> tuple[Path, Path, Path]:
    """Write a table of a hospital's own as CSV and as a workbook, and return both with the mapping of its columns."""
    fields = [field for field in list_fields("settlement_lists") if field.column != "institution_id"]
    header = [field.title.zh for field in fields] + ["主要诊断"]
    strange = [crowd.next() for _ in range(2)]
    columns = {field.title.zh: f"settlement_lists.{field.column}" for field in fields}
    columns["主要诊断"] = "list_diagnoses.code"
    mapping = folder / "own.mapping.yaml"
    lines = [f"  {name}: {field}" for name, field in columns.items()]
    mapping.write_text("name: own\ncolumns:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    tables = []
    for shift in range(2):
        ways = cycle([*MISPLACED][shift:] + [*MISPLACED][:shift])
        rows = []
        for field, way in zip(fields, ways, strict=False):
            if field.grade != "identity":
                who = crowd.next()
                row = {each.title.zh: _own(each.column, who) for each in fields} | {"主要诊断": "I63.900"}
                rows.append(row | {field.title.zh: MISPLACED[way](who), "备注": who.name})
        tables.append(rows)
    own = folder / "own.csv"
    _write(own, [*header, "备注", strange[0].name, strange[0].card], tables[0], "gb18030")
    book = folder / "own.xlsx"
    write_workbook(book, [*header, "备注", strange[1].name], tables[1])
    return own, book, mapping


def write_workbook(file: Path, header: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows into the first sheet of a workbook."""
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("病案")
    sheet.write_row(0, 0, header)
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, [row.get(name, "") for name in header])
    book.close()


def _write(file: Path, header: Sequence[str], rows: Sequence[Row], encoding: str) -> None:
    with file.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="")
        writer.writeheader()
        writer.writerows(rows)
        stream.write('"' + rows[-1][header[0]] + "\n")
