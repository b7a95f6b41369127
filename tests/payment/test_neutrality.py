"""Factors that claim to be neutral, and bonuses that stack."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_e4, ratio_to_e4, round_half_up, yuan_to_fen
from tongchou.core.text import Text
from tongchou.payment.neutrality import apply_factors, neutral_factor, pay_after_bonuses, report_neutrality, stack

CAPPED = [
    view_with({"payment/bonus/stacking": method, "payment/bonus/total_cap": "0.1"})
    for method in ("additive", "multiplicative")
]
BALANCED = view_with({"payment/bonus/neutrality": "balance"})
RANK = Text("排名系数", "rank factor")


@worked("payment/neutrality.yaml")
def test_neutrality(case: Worked) -> None:
    before = {one: yuan_to_fen(amount) for one, amount in case.given["before"].items()}
    after = apply_factors(before, {one: Fraction(each) for one, each in case.given["factors"].items()})
    report = report_neutrality(RANK, before, after)
    assert after == {one: yuan_to_fen(amount) for one, amount in case.expect["after"].items()}
    assert report.difference_fen == yuan_to_fen(case.expect["difference"])
    assert format_e4(round_half_up(report.neutral_factor * 10_000)) == case.expect["factor"]
    neutral = {one: yuan_to_fen(amount) for one, amount in case.expect["neutral"].items()}
    assert {each.institution_id: each.neutral_fen for each in report.effects} == neutral
    assert report.explanation.outcome.zh.startswith("中性" if not report.difference_fen else "不中性")


@worked("payment/stacking.yaml")
def test_stacking(case: Worked) -> None:
    found = stack(case.view, {name: ratio_to_e4(each) for name, each in case.given.items()})
    assert found.factor == Fraction(case.expect["factor"])
    assert found.on(500_000) == yuan_to_fen(case.expect["standard"])
    assert bool(found.explanation.rejected) == ("capped" in case.expect)
    assert len(found.explanation.parameters) == 2


@worked("payment/paid_after_bonuses.yaml")
def test_what_is_paid_after_bonuses(case: Worked) -> None:
    before = {one: yuan_to_fen(amount) for one, amount in case.given["before"].items()}
    after = apply_factors(before, {one: Fraction(each) for one, each in case.given["factors"].items()})
    found, expect = pay_after_bonuses(case.view, before, after), case.expect
    assert (found.added_fen, found.deducted_fen) == (yuan_to_fen(expect["added"]), yuan_to_fen(expect["deducted"]))
    assert found.net_fen == yuan_to_fen(expect["net"])
    assert found.paid_fen == {one: yuan_to_fen(amount) for one, amount in expect["paid"].items()}
    assert bool(found.explanation.rejected) == ("cut" in expect)
    assert [read.name for read in found.explanation.parameters] == ["payment/bonus/neutrality"]


def test_weights_of_1800_come_back_to_1710_by_095() -> None:
    assert neutral_factor(1_710, 1_800) == Fraction(95, 100)


def test_without_a_total_there_is_no_neutral_factor() -> None:
    with pytest.raises(TongchouError, match=r"payment\.no_neutral_factor"):
        report_neutrality(RANK, {"H1": 5}, {"H1": 0})
    with pytest.raises(TongchouError, match=r"payment\.no_neutral_factor"):
        report_neutrality(RANK, {"H1": 5}, {"H2": 5})
    with pytest.raises(TongchouError, match=r"payment\.no_neutral_factor"):
        pay_after_bonuses(BALANCED, {"H1": 5}, {"H2": 5})


@given(st.dictionaries(st.sampled_from("ABCDE"), st.tuples(st.integers(1, 10**12), st.integers(1, 20_000)), min_size=1))
def test_made_neutral_the_total_is_kept_to_the_fen(rows: dict[str, tuple[int, int]]) -> None:
    before = {one: amount for one, (amount, _) in rows.items()}
    after = apply_factors(before, {one: Fraction(factor, 10_000) for one, (_, factor) in rows.items()})
    if not sum(after.values()):
        return
    report = report_neutrality(RANK, before, after)
    assert sum(each.neutral_fen for each in report.effects) == report.before_fen == sum(before.values())
    for each in report.effects:
        assert abs(each.neutral_fen - each.after_fen * report.neutral_factor) < 1
    turned = report_neutrality(RANK, dict(reversed(before.items())), after)
    assert turned == report


@given(st.lists(st.integers(-500, 1_000), max_size=5))
def test_bonuses_never_add_more_than_the_cap(bonuses: list[int]) -> None:
    named = {f"b{number}": bonus for number, bonus in enumerate(bonuses)}
    for view in CAPPED:
        assert stack(view, named).factor <= Fraction(11, 10)


@given(
    before=st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(0, 10**12), min_size=1),
    rates=st.lists(st.sampled_from([-300, 0, 500, 1130]), min_size=8, max_size=8),
)
def test_balanced_bonuses_never_cost_the_fund_and_sum_to_the_fen(before: dict[str, int], rates: list[int]) -> None:
    after = apply_factors(
        before, {one: 1 + Fraction(rate, 10_000) for one, rate in zip("ABCDEFGH", rates, strict=True)}
    )
    found = pay_after_bonuses(BALANCED, before, after)
    assert found.net_fen <= 0
    assert sum(found.paid_fen.values()) == sum(before.values()) + found.net_fen
    for one, paid in found.paid_fen.items():
        assert paid == after[one] if after[one] <= before[one] else before[one] <= paid <= after[one]
