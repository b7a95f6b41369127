"""Rows by themselves: what is repaired, how values are read, and which rows are set aside with which words."""

import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tongchou.intake import take_in
from tongchou.schema.tables import CASES, DIAGNOSES, EXAM_RESULTS, INSTITUTIONS, PERSONS, PROCEDURES


def the_finding(counter, code):
    (finding,) = counter.findings(code)
    return finding


def test_sound_batch_is_taken_whole(counter, sound):
    report = counter.take(sound)
    assert report.findings == {}
    assert report.notices == ()
    assert [(t.row_count, t.taken_count) for t in report.tables] == [
        (2, 2),
        (2, 2),
        (2, 2),
        (3, 3),
        (1, 1),
        (3, 3),
        (3, 3),
    ]
    case = counter.held(CASES)[0]
    assert (case["admitted_on"], case["los_days"], case["total_fen"]) == (date(2025, 1, 1), 4, 30000)
    assert case["age_days"] is None


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
    ],
)
def test_slip_is_repaired_and_the_row_kept(counter, sound, tables, table, column, written, kept):
    sound[table][0][column] = written
    report = counter.take(sound)
    assert counter.held(tables[table])[0][column] == kept
    assert report.findings == {"intake.repaired": 1}
    assert [count.repaired_count for count in report.tables if count.table_name == table] == [1]
    finding = the_finding(counter, "intake.repaired")
    assert finding["handling"] == "repaired"
    assert finding["what_zh"] == f"已自动修正 {tables[table].column(column).title.zh} 的写法"
    assert finding["source"] == f"{table}-1.csv:2"
    assert json.loads(finding["row"])[column] == written


@pytest.mark.parametrize(
    ("table", "column", "written"),
    [
        ("diagnoses", "code", "A01.000x005"),
        ("diagnoses", "code", "A17.000+G01*"),
        ("procedures", "code", "50.9200x001"),
        ("institutions", "name_zh", "甲院（东）．"),
        ("fee_items", "item_code", "b1."),
    ],
)
def test_what_is_right_is_left_alone(counter, sound, tables, table, column, written):
    sound[table][0][column] = written
    assert counter.take(sound).findings == {}
    assert counter.held(tables[table])[0][column] == written


def test_repair_of_several_columns_is_one_finding(counter, sound):
    sound["persons"][0] |= {"person_id": "Ｐ１", "area_id": " A1"}
    assert counter.take(sound).findings == {"intake.repaired": 1}
    assert the_finding(counter, "intake.repaired")["what_en"] == (
        "the writing of insured person (pseudonym), area of insurance was repaired"
    )


def test_row_that_is_set_aside_after_a_repair_is_not_said_to_be_repaired(counter, sound):
    sound["diagnoses"][0] |= {"code": "i63.900", "case_id": "C9"}
    report = counter.take(sound)
    assert "intake.repaired" not in report.findings
    assert json.loads(the_finding(counter, "intake.unknown_case")["row"])["code"] == "i63.900"


def test_amounts_in_yuan_become_fen(counter, sound):
    for row, yuan in zip(sound["cases"], ("300.00", "50.0"), strict=True):
        row["total_yuan"] = yuan
        del row["total_fen"]
    sound["fees"] = [
        {"case_id": r["case_id"], "category": r["category"], "amount_yuan": y}
        for r, y in zip(sound["fees"], ("100", "200.", "50.000"), strict=True)
    ]
    assert counter.take(sound).findings == {}
    assert [row["total_fen"] for row in counter.held(CASES)] == [30000, 5000]


def test_three_decimals_of_yuan(counter, sound):
    for row in sound["cases"]:
        row["total_yuan"] = {"C1": "300.005", "C2": "50"}[row["case_id"]]
        del row["total_fen"]
    counter.take(sound)
    finding = the_finding(counter, "intake.fraction_of_fen")
    assert finding["row_key"] == "C1"
    assert finding["what_zh"] == "医疗费总额（分）（total_fen）的值 300.005 元小数超过两位"
    assert finding["what_en"] == "total cost, fen (total_fen) has the value 300.005 yuan, with more than two decimals"
    assert finding["remedy_zh"] == "四舍五入到分后再填"
    assert finding["remedy_en"] == "round it to fen first"


@pytest.mark.parametrize("written", ["1,234.50", "50元", "abc", "1e3", "-", "9" * 16])
def test_amount_that_is_no_number(counter, sound, written):
    for row in sound["cases"]:
        row["total_yuan"] = written if row["case_id"] == "C1" else "50"
        del row["total_fen"]
    counter.take(sound)
    assert the_finding(counter, "intake.not_an_amount")["what_en"] == (
        f"total cost, fen (total_fen) has the value {written}, which is not an amount"
    )
    assert counter.keys(CASES) == ["C2"]


@pytest.mark.parametrize(
    "written", ["2025-02-30", "2025/01/01", "2025-1-1", "20250101", "45658", "2025-01-01 08:30:00"]
)
def test_bad_date_text(counter, sound, written):
    sound["cases"][0]["admitted_on"] = written
    counter.take(sound)
    finding = the_finding(counter, "intake.not_a_date")
    assert finding["what_zh"] == f"入院日期（admitted_on）的值 {written} 不是日期"
    assert finding["remedy_zh"] == "按 yyyy-MM-dd 填写真实存在的日期，如 2025-01-31"
    assert finding["remedy_en"] == "write a day that exists as yyyy-MM-dd, e.g. 2025-01-31"
    assert counter.findings("intake.missing_value") == []


@pytest.mark.parametrize(("written", "kept"), [("4.0", 4), ("+4", 4), ("004", 4)])
def test_whole_numbers_may_be_written_in_several_ways(counter, sound, written, kept):
    sound["cases"][0]["los_days"] = written
    assert counter.take(sound).findings == {}
    assert counter.held(CASES)[0]["los_days"] == kept


@pytest.mark.parametrize("written", ["4.5", "four", "1e1", "99999999999999999999"])
def test_not_a_whole_number(counter, sound, written):
    sound["cases"][0]["los_days"] = written
    counter.take(sound)
    assert the_finding(counter, "intake.not_a_whole_number")["what_zh"].endswith(f"（los_days）的值 {written} 不是整数")


@pytest.mark.parametrize(
    ("table", "changes", "code", "what_zh", "remedy_zh"),
    [
        (
            "cases",
            {"person_id": ""},
            "intake.missing_value",
            "参保人（假名）（person_id）为空",
            "补填该列，每一行都须有值",
        ),
        (
            "cases",
            {"sex": "M"},
            "intake.unknown_value",
            "性别（sex）的值 M 不在允许的值之内",
            "改为下列之一：male 男、female 女",
        ),
        (
            "cases",
            {"self_paid_fen": "-1"},
            "intake.negative_amount",
            "全自费金额（分）（self_paid_fen）为负数 -1",
            "改为不小于零的金额；退费在收费明细中用负数行表示",
        ),
        (
            "cases",
            {"age_years": "131"},
            "intake.out_of_range",
            "年龄（周岁）（age_years）的值 131 超出范围",
            "核对后改为 ≥ 0、≤ 130 的值",
        ),
        (
            "diagnoses",
            {"code": "63.9"},
            "intake.malformed_code",
            "诊断代码（code）的值 63.9 不合编码规则",
            "改为 医保版 ICD-10 2.0 的编码",
        ),
        (
            "cases",
            {"discharged_on": "2024-12-31"},
            "intake.discharged_before_admission",
            "出院日期 2024-12-31 早于入院日期 2025-01-01",
            "核对入院日期与出院日期",
        ),
        (
            "cases",
            {"settled_on": "2025-01-04"},
            "intake.settled_before_discharge",
            "结算日期 2025-01-04 早于出院日期 2025-01-05",
            "核对结算日期与出院日期",
        ),
        (
            "cases",
            {"los_days": "5"},
            "intake.los_mismatch",
            "实际住院天数为 5，按入出院日期应为 4",
            "核对住院天数：出院日期减入院日期，当日出入院计 1 天",
        ),
    ],
)
def test_row_with_a_fault_is_set_aside(counter, sound, tables, table, changes, code, what_zh, remedy_zh):
    sound[table][0] |= changes
    counter.take(sound)
    finding = the_finding(counter, code)
    assert (finding["handling"], finding["what_zh"], finding["remedy_zh"]) == ("set_aside", what_zh, remedy_zh)
    assert (finding["table_name"], finding["source"], finding["case_id"]) == (table, f"{table}-1.csv:2", "C1")
    assert finding["what_en"]
    assert {key.split("|")[0] for key in counter.keys(tables[table])} == {"C2"}


@pytest.mark.parametrize(
    ("discharged", "los_days", "is_taken"),
    [("01-01", 1, True), ("01-02", 1, True), ("01-02", 2, False), ("01-03", 2, True), ("01-01", 2, False)],
)
def test_los_is_the_difference_of_the_dates_and_one_within_a_day(counter, sound, discharged, los_days, is_taken):
    sound["cases"][0] |= {"discharged_on": f"2025-{discharged}", "los_days": str(los_days)}
    counter.take(sound)
    assert ("C1" in counter.keys(CASES)) is is_taken


def test_every_fault_of_a_row_is_told(counter, sound):
    sound["cases"][0] |= {"sex": "M", "age_years": "x", "los_days": "9"}
    report = counter.take(sound)
    assert [f["code"] for f in counter.findings() if f["table_name"] == "cases"] == [
        "intake.los_mismatch",
        "intake.not_a_whole_number",
        "intake.unknown_value",
    ]
    assert report.tables[2].set_aside_count == 1


def test_line_with_a_field_too_few_is_counted_and_sets_its_case_aside(counter, sound):
    file = counter.write("diagnoses", sound.pop("diagnoses"))
    with file.open("a") as stream:
        stream.write("C1,3\nC2,2,I10.x00\n")
    paths = [counter.write(table, rows) for table, rows in sound.items()]
    report = take_in([file, *paths], counter.lake, counter.engine)
    finding = the_finding(counter, "intake.broken_line")
    assert (finding["source"], finding["case_id"]) == ("diagnoses-1.csv:5", "C1")
    assert finding["what_zh"] == "这一行的列数与表头不一致"
    assert json.loads(finding["row"]) == {"line": "C1,3"}
    assert counter.keys(DIAGNOSES) == ["C2|1", "C2|2"]
    assert [(t.row_count, t.set_aside_count) for t in report.tables if t.table_name == "diagnoses"] == [(5, 3)]


def test_parquet_values_that_do_not_fit_exactly_are_set_aside(counter, sound):
    counter.take({"institutions": sound["institutions"], "persons": sound["persons"]})
    table = pa.table({"case_id": ["C1", "C1", "C2"], "seq": [1.0, 1.5, 2.0], "code": ["99.10", "99.11", "99.12"]})
    pq.write_table(table, counter.landing / "procedures.parquet")
    take_in([counter.landing / "procedures.parquet"], counter.lake, counter.engine)
    finding = the_finding(counter, "intake.not_a_whole_number")
    assert finding["source"] == "procedures.parquet:2"
    assert finding["what_en"] == "order (seq) has the value 1.5, which is not a whole number"
    assert counter.keys(PROCEDURES) == ["C2|2"]


def test_flags_and_dates_of_other_tables(counter, sound):
    exam = "exam_id,person_id,institution_id,item_code,examined_on,price_fen,is_recognisable"
    rows = [f"E{n},P1,H1,i,2025-01-01T00:00:00,100,{flag}" for n, flag in enumerate(["true", "FALSE", "1", "0", "yes"])]
    file = counter.landing / "exam_results.csv"
    file.write_text("\n".join([exam, *rows]))
    report = take_in(
        [file, counter.write("institutions", sound["institutions"]), counter.write("persons", sound["persons"])],
        counter.lake,
        counter.engine,
    )
    assert report.findings == {"intake.not_a_flag": 1}
    assert [row["is_recognisable"] for row in counter.held(EXAM_RESULTS)] == [True, False, True, False]
    assert counter.held(EXAM_RESULTS)[0]["examined_on"] == date(2025, 1, 1)
    assert len(counter.keys(INSTITUTIONS)) == len(counter.keys(PERSONS)) == 2


def test_quote_that_is_never_closed_swallows_no_rows_in_silence(counter, sound):
    file = counter.write("persons", sound["persons"])
    with file.open("a") as stream:
        stream.write('P3,male,1950-01-01,employee,A1,"asthma\nP4,male,1950-01-01,employee,A1,\n')
    report = take_in([file], counter.lake, counter.engine)
    assert report.findings == {"intake.line_break": 1}
    finding = the_finding(counter, "intake.line_break")
    assert finding["what_en"] == "chronic diseases (chronic_diseases) contains a line break"
    assert "P4,male" in json.loads(finding["row"])["chronic_diseases"]
    assert counter.keys(PERSONS) == ["P1", "P2"]


def test_numbers_of_rows_are_kept_across_blocks_and_broken_lines(counter, monkeypatch):
    monkeypatch.setattr("tongchou.intake.csv_file._BLOCK_BYTES", 200)
    lines = ["person_id,sex,born_on,insurance_type,area_id"]
    for number in range(2, 60):
        lines.append(
            "broken" if number % 7 == 0 else f"R{number},{'x' if number % 5 == 0 else 'male'},1950-01-01,employee,A1"
        )
    file = counter.landing / "persons.csv"
    file.write_text("\n".join(lines) + "\n")
    report = take_in([file], counter.lake, counter.engine)
    found = {(f["code"], f["source"]) for f in counter.findings()}
    assert found == {("intake.broken_line", f"persons.csv:{n}") for n in range(7, 60, 7)} | {
        ("intake.unknown_value", f"persons.csv:{n}") for n in range(5, 60, 5) if n % 7
    }
    assert (report.tables[0].row_count, report.tables[0].taken_count) == (58, 40)
