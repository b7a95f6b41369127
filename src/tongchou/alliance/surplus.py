"""Surplus kept and deficit borne (结余留用、合理超支分担): what is the alliance's, what the fund's."""

from collections.abc import Sequence
from dataclasses import replace

from tongchou.alliance.budget import Budget
from tongchou.alliance.deficit import share_deficit
from tongchou.alliance.outcome import Outcome, compared, cut, make_outcome, make_slice
from tongchou.alliance.records import DeficitReason, SurplusReview
from tongchou.alliance.review import review_surplus
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_e4, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView


def share_surplus(
    view: PolicyView,
    budget: Budget,
    actual_fen: int,
    reasons: Sequence[DeficitReason] = (),
    review: SurplusReview | None = None,
) -> Outcome:
    """Divide a year's surplus or deficit between the alliance and the fund.

    Fund use above the budget is a deficit, shared as `alliance/deficit/rule` says. Fund use below the comparison base
    is a surplus: `alliance/surplus/kept` gives the alliance's ratio of each slice, kept only where the score
    (`alliance/quality/score`) reaches the threshold (`alliance/quality/threshold`), inclusive; a surplus above the
    corridor is reviewed as `alliance/surplus/review/handling` says. Between the two there is neither. Slices are cut
    at amounts: a band's bound x the budget (for a surplus the comparison base), rounded half up to the fen.

    Args:
        view: The policy that the year is settled by.
        budget: The alliance's budget.
        actual_fen: Fund use that counts against it, fen.
        reasons: Reasons given for a deficit.
        review: The quality review of a high surplus, where there was one.
    """
    if actual_fen > budget.base_fen:
        return share_deficit(view, budget.base_fen, actual_fen, reasons)
    if actual_fen < budget.comparison_fen:
        return _surplus(view, budget.comparison_fen, actual_fen, review)
    explanation = Step(
        "alliance.surplus.none",
        Text("结余与超支", "Surplus or deficit"),
        Text("既无结余也无超支", "neither surplus nor deficit"),
        facts=compared(budget.base_fen, actual_fen),
    )
    return Outcome(0, 0, (), 0, 0, explanation)


def _surplus(view: PolicyView, base_fen: int, actual_fen: int, review: SurplusReview | None) -> Outcome:
    surplus = base_fen - actual_fen
    with view.recording() as reads:
        score_e4 = view.e4("alliance/quality/score")
        threshold_e4 = view.e4("alliance/quality/threshold")
        bands = view.bands("alliance/surplus/kept")
        is_paid = score_e4 >= threshold_e4
        slices = tuple(
            make_slice(lower, upper, amount, ratio, scale(amount, ratio) if is_paid else 0)
            for lower, upper, amount, ratio in cut(bands, base_fen, surplus)
        )
        reviewed = review_surplus(view, base_fen, slices, review)
    facts = (
        *compared(base_fen, actual_fen),
        Fact(Text("质量得分", "quality score"), format_e4(score_e4)),
        Fact(Text("质量门槛", "quality threshold"), format_e4(threshold_e4)),
    )
    refused = Text("质量得分未达门槛，结余不予留用", "quality score below the threshold: nothing is kept")
    outcome = make_outcome(
        "alliance.surplus.kept",
        surplus,
        base_fen,
        reviewed.slices,
        facts,
        reads,
        () if is_paid else (refused,),
        reviewed.steps,
    )
    return replace(outcome, held_fen=reviewed.held_fen, findings=reviewed.findings)
