"""Charges for reused results of examinations (检查结果互认使用), by direction (payment formulas §10)."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from tongchou.core.explanation import Fact, ParameterRead
from tongchou.core.money import E4, scale
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import Words, due, institution, money
from tongchou.payment.transfer import Transfer
from tongchou.policy import PolicyView

Direction = Literal["down", "up", "across"]
"""Which way a result went: to a lower level (with the patient), to a higher one, to the same."""

_RANK = {"primary": 1, "secondary": 2, "tertiary": 3}
_DIRECTIONS: dict[Direction, Text] = {
    "down": Text("下行：上级的结果供下级使用", "down: a result from above is used below"),
    "up": Text("上行：下级的结果供上级使用", "up: a result from below is used above"),
    "across": Text("同级之间", "across, at the same level"),
}


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a use of one item costs in one direction.

    Attributes:
        way: The direction.
        charge: `free` or `cost_plus`; None where the item is not on the direction's list.
        markup_e4: What is added to the cost price x 10,000.
        reads: The parameters read.
    """

    way: Direction
    charge: str | None
    markup_e4: int
    reads: tuple[ParameterRead, ...]


def direction(origin_level: str, user_level: str) -> Direction:
    """Return which way a result went from where it was made to where it was used."""
    difference = _RANK[user_level] - _RANK[origin_level]
    return "down" if difference < 0 else "up" if difference > 0 else "across"


def cost_plus(cost_price_fen: int, markup_e4: int) -> int:
    """Return cost price x (1 + markup), rounded half up to the fen."""
    return scale(cost_price_fen, E4 + markup_e4)


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Charge who used a result, for the institution that made it.

    `payment/events/exam_reuse/list` says, by direction, whether the item is one whose reuse is recognised: a list for
    data from below may differ from that for data from above. `payment/events/exam_reuse/charge` says, by direction,
    whether a recognised use costs `cost_plus` or is `free`. A use that is free or not on the list is a transfer of
    nothing, so that it is seen.
    """

    @cache
    def terms_of(way: Direction, item: str) -> _Terms:
        return _read(view, way, item)

    return tuple(
        _price(terms_of(direction(event.text("partner_level"), event.text("level")), event.text("item")), event)
        for event in batch.events
    )


def _read(view: PolicyView, way: Direction, item: str) -> _Terms:
    with view.recording() as reads:
        is_listed = _is_listed(view, way, item)
        charge = view.text("payment/events/exam_reuse/charge", reuse_direction=way) if is_listed else None
        if charge not in (None, "free", "cost_plus"):
            raise unknown_choice("payment/events/exam_reuse/charge", charge)
        markup = view.e4("payment/events/exam_reuse/markup", reuse_direction=way) if charge == "cost_plus" else 0
    return _Terms(way, charge, markup, tuple(reads))


def _price(terms: _Terms, event: Event) -> Transfer:
    amount = cost_plus(event.whole("cost_price_fen"), terms.markup_e4) if terms.charge == "cost_plus" else 0
    parties = (institution(event.institution_id), institution(event.text("partner_id")))
    name, title = EXAM_REUSE.name, EXAM_REUSE.title
    return due(name, title, "exam_reuse", parties, event, amount, terms.reads, _words, terms)


def _words(event: Event, terms: _Terms) -> Words:
    facts = [
        Fact(Text("检查项目", "item"), event.text("item")),
        Fact(Text("方向", "direction"), _DIRECTIONS[terms.way]),
        money("成本价", "cost price", event.whole("cost_price_fen")),
    ]
    return facts, [_NOT_CHARGED[terms.charge]] if terms.charge in _NOT_CHARGED else []


def _is_listed(view: PolicyView, way: Direction, item: str) -> bool:
    listed = view.text("payment/events/exam_reuse/list", reuse_direction=way, item=item)
    match listed:
        case "recognised":
            return True
        case "not_recognised":
            return False
        case _:
            raise unknown_choice("payment/events/exam_reuse/list", listed)


_NOT_CHARGED = {
    None: Text("不在该方向的互认清单内，不计费", "not on the list of this direction: no charge"),
    "free": Text("该方向免费使用，不按成本价计费", "free in this direction: cost price not charged"),
}
EXAM_REUSE = BuiltIn(
    "exam_reuse",
    Text("检查结果互认使用费", "Charge for a reused result"),
    ("item", "cost_price_fen", "partner_id", "level", "partner_level"),
    price,
)
"""Cost price plus a management fee, or free, by direction."""
