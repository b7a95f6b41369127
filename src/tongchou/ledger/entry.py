"""An entry of the ledger (分录): immutable, balanced, on known accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.ledger.accounts import account


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry.

    Attributes:
        account: Code of the account.
        amount_fen: Debit positive, credit negative; never zero.
    """

    account: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking; its legs sum to zero.

    Attributes:
        entry_id: Unique in the journal and the same whenever the same run is booked again.
        booked_on: The day it counts on.
        run_id: The run that booked it.
        rule: The rule that made it.
        memo: What it is for, in both languages.
        legs: At least two, in the order booked.
        reverses: The entry that this one takes back.
    """

    entry_id: str
    booked_on: date
    run_id: str
    rule: str
    memo: str
    legs: tuple[Leg, ...]
    reverses: str | None = None

    def __post_init__(self) -> None:
        """Refuse an entry that must not stand in a ledger.

        Raises:
            TongchouError: `ledger.one_legged`, `ledger.zero_leg`, `ledger.unbalanced` or
                `ledger.unknown_account`.
        """
        for problem in entry_problems(self.entry_id, self.legs):
            raise problem


def entry_problems(entry_id: str, legs: Iterable[Leg]) -> list[TongchouError]:
    """Return everything that is wrong with the legs of an entry, empty if they may be booked."""
    legs = tuple(legs)
    problems: list[TongchouError] = []
    if len(legs) < 2:
        problems.append(
            TongchouError(
                "ledger.one_legged",
                what=Text("分录不足两条", "an entry has fewer than two legs"),
                where=entry_id,
                why=Text("有借必有贷", "every debit has its credit"),
                remedy=Text("补上对方科目", "book the other side too"),
            )
        )
    if not all(leg.amount_fen for leg in legs):
        problems.append(
            TongchouError(
                "ledger.zero_leg",
                what=Text("分录含有零金额", "an entry has a leg of zero"),
                where=entry_id,
                why=Text("零金额不记账", "nothing is booked with amount zero"),
                remedy=Text("去掉该条", "leave the leg out"),
            )
        )
    total = sum(leg.amount_fen for leg in legs)
    if total:
        problems.append(
            TongchouError(
                "ledger.unbalanced",
                what=Text(
                    f"分录借贷不平，差 {format_yuan(total)} 元",
                    f"the legs sum to {format_yuan(total)} yuan, not zero",
                ),
                where=entry_id,
                why=Text("同一分录的借贷合计须为零", "the legs of an entry sum to zero"),
                remedy=Text("核对各条金额", "check the amounts of its legs"),
            )
        )
    for leg in legs:
        try:
            account(leg.account)
        except TongchouError as unknown:
            problems.append(unknown)
    return problems


def reversal(entries: Iterable[Entry], run_id: str) -> list[Entry]:
    """Return the entries that take back the given ones, each pointing to the entry it reverses.

    A reversal counts on the day of the entry that it takes back, so that the balances of every day are those of
    the entries that stand.

    Args:
        entries: Entries to take back, none of them a reversal itself.
        run_id: The run that takes them back.

    Raises:
        TongchouError: `ledger.reversal_of_reversal`; what was taken back wrongly is booked anew.
    """
    reversals: list[Entry] = []
    for entry in entries:
        if entry.reverses is not None:
            raise reversal_of_reversal(entry.entry_id)
        reversals.append(
            Entry(
                entry_id=f"{run_id}/ledger.reversal/{entry.entry_id}",
                booked_on=entry.booked_on,
                run_id=run_id,
                rule="ledger.reversal",
                memo=f"冲销 {entry.entry_id} / reversal of {entry.entry_id}",
                legs=tuple(Leg(leg.account, -leg.amount_fen) for leg in entry.legs),
                reverses=entry.entry_id,
            )
        )
    return reversals


def reversal_of_reversal(entry_id: str) -> TongchouError:
    """Return the error of a reversal that is to be reversed."""
    return TongchouError(
        "ledger.reversal_of_reversal",
        what=Text("冲销分录不能再冲销", "a reversal cannot be reversed"),
        where=entry_id,
        why=Text("每笔分录至多冲销一次", "an entry is taken back at most once"),
        remedy=Text("重新登记一笔分录", "book the amounts in a new entry"),
    )
