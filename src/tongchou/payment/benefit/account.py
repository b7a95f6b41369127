"""The personal account (个人账户) of an employee: it pays before cash."""

from dataclasses import dataclass

from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.benefit.burden import Burden
from tongchou.payment.benefit.terms import BenefitTerms, Reading


@dataclass(frozen=True, slots=True)
class AccountPart:
    """What the personal account pays, in fen.

    Attributes:
        paid_fen: What it pays.
        balance_fen: Its balance before.
        usable_fen: The burden that it may pay of.
        reads: The parameters read.
    """

    paid_fen: int
    balance_fen: int
    usable_fen: int
    reads: tuple[ParameterRead, ...]

    def step(self, rule: str, title: Text) -> Step:
        """Return how the payment came about."""
        paid, left = format_yuan(self.paid_fen), format_yuan(self.balance_fen - self.paid_fen)
        return Step(
            rule,
            title,
            Text(f"{paid} 元，余额 {left} 元", f"{paid} yuan, {left} yuan left in it"),
            facts=(
                Fact(Text("支付前余额（元）", "balance before, yuan"), format_yuan(self.balance_fen)),
                Fact(Text("可用于支付的负担（元）", "burden it may pay of, yuan"), format_yuan(self.usable_fen)),
            ),
            parameters=self.reads,
        )


def account_part(terms: BenefitTerms, burden: Burden, balance_fen: int) -> AccountPart:
    """Return what the account pays: its balance, up to the burden that counts for it.

    Raises:
        TongchouError: `policy.no_value` if the policy does not say what counts for it.
    """
    reading = Reading()
    usable = burden.counting(reading.of(terms.burden_counts, "account"))
    return AccountPart(min(balance_fen, usable), balance_fen, usable, reading.reads)
