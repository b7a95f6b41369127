"""The chart of accounts is whole, and each purpose and party has one account in it."""

import pytest

from tongchou.core.errors import TongchouError
from tongchou.ledger.accounts import AccountKind, account, chart_of_accounts
from tongchou.ledger.transfers import expense_account, payee_account, payer_account
from tongchou.payment.transfer import FUND, Party

CODES = [each.code for each in chart_of_accounts()]


@pytest.mark.parametrize("stem", ["fund.expense.", "fund.income."])
def test_last_parts_name_one_account(stem: str) -> None:
    last = [code.rpartition(".")[2] for code in CODES if code.startswith(stem)]
    assert len(set(last)) == len(last)


@pytest.mark.parametrize("code", CODES)
def test_a_code_as_booked_belongs_to_one_account(code: str) -> None:
    booked = code.partition("{")[0] + ("X.1" if "{" in code else "")
    assert [each for each in CODES if account(booked).code == each] == [code]
    assert [each.code for each in chart_of_accounts() if each.holds(booked)] == [code]


def test_kinds_are_what_codes_say() -> None:
    kinds = {
        "fund.expense": AccountKind.EXPENSE,
        "fund.income": AccountKind.INCOME,
        "payable": AccountKind.LIABILITY,
        "deposit": AccountKind.LIABILITY,
        "withheld": AccountKind.LIABILITY,
        "receivable": AccountKind.ASSET,
        "advance": AccountKind.ASSET,
        "pool": AccountKind.FUND,
        "alliance.reserve": AccountKind.FUND,
        "fund.reserve": AccountKind.FUND,
    }
    for each in chart_of_accounts():
        stems = [stem for stem in kinds if each.code.startswith(stem + ".")]
        assert [kinds[stem] for stem in stems] == [each.kind] or each.code == "fund.cash"


@pytest.mark.parametrize(
    ("purpose", "code"),
    [
        ("drg", "fund.expense.inpatient.drg"),
        ("dip", "fund.expense.inpatient.dip"),
        ("per_disease", "fund.expense.inpatient.per_disease"),
        ("per_diem", "fund.expense.inpatient.per_diem"),
        ("inpatient.value_factor", "fund.expense.inpatient.value_factor"),
        ("late", "fund.expense.inpatient.late"),
        ("service_unit", "fund.expense.service_unit"),
        ("capitation", "fund.expense.capitation"),
        ("contract_fee", "fund.expense.contract_fee"),
        ("tele_service", "fund.expense.tele_service"),
        ("exam_reuse", "fund.expense.exam_reuse"),
        ("expert_fee", "fund.expense.expert_fee"),
        ("joint_ward", "fund.expense.joint_ward"),
        ("outpatient", "fund.expense.outpatient"),
    ],
)
def test_every_method_of_payment_has_an_expense_account(purpose: str, code: str) -> None:
    assert expense_account(purpose) == payer_account(FUND, purpose) == code


@pytest.mark.parametrize("purpose", ["", "rg", "cash", "expense", "penalty", "patient.drg"])
def test_what_no_expense_account_ends_in_is_no_purpose(purpose: str) -> None:
    with pytest.raises(TongchouError) as refused:
        expense_account(purpose)
    assert refused.value.code == "ledger.unknown_purpose"
    assert "capitation" in refused.value.why.en


@pytest.mark.parametrize(
    ("party", "code"),
    [
        (Party("institution", "H1"), "payable.hospital.H1"),
        (Party("alliance_reserve", "A1"), "alliance.reserve.A1"),
        (Party("risk_pool"), "pool.risk"),
        (Party("risk_pool", "P1"), "pool.risk.P1"),
        (Party("incentive_fund"), "pool.incentive"),
        (Party("incentive_fund", "P1"), "pool.incentive.P1"),
        (Party("finance"), "receivable.finance"),
        (Party("finance", "county"), "receivable.finance.county"),
    ],
)
def test_a_party_has_the_same_account_on_both_sides(party: Party, code: str) -> None:
    assert payer_account(party, "anything") == payee_account(party, "anything") == code
    assert account(code)


@pytest.mark.parametrize(
    ("purpose", "code"), [("penalty", "fund.income.penalty"), ("tele_service", "fund.expense.tele_service")]
)
def test_what_the_fund_is_paid_is_income_or_lowers_its_expense(purpose: str, code: str) -> None:
    assert payee_account(FUND, purpose) == code


@pytest.mark.parametrize(
    ("party", "code"),
    [
        (Party("institution"), "ledger.nameless_party"),
        (Party("alliance_reserve"), "ledger.nameless_party"),
        (Party("bank", "B1"), "ledger.unknown_party"),  # type: ignore[arg-type]
    ],
)
def test_a_party_without_an_account_is_refused(party: Party, code: str) -> None:
    with pytest.raises(TongchouError) as refused:
        payer_account(party, "drg")
    assert refused.value.code == code
