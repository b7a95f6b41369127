"""Corrections by difference: provisional amounts made final, and changes to periods in which nothing is booked.

An entry is named by what it is for: its rule, subject and period, the part of its id after the run's. An adjusting
entry bears the name of what it adjusts, so the amount of a name is the sum over all entries that stand under it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.entry import Entry, Leg, reversal
from tongchou.ledger.periods import Periods

ADJUSTMENT = "ledger.adjustment"
"""The rule of entries that book a difference."""


def name_of(entry: Entry) -> str:
    """Return what an entry is for, the same in every run: its id without the run, and of an adjustment without that."""
    return entry.entry_id.removeprefix(f"{entry.run_id}/").removeprefix(f"{ADJUSTMENT}/")


def adjust(run_id: str, booked: Iterable[Entry], final: Mapping[str, Iterable[Leg]], booked_on: date) -> list[Entry]:
    """Return the entries that make provisional amounts final: for each name the difference, where there is one.

    Booked and adjusting entries of a name together have exactly the final legs on every account; adjusting again with
    the same final legs gives nothing.

    Args:
        run_id: The run that clears.
        booked: What stands so far: provisional entries and earlier adjustments of them.
        final: Name (`name_of`) -> the legs as they must come out; what is not in it is left as it is.
        booked_on: The day of clearing.

    Raises:
        TongchouError: `ledger.nothing_provisional` if a final amount is of something never booked;
            `ledger.unbalanced` if final legs do not sum to zero.
    """
    by_name = _by_name(booked)
    strangers = sorted(final.keys() - by_name.keys())
    if strangers:
        raise TongchouError(
            "ledger.nothing_provisional",
            what=Text("没有可供调整的暂估分录", "there is no provisional entry to adjust"),
            where=", ".join(strangers),
            why=Text("清算只登记与暂估数的差额", "clearing books the difference to what was provisional"),
            remedy=Text("作为新的分录登记", "book it as an entry of its own"),
        )
    return [
        entry for name, legs in final.items() for entry in _difference(run_id, name, by_name[name], legs, booked_on)
    ]


def correct(run_id: str, standing: Sequence[Entry], own: Sequence[Entry], periods: Periods) -> list[Entry]:
    """Return what a run books so that its entries stand instead of earlier ones, whatever periods are locked.

    In open periods the earlier entries are reversed and the run's booked. Where either lies in a period that is not
    open, the earlier ones are left to stand and only the difference is booked, in the first open period after it,
    naming the period it belongs to; what did not change needs nothing.

    Args:
        run_id: The run that books.
        standing: Entries of earlier runs of the same settlement that no reversal has taken back.
        own: The run's entries as they would be booked if every period were open.
        periods: The region's periods.

    Raises:
        TongchouError: `ledger.no_open_period`; `ledger.period_not_open` if an open period is needed and none is.
    """
    before, now = _by_name(standing), _by_name(own)
    taken_back: list[Entry] = []
    booked: list[Entry] = []
    adjusted: list[Entry] = []
    for name in dict.fromkeys([*before, *now]):
        old, new = before.get(name, []), now.get(name, [])
        fixed = [entry for entry in (*old, *new) if not periods.may_book(entry.booked_on)]
        if not fixed:
            taken_back += old
            booked += new
            continue
        if not old and not any(_is_past(periods, entry) for entry in new):
            booked += new  # never booked, in a period not yet opened: `require_open` says so
            continue
        wanted = [leg for entry in new for leg in entry.legs]
        if _difference(run_id, name, old, wanted, fixed[0].booked_on):
            day = periods.first_open_day(max(entry.booked_on for entry in fixed))
            adjusted += _difference(run_id, name, old, wanted, day)
    entries = [*reversal(taken_back, run_id), *booked, *adjusted]
    periods.require_open(entries)
    return entries


def _difference(run_id: str, name: str, booked: Sequence[Entry], wanted: Iterable[Leg], booked_on: date) -> list[Entry]:
    amounts: dict[str, int] = {}
    for leg in wanted:
        amounts[leg.account] = amounts.get(leg.account, 0) + leg.amount_fen
    for entry in booked:
        for leg in entry.legs:
            amounts[leg.account] = amounts.get(leg.account, 0) - leg.amount_fen
    legs = tuple(Leg(account, amount) for account, amount in amounts.items() if amount)
    if not legs:
        return []
    period = name.rpartition("/")[2]
    memo = f"调整 {name}，所属期间 {period} / adjusts {name} of {period}"
    return [Entry(f"{run_id}/{ADJUSTMENT}/{name}", booked_on, run_id, ADJUSTMENT, memo, legs)]


def _by_name(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        by_name.setdefault(name_of(entry), []).append(entry)
    return by_name


def _is_past(periods: Periods, entry: Entry) -> bool:
    """Return whether an entry's day is in a period that was open once and no longer is."""
    if periods.may_book(entry.booked_on):
        return False
    try:
        periods.first_open_day(entry.booked_on)
    except TongchouError:
        return False
    return True
