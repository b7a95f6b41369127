"""Claims on a risk pool, what became of them, and the check of a grant that was decided elsewhere."""

from dataclasses import dataclass
from datetime import date

from tongchou.alliance.records import Finding, require_known, require_not_negative
from tongchou.core.money import format_yuan, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.schema.states import RISK_REASON


@dataclass(frozen=True, slots=True)
class RiskClaim:
    """A member's claim for one loss.

    Attributes:
        claim_id: Its number.
        institution_id: The member.
        reason: A key of `RISK_REASON`.
        subject: The case or event; a loss is claimed once.
        cost_fen: What the care cost.
        payment_fen: What was paid for it, by fund and patient.
        claimed_on: The day of the claim.
    """

    claim_id: str
    institution_id: str
    reason: str
    subject: str
    cost_fen: int
    payment_fen: int
    claimed_on: date

    def __post_init__(self) -> None:
        """Refuse a claim of unknown reason or with an amount below zero.

        Raises:
            TongchouError: `alliance.bad_record`.
        """
        require_known(self.claim_id, self.reason, RISK_REASON)
        require_not_negative(self.claim_id, self.cost_fen, self.payment_fen)

    @property
    def loss_fen(self) -> int:
        """The loss: max(0, cost - payment)."""
        return max(0, self.cost_fen - self.payment_fen)


@dataclass(frozen=True, slots=True)
class Grant:
    """What became of a claim; `grant_fen + borne_fen` is the loss.

    Attributes:
        claim_id: The claim.
        institution_id: The member.
        loss_fen: Its loss.
        cap_fen: Most that may be granted; nothing where the claim is not eligible.
        grant_fen: What is granted.
        borne_fen: What the member bears.
        refused: Why the grant is below the cap or the cap is nothing; empty where the cap is granted.
    """

    claim_id: str
    institution_id: str
    loss_fen: int
    cap_fen: int
    grant_fen: int
    borne_fen: int
    refused: tuple[Text, ...]


def check_grant(view: PolicyView, claim: RiskClaim, grant_fen: int, borne_fen: int) -> tuple[Finding, ...]:
    """Check a grant that was decided elsewhere: whether it keeps the cap and whether its parts sum to the loss.

    Args:
        view: The policy on the day of the claim.
        claim: The claim.
        grant_fen: What was granted.
        borne_fen: What the member is said to bear.

    Returns:
        What is wrong; nothing where the grant holds.
    """
    loss = format_yuan(claim.loss_fen)
    cap = scale(claim.loss_fen, view.e4("alliance/risk_pool/grant_ratio"))
    findings = []
    if grant_fen > cap:
        findings.append(
            Finding(
                "alliance.grant_above_cap",
                claim.claim_id,
                Text(
                    f"补助 {format_yuan(grant_fen)} 元，超过损失允许的 {format_yuan(cap)} 元：请按上限改正",
                    f"a grant of {format_yuan(grant_fen)} yuan, where the loss allows {format_yuan(cap)}: cut it",
                ),
                grant_fen - cap,
            )
        )
    difference = grant_fen + borne_fen - claim.loss_fen
    if difference:
        findings.append(
            Finding(
                "alliance.grant_does_not_sum",
                claim.claim_id,
                Text(
                    f"补助与自担之和不等于损失 {loss} 元，相差 {format_yuan(difference)} 元：请核对",
                    f"grant and the member's own part differ from the loss of {loss} yuan "
                    f"by {format_yuan(difference)}: check them",
                ),
                difference,
            )
        )
    return tuple(findings)
