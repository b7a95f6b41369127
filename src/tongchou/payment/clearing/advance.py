"""The advance (预付金): about a month of last year's payments, granted at the start of a year and set off in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.clearing.lines import ADVANCE
from tongchou.payment.clearing.months import ClearedMonth, set_off_advance
from tongchou.payment.comparison import SIGNS, holds
from tongchou.policy import PolicyView

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Advance:
    """An advance granted to an institution.

    Attributes:
        month: The month it is paid in, `YYYY-MM`.
        granted_fen: The advance, fen; 0 where a condition is not met.
        schedule_fen: Month -> what is to be set off against that month's payment, fen; empty where all is set off
            at clearing.
        explanation: How it came about.
    """

    month: str
    granted_fen: int
    schedule_fen: Mapping[str, int]
    explanation: Step


def grant_advance(view: PolicyView, institution_id: str, year: int, last_year_paid_fen: int) -> Advance | None:
    """Return the year's advance to an institution, or None where the policy grants none.

    By `settlement/advance/method`:

    * `month_of_last_year`: last year's payments / 12 x `settlement/advance/months`;
    * `risk_and_past_use`: the same x the institution's `settlement/advance/risk_factor` (start-of-year prepayment by
      health risk and past use).

    The amount is tied to the down-referral score by `settlement/advance/link`: not at all (`none`), a part of it
    (`weighted_part`: x (1 - w + w x score)) or all of it (`whole`: x score). It is granted only where the fund can pay
    for the months that `settlement/advance/min_fund_months` asks for (`settlement/advance/operator`). Everything is
    multiplied first and rounded once, half up to the fen. `settlement/advance/set_off` says whether it is set off in
    equal parts against the months after it was paid (`monthly`), or as a whole at clearing (`at_clearing`).

    Args:
        view: The policy of the year.
        institution_id: The institution.
        year: The year it is granted for.
        last_year_paid_fen: What the fund paid it for the year before, fen.

    Raises:
        TongchouError: `payment.unknown_choice`; `policy.no_value` for a missing parameter.
    """
    with view.recording() as reads:
        method = view.text("settlement/advance/method")
        if method == "none":
            return None
        number = view.whole("settlement/advance/grant_month")
        ratio, factors = _ratio(view, institution_id, method)
        rejected = _refusals(view, last_year_paid_fen)
        granted = 0 if rejected else round_half_up(last_year_paid_fen * ratio / _MONTHS)
        schedule = _schedule(view, year, number, granted)
    explanation = Step(
        ADVANCE,
        Text("年初预付金", "Advance at the start of the year"),
        Text(f"预付 {format_yuan(granted)} 元", f"{format_yuan(granted)} yuan advanced"),
        facts=(Fact(Text("上年支付（元）", "paid last year, yuan"), format_yuan(last_year_paid_fen)), *factors),
        parameters=tuple(reads),
        rejected=rejected,
    )
    return Advance(f"{year:04d}-{number:02d}", granted, schedule, explanation)


def set_off(advance: Advance | None, months: Sequence[ClearedMonth]) -> tuple[ClearedMonth, ...]:
    """Return the months with what each sets off against the advance."""
    return tuple(months) if advance is None else set_off_advance(months, advance.schedule_fen)


def link_factor(link: str, weight_e4: int, score_e4: int) -> Fraction:
    """Return what a score makes of an amount that is tied to it.

    >>> link_factor("weighted_part", 2_000, 5_000), link_factor("whole", 2_000, 5_000)
    (Fraction(9, 10), Fraction(1, 2))

    Args:
        link: `weighted_part`, 1 - w + w x score, or `whole`, the score itself.
        weight_e4: w x 10,000.
        score_e4: The score, 0 to 1, x 10,000.
    """
    score = Fraction(score_e4, E4)
    weight = Fraction(weight_e4, E4)
    return score if link == "whole" else 1 - weight + weight * score


def _ratio(view: PolicyView, institution_id: str, method: str) -> tuple[Fraction, tuple[Fact, ...]]:
    months_e4 = view.e4("settlement/advance/months")
    ratio = Fraction(months_e4, E4)
    facts = [Fact(Text("预付月数", "months advanced"), format_e4(months_e4))]
    if method == "risk_and_past_use":
        risk_e4 = view.e4("settlement/advance/risk_factor", institution_id=institution_id)
        ratio *= Fraction(risk_e4, E4)
        facts.append(Fact(Text("健康风险系数", "factor of health risk"), format_e4(risk_e4)))
    elif method != "month_of_last_year":
        raise unknown_choice("settlement/advance/method", method)
    link = view.text("settlement/advance/link")
    if link == "none":
        return ratio, tuple(facts)
    if link not in ("weighted_part", "whole"):
        raise unknown_choice("settlement/advance/link", link)
    weight_e4 = view.e4("settlement/advance/link_weight") if link == "weighted_part" else E4
    score_e4 = view.e4("settlement/advance/link_score", institution_id=institution_id)
    factor = link_factor(link, weight_e4, score_e4)
    facts.append(Fact(Text("下转得分", "score of down-referrals"), format_e4(score_e4)))
    facts.append(Fact(Text("挂钩系数", "factor by that score"), format_e4(round_half_up(factor * E4))))
    return ratio * factor, tuple(facts)


def _refusals(view: PolicyView, last_year_paid_fen: int) -> tuple[Text, ...]:
    fund_e4, least_e4 = view.e4("settlement/advance/fund_months"), view.e4("settlement/advance/min_fund_months")
    operator = view.text("settlement/advance/operator")
    if operator not in ("ge", "gt"):
        raise unknown_choice("settlement/advance/operator", operator)
    refused = []
    if not holds(operator, fund_e4, least_e4):
        sign = SIGNS[operator]
        refused.append(
            Text(
                f"基金可支付月数 {format_e4(fund_e4)} 未满足 {sign} {format_e4(least_e4)}，不预付",
                f"the fund can pay for {format_e4(fund_e4)} months, not {sign} {format_e4(least_e4)}: nothing advanced",
            )
        )
    if last_year_paid_fen <= 0:
        refused.append(Text("上年没有支付，无从计算月均", "nothing was paid last year, so there is no monthly average"))
    return tuple(refused)


def _schedule(view: PolicyView, year: int, grant_month: int, granted_fen: int) -> dict[str, int]:
    match view.text("settlement/advance/set_off"):
        case "at_clearing":
            return {}
        case "monthly":
            later = [f"{year:04d}-{number:02d}" for number in range(grant_month + 1, _MONTHS + 1)]
            return split_largest_remainder(granted_fen, dict.fromkeys(later, 1))
        case other:
            raise unknown_choice("settlement/advance/set_off", other)
