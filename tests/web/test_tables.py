"""Tables: units in the headings, and a download in yuan whatever the page shows."""

import io

import openpyxl

from tongchou.core.text import Text
from tongchou.web.addresses import address
from tongchou.web.charts import two_lines
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


def test_in_a_narrow_window_long_words_give_way_and_short_ones_do_not() -> None:
    columns = (Column("state", Text("状态", "state"), width=100), Column("why", Text("理由", "why"), width=300))
    rows = [{"state": "requested", "why": "x" * 90}]
    state, why = grid_columns(columns, rows, Preferences("en"))
    assert state["minWidth"] >= 8 * len("requested")
    assert why["minWidth"] == 210
    assert why["flex"] > 2 * why["minWidth"] - 1


def test_words_after_a_number_have_room_to_keep_away_from_it() -> None:
    words = Column("state", Text("状态", "state"))
    number = Column("count", Text("数", "count"), "count")
    rows = [{"state": "requested", "count": 1}]
    alone = grid_columns((words,), rows, Preferences("en"))[0]
    after = grid_columns((number, words), rows, Preferences("en"))[1]
    assert after["minWidth"] > alone["minWidth"]


def test_a_long_label_of_a_chart_is_parted_where_its_words_part() -> None:
    assert two_lines("IC29 髋、肩、膝、肘和踝关节置换术") == "IC29 髋、肩、膝、肘和踝关节置换术"
    long = "ES33 呼吸系统感染/炎症，伴并发症或合并症"
    assert two_lines(long) == "ES33 呼吸系统感染/炎症，\n伴并发症或合并症"
    assert two_lines("一" * 30) == "\n".join(("一" * 15, "一" * 15))


def test_words_of_a_file_in_both_languages_are_shown_in_one() -> None:
    memo = "H00000000001 2025 年终清算拨付 / payment at clearing"
    assert Preferences("zh").one_of(memo) == "H00000000001 2025 年终清算拨付"
    assert Preferences("en").one_of(memo) == "H00000000001 2025 payment at clearing"
    assert Preferences("en").one_of("月度预留 / the months’ deposits") == "the months’ deposits"
    for same in ("16,850,850.27 / 16,850,850.27 / 0.00", "门诊", "a/b", "肺/支气管"):
        assert Preferences("en").one_of(same) == same


def test_an_address_leaves_out_what_is_not_asked() -> None:
    assert address("/ledger", {"period": "2025", "cursor": None, "state": ""}) == "/ledger?period=2025"
    assert address("/ledger", {}) == "/ledger"
    assert address("/x", {"name": "a&b=c"}) == "/x?name=a%26b%3Dc"
