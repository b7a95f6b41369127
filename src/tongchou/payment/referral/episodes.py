"""Episodes: stays that valid referrals link into one course of treatment."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tongchou.core.explanation import Deferred, Explanation, Step, told
from tongchou.payment.referral.stay import Referral, Stay
from tongchou.payment.referral.validity import Judgement, Reason, judgement_step


@dataclass(frozen=True, slots=True)
class Link:
    """A valid referral between two stays.

    Attributes:
        referral: The referral.
        sender: The stay before it.
        receiver: The stay after it.
        why: Why it is valid.
    """

    referral: Referral
    sender: Stay
    receiver: Stay
    why: Explanation

    @property
    def step(self) -> Step:
        """Why it is valid, written out."""
        return told(self.why)

    @property
    def month(self) -> str:
        """The month that its money counts in: that of the receiver's stay."""
        return self.receiver.month


@dataclass(frozen=True, slots=True)
class Arrival:
    """A valid referral out of an outpatient visit to a stay: there is no stay before it, so nothing to split.

    Attributes:
        referral: The referral.
        receiver: The stay after it.
        why: Why it is valid.
    """

    referral: Referral
    receiver: Stay
    why: Explanation

    @property
    def step(self) -> Step:
        """Why it is valid, written out."""
        return told(self.why)

    @property
    def sender(self) -> None:
        """There is no stay before it."""
        return

    @property
    def month(self) -> str:
        """The month that its money counts in: that of the receiver's stay."""
        return self.receiver.month


@dataclass(frozen=True, slots=True)
class Episode:
    """A chain of stays, each referred to the next.

    Attributes:
        episode_id: The id of its first referral.
        person_id: Whose it is.
        links: Its referrals, in the order of the stays; at least one.
    """

    episode_id: str
    person_id: str
    links: tuple[Link, ...]

    @property
    def stays(self) -> tuple[Stay, ...]:
        """Its stays in order."""
        return (self.links[0].sender, *(link.receiver for link in self.links))


@dataclass(frozen=True, slots=True)
class Episodes:
    """What came of a period's referrals.

    Attributes:
        episodes: By id.
        arrivals: The valid referrals out of outpatient visits, by id.
        rejected: The referrals that are part of none, with their reasons, by id.
    """

    episodes: tuple[Episode, ...]
    arrivals: tuple[Arrival, ...]
    rejected: tuple[Judgement, ...]

    @property
    def links(self) -> tuple[Link, ...]:
        """Every valid referral between two stays."""
        return tuple(link for episode in self.episodes for link in episode.links)

    @property
    def valid(self) -> tuple[Link | Arrival, ...]:
        """Every valid referral, those out of outpatient visits last."""
        return (*self.links, *self.arrivals)


def form_episodes(judgements: Iterable[Judgement]) -> Episodes:
    """Join valid referrals into episodes; the order in which they are given does not matter.

    A stay is sent on by one referral at most and received by one at most, so it is part of one episode. Where several
    referrals claim a stay, the first filed has it (the lower id, filed on the same day); the others are rejected. A
    referral out of an outpatient visit claims the stay after it.
    """
    ordered = sorted(judgements, key=lambda each: (each.referral.requested_on, each.referral.referral_id))
    rejected = [each for each in ordered if each.reasons]
    by_sender: dict[str, Link] = {}
    arrivals: list[Arrival] = []
    received: set[str] = set()
    for each in ordered:
        if each.reasons or each.receiver is None:
            continue
        if _is_taken(each, by_sender, received):
            rejected.append(_refused(each, Reason.STAY_TAKEN))
            continue
        if each.sender is None:
            arrivals.append(Arrival(each.referral, each.receiver, each.why))
            received.add(each.receiver.case_id)
            continue
        link = Link(each.referral, each.sender, each.receiver, each.why)
        if _leads_to(by_sender, link.receiver.case_id, link.sender.case_id):
            rejected.append(_refused(each, Reason.CIRCLE))
        else:
            by_sender[link.sender.case_id] = link
            received.add(link.receiver.case_id)
    linked = {link.receiver.case_id for link in by_sender.values()}
    episodes = [_chain(by_sender, link) for case_id, link in by_sender.items() if case_id not in linked]
    return Episodes(
        tuple(sorted(episodes, key=lambda episode: episode.episode_id)),
        tuple(sorted(arrivals, key=lambda arrival: arrival.referral.referral_id)),
        tuple(sorted(rejected, key=lambda each: each.referral.referral_id)),
    )


def _is_taken(judgement: Judgement, by_sender: dict[str, Link], received: set[str]) -> bool:
    sender, receiver = judgement.sender, judgement.receiver
    return (receiver is not None and receiver.case_id in received) or (
        sender is not None and sender.case_id in by_sender
    )


def _leads_to(by_sender: dict[str, Link], start: str, end: str) -> bool:
    """Return whether the referrals taken so far lead from one stay to another; they hold no circle."""
    while start != end and start in by_sender:
        start = by_sender[start].receiver.case_id
    return start == end


def _chain(by_sender: dict[str, Link], first: Link) -> Episode:
    links = [first]
    while (following := by_sender.get(links[-1].receiver.case_id)) is not None:
        links.append(following)
    return Episode(first.referral.referral_id, first.referral.person_id, tuple(links))


def _refused(judgement: Judgement, reason: Reason) -> Judgement:
    reasons = (*judgement.reasons, reason)
    return replace(judgement, reasons=reasons, why=Deferred(judgement_step, (reasons, judgement.why)))
