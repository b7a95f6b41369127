"""Payment per disease (按病种付费): a fixed price for each case (payment formulas §8)."""

from tongchou.core.explanation import Fact
from tongchou.core.money import format_e4, scale
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import Words, due, fund_share, institution, money, number
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView


def price_of_cases(price_fen: int, cases: int) -> int:
    """Return price x cases, fen."""
    return price_fen * cases


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay each event's cases at the disease's price at the institution's level; the fund bears its share.

    What the treatment cost has no influence: a dearer case is the institution's loss, a cheaper one its gain.
    """
    return tuple(_price(view, event) for event in batch.events)


def _price(view: PolicyView, event: Event) -> Transfer:
    with view.recording() as reads:
        each = view.fen("payment/events/per_disease/price", disease=event.text("disease"), level=event.text("level"))
        share = fund_share(view, event)
    payable = price_of_cases(each, event.whole("units"))
    parties = (FUND, institution(event.institution_id))
    name, title, amount = PER_DISEASE.name, PER_DISEASE.title, scale(payable, share)
    return due(name, title, "per_disease", parties, event, amount, reads, _words, payable, share)


def _words(event: Event, payable: int, share: int) -> Words:
    facts = [
        number("例数", "cases", event.whole("units")),
        money("应支付总额", "payable in all", payable),
        Fact(Text("基金支付比例", "fund's share"), format_e4(share)),
    ]
    return facts, [] if event.total_fen is None else [_cost_not_paid(event.total_fen)]


def _cost_not_paid(total_fen: int) -> Text:
    fact = money("实际费用", "actual cost", total_fen)
    return Text(f"不按{fact.label.zh} {fact.value} 支付", f"not paid by {fact.label.en} {fact.value}")


PER_DISEASE = BuiltIn(
    "per_disease", Text("按病种付费", "Per disease"), ("disease", "units", "level", "insurance_type"), price
)
"""Fixed price x cases."""
