"""A trial settlement (预结算): one stay or visit, and what is said of the person's year so far; nothing is booked."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from tongchou.payment.benefit.basic import pot_of
from tongchou.payment.benefit.facts import Care, Referral
from tongchou.payment.benefit.position import LayerUse, Position

_EPISODE = "trial"


@dataclass(frozen=True, slots=True)
class Bill:
    """The amounts of the care, fen: total, fully self-paid, first self-pay, over price limits."""

    total_fen: int
    self_paid_fen: int = 0
    first_self_pay_fen: int = 0
    over_limit_fen: int = 0


@dataclass(frozen=True, slots=True)
class YearSoFar:
    """What is said of the person's year before the care; amounts in fen.

    Attributes:
        nth: Which stay of the year it is; None: the first, or the second where it was referred.
        paid_before_fen: Deductibles paid before.
        fund_used_fen: Basic fund used this year.
        burden_fen: Burden that counts for catastrophic insurance.
        account_fen: Balance of the personal account.
    """

    nth: int | None = None
    paid_before_fen: int = 0
    fund_used_fen: int = 0
    burden_fen: int = 0
    account_fen: int = 0


@dataclass(frozen=True, slots=True)
class CareTried:
    """The stay or visit that is tried.

    Attributes:
        day: The day whose policy counts.
        kind: A key of `states.CARE_KIND`.
        level: The institution's level.
        referred: `up` or `down` where a valid referral led to it; else empty.
        entry, place, expert_level, disease: As in `Care`.
    """

    day: date
    kind: str
    level: str
    referred: str = ""
    entry: str = "other"
    place: str = "local"
    expert_level: str = ""
    disease: str = ""


def care_tried(tried: CareTried, bill: Bill) -> Care:
    """Return the care as it is settled; a referral is one filed for the day, the sending hospital left on it.

    Raises:
        Problems: As `Care` says.
    """
    began = datetime.combine(tried.day, time())
    return Care(
        "trial",
        tried.kind,
        tried.level,
        tried.day,
        began,
        bill.total_fen,
        bill.self_paid_fen,
        bill.first_self_pay_fen,
        bill.over_limit_fen,
        episode_id=_EPISODE if tried.referred else "",
        referral=Referral(tried.referred, tried.day, tried.day, began) if tried.referred else None,
        entry=tried.entry,
        place=tried.place,
        expert_level=tried.expert_level,
        disease=tried.disease,
    )


def position_before(care: Care, so_far: YearSoFar) -> Position:
    """Return the person's position before the care."""
    began = Position(
        care.decided_on.year,
        basic_fund_fen=so_far.fund_used_fen,
        catastrophic=LayerUse(burden_fen=so_far.burden_fen),
        account_fen=so_far.account_fen,
    )
    if not care.is_stay:
        pot = pot_of(care)
        return replace(
            began, pot_deductible_fen={pot: so_far.paid_before_fen}, pot_fund_fen={pot: so_far.fund_used_fen}
        )
    is_referred = care.referral is not None
    nth = so_far.nth or (2 if is_referred else 1)
    # A referred stay goes on with the episode of the stay before it.
    number = max(1, nth - 1)
    return replace(
        began,
        stay_count=nth - 1,
        episode_count=number if is_referred else nth - 1,
        episode_number={_EPISODE: number} if is_referred else {},
        deductible_fen=so_far.paid_before_fen,
        episode_deductible_fen={_EPISODE: so_far.paid_before_fen} if is_referred else {},
    )
