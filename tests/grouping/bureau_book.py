"""A bureau's grouping workbook, small enough to reason about."""

import copy
from pathlib import Path
from typing import Any

import xlsxwriter

Sheets = dict[str, list[list[Any]]]

_ANY = (-1, -1)

BUREAU: Sheets = {
    "MDC信息": [
        ["mdc_code", "mdc_name"],
        ["0000", "00组"],
        ["MDCA", "先期"],
        ["MDCE", "呼吸"],
        ["MDCP", "新生儿"],
        ["MDCZ", "创伤"],
    ],
    "ADRG信息": [
        ["mdc_code", "mdc_name", "adrg_code", "adrg_name"],
        ["0000", "00组", "0000", "00组"],
        ["MDCA", "先期", "AC1", "联合移植"],
        ["MDCE", "呼吸", "EB1", "胸部手术"],
        ["MDCE", "呼吸", "EQY", "无关手术"],
        ["MDCE", "呼吸", "ES1", "肺炎"],
        ["MDCE", "呼吸", "EV1", "停用"],
        ["MDCP", "新生儿", "PS1", "极低体重"],
        ["MDCP", "新生儿", "PV1", "婴儿"],
        ["MDCZ", "创伤", "ZZ1", "非手术"],
    ],
    "DRG信息": [
        ["adrg_code", "drg_code", "drg_name"],
        ["0000", "0000", "00组"],
        ["AC1", "AC19", "联合移植"],
        ["EB1", "EB19", "胸部手术"],
        ["EQY", "EQY", "无关手术"],
        ["ES1", "ES11", "肺炎，伴严重并发症"],
        ["ES1", "ES13", "肺炎，伴并发症"],
        ["ES1", "ES15", "肺炎"],
        ["EV1", "EV19", "停用"],
        ["PS1", "PS19", "极低体重"],
        ["PV1", "PV19", "婴儿"],
        ["ZZ1", "ZZ19", "非手术"],
    ],
    "MDC诊断表": [
        ["mdc_code", "classification", "diagnosis_code", "diagnosis_name"],
        ["MDCE", "E00", "J18.900 ", "肺炎"],
        ["MDCE", "E00", "J96.000", ""],
        ["MDCP", "P00", "P07.000", ""],
        ["MDCZ", "Z01", "S01.800", ""],
        ["MDCZ", "Z02", "S22.300", ""],
    ],
    "ADRG诊断表": [
        ["mdc_code", "classification", "diagnosis_code", "diagnosis_name"],
        ["MDCE", "ES1", "J18.900", ""],
        ["MDCP", "PS1", "P07.000", ""],
    ],
    "ADRG手术表": [
        ["mdc_code", "classification", "operation_code", "operation_name"],
        ["MDCA", "AC1_02", "55.6900", ""],
        ["MDCA", "AC1_01", "52.8000", ""],
        ["MDCE", "EB1", "32.4100", ""],
    ],
    "MCC": [["diagnosis_code", "diagnosis_name", "excluded_table"], ["J96.000", "", "表7-1"]],
    "CC": [["diagnosis_code", "diagnosis_name", "excluded_table"], ["I10.x00", "", "表7-2"]],
    "排除诊断表": [["table_name", "diagnosis_code", "diagnosis_name"], ["表7-1", "J18.900", ""]],
    "DRG分组规则": [
        ["mdc_code", "adrg_code", "drg_code", "mdc_rule", "adrg_rule", "drg_rule", "op", "mcc", "cc"],
        ["MDCA", "AC1", "AC19", -1, "is_op2(case, 'AC1_01') and is_op2(case, 'AC1_02') ", 1, 1, *_ANY],
        [
            "MDCA",
            "MDC",
            "MDCP",
            "case.age == 0 and 0 <= case.newborn_age_month <= 12 and is_pd1(case, 'P00')",
            1,
            1,
            -1,
            *_ANY,
        ],
        ["MDCA", "MDC", "MDCZ", "multi_wound(case)", 1, 1, -1, *_ANY],
        ["MDCE", "EB1", "EB19", "is_pd1(case, 'E00')", "is_op2(case, 'EB1')", 1, 1, *_ANY],
        ["MDCE", "EQY", "EQY", "is_pd1(case, 'E00')", "1", 1, 1, *_ANY],
        ["MDCE", "ES1", "ES11", "is_pd1(case, 'E00')", "is_pd2(case, 'ES1')", 1, 0, 1, 0],
        ["MDCE", "ES1", "ES13", "is_pd1(case, 'E00')", "is_pd2(case, 'ES1')", 1, 0, 0, 1],
        ["MDCE", "ES1", "ES15", "is_pd1(case, 'E00')", "is_pd2(case, 'ES1')", 1, 0, 0, 0],
        ["MDCE", "EV1", "EV19", "is_pd1(case, 'E00')", "0", 1, 1, *_ANY],
        ["MDCP", "PS1", "PS19", -1, "is_pd2(case, 'PS1') and 0 < case.newborn_birth_weight < 1500", 1, 0, *_ANY],
        ["MDCP", "PV1", "PV19", -1, "is_pd2(case, 'PS1') and 1 <= case.newborn_age_month <= 12", 1, 0, *_ANY],
        ["MDCZ", "ZZ1", "ZZ19", -1, "1", 1, 0, *_ANY],
    ],
}


def bureau() -> Sheets:
    """Return the sheets, to be changed at will."""
    return copy.deepcopy(BUREAU)


def write_book(path: Path, sheets: Sheets) -> Path:
    """Write cells as they are: text as text, numbers as numbers."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, str):
                        page.write_string(at, place, cell)
                    else:
                        page.write(at, place, cell)
    return path
