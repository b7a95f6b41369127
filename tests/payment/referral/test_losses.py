"""Who loses by a valid referral, who comes back, and what a fault costs."""

import itertools
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from tests.payment.referral.builders import episode, link, stay
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import yuan_to_fen
from tongchou.payment.referral.deduction import Deduction, Event, appeal, decide, post, propose, review
from tongchou.payment.referral.losses import report_losses
from tongchou.payment.referral.payments import pay_episode
from tongchou.payment.referral.return_flow import return_flow
from tongchou.payment.referral.split_terms import read_split
from tongchou.payment.transfer import FUND, Party, Transfer
from tongchou.policy import PolicyView

PLACE = "payment/referral"


@worked("payment/referral/loss.yaml")
def test_who_loses(case: Worked) -> None:
    told = case.given
    sender = stay("C1", "T1", standard=told["standard"], cost=told["cost"], mean_cost=told.get("mean"))
    receiver = stay(
        "C2", "S1", "secondary", admitted=5, standard=told["receivers_standard"], cost=told["receivers_cost"],
        mean_cost=told.get("receivers_mean"),
    )  # fmt: skip
    terms = read_split(case.view)
    payments = pay_episode(episode(link(sender, receiver)), lambda _: terms)
    report = report_losses(case.view, [payments], {("R1", "T1"): yuan_to_fen(told.get("top_up", "0"))})
    assert {loss.role: loss.amount_fen for loss in report.losses} == {
        role: yuan_to_fen(amount) for role, amount in case.expect.items()
    }
    assert report.amount_fen == sum(yuan_to_fen(amount) for amount in case.expect.values())
    assert report.referrals == 1
    for loss in report.losses:
        assert loss.amount_fen == loss.without_fen - (loss.income_fen - loss.cost_fen)
        assert loss.rule == f"payment.referral.loss.{loss.role}"
        assert (loss.episode_id, loss.referral_id) == ("R1", "R1")


NO_SPLIT: dict[str, object] = {f"{PLACE}/loss/cost": "actual", f"{PLACE}/loss/without": "sender_completes"}


def reported(values: dict[str, object], *stays: Any) -> Any:
    view = view_with(values)
    links = [link(a, b, referral_id=f"R{i}") for i, (a, b) in enumerate(itertools.pairwise(stays))]
    return report_losses(view, [pay_episode(episode(*links), lambda _: read_split(view))], {})


def test_a_member_that_gets_its_patient_back_is_compared_by_all_its_stays() -> None:
    stays = (
        stay("C1", "S1", "secondary", standard="6000", cost="2000"),
        stay("C2", "T1", admitted=5, standard="30000", cost="20000"),
        stay("C3", "S1", "secondary", admitted=10, standard="5000", cost="7000"),
    )
    found = reported(NO_SPLIT, *stays)
    # By treating alone S1 would have lost 23,000; with both referrals it has 2,000 left. T1 has 10,000 left either
    # way of its own stay, and by treating to the end 3,000. Only the third stay is a loss, of 2,000, to its receiver.
    assert [(loss.referral_id, loss.institution_id, loss.role, loss.amount_fen) for loss in found.losses] == [
        ("R1", "S1", "receiver", 200_000)
    ]
    assert found.referrals == 2


def test_what_cannot_be_compared_is_named() -> None:
    found = reported(NO_SPLIT, stay(priced=False), stay("C2", "S1", "secondary", admitted=5))
    assert (found.unknown, found.referrals, found.losses) == (("R0",), 0, ())
    by_reference = {**NO_SPLIT, f"{PLACE}/loss/cost": "reference"}
    assert reported(by_reference, stay(), stay("C2", "S1", "secondary", admitted=5)).unknown == ("R0",)


def test_the_summary_counts_referrals_and_roles() -> None:
    found = reported(NO_SPLIT, stay(), stay("C2", "S1", "secondary", admitted=5, standard="1000", cost="1500"))
    assert "1 次有效转诊中 1 次有成员受损，共 500.00 元" in found.step.outcome.zh
    assert [fact.value for fact in found.step.facts] == ["0 / 0.00", "1 / 500.00"]


WINDOW: dict[str, object] = {
    f"{PLACE}/return_flow/window_days": "14",
    f"{PLACE}/return_flow/window_operator": "le",
}


@pytest.mark.parametrize(
    ("admitted", "level", "operator", "came_back"),
    [
        (24, "tertiary", "le", True),
        (24, "tertiary", "lt", False),
        (25, "tertiary", "le", False),
        (10, "tertiary", "le", True),
        (9, "tertiary", "le", False),
        (12, "primary", "le", False),
    ],
)
def test_a_return_is_a_stay_at_a_higher_level_within_the_window(
    admitted: int, level: str, operator: str, came_back: bool
) -> None:
    view = view_with({**WINDOW, f"{PLACE}/return_flow/window_operator": operator})
    sender, receiver = stay("C1"), stay("C2", "S1", "secondary", admitted=5)
    later = stay("C3", "T1", level, admitted=admitted)
    stranger = stay("C4", "T1", admitted=11, person_id="P9")
    found = return_flow(view, [link(sender, receiver)], [sender, receiver, later, stranger])
    assert found.returned == (("R1",) if came_back else ())
    assert found.rate == Fraction(int(came_back), 1)


def test_the_return_rate_is_over_down_referrals_alone() -> None:
    view = view_with(WINDOW)
    lower, upper = stay("C1", "S1", "secondary"), stay("C2", admitted=5)
    found = return_flow(view, [link(lower, upper, direction="up")], [lower, upper])
    assert (found.down_referrals, found.rate) == (0, None)


FOUND_ON = date(2025, 5, 1)


@worked("payment/referral/deduction.yaml")
def test_a_deduction_takes_its_steps(case: Worked) -> None:
    deduction = propose(case.view, Event("R1", "S1", case.given["fault"], FOUND_ON, 1_234_567))
    assert (deduction.state, deduction.amount_fen) == ("proposed", yuan_to_fen(case.expect["proposed"]))
    if "refused" in case.expect:
        with pytest.raises(TongchouError, match=r"payment\.referral\.deduction_state"):
            _steps(case.view, deduction, case.given["steps"])
        return
    done, transfer = _steps(case.view, deduction, case.given["steps"])
    assert done.state == case.expect["state"]
    owed = yuan_to_fen(case.expect.get("owed", "0"))
    assert (transfer.amount_fen if transfer else 0) == owed
    assert len(done.step.children) == len(case.given["steps"])
    if transfer:
        assert (transfer.payer, transfer.payee) == (Party("institution", "S1"), FUND)
        assert transfer.rule == f"payment.referral.deduction.{case.given['fault']}"
        assert transfer.month == f"{done.state_on:%Y-%m}"


def test_a_rate_of_no_stay_is_refused() -> None:
    view = view_with({f"{PLACE}/deduction/basis": "rate", f"{PLACE}/deduction/rate": {"default": "0.1"}})
    with pytest.raises(TongchouError, match=r"payment\.referral\.no_stay_to_deduct"):
        propose(view, Event("R1", "S1", "refusal", FOUND_ON, None))


def _steps(view: PolicyView, deduction: Deduction, steps: list[dict[str, str]]) -> tuple[Deduction, Transfer | None]:
    transfer = None
    for step in steps:
        kind = next(iter(step))
        on = FOUND_ON + timedelta(days=int(step[kind]))
        amount = yuan_to_fen(step.get("amount", "0"))
        match kind:
            case "review":
                deduction = review(deduction, on, amount)
            case "appeal":
                deduction = appeal(view, deduction, on)
            case "decide":
                deduction = decide(view, deduction, on, amount)
            case _:
                deduction, transfer = post(view, deduction, on)
    return deduction, transfer
