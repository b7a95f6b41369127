"""From transfers to entries."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.ledger.entry import Leg
from tongchou.ledger.journal import balances, journal_table, verify
from tongchou.ledger.transfers import pay_out, post_transfers
from tongchou.payment.transfer import FUND, Party, Transfer, net_by_month

STEP = Step("test", Text.plain("-"), Text.plain("-"))
H1, H2 = Party("institution", "H1"), Party("institution", "H2")
PAID_ON = date(2026, 6, 30)


def transfer(
    payer: Party,
    payee: Party,
    amount: int,
    *,
    purpose: str = "capitation",
    month: str = "2025-02",
    rule: str = "payment.events.capitation",
    subject: str = "s",
) -> Transfer:
    return Transfer(rule, purpose, payer, payee, month, amount, subject, STEP)


def test_transfers_of_a_rule_between_two_in_a_month_are_one_entry() -> None:
    (entry,) = post_transfers("r1", [transfer(FUND, H1, 300, subject="a"), transfer(FUND, H1, 45, subject="b")])
    assert entry.entry_id == "r1/payment.events.capitation/fund>institution:H1/2025-02"
    assert entry.booked_on == date(2025, 2, 28)
    assert entry.legs == (Leg("fund.expense.capitation", 345), Leg("payable.hospital.H1", -345))
    assert (entry.run_id, entry.rule) == ("r1", "payment.events.capitation")


def test_purposes_of_one_rule_have_their_own_legs() -> None:
    both = [transfer(FUND, H1, 30, purpose="tele_service"), transfer(FUND, H1, 12, purpose="expert_fee")]
    (entry,) = post_transfers("r1", both)
    assert entry.legs == (
        Leg("fund.expense.expert_fee", 12),
        Leg("payable.hospital.H1", -42),
        Leg("fund.expense.tele_service", 30),
    )


def test_rules_payers_payees_and_months_are_kept_apart() -> None:
    base = transfer(FUND, H1, 10)
    others = [
        transfer(FUND, H2, 10),
        transfer(H2, H1, 10),
        transfer(FUND, H1, 10, month="2025-01"),
        transfer(FUND, H1, 10, rule="payment.events.other"),
    ]
    entries = post_transfers("r1", [base, *others])
    assert len({entry.entry_id for entry in entries}) == len(entries) == 5
    assert [entry.booked_on for entry in entries] == [date(2025, 1, 31), *[date(2025, 2, 28)] * 4]


def test_institutions_settle_with_each_other_through_their_payables() -> None:
    (entry,) = post_transfers("r1", [transfer(H1, H2, 132, purpose="exam_reuse")])
    assert entry.legs == (Leg("payable.hospital.H1", 132), Leg("payable.hospital.H2", -132))


def test_pools_and_finances_pay_from_their_own_accounts() -> None:
    entries = post_transfers(
        "r1",
        [
            transfer(H1, Party("risk_pool"), 500, rule="r.1"),
            transfer(Party("risk_pool"), H2, 200, rule="r.2"),
            transfer(Party("finance"), H1, 90, rule="r.3"),
            transfer(Party("alliance_reserve", "A1"), Party("incentive_fund"), 70, rule="r.4"),
            transfer(H1, FUND, 40, purpose="penalty", rule="r.5"),
        ],
    )
    assert balances(journal_table(entries), PAID_ON) == {
        "alliance.reserve.A1": 70,
        "fund.income.penalty": -40,
        "payable.hospital.H1": 450,
        "payable.hospital.H2": -200,
        "pool.incentive": -70,
        "pool.risk": -300,
        "receivable.finance": 90,
    }


def test_nothing_is_booked_for_zero() -> None:
    assert post_transfers("r1", [transfer(FUND, H1, 0)]) == []
    assert pay_out("r1", [], PAID_ON) == []


@pytest.mark.parametrize("month", ["2025-13", "2025-1", "25-01", "", "２０２５-01"])
def test_a_month_that_is_none_is_refused(month: str) -> None:
    with pytest.raises(TongchouError) as refused:
        post_transfers("r1", [transfer(FUND, H1, 1, month=month)])
    assert refused.value.code == "ledger.period"


def test_what_is_owed_is_paid_and_what_is_overpaid_is_claimed() -> None:
    entries = post_transfers("r1", [transfer(FUND, H1, 300), transfer(H2, H1, 40, purpose="tele_service")])
    paid = pay_out("r1", entries, PAID_ON)
    assert [(entry.entry_id, entry.legs) for entry in paid] == [
        ("r1/ledger.transfer.paid/H1/2026-06-30", (Leg("payable.hospital.H1", 340), Leg("fund.cash", -340))),
        (
            "r1/ledger.transfer.recoverable/H2/2026-06-30",
            (Leg("payable.hospital.H2", -40), Leg("receivable.hospital.H2", 40)),
        ),
    ]


parties = st.sampled_from(
    [FUND, H1, H2, Party("risk_pool"), Party("finance"), Party("incentive_fund", "I"), Party("alliance_reserve", "A")]
)
many = st.lists(
    st.builds(
        lambda pair, amount, purpose, month, rule: transfer(*pair, amount, purpose=purpose, month=month, rule=rule),
        st.tuples(parties, parties).filter(lambda pair: pair[0] != pair[1]),
        st.integers(0, 10**12),
        st.sampled_from(["capitation", "tele_service", "incentive"]),
        st.sampled_from(["2025-01", "2025-02", "2024-12"]),
        st.sampled_from(["a.b", "a.c"]),
    ),
    max_size=12,
)


@given(transfers=many, order=st.randoms())
def test_postings_balance_keep_every_fen_and_do_not_depend_on_order(transfers: list[Transfer], order: object) -> None:
    entries = post_transfers("r1", transfers)
    shuffled = list(transfers)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert post_transfers("r1", shuffled) == entries
    journal = journal_table(entries)
    assert verify(journal) == []
    at_end = balances(journal, PAID_ON)
    for one in ("H1", "H2"):
        assert at_end.get(f"payable.hospital.{one}", 0) == -sum(net_by_month(transfers, one).values())
    spent = sum(each.amount_fen for each in transfers if each.payer == FUND)
    received = sum(each.amount_fen for each in transfers if each.payee == FUND)
    assert sum(fen for code, fen in at_end.items() if code.startswith(("fund.expense", "fund.income"))) == (
        spent - received
    )
    settled = balances(journal_table([*entries, *pay_out("r1", entries, PAID_ON)]), PAID_ON)
    assert all(fen == 0 for code, fen in settled.items() if code.startswith("payable."))
    assert sum(settled.values()) == 0
