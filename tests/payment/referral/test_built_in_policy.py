"""The built-in parameters of referral money: what the country leaves open, and what the invented city says."""

from datetime import date
from fractions import Fraction

from tongchou.payment.referral.down_share import down_share_score, synergy_points
from tongchou.payment.referral.ranking import rank
from tongchou.payment.referral.split_terms import read_split
from tongchou.payment.referral.synergy import SynergyFacts, synergy_bonus
from tongchou.payment.referral.top_up import read_top_up
from tongchou.payment.referral.validity import read_validity
from tongchou.policy import Policy

POLICY = Policy.load()
NATIONAL, CITY = (POLICY.at(date(2025, 12, 31), region) for region in ("national", "demo_city"))
OWN = {name for name in NATIONAL.chain.parameters if name.startswith("payment/referral/")}


def test_only_defaults_that_move_no_money_or_ask_for_a_hearing_have_a_national_value() -> None:
    assert {name.removeprefix("payment/referral/"): NATIONAL.text(name) for name in OWN if NATIONAL.has(name)} == {
        "split/method": "none",
        "up_reward/method": "off",
        "down_share/between": "linear",
        "deduction/procedure": "after_review",
    }


def test_the_invented_city_judges_referrals_and_moves_no_money() -> None:
    assert read_validity(CITY).gap_days == {"up": 3, "down": 15}
    assert read_split(CITY).method == "none"
    assert read_top_up(CITY) is None
    assert not CITY.has("payment/referral/top_up/rate")
    assert not CITY.has("payment/referral/deduction/basis")
    assert CITY.text("payment/referral/loss/cost") == "actual"


def test_the_invented_city_gives_synergy_points_and_scores_the_down_share() -> None:
    bonus = synergy_bonus(CITY, SynergyFacts("S1", Fraction(15, 100), 600, None))
    assert (bonus.points, bonus.raised(500_000)) == (2, 520_000)
    score = down_share_score(CITY, Fraction(3, 40))
    assert (score.value_e4, synergy_points(CITY, score.value_e4).value_e4) == (5_000, 100_000)


def test_the_invented_city_ranks_ten_institutions_into_two_seven_and_one() -> None:
    ranked = rank(CITY, {f"H{number}": number for number in range(10)}).ranked
    assert [key for key, each in ranked.items() if each.place == "top"] == ["H8", "H9"]
    assert [key for key, each in ranked.items() if each.place == "bottom"] == ["H0"]
    assert (ranked["H9"].rate_e4, ranked["H9"].subsidy_e4) == (500, 1_000)
    assert (ranked["H0"].rate_e4, ranked["H0"].director_pay_e4) == (-300, -2_000)


def test_every_comparison_with_a_threshold_has_its_operator() -> None:
    operators = {name for name in OWN if name.endswith("operator")}
    assert operators == {
        f"payment/referral/{name}"
        for name in (
            "validity/gap_operator", "validity/filing_operator", "up_reward/operator", "synergy/down_share/operator",
            "synergy/shared_hours/operator", "synergy/cost_drop/operator", "down_share/zero_operator",
            "down_share/full_operator", "quality/operator", "return_flow/window_operator",
            "deduction/appeal_operator",
        )
    }  # fmt: skip
