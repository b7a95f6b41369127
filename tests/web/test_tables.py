"""Tables: units in the headings, and a download in yuan whatever the page shows."""

import io

import openpyxl

from tongchou.core.text import Text
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
