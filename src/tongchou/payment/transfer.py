"""Money due beside the price of cases: between the fund and an institution, between institutions, out of a pool."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Explanation, Step, told
from tongchou.core.money import format_yuan
from tongchou.core.text import Text

PartyKind = Literal["fund", "institution", "alliance_reserve", "risk_pool", "incentive_fund", "finance"]
"""The pooled fund, an institution, an alliance's reserve, a risk pool, an incentive fund, the public finances."""


class Party(NamedTuple):
    """One side of a transfer; a tuple, since a year's sums are made by millions of comparisons of parties.

    Attributes:
        kind: What it is.
        party_id: Which one, e.g. the institution; empty for the fund.
    """

    kind: PartyKind
    party_id: str = ""


FUND = Party("fund")


@dataclass(frozen=True, slots=True)
class Transfer:
    """An amount that one party owes another for a month.

    Attributes:
        rule: The rule behind it, e.g. `payment.events.capitation`.
        purpose: What the payer spends it on; where the fund pays, the last part of the expense account's code, e.g.
            `capitation`.
        payer: Who owes it.
        payee: Whose it is.
        month: The month it counts in, `YYYY-MM`.
        amount_fen: The amount, fen; never below zero.
        subject: What it is for, e.g. an event, an episode, a claim.
        why: How it came about, with every parameter read.
    """

    rule: str
    purpose: str
    payer: Party
    payee: Party
    month: str
    amount_fen: int
    subject: str
    why: Explanation

    def __post_init__(self) -> None:
        """Refuse what is no debt.

        Raises:
            TongchouError: `payment.transfer` if the amount is below zero or the parties are the same.
        """
        if self.amount_fen < 0 or self.payer == self.payee:
            raise TongchouError(
                "payment.transfer",
                what=Text("往来款项不成立", "the transfer is not one"),
                where=f"{self.rule} {self.subject}: {format_yuan(self.amount_fen)}",
                why=Text("金额不得为负，收付双方不得相同", "amounts are not negative, payer and payee differ"),
                remedy=Text("对调收付双方，或检查计算", "swap the parties, or check the reckoning"),
            )

    @property
    def explanation(self) -> Step:
        """How it came about, written out."""
        return told(self.why)


def net_by_month(transfers: Iterable[Transfer], institution_id: str) -> dict[str, int]:
    """Return what an institution is owed less what it owes, by month, fen."""
    net: dict[str, int] = {}
    own = Party("institution", institution_id)
    for each in transfers:
        sign = (each.payee == own) - (each.payer == own)
        if sign:
            net[each.month] = net.get(each.month, 0) + sign * each.amount_fen
    return net
