"""Fees for experts who work below (专家下沉): the receiving institution pays the sender."""

from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import Words, due, institution, number
from tongchou.payment.transfer import Transfer
from tongchou.policy import PolicyView


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Charge the receiving institution the fee of each visit.

    `payment/events/expert_fee/unit` says what the fee is for, which agreements leave open: `person_time`, each expert
    of a visit (`units`); `visit`, the visit however many came.
    """
    return tuple(_price(view, event) for event in batch.events)


def _price(view: PolicyView, event: Event) -> Transfer:
    people = event.whole("units")
    with view.recording() as reads:
        unit = view.text("payment/events/expert_fee/unit")
        fee = view.fen("payment/events/expert_fee/fee")
    match unit:
        case "person_time":
            count, other = people, Text("不按次（不论人数）计费", "not by the visit, however many came")
        case "visit":
            count, other = 1, Text("不按人次计费", "not by the person")
        case _:
            raise unknown_choice("payment/events/expert_fee/unit", unit)
    parties = (institution(event.institution_id), institution(event.text("partner_id")))
    name, title = EXPERT_FEE.name, EXPERT_FEE.title
    return due(name, title, "expert_fee", parties, event, fee * count, reads, _words, count, other)


def _words(event: Event, count: int, other: Text) -> Words:
    people = number("到场专家人次", "experts who came", event.whole("units"))
    return [people, number("计费数量", "units charged", count)], [other]


EXPERT_FEE = BuiltIn("expert_fee", Text("专家下沉费", "Expert fee"), ("units", "partner_id"), price)
"""Fee x person-times or visits."""
