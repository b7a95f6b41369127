"""What is wrong with a file as a whole is told before anything is written."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tongchou.core.errors import Problems
from tongchou.intake import take_in
from tongchou.schema.tables import FEES, INSTITUTIONS, PERSONS


def refused(counter, *paths):
    with pytest.raises(Problems) as caught:
        take_in(list(paths), counter.lake, counter.engine)
    assert counter.lake.snapshot().versions == {}
    return caught.value.problems


def only(counter, *paths):
    (problem,) = refused(counter, *paths)
    return problem


def test_empty_file(counter):
    file = counter.landing / "persons.csv"
    file.write_bytes(b"")
    problem = only(counter, file)
    assert problem.code == "intake.empty_file"
    assert problem.sentence("zh") == (
        "[intake.empty_file] 文件是空的（persons.csv）：没有表头，也没有数据行。请重新导出；确实没有数据时保留表头行。"
    )
    assert problem.sentence("en") == (
        "[intake.empty_file] the file is empty (persons.csv): it has neither a header nor rows. "
        "To mend it: export it again; keep the header row where there are no rows."
    )


@pytest.mark.parametrize(
    "content", ["人员".encode("utf-16"), "person_id,sex\nP1,男".encode("utf-16-le"), b"person_id\nP\xff\xff1\n"]
)
def test_unreadable_encoding(counter, content):
    file = counter.landing / "persons.csv"
    file.write_bytes(content)
    problem = only(counter, file)
    assert problem.code == "intake.encoding"
    assert problem.why.zh == "内容既不是 UTF-8，也不是 GBK / GB18030"
    assert problem.remedy.en == "save it as CSV in UTF-8"


def test_missing_columns_are_named_together(counter, sound):
    rows = [{k: v for k, v in row.items() if k not in ("sex", "born_on")} for row in sound["persons"]]
    problem = only(counter, counter.write("persons", rows))
    assert problem.code == "intake.missing_column"
    assert problem.what.zh == "缺少必填列 sex, born_on"
    assert problem.where == "persons-1.csv"
    assert problem.remedy.en == "add them as the data dictionary says, with these names in the header row"


def test_repeated_column(counter):
    file = counter.landing / "persons.csv"
    file.write_text("person_id,sex,sex,born_on,insurance_type,area_id\n")
    problem = only(counter, file)
    assert problem.code == "intake.repeated_column"
    assert problem.what.en == "the header repeats a name or leaves it blank: sex"


def test_unknown_table_lists_the_known_names(counter):
    file = counter.landing / "patients-2025.csv"
    file.write_text("a\n1\n")
    problem = only(counter, file)
    assert problem.code == "intake.unknown_table"
    assert problem.what.zh == "没有名为 patients 的表"
    assert "institutions、alliances、alliance_members、persons、cases、" in problem.why.zh


def test_unknown_format(counter):
    file = counter.landing / "cases.xlsx"
    file.write_bytes(b"PK")
    assert only(counter, file).code == "intake.unknown_format"


def test_parquet_that_is_none(counter):
    file = counter.landing / "cases.parquet"
    file.write_text("case_id\nC1\n")
    problem = only(counter, file)
    assert problem.code == "intake.not_a_table"
    assert problem.what.en == "the content of the file is not a table"


def test_file_that_stops_being_a_table(counter, sound, monkeypatch):
    # A quote is never closed, and what it swallows is more than a block.
    monkeypatch.setattr("tongchou.intake.csv_file._BLOCK_BYTES", 1024)
    file = counter.write("persons", sound["persons"])
    with file.open("a") as stream:
        stream.write('"P3,male,1950-01-01,employee,A1,\n' + "P4,male,1950-01-01,employee,A1,\n" * 500)
    problem = only(counter, file)
    assert problem.code == "intake.not_a_table"
    assert problem.remedy.zh == "检查文件是否完整、后缀与内容是否一致，再重新导出"


def test_no_such_file_and_empty_folder(counter):
    codes = [problem.code for problem in refused(counter, counter.root / "gone.csv", counter.landing)]
    assert codes == ["intake.no_such_file", "intake.no_files"]


def test_nothing_handed_in(counter):
    assert only(counter).code == "intake.no_files"


def test_floating_amounts_are_refused(counter):
    file = counter.landing / "fees.parquet"
    pq.write_table(pa.table({"case_id": ["C1"], "category": ["bed"], "amount_yuan": [1.1]}), file)
    problem = only(counter, file)
    assert problem.code == "intake.column_type"
    assert problem.what.en == "column amount_yuan has the type double, which cannot be used"


def test_cases_need_institutions(counter, sound):
    del sound["institutions"]
    with pytest.raises(Problems) as caught:
        counter.take(sound)
    (problem,) = caught.value.problems
    assert problem.code == "intake.table_needed"
    assert problem.where == "cases-1.csv"
    assert problem.remedy.zh == "一并交入 institutions 文件"


def test_problems_of_all_files_are_told_together(counter, sound):
    (counter.landing / "cases.csv").write_bytes(b"")
    (counter.landing / "nonsense.csv").write_text("a\n")
    counter.write("fees", [{"case_id": "C1", "category": "bed"}])
    counter.write("persons", sound["persons"])
    problems = refused(counter, counter.landing)
    assert [(problem.code, problem.where) for problem in problems] == [
        ("intake.empty_file", "cases.csv"),
        ("intake.missing_column", "fees-1.csv"),
        ("intake.unknown_table", "nonsense.csv"),
    ]


def test_gbk_is_read_and_said(counter, sound):
    report = take_in(
        [counter.write("institutions", sound["institutions"], encoding="gb18030")], counter.lake, counter.engine
    )
    assert [row["name_zh"] for row in counter.held(INSTITUTIONS)] == ["甲县人民医院（东区）", "乙镇卫生院"]
    assert [notice.zh for notice in report.notices] == ["institutions-1.csv：按 GBK / GB18030 编码读取"]


def test_byte_order_mark_is_not_part_of_the_first_name(counter, sound):
    report = take_in([counter.write("persons", sound["persons"], encoding="utf-8-sig")], counter.lake, counter.engine)
    assert counter.keys(PERSONS) == ["P1", "P2"]
    assert report.notices == ()


def test_extra_columns_are_ignored_and_said(counter, sound):
    report = counter.take({"persons": [{**row, "phone": "1", "name": "x"} for row in sound["persons"]]})
    assert [notice.zh for notice in report.notices] == ["persons-1.csv：忽略了多余的列 phone、name"]
    assert counter.keys(PERSONS) == ["P1", "P2"]


def test_optional_columns_may_be_left_out(counter, sound):
    rows = [{k: v for k, v in row.items() if k != "chronic_diseases"} for row in sound["persons"]]
    report = counter.take({"persons": rows})
    assert [notice.en for notice in report.notices] == ["persons-1.csv: optional columns not given: chronic_diseases"]
    assert [row["chronic_diseases"] for row in counter.held(PERSONS)] == [None, None]


def test_folders_are_searched_and_files_of_one_table_added_up(counter, sound):
    counter.write("persons", sound["persons"][:1], "2025-01")
    (counter.landing / "more").mkdir()
    counter.write("persons", sound["persons"][1:], "2").rename(counter.landing / "more" / "persons.csv")
    (counter.landing / ".hidden").write_text("x")
    report = take_in([counter.landing], counter.lake, counter.engine)
    assert report.tables[0].row_count == 2
    assert counter.keys(PERSONS) == ["P1", "P2"]


def test_file_with_only_a_header_hands_in_an_empty_table(counter, sound):
    file = counter.landing / "fees.csv"
    file.write_text("case_id,category,amount_fen")
    report = take_in([file], counter.lake, counter.engine)
    assert report.as_json()["tables"] == {"fees": {"rows": 0, "taken": 0, "set_aside": 0, "repaired": 0}}
    assert FEES.name in counter.lake.snapshot().versions
    assert counter.held(FEES) == []
