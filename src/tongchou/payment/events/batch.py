"""What a method is given to price at once: events of one kind, or pools of heads, under one policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.payment.events.event import Event
from tongchou.payment.events.heads import HeadPool


@dataclass(frozen=True, slots=True)
class Used:
    """What a person has used of a yearly benefit before: cost within the scope, and what the fund paid, fen."""

    in_scope_fen: int = 0
    fund_fen: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Events or heads of one kind that one policy pays for.

    Attributes:
        kind: The kind of event or head.
        events: In the order of day and id, however they were given.
        pools: Pools of heads, ordered by id and disease.
        used: (person, disease) -> what was used of the year's benefit before these events.
    """

    kind: str
    events: tuple[Event, ...] = ()
    pools: tuple[HeadPool, ...] = ()
    used: Mapping[tuple[str, str], Used] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put events and pools in order, so that no result depends on how they were handed in.

        Raises:
            TongchouError: `payment.event_twice` if an event is there twice.
        """
        events = tuple(sorted(self.events, key=lambda event: (event.occurred_on, event.event_id)))
        ids = sorted(event.event_id for event in events)
        twice = sorted({one for one, other in pairwise(ids) if one == other})
        if twice:
            raise TongchouError(
                "payment.event_twice",
                what=Text("同一服务事件出现两次", "a service event is there twice"),
                where=", ".join(twice[:5]),
                why=Text("一次服务只付一次", "a service is paid once"),
                remedy=Text("去掉重复的事件", "remove the repeated events"),
            )
        object.__setattr__(self, "events", events)
        pools = tuple(sorted(self.pools, key=lambda pool: (pool.pool_id, pool.disease)))
        object.__setattr__(self, "pools", pools)
