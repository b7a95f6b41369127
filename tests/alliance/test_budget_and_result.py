"""From the base of a budget to the year's result, with agreements and decisions of the year."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alliance.given import alliance_facts, expected_figure, figure, members
from tests.worked import Worked, view_with, worked

from tongchou.alliance.budget import Budget, measure_budget
from tongchou.alliance.facts import AllianceFacts, FundUse
from tongchou.alliance.package import measure_fund_use
from tongchou.alliance.records import BudgetAdjustment, DeficitReason, SurplusReview
from tongchou.alliance.settlement import AllianceSettlement, settle_alliance
from tongchou.alliance.surplus import share_surplus
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step, explanation_as_text
from tongchou.core.text import Text
from tongchou.policy import PolicyView

NOTHING = Step("test", Text.plain("-"), Text.plain("-"))
SPLIT = {
    "alliance/contract/type": "tight",
    "alliance/contract/package": "packaged",
    "alliance/contract/unit": "population",
    "alliance/contract/term": "open",
    "alliance/contract/timing": "pre_payment",
    "alliance/contract/allows": {"tight": {"default": "allowed"}},
    "alliance/split/mode": "contribution",
    "alliance/split/reserve_share": 0.1,
    "alliance/split/contribution_weights": {
        "contracted_heads": 1,
        "primary_visits": 0,
        "down_referrals": 0,
        "recognised_exams": 0,
        "case_weight": 0,
    },
}
PLAIN = {
    "alliance/budget/base": "prior_year_growth",
    "alliance/budget/comparison": "grown_base",
    "alliance/budget/prior_year_payments": 1000000,
    "alliance/budget/growth": 0,
    "alliance/package/population": "insured_in_area",
    "alliance/package/outpatient": "included",
    "alliance/quality/score": 88,
    "alliance/quality/threshold": 80,
    "alliance/surplus/kept": [
        {"up_to": 0.05, "value": 1},
        {"up_to": 0.1, "value": 0.6},
        {"above": "rest", "value": 0.35},
    ],
    "alliance/deficit/fund_share": [
        {"up_to": 0.05, "value": 0.7},
        {"up_to": 0.1, "value": 0.5},
        {"above": "rest", "value": 0},
    ],
}
HELD = PLAIN | {
    "alliance/surplus/review/handling": "hold",
    "alliance/surplus/review/rate": 0.08,
    "alliance/surplus/review/operator": "gt",
}
TESTED = PLAIN | {"alliance/deficit/reasons": "tested", "alliance/deficit/reason_class": {"default": "reasonable"}}


def result(view: PolicyView, facts: AllianceFacts) -> AllianceSettlement:
    """Return budget and outcome as a settlement; there is nobody to share with."""
    budget = measure_budget(view, facts)
    actual, _ = measure_fund_use(view, facts)
    outcome = share_surplus(view, budget, actual, facts.reasons, facts.review)
    return AllianceSettlement(
        alliance_id=facts.alliance_id,
        base_fen=budget.base_fen,
        comparison_fen=budget.comparison_fen,
        actual_fen=actual,
        surplus_fen=outcome.surplus_fen,
        rate_e4=outcome.rate_e4,
        slices=outcome.slices,
        alliance_fen=outcome.alliance_fen,
        fund_fen=outcome.fund_fen,
        members_fen={},
        reserve_fen=outcome.alliance_fen,
        explanation=budget.explanation,
        adjustments_fen=budget.adjustments_fen,
        deducted_fen=budget.deducted_fen,
        held_fen=outcome.held_fen,
        unreasonable_fen=outcome.unreasonable_fen,
        findings=outcome.findings,
    )


@worked("alliance/budget.yaml")
def test_a_budget_and_what_follows(case: Worked) -> None:
    settled = result(case.view, alliance_facts(case.given))
    for name, written in case.expect.items():
        assert figure(settled, name) == expected_figure(name, written), name
    assert settled.alliance_fen + settled.fund_fen == settled.surplus_fen


@worked("alliance/surplus_and_deficit.yaml")
def test_a_surplus_or_deficit(case: Worked) -> None:
    settled = result(case.view, alliance_facts(case.given))
    expect = dict(case.expect)
    codes = expect.pop("findings", None)
    for name, written in expect.items():
        assert figure(settled, name) == expected_figure(name, written), name
    if codes is not None:
        assert [finding.code for finding in settled.findings] == codes
    assert sum(part.amount_fen for part in settled.slices) == settled.surplus_fen
    assert sum(part.alliance_fen for part in settled.slices) == settled.alliance_fen
    assert sum(part.fund_fen for part in settled.slices) == settled.fund_fen


def test_every_written_adjustment_is_a_line_of_the_explanation() -> None:
    adjustment = BudgetAdjustment("T7", "epidemic", 1_234_56, date(2025, 12, 31), "补充协议七")
    facts = AllianceFacts("A1", 1, FundUse(0, 0, 0, 0), (), adjustments=(adjustment,))
    text = explanation_as_text(measure_budget(view_with(PLAIN), facts).explanation, "zh")
    assert "书面调整：疫情：1,234.56 元" in text
    assert "协议：补充协议七" in text


def test_an_adjustment_agreed_after_the_year_is_refused() -> None:
    adjustment = BudgetAdjustment("T7", "epidemic", 1, date(2026, 1, 1), "补充协议七")
    facts = AllianceFacts("A1", 1, FundUse(0, 0, 0, 0), (), adjustments=(adjustment,))
    with pytest.raises(TongchouError) as refused:
        measure_budget(view_with(PLAIN), facts)
    assert (refused.value.code, refused.value.where) == ("alliance.adjustment_late", "T7: 2026-01-01 > 2025-12-31")


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (BudgetAdjustment, ("T1", "because", 1, date(2025, 1, 1), "协议")),
        (BudgetAdjustment, ("T1", "epidemic", 1, date(2025, 1, 1), " ")),
        (DeficitReason, ("Y1", "epidemic", 1, "", "accepted")),
        (DeficitReason, ("Y1", "epidemic", -1, "材料", "accepted")),
        (DeficitReason, ("Y1", "epidemic", 1, "材料", "perhaps")),
        (SurplusReview, ("perhaps", "报告")),
    ],
)
def test_a_record_without_reason_document_or_sound_amount_is_refused(record: type, fields: tuple[object, ...]) -> None:
    with pytest.raises(TongchouError) as refused:
        record(*fields)
    assert refused.value.code == "alliance.bad_record"


def test_a_record_that_stands_twice_is_refused() -> None:
    twice = (DeficitReason("Y1", "epidemic", 1, "材料", "accepted"),) * 2
    with pytest.raises(TongchouError) as refused:
        AllianceFacts("A1", 1, FundUse(0, 0, 0, 0), (), reasons=twice)
    assert (refused.value.code, refused.value.where) == ("alliance.bad_record", "Y1")


@pytest.mark.parametrize(
    ("changes", "facts", "code"),
    [
        ({"alliance/budget/base": "income_based", "alliance/budget/controlled": "total_cost"}, {}, "not_in_total_cost"),
        ({"alliance/budget/base": "income_based"}, {"heads": 5, "insured": {"resident": 4}}, "heads_differ"),
        ({"alliance/budget/controlled": "total_cost"}, {}, "no_patient_payments"),
        ({"alliance/package/outside": "deducted_first"}, {"fund_use": FundUse(0, 10**8, 0, 0)}, "no_budget"),
        (
            {
                "alliance/budget/base": "history",
                "alliance/budget/history/year_weights": {"-1": 0.5, "-2": 0.5, "-3": 0.1},
            },
            {},
            "shares_not_whole",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_budget_that_cannot_be_reckoned_is_refused(
    changes: dict[str, object], facts: dict[str, object], code: str
) -> None:
    made = AllianceFacts(**({"alliance_id": "A1", "heads": 0, "fund_use": FundUse(0, 0, 0, 0), "members": ()} | facts))
    with pytest.raises(TongchouError) as refused:
        measure_budget(view_with(PLAIN | changes), made)
    assert refused.value.code == f"alliance.{code}"


@pytest.mark.parametrize("policy", [PLAIN, HELD, TESTED], ids=["plain", "held", "tested"])
@pytest.mark.parametrize("used", [85_000_000, 108_000_000], ids=["surplus", "deficit"])
def test_the_explanation_names_every_parameter_that_was_read(policy: dict[str, object], used: int) -> None:
    view = view_with(policy | SPLIT)
    reasons = (DeficitReason("Y1", "epidemic", 100, "材料", "accepted"),)
    one = members([{"id": "C1", "role": "primary", "contracted_heads": "1"}])
    facts = AllianceFacts("A1", 0, FundUse(used, 0, 0, 0), tuple(one), reasons=reasons)
    settled = settle_alliance(view, facts)
    explained = {read for step in settled.explanation.walk() for read in step.parameters}
    assert explained == set(view.reads)
    assert settled.counted_use == facts.fund_use


BASE = 100_000_000
uses = st.integers(0, 2 * BASE)


@pytest.fixture(scope="module", params=[PLAIN, HELD], ids=["plain", "held"])
def rising(request: pytest.FixtureRequest) -> PolicyView:
    return view_with(request.param)


@pytest.fixture(scope="module")
def plain() -> PolicyView:
    return view_with(PLAIN)


@pytest.fixture(scope="module")
def held() -> PolicyView:
    return view_with(HELD)


@pytest.fixture(scope="module")
def tested() -> PolicyView:
    return view_with(TESTED)


@given(less=uses, more=uses)
def test_using_less_never_leaves_the_alliance_with_less(rising: PolicyView, less: int, more: int) -> None:
    less, more = sorted((less, more))
    budget = Budget(BASE, BASE, NOTHING)
    review = SurplusReview("released", "报告")
    after_less, after_more = (share_surplus(rising, budget, used, (), review) for used in (less, more))
    assert after_less.alliance_fen >= after_more.alliance_fen


@given(small=st.integers(1, 2 * BASE), large=st.integers(1, 2 * BASE), used=uses)
def test_a_larger_budget_never_leaves_the_alliance_with_less_but_for_a_fen_a_slice(
    rising: PolicyView, small: int, large: int, used: int
) -> None:
    small, large = sorted((small, large))
    review = SurplusReview("released", "报告")
    of_small, of_large = (share_surplus(rising, Budget(b, b, NOTHING), used, (), review) for b in (small, large))
    assert of_large.alliance_fen >= of_small.alliance_fen - max(1, len(of_small.slices), len(of_large.slices))


@given(used=uses, decision=st.sampled_from(["pending", "released", "returned"]))
def test_what_is_held_is_just_what_a_release_would_add(held: PolicyView, used: int, decision: str) -> None:
    budget = Budget(BASE, BASE, NOTHING)
    released = share_surplus(held, budget, used, (), SurplusReview("released", "报告"))
    outcome = share_surplus(held, budget, used, (), SurplusReview(decision, "报告"))
    if decision == "pending":
        assert outcome.alliance_fen + outcome.held_fen == released.alliance_fen
    assert outcome.held_fen == 0 or decision == "pending"
    assert sum(part.alliance_fen for part in outcome.slices) == outcome.alliance_fen
    assert outcome.alliance_fen + outcome.fund_fen == outcome.surplus_fen
    assert 0 <= outcome.held_fen <= max(0, outcome.fund_fen)


reasons = st.lists(st.tuples(st.integers(0, BASE), st.sampled_from(["pending", "accepted", "refused"])), max_size=5)


@given(over=st.integers(1, BASE), drawn=reasons, more=st.integers(0, BASE), data=st.data())
def test_reasons_share_no_more_than_the_deficit_in_any_order_and_another_one_never_costs_the_alliance(
    tested: PolicyView, over: int, drawn: list[tuple[int, str]], more: int, data: st.DataObject
) -> None:
    budget = Budget(BASE, BASE, NOTHING)
    given_reasons = [DeficitReason(f"Y{i}", "epidemic", fen, "材料", way) for i, (fen, way) in enumerate(drawn)]
    outcome = share_surplus(tested, budget, BASE + over, given_reasons)
    assert share_surplus(tested, budget, BASE + over, data.draw(st.permutations(given_reasons))) == outcome
    accepted = sum(fen for fen, way in drawn if way == "accepted")
    assert outcome.unreasonable_fen == max(0, over - accepted)
    assert outcome.alliance_fen <= -outcome.unreasonable_fen
    assert sum(part.alliance_fen for part in outcome.slices) + sum(part.fund_fen for part in outcome.slices) == -over
    another = [*given_reasons, DeficitReason("Z", "epidemic", more, "材料", "accepted")]
    assert share_surplus(tested, budget, BASE + over, another).alliance_fen >= outcome.alliance_fen


@given(amounts=st.lists(st.integers(-(10**6), 10**6), max_size=5))
def test_a_budget_is_its_base_and_its_adjustments(plain: PolicyView, amounts: list[int]) -> None:
    made = tuple(
        BudgetAdjustment(f"T{i}", "policy_change", fen, date(2025, 5, 1), "协议") for i, fen in enumerate(amounts)
    )
    budget = measure_budget(plain, AllianceFacts("A1", 0, FundUse(0, 0, 0, 0), (), adjustments=made))
    assert budget.base_fen == BASE + sum(amounts)
    assert len(budget.explanation.children) == len(amounts)
