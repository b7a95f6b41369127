"""Capitation (按人头付费) with risk factors and a total that is preserved (payment formulas §8)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import divide_half_up, format_e4, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.heads import Head, HeadPool
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import institution, money, number, yuan_text
from tongchou.payment.events.pooled import compare_with_actual
from tongchou.payment.transfer import FUND, Party, Transfer
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class HeadFees:
    """The fees of a pool's heads.

    Attributes:
        total_fen: Base x member-months / 12, rounded half up: what the fund pays in all, whatever the factors.
        fees_fen: The fee of each head, in the pool's order.
        difference_fen: `sum(fees_fen) - total_fen`: what rounding each fee made too much (negative: too little).
        mean_e4: The mean factor, weighted by months, x 10,000, for reading; the fees use it unrounded.
    """

    total_fen: int
    fees_fen: tuple[int, ...]
    difference_fen: int
    mean_e4: int


def head_fees(base_fen: int, heads: Sequence[Head], rounding: str) -> HeadFees:
    """Return every head's fee: base x months / 12 x its factor / the mean factor.

    Args:
        base_fen: The fee for a head and year at the mean factor.
        heads: The heads of one pool.
        rounding: `round_each`, each fee is rounded half up and the difference to the total shown; `allocate`, the
            total is divided among the heads by the largest remainder, and there is no difference.

    Raises:
        TongchouError: `payment.no_risk` if no head with months has a factor above zero.
    """
    member_months = sum(len(head.months) for head in heads)
    weights = [head.factor_e4 * len(head.months) for head in heads]
    weight = sum(weights)
    if not weight:
        raise TongchouError(
            "payment.no_risk",
            what=Text("人头的风险系数合计为零", "the risk factors of the heads sum to zero"),
            where=str(len(heads)),
            why=Text("人头费按系数与平均系数之比分配", "fees follow the factors, relative to their mean"),
            remedy=Text("核对风险系数记录", "check the records of risk factors"),
        )
    total = divide_half_up(base_fen * member_months, 12)
    match rounding:
        case "round_each":
            fees = tuple(divide_half_up(base_fen * own * member_months, 12 * weight) for own in weights)
        case "allocate":
            fees = tuple(split_largest_remainder(total, dict(enumerate(weights))).values())
        case _:
            raise unknown_choice("payment/events/capitation/rounding", rounding)
    return HeadFees(total, fees, sum(fees) - total, divide_half_up(weight, member_months))


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay the heads of each pool.

    `payment/events/capitation/against`: `nothing`, the fees are paid month by month for managing the disease;
    `pooled_inpatient`, they are a budget that the heads' inpatient cost is held against, all heads together and each
    cost cut at the stop-loss: what is left is the institutions', what is lacking the reserve's to make up.
    """
    return tuple(transfer for pool in batch.pools if pool.member_months for transfer in _price(view, pool))


def _price(view: PolicyView, pool: HeadPool) -> list[Transfer]:
    with view.recording() as reads:
        base = view.fen("payment/events/capitation/base", disease=pool.disease)
        rounding = view.text("payment/events/capitation/rounding")
        against = view.text("payment/events/capitation/against")
        fees = head_fees(base, pool.heads, rounding)
        facts = (
            Fact(Text("病种", "disease"), pool.disease),
            Fact(Text("人头池", "pool"), pool.pool_id),
            number("人头数", "heads", len({head.person_id for head in pool.heads if head.months})),
            number("人月数", "member-months", pool.member_months),
            Fact(Text("平均风险系数", "mean risk factor"), format_e4(fees.mean_e4)),
            money("总额", "total", fees.total_fen),
            money("逐人四舍五入之差", "difference of rounding each", fees.difference_fen),
        )
        match against:
            case "nothing":
                return _paid_monthly(pool, fees, facts, reads)
            case "pooled_inpatient":
                by_institution = _by_institution(pool, fees)
                return compare_with_actual(view, pool, fees.total_fen, by_institution, facts, reads)
            case _:
                raise unknown_choice("payment/events/capitation/against", against)


def _by_institution(pool: HeadPool, fees: HeadFees) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for head, fee in zip(pool.heads, fees.fees_fen, strict=True):
        sums[head.institution_id] += fee
    return dict(sorted(sums.items()))


def _paid_monthly(
    pool: HeadPool, fees: HeadFees, facts: tuple[Fact, ...], reads: Sequence[ParameterRead]
) -> list[Transfer]:
    months: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for head in pool.heads:
        for month in head.months:
            months[head.institution_id][month] += head.factor_e4
    transfers = [
        _transfer(pool, "capitation", (FUND, institution(institution_id)), month, amount, institution_id, facts, reads)
        for institution_id, own_fees in _by_institution(pool, fees).items()
        for month, amount in _monthly(own_fees, months[institution_id]).items()
    ]
    if fees.difference_fen:
        parties = (pool.reserve, FUND) if fees.difference_fen > 0 else (FUND, pool.reserve)
        difference = abs(fees.difference_fen)
        transfers.append(
            _transfer(pool, "capitation_rounding", parties, pool.last_month, difference, "rounding", facts, reads)
        )
    return transfers


def _monthly(fees_fen: int, weights: Mapping[str, int]) -> dict[str, int]:
    ordered = {month: weights[month] for month in sorted(weights)}
    return split_largest_remainder(fees_fen, ordered) if any(ordered.values()) else dict.fromkeys(ordered, 0)


def _transfer(
    pool: HeadPool,
    purpose: str,
    parties: tuple[Party, Party],
    month: str,
    amount_fen: int,
    part: str,
    facts: tuple[Fact, ...],
    reads: Sequence[ParameterRead],
) -> Transfer:
    step = Step(RULE, CAPITATION.title, yuan_text(amount_fen), facts, tuple(reads))
    subject = f"{pool.pool_id}/{pool.disease}/{part}"
    return Transfer(RULE, purpose, *parties, month, amount_fen, subject, step)


RULE = "payment.events.capitation"
CAPITATION = BuiltIn("capitation", Text("按人头付费", "Capitation"), (), price, takes="heads")
"""A fee per head and year, risk adjusted inside a preserved total."""
