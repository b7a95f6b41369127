"""Stated responses move aggregates to first order; without any the result is the static one exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scenarios.conftest import Sums

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Source
from tongchou.scenarios.behaviour import respond
from tongchou.scenarios.responses import CostResponse, LevelChoice, Referral, Responses
from tongchou.scenarios.trial import Trial

SOURCE = Source("assumed")


def run(*rows):
    return Sums(tuple(rows)).results()


BASE = run(
    ("H1", "tertiary", "resident", 100, 2_000_000, 1_000_000, 900_000),
    ("H2", "primary", "resident", 100, 500_000, 100_000, 420_000),
)
# The patient's part at primary level falls by 20 %; the fund pays the difference.
TRIED = run(
    ("H1", "tertiary", "resident", 100, 2_000_000, 1_000_000, 900_000),
    ("H2", "primary", "resident", 100, 500_000, 80_000, 440_000),
)


def test_an_elasticity_of_a_half_moves_half_of_the_relative_change_less_its_mean() -> None:
    found = respond(BASE, TRIED, Responses(level_choice=LevelChoice(5_000, "mean_amount", SOURCE)))
    # Changes 0 and -20 %, mean -10 %: 0.5 x 10 % of 100 stays move from tertiary to primary.
    (effect,) = found.effects
    assert effect.stays_e4 == {("resident", "tertiary"): -50_000, ("resident", "primary"): 50_000}
    assert effect.fund_fen == 5 * (4_400 - 9_000)
    assert effect.patient_fen == 5 * (800 - 10_000)
    assert effect.cost_fen == 5 * (5_000 - 20_000)
    assert effect.result_fen == effect.fund_fen + effect.patient_fen - effect.cost_fen
    assert found.fund_fen == TRIED.total.fund_fen + effect.fund_fen


def test_measured_in_points_the_same_change_moves_less() -> None:
    # The patients' share at primary level falls from 20 to 16 points: 4 points, 2 from the mean, half of it: 1 stay.
    found = respond(BASE, TRIED, Responses(level_choice=LevelChoice(5_000, "share_of_cost", SOURCE)))
    assert found.effects[0].stays_e4 == {("resident", "tertiary"): -10_000, ("resident", "primary"): 10_000}


def test_referral_moves_a_share_of_what_the_choice_of_level_has_left() -> None:
    both = Responses(LevelChoice(5_000, "mean_amount", SOURCE), Referral("tertiary", "primary", 1_000, SOURCE))
    _, referral = respond(BASE, TRIED, both).effects
    assert referral.stays_e4 == {("resident", "tertiary"): -95_000, ("resident", "primary"): 95_000}
    # 9.5 stays x (44 - 90) yuan.
    assert referral.fund_fen == -43_700


def test_hospitals_spend_a_share_of_what_they_gain_and_save_it_of_what_they_lose() -> None:
    gains = run(
        ("H1", "tertiary", "resident", 100, 2_000_000, 1_000_000, 900_001),
        ("H2", "primary", "resident", 100, 500_000, 100_000, 419_991),
    )
    found = respond(BASE, gains, Responses(cost=CostResponse(3_000, SOURCE)))
    # 0.3 of +1 fen is 0, of -9 fen is -3: each hospital is rounded once.
    assert found.effects[0].cost_fen == -3
    assert found.result_fen == gains.total.result_fen + 3
    assert found.fund_fen == gains.total.fund_fen


def test_with_all_responses_zero_the_result_is_the_static_one(example: Trial) -> None:
    zero = Responses(
        LevelChoice(0, "mean_amount", SOURCE), Referral("tertiary", "primary", 0, SOURCE), CostResponse(0, SOURCE)
    )
    found = respond(example.base, example.tried, zero)
    total = example.tried.total
    assert (found.fund_fen, found.patient_fen, found.result_fen) == (
        total.fund_fen,
        total.patient_fen,
        total.result_fen,
    )
    assert {moved for effect in found.effects for moved in effect.stays_e4.values()} <= {0}


def test_without_a_change_of_policy_nobody_chooses_another_level(example: Trial) -> None:
    found = respond(example.base, example.base, Responses(level_choice=LevelChoice(50_000, "mean_amount", SOURCE)))
    assert (found.effects[0].fund_fen, found.effects[0].cost_fen) == (0, 0)


def test_a_response_beyond_all_stays_of_a_level_is_refused() -> None:
    dear = run(
        ("H1", "tertiary", "resident", 100, 2_000_000, 9_000_000, 900_000),
        ("H2", "primary", "resident", 100, 500_000, 100_000, 420_000),
    )
    with pytest.raises(TongchouError) as refused:
        respond(BASE, dear, Responses(level_choice=LevelChoice(5_000, "mean_amount", SOURCE)))
    assert refused.value.code == "scenarios.response_too_strong"


def test_every_assumption_stands_beside_its_effect_with_its_source(example: Trial) -> None:
    assert example.scenario.responses is not None
    for effect in respond(example.base, example.tried, example.scenario.responses).effects:
        labels = [fact.label.en for fact in effect.explanation.facts]
        assert any(label.startswith("assumed: ") for label in labels)
        assert "source of the assumption" in labels


@given(
    elasticity=st.integers(0, 5_000),
    patients=st.lists(st.integers(900_000, 1_100_000), min_size=3, max_size=3),
    cases=st.lists(st.integers(1, 500), min_size=3, max_size=3),
)
def test_the_choice_of_level_moves_stays_and_makes_none(elasticity, patients, cases) -> None:
    levels = ("tertiary", "secondary", "primary")
    base = run(*((f"H{i}", levels[i], "employee", cases[i], 3_000_000, 1_000_000, 2_000_000) for i in range(3)))
    after = run(
        *((f"H{i}", levels[i], "employee", cases[i], 3_000_000, patients[i], 3_000_000 - patients[i]) for i in range(3))
    )
    (effect,) = respond(base, after, Responses(level_choice=LevelChoice(elasticity, "mean_amount", SOURCE))).effects
    assert abs(sum(effect.stays_e4.values())) <= 1
    dearest = max(range(3), key=lambda i: patients[i])
    assert effect.stays_e4["employee", levels[dearest]] <= 0
