"""The naive grouper of a scheme's workbook: the sheet of grouping rules is walked row by row for every case."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from tests.grouping.naive.answers import INVALID, NEWBORN_DAYS, UNGROUPED, Answer, Patient, severity
from tests.grouping.naive.code_lists import CodeLists, Target

Test = Callable[[Patient], bool]
FIRST_MDC = "MDCA"
ROUTED = ("MDCP", "MDCY", "MDCZ", "MDCM", "MDCN", "MDCO")
ROUTING = "MDC"
AMBIGUOUS = "QY"
ANY = -1
FLAGS = {"mcc": (1, 0), "cc": (0, 1), "none": (0, 0)}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the sheet of grouping rules."""

    mdc: str
    adrg: str
    drg: str
    mdc_rule: Test
    adrg_rule: Test
    drg_rule: Test
    operated: int
    mcc: int
    cc: int


class NaiveWorkbook:
    """Reads the workbook and groups one case at a time."""

    def __init__(self, path: Path) -> None:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        self.mdc_dx = _lists(_rows(book["MDC诊断表"]), "classification", "diagnosis_code")
        self.adrg_dx = _lists(_rows(book["ADRG诊断表"]), "classification", "diagnosis_code")
        self.adrg_op = _lists(_rows(book["ADRG手术表"]), "classification", "operation_code")
        self.mcc = {row["diagnosis_code"]: row["excluded_table"] for row in _rows(book["MCC"])}
        self.cc = {row["diagnosis_code"]: row["excluded_table"] for row in _rows(book["CC"])}
        self.exclusions = {row["diagnosis_code"]: row["table_name"] for row in _rows(book["排除诊断表"])}
        self.wounds = {name: codes for name, codes in self.mdc_dx.items() if name.startswith("Z")}
        self.surgery = {code for codes in self.adrg_op.values() for code in codes}
        self.rows = [self._row(row) for row in _rows(book["DRG分组规则"])]
        book.close()

    def group(self, case: Mapping[str, Any]) -> Answer:
        patient = Patient(case)
        if patient.is_refused():
            return INVALID
        operated = int(any(code in self.surgery for code in patient.procedures))
        mcc, cc = FLAGS[severity(patient, self.mcc, self.cc, self.exclusions)]
        for row in self.rows:
            if row.mdc == FIRST_MDC and row.adrg != ROUTING and _applies(row, patient, operated, mcc, cc):
                return _answer(row)
        mdc = self._route(patient)
        for row in self.rows:
            if mdc is None and (row.mdc == FIRST_MDC or row.mdc in ROUTED):
                continue
            if mdc is not None and row.mdc != mdc:
                continue
            if _applies(row, patient, operated, mcc, cc):
                return _answer(row)
        return UNGROUPED

    def code_lists(self) -> CodeLists:
        """Return the lists for the generator of random cases."""
        adrgs: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.adrg != ROUTING:
                adrgs.setdefault(row.adrg, []).append(row)
        return CodeLists(
            targets=[
                Target(
                    rows[0].mdc,
                    adrg,
                    sorted(self.adrg_dx.get(adrg, ())),
                    self._ways(rows[0]),
                    not self._own_lists(adrg) and rows[0].operated == 1,
                    len(rows),
                )
                for adrg, rows in adrgs.items()
            ],
            mdcs={"MDCZ": sorted({code for codes in self.wounds.values() for code in codes})}
            | {f"MDC{name[0]}": sorted(codes) for name, codes in self.mdc_dx.items() if name not in self.wounds},
            sites={name: sorted(codes) for name, codes in self.wounds.items()},
            mcc=self.mcc,
            cc=self.cc,
            exclusions=self.exclusions,
            surgery=sorted(self.surgery),
        )

    def _ways(self, row: Row) -> list[list[list[str]]]:
        lists = self._own_lists(row.adrg)
        if lists:
            return [lists]
        return [[sorted(self.surgery)]] if row.operated == 1 else []

    def _own_lists(self, adrg: str) -> list[list[str]]:
        return [sorted(codes) for name, codes in self.adrg_op.items() if name.partition("_")[0] == adrg]

    def _route(self, patient: Patient) -> str | None:
        for row in self.rows:
            if row.adrg == ROUTING and row.mdc_rule(patient) and row.adrg_rule(patient) and row.drg_rule(patient):
                return row.drg
        return None

    def _row(self, row: Mapping[str, str]) -> Row:
        gate = row["mdc_rule"]
        return Row(
            mdc=row["mdc_code"],
            adrg=row["adrg_code"],
            drg=row["drg_code"],
            mdc_rule=self._read("1" if gate == str(ANY) else gate),
            adrg_rule=self._read(row["adrg_rule"]),
            drg_rule=self._read(row["drg_rule"]),
            operated=int(row["op"]),
            mcc=int(row["mcc"]),
            cc=int(row["cc"]),
        )

    # Reading a rule: Python's grammar, but only the shapes that the sheet uses, and nothing of it is executed.

    def _read(self, text: str) -> Test:
        return self._test(ast.parse(text, mode="eval").body)

    def _test(self, node: ast.expr) -> Test:
        match node:
            case ast.Constant(value=0 | 1 as value):
                return lambda _: bool(value)
            case ast.BoolOp(op=ast.And(), values=values):
                every = [self._test(value) for value in values]
                return lambda patient: all(test(patient) for test in every)
            case ast.BoolOp(op=ast.Or(), values=values):
                some = [self._test(value) for value in values]
                return lambda patient: any(test(patient) for test in some)
            case ast.Call(func=ast.Name(id="multi_wound"), args=[ast.Name(id="case")]):
                return self._is_multiple_trauma
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id="case"), ast.Constant(value=str(codes))]):
                return self._code_test(name, codes)
            case ast.Compare(left=left, ops=signs, comparators=others):
                return _comparison([left, *others], signs)
        raise ValueError(ast.dump(node))

    def _code_test(self, name: str, list_name: str) -> Test:
        if name == "is_pd1":
            codes = self.mdc_dx[list_name]
            return lambda patient: patient.principal in codes
        if name == "is_sd1":
            codes = self.mdc_dx[list_name]
            return lambda patient: any(code in codes for code in patient.secondary)
        if name == "is_pd2":
            codes = self.adrg_dx[list_name]
            return lambda patient: patient.principal in codes
        if name == "is_sd2":
            codes = self.adrg_dx[list_name]
            return lambda patient: any(code in codes for code in patient.secondary)
        if name == "is_op2":
            codes = self.adrg_op[list_name]
            return lambda patient: any(code in codes for code in patient.procedures)
        raise ValueError(name)

    def _is_multiple_trauma(self, patient: Patient) -> bool:
        if not any(patient.principal in codes for codes in self.wounds.values()):
            return False
        return sum(any(code in codes for code in patient.diagnoses) for codes in self.wounds.values()) >= 2


def _applies(row: Row, patient: Patient, operated: int, mcc: int, cc: int) -> bool:
    if row.operated != operated and row.operated != ANY:
        return False
    if (row.mcc != mcc and row.mcc != ANY) or (row.cc != cc and row.cc != ANY):
        return False
    return row.mdc_rule(patient) and row.adrg_rule(patient) and row.drg_rule(patient)


def _answer(row: Row) -> Answer:
    return Answer("ambiguous" if row.adrg.endswith(AMBIGUOUS) else "grouped", row.mdc, row.adrg, row.drg)


def _month(patient: Patient) -> int | None:
    """Return 0 for a newborn, 1 for an older infant (the rules know 0 and 1 to 12 only), else None."""
    if patient.days is not None and patient.days <= NEWBORN_DAYS:
        return 0
    return 1 if patient.years == 0 and patient.days is not None else None


ATTRIBUTES: dict[str, Callable[[Patient], int | None]] = {
    "gender": lambda patient: patient.sex,
    "age": lambda patient: patient.years,
    "newborn_age_month": _month,
    "newborn_birth_weight": lambda patient: patient.weight,
}


def _comparison(sides: list[ast.expr], signs: list[ast.cmpop]) -> Test:
    values = [_value(side) for side in sides]

    def test(patient: Patient) -> bool:
        numbers = [value(patient) for value in values]
        return all(
            left is not None and right is not None and _compare(left, sign, right)
            for left, sign, right in zip(numbers, signs, numbers[1:], strict=False)
        )

    return test


def _value(node: ast.expr) -> Callable[[Patient], int | None]:
    match node:
        case ast.Constant(value=int(number)):
            return lambda _: number
        case ast.Attribute(value=ast.Name(id="case"), attr=name):
            return ATTRIBUTES[name]
    raise ValueError(ast.dump(node))


def _compare(left: int, sign: ast.cmpop, right: int) -> bool:
    match sign:
        case ast.Lt():
            return left < right
        case ast.LtE():
            return left <= right
        case ast.Eq():
            return left == right
    raise ValueError(ast.dump(sign))


def _rows(sheet: Any) -> Iterator[dict[str, str]]:
    rows = sheet.iter_rows(values_only=True)
    header = [_text(cell) for cell in next(rows)]
    for row in rows:
        texts = [_text(cell) for cell in row]
        if any(texts):
            yield {name: text for name, text in zip(header, texts, strict=False) if name}


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _lists(rows: Iterator[dict[str, str]], name: str, code: str) -> dict[str, set[str]]:
    lists: dict[str, set[str]] = {}
    for row in rows:
        lists.setdefault(row[name], set()).add(row[code])
    return lists
