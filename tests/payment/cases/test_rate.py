"""The price of a case: worked examples of payment-formulas §3.2 and §4, bounds, and what must always hold."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.payment.cases.assessor import Assessor
from tongchou.payment.cases.methods import DrgRate
from tongchou.payment.cases.pricing import Worths
from tongchou.payment.cases.pricing import price as price_batch
from tongchou.payment.cases.terms import (
    INSURANCE_TYPES,
    LEVELS,
    NOT_GROUPED,
    BedDayTerms,
    BenefitTerms,
    Bound,
    CaseTerms,
    DeviationTerms,
    ExceptionTerms,
    ModifierTerms,
    TermsPeriod,
)
from tongchou.payment.weights import GroupWeight
from tongchou.policy import Bands

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
PAIRS = [(kind, level) for kind in INSURANCE_TYPES for level in LEVELS]

TEXTS = ("case_id", "institution_id", "person_id", "insurance_type", "level", "status", "drg", "discharge_way")
SCHEMA = pa.schema(
    [
        *[(name, pa.string()) for name in (*TEXTS, "department", "review_decision")],
        *[(name, pa.date32()) for name in ("decided_on", "discharged_on")],
        *[
            (name, pa.int64())
            for name in (
                "los_days",
                "total_fen",
                "self_paid_fen",
                "first_self_pay_fen",
                "over_limit_fen",
                "score_e2",
                "auxiliary_e4",
                "level_mean_fen",
                "review_fen",
                "excluded_fen",
            )
        ],
        ("is_readmitted", pa.bool_()),
    ]
)

PARTS = {"deviation": DeviationTerms, "exceptions": ExceptionTerms, "modifier": ModifierTerms, "benefit": BenefitTerms}


def terms(**changes: Any) -> CaseTerms:
    """The terms of the worked examples: S = 16,352.90, D 800, r .85, high from 2.5 x, low up to 0.30 x."""
    bands = Bands(((0, 10_000, 30_000), (10_000, 20_000, 25_000), (20_000, None, 20_000)), True)
    values: dict[str, dict[str, Any]] = {
        "deviation": {
            "high_e4": dict.fromkeys(LEVELS, bands),
            "high_includes": False,
            "high_method": "excess_over_threshold",
            "low": Bound(3_000, includes=True),
            "cheap": None,
            "cheap_addition_e4": 0,
            "panel": None,
        },
        "exceptions": {
            "ungrouped_e4": dict.fromkeys(NOT_GROUPED, 10_000),
            "short_stay_days": 0,
            "long_stay_days": 60,
            "early_death": False,
            "incomplete_ways": frozenset(),
            "unstable_method": "weight",
            "unstable_cases": 0,
            "unstable_cv_e4": 0,
        },
        "modifier": {"readmitted_e4": 10_000, "exempt_groups": frozenset(), "quality_e4": {}},
        "benefit": {
            "fund_method": "standard_less_patient",
            "negative_fund": "floor_zero",
            "deductible_fen": dict.fromkeys(PAIRS, 80_000),
            "ratio_e4": dict.fromkeys(PAIRS, 8_500),
        },
    }
    factors = changes.pop("level_factor_e4", dict.fromkeys(LEVELS, 10_500))
    bed_day = changes.pop("bed_day", BedDayTerms({}, {}, {}))
    parts = {
        part: kind(**{name: changes.pop(name, value) for name, value in values[part].items()})
        for part, kind in PARTS.items()
    }
    assert not changes
    return CaseTerms(level_factor_e4=factors, bed_day=bed_day, **parts)


def row(**changes: Any) -> dict[str, Any]:
    """The case of the worked examples: T 18,000, O 1,200, P 600."""
    values = {
        "case_id": "c",
        "institution_id": "h",
        "person_id": "p",
        "insurance_type": "employee",
        "level": "secondary",
        "decided_on": date(2025, 6, 30),
        "discharged_on": date(2025, 6, 30),
        "discharge_way": "home",
        "los_days": 9,
        "total_fen": 1_800_000,
        "self_paid_fen": 120_000,
        "first_self_pay_fen": 60_000,
        "over_limit_fen": 0,
        "status": "grouped",
        "drg": "AA11",
    }
    return values | changes


def assessor(weight_e4: int = 14_200, rates: Mapping[str, int] | None = None, **changes: Any) -> Assessor:
    return Assessor(
        DrgRate({"employee": 1_096_774, "resident": 1_096_774} if rates is None else rates),
        [TermsPeriod(*YEAR, terms(**changes), ())],
        {"AA11": GroupWeight("AA11", weight_e4, "table", "t", 9, 1_420_000, 5_000)},
    )


def priced_by(chosen: Assessor, *rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    assessed = chosen.assess(pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA))
    worth, standard = (assessed.column(name).to_numpy() for name in ("worth", "standard_fen"))
    worths = Worths(worth, standard, np.zeros(len(rows), dtype=np.bool_), in_points=False)
    return price_batch("r", assessed, worths).to_pylist()


def price(*rows: Mapping[str, Any], weight_e4: int = 14_200, **changes: Any) -> list[dict[str, Any]]:
    return priced_by(assessor(weight_e4, **changes), *rows)


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
    assert price(row(total_fen=total), low=Bound(3_000, includes=or_equals))[0]["case_kind"] == kind


@pytest.mark.parametrize(("or_equals", "kind"), [(True, "low"), (False, "normal")])
def test_a_cost_exactly_at_the_low_bound_follows_the_operator(or_equals: bool, kind: str) -> None:
    # weight 1.0000, coefficient 1: S = 10,967.74 yuan; half of it is a whole number of fen
    at = {"level_factor_e4": dict.fromkeys(LEVELS, 10_000), "low": Bound(5_000, includes=or_equals)}
    assert price(row(total_fen=548_387), weight_e4=10_000, **at)[0]["case_kind"] == kind


@pytest.mark.parametrize(("or_equals", "kind"), [(True, "high"), (False, "normal")])
def test_a_cost_exactly_at_the_high_bound_follows_the_operator(or_equals: bool, kind: str) -> None:
    at = {"level_factor_e4": dict.fromkeys(LEVELS, 10_000), "high_includes": or_equals}
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
    priced = price(row(status="ungrouped", drg="0000", los_days=99), ungrouped_e4=dict.fromkeys(NOT_GROUPED, 8_000))[0]
    assert (priced["case_kind"], priced["payable_fen"], priced["standard_fen"]) == ("ungrouped", 1_440_000, 0)
    assert priced["weight_source"] == "none"


@pytest.mark.parametrize(("negative", "fund"), [("floor_zero", 0), ("carry", -190_000)])
def test_a_patient_who_pays_more_than_the_standard_is_handled_as_the_policy_says(negative: str, fund: int) -> None:
    priced = price(
        row(status="ungrouped", drg="0000", total_fen=200_000),
        ungrouped_e4=dict.fromkeys(NOT_GROUPED, 500),
        negative_fund=negative,
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
    with pytest.raises(TongchouError) as caught:
        priced_by(assessor(rates={"resident": 1}), row())
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
    chosen = replace(assessor(), periods=halves)
    priced = priced_by(chosen, row(), row(decided_on=date(2025, 7, 1)))
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
