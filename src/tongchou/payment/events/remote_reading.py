"""Examined below, read above (基层检查、上级诊断): one charge at the primary price, divided inside."""

from dataclasses import dataclass
from functools import cache

from tongchou.core.explanation import Fact, ParameterRead
from tongchou.core.money import format_e4, scale
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import Words, due, fund_share_of, institution, money, number
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class _Terms:
    """By what examinations of one item are paid at one level, for one insurance type."""

    charge_fen: int
    fund_share_e4: int
    reader_share_e4: int
    reads: tuple[ParameterRead, ...]


def divide_charge(charge_fen: int, reader_share_e4: int) -> tuple[int, int]:
    """Return what stays with the institution that examined, and the reader's part; they sum to the charge."""
    reader = scale(charge_fen, reader_share_e4)
    return charge_fen - reader, reader


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay one charge to the institution that examined, which owes the reader a part of it.

    The charge is the price of the level that `payment/events/remote_reading/price_level` names, whatever the reader's
    level. The reader's part is one of the whole charge, the patient's share included.
    """

    @cache
    def terms_of(item: str, insurance_type: str, level: str) -> _Terms:
        return _read(view, batch.kind, item, insurance_type, level)

    return tuple(
        transfer
        for event in batch.events
        for transfer in _price(terms_of(event.text("item"), event.text("insurance_type"), event.text("level")), event)
    )


def _read(view: PolicyView, kind: str, item: str, insurance_type: str, level: str) -> _Terms:
    with view.recording() as reads:
        price_level = view.text("payment/events/remote_reading/price_level")
        return _Terms(
            view.fen("payment/events/remote_reading/price", item=item, level=price_level),
            fund_share_of(view, kind, insurance_type, level),
            view.e4("payment/events/remote_reading/reader_share", item=item),
            tuple(reads),
        )


def _price(terms: _Terms, event: Event) -> list[Transfer]:
    charge = terms.charge_fen * event.whole("units")
    _, reader = divide_charge(charge, terms.reader_share_e4)
    examined, read_by = institution(event.institution_id), institution(event.text("partner_id"))
    name, title, reads = REMOTE_READING.name, REMOTE_READING.title, terms.reads
    paid = scale(charge, terms.fund_share_e4)
    return [
        due(name, title, "remote_reading", (FUND, examined), event, paid, reads, _words, terms),
        due(name, title, "reading_share", (examined, read_by), event, reader, reads, _words, terms),
    ]


def _words(event: Event, terms: _Terms) -> Words:
    charge = terms.charge_fen * event.whole("units")
    kept, reader = divide_charge(charge, terms.reader_share_e4)
    facts = [
        number("次数", "examinations", event.whole("units")),
        money("一次收费", "one charge", charge),
        money("检查机构留存", "stays with the institution that examined", kept),
        money("诊断机构所得", "reader's part", reader),
        Fact(Text("基金支付比例", "fund's share"), format_e4(terms.fund_share_e4)),
    ]
    return facts, [Text("不按诊断机构等级的价格收费，不另收诊断费", "not the reader's price, and no second charge")]


REMOTE_READING = BuiltIn(
    "remote_reading",
    Text("基层检查、上级诊断", "Examined below, read above"),
    ("item", "units", "partner_id", "level", "insurance_type"),
    price,
)
"""One charge at the primary price, with an inner split."""
