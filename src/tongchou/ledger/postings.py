"""From clearings and alliance settlements to the entries of a year.

| rule | debit | credit |
| --- | --- | --- |
| ledger.month.settled | inpatient expense by method · late lists · earlier years | deposit · payable: the rest |
| ledger.month.paid | payable: what is paid for the month | cash · advance: what is set off |
| ledger.month.outpatient | outpatient expense | cash |
| ledger.year.deposit_returned | deposit | payable |
| ledger.year.deposit_forfeited | deposit | income: deposits forfeited |
| ledger.year.surplus | expense: surplus kept | payables of the members · reserve |
| ledger.year.deficit | receivable from the alliance | income: deficit borne |
| ledger.year.deficit_shared | payables of the members · reserve | receivable from the alliance |
| ledger.year.advance_granted | advance | cash |
| ledger.year.{line} | account of a line of the clearing (expense, income, deposit, advance) | payable |
| ledger.year.paid | payable: due at clearing | cash |
| ledger.year.recoverable | receivable from the institution: due at clearing below zero | payable |

After the last of them every payable and every deposit is zero. A month in the red is booked with its sign: it
leaves a debit on the payable, which the next months' settlements take up before anything is paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tongchou.alliance.settlement import AllianceSettlement
from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.ledger.days import last_day_of
from tongchou.ledger.entry import Entry, Leg
from tongchou.ledger.transfers import expense_account
from tongchou.payment.clearing import ClearedMonth, Clearing, Line

MethodDues = Mapping[tuple[str, str], Mapping[str, int]]
"""Institution and month -> method of payment (`drg`, `dip`, `per_disease`, …) -> what is due by it, fen."""


def post_year(
    run_id: str,
    clearings: Sequence[Clearing],
    settlements: Sequence[AllianceSettlement],
    cleared_on: date,
    methods: MethodDues | None = None,
    by_group: str = "drg",
) -> list[Entry]:
    """Return every entry of a year's settlement, in the order of the table above.

    Entry ids follow from run, rule, institution (or alliance) and period alone. What is zero is not booked.

    Args:
        run_id: The run that books.
        clearings: The year's clearing of every institution, all of one year.
        settlements: The year's settlement of every alliance.
        cleared_on: The day the year is cleared; months are booked on their last day.
        methods: What of a month's due is paid by which method; a month that it does not name is paid by group.
        by_group: The method of payment by group (`drg`, `dip`); the year's corrections of what was paid are its too.

    Raises:
        TongchouError: `ledger.mixed_years` if the clearings are not of one year; `ledger.shares_differ` if a
            clearing's surplus share is not what the settlements give the institution; `ledger.methods_differ` if a
            month's methods do not sum to its due; `ledger.unknown_purpose` if a method has no account.
    """
    expense = expense_account(by_group)
    year = _common_year(clearings)
    _require_same_shares(clearings, settlements)
    months = [
        entry
        for clearing in clearings
        for month in clearing.months
        for entry in _post_month(run_id, clearing.institution_id, month, methods or {}, by_group)
    ]
    advances = [entry for clearing in clearings for entry in _post_advance(run_id, clearing)]
    deposits = [entry for clearing in clearings for entry in _post_deposit(run_id, clearing, cleared_on)]
    lines = [entry for clearing in clearings for entry in _post_lines(run_id, clearing, cleared_on, expense)]
    shares = [entry for settlement in settlements for entry in _post_shares(run_id, settlement, year, cleared_on)]
    final = [entry for clearing in clearings for entry in _post_final(run_id, clearing, cleared_on)]
    return [*advances, *months, *deposits, *lines, *shares, *final]


def _post_month(
    run_id: str, institution_id: str, month: ClearedMonth, methods: MethodDues, by_group: str
) -> Iterable[Entry]:
    booked_on = last_day_of(month.month)
    payable, deposit = _payable(institution_id), f"deposit.hospital.{institution_id}"
    inpatient = month.due_fen + month.late_lists_fen + month.after_clearing_fen
    # Transfers are settled with the month but booked one by one, each on its own expense.
    settled = (
        *_expenses(institution_id, month, methods, by_group),
        Leg("fund.expense.inpatient.late", month.late_lists_fen),
        Leg("fund.expense.inpatient.prior_years", month.after_clearing_fen),
        Leg(payable, month.deposit_fen - inpatient),
        Leg(deposit, -month.deposit_fen),
    )
    paid = (
        Leg(payable, month.prepaid_fen),
        Leg("fund.cash", month.set_off_fen - month.prepaid_fen),
        Leg(f"advance.hospital.{institution_id}", -month.set_off_fen),
    )
    outpatient = (
        Leg("fund.expense.outpatient", month.outpatient_paid_fen),
        Leg("fund.cash", -month.outpatient_paid_fen),
    )
    for rule, words, legs in (
        ("ledger.month.settled", Text("住院月结算", "inpatient settlement of the month"), settled),
        ("ledger.month.paid", Text("住院月拨付", "inpatient payment of the month"), paid),
        ("ledger.month.outpatient", Text("门诊即时结算", "outpatient paid at once"), outpatient),
    ):
        yield from _entry(run_id, rule, institution_id, month.month, booked_on, words, legs)


def _expenses(institution_id: str, month: ClearedMonth, methods: MethodDues, by_group: str) -> list[Leg]:
    dues = methods.get((institution_id, month.month), {by_group: month.due_fen})
    if sum(dues.values()) != month.due_fen:
        raise TongchouError(
            "ledger.methods_differ",
            what=Text("各支付方式合计与当月应付不符", "the methods of a month do not sum to its due"),
            where=f"{institution_id} {month.month}: {format_yuan(sum(dues.values()))} / {format_yuan(month.due_fen)}",
            why=Text("每一分应付都须归入一种支付方式", "every fen that is due is due by one method"),
            remedy=Text("核对各支付方式的月度金额", "check what is due by each method"),
        )
    return [Leg(expense_account(method), amount) for method, amount in dues.items()]


def _post_deposit(run_id: str, clearing: Clearing, cleared_on: date) -> Iterable[Entry]:
    institution_id, year = clearing.institution_id, f"{clearing.year}"
    deposit = f"deposit.hospital.{institution_id}"
    returned = clearing.amounts_fen[Line.DEPOSIT_RETURNED]
    forfeited = clearing.amounts_fen[Line.DEPOSIT_FORFEITED]
    for rule, words, legs in (
        (
            "ledger.year.deposit_returned",
            Text("质量保证金返还", "quality deposit returned"),
            (Leg(deposit, returned), Leg(_payable(institution_id), -returned)),
        ),
        (
            "ledger.year.deposit_forfeited",
            Text("质量保证金扣减", "quality deposit forfeited"),
            (Leg(deposit, forfeited), Leg("fund.income.deposit_forfeited", -forfeited)),
        ),
    ):
        yield from _entry(run_id, rule, institution_id, year, cleared_on, words, legs)


def _post_advance(run_id: str, clearing: Clearing) -> Iterable[Entry]:
    if clearing.advance is None:
        return
    institution_id, advance = clearing.institution_id, clearing.advance
    legs = (
        Leg(f"advance.hospital.{institution_id}", advance.granted_fen),
        Leg("fund.cash", -advance.granted_fen),
    )
    rule, words = "ledger.year.advance_granted", Text("年初预付金拨付", "advance paid")
    yield from _entry(run_id, rule, institution_id, f"{clearing.year}", last_day_of(advance.month), words, legs)


_COUNTERPARTS = {
    Line.YEAR_END_REVISION: "{expense}",
    Line.ASSESSMENT: "{expense}",
    Line.COST_SHARED: "{expense}",
    Line.AUDIT: "fund.income.audit",
    Line.PENALTIES: "fund.income.penalty",
    Line.APPEALS: "fund.income.audit",
    Line.DEPOSIT_AT_YEAR_END: "deposit.hospital.{institution_id}",
    Line.ADVANCE_RECOVERED: "advance.hospital.{institution_id}",
}
"""The account against which a line of the clearing is booked on the payable; `expense` is that of the method."""


def _post_lines(run_id: str, clearing: Clearing, cleared_on: date, expense: str) -> Iterable[Entry]:
    institution_id = clearing.institution_id
    for line, account in _COUNTERPARTS.items():
        amount = clearing.amounts_fen.get(line, 0)
        code = account.format(expense=expense, institution_id=institution_id)
        legs = (Leg(code, amount), Leg(_payable(institution_id), -amount))
        rule = f"ledger.year.{line.value}"
        yield from _entry(run_id, rule, institution_id, f"{clearing.year}", cleared_on, line.label, legs)


def _post_shares(run_id: str, settlement: AllianceSettlement, year: int, cleared_on: date) -> Iterable[Entry]:
    alliance_id, amount = settlement.alliance_id, settlement.alliance_fen
    shares = (
        *(Leg(_payable(institution_id), -share) for institution_id, share in settlement.members_fen.items()),
        Leg(f"alliance.reserve.{alliance_id}", -settlement.reserve_fen),
    )
    receivable = f"receivable.alliance.{alliance_id}"
    kept = (Leg("fund.expense.alliance_surplus", amount), *shares)
    claimed = (Leg(receivable, -amount), Leg("fund.income.alliance_deficit", amount))
    bookings = [("ledger.year.surplus", Text("医联体结余留用", "surplus kept by the alliance"), kept)]
    if amount < 0:
        bookings = [
            ("ledger.year.deficit", Text("医联体超支分担", "deficit borne by the alliance"), claimed),
            (
                "ledger.year.deficit_shared",
                Text("超支分担落实到成员", "deficit shared among the members"),
                (*shares, Leg(receivable, amount)),
            ),
        ]
    for rule, words, legs in bookings:
        yield from _entry(run_id, rule, alliance_id, f"{year}", cleared_on, words, legs)


def _post_final(run_id: str, clearing: Clearing, cleared_on: date) -> Iterable[Entry]:
    institution_id, due = clearing.institution_id, clearing.amounts_fen[Line.DUE_AT_CLEARING]
    rule, words, other = "ledger.year.paid", Text("年终清算拨付", "payment at clearing"), "fund.cash"
    if due < 0:
        rule, words = "ledger.year.recoverable", Text("年终清算应收回", "to be recovered at clearing")
        other = f"receivable.hospital.{institution_id}"
    legs = (Leg(_payable(institution_id), due), Leg(other, -due))
    yield from _entry(run_id, rule, institution_id, f"{clearing.year}", cleared_on, words, legs)


def _entry(
    run_id: str, rule: str, subject: str, period: str, booked_on: date, words: Text, legs: Iterable[Leg]
) -> Iterable[Entry]:
    """Yield the entry without its zero legs, or nothing where all are zero."""
    booked = tuple(leg for leg in legs if leg.amount_fen)
    if booked:
        memo = f"{subject} {period} {words}"
        yield Entry(f"{run_id}/{rule}/{subject}/{period}", booked_on, run_id, rule, memo, booked)


def _payable(institution_id: str) -> str:
    return f"payable.hospital.{institution_id}"


def _common_year(clearings: Sequence[Clearing]) -> int:
    years = sorted({clearing.year for clearing in clearings})
    if len(years) != 1:
        raise TongchouError(
            "ledger.mixed_years",
            what=Text("清算结果不属于同一年度", "the clearings are not of one year"),
            where=", ".join(map(str, years)) or "-",
            why=Text("一次记账只处理一个年度", "a year is booked by itself"),
            remedy=Text("按年度分别记账", "book each year apart"),
        )
    return years[0]


def _require_same_shares(clearings: Sequence[Clearing], settlements: Sequence[AllianceSettlement]) -> None:
    cleared = {clearing.institution_id: clearing.amounts_fen[Line.SURPLUS_SHARE] for clearing in clearings}
    settled = dict.fromkeys(cleared, 0)
    for settlement in settlements:
        for institution_id, share in settlement.members_fen.items():
            settled[institution_id] = settled.get(institution_id, 0) + share
    differing = sorted(one for one, share in settled.items() if cleared.get(one, 0) != share)
    if differing:
        raise TongchouError(
            "ledger.shares_differ",
            what=Text(
                "清算单与医联体结算的结余份额不一致",
                "clearings and alliance settlements give different shares",
            ),
            where="; ".join(
                f"{one}: {format_yuan(cleared.get(one, 0))} / {format_yuan(settled[one])}" for one in differing
            ),
            why=Text("应付款须在清算后归零", "every payable must be zero after clearing"),
            remedy=Text(
                "先结算医联体，再以其份额清算各成员",
                "settle the alliances first and clear members with those shares",
            ),
        )
