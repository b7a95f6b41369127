"""Payment per day (按床日付费) with rates that change by stages of the stay (payment formulas §8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tongchou.core.explanation import Fact
from tongchou.core.money import format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import Words, due, fund_share, institution, money, number
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a stay.

    Attributes:
        last_day: Its last day, counted from 1 and inclusive; None where it has no end.
        rate_fen: Price of a day in it.
    """

    last_day: int | None
    rate_fen: int


def days_by_stage(stages: Sequence[Stage], days_before: int, days: int) -> Iterator[tuple[Stage, int]]:
    """Yield every stage that the days reach, with the number of them in it.

    Args:
        stages: In order, the last without an end.
        days_before: Days of the stay that were settled before: the first day here is the one after them.
        days: Days to settle.
    """
    done, end = days_before, days_before + days
    for stage in stages:
        until = end if stage.last_day is None else min(end, stage.last_day)
        if until > done:
            yield stage, until - done
            done = until


def price_of_days(stages: Sequence[Stage], days_before: int, days: int) -> int:
    """Return the sum of days x rate over the stages, fen."""
    return sum(stage.rate_fen * count for stage, count in days_by_stage(stages, days_before, days))


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay each stay by its days; the stage of a day counts from the first day of the stay.

    A stay that is settled in several pieces goes on where it was: `days_before`.
    """
    return tuple(_price(view, event) for event in batch.events)


def read_stages(view: PolicyView, item: str, level: str) -> tuple[Stage, ...]:
    """Read the stages of a service; the last has no end."""
    count = view.whole("payment/events/per_diem/stages", item=item)
    return tuple(
        Stage(
            None
            if number == count
            else view.whole("payment/events/per_diem/last_day", item=item, day_stage=str(number)),
            view.fen("payment/events/per_diem/rate", item=item, level=level, day_stage=str(number)),
        )
        for number in range(1, count + 1)
    )


def _price(view: PolicyView, event: Event) -> Transfer:
    with view.recording() as reads:
        stages = read_stages(view, event.text("item"), event.text("level"))
        share = fund_share(view, event)
    payable = price_of_days(stages, event.days_before or 0, event.whole("days"))
    parties = (FUND, institution(event.institution_id))
    name, title, amount = PER_DIEM.name, PER_DIEM.title, scale(payable, share)
    return due(name, title, "per_diem", parties, event, amount, reads, _words, stages, payable, share)


def _words(event: Event, stages: Sequence[Stage], payable: int, share: int) -> Words:
    before, days = event.days_before or 0, event.whole("days")
    facts = [number("天数", "days", days), number("此前已结算天数", "days settled before", before)]
    facts += [
        Fact(
            Text(
                f"{count} 天 × {format_yuan(stage.rate_fen)} 元", f"{count} days at {format_yuan(stage.rate_fen)} yuan"
            ),
            format_yuan(stage.rate_fen * count),
        )
        for stage, count in days_by_stage(stages, before, days)
    ]
    facts += [
        money("应支付总额", "payable in all", payable),
        Fact(Text("基金支付比例", "fund's share"), format_e4(share)),
    ]
    return facts, []


PER_DIEM = BuiltIn("per_diem", Text("按床日付费", "Per day"), ("item", "days", "level", "insurance_type"), price)
"""Days x the rate of their stage."""
