"""The naive grouper of the published table folder (CHS-DRG 1.1): every MDC, ADRG and DRG is tried row by row."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from tests.grouping.naive.answers import INVALID, UNGROUPED, Answer, Patient, severity
from tests.grouping.naive.code_lists import CodeLists, Target

Test = Callable[[Patient], bool]
GRAVITY = {"always": ("mcc", "cc", "none"), "mcc_or_cc": ("mcc", "cc"), "mcc": ("mcc",)}
NUMBERS: dict[str, Callable[[Patient], int | None]] = {
    "age_years": lambda patient: patient.years,
    "age_days": lambda patient: patient.days,
    "weight_g": lambda patient: patient.weight or None,  # a weight of 0 is in no band
    "sex": lambda patient: patient.sex,
}


class NaiveTables:
    """Reads the folder of tables and the severity lists, and groups one case at a time."""

    def __init__(self, folder: Path, severity_folder: Path) -> None:
        edition = folder.name.replace("-", "_")
        self.mdc_dx: dict[str, set[str]] = {}
        for row in _csv(folder / "mdc_dx.csv"):
            self.mdc_dx.setdefault(row["mdc"], set()).add(row["code"])
        self.sites: dict[str, set[str]] = {}
        for row in _csv(folder / "mdcz_sites.csv"):
            self.sites.setdefault(row["site"], set()).add(row["code"])
        self.lists: dict[tuple[str, str], set[str]] = {}
        self.parts: dict[tuple[str, str], set[str]] = {}
        for row in _csv(folder / "adrg_codes.csv"):
            self.lists.setdefault((row["adrg"], row["list"]), set()).add(row["code"])
            if row["part"]:
                self.parts.setdefault((row["adrg"], row["part"]), set()).add(row["code"])
        self.mcc = _pairs(severity_folder / f"{edition}_MCC.dat")
        self.cc = _pairs(severity_folder / f"{edition}_CC.dat")
        self.exclusions = _pairs(severity_folder / f"{edition}_CCE.dat")
        self.valid = set(_first_words(severity_folder / f"{edition}_SS_VALID.dat"))
        self.mdc_rows = sorted(_csv(folder / "mdc.csv"), key=lambda row: float(row["order"]))
        self.adrg_rows = sorted(_csv(folder / "adrg.csv"), key=lambda row: float(row["order"]))
        self.drg_rows = sorted(_csv(folder / "drg.csv"), key=lambda row: float(row["order"]))
        self._mdcs: list[tuple[str, Test, list[tuple[str, Test, list[tuple[str, str]]]]]] = [
            (
                mdc["mdc"],
                self._read(mdc["rule"], self._mdc_test(mdc["mdc"])),
                [
                    (
                        adrg["adrg"],
                        self._read(adrg["rule"], self._adrg_test(adrg["adrg"])),
                        [(drg["drg"], drg["severity"]) for drg in self.drg_rows if drg["adrg"] == adrg["adrg"]],
                    )
                    for adrg in self.adrg_rows
                    if adrg["mdc"] == mdc["mdc"]
                ],
            )
            for mdc in self.mdc_rows
        ]

    def group(self, case: Mapping[str, Any]) -> Answer:
        patient = Patient(case)
        if patient.is_refused():
            return INVALID
        gravity = severity(patient, self.mcc, self.cc, self.exclusions)
        for mdc, enters, adrgs in self._mdcs:
            if not enters(patient):
                continue
            for adrg, fits, drgs in adrgs:
                if not fits(patient):
                    continue
                for drg, wanted in drgs:
                    if gravity in GRAVITY[wanted]:
                        return Answer("grouped", mdc, adrg, drg)
        return UNGROUPED

    def code_lists(self) -> CodeLists:
        """Return the lists for the generator of random cases."""
        return CodeLists(
            targets=[
                Target(
                    row["mdc"],
                    row["adrg"],
                    sorted(self.lists.get((row["adrg"], "dx"), ())),
                    self._ways(row["adrg"], row["rule"]),
                    "main_op(valid)" in row["rule"],
                    sum(drg["adrg"] == row["adrg"] for drg in self.drg_rows),
                )
                for mdc in self.mdc_rows
                for row in self.adrg_rows
                if row["mdc"] == mdc["mdc"]
            ],
            mdcs={mdc: sorted(codes) for mdc, codes in self.mdc_dx.items()},
            sites={site: sorted(codes) for site, codes in self.sites.items()},
            mcc=self.mcc,
            cc=self.cc,
            exclusions=self.exclusions,
            surgery=sorted(self.valid),
        )

    def _ways(self, adrg: str, rule: str) -> list[list[list[str]]]:
        parts = sorted(number for group, number in self.parts if group == adrg)
        if parts:
            chosen = [self.parts[adrg, number] for number in parts]
            taken = [[codes for codes, use in zip(chosen, uses, strict=True) if use] for uses in _subsets(len(parts))]
            return [[sorted(codes) for codes in way] for way in taken]
        if "main_op(valid)" in rule:
            return [[sorted(self.valid)]]
        lists = [sorted(self.lists[adrg, name]) for name in ("op", "op2") if (adrg, name) in self.lists]
        return [lists] if lists else []

    # Reading a rule: the outermost `|`, then the outermost `&`, then a single test.

    def _read(self, rule: str, single: Callable[[str], Test]) -> Test:
        rule = _without_outer_parentheses(rule.strip())
        for sign, combine in (("|", any), ("&", all)):
            pieces = _split(rule, sign)
            if len(pieces) > 1:
                tests = [self._read(piece, single) for piece in pieces]
                return partial(_combined, combine, tests)
        return single(rule)

    def _mdc_test(self, mdc: str) -> Callable[[str], Test]:
        def single(text: str) -> Test:
            if text == "principal(dx)":
                codes = self.mdc_dx[mdc]
                return lambda patient: patient.principal in codes
            if text == "main_op(valid)":
                return lambda patient: patient.main_procedure in self.valid
            if text == "distinct_sites(any_dx)>=2":
                return lambda patient: self._site_count(patient) >= 2
            return _number_test(text)

        return single

    def _site_count(self, patient: Patient) -> int:
        return sum(any(code in codes for code in patient.diagnoses) for codes in self.sites.values())

    def _adrg_test(self, adrg: str) -> Callable[[str], Test]:
        def single(text: str) -> Test:
            if text == "always":
                return lambda _: True
            called = re.fullmatch(r"(\w+)\((\w+)\)", text)
            if not called:
                return _number_test(text)
            subject, name = called.groups()
            if subject == "part":
                part = self.parts[adrg, name]
                return lambda patient: any(code in part for code in patient.procedures)
            codes = self.valid if name == "valid" else self.lists[adrg, name]
            tests: dict[str, Test] = {
                "principal": lambda patient: patient.principal in codes,
                "any_dx": lambda patient: any(code in codes for code in patient.diagnoses),
                "main_op": lambda patient: patient.main_procedure in codes,
                "any_op": lambda patient: any(code in codes for code in patient.procedures),
                "no_op": lambda patient: not any(code in codes for code in patient.procedures),
            }
            return tests[subject]

        return single


def _combined(combine: Callable[[Iterable[bool]], bool], tests: list[Test], patient: Patient) -> bool:
    return combine(test(patient) for test in tests)


def _number_test(text: str) -> Test:
    """Read `age_days<=28`, `age_years=0`, `1500<=weight_g<2000`."""
    words = re.split(r"(<=|>=|<|>|=)", text)
    middle = next(number for number, word in enumerate(words) if word in NUMBERS)
    value_of = NUMBERS[words[middle]]
    checks: list[Callable[[int], bool]] = []
    if middle == 2:
        checks.append(lambda value: _compare(int(words[0]), words[1], value))
    if len(words) > middle + 1:
        checks.append(lambda value: _compare(value, words[middle + 1], int(words[middle + 2])))

    def test(patient: Patient) -> bool:
        value = value_of(patient)
        return value is not None and all(check(value) for check in checks)

    return test


def _compare(left: int, sign: str, right: int) -> bool:
    if sign == "<":
        return left < right
    if sign == "<=":
        return left <= right
    if sign == ">":
        return left > right
    if sign == ">=":
        return left >= right
    return left == right


def _split(rule: str, sign: str) -> list[str]:
    pieces, depth = [""], 0
    for letter in rule:
        depth += (letter == "(") - (letter == ")")
        if letter == sign and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [piece.strip() for piece in pieces]


def _without_outer_parentheses(rule: str) -> str:
    while rule.startswith("(") and rule.endswith(")"):
        depth = 0
        for place, letter in enumerate(rule):
            depth += (letter == "(") - (letter == ")")
            if depth == 0 and place < len(rule) - 1:
                return rule
        rule = rule[1:-1].strip()
    return rule


def _subsets(count: int) -> list[tuple[bool, ...]]:
    return [uses for uses in product((True, False), repeat=count) if any(uses)]


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _pairs(path: Path) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        code, table = line.split()
        assert pairs.setdefault(code, table) == table, f"{path.name}: {code} is in two tables"
    return pairs


def _first_words(path: Path) -> list[str]:
    return [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
