"""Sheets of cases: read as hospitals keep them, columns proposed, grouped as the cases that they hold."""

import io
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from tongchou.access.subject import Part, Subject
from tongchou.core.errors import TongchouError
from tongchou.grouping.grouper import Grouper
from tongchou.workplace import case_sheets
from tongchou.workplace.case_sheets import group_sheet, propose_columns, read_sheet
from tongchou.workplace.place import Workplace

HEAD = ["病案号", "性别", "年龄", "住院天数", "离院方式", "主要诊断编码", "其他诊断编码1", "其他诊断编码2", "手术编码1"]
ROWS = [
    ["A1", "男", "45", "7", "1", "J18.900", "I10.x00", "J96.000", "33.2403"],
    ["A2", "女", "61", "9", "1", "I21.401", "", "", ""],
    ["", "女", "", "9", "1", "I21.401", "", "", ""],
]
COLUMNS = {
    "case_id": ["病案号"],
    "sex": ["性别"],
    "age_years": ["年龄"],
    "los_days": ["住院天数"],
    "discharge_way": ["离院方式"],
    "diagnoses": ["主要诊断编码", "其他诊断编码1", "其他诊断编码2"],
    "procedures": ["手术编码1"],
}
HOSPITAL = Subject("u", "u", parts=(Part("hospital", "H1"),))


def as_csv(encoding: str) -> bytes:
    return "\n".join(",".join(row) for row in [HEAD, *ROWS]).encode(encoding)


def as_workbook() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate([HEAD, *ROWS]):
        for place, cell in enumerate(row):
            sheet.write(number, place, int(cell) if cell.isdecimal() and number else cell)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", as_csv("utf-8-sig")), ("a.CSV", as_csv("gb18030")), ("a.xlsx", as_workbook())],
)
def test_a_sheet_is_grouped_as_its_cases_are(
    name: str, content: bytes, grouping_place: Workplace, tmp_path: Path
) -> None:
    path = tmp_path / f"sheet{Path(name).suffix.lower()}"
    path.write_bytes(content)
    sheet = read_sheet(path, name)
    columns = propose_columns(sheet)
    assert columns == COLUMNS
    seen: list[tuple[int, int]] = []
    found = group_sheet(grouping_place, HOSPITAL, sheet, columns, advance=lambda *done: seen.append(done))
    grouper = Grouper.find("chs-drg-category")
    expected = [
        grouper.group_one(
            {
                "sex": row[1],
                "age_years": row[2],
                "diagnoses": [code for code in row[5:8] if code],
                "procedures": [code for code in row[8:] if code],
            }
        )
        for row in ROWS
    ]
    assert found.get_column("case_id").to_list() == ["A1", "A2", "3"]
    assert found.get_column("drg").to_list() == [each.drg for each in expected]
    assert found.get_column("status").to_list() == [each.status for each in expected]
    assert seen == [(3, 3)]


def test_a_case_file_s_own_columns_go_before_likenesses(tmp_path: Path) -> None:
    path = tmp_path / "cases.parquet"
    pl.DataFrame({"case_id": ["1"], "sex": ["1"], "age_years": [5], "diagnoses": [["J18", "I10"]]}).write_parquet(path)
    sheet = read_sheet(path, "cases.parquet")
    columns = propose_columns(sheet)
    assert columns["diagnoses"] == ["diagnoses"]
    assert case_sheets.as_cases(sheet, columns).column("diagnoses").to_pylist() == [["J18", "I10"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"no workbook"),
        ("a.parquet", b"no parquet"),
        ("a.csv", b""),
        ("a.csv", b"a,b\n"),
        ("a.csv", b"a,a\n1,2\n"),
        ("a.csv", b"\xff\xff\xff"),
    ],
)
def test_what_is_no_sheet_is_refused_in_both_languages(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"sheet{Path(name).suffix}"
    path.write_bytes(content)
    with pytest.raises(TongchouError) as caught:
        read_sheet(path, name)
    assert caught.value.code == "workplace.sheet"
    assert caught.value.where == name


def test_a_sheet_beyond_its_bound_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_sheets, "MOST_ROWS", 2)
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv("utf-8"))
    with pytest.raises(TongchouError, match=r"workplace\.sheet"):
        read_sheet(path, "a.csv")


def test_who_has_no_right_groups_no_sheet(grouping_place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv("utf-8"))
    with pytest.raises(TongchouError, match=r"access\.refused"):
        group_sheet(
            grouping_place, Subject("u", "u", parts=(Part("administrator"),)), read_sheet(path, "a.csv"), COLUMNS
        )
