"""What holds of every inpatient case and every pool, whatever the method: order, batches, sums, more for more."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.payment.cases.test_rate import SCHEMA, YEAR, row, terms
from tests.worked import view_with

from tongchou.payment.base_rate import rate_from_budget
from tongchou.payment.cases.assessor import Assessor
from tongchou.payment.cases.caps import over_cap
from tongchou.payment.cases.methods import DipPoints, DrgPoints, DrgRate, Method
from tongchou.payment.cases.points_value import POINT_E6, PoolFacts, value_points
from tongchou.payment.cases.pricing import Worths, price
from tongchou.payment.cases.sharing import share_by_points
from tongchou.payment.cases.terms import INSURANCE_TYPES, LEVELS, Bound, TermsPeriod
from tongchou.payment.weights import GroupWeight

METHODS: dict[str, Method] = {
    "drg_rate": DrgRate(dict.fromkeys(INSURANCE_TYPES, 1_096_774)),
    "drg_points": DrgPoints(100, 1_000_000),
    "dip_points": DipPoints(1_000, 950_000),
}
HOSPITALS = ("H1", "H2", "H3")
GROUPS = ("AA11", "BB13", "CC15")
CHEAP_AND_PANEL = terms(cheap=Bound(8_000, includes=True), cheap_addition_e4=2_000, panel=Bound(50_000, includes=False))
UNTIMED = settings(deadline=None, max_examples=60)


def assessor(method: str, weights_e4: Mapping[str, int] | None = None) -> Assessor:
    known = weights_e4 or {"AA11": 14_200, "BB13": 6_000, "CC15": 33_333}
    return Assessor(
        METHODS[method],
        [TermsPeriod(*YEAR, CHEAP_AND_PANEL, ())],
        {group: GroupWeight(group, weight, "table", "t", 9, weight * 100, 5_000) for group, weight in known.items()},
    )


def batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


ROWS = st.builds(
    row,
    institution_id=st.sampled_from(HOSPITALS),
    insurance_type=st.sampled_from(INSURANCE_TYPES),
    level=st.sampled_from(LEVELS),
    drg=st.sampled_from(GROUPS),
    status=st.sampled_from(["grouped", "grouped", "grouped", "ungrouped"]),
    discharged_on=st.dates(date(2025, 1, 1), date(2025, 12, 31)),
    total_fen=st.integers(1, 10**8),
    self_paid_fen=st.integers(0, 10**5),
    los_days=st.integers(1, 70),
    score_e2=st.integers(1, 500_000),
    auxiliary_e4=st.sampled_from([10_000, 11_000]),
    level_mean_fen=st.integers(10**5, 5 * 10**6),
    review_decision=st.sampled_from([None, None, "by_item", "adjusted"]),
    review_fen=st.integers(0, 10**6),
)


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each | {"case_id": f"C{number:03}"} for number, each in enumerate(rows)]


CASES = st.lists(ROWS, min_size=1, max_size=12).map(_numbered)


@pytest.mark.parametrize("method", METHODS)
@UNTIMED
@given(cases=CASES, data=st.data())
def test_the_order_of_cases_changes_nothing(method: str, cases: list[dict[str, Any]], data: st.DataObject) -> None:
    turned = data.draw(st.permutations(cases))
    found, other = (assessor(method).assess(batch(rows)).to_pylist() for rows in (cases, turned))
    assert sorted(other, key=_case_id) == found


@pytest.mark.parametrize("method", METHODS)
@UNTIMED
@given(cases=CASES, cut=st.integers(0, 12))
def test_two_batches_are_assessed_as_one(method: str, cases: list[dict[str, Any]], cut: int) -> None:
    chosen = assessor(method)
    parts = [chosen.assess(batch(rows)).to_pylist() for rows in (cases[:cut], cases[cut:])]
    assert parts[0] + parts[1] == chosen.assess(batch(cases)).to_pylist()


COSTLY = st.lists(
    st.fixed_dictionaries(
        {
            "institution_id": st.sampled_from(HOSPITALS[:2]),
            "case_kind": st.sampled_from(["high", "normal"]),
            "total_fen": st.integers(4_000, 4_003),
            "discharged_on": st.dates(date(2025, 1, 1), date(2025, 1, 3)),
        }
    ),
    min_size=1,
    max_size=12,
).map(_numbered)


@UNTIMED
@given(cases=COSTLY, data=st.data())
def test_the_cap_takes_the_same_cases_in_any_order(cases: list[dict[str, Any]], data: st.DataObject) -> None:
    found = []
    for rows in (cases, data.draw(st.permutations(cases))):
        table = pa.Table.from_pylist([each | {"excluded_fen": 0, "reference_fen": 1_000} for each in rows])
        beyond = over_cap(table, 4_000)
        found.append({each["case_id"] for each, is_over in zip(rows, beyond, strict=True) if is_over})
    assert found[0] == found[1]


def _normal(method: str, case: dict[str, Any], weight_e4: int) -> dict[str, Any]:
    """Return a case priced at a weight (its points, under DIP), whatever its kind."""
    changed = case | ({"score_e2": weight_e4} if method == "dip_points" else {})
    assessed = assessor(method, dict.fromkeys(GROUPS, weight_e4)).assess(batch([changed]))
    worth, standard = (assessed.column(name).to_numpy() for name in ("worth", "standard_fen"))
    in_points = METHODS[method].in_points
    (priced,) = price("r", assessed, Worths(worth, standard, np.zeros(1, dtype=np.bool_), in_points)).to_pylist()
    return {"worth": int(worth[0]), "kind": priced["case_kind"], "fund": priced["fund_fen"]}


@pytest.mark.parametrize("method", METHODS)
@UNTIMED
@given(case=ROWS, low=st.integers(100, 40_000), rise=st.integers(1_000, 1_500), multiple=st.integers(1_250, 1_900))
def test_a_higher_weight_never_pays_a_normal_case_less(
    method: str, case: dict[str, Any], low: int, rise: int, multiple: int
) -> None:
    high = low * rise // 1_000
    # A cost of 1.25 to 1.9 times what the lower weight stands for is above 0.8 times the higher's: normal under both.
    reference = {"drg_rate": low * 115, "drg_points": low * 100}.get(method, case["level_mean_fen"])
    usual = case | {
        "status": "grouped",
        "los_days": 9,
        "review_decision": None,
        "total_fen": reference * multiple // 1_000,
        "self_paid_fen": 0,
        "first_self_pay_fen": 0,
    }
    less, more = (_normal(method, usual, weight) for weight in (low, high))
    assume(less["kind"] == more["kind"] == "normal")
    assert less["worth"] <= more["worth"]
    if method == "drg_rate":
        assert less["fund"] <= more["fund"]


@UNTIMED
@given(
    budgets=st.tuples(st.integers(0, 10**13), st.integers(0, 10**13)),
    ratio=st.integers(1, 10_000),
    weight=st.integers(1, 10**10),
)
def test_a_larger_budget_never_lowers_the_rate(budgets: tuple[int, int], ratio: int, weight: int) -> None:
    less, more = (rate_from_budget(budget, ratio, weight, 0) for budget in sorted(budgets))
    assert 0 <= less <= more


POOL = view_with(
    {
        "payment/points/pools": "joint",
        "payment/points/pool_base": "fund_and_others",
        "payment/points/value/source": "settlement",
        "payment/drg/base_rate/budget": "{employee: 70000000, resident: 50000000}",
    }
)
POINTED = st.lists(st.tuples(st.sampled_from(HOSPITALS), st.integers(1, 10**11)), min_size=1, max_size=20)


@UNTIMED
@given(drawn=POINTED, others=st.integers(0, 10**12), data=st.data())
def test_a_pool_is_shared_alike_in_any_order_of_hospitals_and_cases_and_to_the_fen(
    drawn: list[tuple[str, int]], others: int, data: st.DataObject
) -> None:
    turned = data.draw(st.permutations(drawn))
    found, other = (_shared(rows, others) for rows in (drawn, turned))
    # Cases of a hospital with the same points may change places with each other, no more than that.
    assert found == other
    assert sum(part * count for (_, _, part), count in found.items()) == 12_000_000_000 + others


def _shared(rows: list[tuple[str, int]], others_fen: int) -> Counter[tuple[str, int, int]]:
    points: dict[str, int] = {}
    for hospital, own in rows:
        points[hospital] = points.get(hospital, 0) + own
    value = value_points(POOL, "joint", PoolFacts(points, others_fen))
    assert all(isinstance(each, int) for each in value.gross_fen.values())
    cases = pl.DataFrame(
        [("joint", hospital, own) for hospital, own in rows],
        schema=["pool", "institution_id", "points_e6"],
        orient="row",
    )
    parts = share_by_points(cases, {("joint", hospital): fen for hospital, fen in value.gross_fen.items()})
    return Counter((hospital, own, int(part)) for (hospital, own), part in zip(rows, parts, strict=True))


@UNTIMED
@given(points=st.dictionaries(st.sampled_from(HOSPITALS), st.integers(1, 10**7), min_size=1), others=st.tuples(
    st.integers(0, 10**12), st.integers(0, 10**12)
))  # fmt: skip
def test_more_money_in_the_pool_never_lowers_the_value_or_a_hospital_s_part(
    points: dict[str, int], others: tuple[int, int]
) -> None:
    in_e6 = {hospital: each * POINT_E6 for hospital, each in points.items()}
    less, more = (value_points(POOL, "joint", PoolFacts(in_e6, money)) for money in sorted(others))
    assert less.fen_per_point <= more.fen_per_point
    # The largest remainder may give a fen to another hospital when a fen is added.
    assert all(less.gross_fen[each] <= more.gross_fen[each] + 1 for each in points)


def _case_id(case: Mapping[str, Any]) -> str:
    return str(case["case_id"])
