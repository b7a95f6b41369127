"""Stays and referrals for the tests of referral money; amounts are yuan as text or whole numbers."""

from datetime import date, timedelta

from tongchou.core.explanation import Step
from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.core.text import Text
from tongchou.payment.referral.episodes import Episode, Link
from tongchou.payment.referral.stay import GroupReference, Referral, Stay, StayPrice

WHY = Step("test", Text.plain("-"), Text.plain("-"))
START = date(2025, 3, 3)


def day(number: int) -> date:
    """Return a day, counted from the start of all examples."""
    return START + timedelta(days=number)


def stay(
    case_id: str = "C1",
    institution_id: str = "T1",
    level: str = "tertiary",
    *,
    admitted: int = 0,
    days: int = 5,
    standard: object = "10000",
    payable: object = None,
    fund: object = None,
    cost: object = "8000",
    mean_cost: object = None,
    mean_days: object = None,
    person_id: str = "P1",
    priced: bool = True,
) -> Stay:
    standard_fen = yuan_to_fen(str(standard))
    payable_fen = standard_fen if payable is None else yuan_to_fen(str(payable))
    fund_fen = payable_fen if fund is None else yuan_to_fen(str(fund))
    reference = None
    if mean_cost is not None or mean_days is not None:
        mean = yuan_to_fen(str(cost if mean_cost is None else mean_cost))
        reference = GroupReference(mean, ratio_to_e4(str(days if mean_days is None else mean_days)))
    return Stay(
        case_id=case_id,
        person_id=person_id,
        institution_id=institution_id,
        level=level,
        admitted_on=day(admitted),
        discharged_on=day(admitted + days),
        decided_on=day(admitted + days),
        los_days=days,
        cost_fen=yuan_to_fen(str(cost)),
        price=StayPrice(standard_fen, payable_fen, fund_fen) if priced else None,
        reference=reference,
    )


def referral(
    sender: Stay,
    receiver: Stay,
    *,
    referral_id: str = "R1",
    direction: str = "down",
    is_of_stay: bool = True,
    filed: int | None = None,
    state: str = "completed",
) -> Referral:
    return Referral(
        referral_id=referral_id,
        person_id=sender.person_id,
        direction=direction,  # type: ignore[arg-type]
        from_institution_id=sender.institution_id,
        from_level=sender.level,
        is_of_stay=is_of_stay,
        to_institution_id=receiver.institution_id,
        requested_on=sender.discharged_on if filed is None else day(filed),
        state=state,
    )


def link(sender: Stay, receiver: Stay, *, referral_id: str = "R1", direction: str = "down") -> Link:
    return Link(referral(sender, receiver, referral_id=referral_id, direction=direction), sender, receiver, WHY)


def episode(*links: Link) -> Episode:
    return Episode(links[0].referral.referral_id, links[0].sender.person_id, links)
