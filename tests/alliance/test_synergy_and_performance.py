"""Synergy bonus, performance scores, ranks and the neutrality of what they do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worked import Worked, view_with, worked

from tongchou.alliance.performance import (
    down_share_score,
    explain_neutrality,
    neutrality,
    performance_score,
    rank_effect,
    rank_members,
    total_factor,
)
from tongchou.alliance.synergy import synergy_bonus
from tongchou.core.errors import TongchouError
from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.policy import PolicyView

RANKS = {
    "alliance/performance/top_share": 0.2,
    "alliance/performance/bottom_share": 0.1,
    "alliance/performance/ties": "all",
    "alliance/performance/effect": {
        "top": {"standard": 0.05, "subsidy": 0.1, "director_pay": 0},
        "bottom": {"standard": -0.03, "subsidy": 0, "director_pay": -0.2},
    },
}


@worked("alliance/synergy_and_performance.yaml")
def test_bonus_score_and_factor(case: Worked) -> None:
    figures, expect, view = case.given, case.expect, case.view
    if "bonus_of" in figures:
        bonus = synergy_bonus(view, "H2", {name: ratio_to_e4(each) for name, each in figures["bonus_of"].items()})
        assert list(bonus.counted) == expect["counted"]
        assert bonus.bonus_e4 == ratio_to_e4(expect["bonus"])
        assert bonus.on(yuan_to_fen(figures["standard"])) == yuan_to_fen(expect["standard"])
        assert set(bonus.explanation.parameters) == set(view.reads)
        assert len(bonus.explanation.rejected) == 3 - len(bonus.counted)
    elif "down_share" in figures:
        assert down_share_score(view, ratio_to_e4(figures["down_share"])) == ratio_to_e4(expect["score"])
    elif "synergy" in figures:
        score = performance_score(view, ratio_to_e4(figures["synergy"]), ratio_to_e4(figures["other"]))
        assert score == ratio_to_e4(expect["whole"])
    else:
        factor = total_factor(view, ratio_to_e4(figures["bonus"]), ratio_to_e4(figures["rank"]))
        assert factor == ratio_to_e4(expect["factor"])


def test_a_weight_of_synergy_below_the_least_is_refused() -> None:
    view = view_with({"alliance/performance/synergy_weight": 0.19, "alliance/performance/least_synergy_weight": 0.2})
    with pytest.raises(TongchouError) as refused:
        performance_score(view, 1, 1)
    assert refused.value.code == "alliance.synergy_weight_low"


@pytest.fixture(scope="module")
def ranks() -> PolicyView:
    return view_with(RANKS)


def test_of_ten_members_two_are_at_the_top_and_one_at_the_bottom(ranks: PolicyView) -> None:
    ranking = rank_members(ranks, {f"H{number}": number for number in range(10)})
    assert [member for member, group in ranking.groups.items() if group == "top"] == ["H8", "H9"]
    assert [member for member, group in ranking.groups.items() if group == "bottom"] == ["H0"]
    assert rank_effect(ranks, "top", "standard") == 500
    assert rank_effect(ranks, "bottom", "director_pay") == -2_000
    assert rank_effect(ranks, "middle", "subsidy") == 0


@pytest.mark.parametrize(("ties", "top"), [("all", ["H7", "H8", "H9"]), ("none", ["H9"])])
def test_who_ties_at_the_edge_of_the_top(ties: str, top: list[str]) -> None:
    scores = {f"H{number}": number for number in range(10)} | {"H7": 8}
    ranking = rank_members(view_with(RANKS | {"alliance/performance/ties": ties}), scores)
    assert [member for member, group in ranking.groups.items() if group == "top"] == top


def test_where_all_tie_nobody_is_at_the_top_or_the_bottom(ranks: PolicyView) -> None:
    ranking = rank_members(ranks, {f"H{number}": 5 for number in range(10)})
    assert set(ranking.groups.values()) == {"middle"}
    assert "in the middle" in ranking.explanation.rejected[0].en


def test_five_percent_more_and_three_percent_less_are_not_neutral() -> None:
    found = neutrality({"H1": 100_000, "H2": 100_000, "H3": 100_000}, {"H1": 10_500, "H3": 9_700})
    assert (found.before_fen, found.after_fen, found.difference_fen) == (300_000, 302_000, 2_000)
    assert found.members_fen == {"H1": 5_000, "H2": 0, "H3": -3_000}
    assert explain_neutrality(found).outcome.en == "3,000.00 yuan become 3,020.00: 20.00 more"


@given(scores=st.dictionaries(st.sampled_from([f"H{n}" for n in range(12)]), st.integers(0, 5)), data=st.data())
def test_ranks_do_not_depend_on_the_order_and_no_top_member_scores_less_than_another(
    ranks: PolicyView, scores: dict[str, int], data: st.DataObject
) -> None:
    groups = rank_members(ranks, scores).groups
    shuffled = dict(data.draw(st.permutations(list(scores.items()))))
    assert rank_members(ranks, shuffled).groups == groups
    place = {"bottom": 0, "middle": 1, "top": 2}
    for one, group in groups.items():
        for other, another in groups.items():
            assert scores[one] < scores[other] or place[group] >= place[another]
