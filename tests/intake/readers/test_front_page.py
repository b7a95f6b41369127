"""Front pages: both standard families of names and the pinyin one, read as they come and written back unchanged."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tongchou.core.errors import TongchouError
from tongchou.intake.documents.document_batch import (
    DOCUMENT,
    SEQUENCE,
    DocumentBatch,
    documents_frame,
    text_schema,
)
from tongchou.intake.readers.front_page import READER
from tongchou.intake.readers.reader import HEAD_BYTES, ReadingTerms
from tongchou.intake.rows.delimited import NOTHING
from tongchou.intake.writers.front_page import write_front_pages
from tongchou.schema.front_page_fields import FRONT_PAGE_FAMILIES, front_page_cells, front_page_names
from tongchou.schema.list_fields import dictionary, list_fields

HQMS = {"A01": "H33010200001", "A48": "0001", "B15": "2025-01-05", "C03C": "I63.900", "D01": "1000.00"}
WEITONG4 = {"P900": "H33010200001", "P3": "0001", "P25": "2025-01-05", "P321": "I63.900", "P782": "1000.00"}
PINYIN = {"USERNAME": "县医院", "BAH": "0001", "JBDM": "I63.900", "ZFY": "1000.00"}


def read(file: Path, terms: ReadingTerms | None = None) -> tuple[dict[str, list[dict[str, Any]]], list[DocumentBatch]]:
    """Return the rows of a file by table, and its batches."""
    batches = list(READER.read(file, file.name, terms or ReadingTerms()))
    rows: dict[str, list[dict[str, Any]]] = {}
    for batch in batches:
        for table, frame in batch.frames.items():
            rows.setdefault(table, []).extend(frame.to_dicts())
    return rows, batches


def write(file: Path, rows: Sequence[dict[str, str]], encoding: str = "utf-8", **options: Any) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, names, **options)
        writer.writeheader()
        writer.writerows(rows)
    return file


def values(rows: Sequence[dict[str, Any]], column: str) -> list[Any]:
    return [row[column] for row in rows]


def test_every_cell_of_the_table_of_names_is_a_field() -> None:
    for family in FRONT_PAGE_FAMILIES:
        for cell in front_page_cells(family):
            assert cell.column in {field.column for field in list_fields(cell.table)}, cell
            if cell.table == "front_page_fees":
                assert cell.place in dictionary("front_page_fee")
            if cell.table == "list_transfusions":
                assert cell.place in dictionary("blood_kind")


def test_no_name_of_a_family_means_two_rows_of_a_list() -> None:
    for family in FRONT_PAGE_FAMILIES:
        listed = [cell.name for cell in front_page_cells(family) if cell.table.startswith("list_")]
        assert len(listed) == len(set(listed))


def test_the_families_hold_the_same_parts_of_the_page() -> None:
    parts = {family: {(cell.table, cell.column) for cell in front_page_cells(family)} for family in FRONT_PAGE_FAMILIES}
    assert {("list_diagnoses", "code"), ("list_operations", "healing"), ("front_page_fees", "amount_fen")} <= (
        parts["hqms"] & parts["weitong4"] & parts["pinyin"]
    )
    for family, most_others in (("hqms", 40), ("weitong4", 10), ("pinyin", 40)):
        codes = [cell for cell in front_page_cells(family) if (cell.table, cell.column) == ("list_diagnoses", "code")]
        assert [int(cell.place) for cell in codes] == list(range(most_others + 1))


def test_the_columns_of_weitong4_that_follow_no_rule_are_those_of_the_form() -> None:
    others = [
        cell.name
        for cell in front_page_cells("weitong4")
        if (cell.table, cell.column) == ("list_diagnoses", "code") and cell.place != "0"
    ]
    assert others == ["P324", "P327", "P3291", "P3294", "P3297", "P3281", "P3284", "P3287", "P3271", "P3274"]
    operations = [
        cell.name for cell in front_page_cells("weitong4") if (cell.table, cell.column) == ("list_operations", "code")
    ]
    assert operations == ["P490", "P4911", "P4922", "P4533", "P4544", "P45002", "P45014", "P45026", "P45038", "P45050"]


def test_diagnoses_keep_their_order_over_gaps(tmp_path: Path) -> None:
    page = {
        **HQMS,
        "C04N": "脑梗死",
        "C05C": "1",
        "C06x01C": "-",
        "C06x02C": "I10.x00",
        "C06x03C": "",
        "C07x05N": "糖尿病",
    }
    rows, _ = read(write(tmp_path / "a.csv", [page]))
    found = rows["list_diagnoses"]
    assert [(row["_seq"], row["code"], row["name"], row["is_principal"]) for row in found] == [
        (1, "I63.900", "脑梗死", "1"),
        (2, "I10.x00", None, "0"),
        (3, None, "糖尿病", "0"),
    ]
    assert values(found, "diagnosis_type") == ["1", "1", "1"]


def test_without_a_principal_diagnosis_no_other_becomes_it(tmp_path: Path) -> None:
    rows, _ = read(write(tmp_path / "a.csv", [{**HQMS, "C03C": "-", "C06x01C": "I10.x00"}]))
    assert [(row["_seq"], row["is_principal"]) for row in rows["list_diagnoses"]] == [(1, "0")]


def test_operations_bring_what_the_page_says_of_each(tmp_path: Path) -> None:
    main = ["C14x01C", "C15x01N", "C16x01", "C17x01", "C18x01", "C21x01C", "C22x01C", "C23x01"]
    third = ["C35x02C", "C36x02N", "C37x02", "C38x02", "C39x02", "C42x02C", "C43x02C", "C44x02"]
    said = ["47.0100", "阑尾切除", "2025-01-02", "3", "甲医师", "11", "0101", "乙医师"]
    page = {**HQMS, **dict(zip(main, said, strict=True)), **dict(zip(third, reversed(said), strict=True))}
    rows, _ = read(write(tmp_path / "a.csv", [page]))
    columns = [
        "code",
        "name",
        "operated_on",
        "operation_level",
        "surgeon_name",
        "healing",
        "anaesthesia",
        "anaesthetist_name",
    ]
    first, second = rows["list_operations"]
    assert [first[column] for column in columns] == said
    assert [second[column] for column in columns] == list(reversed(said))
    assert [(row["_seq"], row["operation_rank"]) for row in (first, second)] == [(1, "1"), (2, "2")]


def test_weitong4_tells_name_and_date_of_an_operation_apart(tmp_path: Path) -> None:
    page = {
        **WEITONG4,
        "P490": "47.0100",
        "P491": "20250102",
        "P492": "阑尾切除",
        "P45002": "54.2100",
        "P45003": "20250103",
    }
    rows, batches = read(write(tmp_path / "a.csv", [page]))
    assert batches[0].transaction == "weitong4"
    assert values(rows["list_operations"], "operated_on") == ["20250102", "20250103"]
    assert values(rows["list_operations"], "name") == ["阑尾切除", None]


def test_fees_come_by_class_with_those_that_are_part_of_another(tmp_path: Path) -> None:
    page = {**HQMS, "D09": "12.30", "D11": "10", "D20": "200.00", "D20x01": "50.00", "D34": "0"}
    rows, _ = read(write(tmp_path / "a.csv", [page]))
    assert [(row["fee_class"], row["amount_fen"]) for row in rows["front_page_fees"]] == [
        ("D11", "10"), ("D20", "200.00"), ("D20x01", "50.00"), ("D34", "0"),
    ]  # fmt: skip
    assert (rows["settlement_lists"][0]["total_fen"], rows["settlement_lists"][0]["person_own_pay_fen"]) == (
        "1000.00",
        "12.30",
    )


def test_the_fee_classes_of_the_other_families_are_those_of_hqms(tmp_path: Path) -> None:
    rows, _ = read(write(tmp_path / "a.csv", [{**WEITONG4, "P752": "1", "P781": "2"}]))
    assert values(rows["front_page_fees"], "fee_class") == ["D11", "D34"]
    rows, _ = read(write(tmp_path / "b.csv", [{**PINYIN, "YLFUF": "1", "MAF": "3", "QTF": "2"}]))
    assert values(rows["front_page_fees"], "fee_class") == ["D11", "D20x01", "D34"]


def test_coma_is_joined_and_weights_are_listed(tmp_path: Path) -> None:
    page = {**HQMS, "C28": "1", "C29": "13", "C30": "24", "C32": "5", "A18x01": "2500", "A18x02": "2300", "A18x03": "-"}
    rows, _ = read(write(tmp_path / "a.csv", [page, {**HQMS, "A18x01": "3000"}]))
    first, second = rows["settlement_lists"]
    assert (first["coma_before_minutes"], first["coma_after_minutes"]) == ("1/13/24", "0/5/0")
    assert (second["coma_before_minutes"], second["coma_after_minutes"]) == (None, None)
    assert (first["birth_weight_g"], first["multiple_birth_weights"]) == ("2500", "2500,2300")
    assert (second["birth_weight_g"], second["multiple_birth_weights"]) == ("3000", None)


def test_ventilator_hours_intensive_care_and_blood_of_weitong4(tmp_path: Path) -> None:
    page = {
        **WEITONG4,
        "P72": "37",
        "P6911": "4",
        "P6912": "2025-01-01 08:00:00",
        "P6914": "5",
        "P651": "2",
        "P652": "0",
    }
    rows, _ = read(write(tmp_path / "a.csv", [page]))
    assert rows["settlement_lists"][0]["ventilator_minutes"] == "1/13/0"
    assert values(rows["list_intensive_care"], "ward_type") == ["4", "5"]
    assert [(row["blood_kind"], row["amount"]) for row in rows["list_transfusions"]] == [("1", "2")]


def test_pinyin_days_and_hours_make_a_moment(tmp_path: Path) -> None:
    page = {
        **PINYIN,
        "RYSJ": "2025-01-01",
        "RYSJS": "8",
        "CYSJ": "2025-01-05 10:30:00",
        "QTZD1": "高血压",
        "JBDM1": "I10.x00",
    }
    rows, batches = read(write(tmp_path / "a.csv", [page]))
    assert batches[0].transaction == "pinyin"
    (page_read,) = rows["settlement_lists"]
    assert (page_read["admitted_at"], page_read["discharged_at"]) == ("2025-01-01 08:00:00", "2025-01-05 10:30:00")
    assert values(rows["list_diagnoses"], "code") == ["I63.900", "I10.x00"]


def test_who_pays_is_told_apart_from_whose_insurance_it_is(tmp_path: Path) -> None:
    rows, _ = read(write(tmp_path / "a.csv", [{**HQMS, "A46C": code} for code in "1237"]))
    assert values(rows["settlement_lists"], "payment_kind") == ["1", "2", "3", "7"]
    assert values(rows["settlement_lists"], "insurance_type") == ["310", "390", "380", None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(tmp_path: Path, encoding: str, line_end: str) -> None:
    page = {**HQMS, "A11": '张"三, 小'}
    file = write(tmp_path / "a.csv", [page, page], encoding, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    assert READER.recognises(file, file.read_bytes()[:HEAD_BYTES])
    rows, _ = read(file)
    assert values(rows["settlement_lists"], "person_name") == ['张"三, 小'] * 2


@pytest.mark.parametrize("moment", ["2025/01/05", "2025-01-05 10:30:00", "20250105103000", "20250105"])
def test_dates_are_handed_over_as_written(tmp_path: Path, moment: str) -> None:
    rows, _ = read(write(tmp_path / "a.csv", [{**HQMS, "B15": moment}]))
    assert rows["settlement_lists"][0]["discharged_at"] == moment


def test_names_in_another_case_are_the_same_names(tmp_path: Path) -> None:
    rows, batches = read(
        write(tmp_path / "a.csv", [{**{n.lower(): v for n, v in WEITONG4.items()}, "p45014": "54.2100"}])
    )
    assert values(rows["list_operations"], "code") == ["54.2100"]
    assert not batches[0].ignored


def test_unknown_columns_are_counted(tmp_path: Path) -> None:
    _, batches = read(write(tmp_path / "a.csv", [{**HQMS, "F99": "1", "X": ""}, {**HQMS, "F99": "-", "X": ""}]))
    assert batches[0].ignored == {"F99": 1, "X": 0}


def test_the_institution_is_filled_in_where_the_page_leaves_it_out(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [HQMS, {**HQMS, "A01": "-"}])
    rows, _ = read(file, ReadingTerms(institution_id="H9"))
    assert values(rows["settlement_lists"], "institution_id") == ["H33010200001", "H9"]


def test_a_line_with_other_fields_is_broken_and_hides_no_other(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [HQMS] * 5)
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[2] += ",张三丰"
    lines[4] = lines[4].rpartition(",")[0]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows, batches = read(file, ReadingTerms(batch_documents=2))
    broken = [each for batch in batches for each in batch.broken]
    assert [(each.number, each.place) for each in broken] == [(2, "row 3"), (4, "row 5")]
    assert values(rows["settlement_lists"], DOCUMENT) == [1, 3, 5]
    assert "张三丰" not in "".join(str(each) for each in broken)
    assert all(batch.documents.height <= 2 for batch in batches)


def test_only_broken_lines_are_still_told(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [HQMS])
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\na\nb,c\n", encoding="utf-8")
    _, batches = read(file)
    assert [each.number for batch in batches for each in batch.broken] == [1, 2]


def test_a_header_alone_holds_no_document(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(",".join(HQMS) + "\r\n", encoding="utf-8")
    assert sum(batch.documents.height for batch in read(file)[1]) == 0


REFUSED = {
    "empty": (b"", "intake.empty_file"),
    "zeros": (b"\0" * 100, "intake.encoding"),
    "utf-16": ("A48,C03C,D01\nP,Q,R\n".encode("utf-16"), "intake.encoding"),
    "neither": (b"A48,C03C,D01\n\xff\xff\x80,1,1\n", "intake.encoding"),
    "repeated": (b"A48,C03C,D01,A48\n1,2,3,4\n", "intake.repeated_header"),
    "not a page": ("姓名,年龄\n张三丰,3\n".encode(), "intake.not_a_front_page"),
    "json": (b'{"A48": 1}', "intake.not_a_front_page"),
    "a million columns": (b"A48," * 1_000_000 + b"\n", "intake.long_header"),
    "ten thousand columns": (b",".join(b"c%d" % n for n in range(10_000)) + b"\n", "intake.long_header"),
    "one line of 20 MB": (b"A" * 20_000_000, "intake.long_header"),
    "a quote never closed": (b'A48,C03C,D01\n1,"' + b"x,\n" * 12_000_000, "intake.not_delimited"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_file_of_front_pages_is_refused_in_a_sentence(tmp_path: Path, kind: str) -> None:
    content, code = REFUSED[kind]
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(TongchouError) as refused:
        read(file)
    assert refused.value.code == code
    assert "张三丰" not in str(refused.value)


def test_a_line_of_a_million_fields_is_broken_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"A48,C03C,D01\n1,2,3\n" + b"x," * 1_000_000 + b"\n4,5,6\n")
    rows, batches = read(file)
    assert values(rows["settlement_lists"], "case_number") == ["1", "4"]
    assert [each.size for batch in batches for each in batch.broken] == [2_000_000]


def test_a_file_cut_off_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.csv", [{**HQMS, "A11": '甲"乙'}] * 3, "gb18030").read_bytes()
    for length in range(len(whole)):
        file = tmp_path / "cut.csv"
        file.write_bytes(whole[:length])
        try:
            _, batches = read(file)
        except TongchouError:
            continue
        numbers = [n for batch in batches for n in batch.documents[DOCUMENT]]
        numbers += [each.number for batch in batches for each in batch.broken]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


@settings(max_examples=30)
@given(content=st.binary(max_size=300))
def test_noise_below_a_header_never_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("noise") / "a.csv"
    file.write_bytes(b"A48,C03C,D01\n" + content)
    try:
        read(file)
    except TongchouError as refused:
        assert refused.code in {"intake.encoding", "intake.not_delimited"}


def test_the_title_and_the_recognition_of_other_files(tmp_path: Path) -> None:
    assert READER.name == "front_page"
    assert not READER.recognises(tmp_path / "a.csv", b"case_id,gender\n1,2\n")
    assert not READER.recognises(tmp_path / "a.csv", bytes(range(256)))
    assert not READER.recognises(tmp_path / "a.json", b"A48,C03C,D01\n")
    assert READER.recognises(tmp_path / "a.txt", b"P3\tP321\tP782\n")


# A value that a cell can hold: no spaces around it, not one of the signs for nothing.
words = (
    st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=6)
    .map(str.strip)
    .filter(lambda word: word not in NOTHING)
)
numbers = st.integers(0, 99).map(str)
DURATIONS = {"coma_before_minutes", "coma_after_minutes"}
DERIVED = {"insurance_type", "multiple_birth_weights", "ventilator_minutes"}


@st.composite
def documents(draw: st.DrawFn, family: str) -> DocumentBatch:
    """Return random front pages that the family has a column for."""
    count = draw(st.integers(1, 3))
    tables: dict[str, list[dict[str, Any]]] = {"settlement_lists": []}
    cells = front_page_cells(family)
    single = list(dict.fromkeys(cell.column for cell in cells if cell.table == "settlement_lists"))
    for number in range(1, count + 1):
        page = {DOCUMENT: number, SEQUENCE: 1}
        for column in draw(st.sets(st.sampled_from([each for each in single if each not in DERIVED]))):
            page[column] = draw(words)
            if column in DURATIONS:
                page[column] = "/".join(draw(numbers) for _ in range(3))
            elif column in {"admitted_at", "discharged_at"}:
                page[column] = f"2025-01-0{draw(st.integers(1, 9))} {draw(st.sampled_from(['08:00:00', '09:30:15']))}"
        if family != "pinyin" and draw(st.booleans()):
            weights = [str(draw(st.integers(100, 9999))) for _ in range(draw(st.integers(2, 5)))]
            page |= {"birth_weight_g": weights[0], "multiple_birth_weights": ",".join(weights)}
        if family == "weitong4" and draw(st.booleans()):
            page["ventilator_minutes"] = f"{draw(st.integers(0, 40))}/{draw(st.integers(0, 23))}/0"
        page["insurance_type"] = {"1": "310"}.get(page.get("payment_kind", ""))
        tables["settlement_lists"].append(page)
        for table in dict.fromkeys(cell.table for cell in cells):
            if table != "settlement_lists":
                tables.setdefault(table, []).extend(draw(_listed(family, table, number)))
    frames = {table: pl.DataFrame(rows, schema=text_schema(table)) for table, rows in tables.items()}
    documents_ = documents_frame(list(range(1, count + 1)), [f"row {n + 1}" for n in range(1, count + 1)])
    return DocumentBatch("front_page", family, documents_, frames)


@st.composite
def _listed(draw: st.DrawFn, family: str, table: str, number: int) -> list[dict[str, Any]]:
    cells = [cell for cell in front_page_cells(family) if cell.table == table]
    places = list(dict.fromkeys(cell.place for cell in cells))
    by_kind = {"front_page_fees": "fee_class", "list_transfusions": "blood_kind"}.get(table)
    if by_kind:
        chosen = [place for place in places if draw(st.booleans())]
    else:
        first = draw(st.integers(0, 1)) if table != "list_intensive_care" else 0
        chosen = places[first : draw(st.sampled_from([first, first + 3, len(places)]))]
    rows = []
    for order, place in enumerate(chosen, 1):
        columns = [cell.column for cell in cells if cell.place == place]
        filled = {column: draw(numbers.filter(lambda n: n != "0") if by_kind else words) for column in columns}
        row = {DOCUMENT: number, SEQUENCE: order, **filled}
        if by_kind:
            row[by_kind] = place
        if table == "list_diagnoses":
            row |= {"diagnosis_type": "1", "is_principal": "1" if place == "0" else "0"}
        if table == "list_operations":
            row |= {"operation_rank": "1" if place == "0" else "2"}
        rows.append(row)
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("family", FRONT_PAGE_FAMILIES)
@settings(max_examples=12)
@given(data=st.data())
def test_what_is_written_is_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, family: str, data: st.DataObject
) -> None:
    batch = data.draw(documents(family))
    file = tmp_path_factory.mktemp("round") / "a.csv"
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
    assert write_front_pages([batch], file, family, encoding) == {}
    _, batches = read(file)
    (back,) = batches
    assert back.transaction == family
    assert not back.broken
    assert not back.ignored
    assert_frame_equal(back.documents, batch.documents)
    for table, frame in batch.frames.items():
        found = back.frames.get(table, pl.DataFrame())
        for column in frame.columns:
            wanted = frame[column].to_list()
            held = found[column].to_list() if column in found.columns else [None] * frame.height
            assert held == wanted, (table, column)


def test_the_writer_tells_what_the_page_has_no_place_for(tmp_path: Path) -> None:
    codes = [{DOCUMENT: 1, SEQUENCE: n, "code": f"I{n:02}"} for n in range(1, 14)]
    frames = {
        "settlement_lists": pl.DataFrame(
            [{DOCUMENT: 1, SEQUENCE: 1, "case_number": "1", "receipt_number": "9", "ventilator_minutes": "0/1/30"}]
        ),
        "list_diagnoses": pl.DataFrame(
            [{**row, "is_principal": "1" if row[SEQUENCE] == 1 else "0", "diagnosis_type": "1"} for row in codes]
        ),
    }
    batch = DocumentBatch("front_page", "4101", documents_frame([1], ["[1]"]), frames)
    assert write_front_pages([batch], tmp_path / "a.csv", "weitong4") == {
        "settlement_lists.receipt_number": 1,
        "settlement_lists.ventilator_minutes": 1,
        "list_diagnoses.code": 2,
    }


def test_a_name_of_the_standard_is_known_as_it_is_written() -> None:
    assert front_page_names("hqms")["c06x01c"] == "C06x01C"
    assert len(front_page_names("hqms")) > 500
