"""Drawn years: repeatable, exact where nothing varies, monotone, and shared by the settlement's own rules."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worked import Worked, view_with, worked

from tongchou.alliance.budget import Budget
from tongchou.alliance.surplus import share_surplus
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Source, Step
from tongchou.core.money import E4, round_half_up, yuan_to_fen
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.scenarios.alliance_draws import kept_of_draws
from tongchou.scenarios.drawing import E9, amounts_at, draw, factors_e9
from tongchou.scenarios.risk import Risk, fund_risk
from tongchou.scenarios.risk_order import Correlation, FundMoney, RiskOrder, Shock
from tongchou.scenarios.spread import spread
from tongchou.scenarios.trial import Trial

SOURCE = Source("assumed")
NOTHING = Step("test", Text.plain("-"), Text.plain("-"))
ALL = ("income", "inpatient", "outpatient", "other")


def normal(name: str, sd_e4: int, *targets: str, mean_e4: int = 0) -> Shock:
    return Shock(name, targets, "normal", {"mean": mean_e4, "sd": sd_e4}, (), SOURCE)


STILL = (
    normal("a", 0, *ALL),
    Shock("b", ALL, "lognormal", {"mean": 0, "sd": 0}, (), SOURCE),
    Shock("c", ALL, "triangular", {"least": 0, "mode": 0, "most": 0}, (), SOURCE),
    Shock("d", ALL, "beta", {"alpha": 20_000, "beta": 20_000, "least": 0, "most": 0}, (), SOURCE),
    Shock("e", ALL, "discrete", {}, ((0, E4),), SOURCE),
)


def order_of(*shocks: Shock, income: int = 420_000_000, draws: int = 2_000, **other) -> RiskOrder:
    fund = FundMoney(income, 210_000_000, 15_000_000, SOURCE)
    given = {"seed": 7, "draws": draws, "fund": fund, "inpatient_pays": "fixed_rate", "correlations": (), **other}
    return RiskOrder(shocks=shocks, **given)


def base_risk(trial: Trial, order: RiskOrder) -> Risk:
    return fund_risk(order, trial.base, trial.base)


@worked("scenarios/kept.yaml")
def test_a_drawn_year_is_shared_as_the_worked_example_says(case: Worked) -> None:
    base, used = yuan_to_fen(case.given["base"]), yuan_to_fen(case.given["used"])
    kept = kept_of_draws(case.view, base, base, np.array([used, base]))
    assert kept.tolist() == [yuan_to_fen(case.expect["kept"]), 0]


@pytest.fixture(scope="module")
def bands_view() -> PolicyView:
    return view_with(
        {
            "alliance/quality/score": 85,
            "alliance/quality/threshold": 80,
            "alliance/surplus/kept": [{"up_to": "0.0333", "value": "0.7777"}, {"above": "rest", "value": "0.1234"}],
            "alliance/deficit/fund_share": [{"up_to": "0.0711", "value": "0.3331"}, {"above": "rest", "value": "0.5"}],
        }
    )


@given(base=st.integers(1, 10**13), gap=st.integers(0, 10**11), used=st.lists(st.integers(0, 2 * 10**13), min_size=1))
@settings(max_examples=60)
def test_every_drawn_year_is_shared_as_the_settlement_would(bands_view, base, gap, used) -> None:
    comparison = max(1, base - gap)
    kept = kept_of_draws(bands_view, base, comparison, np.array(used, dtype=np.int64))
    budget = Budget(base, comparison, NOTHING)
    assert kept.tolist() == [share_surplus(bands_view, budget, each).alliance_fen for each in used]


@given(fen=st.integers(0, 10**15), factor=st.integers(0, 3 * E9))
def test_an_amount_times_a_factor_is_exact_and_rounded_once(fen, factor) -> None:
    exact = round_half_up(Fraction(fen * factor, E9))
    assert amounts_at(fen, np.array([factor])).tolist() == [exact]


def test_without_variance_every_draw_is_the_deterministic_figure(example: Trial) -> None:
    found = base_risk(example, order_of(*STILL)).base
    run = example.base
    kept = sum(each.kept_fen for each in run.record.summary.alliances)
    result = 420_000_000 - run.total.fund_fen - run.outpatient_fund_fen - 15_000_000 - kept
    for each in (found.fund.deterministic, found.fund.mean, *found.fund.percentiles, found.fund.worst):
        assert each == result
    assert found.fund.mean_error == 0
    (alliance,), (settled,) = found.alliances, run.record.summary.alliances
    assert {alliance.surplus.mean, alliance.surplus.worst, *alliance.surplus.percentiles} == {settled.surplus_fen}
    assert {alliance.kept.mean, alliance.kept.worst} == {settled.kept_fen}
    assert [part.deviation_fen for part in found.contributions] == [0] * 5
    assert {part.share_e4 for part in found.contributions} == {None}


def test_a_certain_shock_moves_every_amount_by_exactly_its_size(example: Trial) -> None:
    found = base_risk(example, order_of(normal("income", 0, "income", mean_e4=-333))).base
    assert (
        found.fund.mean - found.fund.deterministic
        == round_half_up(Fraction(420_000_000 * (E4 - 333), E4)) - 420_000_000
    )


def test_months_payable_are_the_balance_over_a_month_of_payments(example: Trial) -> None:
    found = base_risk(example, order_of(*STILL)).base
    paid = 420_000_000 - found.fund.mean
    assert found.months_e4.mean == round_half_up(Fraction((210_000_000 + found.fund.mean) * 12 * E4, paid))


SHOCKS = (
    normal("income", 300, "income"),
    Shock("volume", ("inpatient", "outpatient"), "lognormal", {"mean": 100, "sd": 400}, (), SOURCE),
    Shock("severity", ("inpatient",), "triangular", {"least": -200, "mode": 0, "most": 500}, (), SOURCE),
    Shock("epidemic", ("inpatient",), "discrete", {}, ((0, 9_200), (600, 600), (1_500, 200)), SOURCE),
    Shock("drugs", ("outpatient",), "beta", {"alpha": 20_000, "beta": 50_000, "least": -100, "most": 900}, (), SOURCE),
)


def test_the_same_seed_gives_the_same_range_and_another_seed_another(example: Trial) -> None:
    order = order_of(*SHOCKS, correlations=(Correlation("volume", "severity", 3_000),))
    assert base_risk(example, order) == base_risk(example, order)
    assert base_risk(example, order).base.fund != base_risk(example, replace(order, seed=8)).base.fund


def test_the_order_in_which_shocks_are_listed_changes_nothing(example: Trial) -> None:
    backwards = base_risk(example, order_of(*reversed(SHOCKS))).base
    assert backwards.fund == base_risk(example, order_of(*SHOCKS)).base.fund


def test_more_income_never_makes_a_deficit_more_likely(example: Trial) -> None:
    chances = [
        base_risk(example, order_of(*SHOCKS, income=income)).base.fund.deficit_e4
        for income in range(340_000_000, 460_000_001, 20_000_000)
    ]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > chances[-1]


def test_where_the_budget_holds_stays_do_not_move_the_fund(example: Trial) -> None:
    shock = normal("volume", 1_000, "inpatient")
    assert base_risk(example, order_of(shock)).base.fund.mean_error > 0
    held = base_risk(example, order_of(shock, inpatient_pays="fixed_budget")).base.fund
    assert (held.mean_error, held.mean) == (0, held.deterministic)


def test_base_and_scenario_are_drawn_with_the_same_shocks(example: Trial) -> None:
    found = fund_risk(order_of(normal("income", 500, "income")), example.base, example.tried)
    moved = found.tried.fund.deterministic - found.base.fund.deterministic
    assert moved != 0
    assert {
        after - before for after, before in zip(found.tried.fund.percentiles, found.base.fund.percentiles, strict=True)
    } == {moved}


def test_drawn_shocks_have_the_moments_that_the_file_states() -> None:
    drawn = draw(SHOCKS, (), 1, 200_000)
    # Five standard errors of each mean.
    for name, mean, deviation in (
        ("income", 0, 0.03),
        ("volume", 0.01, 0.04),
        ("severity", 0.01, 0.0147),
        ("epidemic", 0.0066, 0.0248),
        ("drugs", -0.01 + 0.1 * 2 / 7, 0.016),
    ):
        assert abs(float(drawn[name].mean()) - mean) < 5 * deviation / 200_000**0.5
        assert float(drawn[name].std()) == pytest.approx(deviation, rel=0.02)


def test_correlated_shocks_keep_their_own_draws_and_come_together() -> None:
    pair = (Correlation("volume", "severity", 6_000),)
    free, tied = draw(SHOCKS, (), 1, 20_000), draw(SHOCKS, pair, 1, 20_000)
    for name in free:
        assert np.array_equal(np.sort(free[name]), np.sort(tied[name]))
    assert np.array_equal(free["income"], tied["income"])
    ranks = [np.argsort(np.argsort(tied[name])) for name in ("volume", "severity")]
    assert float(np.corrcoef(*ranks)[0, 1]) == pytest.approx(0.6, abs=0.03)


def test_correlations_that_contradict_one_another_are_refused() -> None:
    shocks = [normal(name, 100, "income") for name in "abc"]
    pairs = [Correlation("a", "b", 9_000), Correlation("b", "c", 9_000), Correlation("a", "c", -9_000)]
    with pytest.raises(TongchouError) as refused:
        draw(shocks, pairs, 1, 100)
    assert refused.value.code == "scenarios.correlation"


def test_no_factor_falls_below_zero() -> None:
    assert factors_e9([np.array([-3.0, -1.0, 0.5])], 3).tolist() == [0, 0, 3 * E9 // 2]


def test_a_spread_counts_its_draws() -> None:
    found = spread(np.arange(-50, 50, dtype=np.int64), 0)
    assert (found.worst, found.percentiles, found.mean) == (-50, (-46, -1, 44), -1)
    # Half of a hundred draws: 0.5 +- sqrt(0.25 / 100).
    assert (found.deficit_e4, found.deficit_error_e4) == (5_000, 500)
    # sd of 100 whole numbers in a row is 28.87; over the root of 100, rounded up.
    assert found.mean_error == 3


def test_a_deficit_that_was_never_drawn_is_bounded_and_not_called_impossible() -> None:
    found = spread(np.ones(1_000, dtype=np.int64), 1)
    assert (found.deficit_e4, found.deficit_error_e4) == (0, 30)


def test_every_shock_stands_in_the_explanation_with_its_source(example: Trial) -> None:
    step = base_risk(example, order_of(*SHOCKS)).explanation
    shown = [fact.value for fact in step.facts]
    assert all(any(shock.distribution in value and "assumed" in value for value in shown) for shock in SHOCKS)
    assert "seed 7" in step.outcome.en
