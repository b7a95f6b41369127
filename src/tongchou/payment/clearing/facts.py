"""What a clearing starts from: an institution's year as it was earned, before any rule of clearing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tongchou.payment.clearing.adjustments import Adjustment


@dataclass(frozen=True, slots=True)
class CostFigures:
    """What a hospital's own surplus or deficit is measured by, both of the same cases and in all (fund and patient).

    Attributes:
        item_cost_fen: Actual cost by item, fen.
        payable_fen: What is paid for the cases, fen.
    """

    item_cost_fen: int
    payable_fen: int


@dataclass(frozen=True, slots=True)
class InstitutionYear:
    """What one institution earned from the fund in a calendar year, before clearing.

    Attributes:
        institution_id: The institution.
        year: The calendar year.
        inpatient_due_fen: Month (`YYYY-MM`) -> the fund's part of the month's priced cases, fen; may be
            negative where patients paid more than the payment standard.
        outpatient_paid_fen: Month -> the fund's part of outpatient settlements, paid at once, fen.
        surplus_share_fen: The institution's shares of its alliances' surplus, fen; negative: of a deficit.
        transfers_fen: Month -> what the institution is owed beside its cases less what it owes, fen
            (`payment.transfer.net_by_month`).
        final_due_fen: The fund's part of the year's cases at the year's final rate, fen; None where the months'
            amounts are final.
        last_year_paid_fen: What the fund paid the institution for the year before, fen; 0 for a new one.
        cost: What the sharing of its own surplus or deficit is measured by; None where nobody asks.
        adjustments: Dated records of audits, penalties, late lists, corrections; of any year and any institution.
    """

    institution_id: str
    year: int
    inpatient_due_fen: Mapping[str, int]
    outpatient_paid_fen: Mapping[str, int]
    surplus_share_fen: int
    transfers_fen: Mapping[str, int] = field(default_factory=dict)
    final_due_fen: int | None = None
    last_year_paid_fen: int = 0
    cost: CostFigures | None = None
    adjustments: tuple[Adjustment, ...] = ()
