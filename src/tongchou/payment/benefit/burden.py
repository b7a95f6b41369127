"""The burden that basic insurance leaves, and what later payers may pay of it."""

from dataclasses import dataclass, replace

from tongchou.payment.benefit.facts import Care


@dataclass(frozen=True, slots=True)
class Burden:
    """What is left of a care for further payers, in fen.

    Attributes:
        in_scope_fen: The in-scope cost less the basic fund's part.
        first_self_pay_fen: First self-pay (先行自付).
        outside_fen: Fully self-paid and over price limits.
        paid_fen: What further payers have already paid of the whole.
    """

    in_scope_fen: int
    first_self_pay_fen: int
    outside_fen: int
    paid_fen: int = 0

    @classmethod
    def after_basic(cls, care: Care, fund_fen: int) -> "Burden":
        """Return the burden that the basic fund's part leaves."""
        return cls(care.in_scope_fen - fund_fen, care.first_self_pay_fen, care.self_paid_fen + care.over_limit_fen)

    def after(self, paid_fen: int) -> "Burden":
        """Return the burden that a further payer leaves."""
        return replace(self, paid_fen=self.paid_fen + paid_fen)

    def counting(self, counts: str) -> int:
        """Return what is left of the burden that counts for a payer.

        Args:
            counts: `in_scope`, `in_scope_and_first_self_pay` or `whole`, the value of `benefit/burden/counts`.
        """
        counted = self.in_scope_fen
        if counts != "in_scope":
            counted += self.first_self_pay_fen
        if counts == "whole":
            counted += self.outside_fen
        return max(0, counted - self.paid_fen)

    @property
    def left_fen(self) -> int:
        """All that is left to pay."""
        return self.in_scope_fen + self.first_self_pay_fen + self.outside_fen - self.paid_fen
