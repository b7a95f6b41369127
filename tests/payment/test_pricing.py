"""The price of a case: worked examples of payment-formulas §3.2 and §4, bounds, and what must always hold."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.payment.pricing import Pricer
from tongchou.payment.terms import INSURANCE_TYPES, LEVELS, DrgTerms, TermsPeriod
from tongchou.payment.weights import GroupWeight
from tongchou.policy import Bands

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
PAIRS = [(kind, level) for kind in INSURANCE_TYPES for level in LEVELS]

SCHEMA = pa.schema(
    [
        *[(name, pa.string()) for name in ("case_id", "institution_id", "person_id", "insurance_type", "level")],
        ("decided_on", pa.date32()),
        *[
            (name, pa.int64())
            for name in (
                "los_days",
                "total_fen",
                "self_paid_fen",
                "first_self_pay_fen",
                "over_limit_fen",
            )
        ],
        ("status", pa.string()),
        ("drg", pa.string()),
    ]
)


def terms(**changes: Any) -> DrgTerms:
    """The terms of the worked examples: S = 16,352.90, D 800, r .85, high from 2.5 x, low up to 0.30 x."""
    values: dict[str, Any] = {
        "level_factor_e4": dict.fromkeys(LEVELS, 10_500),
        "high_threshold_e4": Bands(((0, 10_000, 30_000), (10_000, 20_000, 25_000), (20_000, None, 20_000)), True),
        "high_or_equals": False,
        "high_method": "excess_over_threshold",
        "low_threshold_e4": 3_000,
        "low_or_equals": True,
        "long_stay_days": 60,
        "ungrouped_ratio_e4": 10_000,
        "fund_method": "standard_less_patient",
        "negative_fund": "floor_zero",
        "deductible_fen": dict.fromkeys(PAIRS, 80_000),
        "ratio_e4": dict.fromkeys(PAIRS, 8_500),
    }
    return DrgTerms(**values | changes)


def row(**changes: Any) -> dict[str, Any]:
    """The case of the worked examples: T 18,000, O 1,200, P 600."""
    values = {
        "case_id": "c",
        "institution_id": "h",
        "person_id": "p",
        "insurance_type": "employee",
        "level": "secondary",
        "decided_on": date(2025, 6, 30),
        "los_days": 9,
        "total_fen": 1_800_000,
        "self_paid_fen": 120_000,
        "first_self_pay_fen": 60_000,
        "over_limit_fen": 0,
        "status": "grouped",
        "drg": "AA11",
    }
    return values | changes


def price(*rows: Mapping[str, Any], weight_e4: int = 14_200, **changes: Any) -> list[dict[str, Any]]:
    pricer = Pricer(
        "r",
        [TermsPeriod(*YEAR, terms(**changes), ())],
        {"AA11": GroupWeight("AA11", weight_e4, "table", "t")},
        {"employee": 1_096_774, "resident": 1_096_774},
    )
    return pricer.price(pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA)).to_pylist()


def test_the_standard_of_the_worked_example() -> None:
    assert price(row())[0]["standard_fen"] == 1_635_290


def test_the_patient_always_pays_by_item() -> None:
    assert price(row())[0]["patient_fen"] == 491_000


def test_method_a_takes_the_ratio_on_the_standard() -> None:
    priced = price(row(), fund_method="ratio_on_standard")[0]
    assert (priced["fund_fen"], priced["hospital_result_fen"]) == (1_168_997, -140_003)


def test_method_b_takes_the_standard_less_the_patient_s_burden() -> None:
    priced = price(row())[0]
    assert (priced["fund_fen"], priced["hospital_result_fen"]) == (1_144_290, -164_710)


def test_a_high_case_is_paid_the_standard_and_the_cost_beyond_the_threshold() -> None:
    priced = price(row(total_fen=5_200_000))[0]
    assert (priced["case_kind"], priced["payable_fen"]) == ("high", 2_747_065)


def test_a_high_case_paid_by_item_is_paid_its_cost() -> None:
    assert price(row(total_fen=5_200_000), high_method="by_item")[0]["payable_fen"] == 5_200_000


def test_a_low_case_is_paid_its_cost() -> None:
    priced = price(row(total_fen=490_000, self_paid_fen=0, first_self_pay_fen=0))[0]
    assert (priced["case_kind"], priced["payable_fen"]) == ("low", 490_000)


@pytest.mark.parametrize(
    ("total", "or_equals", "kind"),
    [
        (490_586, True, "low"),
        (490_587, True, "low"),
        (490_588, True, "normal"),
        (490_587, False, "normal"),
        (490_586, False, "low"),
    ],
)
def test_the_low_bound_is_compared_exactly_just_under_at_and_over(total: int, or_equals: bool, kind: str) -> None:
    assert price(row(total_fen=total), low_or_equals=or_equals)[0]["case_kind"] == kind


@pytest.mark.parametrize(("or_equals", "kind"), [(True, "low"), (False, "normal")])
def test_a_cost_exactly_at_the_low_bound_follows_the_operator(or_equals: bool, kind: str) -> None:
    # weight 1.0000, coefficient 1: S = 10,967.74 yuan; half of it is a whole number of fen
    at = {"level_factor_e4": dict.fromkeys(LEVELS, 10_000), "low_threshold_e4": 5_000, "low_or_equals": or_equals}
    assert price(row(total_fen=548_387), weight_e4=10_000, **at)[0]["case_kind"] == kind


@pytest.mark.parametrize(("or_equals", "kind"), [(True, "high"), (False, "normal")])
def test_a_cost_exactly_at_the_high_bound_follows_the_operator(or_equals: bool, kind: str) -> None:
    at = {"level_factor_e4": dict.fromkeys(LEVELS, 10_000), "high_or_equals": or_equals}
    assert price(row(total_fen=3 * 1_096_774), weight_e4=10_000, **at)[0]["case_kind"] == kind


def test_the_threshold_follows_the_weight_s_band_with_its_upper_bound_inside() -> None:
    cost = 2_600_000_00
    kinds = [price(row(total_fen=cost), weight_e4=weight)[0]["payable_fen"] for weight in (10_000, 10_001, 20_001)]
    standards = [1_151_613, 1_151_728, 2_303_341]
    assert kinds == [cost - 2 * standards[0], cost - (3 * standards[1] + 1) // 2, cost - standards[2]]


@pytest.mark.parametrize(("days", "kind"), [(60, "normal"), (61, "long_stay")])
def test_a_stay_beyond_the_limit_is_paid_by_item(days: int, kind: str) -> None:
    assert price(row(los_days=days))[0]["case_kind"] == kind


def test_an_ungrouped_case_is_paid_the_policy_s_share_of_its_cost() -> None:
    priced = price(row(status="ungrouped", drg="0000", los_days=99), ungrouped_ratio_e4=8_000)[0]
    assert (priced["case_kind"], priced["payable_fen"], priced["standard_fen"]) == ("ungrouped", 1_440_000, 0)
    assert priced["weight_source"] == "none"


@pytest.mark.parametrize(("negative", "fund"), [("floor_zero", 0), ("carry", -190_000)])
def test_a_patient_who_pays_more_than_the_standard_is_handled_as_the_policy_says(negative: str, fund: int) -> None:
    priced = price(
        row(status="ungrouped", drg="0000", total_fen=200_000), ungrouped_ratio_e4=500, negative_fund=negative
    )
    assert priced[0]["fund_fen"] == fund


def test_mixed_rows_and_an_empty_table_go_through_the_same_expressions() -> None:
    rows = [row(case_id="a"), row(case_id="b", total_fen=5_200_000), row(case_id="c", status="ungrouped", drg="0000")]
    assert [each["case_kind"] for each in price(*rows)] == ["normal", "high", "ungrouped"]
    assert price() == []


def test_a_group_without_a_weight_is_an_error_not_zero() -> None:
    with pytest.raises(TongchouError) as caught:
        price(row(drg="ZZ19"))
    assert (caught.value.code, caught.value.where) == ("payment.no_weight", "ZZ19")


def test_an_insurance_type_without_a_rate_is_an_error_not_zero() -> None:
    pricer = Pricer(
        "r", [TermsPeriod(*YEAR, terms(), ())], {"AA11": GroupWeight("AA11", 1, "table", "t")}, {"resident": 1}
    )
    with pytest.raises(TongchouError) as caught:
        pricer.price(pa.RecordBatch.from_pylist([row()], schema=SCHEMA))
    assert caught.value.code == "payment.no_base_rate"


def test_a_case_outside_the_terms_is_refused() -> None:
    with pytest.raises(TongchouError) as caught:
        price(row(decided_on=date(2026, 1, 1)))
    assert caught.value.code == "payment.no_terms"


def test_terms_that_change_within_the_year_are_applied_by_the_case_s_day() -> None:
    halves = [
        TermsPeriod(date(2025, 1, 1), date(2025, 6, 30), terms(), ()),
        TermsPeriod(date(2025, 7, 1), date(2025, 12, 31), terms(level_factor_e4=dict.fromkeys(LEVELS, 10_000)), ()),
    ]
    pricer = Pricer("r", halves, {"AA11": GroupWeight("AA11", 14_200, "table", "t")}, {"employee": 1_096_774})
    rows = [row(), row(decided_on=date(2025, 7, 1))]
    priced = pricer.price(pa.RecordBatch.from_pylist(rows, schema=SCHEMA)).to_pylist()
    assert [each["standard_fen"] for each in priced] == [1_635_290, 1_557_419]


CASES = st.builds(
    row,
    total_fen=st.integers(1, 10**9),
    self_paid_fen=st.integers(0, 10**6),
    first_self_pay_fen=st.integers(0, 10**6),
    los_days=st.integers(1, 200),
    status=st.sampled_from(["grouped", "ungrouped"]),
    insurance_type=st.sampled_from(INSURANCE_TYPES),
    level=st.sampled_from(LEVELS),
)


@given(st.lists(CASES, min_size=1, max_size=8), st.sampled_from(["floor_zero", "carry"]))
def test_fund_and_patient_make_up_what_is_payable_under_method_b(cases: list[dict[str, Any]], negative: str) -> None:
    for each in price(*cases, negative_fund=negative):
        made_up = each["fund_fen"] + each["patient_fen"]
        assert made_up == each["payable_fen"] or (negative == "floor_zero" and each["fund_fen"] == 0)
        assert each["hospital_result_fen"] == made_up - each["total_fen"]
        assert 0 <= each["patient_fen"] <= each["total_fen"]


@given(st.lists(CASES, min_size=1, max_size=8))
def test_a_case_costs_the_same_alone_and_in_a_batch(cases: list[dict[str, Any]]) -> None:
    assert price(*cases) == [price(each)[0] for each in cases]
