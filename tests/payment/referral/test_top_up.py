"""Top-ups of valid referrals, and the reward for up-referrals apart from them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.payment.referral.builders import WHY, link, referral, stay
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import yuan_to_fen
from tongchou.payment.referral.episodes import Arrival, Link
from tongchou.payment.referral.top_up import TopUpTerms, read_top_up, top_up_transfers, top_ups
from tongchou.payment.referral.up_reward import SenderYear, up_reward
from tongchou.payment.transfer import FUND, Party

PLACE = "payment/referral/top_up"
VALUES = {
    f"{PLACE}/rate": "0.05",
    f"{PLACE}/amount": "standard",
    f"{PLACE}/stay": "sender",
    f"{PLACE}/direction": "both",
    f"{PLACE}/payee": "both",
    f"{PLACE}/sender_share": "0.5",
    f"{PLACE}/cap_by": "yearly",
    f"{PLACE}/cap": {"default": "1000"},
}
UPPER = stay(standard="16352.90", payable="20000", fund="14000")
LOWER = stay("C2", "S1", "secondary", admitted=5, standard="5000")


@worked("payment/referral/top_up.yaml")
def test_worked_example(case: Worked) -> None:
    granted = top_ups([link(UPPER, LOWER)], lambda _: read_top_up(case.view))
    transfers = top_up_transfers(granted)
    assert {each.payee.party_id: each.amount_fen for each in transfers} == {
        institution: yuan_to_fen(amount) for institution, amount in case.expect.items()
    }
    assert {(each.payer, each.month, each.subject, each.purpose) for each in transfers} <= {
        (FUND, "2025-03", "R1", "referral_top_up")
    }


@pytest.fixture(scope="module")
def terms() -> TopUpTerms:
    found = read_top_up(view_with(VALUES))
    assert found is not None
    return found


def test_without_a_rate_there_is_no_top_up() -> None:
    view = view_with({name: value for name, value in VALUES.items() if name != f"{PLACE}/rate"})
    assert read_top_up(view) is None
    assert top_ups([link(UPPER, LOWER)], lambda _: None) == ()


def test_with_a_rate_what_is_missing_is_an_error() -> None:
    view = view_with({f"{PLACE}/rate": "0.05"})
    with pytest.raises(TongchouError, match=r"policy\.no_value"):
        read_top_up(view)


def test_without_a_valid_referral_there_is_no_top_up(terms: TopUpTerms) -> None:
    assert top_ups([], lambda _: terms) == ()


def test_a_cap_is_used_up_in_the_order_of_admission_and_the_rest_is_explained(terms: TopUpTerms) -> None:
    early, late = _link(1, "30000"), _link(2, "12000")
    granted = {(each.referral_id, each.institution_id): each for each in top_ups([late, early], lambda _: terms)}
    # 1,500 and 600, half to each: T1 has 750 and 250 of 300, each receiver its own.
    assert {key: (each.earned_fen, each.paid_fen) for key, each in granted.items()} == {
        ("R001", "T1"): (75_000, 75_000),
        ("R001", "S1"): (75_000, 75_000),
        ("R002", "T1"): (30_000, 25_000),
        ("R002", "S2"): (30_000, 30_000),
    }
    assert "受年度封顶限制" in granted["R002", "T1"].step.rejected[0].zh
    assert not granted["R001", "T1"].step.rejected


def test_another_year_has_a_cap_of_its_own(terms: TopUpTerms) -> None:
    links = [_link(1, "40000"), _link(300, "40000")]
    assert [each.paid_fen for each in top_ups(links, lambda _: terms) if each.institution_id == "T1"] == [
        100_000,
        100_000,
    ]


def test_a_stay_that_is_not_priced_is_topped_up_by_nothing_and_it_is_said(terms: TopUpTerms) -> None:
    unpriced = stay(priced=False)
    granted = top_ups([link(unpriced, LOWER)], lambda _: terms)
    assert [each.paid_fen for each in granted] == [0, 0]
    assert "没有补助所依据的" in granted[0].step.rejected[0].zh
    assert top_up_transfers(granted) == ()


def test_an_arrival_is_topped_up_by_the_stay_after_it_and_by_none_before_it() -> None:
    filed = referral(stay("-", "Z1", "primary"), UPPER, direction="up", is_of_stay=False)
    arrival = Arrival(filed, UPPER, WHY)
    for base, amount in (("receiver", 81_765), ("sender", 0)):
        terms = read_top_up(view_with({**VALUES, f"{PLACE}/stay": base, f"{PLACE}/payee": "sender"}))
        (granted,) = top_ups([arrival], lambda _, terms=terms: terms)
        assert (granted.institution_id, granted.paid_fen) == ("Z1", amount)
        assert bool(granted.step.rejected) == (amount == 0)


def test_the_explanation_names_the_rate_the_cap_and_why_the_referral_is_valid(terms: TopUpTerms) -> None:
    first = top_ups([link(UPPER, LOWER)], lambda _: terms)[0]
    names = {read.name for read in first.step.parameters}
    assert {f"{PLACE}/rate", f"{PLACE}/cap"} <= names
    assert first.step.children == (link(UPPER, LOWER).step,)


@given(standards=st.lists(st.integers(0, 9_000_000), max_size=8), seed=st.integers(0, 99), more=st.integers(0, 500_000))
def test_order_changes_nothing_caps_hold_and_a_higher_standard_pays_nobody_less(
    terms: TopUpTerms, standards: list[int], seed: int, more: int
) -> None:
    links = [_link(i, f"{fen / 100:.2f}") for i, fen in enumerate(standards)]
    shuffled = links[:]
    random.Random(seed).shuffle(shuffled)
    granted = top_ups(links, lambda _: terms)
    assert top_ups(shuffled, lambda _: terms) == granted
    totals = _totals(granted)
    assert all(total <= 100_000 for total in totals.values())
    raised = [_link(i, f"{(fen + more) / 100:.2f}") for i, fen in enumerate(standards)]
    higher = _totals(top_ups(raised, lambda _: terms))
    assert all(higher[institution] >= total for institution, total in totals.items())


@worked("payment/referral/up_reward.yaml")
def test_the_reward_for_up_referrals(case: Worked) -> None:
    year = SenderYear("S1", "secondary", int(case.given["discharges"]), int(case.given["up"]), 200_000_000)
    found = up_reward(case.view, year)
    assert found.amount_fen == yuan_to_fen(case.expect["amount"])
    said = " ".join(text.zh for text in found.step.rejected)
    assert case.expect.get("said", "") in said
    assert bool(said) == ("said" in case.expect)


def test_a_top_up_goes_from_the_fund_to_the_institution(terms: TopUpTerms) -> None:
    found = top_up_transfers(top_ups([link(UPPER, LOWER)], lambda _: terms))
    assert [(each.payer, each.payee, each.amount_fen) for each in found] == [
        (FUND, Party("institution", "T1"), 40_883),
        (FUND, Party("institution", "S1"), 40_882),
    ]


def _link(number: int, standard: str) -> Link:
    sender = stay(f"A{number}", "T1", admitted=number, standard=standard, person_id=f"P{number}")
    receiver = stay(f"B{number}", f"S{number}", "secondary", admitted=number + 5, person_id=f"P{number}")
    return link(sender, receiver, referral_id=f"R{number:03d}")


def _totals(granted: object) -> dict[str, int]:
    totals: dict[str, int] = {}
    for each in granted:  # type: ignore[attr-defined]
        totals[each.institution_id] = totals.get(each.institution_id, 0) + each.paid_fen
    return totals
