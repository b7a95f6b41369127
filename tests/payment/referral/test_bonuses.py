"""Synergy points, ranks, the down-share's score, and quality after referral."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.payment.referral.down_share import down_share_score, synergy_points, whole_score
from tongchou.payment.referral.quality import quality_after_referral
from tongchou.payment.referral.ranking import rank
from tongchou.payment.referral.synergy import SynergyFacts, synergy_bonus

PLACE = "payment/referral"
THRESHOLDS: dict[str, object] = {
    f"{PLACE}/synergy/{name}/{part}": value
    for name, bound in (("down_share", "0.1"), ("shared_hours", "500"), ("cost_drop", "0.05"))
    for part, value in (("threshold", bound), ("operator", "ge"))
}


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
    assert found.step.parameters == case.view.reads


def test_every_test_shows_its_figure_beside_its_threshold() -> None:
    values: dict[str, object] = {f"{PLACE}/synergy/points": "counted", f"{PLACE}/synergy/per_point": "0.02"}
    values |= THRESHOLDS | {f"{PLACE}/synergy/cap": "0.1", f"{PLACE}/synergy/shared_hours/operator": "gt"}
    found = synergy_bonus(view_with(values), SynergyFacts("S1", Fraction(999, 10_000), 600, None))
    assert [fact.value for fact in found.step.facts] == [
        "999/10000 (0.0999), ≥ 1/10 (0.1000)", "600, > 500", "-, ≥ 1/20 (0.0500)",
    ]  # fmt: skip
    assert [text.en for text in found.step.rejected] == [
        "down-referral share does not reach its threshold: no point",
        "drop of group costs was not measured: no point",
    ]


def test_declared_points_that_are_missing_are_not_zero() -> None:
    values = THRESHOLDS | {f"{PLACE}/synergy/points": "declared"}
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


RANKS = {
    f"{PLACE}/rank/{name}": value
    for name, value in (
        ("top/share", "0.2"), ("top/rate", "0.05"), ("top/subsidy", "0.1"), ("bottom/share", "0.1"),
        ("bottom/rate", "0.03"), ("bottom/director_pay", "0.2"), ("places", "half_up"),
    )
}  # fmt: skip
BY_TIES = [view_with(RANKS | {f"{PLACE}/rank/ties": ties}) for ties in ("include", "exclude")]


@given(scores=st.dictionaries(st.sampled_from([f"H{n}" for n in range(12)]), st.integers(0, 5)), data=st.data())
def test_nobody_stands_below_one_who_scores_less_whatever_the_order(
    scores: dict[str, int], data: st.DataObject
) -> None:
    shuffled = dict(data.draw(st.permutations(list(scores.items()))))
    heights = {"bottom": 0, "middle": 1, "top": 2}
    for view in BY_TIES:
        ranked = rank(view, scores).ranked
        assert rank(view, shuffled).ranked == ranked
        for one, its in ranked.items():
            for other, others in ranked.items():
                assert scores[one] < scores[other] or heights[its.place] >= heights[others.place]


def test_where_all_tie_everybody_is_in_the_middle() -> None:
    found = rank(BY_TIES[0], {f"H{number}": 5 for number in range(10)})
    assert {each.place for each in found.ranked.values()} == {"middle"}
    assert len(found.step.rejected) == 10


@worked("payment/referral/down_share.yaml")
def test_the_down_shares_score_and_its_part_in_the_assessment(case: Worked) -> None:
    score = down_share_score(case.view, Fraction(case.given["share"]))
    assert score.value_e4 == ratio_to_e4(case.expect["score"])
    assert synergy_points(case.view, score.value_e4).value_e4 == ratio_to_e4(case.expect["points"])
    if "whole" in case.expect:
        whole = whole_score(case.view, score.value_e4, ratio_to_e4(case.given["others"]))
        assert whole.value_e4 == ratio_to_e4(case.expect["whole"])


LINES = {
    f"{PLACE}/down_share/zero": "0.05",
    f"{PLACE}/down_share/zero_operator": "lt",
    f"{PLACE}/down_share/full": "0.10",
    f"{PLACE}/down_share/full_operator": "ge",
}
SCORED = view_with(LINES)


@given(shares=st.tuples(st.fractions(0, 1), st.fractions(0, 1)))
def test_a_higher_share_never_scores_less(shares: tuple[Fraction, Fraction]) -> None:
    low, high = (down_share_score(SCORED, share).value_e4 for share in sorted(shares))
    assert 0 <= low <= high <= 10_000


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
    with pytest.raises(TongchouError, match=r"payment\.referral\.weight"):
        whole_score(view, 10_000, 10_000)


@worked("payment/referral/quality.yaml")
def test_complications_after_down_referral(case: Worked) -> None:
    found = quality_after_referral(case.view, 400_000, 500_000, Fraction(case.given["rise"]))
    assert found.value_e4 == ratio_to_e4(case.expect["total"])
