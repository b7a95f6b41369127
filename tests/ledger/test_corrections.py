"""Corrections by difference: provisional and final, and what is changed in periods that are locked."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.ledger.corrections import adjust, correct, name_of
from tongchou.ledger.days import last_day_of
from tongchou.ledger.entry import Entry, Leg, reversal
from tongchou.ledger.journal import balances, journal_table, verify
from tongchou.ledger.periods import Periods, State

CLEARED_ON = date(2026, 6, 30)
END = date(2030, 1, 1)
EXPENSE, PAYABLE, DEPOSIT = "fund.expense.inpatient.dip", "payable.hospital.H1", "deposit.hospital.H1"


def legs(amount: int, deposit: int = 0) -> tuple[Leg, ...]:
    every = (Leg(EXPENSE, amount), Leg(PAYABLE, deposit - amount), Leg(DEPOSIT, -deposit))
    return tuple(leg for leg in every if leg.amount_fen)


def month(run_id: str, name: str, amount: int, deposit: int = 0) -> Entry:
    entry_id = f"{run_id}/ledger.month.settled/H1/{name}"
    return Entry(entry_id, last_day_of(name), run_id, "ledger.month.settled", f"H1 {name}", legs(amount, deposit))


def at_end(entries: Iterable[Entry], upto: date = END) -> dict[str, int]:
    return {code: fen for code, fen in balances(journal_table(entries), upto).items() if fen}


def periods(*locked: str) -> Periods:
    found = Periods()
    found.change("2025", State.OPEN, CLEARED_ON, "x", "x")
    for each in locked:
        found.change(each, State.LOCKED, CLEARED_ON, "x", "x")
    return found


def test_the_difference_to_the_provisional_amount_is_booked_at_clearing() -> None:
    # Provisional point value 17.00 over 5,200.00 points, final 17.9058: 88,400.00 and 93,110.16 yuan.
    provisional = month("r1", "2025-01", 8_840_000, 442_000)
    (entry,) = adjust("r2", [provisional], {name_of(provisional): legs(9_311_016, 465_551)}, CLEARED_ON)
    assert entry.entry_id == "r2/ledger.adjustment/ledger.month.settled/H1/2025-01"
    assert (entry.booked_on, entry.rule) == (CLEARED_ON, "ledger.adjustment")
    assert "2025-01" in entry.memo
    assert entry.legs == (Leg(EXPENSE, 471_016), Leg(PAYABLE, -447_465), Leg(DEPOSIT, -23_551))


def test_a_lower_final_amount_turns_the_signs() -> None:
    provisional = month("r1", "2025-01", 1_000)
    (entry,) = adjust("r2", [provisional], {name_of(provisional): legs(900)}, CLEARED_ON)
    assert entry.legs == (Leg(EXPENSE, -100), Leg(PAYABLE, 100))


def test_what_is_final_already_and_what_is_not_named_are_left() -> None:
    first, second = month("r1", "2025-01", 1_000), month("r1", "2025-02", 2_000)
    assert adjust("r2", [first, second], {name_of(first): legs(1_000)}, CLEARED_ON) == []


def test_a_final_amount_of_zero_takes_all_back() -> None:
    provisional = month("r1", "2025-01", 1_000, 50)
    adjusted = adjust("r2", [provisional], {name_of(provisional): ()}, CLEARED_ON)
    assert at_end([provisional, *adjusted]) == {}


def test_a_final_amount_of_what_was_never_booked_is_refused() -> None:
    with pytest.raises(TongchouError) as refused:
        adjust("r2", [], {"ledger.month.settled/H9/2025-01": legs(5)}, CLEARED_ON)
    assert refused.value.code == "ledger.nothing_provisional"


def test_final_legs_that_do_not_balance_are_refused() -> None:
    provisional = month("r1", "2025-01", 1_000)
    with pytest.raises(TongchouError) as refused:
        adjust("r2", [provisional], {name_of(provisional): (Leg(EXPENSE, 5),)}, CLEARED_ON)
    assert refused.value.code in {"ledger.unbalanced", "ledger.one_legged"}


amounts = st.integers(-(10**11), 10**11)
months = st.sampled_from(["2025-01", "2025-02", "2025-03", "2025-04"])
years = st.dictionaries(months, st.tuples(amounts, st.integers(0, 10**9)), max_size=4)


@given(first=years, finals=st.lists(years, max_size=3))
def test_provisional_and_adjusting_entries_are_together_the_final_amounts(
    first: dict[str, tuple[int, int]], finals: list[dict[str, tuple[int, int]]]
) -> None:
    provisional = [month("r1", name, *amount) for name, amount in first.items() if legs(*amount)]
    names = {name_of(entry) for entry in provisional}
    booked = list(provisional)
    for number, final in enumerate(finals, start=2):
        wanted = {
            name_of(entry): entry.legs
            for entry in (month("f", name, *amount) for name, amount in final.items() if legs(*amount))
            if name_of(entry) in names
        }
        booked += adjust(f"r{number}", booked, wanted, CLEARED_ON)
        assert adjust("again", booked, wanted, CLEARED_ON) == []
        for name, own in wanted.items():
            together = at_end(entry for entry in booked if name_of(entry) == name)
            assert together == {leg.account: leg.amount_fen for leg in own}
    journal = journal_table(booked)
    assert verify(journal) == []
    assert sum(balances(journal, END).values()) == 0


def test_in_open_periods_a_run_takes_the_earlier_one_back() -> None:
    old, new = [month("r1", "2025-01", 1_000)], [month("r2", "2025-01", 1_100)]
    assert correct("r2", old, new, Periods()) == [*reversal(old, "r2"), *new]
    assert correct("r2", old, new, periods()) == [*reversal(old, "r2"), *new]


def test_in_a_locked_period_only_the_difference_is_booked_in_the_first_open_one() -> None:
    old = [month("r1", "2025-01", 1_000), month("r1", "2025-02", 2_000), month("r1", "2025-03", 3_000)]
    new = [month("r2", "2025-01", 1_100), month("r2", "2025-02", 2_000), month("r2", "2025-03", 3_300)]
    booked = correct("r2", old, new, periods("2025-01", "2025-02"))
    assert [(entry.entry_id, entry.booked_on) for entry in booked] == [
        ("r2/ledger.reversal/r1/ledger.month.settled/H1/2025-03", date(2025, 3, 31)),
        ("r2/ledger.month.settled/H1/2025-03", date(2025, 3, 31)),
        ("r2/ledger.adjustment/ledger.month.settled/H1/2025-01", date(2025, 3, 1)),
    ]
    assert booked[2].legs == (Leg(EXPENSE, 100), Leg(PAYABLE, -100))
    assert "所属期间 2025-01" in booked[2].memo


def test_a_late_list_of_a_locked_period_is_booked_in_the_first_open_one() -> None:
    booked = correct("r2", [], [month("r2", "2025-01", 700)], periods("2025-01"))
    assert [(entry.booked_on, entry.legs) for entry in booked] == [(date(2025, 2, 1), legs(700))]


def test_what_a_locked_period_no_longer_has_is_taken_back_in_the_first_open_one() -> None:
    booked = correct("r2", [month("r1", "2025-01", 700)], [], periods("2025-01"))
    assert [(entry.booked_on, entry.legs) for entry in booked] == [(date(2025, 2, 1), legs(-700))]


def test_nothing_is_booked_in_a_period_that_was_never_opened() -> None:
    with pytest.raises(TongchouError) as refused:
        correct("r2", [], [month("r2", "2026-01", 700)], periods())
    assert refused.value.code == "ledger.period_not_open"


def test_a_correction_without_an_open_period_is_refused() -> None:
    every = [f"2025-{number:02d}" for number in range(1, 13)]
    with pytest.raises(TongchouError) as refused:
        correct("r2", [month("r1", "2025-12", 1)], [month("r2", "2025-12", 2)], periods(*every))
    assert refused.value.code == "ledger.no_open_period"
    unchanged = [month("r1", "2025-12", 1)], [month("r2", "2025-12", 1)]
    assert correct("r2", *unchanged, periods(*every)) == []


@given(runs=st.lists(years, min_size=2, max_size=4), locks=st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_after_every_run_the_books_are_what_it_alone_would_have_booked(
    runs: list[dict[str, tuple[int, int]]], locks: list[int]
) -> None:
    journal: list[Entry] = []
    for number, year in enumerate(runs):
        locked = [f"2025-{month:02d}" for month in range(1, 1 + max(locks[: number + 1]))]
        allowed = periods(*locked)
        run_id = f"r{number}"
        own = [month(run_id, name, *amount) for name, amount in sorted(year.items()) if legs(*amount)]
        undone = {entry.reverses for entry in journal if entry.reverses}
        standing = [entry for entry in journal if entry.reverses is None and entry.entry_id not in undone]
        booked = correct(run_id, standing, own, allowed)
        assert all(allowed.may_book(entry.booked_on) for entry in booked)
        journal += booked
        assert verify(journal_table(journal)) == []
        assert at_end(journal) == at_end(own)
    assert len({entry.entry_id for entry in journal}) == len(journal)
    assert all(one.run_id <= other.run_id for one, other in pairwise(journal))
