"""Entries, accounts and reversals."""

from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from tongchou.core.errors import TongchouError
from tongchou.ledger.accounts import AccountKind, account, chart_of_accounts
from tongchou.ledger.entry import Entry, Leg, reversal

DAY = date(2026, 6, 30)


def entry(*legs: Leg) -> Entry:
    return Entry("e1", DAY, "r1", "test", "memo", legs)


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ((), "ledger.one_legged"),
        ((Leg("fund.cash", 5),), "ledger.one_legged"),
        ((Leg("fund.cash", 5), Leg("fund.expense.outpatient", -4)), "ledger.unbalanced"),
        ((Leg("fund.cash", 0), Leg("fund.expense.outpatient", 0)), "ledger.zero_leg"),
        ((Leg("fund.cash", 5), Leg("fund.petty_cash", -5)), "ledger.unknown_account"),
        ((Leg("fund.cash", 5), Leg("payable.hospital.", -5)), "ledger.unknown_account"),
        ((Leg("fund.cash", 5), Leg("fund.cash.drawer", -5)), "ledger.unknown_account"),
    ],
)
def test_what_must_not_stand_in_a_ledger_cannot_be_made(legs: tuple[Leg, ...], code: str) -> None:
    with pytest.raises(TongchouError) as refused:
        entry(*legs)
    assert refused.value.code == code


def test_an_entry_cannot_be_changed() -> None:
    booked = entry(Leg("fund.cash", -5), Leg("payable.hospital.H001", 5))
    with pytest.raises(FrozenInstanceError):
        booked.memo = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("code", "listed", "kind"),
    [
        ("fund.cash", "fund.cash", AccountKind.ASSET),
        ("payable.hospital.H001", "payable.hospital.{institution_id}", AccountKind.LIABILITY),
        ("receivable.alliance.A.1", "receivable.alliance.{alliance_id}", AccountKind.ASSET),
        ("alliance.reserve.A1", "alliance.reserve.{alliance_id}", AccountKind.FUND),
    ],
)
def test_a_booked_code_belongs_to_one_account_of_the_chart(code: str, listed: str, kind: AccountKind) -> None:
    assert [each.code for each in chart_of_accounts() if each.holds(code)] == [listed]
    assert account(code).kind == kind


def test_the_chart_has_each_code_once_and_names_in_both_languages() -> None:
    chart = chart_of_accounts()
    assert len({each.code for each in chart}) == len(chart)
    assert all(each.title.zh != each.title.en for each in chart)
    assert {each.kind for each in chart} == set(AccountKind)


def test_a_reversal_turns_the_signs_and_points_to_its_entry() -> None:
    booked = entry(Leg("fund.cash", -5), Leg("payable.hospital.H001", 5))
    (taken_back,) = reversal([booked], "r2")
    assert taken_back.reverses == "e1"
    assert taken_back.legs == (Leg("fund.cash", 5), Leg("payable.hospital.H001", -5))
    assert (taken_back.run_id, taken_back.booked_on) == ("r2", booked.booked_on)


def test_a_reversal_cannot_be_reversed() -> None:
    taken_back = reversal([entry(Leg("fund.cash", -5), Leg("payable.hospital.H001", 5))], "r2")
    with pytest.raises(TongchouError) as refused:
        reversal(taken_back, "r3")
    assert refused.value.code == "ledger.reversal_of_reversal"
