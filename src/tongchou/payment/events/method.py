"""What a payment method is: the one thing to fulfil for adding one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.transfer import Transfer
from tongchou.policy import PolicyView

Taken = Literal["events", "heads"]
"""What a method prices."""


class PaymentMethod(Protocol):
    """A way of paying for events or heads.

    A method reads its parameters from the view alone: those below `payment/events/<its name>/`, and those below
    `payment/events/` that are in no other method's folder. Every reading is in the explanations of its transfers.
    Its result depends on the batch's content and not on its order; each event or group of heads is named by the
    transfers' subject, and (subject, purpose, month) is unique.
    """

    @property
    def name(self) -> str:
        """The name that `payment/router/method` gives."""

    @property
    def title(self) -> Text:
        """Its name for people."""

    @property
    def takes(self) -> Taken:
        """Whether it prices events or heads; it is never given the others."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Fields of an event that must be known (`Event`)."""

    @property
    def lasts_months(self) -> int:
        """For how many months after its own an event may be paid for; 0 where its month is the only one."""

    def price(self, view: PolicyView, batch: Batch, /) -> tuple[Transfer, ...]:
        """Return what is due for a batch under a policy."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A method of this package; see `PaymentMethod`."""

    name: str
    title: Text
    needs: tuple[str, ...]
    price: Callable[[PolicyView, Batch], tuple[Transfer, ...]]
    lasts_months: int = 0
    takes: Taken = "events"
