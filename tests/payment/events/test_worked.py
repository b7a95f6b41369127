"""Every worked number of payment by events and heads, to the fen, from router to transfer."""

from typing import Any

import pytest
from tests.payment.events.making import FILES, batch, expected, pool, summed
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import yuan_to_fen
from tongchou.payment.events.capitation import head_fees
from tongchou.payment.events.registry import BUILT_IN
from tongchou.payment.events.router import price_batch


def every_case(function: Any) -> Any:
    """Run a test with every case of every file."""
    marks = [worked(file) for file in FILES]
    cases = [each for mark in marks for each in mark.args[1]]
    return pytest.mark.parametrize("case", cases, ids=str, indirect=True)(function)


@every_case
def test_what_is_due_to_whom_for_which_month(case: Worked) -> None:
    due = price_batch(case.view, batch(case.given), BUILT_IN)
    wanted = expected(case.expect["transfers"])
    assert summed(due, wanted) == wanted
    if "total" in case.expect:
        assert sum(each.transfer.amount_fen for each in due) == yuan_to_fen(case.expect["total"])
    if "rejected" in case.expect:
        assert case.expect["rejected"] in due[0].transfer.explanation.rejected[0].zh


@worked("payment/events/contract_fee.yaml")
def test_the_payers_parts_sum_to_the_contract_fee_and_only_the_insurance_s_is_due(case: Worked) -> None:
    due = price_batch(case.view, batch(case.given), BUILT_IN)
    facts = {fact.label.zh: fact.value.replace(",", "") for fact in due[0].transfer.explanation.facts}
    borne = {
        label.removeprefix("其中：").removesuffix("承担（元）"): yuan_to_fen(value)
        for label, value in facts.items()
        if label.startswith("其中：")
    }
    assert borne == {payer: yuan_to_fen(amount) for payer, amount in case.expect.get("borne", {}).items()}
    assert sum(borne.values()) in (0, yuan_to_fen(facts["签约服务费（元）"]))


def test_parts_of_payers_that_do_not_sum_to_the_contract_fee_are_refused() -> None:
    view = view_with(
        {
            "payment/router/method": {"contracted_head": "contract_fee"},
            "payment/events/contract_fee/fee": 120,
            "payment/events/contract_fee/outcome_share": "0.6",
            "payment/events/contract_fee/parts": {"insurance": 70, "finance": 30, "resident": "20.01"},
        }
    )
    given = {"kind": "contracted_head", "heads": [{"count": "1", "institution": "T1"}], "scores": {"T1": "1"}}
    with pytest.raises(TongchouError, match=r"payment\.contract_fee_parts"):
        price_batch(view, batch(given), BUILT_IN)


@worked("payment/events/capitation.yaml")
def test_fee_of_a_head_of_each_risk_class(case: Worked) -> None:
    rounding = case.view.text("payment/events/capitation/rounding")
    base = case.view.fen("payment/events/capitation/base", disease="hypertension")
    heads = pool(case.given).heads
    fees = head_fees(base, heads, rounding)
    assert sum(fees.fees_fen) - fees.difference_fen == fees.total_fen
    if "fees" in case.expect:
        seen = dict(zip((head.factor_e4 for head in heads), fees.fees_fen, strict=True))
        assert list(seen.values()) == [yuan_to_fen(fee) for fee in case.expect["fees"]]
    if rounding == "allocate":
        assert fees.difference_fen == 0
        # Heads of one class differ by a fen at most.
        classes: dict[int, set[int]] = {}
        for head, fee in zip(heads, fees.fees_fen, strict=True):
            classes.setdefault(head.factor_e4, set()).add(fee)
        assert all(max(own) - min(own) <= 1 for own in classes.values())


@worked("payment/events/follow_up.yaml")
def test_follow_up_is_paid_month_by_month_beside_the_stay(case: Worked) -> None:
    due = price_batch(case.view, batch(case.given), BUILT_IN)
    if "month_count" in case.expect:
        assert len(due) == int(case.expect["month_count"])
        assert min(each.transfer.month for each in due) == case.expect["first_month"]
    if "both" in case.expect:
        follow_up = sum(each.transfer.amount_fen for each in due)
        assert yuan_to_fen(case.given["by_group"]) + follow_up == yuan_to_fen(case.expect["both"])
