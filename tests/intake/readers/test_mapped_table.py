"""A hospital's own tables: what a mapping says is done, what it does not say is counted, nothing is lost."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.core.errors import Problems, TongchouError
from tongchou.intake.documents.document_batch import DOCUMENT, DocumentBatch
from tongchou.intake.mappings.mapping_file import read_mapping
from tongchou.intake.readers.mapped_table import READER
from tongchou.intake.readers.reader import ReadingTerms

Read = Callable[..., list[DocumentBatch]]

BASIC = """
  病案号: settlement_lists.case_number
"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads a table by the columns of a mapping."""

    def read_one(content: str, columns: str, more: str = "", **terms: Any) -> list[DocumentBatch]:
        file = tmp_path / "出院.csv"
        file.write_text(content, encoding="utf-8")
        return by_mapping(file, f"columns:{BASIC}{columns}\n{more}", **terms)

    return read_one


def by_mapping(file: Path, mapping: str, **terms: Any) -> list[DocumentBatch]:
    path = file.parent / "mapping.yaml"
    path.write_text("name: own\n" + mapping, encoding="utf-8")
    return list(READER.read(file, file.name, ReadingTerms(mapping=path, **terms)))


def column(batches: Sequence[DocumentBatch], table: str, name: str) -> list[Any]:
    return [value for batch in batches if table in batch.frames for value in batch.frames[table][name]]


def workbook(file: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    book = xlsxwriter.Workbook(file)
    formats = {
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell, formats.get(type(cell)))
    book.close()
    return file


def test_values_are_translated_to_national_codes_and_others_are_kept(read: Read) -> None:
    (batch,) = read(
        "病案号,性别,离院\n1,男,医嘱离院\n2,女,死亡\n3,不详,回家\n",
        "  性别: {field: settlement_lists.sex, values: {男: male, 女: '2'}}\n"
        "  离院: {field: settlement_lists.discharge_way, values: {医嘱离院: home, 死亡: death}}",
    )
    assert batch.frames["settlement_lists"]["sex"].to_list() == ["1", "2", "不详"]
    assert batch.frames["settlement_lists"]["discharge_way"].to_list() == ["1", "5", "回家"]
    assert (batch.kind, batch.transaction) == ("front_page", "own")


@pytest.mark.parametrize(
    ("unit", "written", "yuan"),
    [
        ("yuan", "27193.47", "27193.47"),
        ("yuan", "￥27，193.47元", "27193.47"),
        ("fen", "2719347", "27193.47"),
        ("ten_thousand_yuan", "2.719347", "27193.47"),
        ("ten_thousand_yuan", "1.23456789", "12345.6789"),
        ("fen", "很多", "很多"),
    ],
)
def test_amounts_come_in_yuan_exactly(read: Read, unit: str, written: str, yuan: str) -> None:
    (batch,) = read(f'病案号,费用\n1,"{written}"\n', f"  费用: {{field: settlement_lists.total_fen, unit: {unit}}}")
    (held,) = batch.frames["settlement_lists"]["total_fen"]
    assert held == yuan or Decimal(held) == Decimal(yuan)


@given(fen=st.integers(-(10**15), 10**15))
@settings(max_examples=30)
def test_an_amount_in_any_unit_is_the_same_amount(tmp_path_factory: pytest.TempPathFactory, fen: int) -> None:
    file = tmp_path_factory.mktemp("units") / "a.csv"
    amounts = [str(fen), format(Decimal(fen).scaleb(-2), "f"), format(Decimal(fen).scaleb(-6), "f")]
    file.write_text("a,b,c\n" + ",".join(amounts) + "\n", encoding="utf-8")
    batches = by_mapping(
        file,
        "columns:\n"
        "  a: {field: settlement_lists.total_fen, unit: fen}\n"
        "  b: settlement_lists.person_own_pay_fen\n"
        "  c: {field: settlement_lists.cash_pay_fen, unit: ten_thousand_yuan}\n",
    )
    for name in ("total_fen", "person_own_pay_fen", "cash_pay_fen"):
        assert Decimal(column(batches, "settlement_lists", name)[0]) * 100 == fen


@pytest.mark.parametrize(
    ("date_format", "written", "held"),
    [
        ("dd/MM/yyyy", "05/01/2025", "2025-01-05"),
        ("yyyy年MM月dd日", "2025年01月05日", "2025-01-05"),
        ("MM/dd/yyyy HH:mm", "01/05/2025 08:30", "2025-01-05 08:30:00"),
        ("yyyyMMddHHmmss", "20250105083000", "2025-01-05 08:30:00"),
        ("dd/MM/yyyy", "31/02/2025", "31/02/2025"),
    ],
)
def test_dates_of_a_stated_format_come_in_iso_form(read: Read, date_format: str, written: str, held: str) -> None:
    (batch,) = read(
        f"病案号,入院\n1,{written}\n", f"  入院: {{field: settlement_lists.admitted_at, format: '{date_format}'}}"
    )
    assert batch.frames["settlement_lists"]["admitted_at"].to_list() == [held]


def test_lists_in_one_cell_are_split_and_joined_by_their_order(read: Read) -> None:
    (batch,) = read(
        "病案号,编码,名称\n1,I63.900|I10.x00；E11.900,脑梗死|高血压\n2,,\n3,|J18.900,\n",
        '  编码: {field: list_diagnoses.code, split: "|；"}\n  名称: {field: list_diagnoses.name, split: "|"}',
    )
    rows = batch.frames["list_diagnoses"].select(DOCUMENT, "_seq", "code", "name", "is_principal").rows()
    assert rows == [
        (1, 1, "I63.900", "脑梗死", "1"),
        (1, 2, "I10.x00", "高血压", "0"),
        (1, 3, "E11.900", None, "0"),
        (3, 1, "J18.900", None, "0"),
    ]


def test_a_principal_column_stands_before_a_cell_of_others(read: Read) -> None:
    (batch,) = read(
        "病案号,主要诊断,其他诊断\n1,I63.900,I10.x00;E11.900\n",
        '  主要诊断: list_diagnoses.code\n  其他诊断: {field: list_diagnoses.code, split: ";", place: 1}',
    )
    assert batch.frames["list_diagnoses"]["code"].to_list() == ["I63.900", "I10.x00", "E11.900"]
    assert batch.frames["list_diagnoses"]["is_principal"].to_list() == ["1", "0", "0"]


def test_numbered_columns_are_one_list(read: Read) -> None:
    (batch,) = read(
        "病案号,JBDM,JBDM1,JBDM2,JBDM3,SS1,SS2\n1,I63.900,,I10.x00,E11.900,47.0100,\n",
        '  JBDM: list_diagnoses.code\n  "JBDM{1-15}": list_diagnoses.code\n'
        '  "SS{1-9}": {field: list_operations.code, place: n-1}',
    )
    assert batch.frames["list_diagnoses"]["code"].to_list() == ["I63.900", "I10.x00", "E11.900"]
    assert batch.frames["list_operations"]["operation_rank"].to_list() == ["1"]
    assert not batch.ignored


def test_fees_are_put_below_each_other_by_their_kind(read: Read) -> None:
    (batch,) = read(
        "病案号,西药费,床位费,统筹\n1,10.50,3,7\n2,,0,\n",
        "  西药费: {field: front_page_fees.amount_fen, place: D23}\n"
        "  床位费: {field: list_fees.amount_fen, place: '01'}\n"
        "  统筹: {field: list_payments.amount_fen, place: '310100'}",
    )
    assert batch.frames["front_page_fees"].drop("_seq").rows() == [(1, "D23", "10.50")]
    assert batch.frames["list_fees"].drop("_seq").rows() == [(1, "01", "3"), (2, "01", "0")]
    assert batch.frames["list_payments"].drop("_seq").rows() == [(1, "310100", "7")]


def test_constants_and_the_institution_are_of_every_document(read: Read) -> None:
    more = "constants: {settlement_lists.care_kind: inpatient, settlement_lists.institution_name: 县医院}"
    batches = read("病案号\n1\n2\n", "", more, institution_id="H1", batch_documents=1)
    assert column(batches, "settlement_lists", "care_kind") == ["1", "1"]
    assert column(batches, "settlement_lists", "institution_name") == ["县医院"] * 2
    assert column(batches, "settlement_lists", "institution_id") == ["H1", "H1"]


def test_columns_that_the_mapping_does_not_name_are_counted(read: Read) -> None:
    (batch,) = read("病案号,甲,乙,丙\n1,x,,z\n2,y,,\n", "  丙: ignore")
    assert batch.ignored == {"甲": 2, "乙": 0}


def test_excel_is_read_like_text(tmp_path: Path) -> None:
    rows = [
        ["出院病人一览", "", "", ""],
        ["病案号", "出院日期", "入院时间", "总费用"],
        [123456, date(2025, 1, 5), datetime.fromisoformat("2025-01-01 08:30:00"), 27193.47],
        ["0007", date(2025, 1, 6), datetime.fromisoformat("2025-01-02"), 100],
        ["", "", "", ""],
        ["0008", "2025/1/7", "-", 0.1],
    ]
    file = workbook(tmp_path / "a.xlsx", {"说明": [["见下表"]], "病人": rows})
    batches = by_mapping(
        file,
        "sheet: 病人\nheader_row: 2\ncolumns:\n  病案号: settlement_lists.case_number\n"
        "  出院日期: settlement_lists.discharged_at\n  入院时间: settlement_lists.admitted_at\n"
        "  总费用: settlement_lists.total_fen\n",
    )
    (batch,) = batches
    page = batch.frames["settlement_lists"]
    assert page["case_number"].to_list() == ["123456", "0007", "0008"]
    assert page["discharged_at"].to_list() == ["2025-01-05", "2025-01-06", "2025/1/7"]
    assert page["admitted_at"].to_list() == ["2025-01-01 08:30:00", "2025-01-02", None]
    assert page["total_fen"].to_list() == ["27193.47", "100", "0.1"]
    assert batch.documents["_place"].to_list() == ["row 3", "row 4", "row 6"]


LONG = """
  病案号: settlement_lists.case_number
details:
  - {where}
    key: {{病案号: 病案号}}
    columns: {{编码: list_diagnoses.code, 名称: list_diagnoses.name}}
"""
STAYS = [["病案号"], ["1"], ["2"], ["3"]]
LISTED = [
    ["编码", "病案号", "名称"],
    ["I10.x00", "2", "高血压"],
    ["I63.900", "1", "脑梗死"],
    ["E11.900", "2", ""],
    ["J18.900", "9", ""],
]


def test_details_of_another_sheet_are_joined_and_orphans_are_told(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", {"病人": STAYS, "诊断": LISTED})
    batches = by_mapping(file, "columns:" + LONG.format(where="sheet: 诊断"), batch_documents=2)
    diagnoses = [row for batch in batches if batch.frames for row in batch.frames["list_diagnoses"].rows()]
    assert diagnoses == [
        (1, 1, "1", "I63.900", "脑梗死", "1"), (2, 1, "1", "I10.x00", "高血压", "1"), (2, 2, "1", "E11.900", None, "0"),
    ]  # fmt: skip
    (orphan,) = [each for batch in batches for each in batch.broken]
    assert orphan.number == 4
    assert orphan.place.endswith("row 5")


def test_details_of_another_file_are_joined(tmp_path: Path) -> None:
    for name, rows in (("出院", STAYS), ("诊断-2025", LISTED)):
        text = "\n".join(",".join(row) for row in rows)
        (tmp_path / f"{name}.csv").write_text(text + "\n1,2,3,4\n" * (name != "出院"), encoding="gb18030")
    batches = by_mapping(tmp_path / "出院.csv", "columns:" + LONG.format(where="file: 诊断-*.csv"))
    assert column(batches, "list_diagnoses", "code") == ["I63.900", "I10.x00", "E11.900"]
    assert [each.number for batch in batches for each in batch.broken] == [4, 5]


def test_a_stay_whose_key_stood_before_is_set_aside(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", {"病人": [*STAYS, ["2"]], "诊断": LISTED[:4]})
    batches = by_mapping(file, "columns:" + LONG.format(where="sheet: 诊断"), batch_documents=2)
    assert column(batches, "settlement_lists", "case_number") == ["1", "2", "3"]
    assert [each.number for batch in batches for each in batch.broken] == [4]
    assert column(batches, "list_diagnoses", "code") == ["I63.900", "I10.x00", "E11.900"]


def test_a_long_list_of_fees_brings_its_kinds(tmp_path: Path) -> None:
    fees = [["病案号", "类别", "金额"], ["1", "西药费", 10.5], ["1", "床位费", 3], ["3", "西药费", 1]]
    file = workbook(tmp_path / "a.xlsx", {"病人": STAYS, "费用": fees})
    (batch,) = by_mapping(
        file,
        "columns:\n  病案号: settlement_lists.case_number\n"
        "details:\n  - sheet: 费用\n    key: {病案号: 病案号}\n    columns:\n"
        "      类别: {field: list_fees.category, values: {西药费: western_medicine, 床位费: bed}}\n"
        "      金额: list_fees.amount_fen\n",
    )
    assert batch.frames["list_fees"].rows() == [(1, 1, "09", "10.5"), (1, 2, "01", "3"), (3, 1, "09", "1")]


FAULTS = {
    "no such field": ("columns:\n  a: settlement_lists.nothing\n", 3),
    "no such table": ("columns:\n  a: cases.sex\n", 3),
    "a key misspelt": ("columns:\n  a: {field: settlement_lists.sex, value: {男: male}}\n", 3),
    "no such code": ("columns:\n  a:\n    field: settlement_lists.sex\n    values:\n      男: man\n", 6),
    "a unit of no money": ("columns:\n  a: {field: settlement_lists.sex, unit: yuan}\n", 3),
    "no such unit": ("columns:\n  a: {field: settlement_lists.total_fen, unit: 角}\n", 3),
    "a format without a day": ("columns:\n  a: {field: settlement_lists.born_on, format: yyyy-MM}\n", 3),
    "a single field split": ("columns:\n  a: {field: settlement_lists.sex, split: ';'}\n", 3),
    "a place for a single value": ("columns:\n  a: {field: settlement_lists.sex, place: 1}\n", 3),
    "a fee class that is none": ("columns:\n  a: {field: front_page_fees.amount_fen, place: D99}\n", 3),
    "a place that is no number": ("columns:\n  a: {field: list_diagnoses.code, place: x}\n", 3),
    "two columns for one field": ("columns:\n  a: settlement_lists.sex\n  b: settlement_lists.sex\n", 4),
    "a column twice": ("columns:\n  a: settlement_lists.sex\n  a: settlement_lists.sex\n", 4),
    "no columns": ("document: front_page\n", 1),
    "another document": ("document: claim\ncolumns:\n  a: settlement_lists.sex\n", 2),
    "a header row of words": ("header_row: first\ncolumns:\n  a: settlement_lists.sex\n", 2),
    "a constant of a list": ("constants:\n  list_diagnoses.code: I10\ncolumns:\n  a: settlement_lists.sex\n", 3),
    "details without a key": (
        "columns:\n  a: settlement_lists.sex\ndetails:\n  - sheet: b\n    columns: {c: list_diagnoses.code}\n",
        5,
    ),
    "details of another folder": (
        "columns:\n  a: settlement_lists.sex\ndetails:\n  - file: ../b.csv\n    key: {a: a}\n"
        "    columns: {c: list_diagnoses.code}\n",
        5,
    ),
    "details of two lists": (
        "columns:\n  a: settlement_lists.sex\ndetails:\n  - sheet: b\n    key: {a: a}\n"
        "    columns: {c: list_diagnoses.code, d: list_operations.code}\n",
        5,
    ),
    "columns that are a list": ("columns: [a, b]\n", 2),
    "a tab": ("columns:\n\ta: settlement_lists.sex\n", 3),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_mapping_is_told_with_its_line(tmp_path: Path, fault: str) -> None:
    content, line = FAULTS[fault]
    file = tmp_path / "mapping.yaml"
    file.write_text("name: own\n" + content, encoding="utf-8")
    with pytest.raises(TongchouError) as refused:
        read_mapping(file)
    problem = refused.value.problems[0] if isinstance(refused.value, Problems) else refused.value
    assert problem.code == "intake.bad_mapping"
    assert problem.where == f"{file}:{line}"
    assert problem.remedy.zh != problem.remedy.en


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text("name: A B\nheader_row: x\ncolumns:\n  a: b.c\n  d: e.f\n", encoding="utf-8")
    with pytest.raises(Problems) as refused:
        read_mapping(file)
    assert len(refused.value.problems) >= 4


@settings(max_examples=60)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_noise_is_no_mapping_and_no_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("noise") / "mapping.yaml"
    file.write_bytes(content)
    with pytest.raises(TongchouError):
        read_mapping(file)


def test_without_a_mapping_or_its_columns_a_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x\n1\n", encoding="utf-8")
    with pytest.raises(TongchouError) as refused:
        list(READER.read(file, "a.csv", ReadingTerms()))
    assert refused.value.code == "intake.mapping_needed"
    with pytest.raises(TongchouError) as refused:
        by_mapping(file, "columns:" + BASIC)
    assert refused.value.code == "intake.mapped_column_missing"
    assert "病案号" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_a_damaged_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(content)
    with pytest.raises(TongchouError) as refused:
        by_mapping(file, "columns:" + BASIC)
    assert refused.value.code == "intake.not_a_workbook"


def test_a_sheet_that_there_is_not_is_told(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", {"病人": STAYS})
    with pytest.raises(TongchouError) as refused:
        by_mapping(file, "sheet: 出院\ncolumns:" + BASIC)
    assert refused.value.code == "intake.no_sheet"


def test_two_detail_files_or_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "出院.csv").write_text("病案号\n1\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(TongchouError) as refused:
            by_mapping(tmp_path / "出院.csv", "columns:" + LONG.format(where="file: 诊断*.csv"))
        assert refused.value.code == "intake.no_detail_file"
        for name in ("诊断1.csv", "诊断2.csv"):
            (tmp_path / name).write_text("病案号\n", encoding="utf-8")


def test_broken_lines_are_numbered_with_the_documents(read: Read) -> None:
    batches = read("病案号\n1\n2,x\n3\n", "", batch_documents=1)
    numbers = [n for batch in batches for n in batch.documents[DOCUMENT]]
    broken = [each.number for batch in batches for each in batch.broken]
    assert (numbers, broken) == ([1, 3], [2])


def test_it_recognises_nothing_by_itself(tmp_path: Path) -> None:
    assert not READER.recognises(tmp_path / "a.csv", b"x\n1\n")
    assert ".xlsx" in READER.suffixes
