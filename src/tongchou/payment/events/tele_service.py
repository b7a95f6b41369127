"""Tele-services (互联网与远程服务): the fund's ratio is that of the same service offline."""

from tongchou.core.explanation import Fact
from tongchou.core.money import format_e4, scale
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import Words, due, institution, money
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay the offline ratio of the cost within scope.

    `payment/events/tele_service/offline_kind` names the kind of event whose ratio (`payment/events/fund_share`) is
    taken, so that there is no second ratio to drift from the first.
    """
    return tuple(_price(view, event) for event in batch.events)


def _price(view: PolicyView, event: Event) -> Transfer:
    with view.recording() as reads:
        offline = view.text("payment/events/tele_service/offline_kind")
        ratio = view.e4(
            "payment/events/fund_share",
            event_kind=offline,
            insurance_type=event.text("insurance_type"),
            level=event.text("level"),
        )
    amount = scale(event.whole("in_scope_fen"), ratio)
    parties = (FUND, institution(event.institution_id))
    name, title = TELE_SERVICE.name, TELE_SERVICE.title
    return due(name, title, "tele_service", parties, event, amount, reads, _words, ratio)


def _words(event: Event, ratio: int) -> Words:
    facts = [
        money("政策范围内费用", "cost within scope", event.whole("in_scope_fen")),
        Fact(Text("线下同类服务的基金比例", "fund's ratio of the offline service"), format_e4(ratio)),
    ]
    return facts, []


TELE_SERVICE = BuiltIn(
    "tele_service", Text("互联网与远程服务", "Tele-service"), ("in_scope_fen", "level", "insurance_type"), price
)
"""Cost within scope x offline ratio."""
