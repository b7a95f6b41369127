"""What the stays of an episode are paid once its referrals are split, and the transfers that bring it about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tongchou.core.explanation import Deferred, Explanation, Fact, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.referral.episodes import Episode, Link
from tongchou.payment.referral.split import Split, split_link
from tongchou.payment.referral.split_terms import SplitTerms
from tongchou.payment.transfer import FUND, Party, Transfer

PURPOSE = "referral_split"


@dataclass(frozen=True, slots=True)
class EpisodePayments:
    """An episode's payments.

    Attributes:
        episode: The episode.
        splits: Of each of its referrals, in order.
        paid_fen: By case, what its institution has for it after all is passed on, fen; a stay that is not priced in
            the period has nothing here.
    """

    episode: Episode
    splits: tuple[Split, ...]
    paid_fen: Mapping[str, int]


def pay_episode(episode: Episode, terms_of: Callable[[Link], SplitTerms]) -> EpisodePayments:
    """Split an episode's referrals in the order of its stays.

    Each referral splits what its sender then has, so that a chain of splits whose limit is the sender's amount never
    pays more in all than the first sender's amount.

    Args:
        episode: The episode.
        terms_of: The terms that hold for a referral.
    """
    paid = {stay.case_id: stay.price.payable_fen for stay in episode.stays if stay.price}
    splits: list[Split] = []
    for link in episode.links:
        split = split_link(terms_of(link), link, splits[-1] if splits else None)
        if split.is_split:
            paid[link.sender.case_id] = split.sender_fen
            paid[link.receiver.case_id] = split.receiver_fen
        splits.append(split)
    return EpisodePayments(episode, tuple(splits), paid)


def split_transfers(payments: EpisodePayments) -> tuple[Transfer, ...]:
    """Return the transfers that turn what the stays were paid by their own standard into what they are paid.

    The fund pays or takes back each stay's difference, and a sender pays a receiver what it passes on. All count in
    the month of the last referral's receiver, when the episode's payments are known.
    """
    episode = payments.episode
    month = max(link.month for link in episode.links)
    behind = tuple(split for split in payments.splits if split.is_split)
    from_fund = dict(payments.paid_fen)
    transfers = []
    for link, split in zip(episode.links, payments.splits, strict=True):
        if split.passed_on_fen:
            from_fund[link.sender.case_id] += split.passed_on_fen
            from_fund[link.receiver.case_id] -= split.passed_on_fen
            parties = (_party(link.sender.institution_id), _party(link.receiver.institution_id))
            transfers.append(_transfer(split.rule, *parties, month, split.passed_on_fen, episode, split.why))
    for stay in episode.stays:
        if stay.price is None or not behind:
            continue
        difference = from_fund[stay.case_id] - stay.price.payable_fen
        parties = (FUND, _party(stay.institution_id))
        payer, payee = parties if difference > 0 else parties[::-1]
        if difference:
            why = Deferred(_difference_step, (stay.case_id, stay.price.payable_fen, from_fund[stay.case_id], behind))
            transfers.append(_transfer(behind[-1].rule, payer, payee, month, abs(difference), episode, why))
    return tuple(transfers)


def _difference_step(case_id: str, before: int, after: int, behind: tuple[Split, ...]) -> Step:
    return Step(
        behind[-1].rule,
        Text(f"住院 {case_id} 的支付调整", f"Payment of stay {case_id} adjusted"),
        Text(f"调整 {format_yuan(after - before)} 元", f"adjusted by {format_yuan(after - before)} yuan"),
        facts=(
            Fact(Text("按自身标准已付（元）", "paid by its own standard, yuan"), format_yuan(before)),
            Fact(Text("分配后由基金支付（元）", "paid by the fund after the split, yuan"), format_yuan(after)),
        ),
        children=tuple(split.step for split in behind),
    )


def _transfer(
    rule: str, payer: Party, payee: Party, month: str, amount_fen: int, episode: Episode, why: Explanation
) -> Transfer:
    return Transfer(rule, PURPOSE, payer, payee, month, amount_fen, episode.episode_id, why)


def _party(institution_id: str) -> Party:
    return Party("institution", institution_id)
