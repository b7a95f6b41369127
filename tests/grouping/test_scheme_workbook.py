"""A scheme as a workbook: what is written comes back as it was, and what an officer gets wrong is said with its row."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.grouping.bureau_book import Sheets, write_book
from tests.grouping.conftest import TINY, write_scheme

from tongchou.core.errors import Problems
from tongchou.grouping.exchange.scheme_workbook import read_workbook
from tongchou.grouping.exchange.scheme_workbook_writing import write_template, write_workbook
from tongchou.grouping.exchange.sheets import HOW_TO, MANIFEST_SHEET, MANUAL_SHEET, PATTERNS, SHEETS, TESTS
from tongchou.grouping.exchange.workbook_import import import_workbook
from tongchou.grouping.schemes.library import built_in_folder
from tongchou.grouping.schemes.reading import build_scheme
from tongchou.grouping.schemes.tables import TABLES, SchemeTables, columns_of, read_tables, write_tables


def _files(tables: SchemeTables, folder: Path) -> dict[str, bytes]:
    write_tables(tables, folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _round(tables: SchemeTables, folder: Path) -> SchemeTables:
    write_workbook(tables, folder / "scheme.xlsx")
    return import_workbook(folder / "scheme.xlsx")


@pytest.fixture
def tiny_tables(tmp_path: Path) -> SchemeTables:
    return read_tables(write_scheme(tmp_path / "tiny"))


def _sheets(tables: SchemeTables) -> Sheets:
    """Return a scheme's workbook as cells, to be changed at will."""
    keys = ("name", "publisher", "edition", "base", "valid_from", "purpose", "code_match")
    manifest: list[list[Any]] = [["key", "value", "format"]]
    manifest += [[key, str(tables.manifest.get(key, "")), ""] for key in keys]
    manifest += [["title.zh", "小方案", ""], ["title.en", "tiny scheme", ""]]
    sheets: Sheets = {MANIFEST_SHEET: manifest}
    for name, columns in TABLES.items():
        rows = [[row[column] for column in columns] for row in tables.tables[name]]
        sheets[SHEETS[name]] = [[f"某列\n{column}" for column in columns], *rows]
    return sheets


def _problems(folder: Path, sheets: Sheets) -> list[str]:
    with pytest.raises(Problems) as caught:
        import_workbook(write_book(folder / "x.xlsx", sheets))
    assert all(problem.remedy.zh and problem.remedy.en for problem in caught.value.problems)
    return [f"{problem.code} {problem.where} {problem.why.zh}" for problem in caught.value.problems]


def test_the_built_in_scheme_comes_back_byte_for_byte(tmp_path: Path) -> None:
    tables = read_tables(built_in_folder() / "chs-drg-category")
    again = _round(tables, tmp_path)
    assert again == tables
    assert _files(again, tmp_path / "b") == _files(tables, tmp_path / "a")


def test_the_same_scheme_gives_the_same_workbook(tiny_tables: SchemeTables, tmp_path: Path) -> None:
    write_workbook(tiny_tables, tmp_path / "a.xlsx")
    write_workbook(tiny_tables, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_difference_comes_back_with_only_the_tables_that_it_has(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    (folder / "scheme.yaml").write_text(
        TINY["scheme.yaml"].replace('base: ""', "base: tiny").replace("name: tiny", "name: city"), encoding="utf-8"
    )
    (folder / "adrg.csv").write_text(
        "change,mdc,order,adrg,outcome,rule,name_zh,name_en\nremove,,,ZJ1,,,,\nset,MDCE,1.5,EB2,,principal(dx),甲,a\n",
        encoding="utf-8",
    )
    (folder / "cc.csv").write_text("change,exclusion,codes\nremove,,I10\nadd,heart,I11 I12\n", encoding="utf-8")
    tables = read_tables(folder)
    again = _round(tables, tmp_path)
    assert again == tables
    assert _files(again, tmp_path / "b") == _files(tables, folder)
    assert sorted(again.tables) == ["adrg.csv", "cc.csv"]


@pytest.mark.parametrize(
    "manifest",
    [
        {"edition": 2025, "base": None, "valid_from": "2025-01-01", "valid_until": ""},
        {"notice": {"zh": "", "en": ""}, "sources": [1, {"a": None}], "settings": {}},
        {"sources": [{"name": "甲.xlsx", "sha256": "0" * 64}, {"name": "b", "sha256": "1"}], "notice": None},
        {"follows": " 前后有空格 ", "publisher": "多\n行", "valid_until": date(2026, 12, 31)},
        {"settings": {"day_surgery": "no_severity"}, "extra": {"a": {"b": [1.5, True]}}, "edition": "0123"},
    ],
)
def test_a_manifest_comes_back_down_to_its_types(
    tiny_tables: SchemeTables, tmp_path: Path, manifest: dict[str, Any]
) -> None:
    tables = SchemeTables({**tiny_tables.manifest, **manifest}, tiny_tables.tables)
    write_workbook(tables, tmp_path / "x.xlsx")
    # What the manifest says may be wrong; it is read as it was written all the same.
    try:
        again = import_workbook(tmp_path / "x.xlsx")
    except Problems as problems:
        assert {problem.code for problem in problems.problems} == {"grouping.scheme_value"}
    else:
        assert _files(again, tmp_path / "b") == _files(tables, tmp_path / "a")


_WORDS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc", "Cn"]) | st.sampled_from("\t\n_x0041=-+'\"&<>…"), max_size=30
).map(str.strip)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(_WORDS, min_size=3, max_size=3), title=_WORDS.filter(bool))
def test_any_words_come_back(tiny_tables: SchemeTables, tmp_path: Path, words: list[str], title: str) -> None:
    tables = {name: [dict(row) for row in rows] for name, rows in tiny_tables.tables.items()}
    for row, name in zip(tables["drg.csv"], words, strict=False):
        row["name_zh"] = row["name_en"] = name
    manifest = tiny_tables.manifest | {"title": {"zh": title, "en": title}, "publisher": title}
    assert _round(SchemeTables(manifest, tables), tmp_path) == SchemeTables(manifest, tables)


@pytest.mark.parametrize("count", [3_000, 4_096, 10_000])
def test_codes_too_long_for_a_cell_are_continued_in_the_next_row(
    tiny_tables: SchemeTables, tmp_path: Path, count: int
) -> None:
    codes = " ".join(f"J{number:05d}" for number in range(count)) + "  J99\tJ98\nJ97 !J96"
    rows = tiny_tables.tables["adrg_codes.csv"]
    rows[1]["codes"] = codes
    again = _round(tiny_tables, tmp_path)
    assert again.tables["adrg_codes.csv"] == rows
    sheet = openpyxl.load_workbook(tmp_path / "scheme.xlsx")[SHEETS["adrg_codes.csv"]]
    assert (sheet.max_row > len(rows) + 1) == (len(codes) > 32_767)


@pytest.mark.parametrize(
    ("column", "content", "why"),
    [
        ("name_zh", "x" * 32_768, "有 32768 字"),
        ("name_zh", "a\x01b", "控制字符"),
        ("name_zh", "a\ufffe", "控制字符"),
    ],
)
def test_what_a_workbook_cannot_hold_is_refused_and_nothing_is_written(
    tiny_tables: SchemeTables, tmp_path: Path, column: str, content: str, why: str
) -> None:
    tiny_tables.tables["drg.csv"][2][column] = content
    tiny_tables.tables["cc.csv"].append({"exclusion": "", "codes": ""})
    tiny_tables.tables["mcc.csv"].append({"exclusion": "x", "codes": "J" * 40_000})
    with pytest.raises(Problems) as caught:
        write_workbook(tiny_tables, tmp_path / "x.xlsx")
    found = [(problem.code, problem.where) for problem in caught.value.problems]
    assert found == [
        ("grouping.workbook_value", "drg.csv 4 name_zh"),
        ("grouping.workbook_value", "mcc.csv 4 codes"),
        ("grouping.workbook_value", "cc.csv 4"),
    ]
    assert why in caught.value.problems[0].why.zh
    assert not (tmp_path / "x.xlsx").exists()


def test_a_key_that_is_no_word_cannot_be_written(tiny_tables: SchemeTables, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"grouping\.workbook_value"):
        write_workbook(SchemeTables(tiny_tables.manifest | {"a.b": "c"}, tiny_tables.tables), tmp_path / "x.xlsx")


def test_the_template_explains_itself_and_holds_no_row(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == [MANUAL_SHEET, MANIFEST_SHEET, *SHEETS.values()]
    said = {str(cell.value) for row in book[MANUAL_SHEET].iter_rows() for cell in row if cell.value}
    assert {hint.zh for hint in HOW_TO} | {test for test, _ in TESTS} | {code for code, _ in PATTERNS} <= said
    for name, sheet in SHEETS.items():
        page = book[sheet]
        heads = [str(cell.value).split() for cell in page[1]]
        assert tuple(head[-1] for head in heads) == columns_of(name, is_difference=False)
        assert sheet in said
        assert {" ".join(head) for head in heads} <= said
        assert page.max_row == 1
        assert page.freeze_panes == "A2"
        assert {column.number_format for column in page.column_dimensions.values()} == {"@"}


@pytest.mark.parametrize(
    ("table", "column", "choices"),
    [
        ("drg.csv", "severity", '"always,mcc,mcc_or_cc,cc,none"'),
        ("mdc.csv", "if_none", '"next,stop"'),
        ("adrg.csv", "outcome", '"grouped,ambiguous"'),
        ("lists.csv", "kind", '"dx,op"'),
        ("drg.csv", "change", '"set,remove"'),
        ("mcc.csv", "change", '"add,remove"'),
    ],
)
def test_closed_columns_offer_their_values(tmp_path: Path, table: str, column: str, choices: str) -> None:
    write_template(tmp_path / "t.xlsx", "chs-drg-1.1")
    page = openpyxl.load_workbook(tmp_path / "t.xlsx")[SHEETS[table]]
    place = openpyxl.utils.get_column_letter(columns_of(table, is_difference=True).index(column) + 1)
    found = {rule.formula1 for rule in page.data_validations.dataValidation if f"{place}2" in rule.sqref}
    assert found == {choices}


def test_a_template_filled_in_is_a_scheme(tmp_path: Path, tiny_tables: SchemeTables) -> None:
    write_template(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    values = {
        "name": "my-city",
        "title.zh": "某市版",
        "title.en": "city",
        "publisher": "某市医保局",
        "code_match": "prefix",
    }
    for row in book[MANIFEST_SHEET].iter_rows(min_row=2):
        row[1].value = values.get(row[0].value, row[1].value)
        if row[0].value == "valid_from":
            row[1].value, row[1].number_format = date(2025, 3, 1), "yyyy-mm-dd"
        if row[0].value == "edition":
            row[1].value, row[1].number_format = 2025, "0"
    for name, sheet in SHEETS.items():
        for number, row in enumerate(tiny_tables.tables[name]):
            if number == 1:
                book[sheet].append([])
            cells: list[Any] = list(row.values())
            if "order" in row:
                cells[list(row).index("order")] = int(row["order"])
            book[sheet].append([*cells, "某人的备注"])
    book.create_sheet("草稿")["A1"] = "not read"
    book.save(tmp_path / "t.xlsx")
    tables = import_workbook(tmp_path / "t.xlsx")
    assert tables.tables == tiny_tables.tables
    assert tables.manifest["valid_from"] == date(2025, 3, 1)
    assert tables.manifest["edition"] == "2025"
    assert (tables.manifest["valid_until"], tables.manifest["notice"]) == (None, None)
    assert build_scheme(tables).manifest.name == "my-city"


def test_an_untouched_template_says_what_its_manifest_lacks(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    with pytest.raises(Problems) as caught:
        read_workbook(tmp_path / "t.xlsx")
    assert [problem.where for problem in caught.value.problems] == [
        f"{MANIFEST_SHEET} {key}" for key in ("name", "publisher", "edition", "valid_from")
    ]


def test_everything_that_is_wrong_comes_at_once_with_its_row(tiny_tables: SchemeTables, tmp_path: Path) -> None:
    sheets = _sheets(tiny_tables)
    sheets[MANIFEST_SHEET][6] = ["purpose", "fun", ""]
    sheets[SHEETS["mdc.csv"]][2][0] = "second"
    sheets[SHEETS["mdc.csv"]][3][3] = "maybe"
    sheets[SHEETS["adrg.csv"]][1][0] = "MDCQ"
    sheets[SHEETS["adrg.csv"]][2][4] = "any_dx(dx"
    sheets[SHEETS["adrg.csv"]][6][4] = "principal(dy)"
    sheets[SHEETS["adrg_codes.csv"]][1][3] = 33.5
    sheets[SHEETS["adrg_codes.csv"]][3][2] = "x"
    sheets[SHEETS["drg.csv"]][7][2] = "EB13"
    sheets[SHEETS["drg.csv"]][8][3] = ""
    sheets[SHEETS["mcc.csv"]][1][1] = ""
    del sheets[SHEETS["cc.csv"]][0][1]
    problems = _problems(tmp_path, sheets)
    for start in (
        f"grouping.scheme_value {MANIFEST_SHEET} purpose 须为以下之一：payment、learning",
        f"grouping.workbook_cell {SHEETS['mdc.csv']} 第 3 行 / row 3 order 须为不小于 0 的数",
        f"grouping.workbook_cell {SHEETS['mdc.csv']} 第 4 行 / row 4 if_none 须为以下之一：next、stop",
        f"grouping.workbook_row {SHEETS['adrg.csv']} 第 2 行 / row 2 mdc {SHEETS['mdc.csv']} 中没有“MDCQ”",
        f"grouping.rule {SHEETS['adrg.csv']} 第 3 行 / row 3 rule",
        f"grouping.scheme_list {SHEETS['adrg.csv']} 第 7 行 / row 7 rule",
        f"grouping.workbook_cell {SHEETS['adrg_codes.csv']} 第 2 行 / row 2 codes Excel 把它存成了数字",
        f"grouping.workbook_cell {SHEETS['adrg_codes.csv']} 第 4 行 / row 4 part 须为整数",
        f"grouping.workbook_row {SHEETS['drg.csv']} 第 8 行 / row 8 drg “EB13”出现两次",
        f"grouping.workbook_cell {SHEETS['drg.csv']} 第 9 行 / row 9 severity 它是空的",
        f"grouping.workbook_cell {SHEETS['mcc.csv']} 第 2 行 / row 2 codes 它是空的",
        f"grouping.workbook_sheet {SHEETS['cc.csv']} 第 1 行 / row 1 codes 第一行中没有这一列",
    ):
        assert any(problem.startswith(start) for problem in problems), (start, problems)


def test_a_cell_that_is_no_text_is_reported_once(tiny_tables: SchemeTables, tmp_path: Path) -> None:
    sheets = _sheets(tiny_tables)
    sheets[SHEETS["exclusions.csv"]][1][1] = 38.93
    sheets[SHEETS["exclusions.csv"]][2][1] = date(2025, 1, 2)
    assert [problem.split(" Excel")[0] for problem in _problems(tmp_path, sheets)] == [
        f"grouping.workbook_cell {SHEETS['exclusions.csv']} 第 2 行 / row 2 codes",
        f"grouping.workbook_cell {SHEETS['exclusions.csv']} 第 3 行 / row 3 codes",
    ]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        (["sources.2.name", "x", ""], "key"),
        (["title", "x", ""], "key"),
        (["name", "x", ""], "key"),
        (["", "x", ""], "key"),
        (["a b", "x", ""], "key"),
        (["title.zh.x", "x", ""], "key"),
        (["extra", "[", "yaml"], "value"),
        (["extra", "x", "json"], "value"),
        (["extra", 1.5, ""], "value"),
        (["edition2", 2025, ""], "value"),
    ],
)
def test_a_row_of_the_manifest_that_cannot_be_used_is_named(
    tiny_tables: SchemeTables, tmp_path: Path, row: list[Any], where: str
) -> None:
    sheets = _sheets(tiny_tables)
    sheets[MANIFEST_SHEET].append(row)
    (problem,) = _problems(tmp_path, sheets)
    assert problem.startswith(f"grouping.workbook_cell {MANIFEST_SHEET} 第 11 行 / row 11 {where}")


def test_missing_and_double_sheets_and_columns_are_named(tiny_tables: SchemeTables, tmp_path: Path) -> None:
    sheets = _sheets(tiny_tables)
    del sheets[SHEETS["cc.csv"]], sheets[MANIFEST_SHEET]
    sheets["另一 drg"] = [["drg"]]
    sheets[SHEETS["mcc.csv"]][0][0] = "codes"
    found = [
        problem.split(" 第一行")[0].split(" 没有")[0].split(" 另一个")[0] for problem in _problems(tmp_path, sheets)
    ]
    assert found == [
        "grouping.workbook_sheet 另一 drg",
        f"grouping.workbook_sheet {MANIFEST_SHEET}",
        f"grouping.workbook_sheet {SHEETS['mcc.csv']} 第 1 行 / row 1 exclusion",
        f"grouping.workbook_sheet {SHEETS['mcc.csv']} 第 1 行 / row 1 codes",
        f"grouping.workbook_sheet {SHEETS['cc.csv']}",
    ]


def test_a_continuation_of_another_row_and_a_change_without_a_base_are_refused(
    tiny_tables: SchemeTables, tmp_path: Path
) -> None:
    sheets = _sheets(tiny_tables)
    sheets[SHEETS["adrg_codes.csv"]][2][3] = "… P08"
    for row, cell in zip(sheets[SHEETS["mcc.csv"]], ("change", "add", ""), strict=True):
        row.insert(0, cell)
    problems = _problems(tmp_path, sheets)
    assert any(f"{SHEETS['adrg_codes.csv']} 第 3 行 / row 3 codes 编码以“…”开头" in problem for problem in problems)
    assert any(f"{SHEETS['mcc.csv']} 第 2 行 / row 2 change 写明了改动" in problem for problem in problems)


def test_a_difference_is_checked_as_far_as_it_goes_without_its_base(tmp_path: Path) -> None:
    manifest = [["key", "value", "format"], ["name", "city", ""], ["base", "tiny", ""], ["title.zh", "市", ""]]
    manifest += [["title.en", "c", ""], ["publisher", "p", ""], ["edition", "1", ""], ["valid_from", "2025-01-01", ""]]
    manifest += [["purpose", "payment", ""], ["code_match", "prefix", ""]]
    drg = [["change", *TABLES["drg.csv"]], ["put", "ES1", "1", "ES11", "mcc", "", "", ""]]
    drg += [["remove", "", "", "ES15", "", "", "", ""], ["set", "ES9", "1", "ES19", "mcc", "any_op(AH1.op", "", ""]]
    sheets = {MANIFEST_SHEET: manifest, SHEETS["drg.csv"]: drg}
    problems = _problems(tmp_path, sheets)
    assert [problem.split(" 须为")[0].split(" 在 ")[0] for problem in problems] == [
        f"grouping.workbook_cell {SHEETS['drg.csv']} 第 2 行 / row 2 change",
        f"grouping.rule {SHEETS['drg.csv']} 第 4 行 / row 4 rule",
    ]
