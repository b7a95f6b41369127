"""The policy's terms of splitting an episode's payment (`payment/referral/split`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongchou.core.explanation import ParameterRead
from tongchou.payment.referral.stay import LEVEL_ORDER
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class SplitTerms:
    """How payment follows the patient; what the method does not ask is empty or zero.

    Attributes:
        method: `none`, `phase_split`, `transfer_per_diem`, `full_to_sender` or `receiver_own`.
        direction: `up`, `down` or `both`: the referrals that are split.
        amount: What of a stay is split, `standard` or `payable`.
        limit: `sender` or `higher`: whose amount the two payments may not exceed.
        over: `cap` or `refuse`.
        phase_costs: `actual` or `reference`.
        receiver: `own_group` or `bed_day`.
        bed_day_fen: Rate of a day at the receiver, by its level.
        sender_floor_e4: The sender's least part of its own amount x 10,000.
        reads: The parameters read.
        view: Where the contract price of a receiver is read.
    """

    method: str
    direction: str
    amount: str
    limit: str
    over: str
    phase_costs: str
    receiver: str
    bed_day_fen: Mapping[str, int]
    sender_floor_e4: int
    reads: tuple[ParameterRead, ...]
    view: PolicyView

    def contract_price(self, institution_id: str) -> tuple[int, tuple[ParameterRead, ...]]:
        """Return the contract price of a receiver, fen, and its reading."""
        with self.view.recording() as reads:
            price = self.view.fen("payment/referral/split/contract_price", institution_id=institution_id)
        return price, tuple(reads)


def read_split(view: PolicyView) -> SplitTerms:
    """Read the terms; of a method only what it asks, so that another method's values need not be given."""
    place = "payment/referral/split"
    with view.recording() as reads:
        method = view.text(f"{place}/method")

        def text_if(asking: tuple[str, ...], name: str) -> str:
            return view.text(f"{place}/{name}") if method in asking else ""

        some = ("phase_split", "transfer_per_diem", "full_to_sender", "receiver_own")
        receiver = text_if(("transfer_per_diem",), "receiver")
        return SplitTerms(
            method=method,
            direction=text_if(some, "direction"),
            amount=text_if(some, "amount"),
            limit=text_if(some, "limit"),
            over=text_if(some[1:], "over"),
            phase_costs=text_if(("phase_split",), "phase_costs"),
            receiver=receiver,
            bed_day_fen={level: view.fen(f"{place}/bed_day_rate", level=level) for level in LEVEL_ORDER}
            if receiver == "bed_day"
            else {},
            sender_floor_e4=view.e4(f"{place}/sender_floor") if method == "receiver_own" else 0,
            reads=tuple(reads),
            view=view,
        )
