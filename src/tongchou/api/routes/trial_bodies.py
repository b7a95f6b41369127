"""How the API says the order of a trial."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from tongchou.api.envelope import Words
from tongchou.records.models import RunOrder
from tongchou.records.states import RUN_ORDER_STATE


class TrialOrderBody(BaseModel):
    """The order of a trial and how far it is."""

    order_id: str
    period: str
    state: str
    state_title: Words
    stage: str
    done_steps: int
    all_steps: int
    run_id: str | None
    problem: dict[str, Any] | None
    ordered_at: datetime
    computed_at: datetime | None

    @classmethod
    def of(cls, order: RunOrder) -> "TrialOrderBody":
        """Return an order as the API says it."""
        return cls(
            state_title=Words.of(RUN_ORDER_STATE[order.state]),
            **{name: getattr(order, name) for name in cls.model_fields if name != "state_title"},
        )
