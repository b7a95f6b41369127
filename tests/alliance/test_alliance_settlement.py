"""The settlement of an alliance as a whole."""

from collections.abc import Callable

import pytest
from tests.accounts import totals_of

from tongchou.alliance.facts import AllianceFacts, MemberFacts
from tongchou.alliance.settlement import settle_alliance
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import explanation_as_text
from tongchou.policy import PolicyView

ViewOf = Callable[..., PolicyView]
FactsOf = Callable[..., AllianceFacts]
MemberOf = Callable[..., MemberFacts]


def test_a_surplus_goes_from_the_budget_to_the_members(settlement_view: ViewOf, facts: FactsOf) -> None:
    settled = settle_alliance(settlement_view(), facts(51_000_000_000))
    assert (settled.base_fen, settled.comparison_fen, settled.actual_fen) == (
        53_400_000_000,
        53_400_000_000,
        51_000_000_000,
    )
    assert (settled.surplus_fen, settled.rate_e4) == (2_400_000_000, 449)
    assert (settled.alliance_fen, settled.fund_fen, settled.reserve_fen) == (2_400_000_000, 0, 240_000_000)
    assert settled.members_fen["C1"] == 2 * 371_997_000
    assert sum(settled.members_fen.values()) + settled.reserve_fen == settled.alliance_fen


def test_a_deficit_reaches_every_member_with_a_negative_share(settlement_view: ViewOf, facts: FactsOf) -> None:
    settled = settle_alliance(settlement_view(), facts(54_400_000_000))
    assert (settled.surplus_fen, settled.alliance_fen, settled.fund_fen) == (
        -1_000_000_000,
        -300_000_000,
        -700_000_000,
    )
    assert settled.members_fen["H1"] == -67_500_000
    assert settled.reserve_fen == -30_000_000


@pytest.mark.parametrize(
    ("changes", "actual"),
    [
        ({}, 51_000_000_000),
        ({}, 54_400_000_000),
        ({"alliance/split/mode": "contribution"}, 51_000_000_000),
        ({"alliance/budget/base": "heads_visits_cost"}, 9_000_000_000),
    ],
    ids=["surplus", "deficit", "contribution", "heads x visits x cost"],
)
def test_the_explanation_names_every_parameter_that_was_read(
    changes: dict[str, object], actual: int, settlement_view: ViewOf, facts: FactsOf
) -> None:
    view = settlement_view(changes)
    settled = settle_alliance(view, facts(actual))
    explained = [read for step in settled.explanation.walk() for read in step.parameters]
    assert set(explained) == set(view.reads)
    assert len(view.reads) >= 7


def test_the_explanation_reads_in_both_languages(settlement_view: ViewOf, facts: FactsOf) -> None:
    explanation = settle_alliance(settlement_view(), facts(51_000_000_000)).explanation
    assert "结余 24,000,000.00 元（0.0449），留用 24,000,000.00 元" in explanation_as_text(explanation, "zh")
    english = explanation_as_text(explanation, "en")
    assert "surplus 24,000,000.00 yuan (0.0449): 24,000,000.00 kept" in english
    assert "C1 (basis / yuan): 41333 / 7,439,940.00" in english


def test_a_member_listed_twice_is_refused(facts: FactsOf, member: MemberOf) -> None:
    with pytest.raises(TongchouError) as refused:
        facts(members=(member("C1", "primary"), member("H1", "lead"), member("C1", "hospital")))
    assert refused.value.code == "alliance.duplicate_member"
    assert "C1" in refused.value.where


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(TongchouError) as refused:
        MemberFacts("H1", "boss", {})
    assert refused.value.code == "alliance.unknown_role"


@pytest.mark.parametrize(
    ("changes", "actual", "labels"),
    [
        ({}, 51_000_000_000, ["总额预算", "结余", "减：退回基金", "医联体留用"]),
        ({}, 54_400_000_000, ["总额预算", "超支", "由基金承担", "医联体承担"]),
        ({"alliance/budget/comparison": "prior_year"}, 51_000_000_000, ["总额预算", "既无结余也无超支"]),
        ({"alliance/budget/comparison": "prior_year"}, 40_000_000_000, ["结余的比较基数", "结余", "医联体留用"]),
    ],
    ids=["surplus", "deficit", "neither", "surplus against last year"],
)
def test_the_account_adds_up_from_the_budget_to_every_member(
    changes: dict[str, object], actual: int, labels: list[str], settlement_view: ViewOf, facts: FactsOf
) -> None:
    settled = settle_alliance(settlement_view(changes), facts(actual))
    account = settled.explanation.account
    said = {line.label.zh for line in account}
    assert set(labels) <= said
    assert totals_of(account) == [settled.alliance_fen] * (2 if settled.alliance_fen else 1)
    assert {name for name, fen in settled.members_fen.items() if fen} <= said
