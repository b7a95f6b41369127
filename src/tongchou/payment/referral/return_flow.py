"""Return flow (回流): people referred down who are soon back at a higher level."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.explanation import Fact, Step
from tongchou.core.text import Text
from tongchou.payment.comparison import holds
from tongchou.payment.referral.episodes import Link
from tongchou.payment.referral.stay import LEVEL_ORDER, Stay
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class ReturnFlow:
    """How many came back.

    Attributes:
        down_referrals: Valid down-referrals.
        returned: The ids of those whose patient came back within the window.
        step: The explanation.
    """

    down_referrals: int
    returned: tuple[str, ...]
    step: Step

    @property
    def rate(self) -> Fraction | None:
        """Returns over valid down-referrals; None where there are none."""
        return Fraction(len(self.returned), self.down_referrals) if self.down_referrals else None


def return_flow(view: PolicyView, links: Iterable[Link], stays: Iterable[Stay]) -> ReturnFlow:
    """Count the returns after valid down-referrals.

    A return is a stay of the same person at a higher level than the receiver's, admitted on or after the day of the
    receiver's discharge and within `payment/referral/return_flow/window_days` of it.

    Args:
        view: The policy.
        links: Valid referrals; those up are passed over.
        stays: All stays among which a return may be.
    """
    with view.recording() as reads:
        window = view.whole("payment/referral/return_flow/window_days")
        comparison = view.text("payment/referral/return_flow/window_operator")
    by_person: dict[str, list[Stay]] = {}
    for stay in stays:
        by_person.setdefault(stay.person_id, []).append(stay)
    down = [link for link in links if link.referral.direction == "down"]
    returned = sorted(
        link.referral.referral_id
        for link in down
        if any(
            _is_return(link.receiver, stay, window, comparison) for stay in by_person.get(link.receiver.person_id, ())
        )
    )
    step = Step(
        "payment.referral.return_flow",
        Text("下转后回流", "Return flow"),
        Text(f"下转 {len(down)} 例，回流 {len(returned)} 例", f"{len(returned)} of {len(down)} came back"),
        facts=(Fact(Text("回流的转诊", "referrals with a return"), ", ".join(returned) or "-"),),
        parameters=tuple(reads),
    )
    return ReturnFlow(len(down), tuple(returned), step)


def _is_return(received: Stay, later: Stay, window: int, comparison: str) -> bool:
    days = (later.admitted_on - received.discharged_on).days
    is_higher = LEVEL_ORDER.index(later.level) > LEVEL_ORDER.index(received.level)
    return later.case_id != received.case_id and is_higher and days >= 0 and holds(comparison, days, window)
