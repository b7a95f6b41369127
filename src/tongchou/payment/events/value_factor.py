"""Payment by value (按价值付费): a base price and a factor by outcome against prediction (payment formulas §10)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence

from tongchou.core.explanation import Fact
from tongchou.core.money import E4, format_e4, scale
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import Words, due, fund_share, institution, money, number
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView

TIERS = ("1", "2", "3", "4")
"""From the lowest outcome, measured against its prediction, to the highest."""


def quartile_tiers(gains_e4: Mapping[str, int]) -> dict[str, str]:
    """Return the tier of each case by its rank among all: tier 1 + the quarters of the cases that lie strictly below.

    Cases of equal gain are in one tier, the lowest that any of them could be in; the order of cases changes nothing.

    Args:
        gains_e4: Case -> actual less predicted gain x 10,000.
    """
    ordered = sorted(gains_e4.values())
    return {case: TIERS[4 * bisect_left(ordered, gain) // len(ordered)] for case, gain in gains_e4.items()}


def interval_tier(gain_e4: int, cuts_e4: Sequence[int], *, or_equals: bool) -> str:
    """Return the tier of a gain by three fixed cuts, in ascending order.

    Args:
        gain_e4: Actual less predicted gain x 10,000.
        cuts_e4: The cuts x 10,000.
        or_equals: Whether a gain equal to a cut is in the tier above it.
    """
    return TIERS[sum(gain_e4 >= cut if or_equals else gain_e4 > cut for cut in cuts_e4)]


def price_with_factor(base_fen: int, delta_e4: int) -> int:
    """Return base x (1 + delta), rounded half up to the fen."""
    return scale(base_fen, E4 + delta_e4)


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay each stay its base price, raised or lowered by its tier's factor.

    `payment/events/value_factor/tiers`: `quartiles` ranks the batch's stays of a disease among one another; fewer than
    `payment/events/value_factor/min_cases` of them are no ranking, and are paid the base price. `intervals` takes the
    cuts of the policy.
    """
    by_disease: dict[str, list[Event]] = defaultdict(list)
    for event in batch.events:
        by_disease[event.text("disease")].append(event)
    return tuple(transfer for _, events in sorted(by_disease.items()) for transfer in _price(view, events))


def _price(view: PolicyView, events: Sequence[Event]) -> list[Transfer]:
    gains = {event.event_id: event.whole("actual_e4") - event.whole("predicted_e4") for event in events}
    with view.recording() as tier_reads:
        tiers = _tiers(view, gains)
    transfers = []
    for event in events:
        with view.recording() as reads:
            base = view.fen(
                "payment/events/value_factor/base", disease=event.text("disease"), level=event.text("level")
            )
            tier = tiers.get(event.event_id)
            delta = 0 if tier is None else view.e4("payment/events/value_factor/delta", outcome_tier=tier)
            share = fund_share(view, event)
        payable = price_with_factor(base, delta)
        parties = (FUND, institution(event.institution_id))
        name, title = VALUE_FACTOR.name, VALUE_FACTOR.title
        amount, all_reads = scale(payable, share), [*tier_reads, *(read for read in reads if read not in tier_reads)]
        figures = (len(events), tier, base, payable)
        transfers.append(due(name, title, "value_factor", parties, event, amount, all_reads, _words, *figures))
    return transfers


def _words(event: Event, cases: int, tier: str | None, base: int, payable: int) -> Words:
    facts = [
        Fact(Text("功能改善：实际", "functional gain, actual"), format_e4(event.whole("actual_e4"))),
        Fact(Text("功能改善：预测", "functional gain, predicted"), format_e4(event.whole("predicted_e4"))),
        number("同病种病例数", "cases of the disease", cases),
        Fact(Text("档次（1 最低，4 最高）", "tier (1 lowest, 4 highest)"), tier or "-"),
        money("调节前价格", "price before the factor", base),
        money("应支付总额", "payable in all", payable),
    ]
    return facts, [] if tier else [Text("病例过少，不分档，不调节", "too few cases to rank: no factor")]


def _tiers(view: PolicyView, gains_e4: Mapping[str, int]) -> dict[str, str]:
    rule = view.text("payment/events/value_factor/tiers")
    match rule:
        case "quartiles":
            enough = len(gains_e4) >= view.whole("payment/events/value_factor/min_cases")
            return quartile_tiers(gains_e4) if enough else {}
        case "intervals":
            cuts = [view.e4("payment/events/value_factor/cut", outcome_cut=cut) for cut in ("1", "2", "3")]
            or_equals = view.text("payment/events/value_factor/cut_operator") == "ge"
            return {case: interval_tier(gain, cuts, or_equals=or_equals) for case, gain in gains_e4.items()}
        case _:
            raise unknown_choice("payment/events/value_factor/tiers", rule)


VALUE_FACTOR = BuiltIn(
    "value_factor",
    Text("按价值付费", "By value"),
    ("disease", "actual_e4", "predicted_e4", "level", "insurance_type"),
    price,
)
"""Base price x (1 + the factor of the outcome's tier)."""
