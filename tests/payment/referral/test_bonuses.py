"""Synergy points, ranks, stacking, neutrality, the down-share's score, quality, and levels."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import ratio_to_e4, round_half_up, yuan_to_fen
from tongchou.payment.referral.down_share import down_share_score, linked_prepayment, synergy_points
from tongchou.payment.referral.level_difference import level_differences
from tongchou.payment.referral.quality import quality_after_referral
from tongchou.payment.referral.ranking import rank
from tongchou.payment.referral.stacking import neutrality, stack
from tongchou.payment.referral.synergy import SynergyFacts, synergy_bonus

PLACE = "payment/referral"


def ratio(told: Mapping[str, Any], name: str) -> Fraction | None:
    return Fraction(told[name]) if name in told else None


def count(told: Mapping[str, Any], name: str) -> int | None:
    return int(told[name]) if name in told else None


@worked("payment/referral/synergy.yaml")
def test_the_synergy_bonus(case: Worked) -> None:
    told = case.given
    facts = SynergyFacts(
        "S1", ratio(told, "down_share"), count(told, "shared_hours"), ratio(told, "cost_drop"), count(told, "declared")
    )
    found = synergy_bonus(case.view, facts)
    assert list(found.counted) == case.expect["counted"]
    assert found.points == int(case.expect["points"])
    assert found.rate_e4 == ratio_to_e4(case.expect["rate"])
    assert found.raised(500_000) == yuan_to_fen(case.expect["standard"])
    assert case.expect.get("said", "") in " ".join(text.zh for text in found.step.rejected)
    assert len(found.step.facts) == 3


def test_declared_points_that_are_missing_are_not_zero() -> None:
    values: dict[str, object] = {f"{PLACE}/synergy/points": "declared"}
    for name, bound in (("down_share", "0.1"), ("shared_hours", "500"), ("cost_drop", "0.05")):
        values |= {f"{PLACE}/synergy/{name}/threshold": bound, f"{PLACE}/synergy/{name}/operator": "ge"}
    with pytest.raises(TongchouError, match=r"payment\.referral\.no_points"):
        synergy_bonus(view_with(values), SynergyFacts("S1", Fraction(1), 600, Fraction(1)))


@worked("payment/referral/rank.yaml")
def test_ranks(case: Worked) -> None:
    scores = {institution: ratio_to_e4(score) for institution, score in case.given.items()}
    found = rank(case.view, scores)
    for end in ("top", "bottom"):
        assert [key for key, each in found.ranked.items() if each.place == end] == case.expect[end]
    changes = {each.place: (each.rate_e4, each.subsidy_e4, each.director_pay_e4) for each in found.ranked.values()}
    whole = {"top": (500, 1_000, 0), "middle": (0, 0, 0), "bottom": (-300, 0, -2_000)}
    assert changes == {place: whole[place] for place in changes}
    reversed_order = rank(case.view, dict(reversed(scores.items())))
    assert reversed_order == found


@worked("payment/referral/stacking.yaml")
def test_bonuses_stack(case: Worked) -> None:
    found = stack(case.view, [ratio_to_e4(rate) for rate in case.given["rates"]])
    assert found.factor == Fraction(case.expect["factor"])
    assert found.raised(500_000) == yuan_to_fen(case.expect["standard"])


@worked("payment/referral/neutrality.yaml")
def test_neutrality(case: Worked) -> None:
    standards = {key: yuan_to_fen(yuan) for key, yuan in case.given["standards"].items()}
    factors = {key: Fraction(factor) for key, factor in case.given["factors"].items()}
    found = neutrality(case.view, standards, factors)
    expect = case.expect
    assert (found.added_fen, found.deducted_fen) == (yuan_to_fen(expect["added"]), yuan_to_fen(expect["deducted"]))
    assert found.net_fen == yuan_to_fen(expect["net"])
    assert {key: each.after_fen for key, each in found.changes.items()} == {
        key: yuan_to_fen(yuan) for key, yuan in expect["after"].items()
    }


BALANCED = view_with({f"{PLACE}/neutrality": "balance"})


@given(
    standards=st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(0, 10**12), min_size=1),
    rates=st.lists(st.sampled_from([-300, 0, 500, 1130]), min_size=8, max_size=8),
)
def test_balanced_bonuses_never_cost_the_fund_and_sum_to_the_fen(standards: dict[str, int], rates: list[int]) -> None:
    factors = {key: 1 + Fraction(rate, 10_000) for key, rate in zip("ABCDEFGH", rates, strict=True)}
    found = neutrality(BALANCED, standards, factors)
    assert found.net_fen <= 0
    assert sum(each.change_fen for each in found.changes.values()) == found.net_fen
    for key, each in found.changes.items():
        full = round_half_up(standards[key] * factors[key]) - standards[key]
        assert each.change_fen == full if full <= 0 else 0 <= each.change_fen <= full


@worked("payment/referral/down_share.yaml")
def test_the_down_shares_score_and_what_hangs_on_it(case: Worked) -> None:
    score = down_share_score(case.view, Fraction(case.given["share"]))
    assert score.value_e4 == ratio_to_e4(case.expect["score"])
    assert linked_prepayment(case.view, 100_000_000, score.value_e4).amount_fen == yuan_to_fen(
        case.expect["prepayment"]
    )
    assert synergy_points(case.view, score.value_e4).value_e4 == ratio_to_e4(case.expect["points"])


LINES = {
    f"{PLACE}/down_share/zero": "0.05",
    f"{PLACE}/down_share/zero_operator": "lt",
    f"{PLACE}/down_share/full": "0.10",
    f"{PLACE}/down_share/full_operator": "ge",
    f"{PLACE}/prepay_link/weight": "0.2",
}
SCORED = view_with(LINES)


@given(shares=st.tuples(st.fractions(0, 1), st.fractions(0, 1)))
def test_a_higher_share_never_scores_less_or_is_prepaid_less(shares: tuple[Fraction, Fraction]) -> None:
    low, high = (down_share_score(SCORED, share).value_e4 for share in sorted(shares))
    assert 0 <= low <= high <= 10_000
    prepaid = [linked_prepayment(SCORED, 123_457, score).amount_fen for score in (0, low, high, 10_000)]
    assert prepaid == sorted(prepaid)
    assert (prepaid[0], prepaid[-1]) == (98_766, 123_457)


def test_a_score_is_rounded_half_up_once() -> None:
    # 0.061605 is 0.2321 of the way: (0.061605 - 0.05) / 0.05 = 0.2321; one ten-millionth less is 0.232098.
    assert down_share_score(SCORED, Fraction("0.0616025")).value_e4 == 2_321
    assert down_share_score(SCORED, Fraction("0.0616024")).value_e4 == 2_320


def test_lines_in_the_wrong_order_are_refused() -> None:
    view = view_with({**LINES, f"{PLACE}/down_share/zero": "0.10"})
    with pytest.raises(TongchouError, match=r"payment\.referral\.lines"):
        down_share_score(view, Fraction(1, 20))


def test_a_weight_below_the_least_is_refused() -> None:
    view = view_with({f"{PLACE}/down_share/weight": "0.19", f"{PLACE}/down_share/least_weight": "0.20"})
    with pytest.raises(TongchouError, match=r"payment\.referral\.weight"):
        synergy_points(view, 10_000)


@worked("payment/referral/quality.yaml")
def test_complications_after_down_referral(case: Worked) -> None:
    found = quality_after_referral(case.view, 400_000, 500_000, Fraction(case.given["rise"]))
    assert found.value_e4 == ratio_to_e4(case.expect["total"])


@worked("payment/referral/level_difference.yaml")
def test_what_a_change_of_level_does_to_a_standard(case: Worked) -> None:
    assert level_differences(case.view, case.given["base"]) == {
        level: ratio_to_e4(difference) for level, difference in case.expect.items()
    }
