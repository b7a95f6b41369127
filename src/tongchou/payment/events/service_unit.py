"""Payment per service unit (按服务单元付费) with a guard on volume (payment formulas §8)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, divide_half_up, format_e4, scale, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import fund_share, institution, money, number, yuan_text
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import Bands, PolicyView


@dataclass(frozen=True, slots=True)
class Guarded:
    """What units come to under a guard.

    Attributes:
        payable_fen: Fund and patient together.
        facts: How the guard worked.
        rejected: What was not paid.
    """

    payable_fen: int
    facts: tuple[Fact, ...] = ()
    rejected: tuple[Text, ...] = ()


def price_to_ceiling(price_fen: int, units: int, volume: int) -> int:
    """Return price x units, units beyond the agreed volume unpaid."""
    return price_fen * min(units, volume)


def price_sliding(price_fen: int, units: int, volume: int, bands: Bands) -> int:
    """Return the price of units whose price falls with volume, rounded once, half up.

    The bands are over units / agreed volume; the units in a band are paid at its ratio of the price. A band's bound
    need not be a whole number of units.
    """
    total_e8 = 0
    for lower, upper, ratio in bands.slices:
        until = units * E4 if upper is None else min(units * E4, volume * upper)
        total_e8 += max(0, until - volume * lower) * ratio
    return divide_half_up(price_fen * total_e8, E4 * E4)


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay the units of each institution, item and month together, for the guard looks at their sum.

    `payment/events/service_unit/guard` of the item: `none`; `ceiling`, units beyond the month's agreed volume are not
    paid; `sliding`, they are paid at falling ratios. What is payable is divided among insurance types by units.
    """
    groups: dict[tuple[str, str, str, str], list[Event]] = defaultdict(list)
    for event in batch.events:
        groups[event.institution_id, event.text("level"), event.text("item"), event.month].append(event)
    return tuple(transfer for _, events in sorted(groups.items()) for transfer in _price(view, events))


def _price(view: PolicyView, events: Sequence[Event]) -> list[Transfer]:
    first = events[0]
    item, level = first.text("item"), first.text("level")
    units: dict[str, int] = defaultdict(int)
    for event in sorted(events, key=lambda event: event.text("insurance_type")):
        units[event.text("insurance_type")] += event.whole("units")
    all_units = sum(units.values())
    with view.recording() as reads:
        each = view.fen("payment/events/service_unit/price", item=item, level=level)
        guarded = _guard(view, first, each, all_units)
    parts = split_largest_remainder(guarded.payable_fen, units) if all_units else dict.fromkeys(units, 0)
    transfers = []
    for insurance_type, part in parts.items():
        with view.recording() as share_reads:
            share = fund_share(view, next(e for e in events if e.insurance_type == insurance_type))
        amount = scale(part, share)
        step = Step(
            RULE,
            SERVICE_UNIT.title,
            yuan_text(amount),
            (
                Fact(Text("机构", "institution"), first.institution_id),
                Fact(Text("服务项目", "service item"), item),
                number("本月数量", "units of the month", all_units),
                number("其中本险种", "of them of this insurance type", units[insurance_type]),
                *guarded.facts,
                money("应支付总额", "payable in all", guarded.payable_fen),
                money("其中本险种", "of it for this insurance type", part),
                Fact(Text("基金支付比例", "fund's share"), format_e4(share)),
            ),
            (*reads, *(read for read in share_reads if read not in reads)),
            guarded.rejected,
        )
        subject = f"{first.institution_id}/{level}/{item}/{insurance_type}/{first.occurred_on}"
        payee = institution(first.institution_id)
        transfers.append(Transfer(RULE, "service_unit", FUND, payee, first.month, amount, subject, step))
    return transfers


def _guard(view: PolicyView, event: Event, price_fen: int, units: int) -> Guarded:
    item = event.text("item")
    guard = view.text("payment/events/service_unit/guard", item=item)
    if guard == "none":
        return Guarded(price_fen * units)
    volume = view.whole("payment/events/service_unit/volume", item=item, institution_id=event.institution_id)
    agreed = number("约定月数量", "agreed units a month", volume)
    match guard:
        case "ceiling":
            beyond = max(0, units - volume)
            unpaid = Text(f"超出约定的 {beyond} 个单元不支付", f"{beyond} units beyond the agreed volume are not paid")
            return Guarded(price_to_ceiling(price_fen, units, volume), (agreed,), (unpaid,) if beyond else ())
        case "sliding":
            bands = view.bands("payment/events/service_unit/sliding", item=item)
            steps = Fact(Text("数量比与价格比例", "ratio of volume: ratio of price"), bands.written)
            return Guarded(price_sliding(price_fen, units, volume, bands), (agreed, steps))
        case _:
            raise unknown_choice("payment/events/service_unit/guard", guard)


RULE = "payment.events.service_unit"
SERVICE_UNIT = BuiltIn(
    "service_unit", Text("按服务单元付费", "Per service unit"), ("item", "units", "level", "insurance_type"), price
)
"""Units x unit price, volume guarded."""
