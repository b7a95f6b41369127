"""The reward for up-referrals (上转奖励): apart from the rest, capped, off unless the policy turns it on.

It pulls against every reward of down-referrals, so it has a direction, a level and a ceiling of its own.
"""

from dataclasses import dataclass

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.comparison import holds
from tongchou.policy import PolicyView

RULE = "payment.referral.up_reward"
PURPOSE = "up_referral_reward"


@dataclass(frozen=True, slots=True)
class SenderYear:
    """What an institution sent on in a year.

    Attributes:
        institution_id: The institution.
        level: Its level.
        discharges: Its stays.
        up_referrals: Valid up-referrals that it sent.
        standards_fen: The sum of its stays' payment standards, fen.
    """

    institution_id: str
    level: str
    discharges: int
    up_referrals: int
    standards_fen: int


@dataclass(frozen=True, slots=True)
class UpReward:
    """An institution's reward of a year, fen, with its explanation."""

    institution_id: str
    amount_fen: int
    step: Step


def up_reward(view: PolicyView, year: SenderYear) -> UpReward:
    """Return the reward: rate x the sum of standards, rounded once, at most the year's cap; zero where it is off.

    The share of up-referrals is compared with the threshold exactly, without dividing.
    """
    place = "payment/referral/up_reward"
    amount = 0
    rejected: tuple[Text, ...] = ()
    with view.recording() as reads:
        if view.text(f"{place}/method") == "off":
            rejected = (Text("未启用上转奖励", "there is no reward for up-referrals"),)
        elif view.text(f"{place}/level") != year.level:
            rejected = (Text("该等级机构不适用", "it is not for this level"),)
        elif not _is_reached(view, year):
            rejected = (Text("上转占比未达门槛", "the share of up-referrals is below the threshold"),)
        else:
            earned = scale(year.standards_fen, view.e4(f"{place}/rate"))
            cap = view.fen(f"{place}/cap", institution_id=year.institution_id)
            amount = min(earned, cap)
            if earned > cap:
                over = format_yuan(earned)
                rejected = (Text(f"按比例为 {over} 元，已封顶", f"{over} yuan by the rate, cut by the cap"),)
    step = Step(
        RULE,
        Text(f"{year.institution_id} 的上转奖励", f"Up-referral reward of {year.institution_id}"),
        Text(f"{format_yuan(amount)} 元", f"{format_yuan(amount)} yuan"),
        facts=(
            Fact(Text("有效上转 / 出院人次", "valid up-referrals / discharges"), _ratio(year)),
            Fact(Text("支付标准合计（元）", "sum of standards, yuan"), format_yuan(year.standards_fen)),
        ),
        parameters=tuple(reads),
        rejected=rejected,
    )
    return UpReward(year.institution_id, amount, step)


def _is_reached(view: PolicyView, year: SenderYear) -> bool:
    threshold = view.e4("payment/referral/up_reward/threshold")
    comparison = view.text("payment/referral/up_reward/operator")
    return year.discharges > 0 and holds(comparison, year.up_referrals * E4, threshold * year.discharges)


def _ratio(year: SenderYear) -> str:
    return f"{year.up_referrals} / {year.discharges}"
