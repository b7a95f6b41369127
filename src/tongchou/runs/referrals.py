"""The stage of a run that finds what referrals are worth: transfers, deductions, and who loses by them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from tongchou.core.explanation import ParameterRead
from tongchou.payment.referral.deduction import Deduction, Event, is_automatic, post, propose
from tongchou.payment.referral.episodes import Arrival, Episodes, Link, form_episodes
from tongchou.payment.referral.losses import ROLE, LossReport, report_losses
from tongchou.payment.referral.payments import EpisodePayments, pay_episode, split_transfers
from tongchou.payment.referral.split_terms import SplitTerms, read_split
from tongchou.payment.referral.top_up import TopUp, TopUpTerms, read_top_up, top_up_transfers, top_ups
from tongchou.payment.referral.up_reward import PURPOSE as UP_REWARD
from tongchou.payment.referral.up_reward import RULE as UP_REWARD_RULE
from tongchou.payment.referral.up_reward import UpReward, up_reward
from tongchou.payment.referral.validity import ValidityTerms, judge, read_validity
from tongchou.payment.transfer import FUND, Party, Transfer
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts, institutions_of
from tongchou.runs.referral_facts import NamedReferral, referrals_of, sender_years
from tongchou.runs.region import Period, RegionPolicy
from tongchou.store.engine import Frame


@dataclass(frozen=True, slots=True)
class ReferralMoney:
    """What a period's referrals come to; empty where the policy asks for nothing of it.

    Attributes:
        transfers: Splits, top-ups, up-referral rewards, and deductions that are posted without review.
        episodes: The episodes, and the referrals that are part of none with their reasons.
        payments: What each episode's stays are paid.
        top_ups: What each institution got for each referral, with what a cap cut.
        up_rewards: Of every institution, where the policy rewards up-referrals.
        deductions: For refusals and other faults: posted, or proposed and waiting for review.
        without_basis: Faults of which a rate cannot be taken, for their stay is not priced in the period.
        losses: Who loses by a valid referral; None where the policy asks for no report.
        reads: Every parameter that was read for it, each once.
    """

    transfers: tuple[Transfer, ...]
    episodes: Episodes
    payments: tuple[EpisodePayments, ...]
    top_ups: tuple[TopUp, ...]
    up_rewards: tuple[UpReward, ...]
    deductions: tuple[Deduction, ...]
    without_basis: tuple[Event, ...]
    losses: LossReport | None
    reads: tuple[ParameterRead, ...]


@dataclass(frozen=True, slots=True)
class LossRow:
    """A loss as a row of a worksheet.

    Attributes:
        episode_id: The episode.
        referral_id: The referral.
        institution_id: The member.
        institution_zh, institution_en: Its names.
        role_zh, role_en: Sender or receiver.
        income_fen, cost_fen: What it has for its stays and what they cost it.
        without_fen: What it would have had left without the referral.
        amount_fen: The loss.
        rule: The rule by which it is one.
        reason_zh, reason_en: The same in words.
    """

    episode_id: str
    referral_id: str
    institution_id: str
    institution_zh: str
    institution_en: str
    role_zh: str
    role_en: str
    income_fen: int
    cost_fen: int
    without_fen: int
    amount_fen: int
    rule: str
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for the referrals of a stretch of days."""

    validity: ValidityTerms
    split: SplitTerms
    top_up: TopUpTerms | None


def referral_money(
    facts: Facts, policy: RegionPolicy, period: Period, priced: Frame, faults: Sequence[Event] = ()
) -> ReferralMoney:
    """Find what a period's referrals come to.

    A referral is judged, split and topped up by the terms of the day that decides the stay after it, as that stay's
    price is (where there is no such stay, of the day of filing). What concerns the whole year (the reward for
    up-referrals, the loss report) is read on its last day. On days on which the policy gives no split, no top-up, no
    reward and no report, referrals are not looked at. The order of the rows does not matter.

    Args:
        facts: The region's tables.
        policy: Its policy.
        period: The settled year.
        priced: Its priced cases.
        faults: Faults that were found elsewhere, such as false referrals, of which those of the period are taken;
            refusals are taken from the referrals themselves.
    """
    last = policy.at(period.end)
    stretches = [(start, end, policy.at(start)) for start, end in policy.stretches(period)]

    @cache
    def on(day: date) -> PolicyView:
        held = min(max(day, period.start), period.end)
        return next(view for start, end, view in stretches if start <= held <= end)

    terms = {
        view.on: _Terms(read_validity(view), read_split(view), read_top_up(view))
        for _, _, view in stretches
        if _is_asked(view)
    }
    has_deductions = any(_has_deductions(view) for _, _, view in stretches)
    if not terms and not has_deductions:
        return replace(_NOTHING, reads=_read(last, stretches))
    named = referrals_of(facts, last.text("payment/deciding_date"), period, priced)
    judged = [each for each in named if on(_deciding_day(each)).on in terms]
    episodes = form_episodes(
        judge(terms[on(_deciding_day(each)).on].validity, each.referral, each.sender, each.receiver) for each in judged
    )

    def of(link: Link | Arrival) -> _Terms:
        return terms[on(link.receiver.decided_on).on]

    payments = tuple(pay_episode(episode, lambda link: of(link).split) for episode in episodes.episodes)
    granted = top_ups(episodes.valid, lambda link: of(link).top_up)
    rewards = _up_rewards(facts, last, period, priced, episodes) if terms else ()
    found = [each for each in faults if period.start <= each.found_on <= period.end]
    deductions, deducted, without_basis = _deductions(on, [*_refusals(named, period), *found])
    transfers = [
        *(transfer for each in payments for transfer in split_transfers(each)),
        *top_up_transfers(granted),
        *_reward_transfers(rewards, period),
        *deducted,
    ]
    paid = {(each.referral_id, each.institution_id): each.paid_fen for each in granted}
    losses = report_losses(last, payments, paid) if last.has("payment/referral/loss/cost") else None
    return ReferralMoney(
        transfers=tuple(sorted(transfers, key=_order)),
        episodes=episodes,
        payments=payments,
        top_ups=granted,
        up_rewards=rewards,
        deductions=deductions,
        without_basis=without_basis,
        losses=losses,
        reads=_read(last, stretches),
    )


def loss_rows(facts: Facts, period: Period, report: LossReport | None) -> list[LossRow]:
    """Return the losses as rows for a worksheet, in the report's order, with the institutions' names."""
    if report is None:
        return []
    records = institutions_of(facts, period)
    return [
        LossRow(
            episode_id=loss.episode_id,
            referral_id=loss.referral_id,
            institution_id=loss.institution_id,
            institution_zh=records[loss.institution_id]["name_zh"],
            institution_en=records[loss.institution_id]["name_en"],
            role_zh=ROLE[loss.role].zh,
            role_en=ROLE[loss.role].en,
            income_fen=loss.income_fen,
            cost_fen=loss.cost_fen,
            without_fen=loss.without_fen,
            amount_fen=loss.amount_fen,
            rule=loss.rule,
            reason_zh=loss.reason.zh,
            reason_en=loss.reason.en,
        )
        for loss in report.losses
    ]


_NOTHING = ReferralMoney((), Episodes((), (), ()), (), (), (), (), (), None, ())


def _read(last: PolicyView, stretches: Sequence[tuple[date, date, PolicyView]]) -> tuple[ParameterRead, ...]:
    views = (last, *(view for _, _, view in stretches))
    return tuple(dict.fromkeys(read for view in views for read in view.reads))


def _is_asked(view: PolicyView) -> bool:
    """Return whether the policy makes anything of valid referrals on a day."""
    return (
        view.text("payment/referral/split/method") != "none"
        or view.text("payment/referral/up_reward/method") != "off"
        or view.has("payment/referral/top_up/rate")
        or view.has("payment/referral/loss/cost")
    )


def _has_deductions(view: PolicyView) -> bool:
    return view.has("payment/referral/deduction/basis")


def _deciding_day(named: NamedReferral) -> date:
    return named.receiver.decided_on if named.receiver else named.referral.requested_on


def _up_rewards(
    facts: Facts, view: PolicyView, period: Period, priced: Frame, episodes: Episodes
) -> tuple[UpReward, ...]:
    if view.text("payment/referral/up_reward/method") == "off":
        return ()
    sent: Mapping[str, int] = Counter(
        each.referral.from_institution_id for each in episodes.valid if each.referral.direction == "up"
    )
    return tuple(up_reward(view, year) for year in sender_years(facts, period, priced, sent))


def _reward_transfers(rewards: Sequence[UpReward], period: Period) -> list[Transfer]:
    month = f"{period.end:%Y-%m}"
    return [
        Transfer(
            UP_REWARD_RULE, UP_REWARD, FUND, Party("institution", each.institution_id), month, each.amount_fen,
            each.institution_id, each.step,
        )
        for each in rewards
        if each.amount_fen
    ]  # fmt: skip


def _refusals(named: Sequence[NamedReferral], period: Period) -> list[Event]:
    """Return the referrals that were refused as faults of their receivers, of the stay that was to be sent on."""
    return [
        Event(
            referral_id=each.referral.referral_id,
            institution_id=each.referral.to_institution_id,
            fault="refusal",
            found_on=min(max(each.referral.requested_on, period.start), period.end),
            payable_fen=each.sender.price.payable_fen if each.sender and each.sender.price else None,
        )
        for each in named
        if each.referral.state == "rejected"
    ]


def _deductions(
    on: Callable[[date], PolicyView], events: Sequence[Event]
) -> tuple[tuple[Deduction, ...], list[Transfer], tuple[Event, ...]]:
    deductions, transfers, without_basis = [], [], []
    for event in sorted(events, key=lambda each: (each.referral_id, each.institution_id, each.fault)):
        view = on(event.found_on)
        if not _has_deductions(view):
            continue
        if event.payable_fen is None and view.text("payment/referral/deduction/basis") == "rate":
            without_basis.append(event)
            continue
        deduction = propose(view, event)
        if is_automatic(view):
            deduction, transfer = post(view, deduction, event.found_on)
            transfers.extend([transfer] if transfer else [])
        deductions.append(deduction)
    return tuple(deductions), transfers, tuple(without_basis)


def _order(transfer: Transfer) -> tuple[str, ...]:
    parties = (transfer.payer.kind, transfer.payer.party_id, transfer.payee.kind, transfer.payee.party_id)
    return (transfer.month, transfer.rule, transfer.subject, *parties)
