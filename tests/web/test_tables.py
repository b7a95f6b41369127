"""Tables: units in the headings, and a download in yuan whatever the page shows."""

import io

import openpyxl

from tongchou.core.text import Text
from tongchou.web.grid_columns import grid_columns, unit_of_all
from tongchou.web.preferences import Preferences
from tongchou.web.tables import Column, workbook

COLUMNS = (
    Column("name", Text("机构", "institution")),
    Column("sum", Text("基金支付", "fund"), "money"),
    Column("case", Text("次均费用", "mean cost"), "yuan"),
)


def test_a_download_is_in_yuan_to_the_fen() -> None:
    content = workbook(COLUMNS, [{"name": "A", "sum": 123_456_789, "case": 12_345}], Preferences("zh"), Text("表", "t"))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert rows == [["机构", "基金支付（元）", "次均费用（元）"], ["A", 1_234_567.89, 123.45]]


def test_the_name_of_an_amount_says_its_unit() -> None:
    assert Preferences("zh").with_unit(Text("结余", "surplus")) == "结余（万元）"
    assert Preferences("en", unit="yuan").with_unit(Text("结余", "surplus")) == "surplus (yuan)"
    assert Preferences("en").with_unit(Text("结余", "surplus")) == "surplus (10,000\N{NO-BREAK SPACE}yuan)"


def test_one_unit_of_all_amounts_stands_above_the_table_and_several_in_the_headings() -> None:
    several = [column["headerName"] for column in grid_columns(COLUMNS, [], Preferences("zh"))]
    assert unit_of_all(COLUMNS, Preferences("zh")) == ""
    assert several == ["机构", "基金支付（万元）", "次均费用（元）"]
    assert unit_of_all(COLUMNS, Preferences("zh", unit="yuan")) == "元"
    assert grid_columns(COLUMNS[:2], [], Preferences("zh"))[1]["headerName"] == "基金支付"


def test_no_number_is_cut_however_long_it_is() -> None:
    rows = [{"name": "A", "sum": -123_456_789_012, "case": 1}]
    amount = grid_columns(COLUMNS, rows, Preferences("zh", unit="yuan"))[1]
    assert amount["minWidth"] >= 8 * len("-1,234,567,890.12")
