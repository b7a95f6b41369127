"""The score of the share of down-referrals (下转占比得分) and its part in the assessment (payment formulas §10.9)."""

from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, divide_half_up, format_e4, round_half_up
from tongchou.core.text import Text
from tongchou.payment.comparison import holds
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class Score:
    """A score or a number of points x 10,000, with its explanation."""

    value_e4: int
    step: Step


def down_share_score(view: PolicyView, share: Fraction) -> Score:
    """Return the score, 0 to 1: none below the zero line, full from the full line on.

    Between them `linear` gives (share - zero) / (full - zero), rounded half up to four decimals; `zero` and `full` give
    nothing or all. The share is compared exactly.

    Raises:
        TongchouError: `payment.referral.lines` if the zero line is not below the full line.
    """
    place = "payment/referral/down_share"
    with view.recording() as reads:
        zero, full = (Fraction(view.e4(f"{place}/{line}"), E4) for line in ("zero", "full"))
        is_full = holds(view.text(f"{place}/full_operator"), share, full)
        is_zero = holds(view.text(f"{place}/zero_operator"), share, zero)
        between = view.text(f"{place}/between")
    if zero >= full:
        raise TongchouError(
            "payment.referral.lines",
            what=Text("零分线不低于满分线", "the zero line is not below the full line"),
            where=f"{place}/zero, {place}/full",
            why=Text("两线之间才能计分", "the score runs from one to the other"),
            remedy=Text("改正两条线的取值", "correct the two values"),
        )
    inside = {"linear": (share - zero) / (full - zero), "zero": Fraction(0), "full": Fraction(1)}[between]
    score = Fraction(1) if is_full else Fraction(0) if is_zero else min(max(inside, Fraction(0)), Fraction(1))
    value = round_half_up(score * E4)
    step = Step(
        "payment.referral.down_share",
        Text("下转占比得分", "Score of the down-referral share"),
        Text.plain(format_e4(value)),
        facts=(Fact(Text("下转占比", "down-referral share"), str(share)),),
        parameters=tuple(reads),
    )
    return Score(value, step)


def synergy_points(view: PolicyView, score_e4: int) -> Score:
    """Return the points of the whole assessment (of 100) that a score gives: 100 x weight x score.

    Raises:
        TongchouError: `payment.referral.weight` if the weight is below the least that the policy allows.
    """
    with view.recording() as reads:
        weight = _weight(view)
    value = divide_half_up(100 * weight * score_e4, E4)
    step = Step(
        "payment.referral.down_share.points",
        Text("协同指标得分", "Points of synergy"),
        Text.plain(format_e4(value)),
        facts=(Fact(Text("得分", "score"), format_e4(score_e4)),),
        parameters=tuple(reads),
    )
    return Score(value, step)


def whole_score(view: PolicyView, score_e4: int, others_e4: int) -> Score:
    """Return the score of the whole assessment, 0 to 1: weight x score + (1 - weight) x the others' score.

    It is what institutions are ranked by (`payment.referral.ranking`).

    Args:
        view: The policy.
        score_e4: The score of synergy, 0 to 1, x 10,000.
        others_e4: The score of all other items together, 0 to 1, x 10,000.

    Raises:
        TongchouError: `payment.referral.weight` if the weight is below the least that the policy allows.
    """
    with view.recording() as reads:
        weight = _weight(view)
    value = divide_half_up(weight * score_e4 + (E4 - weight) * others_e4, E4)
    step = Step(
        "payment.referral.down_share.whole",
        Text("考核总得分", "Score of the whole assessment"),
        Text.plain(format_e4(value)),
        facts=(
            Fact(Text("协同得分", "score of synergy"), format_e4(score_e4)),
            Fact(Text("其他指标得分", "score of the others"), format_e4(others_e4)),
        ),
        parameters=tuple(reads),
    )
    return Score(value, step)


def _weight(view: PolicyView) -> int:
    weight = view.e4("payment/referral/down_share/weight")
    least = view.e4("payment/referral/down_share/least_weight")
    if weight < least:
        raise TongchouError(
            "payment.referral.weight",
            what=Text("协同指标权重过低", "the weight of synergy is too low"),
            where=f"payment/referral/down_share/weight: {format_e4(weight)}",
            why=Text(f"不得低于 {format_e4(least)}", f"it may not be below {format_e4(least)}"),
            remedy=Text("提高权重", "raise the weight"),
        )
    return weight
