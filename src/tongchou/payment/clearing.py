"""The year's clearing (年终清算) of one institution: what was paid, withheld, returned and is still due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView


class Line(StrEnum):
    """The lines of an institution's clearing statement (清算单行目), in the order they are printed."""

    INPATIENT_DUE = "inpatient_due"
    PREPAID = "prepaid"
    DEPOSIT_WITHHELD = "deposit_withheld"
    DEPOSIT_RETURNED = "deposit_returned"
    DEPOSIT_FORFEITED = "deposit_forfeited"
    CARRIED_OVER = "carried_over"
    OUTPATIENT_PAID = "outpatient_paid"
    SURPLUS_SHARE = "surplus_share"
    DUE_AT_CLEARING = "due_at_clearing"

    @property
    def label(self) -> Text:
        """The line's name for people."""
        return _LINE_LABELS[self]

    @property
    def rule(self) -> str:
        """The rule of the step that explains the line's amount."""
        return _LINE_RULES.get(self, _CLEARING)


_CLEARING = "payment.clearing"
_PREPAY = "payment.clearing.prepay"
_DEPOSIT_RETURN = "payment.clearing.deposit_return"
_LINE_RULES = {
    Line.PREPAID: _PREPAY,
    Line.DEPOSIT_WITHHELD: _PREPAY,
    Line.CARRIED_OVER: _PREPAY,
    Line.DEPOSIT_RETURNED: _DEPOSIT_RETURN,
    Line.DEPOSIT_FORFEITED: _DEPOSIT_RETURN,
}
_LINE_LABELS = {
    Line.INPATIENT_DUE: Text("住院统筹基金应付", "Inpatient fund due"),
    Line.PREPAID: Text("其中：按月已拨付", "of which paid month by month"),
    Line.DEPOSIT_WITHHELD: Text("其中：质量保证金", "of which withheld as quality deposit"),
    Line.DEPOSIT_RETURNED: Text("质量保证金返还", "Quality deposit returned"),
    Line.DEPOSIT_FORFEITED: Text("质量保证金扣减", "Quality deposit forfeited"),
    Line.CARRIED_OVER: Text("其中：负数月份结转", "of which carried from months in the red"),
    Line.OUTPATIENT_PAID: Text("门诊统筹已即时结算", "Outpatient, already paid at once"),
    Line.SURPLUS_SHARE: Text(
        "医联体结余分配（负数为超支分担）", "Share of the alliance's surplus (negative: of its deficit)"
    ),
    Line.DUE_AT_CLEARING: Text("清算应付（负数为应收回）", "Due at clearing (negative: to be recovered)"),
}


@dataclass(frozen=True, slots=True)
class InstitutionYear:
    """What one institution earned from the fund in a calendar year, before clearing.

    Attributes:
        institution_id: The institution.
        year: The calendar year.
        inpatient_due_fen: Month (`YYYY-MM`) -> the fund's part of the month's priced cases, fen; may be
            negative where patients paid more than the payment standard.
        outpatient_paid_fen: Month -> the fund's part of outpatient settlements, paid at once, fen.
        surplus_share_fen: The institution's shares of its alliances' surplus, fen; negative: of a deficit.
    """

    institution_id: str
    year: int
    inpatient_due_fen: Mapping[str, int]
    outpatient_paid_fen: Mapping[str, int]
    surplus_share_fen: int


@dataclass(frozen=True, slots=True)
class ClearedMonth:
    """One month's settlement with an institution.

    `carried_in_fen + due_fen = prepaid_fen + deposit_fen + carried_out_fen`; the carried amounts are never
    positive.

    Attributes:
        month: `YYYY-MM`.
        due_fen: The fund's part of the month's cases.
        outpatient_paid_fen: Outpatient part, paid at once.
        carried_in_fen: What earlier months in the red left to be set off.
        prepaid_fen: Paid to the institution for the month.
        deposit_fen: Withheld until clearing.
        carried_out_fen: What is left to be set off against later months.
    """

    month: str
    due_fen: int
    outpatient_paid_fen: int
    carried_in_fen: int
    prepaid_fen: int
    deposit_fen: int
    carried_out_fen: int


@dataclass(frozen=True, slots=True)
class Clearing:
    """The clearing of one institution's year.

    Identities, to the fen: inpatient_due = prepaid + deposit_withheld + carried_over;
    deposit_withheld = deposit_returned + deposit_forfeited;
    due_at_clearing = deposit_returned + carried_over + surplus_share.

    Attributes:
        institution_id: The institution.
        year: The calendar year cleared.
        months: Its months in order; a month without cases and visits is absent.
        amounts_fen: Every line with its amount, fen.
        explanation: How the amounts came about, with every parameter read.
    """

    institution_id: str
    year: int
    months: tuple[ClearedMonth, ...]
    amounts_fen: Mapping[Line, int]
    explanation: Step


def clearing_day(view: PolicyView, year: int) -> date:
    """Return the day on which a year is cleared: 31 December and `settlement/clearing_days` days."""
    return date(year, 12, 31) + timedelta(days=view.whole("settlement/clearing_days"))


def clear_year(view: PolicyView, facts: InstitutionYear) -> Clearing:
    """Clear one institution's year.

    Each month `settlement/prepay_ratio` of the amount due is paid (rounded half up to the fen) and the rest
    withheld as quality deposit (质量保证金). In a month whose due is zero or negative after what was carried
    in, nothing is paid or withheld: the amount is carried and set off against the next months, what is left
    after the last month is part of the clearing. At clearing the assessment score decides which part of the
    year's deposit is returned.

    Args:
        view: The policy on the last day of the year; its ratio holds for every month, its score for the year.
        facts: The institution's year.

    Raises:
        TongchouError: `payment.month_outside_year` if a month is not one of the year's.
    """
    with view.recording() as prepay_reads:
        prepay_e4 = view.e4("settlement/prepay_ratio")
    months = _clear_months(facts, prepay_e4)
    deposit = sum(month.deposit_fen for month in months)
    with view.recording() as deposit_reads:
        score_e4 = view.e4("settlement/assessment/score", institution_id=facts.institution_id)
        return_e4 = view.bands("settlement/assessment/deposit_return").at(score_e4)
    returned = scale(deposit, return_e4)
    carried = months[-1].carried_out_fen if months else 0
    amounts = {
        Line.INPATIENT_DUE: sum(month.due_fen for month in months),
        Line.PREPAID: sum(month.prepaid_fen for month in months),
        Line.DEPOSIT_WITHHELD: deposit,
        Line.DEPOSIT_RETURNED: returned,
        Line.DEPOSIT_FORFEITED: deposit - returned,
        Line.CARRIED_OVER: carried,
        Line.OUTPATIENT_PAID: sum(month.outpatient_paid_fen for month in months),
        Line.SURPLUS_SHARE: facts.surplus_share_fen,
        Line.DUE_AT_CLEARING: returned + carried + facts.surplus_share_fen,
    }
    children = (_prepay_step(months, prepay_reads), _return_step(amounts, score_e4, return_e4, deposit_reads))
    return Clearing(facts.institution_id, facts.year, months, amounts, _clearing_step(facts, amounts, children))


def _clear_months(facts: InstitutionYear, prepay_e4: int) -> tuple[ClearedMonth, ...]:
    months = sorted(facts.inpatient_due_fen.keys() | facts.outpatient_paid_fen.keys())
    of_year = {f"{facts.year:04d}-{number:02d}" for number in range(1, 13)}
    strangers = [month for month in months if month not in of_year]
    if strangers:
        raise TongchouError(
            "payment.month_outside_year",
            what=Text("月份不属于清算年度", "a month does not belong to the year that is cleared"),
            where=f"{facts.institution_id}, {facts.year}: {', '.join(strangers)}",
            why=Text(
                "清算按自然年度、月份写作 YYYY-MM",
                "a clearing covers a calendar year, months written YYYY-MM",
            ),
            remedy=Text("把该月金额归入其所属年度", "count the month's amount in its own year"),
        )
    cleared: list[ClearedMonth] = []
    carried = 0
    for month in months:
        due = facts.inpatient_due_fen.get(month, 0)
        payable = max(0, due + carried)
        prepaid = scale(payable, prepay_e4)
        carried_out = min(0, due + carried)
        outpatient = facts.outpatient_paid_fen.get(month, 0)
        cleared.append(ClearedMonth(month, due, outpatient, carried, prepaid, payable - prepaid, carried_out))
        carried = carried_out
    return tuple(cleared)


def _clearing_step(facts: InstitutionYear, amounts: Mapping[Line, int], children: tuple[Step, ...]) -> Step:
    subject, due = facts.institution_id, format_yuan(amounts[Line.DUE_AT_CLEARING])
    return Step(
        _CLEARING,
        Text(f"{subject} {facts.year} 年度清算", f"Clearing of {subject} for {facts.year}"),
        Text(f"清算应付 {due} 元", f"{due} yuan due at clearing"),
        facts=tuple(_line_fact(line, amount) for line, amount in amounts.items()),
        children=children,
    )


def _prepay_step(months: Sequence[ClearedMonth], reads: Sequence[ParameterRead]) -> Step:
    prepaid = format_yuan(sum(month.prepaid_fen for month in months))
    deposit = format_yuan(sum(month.deposit_fen for month in months))
    return Step(
        _PREPAY,
        Text("按月拨付与预留", "Monthly payment and deposit"),
        Text(
            f"拨付 {prepaid} 元，预留质量保证金 {deposit} 元",
            f"{prepaid} yuan paid, {deposit} yuan withheld as deposit",
        ),
        facts=tuple(_month_fact(month) for month in months),
        parameters=tuple(reads),
    )


def _return_step(amounts: Mapping[Line, int], score_e4: int, return_e4: int, reads: Sequence[ParameterRead]) -> Step:
    ratio = format_e4(return_e4)
    returned = format_yuan(amounts[Line.DEPOSIT_RETURNED])
    forfeited = format_yuan(amounts[Line.DEPOSIT_FORFEITED])
    return Step(
        _DEPOSIT_RETURN,
        Text("质量保证金返还", "Return of the quality deposit"),
        Text(
            f"返还比例 {ratio}，返还 {returned} 元，扣减 {forfeited} 元",
            f"at {ratio}: {returned} yuan returned, {forfeited} yuan forfeited",
        ),
        facts=(
            Fact(Text("考核得分", "assessment score"), format_e4(score_e4)),
            _line_fact(Line.DEPOSIT_WITHHELD, amounts[Line.DEPOSIT_WITHHELD]),
        ),
        parameters=tuple(reads),
    )


def _month_fact(month: ClearedMonth) -> Fact:
    zh = f"{month.month}（元：应付 / 拨付 / 预留 / 结转）"
    en = f"{month.month} (yuan: due / paid / withheld / carried)"
    amounts = (month.due_fen, month.prepaid_fen, month.deposit_fen, month.carried_out_fen)
    return Fact(Text(zh, en), " / ".join(format_yuan(amount) for amount in amounts))


def _line_fact(line: Line, amount_fen: int) -> Fact:
    return Fact(Text(f"{line.label.zh}（元）", f"{line.label.en}, yuan"), format_yuan(amount_fen))
