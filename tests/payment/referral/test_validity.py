"""Which referrals are valid, and how they form episodes."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.payment.referral.builders import WHY, referral, stay
from tests.worked import Worked, view_with, worked

from tongchou.payment.referral.episodes import form_episodes
from tongchou.payment.referral.stay import Stay
from tongchou.payment.referral.validity import Judgement, Reason, ValidityTerms, judge, read_validity

PLACE = "payment/referral/validity"


@worked("payment/referral/validity.yaml")
def test_worked_example(case: Worked) -> None:
    told = case.given
    sender = stay(level=str(told.get("from_level", "tertiary")))
    receiver = stay("C2", "S1", str(told.get("to_level", "secondary")), admitted=int(told["admitted"]))
    filed = int(told["filed"]) if "filed" in told else None
    direction, state = str(told.get("direction", "down")), str(told.get("state", "completed"))
    found = judge(
        read_validity(case.view),
        referral(sender, receiver, direction=direction, filed=filed, state=state),
        sender,
        receiver,
    )
    assert [reason.value for reason in found.reasons] == case.expect["reasons"]
    assert found.step.outcome.zh == ("无效" if found.reasons else "有效")
    assert [text.zh for text in found.step.rejected] == [reason.label.zh for reason in found.reasons]
    assert {read.name for read in found.step.parameters} == {
        f"{PLACE}/{name}"
        for name in (
            "state",
            "from_outpatients",
            "gap_days",
            "gap_operator",
            "filing",
            "filing_days",
            "filing_operator",
        )
    }


@pytest.fixture(scope="module")
def terms() -> ValidityTerms:
    return read_validity(
        view_with(
            {
                f"{PLACE}/state": "accepted",
                f"{PLACE}/from_outpatients": "rejected",
                f"{PLACE}/gap_days": {"default": "15"},
                f"{PLACE}/gap_operator": "le",
                f"{PLACE}/filing": "by_admission",
                f"{PLACE}/filing_days": {"default": "90"},
                f"{PLACE}/filing_operator": "le",
            }
        )
    )


UPPER, LOWER = stay("C1"), stay("C2", "S1", "secondary", admitted=5)


def test_a_referral_without_stays_says_so(terms: ValidityTerms) -> None:
    filed = referral(UPPER, LOWER)
    assert judge(terms, filed, None, LOWER).reasons == (Reason.NO_STAY_BEFORE,)
    assert judge(terms, filed, UPPER, None).reasons == (Reason.NO_STAY_AFTER,)
    assert judge(terms, filed, None, None).reasons == (Reason.NO_STAY_BEFORE, Reason.NO_STAY_AFTER)


def test_a_referral_out_of_an_outpatient_visit_counts_where_the_policy_says_so(terms: ValidityTerms) -> None:
    counted = replace(terms, from_outpatients="counted")
    clinic = stay("-", "Z1", "primary")
    filed = referral(clinic, LOWER, direction="up", is_of_stay=False)
    assert judge(terms, filed, None, LOWER).reasons == (Reason.NO_STAY_BEFORE,)
    assert judge(counted, filed, None, LOWER).reasons == ()
    down = referral(clinic, LOWER, is_of_stay=False)
    assert judge(counted, down, None, LOWER).reasons == (Reason.LEVEL_NOT_AS_STATED,)
    unknown = referral(clinic, LOWER, direction="up")
    assert judge(counted, unknown, None, LOWER).reasons == (Reason.NO_STAY_BEFORE,)
    nowhere = replace(filed, from_level=None)
    assert judge(counted, nowhere, None, LOWER).reasons == (Reason.LEVEL_NOT_AS_STATED,)


def test_an_arrival_takes_its_stay_and_an_episode_may_follow_it() -> None:
    filed = referral(stay("-", "Z1", "primary"), UPPER, referral_id="R0", filed=0, is_of_stay=False)
    arrived = Judgement(filed, None, UPPER, (), WHY)
    again = Judgement(replace(filed, referral_id="R9", requested_on=UPPER.discharged_on), None, UPPER, (), WHY)
    found = form_episodes([again, valid(UPPER, LOWER, "R1"), arrived])
    assert [each.referral.referral_id for each in found.arrivals] == ["R0"]
    assert [episode.episode_id for episode in found.episodes] == ["R1"]
    assert [(each.referral.referral_id, each.reasons) for each in found.rejected] == [("R9", (Reason.STAY_TAKEN,))]


def test_a_stay_of_another_person_or_institution_is_not_the_referrals(terms: ValidityTerms) -> None:
    filed = referral(UPPER, LOWER)
    strangers = stay("C9", "S1", "secondary", admitted=5, person_id="P9")
    elsewhere = stay("C9", "S9", "secondary", admitted=5)
    assert judge(terms, filed, UPPER, strangers).reasons == (Reason.OTHER_PERSON,)
    assert judge(terms, filed, UPPER, elsewhere).reasons == (Reason.OTHER_INSTITUTION,)


def valid(sender: Stay, receiver: Stay, referral_id: str, filed: int | None = None) -> Judgement:
    return Judgement(referral(sender, receiver, referral_id=referral_id, filed=filed), sender, receiver, (), WHY)


def test_a_stay_that_two_referrals_claim_belongs_to_the_first_filed() -> None:
    late, early = valid(UPPER, LOWER, "R1", 5), valid(UPPER, stay("C3", "S2", "secondary", admitted=6), "R2", 4)
    found = form_episodes([late, early])
    assert [episode.episode_id for episode in found.episodes] == ["R2"]
    assert [(each.referral.referral_id, each.reasons) for each in found.rejected] == [("R1", (Reason.STAY_TAKEN,))]
    assert found.rejected[0].step.outcome.en == "not valid"


def test_up_and_down_is_one_episode_in_the_order_of_the_stays() -> None:
    stays = [stay(f"C{n}", f"I{n}", admitted=10 * n) for n in range(3)]
    found = form_episodes([valid(stays[1], stays[2], "R1"), valid(stays[0], stays[1], "R2")])
    (only,) = found.episodes
    assert only.episode_id == "R2"
    assert [each.case_id for each in only.stays] == ["C0", "C1", "C2"]
    assert [each.referral.referral_id for each in found.links] == ["R2", "R1"]


def test_a_circle_of_stays_on_one_day_is_cut_where_it_closes() -> None:
    one, other = stay("C1", "I1", days=0), stay("C2", "I2", days=0)
    found = form_episodes([valid(one, other, "R1"), valid(other, one, "R2")])
    assert [episode.episode_id for episode in found.episodes] == ["R1"]
    assert found.rejected[0].reasons == (Reason.CIRCLE,)


def test_a_rejected_referral_takes_no_stay() -> None:
    refused = Judgement(referral(UPPER, LOWER, referral_id="R0", filed=0), UPPER, LOWER, (Reason.GAP_TOO_LONG,), WHY)
    found = form_episodes([refused, valid(UPPER, LOWER, "R1")])
    assert [episode.episode_id for episode in found.episodes] == ["R1"]
    assert found.rejected == (refused,)


PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 3)), max_size=14)


@given(pairs=PAIRS, seed=st.integers(0, 1000))
def test_the_order_of_referrals_changes_nothing_and_no_stay_is_in_two_episodes(
    pairs: list[tuple[int, int, int]], seed: int
) -> None:
    stays = [stay(f"C{n}", f"I{n}", days=0) for n in range(7)]
    judgements = [valid(stays[a], stays[b], f"R{i}", filed) for i, (a, b, filed) in enumerate(pairs) if a != b]
    found = form_episodes(judgements)
    shuffled = judgements[:]
    random.Random(seed).shuffle(shuffled)
    assert form_episodes(shuffled) == found
    cases = [each.case_id for episode in found.episodes for each in episode.stays]
    assert len(cases) == len(set(cases))
    taken = {each.referral.referral_id for each in found.links}
    left = {each.referral.referral_id for each in found.rejected}
    assert taken | left == {each.referral.referral_id for each in judgements}
    assert not taken & left
