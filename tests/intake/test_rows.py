"""Rows by themselves: what is repaired, how values are read, and which rows are set aside with which words."""

import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.mark.parametrize(
    ("table", "column", "written", "kept"),
    [
        ("diagnoses", "code", "i63.900", "I63.900"),
        ("diagnoses", "code", " I63.900\t", "I63.900"),
        ("diagnoses", "code", "Ｉ６３．９００", "I63.900"),
        ("diagnoses", "code", "I63.900.", "I63.900"),
        ("diagnoses", "code", "j40.X00", "J40.x00"),
        ("diagnoses", "code", "A01.000X005", "A01.000x005"),
        ("procedures", "code", "74.1X01", "74.1x01"),
        ("persons", "sex", "　male ", "male"),
        ("institutions", "area_id", "Ａ１", "A1"),
        ("institutions", "name_zh", " 甲院（东） ", "甲院（东）"),
        ("fees", "amount_fen", "１００", 100),
    ],
)
def test_slip_is_repaired_and_the_row_kept(check, sound, table, column, written, kept):
    checked = check(table, [sound[table][0] | {column: written}])
    (row,) = checked.kept
    assert row[column] == kept
    assert row["_repairs"] == column
    assert json.loads(row["_received"])[column] == written


@pytest.mark.parametrize(
    ("table", "column", "written"),
    [
        ("diagnoses", "code", "A01.000x005"),
        ("diagnoses", "code", "A17.000+G01*"),
        ("procedures", "code", "50.9200x001"),
        ("institutions", "name_zh", "甲院（东）．"),
        ("fee_items", "item_code", "b1."),
        ("persons", "chronic_diseases", "a|b"),
    ],
)
def test_what_is_right_is_left_alone(check, sound, table, column, written):
    (row,) = check(table, [sound[table][0] | {column: written}]).kept
    assert row[column] == written
    assert row["_repairs"] is None


def test_repairs_of_several_columns_are_named_together(check, sound):
    (row,) = check("persons", [sound["persons"][0] | {"person_id": "Ｐ１", "area_id": " A1"}]).kept
    assert row["_repairs"] == "person_id,area_id"


def test_value_of_blanks_is_missing(check, sound):
    finding = check("persons", [sound["persons"][0] | {"area_id": " 　"}]).finding("intake.missing_value")
    assert finding["what_en"] == "area of insurance (area_id) is empty"


def yuan(sound, *amounts):
    return [
        {"case_id": row["case_id"], "category": row["category"], "amount_yuan": amount}
        for row, amount in zip(sound["fees"], amounts, strict=False)
    ]


def test_amounts_in_yuan_become_fen(check, sound):
    assert [row["amount_fen"] for row in check("fees", yuan(sound, "100", "200.5", "0.05")).kept] == [10000, 20050, 5]
    assert [row["amount_fen"] for row in check("fees", yuan(sound, "1.", "2.300", "+4.00")).kept] == [100, 230, 400]


def test_three_decimals_of_yuan(check, sound):
    checked = check("fees", yuan(sound, "300.005", "1"))
    finding = checked.finding("intake.fraction_of_fen")
    assert finding["row_key"] == "C1|bed"
    assert finding["what_zh"] == "金额（分）（amount_fen）的值 300.005 元小数超过两位"
    assert finding["what_en"] == "amount, fen (amount_fen) has the value 300.005 yuan, with more than two decimals"
    assert finding["remedy_zh"] == "四舍五入到分后再填"
    assert finding["remedy_en"] == "round it to fen first"
    assert len(checked.findings) == len(checked.kept) == 1


@pytest.mark.parametrize("written", ["1,234.50", "50元", "1e3", "-", "9" * 16])
def test_amount_that_is_no_number(check, sound, written):
    checked = check("fees", yuan(sound, written))
    finding = checked.finding("intake.not_an_amount")
    assert finding["what_en"] == f"amount, fen (amount_fen) has the value {written}, which is not an amount"
    assert finding["remedy_zh"] == "按元填写数字，最多两位小数，不带单位和千分位"


@pytest.mark.parametrize(
    "written", ["2025-02-30", "2025/01/01", "2025-1-1", "20250101", "45658", "2025-01-01 08:30:00"]
)
def test_bad_date_text(check, sound, written):
    checked = check("cases", [sound["cases"][0] | {"admitted_on": written}])
    finding = checked.finding("intake.not_a_date")
    assert finding["what_zh"] == f"入院日期（admitted_on）的值 {written} 不是日期"
    assert finding["what_en"] == f"admitted on (admitted_on) has the value {written}, which is not a date"
    assert finding["remedy_zh"] == "按 yyyy-MM-dd 填写真实存在的日期，如 2025-01-31"
    assert finding["remedy_en"] == "write a day that exists as yyyy-MM-dd, e.g. 2025-01-31"
    assert len(checked.findings) == 1


def test_date_with_a_time_of_midnight_is_a_date(check, sound):
    (row,) = check("cases", [sound["cases"][0] | {"admitted_on": "2025-01-01T00:00:00"}]).kept
    assert row["admitted_on"] == date(2025, 1, 1)


@pytest.mark.parametrize(("written", "kept"), [("4", 4), ("4.0", 4), ("+4", 4), ("004", 4)])
def test_whole_numbers_may_be_written_in_several_ways(check, sound, written, kept):
    (row,) = check("cases", [sound["cases"][0] | {"los_days": written}]).kept
    assert row["los_days"] == kept


@pytest.mark.parametrize("written", ["4.5", "1e1", "99999999999999999999"])
def test_not_a_whole_number(check, sound, written):
    checked = check("diagnoses", [sound["diagnoses"][0] | {"seq": written}])
    assert checked.finding("intake.not_a_whole_number")["what_zh"] == f"序号（seq）的值 {written} 不是整数"


@pytest.mark.parametrize(
    ("written", "kept"), [("true", True), ("FALSE", False), ("1", True), ("0", False), ("yes", None)]
)
def test_flags(check, written, kept):
    row = {"exam_id": "E1", "person_id": "P1", "institution_id": "H1", "item_code": "i", "examined_on": "2025-01-01"}
    checked = check("exam_results", [row | {"price_fen": "100", "is_recognisable": written}])
    assert [row["is_recognisable"] for row in checked.kept] == ([] if kept is None else [kept])
    assert [f["what_zh"] for f in checked.findings] == (
        ["在互认清单内（is_recognisable）的值 yes 不是 true 或 false"] if kept is None else []
    )


FAULTS = [
    (
        "cases",
        {"person_id": ""},
        "intake.missing_value",
        "参保人（假名）（person_id）为空",
        "补填该列，每一行都须有值",
        "insured person (pseudonym) (person_id) is empty",
    ),
    (
        "cases",
        {"sex": "M"},
        "intake.unknown_value",
        "性别（sex）的值 M 不在允许的值之内",
        "改为下列之一：male 男、female 女",
        "sex (sex) has the value M, which is not allowed",
    ),
    (
        "cases",
        {"self_paid_fen": "-1"},
        "intake.negative_amount",
        "全自费金额（分）（self_paid_fen）为负数 -1",
        "改为不小于零的金额；退费在收费明细中用负数行表示",
        "fully self-paid amount, fen (self_paid_fen) is negative: -1",
    ),
    (
        "cases",
        {"age_years": "131"},
        "intake.out_of_range",
        "年龄（周岁）（age_years）的值 131 超出范围",
        "核对后改为 ≥ 0、≤ 130 的值",
        "age, whole years (age_years) has the value 131, which is out of range",
    ),
    (
        "diagnoses",
        {"code": "63.9"},
        "intake.malformed_code",
        "诊断代码（code）的值 63.9 不合编码规则",
        "改为 医保版 ICD-10 2.0 的编码",
        "diagnosis code (code) has the value 63.9, which is not written as a code",
    ),
    (
        "cases",
        {"discharged_on": "2024-12-31"},
        "intake.discharged_before_admission",
        "出院日期 2024-12-31 早于入院日期 2025-01-01",
        "核对入院日期与出院日期",
        "discharged on 2024-12-31, before admission on 2025-01-01",
    ),
    (
        "cases",
        {"settled_on": "2025-01-04"},
        "intake.settled_before_discharge",
        "结算日期 2025-01-04 早于出院日期 2025-01-05",
        "核对结算日期与出院日期",
        "settled on 2025-01-04, before discharge on 2025-01-05",
    ),
    (
        "cases",
        {"los_days": "5"},
        "intake.los_mismatch",
        "实际住院天数为 5，按入出院日期应为 4",
        "核对住院天数：出院日期减入院日期，当日出入院计 1 天",
        "5 days in hospital, but 4 by the dates",
    ),
]


def test_a_level_is_taken_as_written_and_never_inferred_from_a_name_or_a_kind(check, sound):
    # A community centre that is registered as secondary is secondary; without a level there is none.
    row = sound["institutions"][1] | {"name_zh": "丙区社区卫生服务中心", "kind": "community_centre"}
    written = {"H3": "secondary", "H4": "primary", "H5": ""}
    checked = check("institutions", [row | {"institution_id": each, "level": level} for each, level in written.items()])
    assert {each["institution_id"]: each["level"] for each in checked.kept} == {"H3": "secondary", "H4": "primary"}
    (finding,) = checked.findings
    assert (finding["code"], "（level）" in finding["what_zh"]) == ("intake.missing_value", True)


@pytest.mark.parametrize(("table", "changes", "code", "what_zh", "remedy_zh", "what_en"), FAULTS)
def test_row_with_a_fault_is_set_aside(check, sound, table, changes, code, what_zh, remedy_zh, what_en):
    checked = check(table, [sound[table][0] | changes, sound[table][-1]])
    (finding,) = checked.findings
    assert finding["code"] == code
    assert (finding["what_zh"], finding["remedy_zh"], finding["what_en"]) == (what_zh, remedy_zh, what_en)
    assert (finding["table_name"], finding["source"], finding["case_id"]) == (table, f"{table}-1.csv:2", "C1")
    assert finding["handling"] == "set_aside"
    assert json.loads(finding["row"]) == {k: v or None for k, v in (sound[table][0] | changes).items()}
    assert [row["case_id"] for row in checked.kept] == ["C2"]


@pytest.mark.parametrize(
    ("discharged", "los_days", "is_kept"),
    [("01", 1, True), ("02", 1, True), ("02", 2, False), ("03", 2, True), ("01", 2, False)],
)
def test_los_is_the_difference_of_the_dates_and_one_within_a_day(check, sound, discharged, los_days, is_kept):
    case = sound["cases"][0] | {"discharged_on": f"2025-01-{discharged}", "los_days": str(los_days)}
    assert bool(check("cases", [case]).kept) is is_kept


def test_refund_is_no_negative_amount(check, sound):
    assert [row["amount_fen"] for row in check("fee_items", sound["fee_items"]).kept] == [10000, 30000, -10000]


@pytest.mark.parametrize("written", ["four", "Zhang San", "张三", "110101199003071234", "13812345678元"])
def test_a_value_that_may_name_somebody_is_not_said(check, sound, written):
    checked = check("diagnoses", [sound["diagnoses"][0] | {"seq": written + "?"}])
    finding = checked.finding("intake.not_a_whole_number")
    assert finding["what_zh"] == "序号（seq）的值 *** 不是整数"
    assert written not in str(finding)


@pytest.mark.parametrize("written", ["110101199003071234", "13812345678", "张三"])
def test_person_that_is_no_pseudonym_is_set_aside_and_not_said(check, sound, written):
    checked = check("persons", [sound["persons"][0] | {"person_id": written}])
    finding = checked.finding("intake.identity_value")
    assert finding["what_en"] == (
        "insured person (pseudonym) (person_id) holds an id number, a phone number or a name; "
        "it is not taken in and not shown"
    )
    assert (finding["row_key"], json.loads(finding["row"])["person_id"]) == ("***", "***")
    assert written not in str(checked)


def test_note_in_a_column_of_words_is_set_aside(check, sound):
    checked = check("cases", [sound["cases"][0] | {"department": "内科" + "很" * 500}])
    assert checked.finding("intake.overlong_value")["what_en"].startswith("discharge department (department) is too")
    assert "很很" not in str(checked)


def test_every_fault_of_a_row_is_told_and_the_row_counted_once(check, sound):
    checked = check("cases", [sound["cases"][0] | {"sex": "M", "age_years": "x", "los_days": "9"}])
    assert [finding["code"] for finding in checked.findings] == [
        "intake.los_mismatch",
        "intake.not_a_whole_number",
        "intake.unknown_value",
    ]
    assert (checked.row_count, checked.kept) == (1, [])


def test_quote_that_is_never_closed_swallows_no_rows_in_silence(counter, sound, check_path):
    file = counter.write("persons", sound["persons"])
    with file.open("a") as stream:
        stream.write('P3,male,1950-01-01,employee,A1,"asthma\nP4,male,1950-01-01,employee,A1,\n')
    checked = check_path(file)
    finding = checked.finding("intake.line_break")
    assert finding["what_en"] == "chronic diseases (chronic_diseases) contains a line break"
    # What was swallowed may be anybody's.
    assert json.loads(finding["row"])["chronic_diseases"] == "***"
    assert [row["person_id"] for row in checked.kept] == ["P1", "P2"]


def test_line_with_a_field_too_few_keeps_its_shape_and_its_case(counter, sound, check_path):
    file = counter.write("diagnoses", sound["diagnoses"])
    with file.open("a") as stream:
        stream.write("Ｃ1,3\nC2,2,I10.x00\n")
    checked = check_path(file)
    (finding,) = checked.findings
    assert (finding["code"], finding["source"], finding["case_id"]) == ("intake.broken_line", "diagnoses-1.csv:5", "C1")
    assert finding["what_zh"] == "这一行的列数与表头不一致"
    assert finding["remedy_en"] == "look for a comma too many or too few; put text with commas in double quotes"
    assert json.loads(finding["row"]) == {"fields": 2, "fields_expected": 3, "characters": 4}
    assert (checked.row_count, len(checked.kept)) == (5, 4)


def test_numbers_of_rows_are_kept_across_blocks_and_broken_lines(counter, check_path, monkeypatch):
    monkeypatch.setattr("tongchou.intake.csv_file._BLOCK_BYTES", 200)
    lines = ["person_id,sex,born_on,insurance_type,area_id"]
    lines += [
        "broken" if number % 7 == 0 else f"R{number},{'x' if number % 5 == 0 else 'male'},1950-01-01,employee,A1"
        for number in range(2, 60)
    ]
    file = counter.landing / "persons.csv"
    file.write_text("\n".join(lines) + "\n")
    checked = check_path(file)
    assert {(finding["code"], finding["source"]) for finding in checked.findings} == {
        ("intake.broken_line", f"persons.csv:{number}") for number in range(7, 60, 7)
    } | {("intake.unknown_value", f"persons.csv:{number}") for number in range(5, 60, 5) if number % 7}
    assert (checked.row_count, len(checked.kept)) == (58, 40)


def test_values_of_a_parquet_file_that_do_not_fit_exactly_are_set_aside(counter, check_path):
    file = counter.landing / "procedures.parquet"
    pq.write_table(
        pa.table({"case_id": ["C1", "C1", "C2"], "seq": [1.0, 1.5, 2.0], "code": ["99.10", "99.11", "99.12"]}), file
    )
    checked = check_path(file)
    finding = checked.finding("intake.not_a_whole_number")
    assert finding["source"] == "procedures.parquet:2"
    assert finding["what_en"] == "order (seq) has the value 1.5, which is not a whole number"
    assert [row["seq"] for row in checked.kept] == [1, 2]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("total_yuan", pa.array(["300.000"]).cast(pa.decimal128(12, 3))),
        ("total_fen", pa.array([30000], pa.uint16())),
        ("settled_on", pa.array(["2025-01-06"]).cast(pa.timestamp("us"))),
        ("sex", pa.array(["male"]).dictionary_encode()),
        ("case_id", pa.array(["C1"]).cast(pa.large_string())),
        ("age_years", pa.array(["74"])),
        ("age_days", pa.nulls(1)),
    ],
)
def test_parquet_types_are_cast_exactly(counter, sound, check, check_path, column, values):
    expected = check("cases", sound["cases"][:1]).kept[0]
    table = pa.Table.from_pylist([{k: v or None for k, v in sound["cases"][0].items()}])
    if column == "total_yuan":
        table = table.drop_columns(["total_fen"]).append_column(column, values)
    else:
        table = table.set_column(table.schema.get_field_index(column), column, values)
    file = counter.landing / "cases.parquet"
    pq.write_table(table, file)
    (row,) = check_path(file).kept
    assert {k: v for k, v in row.items() if k != "_at"} == {k: v for k, v in expected.items() if k != "_at"}
