"""No member should lose by a valid referral: the episodes in which one does, with amounts and reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tongchou.core.explanation import Deferred, Explanation, Fact, ParameterRead, Step, told
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.referral.episodes import Link
from tongchou.payment.referral.payments import EpisodePayments
from tongchou.payment.referral.split import Split
from tongchou.payment.referral.stay import Stay
from tongchou.policy import PolicyView

Role = Literal["sender", "receiver"]

ROLE = {"sender": Text("转出方", "sender"), "receiver": Text("接收方", "receiver")}
RULES: Mapping[Role, str] = {
    "sender": "payment.referral.loss.sender",
    "receiver": "payment.referral.loss.receiver",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """A member that is worse off by a referral than without it.

    `amount_fen = without_fen - (income_fen - cost_fen)`, always above zero.

    Attributes:
        episode_id: The episode.
        referral_id: The referral.
        institution_id: The member.
        role: `sender` or `receiver`.
        income_fen: What it has for its stays of the episode from this one on, top-ups included, fen.
        cost_fen: What these stays cost it.
        without_fen: What it would have had left without the referral; negative: lost.
        amount_fen: The loss by the referral.
        rule: The rule by which it counts as a loss.
        reason: The same in words.
        why: The explanation.
    """

    episode_id: str
    referral_id: str
    institution_id: str
    role: Role
    income_fen: int
    cost_fen: int
    without_fen: int
    amount_fen: int
    rule: str
    reason: Text
    why: Explanation

    @property
    def step(self) -> Step:
        """The explanation, written out."""
        return told(self.why)


@dataclass(frozen=True, slots=True)
class LossReport:
    """The losses of a period's valid referrals.

    Attributes:
        losses: By episode, referral and role.
        referrals: Valid referrals that could be compared.
        unknown: Ids of referrals that could not: a stay is not priced in the period, or has no reference cost.
        step: The summary as an explanation.
    """

    losses: tuple[Loss, ...]
    referrals: int
    unknown: tuple[str, ...]
    step: Step

    @property
    def amount_fen(self) -> int:
        """The sum of the losses, fen."""
        return sum(loss.amount_fen for loss in self.losses)


def report_losses(
    view: PolicyView, payments: Iterable[EpisodePayments], top_ups_fen: Mapping[tuple[str, str], int]
) -> LossReport:
    """Compare, for each valid referral, what sender and receiver have with it and without it.

    The receiver would not have had the patient: without the referral it has nothing and spends nothing. The sender
    would have been paid its own amount and, by `payment/referral/loss/without`, either have treated to the end
    (`sender_completes`: it bears the cost of every later stay of the episode too) or discharged as it did
    (`sender_discharges`). A member that has several stays of an episode is compared by all of them from the
    referral's on.

    Args:
        view: The policy.
        payments: The episodes with their payments.
        top_ups_fen: What (referral, institution) got as a top-up, fen.
    """
    with view.recording() as reads:
        basis = view.text("payment/referral/loss/cost")
        without = view.text("payment/referral/loss/without")
    losses: list[Loss] = []
    unknown: list[str] = []
    compared = 0
    for each in sorted(payments, key=lambda one: one.episode.episode_id):
        for position, link in enumerate(each.episode.links):
            pair = _compare(each, position, basis, without, top_ups_fen, tuple(reads))
            if pair is None:
                unknown.append(link.referral.referral_id)
            else:
                compared += 1
                losses.extend(loss for loss in pair if loss.amount_fen > 0)
    return LossReport(tuple(losses), compared, tuple(unknown), _summary(losses, compared, unknown, tuple(reads)))


def _compare(
    payments: EpisodePayments,
    position: int,
    basis: str,
    without: str,
    top_ups_fen: Mapping[tuple[str, str], int],
    reads: tuple[ParameterRead, ...],
) -> tuple[Loss, Loss] | None:
    episode = payments.episode
    link = episode.links[position]
    later = episode.stays[position:]
    costs = {stay.case_id: cost for stay in later if (cost := stay.cost(basis)) is not None}
    price = link.sender.price
    if price is None or len(costs) < len(later) or any(stay.case_id not in payments.paid_fen for stay in later):
        return None
    own_cost = costs[link.sender.case_id]
    borne = sum(costs.values()) if without == "sender_completes" else own_cost
    senders_top_ups = sum(
        top_ups_fen.get((each.referral.referral_id, link.sender.institution_id), 0) for each in episode.links[position:]
    )
    receivers_top_up = top_ups_fen.get((link.referral.referral_id, link.receiver.institution_id), 0)

    def loss(role: Role, stays: Iterable[Stay], added: int, without_fen: int) -> Loss:
        own = [stay.case_id for stay in stays]
        income = sum(payments.paid_fen[case_id] for case_id in own) + added
        cost = sum(costs[case_id] for case_id in own)
        return _loss(payments, link, role, (income, cost, without_fen), reads)

    at_sender = [stay for stay in later if stay.institution_id == link.sender.institution_id]
    return (
        loss("sender", at_sender, senders_top_ups, price.payable_fen - borne),
        loss("receiver", [link.receiver], receivers_top_up, 0),
    )


def _loss(
    payments: EpisodePayments,
    link: Link,
    role: Role,
    figures: tuple[int, int, int],
    reads: tuple[ParameterRead, ...],
) -> Loss:
    income, cost, without = figures
    amount = without - (income - cost)
    institution_id = (link.sender if role == "sender" else link.receiver).institution_id
    reason = {
        "sender": Text("转诊后的结余低于不转诊", "it has less left than without the referral"),
        "receiver": Text("收入不抵成本", "its income does not cover its cost"),
    }[role]
    referral_id = link.referral.referral_id
    why = Deferred(_loss_step, (RULES[role], referral_id, institution_id, (*figures, amount), payments.splits, reads))
    return Loss(
        payments.episode.episode_id, referral_id, institution_id, role, income, cost, without, amount, RULES[role],
        reason, why,
    )  # fmt: skip


def _loss_step(
    rule: str,
    referral_id: str,
    institution_id: str,
    figures: tuple[int, int, int, int],
    splits: tuple[Split, ...],
    reads: tuple[ParameterRead, ...],
) -> Step:
    income, cost, without, amount = figures
    return Step(
        rule,
        Text(f"转诊 {referral_id} 对 {institution_id} 的影响", f"What referral {referral_id} does to {institution_id}"),
        Text(f"少得 {format_yuan(amount)} 元", f"{format_yuan(amount)} yuan less"),
        facts=(
            Fact(Text("收入（元）", "income, yuan"), format_yuan(income)),
            Fact(Text("成本（元）", "cost, yuan"), format_yuan(cost)),
            Fact(Text("不转诊时的结余（元）", "left without the referral, yuan"), format_yuan(without)),
        ),
        parameters=reads,
        children=tuple(split.step for split in splits),
    )


def _summary(losses: list[Loss], compared: int, unknown: list[str], reads: tuple[ParameterRead, ...]) -> Step:
    referrals = len({loss.referral_id for loss in losses})
    total = format_yuan(sum(loss.amount_fen for loss in losses))
    by_role = {role: [loss.amount_fen for loss in losses if loss.role == role] for role in RULES}
    missing = len(unknown)
    return Step(
        "payment.referral.loss",
        Text("转诊损失", "Losses by referrals"),
        Text(
            f"{compared} 次有效转诊中 {referrals} 次有成员受损，共 {total} 元",
            f"a member loses by {referrals} of {compared} valid referrals, {total} yuan in all",
        ),
        facts=tuple(
            Fact(
                Text(f"{ROLE[role].zh}（次 / 元）", f"{ROLE[role].en} (times / yuan)"),
                f"{len(amounts)} / {format_yuan(sum(amounts))}",
            )
            for role, amounts in by_role.items()
        ),
        parameters=reads,
        rejected=(Text(f"{missing} 次无法比较", f"{missing} could not be compared"),) if missing else (),
    )
