"""Every worked number of payment-formulas §9, and each side of each setting where sources differ."""

from tests.payment.benefit.given import check, settled
from tests.worked import Worked, worked


@worked("payment/benefit/stays.yaml")
def test_a_stay(case: Worked) -> None:
    check(settled(case), case.expect)


@worked("payment/benefit/ratios.yaml")
def test_a_ratio(case: Worked) -> None:
    check(settled(case), case.expect)


@worked("payment/benefit/visits.yaml")
def test_a_visit(case: Worked) -> None:
    check(settled(case), case.expect)


@worked("payment/benefit/payers.yaml")
def test_payers_in_their_order(case: Worked) -> None:
    check(settled(case), case.expect)
