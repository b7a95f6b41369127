"""Grouping is exact: the compiled grouper against a naive one that reads the same published tables row by row."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from tests.grouping.cases import SCHEMA
from tests.grouping.naive.answers import UNGROUPED, Answer
from tests.grouping.naive.tables import NaiveTables
from tests.grouping.naive.workbook import NaiveWorkbook
from tests.grouping.random_cases import Case, cases_of_every_code, random_cases

from tongchou.grouping.exchange.table_import import import_tables
from tongchou.grouping.exchange.workbook_import import import_workbook
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.library import HOME_VARIABLE, find_scheme, install_scheme
from tongchou.grouping.schemes.tables import SchemeTables

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
TABLES = SHARED / "chs-drg" / "chs-drg-1.1"
WORKBOOK = SHARED / "chs-drg" / "chs-drg-workbook.xlsx"
DISCHARGES = SHARED / "discharges" / "cn_inpatient_1000.csv"
EXPECTED = SHARED / "discharges" / "cn_inpatient_expected_chs_drg_1.1_first_500.csv"

RANDOM_CASES = 200_000
SEED = 20_200_612
BATCH_SIZES = (1, 2, 3, 1_000, 4_096, 65_536)
UNREACHABLE_IN_THE_WORKBOOK = {"VC1"}
"""Its rule is the literal 0: the workbook switched it off."""

pytestmark = [
    pytest.mark.skipif(not TABLES.is_dir(), reason="the published grouping tables are not on this machine"),
    pytest.mark.slow,
]


def _installed(tables: SchemeTables, name: str, home: Path) -> Grouper:
    """Return the scheme as a user has it: written to the folder of schemes and read back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(home))
        install_scheme(tables, name)
        return Grouper(find_scheme(name))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Grouper:
    return _installed(import_tables(TABLES, SHARED / "codes"), "chs-drg-1.1", tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Grouper:
    return _installed(import_workbook(WORKBOOK), "chs-drg-1.0", tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def naive_tables() -> NaiveTables:
    return NaiveTables(TABLES, SHARED / "codes")


@pytest.fixture(scope="module")
def naive_workbook() -> NaiveWorkbook:
    return NaiveWorkbook(WORKBOOK)


@pytest.fixture(scope="module")
def tables_cases(naive_tables: NaiveTables) -> list[Case]:
    lists = naive_tables.code_lists()
    return [*random_cases(lists, RANDOM_CASES, SEED), *cases_of_every_code(lists, SEED)]


@pytest.fixture(scope="module")
def workbook_cases(naive_workbook: NaiveWorkbook) -> list[Case]:
    lists = naive_workbook.code_lists()
    return [*random_cases(lists, RANDOM_CASES, SEED), *cases_of_every_code(lists, SEED)]


@pytest.fixture(scope="module")
def tables_answers(naive_tables: NaiveTables, tables_cases: list[Case]) -> list[Answer]:
    return [naive_tables.group(case) for case in tables_cases]


@pytest.fixture(scope="module")
def workbook_answers(naive_workbook: NaiveWorkbook, workbook_cases: list[Case]) -> list[Answer]:
    return [naive_workbook.group(case) for case in workbook_cases]


def _in_batches(grouper: Grouper, cases: Sequence[Case]) -> list[Answer]:
    answers: list[Answer] = []
    for batch in _batches(cases):
        grouped = grouper.group(batch)
        assert grouped.column("case_id").to_pylist() == batch.column("case_id").to_pylist()
        columns = (grouped.column(name).to_pylist() for name in Answer._fields)
        answers += [Answer(*row) for row in zip(*columns, strict=True)]
    return answers


def _batches(cases: Sequence[Case]) -> Iterator[pa.RecordBatch]:
    start, number = 0, 0
    while start < len(cases):
        size = BATCH_SIZES[number % len(BATCH_SIZES)]
        yield pa.RecordBatch.from_pylist(list(cases[start : start + size]), schema=SCHEMA)
        start, number = start + size, number + 1


def _one_by_one(grouper: Grouper, cases: Sequence[Case]) -> list[Answer]:
    grouped = map(grouper.group_one, cases)
    return [Answer(each.status, each.mdc, each.adrg, each.drg) for each in grouped]


def _differences(
    cases: Sequence[Case], expected: Sequence[Answer], found: Sequence[Answer]
) -> list[tuple[Case, Answer, Answer]]:
    """Return the first few cases on which two groupers differ: the case, what the naive one says, what the other."""
    compared = zip(cases, expected, found, strict=True)
    return [(case, wanted, answer) for case, wanted, answer in compared if wanted != answer][:5]


def test_every_random_case_gets_the_group_that_the_published_tables_give(
    tables: Grouper, tables_cases: list[Case], tables_answers: list[Answer]
) -> None:
    assert len(tables_cases) > RANDOM_CASES
    assert _differences(tables_cases, tables_answers, _in_batches(tables, tables_cases)) == []
    assert _differences(tables_cases, tables_answers, _one_by_one(tables, tables_cases)) == []


def test_the_random_cases_reach_every_group_of_the_published_tables(
    naive_tables: NaiveTables, tables_answers: list[Answer]
) -> None:
    by_random = tables_answers[:RANDOM_CASES]
    assert {each.adrg for each in by_random} - {"00"} == {row["adrg"] for row in naive_tables.adrg_rows}
    assert {each.drg for each in by_random} - {"0000"} == {row["drg"] for row in naive_tables.drg_rows}
    assert len({each.adrg for each in by_random}) == 377
    assert len({each.drg for each in by_random}) == 629
    statuses = Counter(each.status for each in by_random)
    assert set(statuses) == {"grouped", "ungrouped", "invalid"}
    assert min(statuses.values()) > RANDOM_CASES // 50


def test_every_random_case_gets_the_group_that_the_workbook_gives(
    workbook: Grouper, workbook_cases: list[Case], workbook_answers: list[Answer]
) -> None:
    assert len(workbook_cases) > RANDOM_CASES
    assert _differences(workbook_cases, workbook_answers, _in_batches(workbook, workbook_cases)) == []
    assert _differences(workbook_cases, workbook_answers, _one_by_one(workbook, workbook_cases)) == []


def test_the_random_cases_reach_every_group_of_the_workbook_that_is_switched_on(
    naive_workbook: NaiveWorkbook, workbook_answers: list[Answer]
) -> None:
    by_random = workbook_answers[:RANDOM_CASES]
    rows = [row for row in naive_workbook.rows if row.adrg != "MDC" and row.adrg not in UNREACHABLE_IN_THE_WORKBOOK]
    assert {each.adrg for each in by_random} - {"00"} == {row.adrg for row in rows}
    assert {each.drg for each in by_random} - {"0000"} == {row.drg for row in rows}
    assert len({each.adrg for each in by_random}) == 397
    assert len({each.drg for each in by_random}) == 639
    statuses = Counter(each.status for each in by_random)
    assert set(statuses) == {"grouped", "ambiguous", "ungrouped", "invalid"}
    assert min(statuses.values()) > RANDOM_CASES // 50


@pytest.mark.parametrize("name", ["tables", "workbook"])
def test_neither_order_nor_repetition_of_secondary_diagnoses_changes_a_result(
    name: str, request: pytest.FixtureRequest
) -> None:
    grouper, cases = request.getfixturevalue(name), request.getfixturevalue(f"{name}_cases")[:50_000]
    random = Random(SEED)
    changed = [_with_secondary_rearranged(random, case) for case in cases]
    assert sum(a["diagnoses"] != b["diagnoses"] for a, b in zip(cases, changed, strict=True)) > len(cases) // 3
    assert _differences(changed, _in_batches(grouper, cases), _in_batches(grouper, changed)) == []


def _with_secondary_rearranged(random: Random, case: Case) -> Case:
    if not case["diagnoses"]:
        return case
    principal, *secondary = case["diagnoses"]
    secondary += random.choices(secondary, k=random.randint(0, 4)) if secondary else []
    random.shuffle(secondary)
    return case | {"diagnoses": [principal, *secondary]}


def _whole(text: str) -> int | None:
    return int(text) if text.strip() else None


def _discharge(row: dict[str, str]) -> dict[str, Any]:
    return {
        "case_id": row["case_id"],
        "sex": row["gender"],
        "age_years": _whole(row["age"]),
        "age_days": _whole(row["newborn_age_days"]),
        "birth_weight_g": _whole(row["newborn_weight_g"]),
        "diagnoses": [code for code in row["dx_codes"].split("|") if code],
        "procedures": [code for code in row["op_codes"].split("|") if code],
    }


def _as_the_editions_write_it(code: str) -> str:
    return code.upper().replace("X", "x")


def test_all_published_results_are_reproduced_and_lower_case_is_read_as_meant(
    tables: Grouper, naive_tables: NaiveTables
) -> None:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        expected = {row["case_id"]: (row["mdc"], row["adrg"], row["drg"]) for row in csv.DictReader(file)}
    with DISCHARGES.open(encoding="utf-8", newline="") as file:
        cases = [_discharge(row) for row in csv.DictReader(file) if row["case_id"] in expected]
    assert [case["case_id"] for case in cases] == list(expected)
    assert len(cases) == 500
    published = [Answer("grouped" if groups[2] != "0000" else "ungrouped", *groups) for groups in expected.values()]
    assert _differences(cases, published, [naive_tables.group(case) for case in cases]) == []

    corrected = [
        case | {name: [_as_the_editions_write_it(code) for code in case[name]] for name in ("diagnoses", "procedures")}
        for case in cases
    ]
    lower = [number for number, case in enumerate(cases) if case != corrected[number]]
    assert [published[number] for number in lower] == [UNGROUPED, UNGROUPED]
    wanted = list(published)
    for number in lower:
        wanted[number] = naive_tables.group(corrected[number])
        assert wanted[number].status == "grouped"
    assert _differences(cases, wanted, _in_batches(tables, cases)) == []
    assert _differences(cases, wanted, _one_by_one(tables, cases)) == []


def _notations(code: str) -> Iterator[str]:
    """Yield the ways in which hospitals write a dagger-asterisk code (`A17.000+G01*`)."""
    dagger, asterisk = code.rstrip("*").split("+")
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    yield from (code, f"{dagger}†{asterisk}*", f"{dagger}†{asterisk}＊", f"{dagger}+{asterisk}", full_width)
    yield from (f"{dagger}+", f"{dagger}†", dagger, code.lower(), f" {code} ", f"{dagger} + {asterisk} *", f"{code}.")


def test_every_notation_of_a_dagger_asterisk_code_gives_the_group_of_the_code(
    tables: Grouper, naive_tables: NaiveTables
) -> None:
    lists = naive_tables.code_lists()
    known = {code for codes in lists.mdcs.values() for code in codes} | set(lists.mcc) | set(lists.cc)
    pairs = sorted(code for code in known if "+" in code)
    bases = Counter(code.partition("+")[0] for code in pairs)
    assert len(pairs) > 1_000
    assert max(bases.values()) == 1
    assert not bases.keys() & known
    patient = {"case_id": "c", "sex": "female", "age_years": 40, "age_days": None, "birth_weight_g": None}
    cases: list[Case] = []
    wanted: list[Answer] = []
    for code in pairs:
        for rest in (["J96.000"], []):
            meant = patient | {"diagnoses": [code, *rest], "procedures": []}
            second = patient | {"diagnoses": ["J18.900", code], "procedures": []}
            answers = naive_tables.group(meant), naive_tables.group(second)
            for written in _notations(code):
                cases += [meant | {"diagnoses": [written, *rest]}, second | {"diagnoses": ["J18.900", written]}]
                wanted += answers
    assert len({answer.drg for answer in wanted}) > 100
    assert _differences(cases, wanted, _in_batches(tables, cases)) == []
    assert _differences(cases, wanted, _one_by_one(tables, cases)) == []
