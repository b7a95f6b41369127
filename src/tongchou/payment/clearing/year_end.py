"""The year's end: the due at the final rate, what the months left open of it, and the deposit it asks for."""

from dataclasses import dataclass

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.clearing.facts import InstitutionYear
from tongchou.payment.clearing.lines import YEAR_END
from tongchou.policy import PolicyView

_BASIS = "settlement/deposit/basis"


@dataclass(frozen=True, slots=True)
class FinalDue:
    """An institution's year at the final rate.

    Attributes:
        gross_fen: What its cases are worth in all (G), fen.
        due_fen: The fund's part of it (N), fen: less what patients and others paid; may be negative.
    """

    gross_fen: int
    due_fen: int


@dataclass(frozen=True, slots=True)
class YearEnd:
    """What the year's end changes, with its explanation.

    Attributes:
        revision_fen: The final due less what the months settled for the cases, fen; None where the months are final.
        deposit_fen: Withheld at the year's end beside the months' deposits, fen; negative: given back; None where the
            months' deposits are the year's.
        case_due_fen: Due for the year's cases, fen.
        explanation: None where nothing changes.
    """

    revision_fen: int | None
    deposit_fen: int | None
    case_due_fen: int
    explanation: Step | None


def final_due(rate_fen: int, weight_e4: int, factor_e4: int, others_fen: int) -> FinalDue:
    """Return a year at its final rate: rate x weight x coefficient, rounded once, less what others paid.

    >>> final_due(1_055_901, 62_000_000, 10_500, 2_160_000_000)
    FinalDue(gross_fen=6873915510, due_fen=4713915510)

    Args:
        rate_fen: The final rate, fen per weight.
        weight_e4: The institution's total weight x 10,000.
        factor_e4: Its coefficient x 10,000.
        others_fen: What patients and others paid for the same cases, fen.
    """
    gross = scale(rate_fen, weight_e4, factor_e4)
    return FinalDue(gross, gross - others_fen)


def year_deposit(due_fen: int, prepay_e4: int) -> int:
    """Return the deposit of a year's due: the ratio that is not paid at once, half up; none of a due below zero.

    >>> year_deposit(4_713_915_510, 9_500)
    235695776
    """
    return scale(max(0, due_fen), E4 - prepay_e4)


def close_year(
    view: PolicyView, facts: InstitutionYear, months_due_fen: int, withheld_fen: int, prepay_e4: int
) -> YearEnd:
    """Return what the final due and the deposit on it change.

    The deposit is what the months withheld, or, by `settlement/deposit/basis`, the year's own (`year_due`): the same
    ratio of all that the year came to, so that a revision is part of it.

    Args:
        view: The policy.
        facts: The institution's year.
        months_due_fen: All that the months settled (cases, transfers, late lists, corrections), fen.
        withheld_fen: What the months withheld, fen.
        prepay_e4: The ratio that is paid at once.

    Raises:
        TongchouError: `payment.unknown_choice`.
    """
    case_due = sum(facts.inpatient_due_fen.values())
    revision = None if facts.final_due_fen is None else facts.final_due_fen - case_due
    year_due = months_due_fen + (revision or 0)
    with view.recording() as reads:
        match view.text(_BASIS):
            case "months":
                deposit = None
            case "year_due":
                deposit = year_deposit(year_due, prepay_e4) - withheld_fen
            case other:
                raise unknown_choice(_BASIS, other)
    if revision is None and deposit is None:
        return YearEnd(None, None, case_due, None)
    explanation = Step(
        YEAR_END,
        Text("年终重算", "The year's end"),
        Text(
            f"差额 {format_yuan(revision or 0)} 元，补提保证金 {format_yuan(deposit or 0)} 元",
            f"{format_yuan(revision or 0)} yuan of difference, {format_yuan(deposit or 0)} yuan of deposit withheld",
        ),
        facts=(
            Fact(Text("各月应付（元）", "due for the months, yuan"), format_yuan(months_due_fen)),
            Fact(Text("全年应付（元）", "due for the year, yuan"), format_yuan(year_due)),
            Fact(Text("各月预留（元）", "withheld by the months, yuan"), format_yuan(withheld_fen)),
        ),
        parameters=tuple(reads),
    )
    return YearEnd(revision, deposit, case_due + (revision or 0), explanation)
