"""What the methods share: how an amount due becomes a transfer, and which part of a price the fund bears."""

from collections.abc import Callable, Sequence

from tongchou.core.explanation import Deferred, Fact, ParameterRead, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.events.event import Event
from tongchou.payment.transfer import Party, Transfer
from tongchou.policy import PolicyView

Words = tuple[Sequence[Fact], Sequence[Text]]
"""What an amount was reckoned from, and what was considered and not taken."""


def institution(institution_id: str) -> Party:
    """Return an institution as a party."""
    return Party("institution", institution_id)


def fund_share(view: PolicyView, event: Event) -> int:
    """Return the ratio of the price that the fund bears, x 10,000: `payment/events/fund_share`.

    The patient pays the rest to the institution.
    """
    return fund_share_of(view, event.kind, event.text("insurance_type"), event.text("level"))


def fund_share_of(view: PolicyView, kind: str, insurance_type: str, level: str) -> int:
    """As `fund_share`, for all events that are alike in what it depends on."""
    return view.e4("payment/events/fund_share", event_kind=kind, insurance_type=insurance_type, level=level)


def due(
    method: str,
    title: Text,
    purpose: str,
    parties: tuple[Party, Party],
    event: Event,
    amount_fen: int,
    reads: Sequence[ParameterRead],
    words: Callable[..., Words],
    *figures: object,
) -> Transfer:
    """Return the transfer of an amount due for an event; its explanation is written when it is asked for.

    Args:
        method: The method; its rule is `payment.events.<method>`.
        title: What the step is called.
        purpose: What the payer spends it on.
        parties: Payer and payee.
        event: The event.
        amount_fen: The amount.
        reads: The parameters read.
        words: What puts the reckoning into words, given the event and the figures.
        figures: What came up in it.
    """
    rule = f"payment.events.{method}"
    why = Deferred(_due_step, (rule, title, event, amount_fen, tuple(reads), words, figures))
    return Transfer(rule, purpose, *parties, event.month, amount_fen, event.event_id, why)


def _due_step(
    rule: str,
    title: Text,
    event: Event,
    amount_fen: int,
    reads: tuple[ParameterRead, ...],
    words: Callable[..., Words],
    figures: tuple[object, ...],
) -> Step:
    facts, rejected = words(event, *figures)
    return Step(rule, title, yuan_text(amount_fen), (*event_facts(event), *facts), reads, tuple(rejected))


def event_facts(event: Event) -> tuple[Fact, ...]:
    """Return what names an event in an explanation."""
    named = [
        Fact(Text("事件", "event"), event.event_id),
        Fact(Text("发生日期", "occurred on"), event.occurred_on.isoformat()),
        Fact(Text("机构", "institution"), event.institution_id),
    ]
    if event.partner_id is not None:
        named.append(Fact(Text("对方机构", "partner institution"), event.partner_id))
    return tuple(named)


def yuan_text(amount_fen: int) -> Text:
    """Return an amount for reading."""
    return Text(f"{format_yuan(amount_fen)} 元", f"{format_yuan(amount_fen)} yuan")


def money(zh: str, en: str, amount_fen: int) -> Fact:
    """Return an amount as a fact."""
    return Fact(Text(f"{zh}（元）", f"{en}, yuan"), format_yuan(amount_fen))


def number(zh: str, en: str, value: int) -> Fact:
    """Return a count as a fact."""
    return Fact(Text(zh, en), str(value))
