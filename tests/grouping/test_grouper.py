"""Grouping batches: gates, order, fall-through, severity, and what does not count."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.grouping.cases import batch, case

from tongchou.grouping.grouper import Grouper

NEWBORN = {"age_years": 0, "age_days": 3, "birth_weight_g": 1400}


@pytest.fixture(scope="session")
def drg(tiny: Grouper) -> Callable[[dict[str, Any]], str]:
    return lambda row: tiny.group(batch(row)).to_pylist()[0]["drg"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (case("J15.900"), "ES15"),
        (case("J17.000"), "0000"),
        (case("J15.900", "33.5100"), "AA19"),
        (case("J15.900", "47.0900"), "ES15"),
        (case("J15.900", "32.4100"), "EB15"),
        (case("J15.900", "34.0100"), "ES15"),
        (case("J15.900", "34.0100 34.1100"), "EB15"),
        (case("S00.000 S72.000"), "ZJ19"),
        (case("S00.000 S01.000"), "0000"),
        (case("S00.000 S72.000", "47.0900"), "0000"),
        (case("P07.000", **NEWBORN), "PS19"),
        (case("P07.000", **NEWBORN | {"birth_weight_g": 1500}), "PV19"),
        (case("P07.000", **NEWBORN | {"age_days": 29}), "PV19"),
        (case("P07.000"), "0000"),
        (case(""), "0000"),
    ],
)
def test_the_first_rule_that_fits_in_the_scheme_s_order_decides(
    drg: Callable[[dict[str, Any]], str], row: dict[str, Any], expected: str
) -> None:
    assert drg(row) == expected


@pytest.mark.parametrize(
    ("diagnoses", "expected"),
    [
        ("J15.900 R57.900", "ES11"),
        ("J15.900 I10.x00", "ES13"),
        ("J15.900 I10.x00 R57.900", "ES11"),
        ("J15.900 J96.000", "ES15"),  # excluded by the principal diagnosis
        ("J18.900 J96.000", "ES11"),  # the principal carries another exclusion; J96.0 is closer than J96
        ("J18.900 J96.100", "ES13"),
        ("R57.900", "0000"),
    ],
)
def test_severity_is_the_gravest_effective_secondary_diagnosis(
    drg: Callable[[dict[str, Any]], str], diagnoses: str, expected: str
) -> None:
    assert drg(case(diagnoses)) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"sex": None},
        {"sex": "unknown"},
        {"age_years": None},
        {"age_years": 0, "age_days": None},
        {"age_years": 0, "age_days": 28, "birth_weight_g": None},
    ],
)
def test_a_case_without_what_grouping_needs_is_invalid(tiny: Grouper, change: dict[str, Any]) -> None:
    result = tiny.group(batch(case("J15.900", **change))).to_pylist()[0]
    assert (result["status"], result["mdc"], result["adrg"], result["drg"]) == ("invalid", "0000", "00", "0000")


CODES = st.sampled_from(
    ["J15.900", "J18.900", "J96.000", "J96.100", "R57.900", "I10.x00", "S00.0", "S72.0", "P07.0", "Q"]
)
OPERATIONS = st.sampled_from(["33.5100", "32.4100", "34.0100", "34.1100", "47.0900", "99.9900"])


@given(
    st.lists(CODES, min_size=1, max_size=8),
    st.lists(OPERATIONS, max_size=5),
    st.randoms(use_true_random=False),
)
def test_order_and_repetition_of_secondary_codes_change_nothing(
    tiny: Grouper, diagnoses: list[str], operations: list[str], random: Any
) -> None:
    others = [*diagnoses[1:], *random.choices(diagnoses[1:], k=2)] if diagnoses[1:] else []
    random.shuffle(others)
    rows = (
        case(" ".join(diagnoses), " ".join(operations)),
        case(" ".join([diagnoses[0], *others]), " ".join(operations)),
    )
    first, second = tiny.group(batch(*rows)).to_pylist()
    assert first == second


@given(st.lists(st.lists(CODES, max_size=5), min_size=1, max_size=12))
def test_a_case_groups_the_same_alone_and_in_a_batch(tiny: Grouper, many: list[list[str]]) -> None:
    rows = [case(" ".join(codes), case_id=str(number)) for number, codes in enumerate(many)]
    together = tiny.group(batch(*rows)).to_pylist()
    assert together == [tiny.group(batch(row)).to_pylist()[0] for row in rows]


@given(st.lists(st.text(max_size=12), max_size=6), st.lists(st.text(max_size=12), max_size=6))
def test_any_codes_get_exactly_one_status(tiny: Grouper, diagnoses: list[str], operations: list[str]) -> None:
    row = case("") | {"diagnoses": diagnoses, "procedures": operations}
    assert tiny.group(batch(row)).to_pylist()[0]["status"] in {"grouped", "ungrouped"}


def test_an_empty_batch_groups_to_an_empty_batch(tiny: Grouper) -> None:
    assert tiny.group(batch()).num_rows == 0
