"""Statements of accounts and trial balances."""

from collections.abc import Callable
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.ledger.entry import Entry, Leg, reversal
from tongchou.ledger.journal import balances, journal_table
from tongchou.ledger.postings import post_year
from tongchou.ledger.statement import account_statement, member_statements, trial_balance
from tongchou.payment.clearing import Clearing

CLEARED_ON = date(2026, 6, 30)
FEBRUARY = (date(2025, 2, 1), date(2025, 2, 28))


@pytest.fixture(scope="module")
def journal(cleared: Callable[..., Clearing]) -> pa.Table:
    year = [cleared("H002", {"2025-01": 10_000, "2025-02": 20_000}, {"2025-02": 300}, 0)]
    return journal_table(post_year("r1", [*year, cleared("H001", {"2025-02": 500}, {}, 0)], [], CLEARED_ON))


def test_a_statement_leads_from_the_opening_leg_by_leg_to_the_closing(journal: pa.Table) -> None:
    found = account_statement(journal, "fund.cash", *FEBRUARY)
    assert found.opening_fen == -9_500
    assert [(leg.booked_on, leg.amount_fen, leg.balance_fen) for leg in found.legs] == [
        (date(2025, 2, 28), -300, -9_800),
        (date(2025, 2, 28), -475, -10_275),
        (date(2025, 2, 28), -19_000, -29_275),
    ]
    assert [leg.entry_id.split("/")[1] for leg in found.legs] == [
        "ledger.month.outpatient",
        "ledger.month.paid",
        "ledger.month.paid",
    ]
    assert found.closing_fen == -29_275
    assert found.title.zh == "统筹基金存款"


def test_an_account_without_a_leg_has_an_empty_statement(journal: pa.Table) -> None:
    found = account_statement(journal, "pool.risk", *FEBRUARY)
    assert (found.opening_fen, found.legs, found.closing_fen) == (0, (), 0)
    with pytest.raises(TongchouError) as refused:
        account_statement(journal, "fund.drawer", *FEBRUARY)
    assert refused.value.code == "ledger.unknown_account"


def test_a_member_s_statements_are_of_its_own_accounts(journal: pa.Table) -> None:
    found = member_statements(journal, "H002", *FEBRUARY)
    assert [(each.account, each.opening_fen, each.closing_fen) for each in found] == [
        ("deposit.hospital.H002", -500, -1_500),
        ("payable.hospital.H002", 0, 0),
    ]


@pytest.mark.parametrize("member", ["H00", "H0022", "cash", "", "hospital.H002"])
def test_a_member_without_accounts_is_a_sentence(journal: pa.Table, member: str) -> None:
    with pytest.raises(TongchouError) as refused:
        member_statements(journal, member, *FEBRUARY)
    assert refused.value.code == "ledger.no_accounts"


def test_the_trial_balance_of_a_period_shows_what_came_before_and_in_it(journal: pa.Table) -> None:
    found = trial_balance(journal, *FEBRUARY)
    lines = {
        line.account: (line.opening_fen, line.debits_fen, line.credits_fen, line.closing_fen) for line in found.lines
    }
    assert lines == {
        "deposit.hospital.H001": (0, 0, 25, -25),
        "deposit.hospital.H002": (-500, 0, 1_000, -1_500),
        "fund.cash": (-9_500, 0, 19_775, -29_275),
        "fund.expense.inpatient.drg": (10_000, 20_500, 0, 30_500),
        "fund.expense.outpatient": (0, 300, 0, 300),
        "payable.hospital.H001": (0, 475, 475, 0),
        "payable.hospital.H002": (0, 19_000, 19_000, 0),
    }
    assert (found.debits_fen, found.credits_fen, found.opening_fen, found.closing_fen) == (40_275, 40_275, 0, 0)


def test_a_day_without_entries_carries_the_balances_over(journal: pa.Table) -> None:
    found = trial_balance(journal, date(2025, 5, 5), date(2025, 5, 5))
    assert (found.debits_fen, found.credits_fen) == (0, 0)
    assert all(line.opening_fen == line.closing_fen for line in found.lines)
    assert trial_balance(journal_table([]), *FEBRUARY).lines == ()


def test_a_journal_that_does_not_balance_has_no_trial_balance(journal: pa.Table) -> None:
    rows = journal.to_pylist()
    rows[0]["amount_fen"] += 1
    broken = pa.Table.from_pylist(rows, schema=journal.schema)
    for start in (FEBRUARY[0], date(2025, 1, 1)):
        with pytest.raises(TongchouError) as refused:
            trial_balance(broken, start, CLEARED_ON)
        assert refused.value.code == "ledger.trial_differs"


START = date(2025, 1, 1)
ACCOUNTS = ["fund.cash", "payable.hospital.H1", "fund.expense.tele_service", "pool.risk", "fund.income.penalty"]
entry_lists = st.lists(
    st.tuples(
        st.permutations(ACCOUNTS),
        st.integers(1, 10**12),
        st.integers(-(10**12), 10**12).filter(bool),
        st.integers(0, 60),
    ),
    max_size=10,
)


def books(drawn: list[tuple[list[str], int, int, int]]) -> pa.Table:
    entries = []
    for number, (accounts, first, second, day) in enumerate(drawn):
        amounts = [first, second, -first - second]
        legs = tuple(Leg(code, amount) for code, amount in zip(accounts, amounts, strict=False) if amount)
        entries.append(Entry(f"e{number}", START + timedelta(days=day), "r1", "test", "memo", legs))
    return journal_table([*entries, *reversal(entries[::2], "r2")])


@given(entry_lists, st.integers(-1, 61), st.integers(-1, 61))
def test_every_trial_balance_sums_to_zero_and_agrees_with_balances_and_statements(
    drawn: list[tuple[list[str], int, int, int]], first: int, last: int
) -> None:
    journal = books(drawn)
    start, end = START + timedelta(days=min(first, last)), START + timedelta(days=max(first, last))
    found = trial_balance(journal, start, end)
    assert found.closing_fen == found.opening_fen == found.debits_fen - found.credits_fen == 0
    assert {line.account: line.closing_fen for line in found.lines} == balances(journal, end)
    for line in found.lines:
        statement = account_statement(journal, line.account, start, end)
        assert line.opening_fen + line.debits_fen - line.credits_fen == line.closing_fen
        assert (statement.opening_fen, statement.closing_fen) == (line.opening_fen, line.closing_fen)
        assert statement.opening_fen + sum(leg.amount_fen for leg in statement.legs) == statement.closing_fen


@given(entry_lists, st.integers(0, 60))
def test_days_follow_each_other_without_a_gap(drawn: list[tuple[list[str], int, int, int]], day: int) -> None:
    journal, today = books(drawn), START + timedelta(days=day)
    tomorrow = today + timedelta(days=1)
    closing = {line.account: line.closing_fen for line in trial_balance(journal, today, today).lines}
    opening = {line.account: line.opening_fen for line in trial_balance(journal, tomorrow, tomorrow).lines}
    assert {code: fen for code, fen in opening.items() if fen} == {code: fen for code, fen in closing.items() if fen}
