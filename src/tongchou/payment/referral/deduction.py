"""Deductions for refusing a referral or for a false one (拒收、虚假转诊), with a hearing where the policy asks for it.

They are proposed, reviewed, appealed, decided and posted. Where the policy asks for a review nothing is posted before
it is decided, and nothing is decided before the appeal or the end of the days to appeal.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.comparison import holds
from tongchou.payment.transfer import FUND, Party, Transfer
from tongchou.policy import PolicyView

Fault = Literal["refusal", "false_referral"]
State = Literal["proposed", "reviewed", "appealed", "decided", "posted"]

RULE = "payment.referral.deduction"
PURPOSE = "referral_deduction"
FAULT = {"refusal": Text("拒收转诊", "refused a referral"), "false_referral": Text("虚假转诊", "false referral")}
STATE = {
    "proposed": Text("拟扣减", "proposed"),
    "reviewed": Text("已审核", "reviewed"),
    "appealed": Text("已申诉", "appealed"),
    "decided": Text("已决定", "decided"),
    "posted": Text("已入账", "posted"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """A fault that was found.

    Attributes:
        referral_id: The referral.
        institution_id: Whose fault: the receiver that refused, the sender of a false referral.
        fault: What it did.
        found_on: The day.
        payable_fen: What is payable in all for the stay concerned, fen; None where no stay is priced.
    """

    referral_id: str
    institution_id: str
    fault: Fault
    found_on: date
    payable_fen: int | None


@dataclass(frozen=True, slots=True)
class Deduction:
    """A deduction on its way.

    Attributes:
        event: What it is for.
        state: Where it stands.
        state_on: The day it came there.
        amount_fen: What is to be deducted as it stands, fen; the decision may lower it, also to nothing.
        step: The explanation; every move adds a step.
    """

    event: Event
    state: State
    state_on: date
    amount_fen: int
    step: Step


def propose(view: PolicyView, event: Event) -> Deduction:
    """Return a proposed deduction: a rate of what the stay is payable, rounded once, or a fixed amount.

    Raises:
        TongchouError: `payment.referral.no_stay_to_deduct` if the policy takes a rate and no stay is priced.
    """
    place = "payment/referral/deduction"
    with view.recording() as reads:
        if view.text(f"{place}/basis") == "fixed":
            amount = view.fen(f"{place}/amount", referral_fault=event.fault)
        elif event.payable_fen is None:
            raise _no_stay(event)
        else:
            amount = scale(max(0, event.payable_fen), view.e4(f"{place}/rate", referral_fault=event.fault))
    payable = "-" if event.payable_fen is None else format_yuan(event.payable_fen)
    step = Step(
        RULE,
        Text(f"{FAULT[event.fault].zh}扣减（{event.referral_id}）", f"{FAULT[event.fault].en} ({event.referral_id})"),
        Text(f"拟扣 {format_yuan(amount)} 元", f"{format_yuan(amount)} yuan proposed"),
        facts=(
            Fact(Text("机构", "institution"), event.institution_id),
            Fact(Text("认定日期", "found on"), event.found_on.isoformat()),
            Fact(Text("相关住院应支付总额（元）", "payable for the stay, yuan"), payable),
        ),
        parameters=tuple(reads),
    )
    return Deduction(event, "proposed", event.found_on, amount, step)


def review(deduction: Deduction, on: date, amount_fen: int) -> Deduction:
    """Return the deduction as reviewed, at the proposed amount or less; zero ends it, there is nothing to post."""
    return _moved(deduction, ("proposed",), "reviewed", on, amount_fen)


def appeal(view: PolicyView, deduction: Deduction, on: date) -> Deduction:
    """Return the deduction as appealed by the institution.

    Raises:
        TongchouError: `payment.referral.deduction_state` if it is not reviewed, or the days to appeal are over.
    """
    if deduction.state == "reviewed" and not _is_in_time(view, deduction, on):
        raise _refused(deduction, "appealed", Text("申诉期限已过", "the days to appeal are over"))
    return _moved(deduction, ("reviewed",), "appealed", on, deduction.amount_fen)


def decide(view: PolicyView, deduction: Deduction, on: date, amount_fen: int) -> Deduction:
    """Return the deduction as decided: on the appeal, or without one once the days to appeal are over.

    Args:
        view: The policy.
        deduction: Appealed, or reviewed and not appealed in time.
        on: The day of the decision.
        amount_fen: What is deducted, at most the amount as it stands.
    """
    if deduction.state == "reviewed" and _is_in_time(view, deduction, on):
        raise _refused(deduction, "decided", Text("申诉期限未满", "the days to appeal are not over yet"))
    return _moved(deduction, ("reviewed", "appealed"), "decided", on, amount_fen)


def post(view: PolicyView, deduction: Deduction, on: date) -> tuple[Deduction, Transfer | None]:
    """Return the deduction as posted and what the institution owes the fund; None where the amount is nothing.

    It counts in the month of the posting. With `automatic` a proposal may be posted at once; with `after_review` only
    what is decided.

    Raises:
        TongchouError: `payment.referral.deduction_state` if it may not be posted yet, or is posted already.
    """
    with view.recording() as reads:
        is_automatic = view.text("payment/referral/deduction/procedure") == "automatic"
    allowed: tuple[State, ...] = ("proposed", "decided") if is_automatic else ("decided",)
    moved = _moved(deduction, allowed, "posted", on, deduction.amount_fen)
    step = replace(moved.step, parameters=(*moved.step.parameters, *reads))
    posted = replace(moved, step=step)
    if not posted.amount_fen:
        return posted, None
    event = posted.event
    payer = Party("institution", event.institution_id)
    transfer = Transfer(
        f"{RULE}.{event.fault}", PURPOSE, payer, FUND, f"{on:%Y-%m}", posted.amount_fen, event.referral_id, step
    )
    return posted, transfer


def is_automatic(view: PolicyView) -> bool:
    """Return whether the policy lets a proposal be posted without review."""
    return view.text("payment/referral/deduction/procedure") == "automatic"


def _moved(deduction: Deduction, allowed: tuple[State, ...], state: State, on: date, amount_fen: int) -> Deduction:
    if deduction.state not in allowed:
        names = "、".join(STATE[each].zh for each in allowed), ", ".join(STATE[each].en for each in allowed)
        why = Text(f"此步之前须为：{names[0]}", f"before this step it must be: {names[1]}")
        raise _refused(deduction, state, why)
    if on < deduction.state_on:
        raise _refused(deduction, state, Text("日期早于上一步", "the day is before that of the last step"))
    if not 0 <= amount_fen <= deduction.amount_fen:
        raise _refused(
            deduction, state, Text("金额只能减少，不能为负", "the amount may only be lowered, not below zero")
        )
    amount = format_yuan(amount_fen)
    child = Step(
        f"{RULE}.{state}",
        STATE[state],
        Text(f"{on.isoformat()}，{amount} 元", f"{on.isoformat()}, {amount} yuan"),
    )
    step = replace(deduction.step, children=(*deduction.step.children, child))
    return Deduction(deduction.event, state, on, amount_fen, step)


def _is_in_time(view: PolicyView, deduction: Deduction, on: date) -> bool:
    days = view.whole("payment/referral/deduction/appeal_days")
    comparison = view.text("payment/referral/deduction/appeal_operator")
    return holds(comparison, (on - deduction.state_on) // timedelta(days=1), days)


def _refused(deduction: Deduction, state: State, why: Text) -> TongchouError:
    event = deduction.event
    return TongchouError(
        "payment.referral.deduction_state",
        what=Text(
            f"扣减不能由“{STATE[deduction.state].zh}”转为“{STATE[state].zh}”",
            f"a deduction that is {STATE[deduction.state].en} cannot be {STATE[state].en}",
        ),
        where=f"{event.referral_id} {event.institution_id}: {format_yuan(deduction.amount_fen)}",
        why=why,
        remedy=Text(
            "按拟扣减、审核、申诉、决定、入账的次序办理",
            "take the steps in order: proposed, reviewed, appealed, decided, posted",
        ),
    )


def _no_stay(event: Event) -> TongchouError:
    return TongchouError(
        "payment.referral.no_stay_to_deduct",
        what=Text("没有可按比例扣减的住院", "there is no stay to take a rate of"),
        where=f"{event.referral_id} {event.institution_id}",
        why=Text("相关住院不在本结算期，缺失不能当作零", "the stay is not priced in the period; missing is not zero"),
        remedy=Text(
            "将 payment/referral/deduction/basis 设为 fixed，或在其结算期办理",
            "set payment/referral/deduction/basis to fixed, or do it in the stay's period",
        ),
    )
