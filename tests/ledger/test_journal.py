"""The journal as a table: balances, round trip, and finding what was tampered with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from tongchou.core.errors import Problems
from tongchou.ledger.entry import Entry, Leg, reversal
from tongchou.ledger.journal import balances, journal_entries, journal_table, verify
from tongchou.ledger.postings import post_year
from tongchou.payment.clearing import Clearing
from tongchou.schema.results import JOURNAL

CLEARED_ON = date(2026, 6, 30)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def entries(cleared: Callable[..., Clearing]) -> list[Entry]:
    clearing = cleared("H002", {"2025-01": 10_000, "2025-02": 20_000}, {"2025-02": 300}, 0)
    booked = post_year("r1", [clearing], [], CLEARED_ON)
    return [*booked, *reversal(booked[:1], "r2")]


def table(rows: Rows) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=JOURNAL.arrow_schema)


def codes(rows: Rows) -> set[str]:
    return {problem.code for problem in verify(table(rows))}


def test_entries_come_back_from_their_rows(entries: list[Entry]) -> None:
    journal = journal_table(entries)
    assert journal.schema == JOURNAL.arrow_schema
    assert journal_entries(journal) == entries


def test_the_order_of_rows_does_not_matter_inside_an_entry(entries: list[Entry]) -> None:
    rows = journal_table(entries[:1]).to_pylist()
    assert journal_entries(table(rows[::-1])) == entries[:1]


def test_an_empty_journal_is_sound() -> None:
    empty = journal_table([])
    assert verify(empty) == []
    assert journal_entries(empty) == []
    assert balances(empty, CLEARED_ON) == {}


def test_a_reversal_leaves_every_day_as_if_its_entry_had_never_been(entries: list[Entry]) -> None:
    standing, with_reversal = journal_table(entries[1:-1]), journal_table(entries)
    for day in sorted({entry.booked_on for entry in entries}):
        filled = {account: fen for account, fen in balances(with_reversal, day).items() if fen}
        assert filled == {account: fen for account, fen in balances(standing, day).items() if fen}


def test_balances_count_up_to_a_day_inclusive(entries: list[Entry]) -> None:
    journal = journal_table(entries[:-1])
    january = date(2025, 1, 31)
    assert balances(journal, january) == {
        "deposit.hospital.H002": -500,
        "fund.cash": -9_500,
        "fund.expense.inpatient.drg": 10_000,
        "payable.hospital.H002": 0,
    }
    assert balances(journal, january - timedelta(days=1)) == {}
    assert sum(balances(journal, CLEARED_ON).values()) == 0


def test_a_changed_amount_is_found(entries: list[Entry]) -> None:
    rows = journal_table(entries).to_pylist()
    rows[4]["amount_fen"] += 1
    (problem,) = verify(table(rows))
    assert (problem.code, problem.where) == ("ledger.unbalanced", rows[4]["entry_id"])


def test_entries_of_a_tampered_journal_are_not_handed_out(entries: list[Entry]) -> None:
    rows = journal_table(entries).to_pylist()
    rows[4]["amount_fen"] += 1
    rows[6]["account"] = "fund.drawer"
    with pytest.raises(Problems) as refused:
        journal_entries(table(rows))
    assert [problem.code for problem in refused.value.problems] == [
        "ledger.unbalanced",
        "ledger.unknown_account",
    ]


def test_a_changed_account_is_found(entries: list[Entry]) -> None:
    rows = journal_table(entries).to_pylist()
    rows[0]["account"] = "fund.drawer"
    # The reversal of the first entry no longer takes back what stands there.
    assert codes(rows) == {"ledger.unknown_account", "ledger.reversal_differs"}


def test_a_duplicated_row_is_found(entries: list[Entry]) -> None:
    rows = journal_table(entries).to_pylist()
    assert codes([*rows, rows[3]]) == {"ledger.duplicated_leg", "ledger.unbalanced"}


def test_a_missing_row_is_found(entries: list[Entry]) -> None:
    rows = journal_table(entries[1:2]).to_pylist()
    assert codes(rows[1:]) == {"ledger.leg_gap", "ledger.one_legged", "ledger.unbalanced"}


def test_legs_that_disagree_about_their_entry_are_found(entries: list[Entry]) -> None:
    rows = journal_table(entries).to_pylist()
    rows[1]["booked_on"] = date(2025, 3, 31)
    assert codes(rows) == {"ledger.legs_disagree"}


def test_two_changes_that_cancel_are_found_by_the_reversal(entries: list[Entry]) -> None:
    rows = journal_table(entries).to_pylist()
    rows[0]["amount_fen"] += 100
    rows[1]["amount_fen"] -= 100
    assert codes(rows) == {"ledger.reversal_differs"}


def test_a_reversal_of_a_missing_entry_is_found(entries: list[Entry]) -> None:
    rows = [row for row in journal_table(entries).to_pylist() if row["entry_id"] != entries[0].entry_id]
    assert codes(rows) == {"ledger.reversal_missing"}


def test_an_entry_reversed_twice_is_found(entries: list[Entry]) -> None:
    again = reversal(entries[:1], "r3")
    problems = verify(journal_table([*entries, *again]))
    assert [problem.code for problem in problems] == ["ledger.reversal_repeated"] * 2


def test_a_reversal_before_its_entry_is_found(entries: list[Entry]) -> None:
    early = [replace(each, booked_on=date(2025, 1, 30)) for each in reversal(entries[1:2], "r3")]
    assert [problem.code for problem in verify(journal_table([*entries, *early]))] == ["ledger.reversal_early"]


def test_a_reversal_of_a_reversal_is_found(entries: list[Entry]) -> None:
    undone = entries[-1]
    legs = tuple(Leg(leg.account, -leg.amount_fen) for leg in undone.legs)
    forged = Entry("r3/forged", CLEARED_ON, "r3", "ledger.reversal", "forged", legs, reverses=undone.entry_id)
    problems = verify(journal_table([*entries, forged]))
    assert [problem.code for problem in problems] == ["ledger.reversal_of_reversal"]
