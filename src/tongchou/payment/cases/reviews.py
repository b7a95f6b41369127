"""Special reviews (特例单议): applications within the quota, decided by experts of other institutions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up
from tongchou.core.text import Text
from tongchou.policy.view import PolicyView

Opinion = Literal["by_item", "adjusted", "refuse"]


@dataclass(frozen=True, slots=True)
class ExpertOpinion:
    """What one expert says of an application.

    Attributes:
        expert_id: The expert.
        institution_id: Where he works.
        opinion: Pay by item, pay an adjusted amount, or refuse.
        amount_fen: The adjusted amount that he finds right, fen; 0 otherwise.
    """

    expert_id: str
    institution_id: str
    opinion: Opinion
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Application:
    """A hospital's application for a special review.

    Attributes:
        review_id: The application.
        case_id: The case.
        institution_id: The hospital.
        applied_on: The day.
        opinions: What the experts say.
    """

    review_id: str
    case_id: str
    institution_id: str
    applied_on: date
    opinions: tuple[ExpertOpinion, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What became of an application.

    Attributes:
        application: The application.
        decision: `by_item`, `adjusted`, or `refused`: the case is then paid as any other.
        amount_fen: The adjusted amount, fen; 0 otherwise.
        step: The reasons.
    """

    application: Application
    decision: Literal["by_item", "adjusted", "refused"]
    amount_fen: int
    step: Step


def decide_reviews(
    view: PolicyView, method: str, applications: Iterable[Application], discharges: Mapping[str, int]
) -> tuple[Review, ...]:
    """Decide every application, by hospital in the order of application.

    At most the policy's share of a hospital's discharges (rounded down) is reviewed; what comes after is refused, and
    so is a second application for a case. An expert of the applying hospital does not count (回避), nor does a second
    opinion of one expert; with fewer opinions than the policy asks for, and without a majority of all that count, the
    case is refused. An adjusted amount is the mean of the adjusting experts' amounts, half up to the fen.

    Args:
        view: The policy on the last day of the period.
        method: How inpatient cases are paid, for the quota.
        applications: All applications of the period, in any order.
        discharges: Discharges of each hospital in the period.
    """
    with view.recording() as reads:
        quota_e4 = view.e4("payment/review/quota", payment_method=method)
        needed = view.whole("payment/review/experts")
    taken: Counter[str] = Counter()
    seen: set[str] = set()
    reviews = []
    for each in sorted(applications, key=lambda one: (one.applied_on, one.review_id)):
        allowed = discharges.get(each.institution_id, 0) * quota_e4 // E4
        counted = _counted(each)
        decision, amount, why = _by_experts(counted, needed)
        if each.case_id in seen:
            decision, amount, why = "refused", 0, _SECOND
        elif taken[each.institution_id] >= allowed:
            decision, amount, why = "refused", 0, _over_quota(allowed, quota_e4)
        else:
            taken[each.institution_id] += 1
        seen.add(each.case_id)
        facts = (
            Fact(Text("申请日期", "applied on"), each.applied_on.isoformat()),
            Fact(Text("有效意见", "opinions that count"), str(len(counted))),
            Fact(
                Text("回避或重复的意见", "opinions of experts who stand aside, or given twice"),
                str(len(each.opinions) - len(counted)),
            ),
        )
        step = Step(
            "payment.review",
            Text(f"特例单议 {each.review_id}", f"Special review {each.review_id}"),
            why,
            facts,
            tuple(reads),
        )
        reviews.append(Review(each, decision, amount, step))
    return tuple(reviews)


def _counted(application: Application) -> tuple[ExpertOpinion, ...]:
    outside = {
        each.expert_id: each
        for each in sorted(application.opinions, key=lambda one: one.expert_id, reverse=True)
        if each.institution_id != application.institution_id
    }
    return tuple(outside[expert] for expert in sorted(outside))


def _by_experts(
    opinions: Sequence[ExpertOpinion], needed: int
) -> tuple[Literal["by_item", "adjusted", "refused"], int, Text]:
    if len(opinions) < needed:
        return "refused", 0, Text(f"有效意见不足 {needed} 名，不予单议", f"fewer than {needed} opinions count: refused")
    votes = Counter(each.opinion for each in opinions)
    if 2 * votes["by_item"] > len(opinions):
        return "by_item", 0, Text("多数专家同意按项目支付", "most experts would pay by item")
    if 2 * votes["adjusted"] > len(opinions):
        amounts = [each.amount_fen for each in opinions if each.opinion == "adjusted"]
        amount = round_half_up(Fraction(sum(amounts), len(amounts)))
        return (
            "adjusted",
            amount,
            Text(f"多数专家同意调整为 {format_yuan(amount)} 元", f"most experts would pay {format_yuan(amount)} yuan"),
        )
    return "refused", 0, Text("没有多数意见，不予单议", "there is no majority: refused")


_SECOND = Text("同一病例已有申请，不予重复", "the case was applied for before: refused")


def _over_quota(allowed: int, quota_e4: int) -> Text:
    return Text(
        f"超出限额 {allowed} 例（出院人次的 {format_e4(quota_e4)}），不予单议",
        f"beyond the quota of {allowed} cases ({format_e4(quota_e4)} of the discharges): refused",
    )
