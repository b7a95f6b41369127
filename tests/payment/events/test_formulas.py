"""What the formulas of single events keep, whatever the figures."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.payment.events.batch import Used
from tongchou.payment.events.event import Event
from tongchou.payment.events.exam_reuse import cost_plus, direction
from tongchou.payment.events.follow_up import fee_by_month, with_stops
from tongchou.payment.events.per_diem import Stage, price_of_days
from tongchou.payment.events.remote_reading import divide_charge
from tongchou.payment.events.service_unit import price_sliding, price_to_ceiling
from tongchou.payment.events.two_diseases import fund_part
from tongchou.payment.events.value_factor import TIERS, quartile_tiers
from tongchou.policy import Bands

STAGES = (Stage(30, 32_000), Stage(90, 26_000), Stage(None, 22_000))
SLIDING = Bands(((0, 10_000, 10_000), (10_000, 12_000, 7_000), (12_000, None, 3_000)), includes_upper=True)


@given(pieces=st.lists(st.integers(0, 60), max_size=6))
def test_days_cost_the_same_however_a_stay_is_cut(pieces: list[int]) -> None:
    paid = sum(price_of_days(STAGES, sum(pieces[:n]), days) for n, days in enumerate(pieces))
    assert paid == price_of_days(STAGES, 0, sum(pieces))


@given(units=st.integers(0, 10_000), volume=st.integers(0, 5_000), price=st.integers(0, 10**6))
def test_guards_never_pay_more_than_no_guard_nor_less_for_more_units(units: int, volume: int, price: int) -> None:
    for guarded in (price_to_ceiling, lambda p, u, v: price_sliding(p, u, v, SLIDING)):
        assert 0 <= guarded(price, units, volume) <= price * units
        assert guarded(price, units, volume) <= guarded(price, units + 1, volume)
        if units <= volume:
            assert guarded(price, units, volume) == price * units


def test_a_bound_between_two_units_splits_the_unit() -> None:
    # 5 agreed, the first bound at 6; of 7 units the seventh at 0.3: 5 + 0.7 + 0.3 = 6 units.
    assert price_sliding(1_000, 7, 5, SLIDING) == 6_000
    # 3 agreed, the bound at 3.6: the fourth unit is 0.6 at 0.7 and 0.4 at 0.3, so 0.54 of a unit.
    assert price_sliding(1_000, 4, 3, SLIDING) == 3_540


@given(yearly=st.integers(0, 10**7), months=st.integers(1, 36))
def test_a_follow_up_fee_sums_to_its_years_and_differs_by_a_fen_at_most(yearly: int, months: int) -> None:
    fees = fee_by_month(yearly, "2025-11", months)
    assert len(fees) == months
    assert abs(12 * sum(fees.values()) - yearly * months) <= 6
    assert max(fees.values()) - min(fees.values()) <= 1


def follow_up(event_id: str, day: date, holder: str, person: str = "P1", disease: str = "lipids") -> Event:
    return Event(event_id, "follow_up_start", day, holder, person_id=person, disease=disease, case_id="C1")


def test_a_later_enrolment_takes_over_and_death_ends_both() -> None:
    first, second = follow_up("F1", date(2025, 1, 9), "T1"), follow_up("F2", date(2025, 5, 2), "T2")
    other = follow_up("F3", date(2025, 2, 2), "T1", disease="stroke")
    stops = {e.event_id: e.stops_on for e in with_stops([second, other, first], {"P1": date(2025, 8, 1)})}
    assert stops == {"F1": date(2025, 5, 2), "F2": date(2025, 8, 1), "F3": date(2025, 8, 1)}
    stops = {e.event_id: e.stops_on for e in with_stops([first, second], {"P2": date(2025, 8, 1)})}
    assert stops == {"F1": date(2025, 5, 2), "F2": None}


@given(charge=st.integers(0, 10**8), share=st.integers(0, 10_000))
def test_one_charge_is_divided_without_loss(charge: int, share: int) -> None:
    kept, reader = divide_charge(charge, share)
    assert kept + reader == charge
    assert min(kept, reader) >= 0


@pytest.mark.parametrize(
    ("origin", "user", "expected"),
    [("tertiary", "secondary", "down"), ("primary", "tertiary", "up"), ("secondary", "secondary", "across")],
)
def test_direction_is_from_where_a_result_was_made_to_where_it_is_used(origin: str, user: str, expected: str) -> None:
    assert direction(origin, user) == expected


def test_cost_price_and_fee_are_rounded_once_half_up() -> None:
    assert [cost_plus(cost, 1_000) for cost in (12_000, 1_235, 5, 4)] == [13_200, 1_359, 6, 4]


@given(gains=st.lists(st.integers(-5, 5), min_size=1, max_size=60))
def test_tiers_ascend_with_the_gain_and_equal_gains_share_one(gains: list[int]) -> None:
    named = {f"V{n}": gain for n, gain in enumerate(gains)}
    tiers = quartile_tiers(named)
    by_gain = {named[case]: tier for case, tier in tiers.items()}
    assert all(by_gain[named[case]] == tier for case, tier in tiers.items())
    assert [by_gain[gain] for gain in sorted(by_gain)] == sorted(by_gain.values())
    assert quartile_tiers(dict(reversed(named.items()))) == tiers


@pytest.mark.parametrize("count", [4, 8, 40])
def test_gains_that_all_differ_fill_the_quarters_evenly(count: int) -> None:
    tiers = list(quartile_tiers({f"V{n}": n for n in range(count)}).values())
    assert [tiers.count(tier) for tier in TIERS] == [count // 4] * 4


@given(
    costs=st.lists(st.integers(0, 10**6), max_size=10),
    deductible=st.integers(0, 10**6),
    cap=st.integers(0, 10**6),
    ratio=st.integers(5_000, 10_000),
)
def test_purchases_never_exceed_the_cap_nor_the_cost_over_the_deductible(
    costs: list[int], deductible: int, cap: int, ratio: int
) -> None:
    used = Used()
    for cost in costs:
        paid = fund_part(cost, used, deductible, cap, ratio)
        assert 0 <= paid <= cost
        used = Used(used.in_scope_fen + cost, used.fund_fen + paid)
    assert used.fund_fen <= cap
    assert used.fund_fen <= max(0, used.in_scope_fen - deductible) + len(costs)
