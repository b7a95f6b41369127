"""What referral money needs to know of a stay and of a referral."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Direction = Literal["up", "down"]

LEVEL_ORDER = ("primary", "secondary", "tertiary")
"""The levels of institutions, lowest first: what up and down mean."""


@dataclass(frozen=True, slots=True)
class StayPrice:
    """What a stay is paid by its own standard, before any rule of referrals.

    Attributes:
        standard_fen: The payment standard.
        payable_fen: Payable in all, fund and patient.
        fund_fen: The fund's part of it.
    """

    standard_fen: int
    payable_fen: int
    fund_fen: int

    def amount(self, kind: str) -> int:
        """Return the amount that a policy names: `standard`, `payable` or `fund`, fen."""
        return {"standard": self.standard_fen, "payable": self.payable_fen, "fund": self.fund_fen}[kind]


@dataclass(frozen=True, slots=True)
class GroupReference:
    """What stays of a group are like at a level.

    Attributes:
        cost_fen: Their mean cost, fen.
        los_e4: Their mean length of stay, days x 10,000; never zero.
    """

    cost_fen: int
    los_e4: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay.

    Attributes:
        case_id: Its settlement list.
        person_id: Whose it is.
        institution_id: Where.
        level: The institution's level on the day that decides the stay's terms.
        admitted_on: Day of admission.
        discharged_on: Day of discharge.
        decided_on: The day that decides its terms.
        los_days: Days in hospital.
        cost_fen: Total cost.
        price: What it is paid; None where it is not priced in the settled period.
        reference: What stays of its group are like; None where it is in no group.
    """

    case_id: str
    person_id: str
    institution_id: str
    level: str
    admitted_on: date
    discharged_on: date
    decided_on: date
    los_days: int
    cost_fen: int
    price: StayPrice | None
    reference: GroupReference | None

    @property
    def month(self) -> str:
        """The month that it counts in, `YYYY-MM`."""
        return f"{self.decided_on:%Y-%m}"

    def cost(self, basis: str) -> int | None:
        """Return the cost that a policy names, fen: `actual`, or `reference` (None where there is none)."""
        if basis == "actual":
            return self.cost_fen
        return self.reference.cost_fen if self.reference else None


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral as it was filed.

    Attributes:
        referral_id: Its id.
        person_id: Who was referred.
        direction: The stated direction.
        from_institution_id: The sender.
        from_level: Its level on the day of filing; None where it has no record of that day.
        is_of_stay: Whether it names a stay before it; one that names none was made out of an outpatient visit.
        to_institution_id: The receiver.
        requested_on: Day of filing.
        state: One of `schema.states.REFERRAL_STATE`.
    """

    referral_id: str
    person_id: str
    direction: Direction
    from_institution_id: str
    from_level: str | None
    is_of_stay: bool
    to_institution_id: str
    requested_on: date
    state: str
