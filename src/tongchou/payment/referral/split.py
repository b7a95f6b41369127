"""DRG follows the patient (支付随患者走): how sender and receiver share an episode (payment formulas §10.4)."""

from dataclasses import dataclass

from tongchou.core.explanation import Deferred, Explanation, Fact, ParameterRead, Step, told
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, scale, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.referral.episodes import Link
from tongchou.payment.referral.split_terms import SplitTerms
from tongchou.payment.referral.stay import Stay, StayPrice

OWN = "payment.referral.split.own"
"""The rule of a referral that is not split."""


@dataclass(frozen=True, slots=True)
class Split:
    """What sender and receiver of one referral are paid for their stays.

    Where it is split, `sender_fen + receiver_fen <= limit_fen`, both are never negative.

    Attributes:
        rule: `payment.referral.split.` and the method; `own` where nothing is split.
        sender_fen: The sender's, after what it passes on, fen.
        receiver_fen: The receiver's, fen.
        passed_on_fen: Of the receiver's, what the sender pays and not the fund, fen.
        limit_fen: What both may come to.
        why: The explanation.
    """

    rule: str
    sender_fen: int
    receiver_fen: int
    passed_on_fen: int
    limit_fen: int
    why: Explanation

    @property
    def step(self) -> Step:
        """The explanation, written out."""
        return told(self.why)

    @property
    def is_split(self) -> bool:
        """Whether the payments are others than each stay's own."""
        return self.rule != OWN


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a method gives before the limit: the sender's, the receiver's, what is passed on, and why."""

    sender_fen: int
    receiver_fen: int
    facts: tuple[Fact, ...]
    reads: tuple[ParameterRead, ...] = ()
    is_passed_on: bool = False


def split_link(terms: SplitTerms, link: Link, earlier: Split | None = None) -> Split:
    """Split what a referral's sender has between sender and receiver.

    With S the amount at the sender (its own, or what an earlier split of the chain left it) and L the limit (S, or
    the receiver's own amount where the policy takes the higher and it is):

    * `phase_split`: L by the costs of the two stays, parts by largest remainder.
    * `transfer_per_diem`: the sender min(S, S / mean length of stay x (days + 1)), rounded once; the receiver its
      own amount or its days x the rate of a bed-day.
    * `full_to_sender`: L to the sender, which pays the receiver the contract price.
    * `receiver_own`: the receiver its own amount; the sender L less that, at least the floor's part of S.

    Where both come to more than L, the receiver's part is cut to what is left, or nothing is split at all. A split
    replaces all that the two stays were paid, also what an outlier was paid above its standard.

    Args:
        terms: The policy.
        link: The referral.
        earlier: The split of the referral before it in the chain.
    """
    sender, receiver = link.sender.price, link.receiver.price
    if terms.method == "none":
        return _own(terms, link, earlier, Text("各按各的标准", "each stay by its own standard"))
    if terms.direction not in ("both", link.referral.direction):
        return _own(terms, link, earlier, Text("该方向不分配", "this direction is not split"))
    if sender is None or receiver is None:
        return _own(terms, link, earlier, Text("有一次住院不在本结算期", "a stay is not priced in this period"))
    held = earlier.receiver_fen if earlier and earlier.is_split else sender.amount(terms.amount)
    own = receiver.amount(terms.amount)
    if held <= 0 or own < 0:
        return _own(terms, link, earlier, Text("转出住院没有可分配的金额", "the sender's stay has nothing to split"))
    limit = max(held, own) if terms.limit == "higher" else held
    parts = _parts(terms, link, held, own, limit)
    if isinstance(parts, Text):
        return _own(terms, link, earlier, parts)
    return _limited(terms, link, earlier, held, limit, parts)


def _parts(terms: SplitTerms, link: Link, held: int, own: int, limit: int) -> _Parts | Text:
    match terms.method:
        case "phase_split":
            return _by_phase(terms, link, limit)
        case "transfer_per_diem":
            return _per_diem(terms, link, held, own)
        case "full_to_sender":
            price, reads = terms.contract_price(link.receiver.institution_id)
            shown = _yuan("合同价", "contract price", price)
            return _Parts(max(0, limit - price), price, (shown,), reads, is_passed_on=True)
        case _:
            floor = scale(held, terms.sender_floor_e4)
            facts = (_yuan("接收方自身金额", "the receiver's own", own), _yuan("转出方保底", "sender's floor", floor))
            return _Parts(max(limit - own, floor), own, facts)


def _by_phase(terms: SplitTerms, link: Link, limit: int) -> _Parts | Text:
    before, after = link.sender.cost(terms.phase_costs), link.receiver.cost(terms.phase_costs)
    if before is None or after is None or before + after <= 0:
        return Text("缺少阶段费用", "the costs of the phases are not known")
    parts = split_largest_remainder(limit, {"sender": before, "receiver": after})
    facts = (
        _yuan("转出阶段费用", "cost of the sender's phase", before),
        _yuan("接收阶段费用", "cost of the receiver's phase", after),
    )
    return _Parts(parts["sender"], parts["receiver"], facts)


def _per_diem(terms: SplitTerms, link: Link, held: int, own: int) -> _Parts | Text:
    reference = link.sender.reference
    if reference is None:
        return Text("缺少转出病组的平均住院日", "the mean length of stay of the sender's group is not known")
    days = link.sender.los_days
    sender = min(held, divide_half_up(held * (days + 1) * E4, reference.los_e4))
    facts = (
        Fact(Text("平均住院日", "mean length of stay, days"), format_e4(reference.los_e4)),
        Fact(Text("转出方住院日", "days at the sender"), str(days)),
    )
    if terms.receiver == "own_group":
        return _Parts(sender, own, (*facts, _yuan("接收方自身金额", "the receiver's own", own)))
    rate = terms.bed_day_fen[link.receiver.level]
    by_day = link.receiver.los_days * rate
    at_receiver = Fact(Text("接收方住院日", "days at the receiver"), str(link.receiver.los_days))
    return _Parts(sender, by_day, (*facts, at_receiver, _yuan("床日标准", "rate of a bed-day", rate)))


def _limited(terms: SplitTerms, link: Link, earlier: Split | None, held: int, limit: int, parts: _Parts) -> Split:
    sender_fen = min(parts.sender_fen, limit)
    receiver_fen = min(parts.receiver_fen, limit - sender_fen)
    over = parts.sender_fen + parts.receiver_fen - limit
    rejected: tuple[Text, ...] = ()
    if over > 0:
        excess = format_yuan(over)
        if terms.over == "refuse":
            reason = Text(f"合计超出上限 {excess} 元，不作分配", f"{excess} yuan over the limit: not split")
            return _own(terms, link, earlier, reason)
        rejected = (
            Text(
                f"合计超出上限 {excess} 元，接收方由 {format_yuan(parts.receiver_fen)} 元减至上限",
                f"{excess} yuan over the limit: the receiver's {format_yuan(parts.receiver_fen)} is cut to it",
            ),
        )
    rule = f"payment.referral.split.{terms.method}"
    facts = (_yuan("转出方的金额", "amount at the sender", held), _yuan("上限", "limit", limit), *parts.facts)
    reads = (*terms.reads, *parts.reads)
    why = Deferred(_step, (rule, link, sender_fen, receiver_fen, facts, reads, rejected))
    passed_on = receiver_fen if parts.is_passed_on else 0
    return Split(rule, sender_fen, receiver_fen, passed_on, limit, why)


def _own(terms: SplitTerms, link: Link, earlier: Split | None, reason: Text) -> Split:
    sender = earlier.receiver_fen if earlier else _payable(link.sender)
    receiver = _payable(link.receiver)
    why = Deferred(_step, (OWN, link, sender, receiver, (), terms.reads, (reason,)))
    return Split(OWN, sender, receiver, 0, sender + receiver, why)


def _payable(stay: Stay) -> int:
    return (stay.price or StayPrice(0, 0, 0)).payable_fen


def _step(
    rule: str,
    link: Link,
    sender_fen: int,
    receiver_fen: int,
    facts: tuple[Fact, ...],
    reads: tuple[ParameterRead, ...],
    rejected: tuple[Text, ...],
) -> Step:
    sender, receiver = format_yuan(sender_fen), format_yuan(receiver_fen)
    referral_id = link.referral.referral_id
    return Step(
        rule,
        Text(f"转诊 {referral_id} 的支付分配", f"Payment of referral {referral_id}"),
        Text(f"转出方 {sender} 元，接收方 {receiver} 元", f"sender {sender} yuan, receiver {receiver} yuan"),
        facts,
        reads,
        rejected,
        children=(link.step,),
    )


def _yuan(zh: str, en: str, fen: int) -> Fact:
    return Fact(Text(f"{zh}（元）", f"{en}, yuan"), format_yuan(fen))
