"""From transfers to entries: which account a party has, and what is due to whom month by month.

| party | as payer, debit | as payee, credit |
| --- | --- | --- |
| fund | the expense account that ends in the purpose | the income account that ends in it; else the expense, less |
| institution | its payable | its payable |
| alliance's reserve, risk pool, incentive fund | its own account | its own account |
| finance, catastrophic, medical aid | its receivable | its receivable |

Institutions settle with each other through the fund: what one owes another lowers the one's payable and raises the
other's. After `pay_out` the payables of the transfers are zero again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.accounts import chart_of_accounts
from tongchou.ledger.days import last_day_of
from tongchou.ledger.entry import Entry, Leg
from tongchou.payment.transfer import Party, Transfer

_EXPENSE, _INCOME = "fund.expense.", "fund.income."
_PAYABLE = "payable.hospital."
_OF_ONE = {"institution": "payable.hospital", "alliance_reserve": "alliance.reserve"}
"""Parties that are always named: the account's code is this and the party's id."""

_OF_ONE_OR_ALL = {
    "risk_pool": "pool.risk",
    "incentive_fund": "pool.incentive",
    "finance": "receivable.finance",
    "catastrophic": "receivable.catastrophic",
    "medical_aid": "receivable.medical_aid",
}
"""Parties of which a region may have only one, without an id."""

_Key = tuple[str, str, Party, Party]


def post_transfers(run_id: str, transfers: Iterable[Transfer]) -> list[Entry]:
    """Return the entries of transfers: one for each rule, payer, payee and month, booked on the month's last day.

    The order of the transfers does not matter. What is zero is not booked.

    Args:
        run_id: The run that books.
        transfers: What is due.

    Raises:
        TongchouError: `ledger.unknown_purpose`, `ledger.unknown_party`, `ledger.nameless_party` or `ledger.month`.
    """
    sums: dict[_Key, dict[str, int]] = {}
    for each in transfers:
        purposes = sums.setdefault((each.month, each.rule, each.payer, each.payee), {})
        purposes[each.purpose] = purposes.get(each.purpose, 0) + each.amount_fen
    keys = sorted(sums, key=lambda key: (key[0], key[1], *(_name(party) for party in key[2:])))
    return [entry for key in keys for entry in _post(run_id, key, sums[key])]


def pay_out(run_id: str, entries: Iterable[Entry], paid_on: date) -> list[Entry]:
    """Return the entries that pay institutions what given entries leave on their payables, or claim it back.

    Args:
        run_id: The run that books.
        entries: Entries whose payables nothing else pays, such as those of `post_transfers`.
        paid_on: The day of payment.
    """
    owed: dict[str, int] = {}
    for entry in entries:
        for leg in entry.legs:
            if leg.account.startswith(_PAYABLE):
                owed[leg.account] = owed.get(leg.account, 0) - leg.amount_fen
    paid: list[Entry] = []
    for payable, amount in sorted(owed.items()):
        institution_id = payable.removeprefix(_PAYABLE)
        rule, words, other = "ledger.transfer.paid", Text("往来款项拨付", "transfers paid"), "fund.cash"
        if amount < 0:
            rule, words = "ledger.transfer.recoverable", Text("往来款项应收回", "transfers to be recovered")
            other = f"receivable.hospital.{institution_id}"
        if amount:
            legs = (Leg(payable, amount), Leg(other, -amount))
            entry_id = f"{run_id}/{rule}/{institution_id}/{paid_on.isoformat()}"
            paid.append(Entry(entry_id, paid_on, run_id, rule, f"{institution_id} {words}", legs))
    return paid


def payer_account(party: Party, purpose: str) -> str:
    """Return the account that is debited where a party pays for a purpose.

    Raises:
        TongchouError: `ledger.unknown_purpose`, `ledger.unknown_party` or `ledger.nameless_party`.
    """
    if party.kind == "fund":
        return _of_purpose(purpose, (_EXPENSE,))
    return _own_account(party)


def payee_account(party: Party, purpose: str) -> str:
    """Return the account that is credited where a party is paid for a purpose.

    Raises:
        TongchouError: `ledger.unknown_purpose`, `ledger.unknown_party` or `ledger.nameless_party`.
    """
    if party.kind == "fund":
        return _of_purpose(purpose, (_INCOME, _EXPENSE))
    return _own_account(party)


def expense_account(purpose: str) -> str:
    """Return the expense account of a purpose, e.g. `fund.expense.inpatient.dip` of `dip`.

    Raises:
        TongchouError: `ledger.unknown_purpose` if no expense account ends in it.
    """
    return _of_purpose(purpose, (_EXPENSE,))


def _post(run_id: str, key: _Key, purposes: Mapping[str, int]) -> Iterable[Entry]:
    month, rule, payer, payee = key
    legs: dict[str, int] = {}
    for purpose, amount in sorted(purposes.items()):
        debit, credit = payer_account(payer, purpose), payee_account(payee, purpose)
        legs[debit] = legs.get(debit, 0) + amount
        legs[credit] = legs.get(credit, 0) - amount
    booked = tuple(Leg(account, amount) for account, amount in legs.items() if amount)
    if booked:
        subject = f"{_name(payer)}>{_name(payee)}"
        memo = f"{subject} {month} {', '.join(sorted(purposes))}"
        yield Entry(f"{run_id}/{rule}/{subject}/{month}", last_day_of(month), run_id, rule, memo, booked)


def _name(party: Party) -> str:
    return f"{party.kind}:{party.party_id}" if party.party_id else party.kind


def _own_account(party: Party) -> str:
    if party.kind in _OF_ONE:
        if not party.party_id:
            raise TongchouError(
                "ledger.nameless_party",
                what=Text("往来一方没有写明是哪一家", "a party of a transfer is not named"),
                where=party.kind,
                why=Text("它的账户按机构或医联体分设", "each institution or alliance has an account of its own"),
                remedy=Text("在 party_id 中写明代码", "give its id as party_id"),
            )
        return f"{_OF_ONE[party.kind]}.{party.party_id}"
    if party.kind in _OF_ONE_OR_ALL:
        return f"{_OF_ONE_OR_ALL[party.kind]}.{party.party_id}".rstrip(".")
    raise TongchouError(
        "ledger.unknown_party",
        what=Text(f"往来方类型 {party.kind!r} 没有科目", f"the kind of party {party.kind!r} has no account"),
        where=_name(party),
        why=Text("金额只能记入科目表中的科目", "amounts are booked only on accounts of the chart"),
        remedy=Text("在科目表和往来方对照中增加它", "add it to the chart and to the table of parties"),
    )


def _of_purpose(purpose: str, stems: Sequence[str]) -> str:
    codes = [account.code for account in chart_of_accounts()]
    for stem in stems:
        for code in codes:
            if code.startswith(stem) and f".{code}".endswith(f".{purpose}"):
                return code
    known = ", ".join(code.rpartition(".")[2] for code in codes if code.startswith(tuple(stems)))
    raise TongchouError(
        "ledger.unknown_purpose",
        what=Text(f"用途 {purpose!r} 没有科目", f"the purpose {purpose!r} has no account"),
        where=purpose,
        why=Text(f"科目表中有：{known}", f"the chart has: {known}"),
        remedy=Text("改用其中的用途，或在科目表中增加科目", "use one of these, or add an account to the chart"),
    )
