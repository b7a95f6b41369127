"""The lines of a clearing statement: their names, the rules behind them, and which lines sum to which."""

from collections.abc import Mapping
from enum import StrEnum

from tongchou.core.explanation import Fact
from tongchou.core.money import format_yuan
from tongchou.core.text import Text


class Line(StrEnum):
    """The lines of an institution's clearing statement (清算单行目), in the order they are printed.

    A line of a rule that the policy does not use, or of records that are not there, is absent.
    """

    INPATIENT_DUE = "inpatient_due"
    TRANSFERS = "transfers"
    LATE_LISTS = "late_lists"
    AFTER_CLEARING = "after_clearing"
    MONTHS_DUE = "months_due"
    PREPAID = "prepaid"
    DEPOSIT_WITHHELD = "deposit_withheld"
    DEPOSIT_RETURNED = "deposit_returned"
    DEPOSIT_FORFEITED = "deposit_forfeited"
    CARRIED_OVER = "carried_over"
    ADVANCE_GRANTED = "advance_granted"
    ADVANCE_SET_OFF = "advance_set_off"
    OUTPATIENT_PAID = "outpatient_paid"
    SURPLUS_SHARE = "surplus_share"
    YEAR_END_REVISION = "year_end_revision"
    DEPOSIT_AT_YEAR_END = "deposit_at_year_end"
    ASSESSMENT = "assessment"
    COST_SHARED = "cost_shared"
    AUDIT = "audit"
    PENALTIES = "penalties"
    APPEALS = "appeals"
    ADVANCE_RECOVERED = "advance_recovered"
    DUE_AT_CLEARING = "due_at_clearing"

    @property
    def label(self) -> Text:
        """The line's name for people."""
        return _LABELS[self]

    @property
    def rule(self) -> str:
        """The rule of the step that explains the line's amount."""
        return _RULES.get(self, CLEARING)


CLEARING = "payment.clearing"
PREPAY = "payment.clearing.prepay"
DEPOSIT_RETURN = "payment.clearing.deposit_return"
ADVANCE = "payment.clearing.advance"
YEAR_END = "payment.clearing.year_end"
ASSESSMENT = "payment.clearing.assessment"
COST_SHARING = "payment.clearing.cost_sharing"
ADJUSTMENTS = "payment.clearing.adjustments"

ALWAYS = (
    Line.INPATIENT_DUE,
    Line.PREPAID,
    Line.DEPOSIT_WITHHELD,
    Line.DEPOSIT_RETURNED,
    Line.DEPOSIT_FORFEITED,
    Line.CARRIED_OVER,
    Line.OUTPATIENT_PAID,
    Line.SURPLUS_SHARE,
    Line.DUE_AT_CLEARING,
)
"""The lines that every clearing has, zero or not."""

MONTH_SOURCES = (Line.INPATIENT_DUE, Line.TRANSFERS, Line.LATE_LISTS, Line.AFTER_CLEARING)
"""What the months settle; together `MONTHS_DUE`."""
MONTH_USES = (Line.PREPAID, Line.DEPOSIT_WITHHELD, Line.CARRIED_OVER)
"""What becomes of it, the same sum."""
DUE_PARTS = (
    Line.DEPOSIT_RETURNED,
    Line.CARRIED_OVER,
    Line.SURPLUS_SHARE,
    Line.YEAR_END_REVISION,
    Line.DEPOSIT_AT_YEAR_END,
    Line.ASSESSMENT,
    Line.COST_SHARED,
    Line.AUDIT,
    Line.PENALTIES,
    Line.APPEALS,
    Line.ADVANCE_RECOVERED,
)
"""What sums to `DUE_AT_CLEARING`, each signed as the institution sees it."""


def summed_lines(amounts_fen: Mapping[Line, int]) -> dict[Line, tuple[Line, ...]]:
    """Return the lines of a clearing that are sums of others of its lines, with those others.

    Where the months settle nothing but priced cases there is no `months_due`, and the inpatient line is the sum of
    what was paid, withheld and carried.
    """
    present = amounts_fen.keys()
    has_total = Line.MONTHS_DUE in present
    total, parts = (Line.MONTHS_DUE, MONTH_SOURCES) if has_total else (Line.INPATIENT_DUE, MONTH_USES)
    sums = {total: parts, Line.DUE_AT_CLEARING: DUE_PARTS}
    return {line: tuple(part for part in parts if part in present) for line, parts in sums.items()}


def line_fact(line: Line, amount_fen: int) -> Fact:
    """Return a line and its amount as a fact of an explanation."""
    return Fact(Text(f"{line.label.zh}（元）", f"{line.label.en}, yuan"), format_yuan(amount_fen))


_RULES = {
    Line.LATE_LISTS: ADJUSTMENTS,
    Line.AFTER_CLEARING: ADJUSTMENTS,
    Line.PREPAID: PREPAY,
    Line.DEPOSIT_WITHHELD: PREPAY,
    Line.CARRIED_OVER: PREPAY,
    Line.DEPOSIT_RETURNED: DEPOSIT_RETURN,
    Line.DEPOSIT_FORFEITED: DEPOSIT_RETURN,
    Line.ADVANCE_GRANTED: ADVANCE,
    Line.ADVANCE_SET_OFF: ADVANCE,
    Line.ADVANCE_RECOVERED: ADVANCE,
    Line.YEAR_END_REVISION: YEAR_END,
    Line.DEPOSIT_AT_YEAR_END: YEAR_END,
    Line.ASSESSMENT: ASSESSMENT,
    Line.COST_SHARED: COST_SHARING,
    Line.AUDIT: ADJUSTMENTS,
    Line.PENALTIES: ADJUSTMENTS,
    Line.APPEALS: ADJUSTMENTS,
}
_LABELS = {
    Line.INPATIENT_DUE: Text("住院统筹基金应付", "Inpatient fund due"),
    Line.TRANSFERS: Text("往来款项净额（负数为应付出）", "Transfers, net (negative: owed by the institution)"),
    Line.LATE_LISTS: Text("迟报清单计入", "Late lists counted"),
    Line.AFTER_CLEARING: Text("上年清算后调整", "Adjustments after an earlier clearing"),
    Line.MONTHS_DUE: Text("各月应付合计", "Due for the months in all"),
    Line.PREPAID: Text("其中：按月已拨付", "of which paid month by month"),
    Line.DEPOSIT_WITHHELD: Text("其中：质量保证金", "of which withheld as quality deposit"),
    Line.DEPOSIT_RETURNED: Text("质量保证金返还", "Quality deposit returned"),
    Line.DEPOSIT_FORFEITED: Text("质量保证金扣减", "Quality deposit forfeited"),
    Line.CARRIED_OVER: Text("其中：负数月份结转", "of which carried from months in the red"),
    Line.ADVANCE_GRANTED: Text("年初预付金", "Advance granted at the start of the year"),
    Line.ADVANCE_SET_OFF: Text("其中：已在月度拨付中抵扣", "of which set off against monthly payments"),
    Line.OUTPATIENT_PAID: Text("门诊统筹已即时结算", "Outpatient, already paid at once"),
    Line.SURPLUS_SHARE: Text(
        "医联体结余分配（负数为超支分担）", "Share of the alliance's surplus (negative: of its deficit)"
    ),
    Line.YEAR_END_REVISION: Text("按年终标准重算的差额", "Difference to the due by the year's final rate"),
    Line.DEPOSIT_AT_YEAR_END: Text(
        "年终补提质量保证金（负数为补提）", "Quality deposit adjusted at year end (negative: withheld)"
    ),
    Line.ASSESSMENT: Text("考核系数增减", "Change by the assessment factor"),
    Line.COST_SHARED: Text("医院结余与超支分担", "Sharing of the hospital's own surplus or deficit"),
    Line.AUDIT: Text("稽核增减", "Audit"),
    Line.PENALTIES: Text("违约处罚", "Penalties"),
    Line.APPEALS: Text("申诉更正", "Corrected on appeal"),
    Line.ADVANCE_RECOVERED: Text("清算抵扣的预付金", "Advance set off at clearing"),
    Line.DUE_AT_CLEARING: Text("清算应付（负数为应收回）", "Due at clearing (negative: to be recovered)"),
}
