"""The corridor of a surplus: above it the quality of care is reviewed, for a high surplus may be too little care."""

from collections.abc import Sequence
from dataclasses import dataclass

from tongchou.alliance.choices import unknown_choice
from tongchou.alliance.outcome import Slice, make_slice
from tongchou.alliance.records import Finding, SurplusReview
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.schema.states import SURPLUS_REVIEW_DECISION

_HANDLING = "alliance/surplus/review/handling"
_OPERATOR = "alliance/surplus/review/operator"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A surplus after its review.

    Attributes:
        slices: Its slices, without what is held or returned.
        held_fen: What the alliance would keep above the corridor and waits for the decision.
        findings: The alarm.
        steps: The explanation of the review; empty where there is none.
    """

    slices: tuple[Slice, ...]
    held_fen: int
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...]


def review_surplus(view: PolicyView, base_fen: int, slices: Sequence[Slice], review: SurplusReview | None) -> Reviewed:
    """Apply the corridor alarm to a surplus.

    `alliance/surplus/review/handling`: `none`, no corridor; `pay`, a surplus above the corridor
    (`…/rate` of the base, compared by `…/operator`) is reported and paid; `hold`, what the alliance would keep above
    it waits until the review releases or returns it. A review that returns it takes it back under `pay` too.

    Args:
        view: The policy that the year is settled by.
        base_fen: What the surplus is measured against.
        slices: The surplus as the bands give it.
        review: The review, where there was one; none is as one that is pending.

    Raises:
        TongchouError: `alliance.unknown_choice`.
    """
    unchanged = Reviewed(tuple(slices), 0, (), ())
    surplus = sum(part.amount_fen for part in slices)
    with view.recording() as reads:
        handling = view.text(_HANDLING)
        if handling == "none":
            return unchanged
        if handling not in ("pay", "hold"):
            raise unknown_choice(_HANDLING, handling)
        rate_e4 = view.e4("alliance/surplus/review/rate")
        operator = view.text(_OPERATOR)
    bound = scale(base_fen, rate_e4)
    if not _is_beyond(operator, surplus, bound):
        return unchanged
    decision = review.decision if review else "pending"
    capped = tuple(_within(part, base_fen, bound) for part in slices)
    excess = sum(part.alliance_fen for part in slices) - sum(part.alliance_fen for part in capped)
    is_cut = decision == "returned" or (handling == "hold" and decision == "pending")
    held = excess if is_cut and decision == "pending" else 0
    step = Step(
        f"alliance.surplus.review.{handling}",
        Text("高结余质量复核", "Review of a high surplus"),
        Text(
            f"结余超出 {format_e4(rate_e4)}：{SURPLUS_REVIEW_DECISION[decision].zh}，暂缓 {format_yuan(held)} 元",
            f"surplus beyond {format_e4(rate_e4)}: {SURPLUS_REVIEW_DECISION[decision].en}, "
            f"{format_yuan(held)} yuan held",
        ),
        facts=(
            Fact(Text("警戒金额（元）", "bound, yuan"), format_yuan(bound)),
            Fact(Text("超出部分可留用额（元）", "would be kept above it, yuan"), format_yuan(excess)),
            Fact(Text("复核文件", "document"), review.document if review else "-"),
        ),
        parameters=tuple(reads),
    )
    return Reviewed(capped if is_cut else tuple(slices), held, (_alarm(surplus, rate_e4),), (step,))


def _is_beyond(operator: str, surplus: int, bound: int) -> bool:
    match operator:
        case "gt":
            return surplus > bound
        case "ge":
            return surplus >= bound
        case other:
            raise unknown_choice(_OPERATOR, other)


def _within(part: Slice, base_fen: int, bound: int) -> Slice:
    """Return the slice with the alliance's part of what lies below the bound; a closed gate stays closed."""
    below = min(part.amount_fen, max(0, bound - scale(base_fen, part.lower_e4)))
    alliance = min(part.alliance_fen, scale(below, part.ratio_e4))
    return make_slice(part.lower_e4, part.upper_e4, part.amount_fen, part.ratio_e4, alliance)


def _alarm(surplus: int, rate_e4: int) -> Finding:
    rate, amount = format_e4(rate_e4), format_yuan(surplus)
    return Finding(
        "alliance.surplus_above_corridor",
        "",
        Text(
            f"结余 {amount} 元，超过预算的 {rate}，可能存在服务不足：请复核诊疗质量后再定",
            f"the surplus of {amount} yuan is beyond {rate} of the budget and may come from too little care: "
            "review the quality of care",
        ),
        surplus,
    )
