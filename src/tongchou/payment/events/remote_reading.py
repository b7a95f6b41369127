"""Examined below, read above (基层检查、上级诊断): one charge at the primary price, divided inside."""

from tongchou.core.explanation import Fact
from tongchou.core.money import format_e4, scale
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import due, fund_share, institution, money, number
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView


def divide_charge(charge_fen: int, reader_share_e4: int) -> tuple[int, int]:
    """Return what stays with the institution that examined, and the reader's part; they sum to the charge."""
    reader = scale(charge_fen, reader_share_e4)
    return charge_fen - reader, reader


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay one charge to the institution that examined, which owes the reader a part of it.

    The charge is the price of the level that `payment/events/remote_reading/price_level` names, whatever the reader's
    level. The reader's part is one of the whole charge, the patient's share included.
    """
    return tuple(transfer for event in batch.events for transfer in _price(view, event))


def _price(view: PolicyView, event: Event) -> list[Transfer]:
    item = event.text("item")
    with view.recording() as reads:
        level = view.text("payment/events/remote_reading/price_level")
        each = view.fen("payment/events/remote_reading/price", item=item, level=level)
        share = fund_share(view, event)
        reader_share = view.e4("payment/events/remote_reading/reader_share", item=item)
    charge = each * event.whole("units")
    kept, reader = divide_charge(charge, reader_share)
    facts = [
        number("次数", "examinations", event.whole("units")),
        money("一次收费", "one charge", charge),
        money("检查机构留存", "stays with the institution that examined", kept),
        money("诊断机构所得", "reader's part", reader),
        Fact(Text("基金支付比例", "fund's share"), format_e4(share)),
    ]
    rejected = [Text("不按诊断机构等级的价格收费，不另收诊断费", "not the reader's price, and no second charge")]
    examined, read_by = institution(event.institution_id), institution(event.text("partner_id"))
    name, title = REMOTE_READING.name, REMOTE_READING.title
    return [
        due(name, title, "remote_reading", (FUND, examined), event, scale(charge, share), facts, reads, rejected),
        due(name, title, "reading_share", (examined, read_by), event, reader, facts, reads, rejected),
    ]


REMOTE_READING = BuiltIn(
    "remote_reading",
    Text("基层检查、上级诊断", "Examined below, read above"),
    ("item", "units", "partner_id", "level", "insurance_type"),
    price,
)
"""One charge at the primary price, with an inner split."""
