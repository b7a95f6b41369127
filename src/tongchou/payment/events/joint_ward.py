"""Joint rehabilitation wards (康复联合病房): a price per disease, and subsidies of the public finances."""

from tongchou.core.explanation import Fact
from tongchou.core.money import format_e4, scale
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import Words, due, fund_share, institution, money, number
from tongchou.payment.transfer import FUND, Party, Transfer
from tongchou.policy import PolicyView

FINANCE = Party("finance")


def price_stays(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay each stay the price of its disease, and the sending hospital its subsidy.

    The price covers the stay up to the disease's longest stay; days beyond it bring nothing more. The purpose
    `joint_ward` is the ward's own, so that its income is booked apart from the institution's other income. How the
    ward is staffed changes no amount.
    """
    return tuple(transfer for event in batch.events for transfer in _price_stay(view, event))


def price_dispatch(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay the sending hospital (partner) the public finances' subsidy for each day of dispatched staff."""
    return tuple(_price_dispatch(view, event) for event in batch.events)


def _price_stay(view: PolicyView, event: Event) -> list[Transfer]:
    disease = event.text("disease")
    with view.recording() as reads:
        payable = view.fen("payment/events/joint_ward/price", disease=disease)
        longest = view.whole("payment/events/joint_ward/max_days", disease=disease)
        share = fund_share(view, event)
    with view.recording() as subsidy_reads:
        subsidy = view.fen("payment/events/joint_ward/sender_subsidy")
    community, sender = institution(event.institution_id), institution(event.text("partner_id"))
    name, title = JOINT_WARD.name, JOINT_WARD.title
    paid = scale(payable, share)
    return [
        due(name, title, "joint_ward", (FUND, community), event, paid, reads, _words, payable, longest, share),
        due(name, title, "sender_subsidy", (FINANCE, sender), event, subsidy, subsidy_reads, _no_words),
    ]


def _words(event: Event, payable: int, longest: int, share: int) -> Words:
    days = event.whole("days")
    facts = [
        number("住院天数", "days", days),
        money("病种价格", "price of the disease", payable),
        Fact(Text("基金支付比例", "fund's share"), format_e4(share)),
    ]
    beyond = max(0, days - longest)
    not_paid = Text(f"超过最长 {longest} 天的 {beyond} 天不另付", f"{beyond} days beyond {longest} bring nothing more")
    return facts, [not_paid] if beyond else []


def _no_words(_: Event) -> Words:
    return (), ()


def _price_dispatch(view: PolicyView, event: Event) -> Transfer:
    days = event.whole("days")
    with view.recording() as reads:
        daily = view.fen("payment/events/ward_dispatch/subsidy")
    parties = (FINANCE, institution(event.text("partner_id")))
    name, title = WARD_DISPATCH.name, WARD_DISPATCH.title
    return due(name, title, "dispatch_subsidy", parties, event, daily * days, reads, _dispatch_words)


def _dispatch_words(event: Event) -> Words:
    return [number("派驻天数", "days of dispatch", event.whole("days"))], []


JOINT_WARD = BuiltIn(
    "joint_ward",
    Text("康复联合病房按病种付费", "Joint ward, per disease"),
    ("disease", "days", "partner_id", "level", "insurance_type"),
    price_stays,
)
"""A price per disease; the sender is subsidised."""

WARD_DISPATCH = BuiltIn(
    "ward_dispatch", Text("派驻补助", "Subsidy for dispatch"), ("days", "partner_id"), price_dispatch
)
"""A subsidy for each day of dispatched staff."""
