"""Clearing one institution's year: the rules one after another, and the lines they fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tongchou.core.explanation import Step
from tongchou.core.money import format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.clearing.account import clearing_account
from tongchou.payment.clearing.adjustments import Counted, count_adjustments
from tongchou.payment.clearing.advance import Advance, grant_advance, set_off
from tongchou.payment.clearing.assessment import assess, factor_change, factor_steps, return_step
from tongchou.payment.clearing.cost_sharing import share_cost
from tongchou.payment.clearing.facts import InstitutionYear
from tongchou.payment.clearing.lines import CLEARING, DUE_PARTS, Line, line_fact
from tongchou.payment.clearing.months import ClearedMonth, clear_months, months_step
from tongchou.payment.clearing.year_end import YearEnd, close_year
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class Clearing:
    """The clearing of one institution's year.

    Identities, to the fen; a line that is absent counts as zero:

    * months_due = inpatient_due + transfers + late_lists + after_clearing
      = prepaid + deposit_withheld + carried_over;
    * deposit_withheld - deposit_at_year_end = deposit_returned + deposit_forfeited;
    * advance_granted = advance_set_off - advance_recovered;
    * due_at_clearing = deposit_returned + carried_over + surplus_share + year_end_revision + deposit_at_year_end
      + assessment + cost_shared + audit + penalties + appeals + advance_recovered.

    Attributes:
        institution_id: The institution.
        year: The calendar year cleared.
        months: Its months in order; a month without cases, visits and other entries is absent.
        amounts_fen: Every line with its amount, fen, in the order of printing.
        advance: The year's advance; None where the policy grants none.
        explanation: How the amounts came about, with every parameter read.
    """

    institution_id: str
    year: int
    months: tuple[ClearedMonth, ...]
    amounts_fen: Mapping[Line, int]
    explanation: Step
    advance: Advance | None = None

    @property
    def open_fen(self) -> int:
        """What the monthly payments left open of the year's due, the deposits included, fen (N less prepaid)."""
        kept = (Line.DEPOSIT_WITHHELD, Line.CARRIED_OVER, Line.YEAR_END_REVISION)
        return sum(self.amounts_fen.get(line, 0) for line in kept)


def clear_year(view: PolicyView, facts: InstitutionYear) -> Clearing:
    """Clear one institution's year.

    Each month `settlement/prepay_ratio` of the amount due is paid (rounded half up to the fen) and the rest
    withheld as quality deposit (质量保证金). In a month whose due is zero or negative after what was carried
    in, nothing is paid or withheld: the amount is carried and set off against the next months, what is left
    after the last month is part of the clearing. At clearing the assessment score decides which part of the
    year's deposit is returned, and by the policy's choice a factor on what is due for the year's cases.

    What else the policy or the records bring has a line of its own: an advance and its setting off, the difference
    to the final rate, the sharing of the hospital's surplus or deficit, decided audits, penalties and appeals.

    Args:
        view: The policy on the last day of the year; its ratio holds for every month, its score for the year.
        facts: The institution's year.

    Raises:
        TongchouError: `payment.month_outside_year` if a month is not one of the year's; `payment.no_cost_figures`;
            `payment.unknown_choice`.
        Problems: Records that cannot count (see `count_adjustments`).
    """
    with view.recording() as reads:
        cleared = _clear(view, facts)
    # A rule that the policy does not use has no step: what said so is read by the clearing itself.
    explained = {read for child in cleared.explanation.children for step in child.walk() for read in step.parameters}
    unused = tuple(read for read in reads if read not in explained)
    return replace(cleared, explanation=replace(cleared.explanation, parameters=unused))


def _clear(view: PolicyView, facts: InstitutionYear) -> Clearing:
    with view.recording() as prepay_reads:
        prepay_e4 = view.e4("settlement/prepay_ratio")
    counted = count_adjustments(view, facts.institution_id, facts.year, facts.adjustments)
    advance = grant_advance(view, facts.institution_id, facts.year, facts.last_year_paid_fen)
    months = set_off(advance, clear_months(facts, counted.months_fen, prepay_e4))
    settled = sum(month.total_fen for month in months)
    withheld = sum(month.deposit_fen for month in months)
    year_end = close_year(view, facts, settled, withheld, prepay_e4)
    assessment = assess(view, facts.institution_id)
    deposit = withheld + (year_end.deposit_fen or 0)
    returned = scale(deposit, assessment.return_e4)
    change = None if assessment.factor_e4 is None else factor_change(year_end.case_due_fen, assessment.factor_e4)
    shared = share_cost(view, facts.institution_id, facts.cost)
    found: dict[Line, int | None] = {
        **_month_lines(facts, months),
        **counted.at_clearing_fen,
        Line.DEPOSIT_RETURNED: returned,
        Line.DEPOSIT_FORFEITED: deposit - returned,
        Line.SURPLUS_SHARE: facts.surplus_share_fen,
        Line.YEAR_END_REVISION: year_end.revision_fen,
        Line.DEPOSIT_AT_YEAR_END: None if year_end.deposit_fen is None else -year_end.deposit_fen,
        Line.ASSESSMENT: change,
        Line.COST_SHARED: shared.change_fen if shared else None,
        **_advance_lines(advance, months),
    }
    found[Line.DUE_AT_CLEARING] = sum(found.get(line) or 0 for line in DUE_PARTS)
    amounts = {line: amount for line in Line if (amount := found.get(line)) is not None}
    children = (
        months_step(months, prepay_reads),
        *((advance.explanation,) if advance else ()),
        *_year_end_steps(year_end, counted),
        return_step(assessment, deposit, returned),
        *factor_steps(assessment, year_end.case_due_fen, change or 0),
        *((shared.explanation,) if shared else ()),
    )
    explanation = _clearing_step(facts, amounts, children)
    return Clearing(facts.institution_id, facts.year, months, amounts, explanation, advance)


def _month_lines(facts: InstitutionYear, months: Sequence[ClearedMonth]) -> dict[Line, int | None]:
    """Return the months' sums; the lines of other sources than cases only where a month has such an entry."""
    others = {
        Line.TRANSFERS: [month.transfers_fen for month in months],
        Line.LATE_LISTS: [month.late_lists_fen for month in months],
        Line.AFTER_CLEARING: [month.after_clearing_fen for month in months],
    }
    lines: dict[Line, int | None] = {line: sum(amounts) if any(amounts) else None for line, amounts in others.items()}
    has_others = any(amount is not None for amount in lines.values())
    return {
        **lines,
        Line.INPATIENT_DUE: sum(facts.inpatient_due_fen.values()),
        Line.MONTHS_DUE: sum(month.total_fen for month in months) if has_others else None,
        Line.PREPAID: sum(month.prepaid_fen for month in months),
        Line.DEPOSIT_WITHHELD: sum(month.deposit_fen for month in months),
        Line.CARRIED_OVER: months[-1].carried_out_fen if months else 0,
        Line.OUTPATIENT_PAID: sum(month.outpatient_paid_fen for month in months),
    }


def _advance_lines(advance: Advance | None, months: Sequence[ClearedMonth]) -> dict[Line, int | None]:
    if advance is None:
        return {}
    done = sum(month.set_off_fen for month in months)
    return {
        Line.ADVANCE_GRANTED: advance.granted_fen,
        Line.ADVANCE_SET_OFF: done,
        Line.ADVANCE_RECOVERED: done - advance.granted_fen,
    }


def _year_end_steps(year_end: YearEnd, counted: Counted) -> tuple[Step, ...]:
    return tuple(step for step in (counted.explanation, year_end.explanation) if step)


def _clearing_step(facts: InstitutionYear, amounts: Mapping[Line, int], children: tuple[Step, ...]) -> Step:
    subject, due = facts.institution_id, format_yuan(amounts[Line.DUE_AT_CLEARING])
    return Step(
        CLEARING,
        Text(f"{subject} {facts.year} 年度清算", f"Clearing of {subject} for {facts.year}"),
        Text(f"清算应付 {due} 元", f"{due} yuan due at clearing"),
        facts=tuple(line_fact(line, amount) for line, amount in amounts.items()),
        children=children,
        account=clearing_account(amounts),
    )
