"""Importing a bureau's grouping workbook: what it becomes, and everything that can be wrong with it at once."""

import hashlib
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.grouping.bureau_book import Sheets, bureau, write_book

from tongchou.core.errors import Problems, TongchouError
from tongchou.grouping.exchange.workbook_import import import_workbook
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.reading import build_scheme
from tongchou.grouping.schemes.tables import SchemeTables

RULES = "DRG分组规则"


def _import(folder: Path, sheets: Sheets) -> SchemeTables:
    return import_workbook(write_book(folder / "某市2025.xlsx", sheets))


def _problems(folder: Path, sheets: Sheets) -> list[str]:
    with pytest.raises(Problems) as caught:
        _import(folder, sheets)
    assert all(problem.remedy.zh and problem.remedy.en for problem in caught.value.problems)
    return [f"{problem.code} {problem.where} {problem.why.zh}" for problem in caught.value.problems]


def _column(tables: SchemeTables, name: str, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in tables.tables[name]]


def test_mdcs_come_in_the_order_in_which_they_are_tried(tmp_path: Path) -> None:
    assert _column(_import(tmp_path, bureau()), "mdc.csv", "order", "mdc", "rule", "if_none", "name_zh") == [
        ("1", "MDCA", "any_op(listed)", "next", "先期"),
        ("2", "MDCP", "age_years=0 & principal(dx)", "stop", "新生儿"),
        ("3", "MDCZ", "principal(dx) & distinct_sites(any_dx)>=2", "stop", "创伤"),
        ("4", "MDCE", "principal(dx)", "next", "呼吸"),
    ]


def test_rules_name_the_lists_of_their_own_group_and_of_others(tmp_path: Path) -> None:
    tables = _import(tmp_path, bureau())
    assert _column(tables, "adrg.csv", "mdc", "order", "adrg", "outcome", "rule") == [
        ("MDCA", "1", "AC1", "grouped", "any_op(op) & any_op(op2)"),
        ("MDCE", "1", "EB1", "grouped", "any_op(op)"),
        ("MDCE", "2", "EQY", "ambiguous", "any_op(listed)"),
        ("MDCE", "3", "ES1", "grouped", "principal(dx) & no_op(listed)"),
        ("MDCE", "4", "EV1", "grouped", "never"),
        ("MDCP", "1", "PS1", "grouped", "principal(dx) & weight_g<1500 & no_op(listed)"),
        ("MDCP", "2", "PV1", "grouped", "principal(PS1.dx) & age_years=0 & age_days>=29 & no_op(listed)"),
        ("MDCZ", "1", "ZZ1", "grouped", "no_op(listed)"),
    ]
    assert _column(tables, "adrg_codes.csv", "adrg", "list", "codes") == [
        ("ES1", "dx", "J18.900"),
        ("PS1", "dx", "P07.000"),
        ("AC1", "op2", "55.6900"),
        ("AC1", "op", "52.8000"),
        ("EB1", "op", "32.4100"),
    ]


def test_drgs_have_the_severity_of_their_flags(tmp_path: Path) -> None:
    drgs = _column(_import(tmp_path, bureau()), "drg.csv", "adrg", "order", "drg", "severity", "rule")
    assert [row for row in drgs if row[0] in ("ES1", "EB1")] == [
        ("EB1", "1", "EB19", "always", ""),
        ("ES1", "1", "ES11", "mcc", ""),
        ("ES1", "2", "ES13", "cc", ""),
        ("ES1", "3", "ES15", "none", ""),
    ]


def test_trauma_sites_are_lists_of_their_mdc_and_together_its_diagnoses(tmp_path: Path) -> None:
    codes = _column(_import(tmp_path, bureau()), "mdc_codes.csv", "mdc", "list", "codes")
    assert [row for row in codes if row[0] == "MDCZ"] == [
        ("MDCZ", "dx", "S01.800"),
        ("MDCZ", "dx", "S22.300"),
        ("MDCZ", "site:Z01", "S01.800"),
        ("MDCZ", "site:Z02", "S22.300"),
    ]


def test_severity_checks_and_source_are_kept(tmp_path: Path) -> None:
    tables = _import(tmp_path, bureau())
    assert tables.tables["mcc.csv"] == [{"exclusion": "表7-1", "codes": "J96.000"}]
    assert tables.tables["exclusions.csv"] == [{"exclusion": "表7-1", "codes": "J18.900"}]
    assert _column(tables, "checks.csv", "check", "rule") == [
        ("no_sex", "!known(sex)"),
        ("no_age", "!known(age_years)"),
        ("no_age_days", "age_years=0 & !known(age_days)"),
        ("no_weight", "age_years=0 & age_days<=28 & !known(weight_g)"),
    ]
    sha256 = hashlib.sha256((tmp_path / "某市2025.xlsx").read_bytes()).hexdigest()
    assert tables.manifest["sources"] == [{"name": "某市2025.xlsx", "sha256": sha256}]
    assert tables.manifest["code_match"] == "exact"


@pytest.mark.parametrize(
    ("diagnoses", "procedures", "days", "status", "drg"),
    [
        (["J18.900"], [], 9000, "grouped", "ES15"),
        (["J18.900", "J96.000"], [], 9000, "grouped", "ES15"),  # excluded by the principal diagnosis
        (["J18.900", "I10.x00"], [], 9000, "grouped", "ES13"),
        (["J18.900"], ["32.4100"], 9000, "grouped", "EB19"),
        (["J18.900"], ["52.8000"], 9000, "ambiguous", "EQY"),
        (["K35.900"], ["52.8000", "55.6900"], 9000, "grouped", "AC19"),
        (["P07.000"], [], 10, "grouped", "PS19"),
        (["P07.000"], [], 40, "grouped", "PV19"),
        (["P07.000"], ["32.4100"], 10, "ungrouped", "0000"),  # a route ends where it leads
        (["S01.800", "S22.300"], [], 9000, "grouped", "ZZ19"),
        (["S01.800", "S01.800"], [], 9000, "ungrouped", "0000"),
        (["J96.000"], [], 9000, "ungrouped", "0000"),
    ],
)
def test_an_imported_workbook_groups_as_its_rules_say(
    tmp_path: Path, diagnoses: list[str], procedures: list[str], days: int, status: str, drg: str
) -> None:
    case = {"case_id": "1", "sex": "male", "age_years": days // 365, "age_days": days}
    # PV1 has no weight band: a heavy child of 40 days passes by PS1.
    case |= {"birth_weight_g": 1400 if days < 29 else 3000, "diagnoses": diagnoses, "procedures": procedures}
    found = Grouper(build_scheme(_import(tmp_path, bureau()))).group_one(case)
    assert (found.status, found.drg) == (status, drg)


def test_rules_that_differ_between_the_drgs_of_a_group_are_tested_at_the_drg(tmp_path: Path) -> None:
    sheets = bureau()
    sheets[RULES][8][5] = "case.age >= 60"
    sheets[RULES][7][4] = "is_pd2(case, 'ES1') and case.gender == 1"
    tables = _import(tmp_path, sheets)
    assert ("ES1", "always") in _column(tables, "adrg.csv", "adrg", "rule")
    assert [row for row in _column(tables, "drg.csv", "drg", "rule") if row[0].startswith("ES")] == [
        ("ES11", "principal(dx) & no_op(listed)"),
        ("ES13", "principal(dx) & sex=1 & no_op(listed)"),
        ("ES15", "principal(dx) & no_op(listed) & age_years>=60"),
    ]


def test_everything_that_is_wrong_comes_at_once(tmp_path: Path) -> None:
    sheets = bureau()
    sheets["MDC诊断表"][1][2] = ""
    sheets["MDC诊断表"][2][0] = "MDCQ"
    sheets["ADRG手术表"][3][2] = 32.41
    sheets["ADRG诊断表"][2][1] = "QS9"
    sheets["MCC"] = [["diagnosis_code", "diagnosis_name"], ["J96.000", ""]]
    rules = sheets[RULES]
    rules[4][4] = "is_op2(case, 'EB7')"
    rules[5][4] = "exec(case)"
    rules[6][7:] = [1, 1]
    rules[8][2] = "ES13"
    rules[12][1] = "ZZ9"
    problems = _problems(tmp_path, sheets)
    for start in (
        "grouping.workbook_cell MDC诊断表 第 2 行 / row 2 diagnosis_code 它是空的",
        "grouping.workbook_row MDC诊断表 第 3 行 / row 3 mdc_code MDC信息 中没有“MDCQ”",
        "grouping.workbook_cell ADRG手术表 第 4 行 / row 4 operation_code Excel 把它存成了数字",
        "grouping.workbook_row ADRG诊断表 第 3 行 / row 3 classification ADRG信息 中没有“QS9”",
        "grouping.workbook_sheet MCC 第 1 行 / row 1 excluded_table 第一行中没有这一列",
        f"grouping.workbook_list {RULES} 第 5 行 / row 5 adrg_rule ADRG手术表 中没有它",
        f"grouping.workbook_rule {RULES} 第 6 行 / row 6 adrg_rule 在“exec”处",
        f"grouping.workbook_row {RULES} 第 7 行 / row 7 mcc cc mcc=1 与 cc=1 不能并存",
        f"grouping.workbook_row {RULES} 第 9 行 / row 9 drg_code “ES13”出现两次",
        f"grouping.workbook_row {RULES} 第 13 行 / row 13 adrg_code ADRG信息 MDCZ 中没有“ZZ9”",
        f"grouping.workbook_row DRG信息 第 8 行 / row 8 drg_code {RULES} 中没有“ES15”的规则",
        f"grouping.workbook_row ADRG信息 第 10 行 / row 10 adrg_code {RULES} 中没有“ZZ1”的规则",
    ):
        assert any(problem.startswith(start) for problem in problems), (start, problems)


@pytest.mark.parametrize(
    ("sheet", "row", "column", "content", "where"),
    [
        ("MDC诊断表", 5, 2, "S01.800", "MDC诊断表 第 6 行 / row 6 diagnosis_code"),
        ("CC", 1, 0, "J96.000", "CC 第 2 行 / row 2 diagnosis_code"),
        ("排除诊断表", 1, 0, "", "排除诊断表 第 2 行 / row 2 table_name"),
        ("排除诊断表", 1, 1, "J18 900", "排除诊断表 第 2 行 / row 2 diagnosis_code"),
        ("排除诊断表", 1, 1, "Ｊ18.900", "排除诊断表 第 2 行 / row 2 diagnosis_code"),
        ("排除诊断表", 1, 1, "J18%", "排除诊断表 第 2 行 / row 2 diagnosis_code"),
        ("排除诊断表", 1, 1, True, "排除诊断表 第 2 行 / row 2 diagnosis_code"),
        ("ADRG诊断表", 1, 0, "MDCP", "ADRG诊断表 第 2 行 / row 2 mdc_code"),
        ("ADRG信息", 3, 2, "AC1", "ADRG信息 第 4 行 / row 4 adrg_code"),
        ("ADRG信息", 3, 0, "MDCX", "ADRG信息 第 4 行 / row 4 mdc_code"),
        ("DRG信息", 3, 0, "EB2", "DRG信息 第 4 行 / row 4 adrg_code"),
        (RULES, 4, 6, 2, f"{RULES} 第 5 行 / row 5 op"),
        (RULES, 4, 3, "is_pd1(case, 'P00')", f"{RULES} 第 6 行 / row 6 mdc_rule"),
        (RULES, 12, 3, "is_pd1(case, 'P00')", f"{RULES} 第 13 行 / row 13 mdc_rule"),
        (RULES, 12, 4, "multi_wound(case)", f"{RULES} 第 13 行 / row 13 adrg_rule"),
        (RULES, 12, 4, "", f"{RULES} 第 13 行 / row 13 adrg_rule"),
        (RULES, 3, 3, "multi_wound(case) and is_pd1(case, 'Z01')", f"{RULES} 第 4 行 / row 4 mdc_rule"),
    ],
)
def test_a_fault_is_said_with_sheet_row_and_column(
    tmp_path: Path, sheet: str, row: int, column: int, content: object, where: str
) -> None:
    sheets = bureau()
    sheets[sheet][row][column] = content
    assert any(f" {where} " in problem for problem in _problems(tmp_path, sheets))


def test_rows_out_of_order_are_refused_where_the_order_of_trial_would_be_lost(tmp_path: Path) -> None:
    sheets = bureau()
    rules = sheets[RULES]
    rules.insert(1, rules.pop(2))
    rules.insert(7, rules.pop(9))
    problems = _problems(tmp_path, sheets)
    assert any("行 / row 2 adrg_code 它后面还有同一 mdc_code 的组" in problem for problem in problems)
    assert any("row 9 adrg_code 同一组的各行不相邻" in problem for problem in problems)


def test_one_fault_in_many_rows_is_one_sentence(tmp_path: Path) -> None:
    sheets = bureau()
    sheets["排除诊断表"] += [["表7-2", 10.5, ""] for _ in range(300)]
    assert [problem.split(" Excel")[0] for problem in _problems(tmp_path, sheets)] == [
        "grouping.workbook_cell 排除诊断表 第 3-302 行 / rows 3-302 diagnosis_code"
    ]


def test_every_missing_sheet_is_named(tmp_path: Path) -> None:
    sheets = bureau()
    del sheets["CC"], sheets[RULES]
    assert [problem.split()[1] for problem in _problems(tmp_path, sheets)] == [RULES, "CC"]


def test_a_workbook_of_neither_shape_says_what_to_do(tmp_path: Path) -> None:
    (problem,) = _problems(tmp_path, {"Sheet1": [["a"]]})
    assert problem.startswith("grouping.workbook_file 某市2025.xlsx 它既不是分组方案工作簿")


def test_a_formula_that_ends_in_an_error_is_not_an_empty_cell(tmp_path: Path) -> None:
    path = write_book(tmp_path / "x.xlsx", bureau())
    spoilt = tmp_path / "y.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(spoilt, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet10.xml":
                content = content.replace(b'<c r="F9"><v>1</v>', b'<c r="F9" t="e"><v>#NAME?</v>')
            target.writestr(name, content)
    with pytest.raises(Problems) as caught:
        import_workbook(spoilt)
    assert f"{RULES} 第 9 行 / row 9 F" in [problem.where for problem in caught.value.problems]


def _zip(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "content", [b"", b"mdc,adrg\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"PK\x03\x04broken"]
)
def test_a_file_that_is_no_workbook_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(TongchouError) as caught:
        import_workbook(path)
    assert (caught.value.code, caught.value.where) == ("grouping.workbook_file", "x.xlsx")


def _copy_of_book(tmp_path: Path, **changes: tuple[bytes, bytes]) -> Path:
    path = write_book(tmp_path / "x.xlsx", bureau())
    with zipfile.ZipFile(path) as source:
        files = {name: source.read(name) for name in source.namelist()}
    for name, (old, new) in changes.items():
        file = {"book": "xl/workbook.xml", "sheet": "xl/worksheets/sheet1.xml"}[name]
        start = files[file].index(old)
        files[file] = files[file][:start] + new
    return _zip(tmp_path / "y.xlsx", **files)


@pytest.mark.parametrize(
    "change",
    [
        {"book": (b"<sheets>", b"<sheets></sheets></workbook>")},
        {"sheet": (b"</row>", b"")},
        {"sheet": (b"<dimension", b'<dimension ref="A1:XFD1048576"/><sheetData/></worksheet>')},
    ],
)
def test_a_workbook_without_sheets_or_with_broken_or_endless_ones_is_a_sentence(
    tmp_path: Path, change: dict[str, tuple[bytes, bytes]]
) -> None:
    with pytest.raises(TongchouError) as caught:
        import_workbook(_copy_of_book(tmp_path, **change))
    assert caught.value.code == "grouping.workbook_file"


def test_a_missing_file_and_an_archive_of_other_things_are_sentences(tmp_path: Path) -> None:
    for path in (tmp_path / "none.xlsx", _zip(tmp_path / "z.xlsx", a=b"x")):
        with pytest.raises(TongchouError) as caught:
            import_workbook(path)
        assert caught.value.code == "grouping.workbook_file"


def _edited(tmp_path: Path, edit: Callable[[bytes], bytes], name: str = "sheet10") -> Path:
    with zipfile.ZipFile(write_book(tmp_path / "x.xlsx", bureau())) as source:
        files = {file: source.read(file) for file in source.namelist()}
    file = f"xl/worksheets/{name}.xml"
    before = files[file]
    files[file] = edit(before)
    assert files[file] != before
    return _zip(tmp_path / "y.xlsx", **files)


@pytest.mark.parametrize("far", [b'<row r="999999"><c r="Z999999"/></row>', b'<row r="99998"><c r="ABC99998"/></row>'])
def test_a_cell_far_out_is_found_where_the_sheet_does_not_state_its_size(tmp_path: Path, far: bytes) -> None:
    path = _edited(
        tmp_path, lambda page: re.sub(rb"<dimension[^>]*/>", b"", page).replace(b"</sheetData>", far + b"</sheetData>")
    )
    with pytest.raises(TongchouError) as caught:
        import_workbook(path)
    assert (caught.value.code, caught.value.where) == ("grouping.workbook_file", "y.xlsx")


def test_a_wide_sheet_of_few_rows_is_read(tmp_path: Path) -> None:
    path = _edited(
        tmp_path,
        lambda page: page.replace(b"</row></sheetData>", b'<c r="ABC9"/></row></sheetData>'),
    )
    assert import_workbook(path).tables["drg.csv"]


def test_a_formula_that_was_never_worked_out_is_not_an_empty_cell(tmp_path: Path) -> None:
    path = _edited(tmp_path, lambda page: page.replace(b'<c r="F9"><v>1</v>', b'<c r="F9"><f>1+0</f>'))
    with pytest.raises(Problems) as caught:
        import_workbook(path)
    assert f"{RULES} 第 9 行 / row 9 F" in [problem.where for problem in caught.value.problems]


def test_merged_cells_are_named_row_by_row_as_only_the_first_holds_anything(tmp_path: Path) -> None:
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A3:A5"/></mergeCells>'
    path = _edited(tmp_path, lambda page: page.replace(b"</sheetData>", merged))
    with pytest.raises(Problems) as caught:
        import_workbook(path)
    assert any(problem.where.startswith(f"{RULES} 第 3") for problem in caught.value.problems)


def test_an_archive_that_unpacks_to_more_than_can_be_meant_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_book(tmp_path / "x.xlsx", bureau())
    monkeypatch.setattr("tongchou.grouping.exchange.workbook_archive._MOST_BYTES", 10_000)
    with pytest.raises(TongchouError) as caught:
        import_workbook(path)
    assert caught.value.code == "grouping.workbook_file"
