"""The workbooks hold exact amounts, and their formulas come to the values that they show."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from tongchou.core.money import fen_to_yuan
from tongchou.core.text import Text
from tongchou.statements.excel import write_institution_workbook
from tongchou.statements.excel_region import band, write_region_workbook
from tongchou.statements.model import RegionReport


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, report: RegionReport, deficit_report: RegionReport) -> Path:
    folder = tmp_path_factory.mktemp("workbooks")
    write_institution_workbook(report, report.institutions[0], folder / "H44001.xlsx")
    write_region_workbook(report, folder / "region.xlsx")
    write_region_workbook(deficit_report, folder / "deficit.xlsx")
    return folder


FILES = ("H44001.xlsx", "region.xlsx", "deficit.xlsx")


def decimal(value: object) -> Decimal:
    return Decimal(str(value)) if value is not None else Decimal(0)


def cells(sheet: Worksheet) -> Iterator[Cell]:
    for row in sheet.iter_rows():
        yield from (cell for cell in row if isinstance(cell, Cell))


def widths(sheet: Worksheet) -> dict[int, float]:
    """Return the width of every column; neighbours of one width are read as one range."""
    ranges = sheet.column_dimensions.values()
    return {column: each.width for each in ranges for column in range(each.min, each.max + 1)}


def computed(expression: str, shown: Worksheet) -> Decimal:
    """Compute a formula of the kinds that the workbooks use from the values shown in its sheet."""
    test = re.fullmatch(r"=IF\((\w+)>(\w+),(\w+-\w+),MAX\((\w+-\w+),0\)\)", expression)
    if test:
        above = decimal(shown[test[1]].value) > decimal(shown[test[2]].value)
        return computed(f"={test[3]}", shown) if above else max(computed(f"={test[4]}", shown), Decimal(0))
    area = re.fullmatch(r"=SUM\(([A-Z]+\d+:[A-Z]+\d+)\)", expression)
    if area:
        return sum((decimal(cell.value) for row in shown[area[1]] for cell in row), Decimal(0))
    terms = re.findall(r"([=+-])([A-Z]+\d+)", expression)
    assert "".join(sign + cell for sign, cell in terms) == expression
    values = (decimal(shown[cell].value) * (-1 if sign == "-" else 1) for sign, cell in terms)
    return sum(values, Decimal(0))


@pytest.mark.parametrize("name", FILES)
def test_every_formula_comes_to_the_value_that_is_shown(folder: Path, name: str) -> None:
    formulas, values = load_workbook(folder / name), load_workbook(folder / name, data_only=True)
    count = 0
    for sheet in formulas.worksheets:
        for cell in cells(sheet):
            if cell.data_type == "f":
                shown = values[sheet.title]
                assert computed(str(cell.value), shown) == decimal(shown[cell.coordinate].value), cell.coordinate
                count += 1
    assert count == {"H44001.xlsx": 28, "region.xlsx": 73, "deficit.xlsx": 73}[name]


def row_of(sheet: Worksheet, words: str) -> list[object]:
    """Return the cells of the one row whose first cell holds these words in its first line."""
    rows = [row for row in sheet.iter_rows(values_only=True) if str(row[0]).split("\n", maxsplit=1)[0] == words]
    assert len(rows) == 1, words
    return list(rows[0])


def test_the_statement_shows_the_amounts_to_the_fen(folder: Path, report: RegionReport) -> None:
    book = load_workbook(folder / "H44001.xlsx", data_only=True)
    assert book.sheetnames == ["清算单", "概况", "月度", "病组", "病例构成"]
    one = report.institutions[0]
    for number, line in enumerate(one.lines, start=1):
        amount = decimal(row_of(book["清算单"], f"{number}. {line.title.zh}")[1])
        assert amount == fen_to_yuan(line.amount_fen)
    overview = book["概况"]
    assert decimal(row_of(overview, "医院盈亏")[1]) == fen_to_yuan(one.hospital_result_fen)
    assert row_of(overview, "结算病例数")[1] == 4630
    assert decimal(row_of(overview, "病例组合指数（CMI）")[1]) == Decimal(one.cmi_e4).scaleb(-4)


def test_the_total_line_is_a_formula_over_its_parts(folder: Path) -> None:
    sheet = load_workbook(folder / "H44001.xlsx")["清算单"]
    first = next(cell.row for cell in cells(sheet) if str(cell.value).startswith("1. 统筹基金应付"))
    assert row_of(sheet, "5. 年终清算应拨付")[1:3] == [
        f"=B{first}+B{first + 1}+B{first + 2}+B{first + 3}",
        "1 + 2 + 3 + 4",
    ]


def test_the_region_workbook_has_every_sheet_and_institution(folder: Path, report: RegionReport) -> None:
    book = load_workbook(folder / "region.xlsx", data_only=True)
    assert book.sheetnames == ["汇总", "成员分配", "机构", "基金使用", "病组", "流向", "病例构成", "数据"]
    for one in report.institutions:
        row = row_of(book["机构"], one.institution_id)
        assert row[1] == f"{one.name.zh}\n{one.name.en}"
        assert decimal(row[12]) == fen_to_yuan(one.hospital_result_fen)


def test_surplus_and_deficit_are_shown_with_their_sign(folder: Path) -> None:
    surplus = load_workbook(folder / "region.xlsx", data_only=True)["汇总"]
    deficit = load_workbook(folder / "deficit.xlsx", data_only=True)["汇总"]
    assert row_of(surplus, "8. 结余（负数为超支）")[1:3] == [9_000_000, "2 - 7"]
    assert row_of(deficit, "8. 结余（负数为超支）")[1:3] == [-8_000_000, "1 - 7"]
    assert [row_of(sheet, "10. 医联体留用（负数为承担）")[1] for sheet in (surplus, deficit)] == [7_400_000, -3_000_000]


def test_cumulated_use_runs_over_the_year(folder: Path, report: RegionReport) -> None:
    sheet = load_workbook(folder / "region.xlsx", data_only=True)["基金使用"]
    assert row_of(sheet, "2025-12")[4:] == [91_000_000, 100_000_000, 9_000_000]
    first = report.months[0]
    assert decimal(row_of(sheet, "2025-01")[4]) == fen_to_yuan(first.inpatient_fund_fen + first.outpatient_fund_fen)


@pytest.mark.parametrize("name", FILES)
def test_every_sheet_prints_on_landscape_a4_one_page_wide_and_keeps_its_header(folder: Path, name: str) -> None:
    for sheet in load_workbook(folder / name).worksheets:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.freeze_panes is not None


@pytest.mark.parametrize("name", FILES)
def test_no_number_is_wider_than_its_column(folder: Path, name: str) -> None:
    for sheet in load_workbook(folder / name, data_only=True).worksheets:
        for cell in cells(sheet):
            if isinstance(cell.value, int | float):
                shown = f"{cell.value:,.2f}"
                assert widths(sheet)[cell.column] > len(shown) + 2, cell.coordinate


@pytest.mark.parametrize("name", FILES)
def test_chinese_headings_stay_on_one_line(folder: Path, name: str) -> None:
    for sheet in load_workbook(folder / name).worksheets:
        for cell in cells(sheet):
            if cell.fill.fgColor.rgb == "FFE6EDF5" and isinstance(cell.value, str):
                chinese = cell.value.split("\n", maxsplit=1)[0]
                assert widths(sheet)[cell.column] > 2 * len(chinese), cell.value


def test_a_name_that_looks_like_a_formula_stays_a_name(tmp_path: Path, report: RegionReport) -> None:
    name = '=HYPERLINK("x")'
    one = replace(report.institutions[0], name=Text.plain(name))
    write_region_workbook(replace(report, institutions=(one,)), tmp_path / "region.xlsx")
    cell = load_workbook(tmp_path / "region.xlsx")["机构"]["B3"]
    assert (cell.value, cell.data_type) == (name, "s")


def test_without_an_alliance_there_is_no_sheet_of_members(tmp_path: Path, report: RegionReport) -> None:
    write_region_workbook(replace(report, alliance=None), tmp_path / "region.xlsx")
    assert "成员分配" not in load_workbook(tmp_path / "region.xlsx").sheetnames


def test_ungrouped_cases_are_named_and_carry_no_weight(folder: Path) -> None:
    sheet = load_workbook(folder / "H44001.xlsx", data_only=True)["病组"]
    assert row_of(sheet, "未入组")[1:4] == ["未入组病例\nUngrouped cases", None, 30]


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [(0, 500, "0%–5%"), (500, 1000, "5%–10%"), (1000, None, ">10%"), (1050, 1125, "10.5%–11.25%")],
)
def test_bands_are_written_in_per_cent(lower: int, upper: int | None, words: str) -> None:
    assert band(lower, upper) == words
