"""A head fee for follow-up after a stay paid by group (DRG + 按人头): two payments, one course."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import divide_half_up, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.heads import month_after
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import event_facts, institution, money, number, yuan_text
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView

LONGEST_MONTHS = 36
"""For how many months a follow-up may be paid at most; the bound of `payment/events/follow_up/months`."""


def fee_by_month(yearly_fen: int, start_month: str, months: int) -> dict[str, int]:
    """Return the fee of each month: yearly fee x months / 12, rounded once, in parts that differ by a fen at most.

    Args:
        yearly_fen: The fee for a year.
        start_month: The first month.
        months: How many.
    """
    total = divide_half_up(yearly_fen * months, 12)
    return split_largest_remainder(total, {month_after(start_month, number): 1 for number in range(months)})


def with_stops(events: Iterable[Event], ended: Mapping[str, date]) -> list[Event]:
    """Return events that know when a payment that goes on ends.

    A follow-up ends with the person's death or departure, or when another one of the same disease begins: the latest
    confirmed holder has the fee.

    Args:
        events: The events, in any order.
        ended: Person -> day of death or departure.
    """
    courses: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
    for event in events:
        courses[event.kind, event.person_id or event.event_id, event.disease or ""].append(event)
    stopped = []
    for (_, person, _), course in courses.items():
        course.sort(key=lambda event: (event.occurred_on, event.event_id))
        for event, later in zip(course, [*course[1:], None], strict=True):
            ends = [later.occurred_on] if later is not None else []
            ends += [ended[person]] if person in ended else []
            stopped.append(replace(event, stops_on=min(ends, default=None)))
    return sorted(stopped, key=lambda event: event.event_id)


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay the holder the follow-up fee of the disease, month by month, from the month after the stay.

    The month of a death, a departure or a later enrolment is still paid, the next is not.
    """
    return tuple(transfer for event in batch.events for transfer in _price(view, event))


def _price(view: PolicyView, event: Event) -> list[Transfer]:
    disease = event.text("disease")
    with view.recording() as reads:
        yearly = view.fen("payment/events/follow_up/fee", disease=disease)
        months = view.whole("payment/events/follow_up/months", disease=disease)
    fees = fee_by_month(yearly, month_after(event.month), months)
    last = None if event.stops_on is None else f"{event.stops_on:%Y-%m}"
    paid = {month: fee for month, fee in fees.items() if last is None or month <= last}
    stopped = Text(
        f"{last} 之后不再支付（死亡、迁出或他处接管）", f"nothing after {last} (death, departure, or held elsewhere)"
    )
    facts = (
        *event_facts(event),
        Fact(Text("相关住院", "stay"), event.text("case_id")),
        number("随访月数", "months of follow-up", months),
        money("全程费用", "fee of the whole course", sum(fees.values())),
    )
    return [
        Transfer(
            RULE,
            "follow_up",
            FUND,
            institution(event.institution_id),
            month,
            fee,
            event.event_id,
            Step(
                RULE,
                FOLLOW_UP.title,
                yuan_text(fee),
                (*facts, Fact(Text("月份", "month"), month)),
                tuple(reads),
                (stopped,) if len(paid) < len(fees) else (),
            ),
        )
        for month, fee in (paid or {event.month: 0}).items()
    ]


RULE = "payment.events.follow_up"
FOLLOW_UP = BuiltIn(
    "follow_up",
    Text("病组出院后随访按人头付费", "Follow-up per head after a stay by group"),
    ("person_id", "case_id", "disease"),
    price,
    LONGEST_MONTHS,
)
"""A yearly fee for the months after a stay."""
