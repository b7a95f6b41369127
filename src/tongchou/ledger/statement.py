"""Statements of accounts (对账单) and trial balances (试算平衡表), as sums over the journal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.accounts import account


@dataclass(frozen=True, slots=True)
class StatementLeg:
    """A leg as a statement shows it.

    Attributes:
        booked_on: The day it counts on.
        entry_id: Its entry.
        memo: What it is for.
        amount_fen: Debit positive, credit negative.
        balance_fen: The account's balance after it.
    """

    booked_on: date
    entry_id: str
    memo: str
    amount_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An account over a range of days: `opening + sum of legs = closing`.

    Attributes:
        account: Its code.
        title: Its name.
        start: The first day, inclusive.
        end: The last day, inclusive.
        opening_fen: The balance before the first day.
        legs: What was booked, by day and entry.
        closing_fen: The balance at the end of the last day.
    """

    account: str
    title: Text
    start: date
    end: date
    opening_fen: int
    legs: tuple[StatementLeg, ...]
    closing_fen: int


@dataclass(frozen=True, slots=True)
class TrialLine:
    """An account's line: `opening + debits - credits = closing`; debits and credits are not below zero."""

    account: str
    title: Text
    opening_fen: int
    debits_fen: int
    credits_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Every account over a range of days; openings and closings sum to zero, debits are as much as credits.

    Attributes:
        start: The first day, inclusive.
        end: The last day, inclusive.
        lines: A line for each account that was ever booked on up to the last day, by code.
    """

    start: date
    end: date
    lines: tuple[TrialLine, ...]

    @property
    def opening_fen(self) -> int:
        """The sum of all openings."""
        return sum(line.opening_fen for line in self.lines)

    @property
    def debits_fen(self) -> int:
        """The sum of all debits."""
        return sum(line.debits_fen for line in self.lines)

    @property
    def credits_fen(self) -> int:
        """The sum of all credits."""
        return sum(line.credits_fen for line in self.lines)

    @property
    def closing_fen(self) -> int:
        """The sum of all closings."""
        return sum(line.closing_fen for line in self.lines)


def trial_balance(journal: pa.Table, start: date, end: date) -> TrialBalance:
    """Return the trial balance of a day (start and end the same), a period, or any range of days.

    Raises:
        TongchouError: `ledger.trial_differs` if debits and credits differ; the journal is amiss then.
    """
    upto = journal.filter(pc.field("booked_on") <= end)
    opening = _sums(upto.filter(pc.field("booked_on") < start))
    within = upto.filter(pc.field("booked_on") >= start)
    debits = _sums(within.filter(pc.field("amount_fen") > 0))
    credited = _sums(within.filter(pc.field("amount_fen") < 0))
    lines = tuple(
        TrialLine(
            code,
            account(code).title,
            opening.get(code, 0),
            debits.get(code, 0),
            -credited.get(code, 0),
            opening.get(code, 0) + debits.get(code, 0) + credited.get(code, 0),
        )
        for code in sorted({*opening, *debits, *credited})
    )
    found = TrialBalance(start, end, lines)
    if found.opening_fen or found.debits_fen != found.credits_fen:
        raise TongchouError(
            "ledger.trial_differs",
            what=Text("试算不平", "debits and credits differ"),
            where=f"{start.isoformat()} – {end.isoformat()}",
            why=Text("每笔分录借贷相等，合计也必相等", "every entry balances, so their sums do"),
            remedy=Text("先核对账本：tongchou ledger verify", "check the ledger first: tongchou ledger verify"),
        )
    return found


def account_statement(journal: pa.Table, code: str, start: date, end: date) -> AccountStatement:
    """Return the statement of one account over a range of days.

    Raises:
        TongchouError: `ledger.unknown_account`.
    """
    title = account(code).title
    rows = journal.filter((pc.field("account") == code) & (pc.field("booked_on") <= end))
    before = rows.filter(pc.field("booked_on") < start)
    opening = balance = pc.sum(before["amount_fen"]).as_py() or 0
    within = rows.filter(pc.field("booked_on") >= start).sort_by(
        [("booked_on", "ascending"), ("entry_id", "ascending"), ("leg", "ascending")]
    )
    legs = []
    for row in within.to_pylist():
        balance += row["amount_fen"]
        legs.append(StatementLeg(row["booked_on"], row["entry_id"], row["memo"], row["amount_fen"], balance))
    return AccountStatement(code, title, start, end, opening, tuple(legs), balance)


def member_statements(journal: pa.Table, member_id: str, start: date, end: date) -> tuple[AccountStatement, ...]:
    """Return the statements of every account of an institution or alliance that was booked on, by code.

    Raises:
        TongchouError: `ledger.no_accounts` if nothing was booked for it up to the last day.
    """
    booked = journal.filter(pc.field("booked_on") <= end)["account"].unique().to_pylist()
    own = sorted(code for code in booked if account(code).owner_of(code) == member_id)
    if not own:
        raise TongchouError(
            "ledger.no_accounts",
            what=Text("该机构没有账户", "nothing was booked for this member"),
            where=member_id,
            why=Text("截至该日没有它的分录", "no entry up to that day is on an account of its own"),
            remedy=Text("检查机构或医联体代码与日期", "check the id of the institution or alliance, and the day"),
        )
    return tuple(account_statement(journal, code, start, end) for code in own)


def _sums(journal: pa.Table) -> Mapping[str, int]:
    grouped = journal.group_by("account").aggregate([("amount_fen", "sum")])
    pairs: Iterable[tuple[str, int]] = zip(
        grouped["account"].to_pylist(), grouped["amount_fen_sum"].to_pylist(), strict=True
    )
    return dict(pairs)
