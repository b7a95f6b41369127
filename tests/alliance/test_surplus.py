"""Budget, surplus and deficit of an alliance."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tongchou.alliance.budget import Budget, measure_budget
from tongchou.alliance.facts import AllianceFacts, FundUse
from tongchou.alliance.package import measure_fund_use
from tongchou.alliance.settlement import settle_alliance
from tongchou.alliance.surplus import share_surplus
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.core.text import Text
from tongchou.policy import PolicyView

ViewOf = Callable[..., PolicyView]
FactsOf = Callable[..., AllianceFacts]

# Read as text, so that amounts reach the comparison exactly.
_FILE = Path(__file__).parents[1] / "cases" / "alliance_surplus.yaml"
WORKED = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.BaseLoader)
NOTHING = Step("test", Text.plain("-"), Text.plain("-"))


@pytest.fixture(scope="module")
def view(settlement_view: ViewOf) -> PolicyView:
    return settlement_view()


@pytest.mark.parametrize("case", WORKED, ids=[case["name"] for case in WORKED])
def test_worked_example(case: dict[str, Any], settlement_view: ViewOf, facts: FactsOf) -> None:
    view = settlement_view(case["policy"])
    budget = measure_budget(view, facts())
    outcome = share_surplus(view, budget, yuan_to_fen(case["actual"]))
    assert budget.base_fen == yuan_to_fen(case["base"])
    assert outcome.surplus_fen == yuan_to_fen(case["surplus"])
    assert outcome.rate_e4 == ratio_to_e4(case["rate"])
    assert outcome.alliance_fen == yuan_to_fen(case["alliance"])
    assert outcome.fund_fen == yuan_to_fen(case["fund"])


def test_every_slice_of_a_surplus_is_shown(view: PolicyView) -> None:
    outcome = share_surplus(view, Budget(10_000_000_000, 10_000_000_000, NOTHING), 8_800_000_000)
    shown = [(s.lower_e4, s.upper_e4, s.amount_fen, s.ratio_e4, s.alliance_fen, s.fund_fen) for s in outcome.slices]
    assert shown == [
        (0, 500, 500_000_000, 10_000, 500_000_000, 0),
        (500, 1_000, 500_000_000, 6_000, 300_000_000, 200_000_000),
        (1_000, None, 200_000_000, 0, 0, 200_000_000),
    ]


def test_a_slice_of_a_deficit_shows_the_alliances_ratio_and_negative_amounts(view: PolicyView) -> None:
    (only,) = share_surplus(view, Budget(1_000_000, 1_000_000, NOTHING), 1_010_005).slices
    # 70% of 10,005 fen is 7,003.5: the fund's part is rounded, 7,004, and the alliance bears the rest.
    assert (only.amount_fen, only.ratio_e4, only.alliance_fen, only.fund_fen) == (
        -10_005,
        3_000,
        -3_001,
        -7_004,
    )


def test_a_closed_quality_gate_is_named_in_the_explanation(settlement_view: ViewOf) -> None:
    view = settlement_view({"alliance/quality/score": "60"})
    outcome = share_surplus(view, Budget(1_000, 1_000, NOTHING), 900)
    assert "质量得分未达门槛" in outcome.explanation.rejected[0].zh
    assert "below the threshold" in outcome.explanation.rejected[0].en


def test_heads_visits_cost_is_a_product_of_three_for_each_kind_of_care(settlement_view: ViewOf, facts: FactsOf) -> None:
    view = settlement_view({"alliance/budget/base": "heads_visits_cost"})
    budget = measure_budget(view, facts(heads=100_001))
    # 100,001 x 0.15 x 4,200.35 = 63,005,880.0525 and 100,001 x 6 x 48.10 = 28,860,288.60 yuan.
    assert budget.base_fen == budget.comparison_fen == 6_300_588_005 + 2_886_028_860


def test_outpatient_care_outside_the_package_counts_in_neither_budget_nor_use(
    settlement_view: ViewOf, facts: FactsOf
) -> None:
    view = settlement_view({"alliance/budget/base": "heads_visits_cost", "alliance/package/outpatient": "excluded"})
    known = facts(heads=100_001, fund_use=FundUse(1, 20, 300, 4_000))
    assert measure_budget(view, known).base_fen == 6_300_588_005
    actual, step = measure_fund_use(view, known)
    assert actual == 21
    assert "未计入" in step.rejected[0].zh


def test_fund_use_counts_wherever_people_were_treated(view: PolicyView, facts: FactsOf) -> None:
    actual, _ = measure_fund_use(view, facts(fund_use=FundUse(1, 20, 300, 4_000)))
    assert actual == 4_321


@pytest.mark.parametrize(
    "name",
    [
        "alliance/budget/base",
        "alliance/budget/comparison",
        "alliance/package/population",
        "alliance/package/outpatient",
    ],
)
def test_a_choice_that_names_no_rule_is_refused(name: str, settlement_view: ViewOf, facts: FactsOf) -> None:
    view = settlement_view({name: "something_else"})
    with pytest.raises(TongchouError) as refused:
        settle_alliance(view, facts())
    assert (refused.value.code, refused.value.where) == ("alliance.unknown_choice", name)


def test_a_budget_of_nothing_is_refused(settlement_view: ViewOf, facts: FactsOf) -> None:
    view = settlement_view({"alliance/budget/base": "heads_visits_cost"})
    with pytest.raises(TongchouError) as refused:
        measure_budget(view, facts(heads=0))
    assert refused.value.code == "alliance.no_budget"


@given(base=st.integers(1, 10**13), ratio=st.decimals(0, 3, places=4), odd=st.integers(-1, 1))
def test_slices_sum_to_the_surplus_and_both_parts(view: PolicyView, base: int, ratio: Decimal, odd: int) -> None:
    actual = max(0, int(base * ratio) + odd)
    outcome = share_surplus(view, Budget(base, base, NOTHING), actual)
    assert outcome.surplus_fen == base - actual
    assert sum(s.amount_fen for s in outcome.slices) == outcome.surplus_fen
    assert sum(s.alliance_fen for s in outcome.slices) == outcome.alliance_fen
    assert outcome.alliance_fen + outcome.fund_fen == outcome.surplus_fen
    sign = 1 if outcome.surplus_fen >= 0 else -1
    assert all(sign * part >= 0 for s in outcome.slices for part in (s.amount_fen, s.alliance_fen, s.fund_fen))
