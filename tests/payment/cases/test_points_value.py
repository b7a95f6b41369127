"""What points are worth, and how a pool is split by them to the fen."""

import itertools
from collections.abc import Mapping
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_e4, round_half_up, yuan_to_fen
from tongchou.payment.cases.points_value import POINT_E6, PoolFacts, value_points
from tongchou.payment.cases.sharing import share_by_points
from tongchou.policy import PolicyView


def view(**changes: object) -> PolicyView:
    values: dict[str, object] = {
        "payment/points/pools": "joint",
        "payment/points/pool_base": "fund_and_others",
        "payment/points/value/source": "settlement",
        "payment/points/value/budget": "{default: 10}",
        "payment/points/value/corridor": "0.05",
        "payment/drg/base_rate/budget": "{employee: 70000000, resident: 50000000}",
        "payment/drg/base_rate/compensation_ratio": "{default: 0.7}",
    }
    return view_with(values | {name.replace("__", "/"): value for name, value in changes.items()})


def fen(amounts: Mapping[str, str]) -> dict[str, int]:
    return {hospital: yuan_to_fen(amount) for hospital, amount in amounts.items()}


POINTS = {"H1": 5_200_000 * 10**6, "H2": 3_100_000 * 10**6, "H3": 1_250_000 * 10**6}


@worked("payment/points_value.yaml")
def test_points_are_worth_what_the_document_reckons(case: Worked) -> None:
    points = {hospital: int(each) * POINT_E6 for hospital, each in case.given["points"].items()}
    others = fen(case.given.get("others", {}))
    found = value_points(case.view, case.given.get("pool", "joint"), PoolFacts(points, sum(others.values())))
    assert format_e4(round_half_up(found.fen_per_point * 100)) == case.expect["value"]
    assert (found.pool_fen, found.left_fen) == (yuan_to_fen(case.expect["pool"]), yuan_to_fen(case.expect["left"]))
    assert found.gross_fen == fen(case.expect["gross"])
    assert sum(found.gross_fen.values()) + found.left_fen == found.pool_fen
    if "exact" in case.expect:
        assert int(found.fen_per_point * 10_000) == int(Decimal(case.expect["exact"]) * 1_000_000)
    if "each" in case.expect:
        each = {hospital: round_half_up(found.fen_per_point * own / POINT_E6) for hospital, own in points.items()}
        assert each == fen(case.expect["each"])
        assert sum(each.values()) == found.pool_fen - 1
    if "alarm" in case.expect:
        alarms = [text.zh for text in found.step.rejected] or ["none"]
        assert len(alarms) == 1
        assert case.expect["alarm"] in alarms[0]
    else:
        assert found.step.rejected == ()
    if "due" in case.expect:
        due = {hospital: gross - others[hospital] for hospital, gross in found.gross_fen.items()}
        assert due == fen(case.expect["due"])


@pytest.mark.parametrize(
    ("others", "source", "gross", "left"),
    [
        (0, "settlement", 12_000_000_000, 0),
        (1_000_000_000, "corridor_high", 12_600_000_000, 400_000_000),
        (-1_000_000_000, "corridor_low", 11_400_000_000, -400_000_000),
    ],
)
def test_a_value_outside_the_corridor_is_its_bound_and_the_pool_says_what_is_left(
    others: int, source: str, gross: int, left: int
) -> None:
    corridor = view(payment__points__value__source="corridor")
    value = value_points(corridor, "joint", PoolFacts({"H1": 12_000_000 * 10**6}, others))
    assert (value.source, value.gross_fen["H1"], value.left_fen) == (source, gross, left)


def test_a_pool_without_points_has_no_value() -> None:
    with pytest.raises(TongchouError, match=r"payment\.no_points"):
        value_points(view(), "joint", PoolFacts({"H1": 0}, 5))


def test_a_larger_budget_never_lowers_the_value() -> None:
    budgets = [f"{{employee: {each}, resident: 1}}" for each in (1_000, 1_001, 5_000_000)]
    values = [
        value_points(view(payment__drg__base_rate__budget=each), "joint", PoolFacts(POINTS, 7)).fen_per_point
        for each in budgets
    ]
    assert values == sorted(values)


CASES = st.lists(
    st.tuples(st.sampled_from(["employee", "resident"]), st.sampled_from(["H1", "H2"]), st.integers(0, 10**11)),
    min_size=1,
    max_size=30,
)


@given(CASES, st.integers(0, 10**13))
def test_cases_parts_sum_to_their_hospital_s_money_and_no_more_points_earn_less(
    drawn: list[tuple[str, str, int]], money: int
) -> None:
    cases = pl.DataFrame(drawn, schema=["pool", "institution_id", "points_e6"], orient="row")
    with_points = {(pool, hospital) for pool, hospital, points in drawn if points}
    gross = {(pool, hospital): money if (pool, hospital) in with_points else 0 for pool, hospital, _ in drawn}
    parts = share_by_points(cases, gross)
    for key, whole in gross.items():
        own = [(points, int(part)) for (*place, points), part in zip(drawn, parts, strict=True) if tuple(place) == key]
        assert sum(part for _, part in own) == whole
        ordered = sorted(own)
        assert all(low[1] <= high[1] for low, high in itertools.pairwise(ordered) if low[0] < high[0])
