"""From clearings and alliance settlements to entries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.alliance.settlement import AllianceSettlement
from tongchou.core.errors import TongchouError
from tongchou.ledger.entry import Leg, reversal
from tongchou.ledger.journal import balances, journal_table, verify
from tongchou.ledger.postings import post_year
from tongchou.payment.clearing import Clearing, Line

ClearOf = Callable[..., Clearing]
SettledOf = Callable[..., AllianceSettlement]

CLEARED_ON = date(2026, 6, 30)
MONTHS = [f"2025-{number:02d}" for number in range(1, 13)]


def test_every_entry_of_a_small_year(cleared: ClearOf, settled: SettledOf) -> None:
    clearing = cleared("H002", {"2025-02": 10_000}, {"2025-02": 300}, 70)
    entries = post_year("r1", [clearing], [settled({"H002": 70}, 30)], CLEARED_ON)
    assert [(entry.entry_id, entry.booked_on, entry.legs) for entry in entries] == [
        (
            "r1/ledger.month.settled/H002/2025-02",
            date(2025, 2, 28),
            (
                Leg("fund.expense.inpatient.drg", 10_000),
                Leg("payable.hospital.H002", -9_500),
                Leg("deposit.hospital.H002", -500),
            ),
        ),
        (
            "r1/ledger.month.paid/H002/2025-02",
            date(2025, 2, 28),
            (Leg("payable.hospital.H002", 9_500), Leg("fund.cash", -9_500)),
        ),
        (
            "r1/ledger.month.outpatient/H002/2025-02",
            date(2025, 2, 28),
            (Leg("fund.expense.outpatient", 300), Leg("fund.cash", -300)),
        ),
        (
            "r1/ledger.year.deposit_returned/H002/2025",
            CLEARED_ON,
            (Leg("deposit.hospital.H002", 475), Leg("payable.hospital.H002", -475)),
        ),
        (
            "r1/ledger.year.deposit_forfeited/H002/2025",
            CLEARED_ON,
            (Leg("deposit.hospital.H002", 25), Leg("fund.income.deposit_forfeited", -25)),
        ),
        (
            "r1/ledger.year.surplus/A1/2025",
            CLEARED_ON,
            (
                Leg("fund.expense.alliance_surplus", 100),
                Leg("payable.hospital.H002", -70),
                Leg("alliance.reserve.A1", -30),
            ),
        ),
        (
            "r1/ledger.year.paid/H002/2025",
            CLEARED_ON,
            (Leg("payable.hospital.H002", 545), Leg("fund.cash", -545)),
        ),
    ]


def test_a_month_s_due_is_booked_by_method_of_payment(cleared: ClearOf) -> None:
    clearing = cleared("H001", {"2025-01": 10_000, "2025-02": 300}, {}, 0)
    methods = {("H001", "2025-01"): {"dip": 9_000, "per_diem": 1_200, "late": -200, "item": 0}}
    entries = post_year("r1", [clearing], [], CLEARED_ON, methods)
    at_end = balances(journal_table(entries), CLEARED_ON)
    assert {code: fen for code, fen in at_end.items() if code.startswith("fund.expense.")} == {
        "fund.expense.inpatient.dip": 9_000,
        "fund.expense.inpatient.per_diem": 1_200,
        "fund.expense.inpatient.late": -200,
        "fund.expense.inpatient.drg": 300,
    }


def test_where_dip_pays_by_group_its_account_takes_the_months_and_the_year_s_corrections(cleared: ClearOf) -> None:
    clearing = cleared("H001", {"2025-01": 10_000}, {}, 0)
    assessed = replace(clearing, amounts_fen={**clearing.amounts_fen, Line.ASSESSMENT: -200})
    entries = post_year("r1", [assessed], [], CLEARED_ON, by_group="dip")
    spent = {leg.account: leg.amount_fen for entry in entries for leg in entry.legs if "expense" in leg.account}
    assert [entry.rule for entry in entries if entry.legs[0].account == "fund.expense.inpatient.dip"] == [
        "ledger.month.settled",
        "ledger.year.assessment",
    ]
    assert set(spent) == {"fund.expense.inpatient.dip"}
    with pytest.raises(TongchouError) as refused:
        post_year("r1", [clearing], [], CLEARED_ON, by_group="dpi")
    assert refused.value.code == "ledger.unknown_purpose"


@pytest.mark.parametrize(
    ("methods", "code"),
    [
        ({"dip": 9_999}, "ledger.methods_differ"),
        ({}, "ledger.methods_differ"),
        ({"dp": 10_000}, "ledger.unknown_purpose"),
    ],
)
def test_methods_that_do_not_make_up_the_due_are_refused(methods: dict[str, int], code: str, cleared: ClearOf) -> None:
    with pytest.raises(TongchouError) as refused:
        post_year("r1", [cleared("H001", {"2025-01": 10_000}, {}, 0)], [], CLEARED_ON, {("H001", "2025-01"): methods})
    assert refused.value.code == code


def test_a_deficit_is_claimed_and_then_shared(cleared: ClearOf, settled: SettledOf) -> None:
    clearing = cleared("H001", {"2025-01": 10_000}, {}, -90)
    entries = post_year("r1", [clearing], [settled({"H001": -90}, -10)], CLEARED_ON)
    by_rule = {entry.rule: entry.legs for entry in entries}
    assert by_rule["ledger.year.deficit"] == (
        Leg("receivable.alliance.A1", 100),
        Leg("fund.income.alliance_deficit", -100),
    )
    assert by_rule["ledger.year.deficit_shared"] == (
        Leg("payable.hospital.H001", 90),
        Leg("alliance.reserve.A1", 10),
        Leg("receivable.alliance.A1", -100),
    )
    assert by_rule["ledger.year.paid"] == (Leg("payable.hospital.H001", 410), Leg("fund.cash", -410))


def test_what_an_institution_owes_becomes_a_receivable(cleared: ClearOf) -> None:
    entries = post_year("r1", [cleared("H001", {"2025-12": -700}, {}, 0)], [], CLEARED_ON)
    at_end = balances(journal_table(entries), CLEARED_ON)
    assert at_end == {
        "fund.expense.inpatient.drg": -700,
        "payable.hospital.H001": 0,
        "receivable.hospital.H001": 700,
    }


def test_nothing_is_booked_for_zero(cleared: ClearOf, settled: SettledOf) -> None:
    clearing = cleared("H001", {"2025-01": 0}, {"2025-01": 0}, 0)
    assert post_year("r1", [clearing], [settled({"H001": 0}, 0)], CLEARED_ON) == []


def test_booking_again_gives_the_same_entries_and_another_run_other_ids(cleared: ClearOf) -> None:
    year = [cleared("H001", {"2025-01": 5_000, "2025-02": 7_000}, {}, 0)]
    first = post_year("r1", year, [], CLEARED_ON)
    assert post_year("r1", year, [], CLEARED_ON) == first
    other = post_year("r2", year, [], CLEARED_ON)
    assert not {entry.entry_id for entry in first} & {entry.entry_id for entry in other}


@pytest.mark.parametrize("members", [{"H001": 71}, {"H001": 70, "H009": 1}], ids=["another share", "not cleared"])
def test_shares_must_be_those_of_the_settlement(members: dict[str, int], cleared: ClearOf, settled: SettledOf) -> None:
    with pytest.raises(TongchouError) as refused:
        post_year("r1", [cleared("H001", {}, {}, 70)], [settled(members, 0)], CLEARED_ON)
    assert refused.value.code == "ledger.shares_differ"


def test_a_share_that_no_settlement_gives_is_refused(cleared: ClearOf) -> None:
    with pytest.raises(TongchouError) as refused:
        post_year("r1", [cleared("H001", {}, {}, 70)], [], CLEARED_ON)
    assert refused.value.code == "ledger.shares_differ"


def test_shares_of_two_alliances_add_up(cleared: ClearOf, settled: SettledOf) -> None:
    both = [settled({"H001": 70}, 0), replace(settled({"H001": 30}, 0), alliance_id="A2")]
    entries = post_year("r1", [cleared("H001", {}, {}, 100)], both, CLEARED_ON)
    assert balances(journal_table(entries), CLEARED_ON)["fund.cash"] == -100


def test_clearings_of_two_years_are_not_booked_together(cleared: ClearOf) -> None:
    year = cleared("H001", {}, {}, 0)
    with pytest.raises(TongchouError) as refused:
        post_year("r1", [year, replace(year, year=2024)], [], CLEARED_ON)
    assert refused.value.code == "ledger.mixed_years"


dues = st.dictionaries(st.sampled_from(MONTHS), st.integers(-(10**10), 10**10), max_size=12)
visits = st.dictionaries(st.sampled_from(MONTHS), st.integers(0, 10**9), max_size=12)
shares = st.integers(-(10**9), 10**9)


@given(first=dues, second=dues, outpatient=visits, share=shares, ratio=st.integers(0, 3), odd=st.integers(0, 9))
def test_a_year_balances_settles_every_payable_and_can_be_taken_back(
    cleared: ClearOf,
    settled: SettledOf,
    first: dict[str, int],
    second: dict[str, int],
    outpatient: dict[str, int],
    share: int,
    ratio: int,
    odd: int,
) -> None:
    sign = 1 if share >= 0 else -1
    other, reserve = ratio * share, sign * odd
    clearings = [cleared("H001", first, outpatient, share), cleared("H002", second, {}, other)]
    entries = post_year("r1", clearings, [settled({"H001": share, "H002": other}, reserve)], CLEARED_ON)
    journal = journal_table(entries)
    assert verify(journal) == []
    at_end = balances(journal, CLEARED_ON)
    assert sum(at_end.values()) == 0
    settled_accounts = [code for code in at_end if code.startswith(("payable.", "deposit.", "receivable.alliance."))]
    assert all(at_end[code] == 0 for code in settled_accounts)
    paid = sum(
        each.amounts_fen[Line.PREPAID]
        + each.amounts_fen[Line.OUTPATIENT_PAID]
        + max(0, each.amounts_fen[Line.DUE_AT_CLEARING])
        for each in clearings
    )
    assert at_end.get("fund.cash", 0) == -paid
    whole = journal_table([*entries, *reversal(entries, "r2")])
    assert verify(whole) == []
    assert set(balances(whole, CLEARED_ON).values()) <= {0}
