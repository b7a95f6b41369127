"""Money due beside the price of cases."""

import pytest

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.payment.transfer import FUND, Party, Transfer, net_by_month

WHY = Step("test", Text.plain("-"), Text.plain("-"))


def transfer(payer: Party, payee: Party, amount: int, month: str = "2025-03") -> Transfer:
    return Transfer("test.rule", "test", payer, payee, month, amount, "E1", WHY)


def test_what_an_institution_is_owed_and_owes_is_set_off_by_month() -> None:
    one, other = Party("institution", "H1"), Party("institution", "H2")
    transfers = [transfer(FUND, one, 500), transfer(one, other, 120), transfer(other, one, 7, "2025-04")]
    assert net_by_month(transfers, "H1") == {"2025-03": 380, "2025-04": 7}
    assert net_by_month(transfers, "H2") == {"2025-03": 120, "2025-04": -7}


@pytest.mark.parametrize(("payee", "amount"), [(Party("institution", "H1"), -1), (FUND, 5)])
def test_a_negative_amount_and_a_debt_to_oneself_are_refused(payee: Party, amount: int) -> None:
    with pytest.raises(TongchouError, match=r"payment\.transfer"):
        transfer(FUND, payee, amount)
