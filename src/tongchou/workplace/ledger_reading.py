"""The ledger as each one sees it: accounts, what was booked on them, entries with their proofs, heads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tongchou.access.decision import decide
from tongchou.access.subject import REGION, Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.accounts import account
from tongchou.ledger.days import days_of
from tongchou.ledger.log import TreeHead
from tongchou.ledger.statement import StatementLeg, TrialBalance, TrialLine, account_statement, trial_balance
from tongchou.runs.books import Books
from tongchou.workplace.cursors import bad_cursor
from tongchou.workplace.ledger_scope import accounts_whose, seen_accounts
from tongchou.workplace.place import Workplace, no_such

OTHERS = Text("其他机构（合计）", "other institutions (sum)")


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of an account over a range of days.

    Attributes:
        account: Its code.
        title: Its name.
        start: The first day, inclusive.
        end: The last day, inclusive.
        opening_fen: The balance before the first day.
        closing_fen: The balance at the end of the last day.
        legs: What was booked, by day and entry, each with the balance after it.
        cursor: Where the next page begins; None at the end.
    """

    account: str
    title: Text
    start: date
    end: date
    opening_fen: int
    closing_fen: int
    legs: tuple[StatementLeg, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class EntryLeg:
    """A leg; `account` is empty where it stands for others' legs together."""

    account: str
    title: Text
    amount_fen: int


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An entry with the legs that are seen; legs of others' own accounts stand together, so that it still balances.

    Attributes:
        entry_id: Its id.
        booked_on: The day it counts on.
        run_id: The run that booked it.
        rule: The rule by which.
        memo: What it is for.
        reverses: The entry that it takes back, if it does.
        legs: Its legs.
        is_whole: Whether all legs are shown: only then its proof, which holds them all, is given.
    """

    entry_id: str
    booked_on: date
    run_id: str
    rule: str
    memo: str
    reverses: str | None
    legs: tuple[EntryLeg, ...]
    is_whole: bool


@contextmanager
def books_of(place: Workplace) -> Iterator[Books]:
    """Give the region's books."""
    with place.engines.engine() as engine:
        yield Books(place.region.lake, engine, place.region.region_id)


def booked_years(place: Workplace, subject: Subject) -> list[str]:
    """Return the years in which anything is booked, the latest first.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "ledger.heads", "open")
    days = _journal(place)["booked_on"]
    return sorted({f"{year:04d}" for year in pc.unique(pc.year(days)).to_pylist()}, reverse=True)


def accounts_of(place: Workplace, subject: Subject, period: str) -> TrialBalance:
    """Return the accounts that somebody sees over a month or a year; who sees the region sees a trial balance.

    Raises:
        TongchouError: `access.refused`; `ledger.period`; `ledger.trial_differs`.
    """
    place.admit_to_some(subject, "ledger.read", "cost", where="ledger")
    start, end = days_of(period)
    journal = _journal(place)
    whole = trial_balance(journal, start, end)
    seen = seen_accounts(place, subject, [line.account for line in whole.lines])
    if not seen and decide(subject, "ledger.read", REGION, "cost").outcome == "refused":
        _require_some(place, subject)
    return TrialBalance(start, end, tuple(line for line in whole.lines if line.account in seen))


def account_page(
    place: Workplace, subject: Subject, code: str, period: str, size: int = 100, cursor: str | None = None
) -> AccountPage:
    """Return a page of what was booked on an account in a month or a year.

    A page ends with a whole entry, so it may be some legs longer than asked for.

    Raises:
        TongchouError: `access.refused`; `ledger.period`; `ledger.unknown_account`; `workplace.bad_cursor`.
    """
    place.admit_to_some(subject, "ledger.read", "cost", where=code)
    start, end = days_of(period)
    place.admit(subject, "ledger.read", "cost", accounts_whose(place, [code])[code], where=code)
    statement = account_statement(_journal(place), code, start, end)
    first = _first_behind(statement.legs, cursor)
    last = min(first + size, len(statement.legs))
    while first < last < len(statement.legs) and _key(statement.legs[last]) == _key(statement.legs[last - 1]):
        last += 1
    more = last < len(statement.legs)
    return AccountPage(
        code,
        statement.title,
        start,
        end,
        statement.opening_fen,
        statement.closing_fen,
        statement.legs[first:last],
        "|".join(_key(statement.legs[last - 1])) if more else None,
    )


def open_entry(place: Workplace, subject: Subject, entry_id: str) -> OpenEntry:
    """Return an entry of which one sees at least a leg on an account with an owner, or all of the region's.

    Raises:
        TongchouError: `access.refused`; `runs.no_entry`.
    """
    place.admit_to_some(subject, "ledger.read", "cost", where=entry_id)
    rows = _journal(place).filter(pc.field("entry_id") == entry_id).sort_by("leg").to_pylist()
    if not rows:
        raise no_such("runs.no_entry", Text("没有这笔分录", "there is no such entry"), entry_id)
    whose = accounts_whose(place, [row["account"] for row in rows])
    seen = seen_accounts(place, subject, whose)
    if not seen:
        place.admit(subject, "ledger.read", "cost", whose[rows[0]["account"]], where=entry_id)
    # Who sees his own leg sees the fund's side of it; other members' legs are theirs.
    shown = [row for row in rows if row["account"] in seen or whose[row["account"]] == REGION]
    hidden = [row for row in rows if row not in shown]
    legs = [EntryLeg(row["account"], account(row["account"]).title, row["amount_fen"]) for row in shown]
    if hidden:
        legs.append(EntryLeg("", OTHERS, sum(row["amount_fen"] for row in hidden)))
    head = {name: rows[0][name] for name in ("entry_id", "booked_on", "run_id", "rule", "memo", "reverses")}
    return OpenEntry(**head, legs=tuple(legs), is_whole=not hidden)


def prove_entry(place: Workplace, subject: Subject, entry_id: str) -> dict[str, Any]:
    """Return the proof that an entry is in what was signed last; `python -m tongchou.ledger.verify` checks it.

    Raises:
        TongchouError: `access.refused`; `workplace.proof_of_others`; `runs.no_entry`; `runs.nothing_signed`;
            `ledger.head_too_small`; `ledger.head_differs`.
    """
    entry = open_entry(place, subject, entry_id)
    codes = [leg.account for leg in entry.legs if leg.account]
    whose = accounts_whose(place, codes)
    own = [each for each in whose.values() if each != REGION]
    place.admit(subject, "ledger.prove", "cost", own[0] if own else REGION, where=entry_id)
    if not entry.is_whole:
        raise TongchouError(
            "workplace.proof_of_others",
            what=Text("这笔分录的证明含有其他机构的金额", "the proof of this entry holds others' amounts"),
            where=entry_id,
            why=Text("证明须含整笔分录", "a proof is of the whole entry"),
            remedy=Text("请牵头医院或医保出具", "ask the lead hospital or the insurer for it"),
        )
    with books_of(place) as books:
        return books.prove(entry_id)


def signed_heads(place: Workplace, subject: Subject) -> list[TreeHead]:
    """Return the signed heads of the log, the newest first.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "ledger.heads", "open")
    with books_of(place) as books:
        return [head for head in reversed(books.heads()) if head.signature is not None]


def prove_growth(place: Workplace, subject: Subject, old_size: int, new_size: int | None = None) -> dict[str, Any]:
    """Return the proof that between two signed heads nothing was changed or removed.

    Raises:
        TongchouError: `access.refused`; `runs.nothing_signed`; `ledger.head_order`; `ledger.head_differs`.
    """
    place.admit(subject, "ledger.heads", "open", where=str(old_size))
    with books_of(place) as books:
        return books.prove_growth(old_size, new_size)


def check_books(place: Workplace, subject: Subject) -> list[TongchouError]:
    """Return everything that is amiss in journal, log and heads; empty if nothing is.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "ledger.read", "cost", where="ledger")
    with books_of(place) as books:
        return books.problems(books.heads())


def sums_of(lines: tuple[TrialLine, ...]) -> TrialLine:
    """Return the sum of the lines shown."""
    return TrialLine(
        "",
        Text("合计", "sum"),
        sum(line.opening_fen for line in lines),
        sum(line.debits_fen for line in lines),
        sum(line.credits_fen for line in lines),
        sum(line.closing_fen for line in lines),
    )


def _journal(place: Workplace) -> pa.Table:
    with books_of(place) as books:
        return books.journal()


def _require_some(place: Workplace, subject: Subject) -> None:
    """Refuse who sees nobody's accounts; who has none booked yet sees an empty list."""
    own = place.whose(*sorted(subject.institution_ids))
    place.admit(subject, "ledger.read", "cost", own, where="ledger")


def _key(leg: StatementLeg) -> tuple[str, str]:
    return leg.booked_on.isoformat(), leg.entry_id


def _first_behind(legs: tuple[StatementLeg, ...], cursor: str | None) -> int:
    if cursor is None:
        return 0
    day, _, entry_id = cursor.partition("|")
    if len(day) != 10 or not entry_id:
        raise bad_cursor()
    return sum(1 for leg in legs if _key(leg) <= (day, entry_id))
