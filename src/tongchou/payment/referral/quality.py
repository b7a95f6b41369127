"""What early down-referral costs an institution in its assessment (下转后并发症)."""

from fractions import Fraction

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, scale
from tongchou.core.text import Text
from tongchou.payment.comparison import holds
from tongchou.payment.referral.down_share import Score
from tongchou.policy import PolicyView


def quality_after_referral(view: PolicyView, quality_e4: int, other_e4: int, rise: Fraction) -> Score:
    """Return an assessment's total score after the deduction for complications, rounded half up to four decimals.

    The seeds leave open whether the deduction is of the quality score or of the total; the policy says.

    Args:
        view: The policy.
        quality_e4: The quality score x 10,000, a part of the total.
        other_e4: The rest of the total x 10,000.
        rise: Rise of the rate of complications after down-referral against the period before.
    """
    place = "payment/referral/quality"
    total = quality_e4 + other_e4
    with view.recording() as reads:
        threshold = Fraction(view.e4(f"{place}/complication_rise"), E4)
        is_reached = holds(view.text(f"{place}/operator"), rise, threshold)
        basis = {"quality_score": quality_e4, "total_score": total}[view.text(f"{place}/deduction_of")]
        deducted = scale(basis, view.e4(f"{place}/deduction")) if is_reached else 0
    left = total - deducted
    step = Step(
        "payment.referral.quality",
        Text("下转后并发症扣分", "Deduction for complications after down-referral"),
        Text(
            f"扣 {format_e4(deducted)}，总分 {format_e4(left)}", f"{format_e4(deducted)} off: {format_e4(left)} in all"
        ),
        facts=(
            Fact(Text("并发症率升幅", "rise of complications"), str(rise)),
            Fact(Text("质量分", "quality score"), format_e4(quality_e4)),
            Fact(Text("总分", "total score"), format_e4(total)),
        ),
        parameters=tuple(reads),
        rejected=() if is_reached else (Text("升幅未达警戒，不扣分", "the rise is not alarming: nothing is deducted"),),
    )
    return Score(left, step)
