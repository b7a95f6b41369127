"""Why money is due beside the price of cases: an institution's by rule, an event's or group of heads', a referral's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.events.router import KINDS, RoutedTransfer
from tongchou.payment.referral.deduction import FAULT
from tongchou.payment.referral.deduction import PURPOSE as DEDUCTION
from tongchou.payment.referral.losses import LossReport
from tongchou.payment.referral.payments import PURPOSE as SPLIT
from tongchou.payment.referral.payments import EpisodePayments
from tongchou.payment.referral.top_up import PURPOSE as TOP_UP
from tongchou.payment.transfer import Party, Transfer
from tongchou.runs.beside_words import party_name, rule_name
from tongchou.runs.referrals import ReferralMoney

BESIDE = "settlement.beside"
LARGEST = 5
"""How many amounts of a rule are explained one by one where nobody asks for more."""

_OWED = Text("应收", "owed to it")
_OWES = Text("应付", "owed by it")
_ASK = {
    "payment.events.": Text("--event 事件号", "--event EVENT_ID"),
    "payment.referral.": Text("--referral 转诊单号", "--referral REFERRAL_ID"),
}
"""How a single amount of a rule is asked for."""


@dataclass(frozen=True, slots=True)
class _Side:
    """What an institution is owed by one rule, or owes by it."""

    rule: str
    direction: Text
    transfers: tuple[Transfer, ...]

    @property
    def amount_fen(self) -> int:
        return sum(each.amount_fen for each in self.transfers)


def institution_step(transfers: Sequence[Transfer], institution_id: str, largest: int = LARGEST) -> Step | None:
    """Explain what an institution owes and is owed beside its cases: a step for every rule and direction.

    Args:
        transfers: All of the year's transfers.
        institution_id: The institution.
        largest: How many amounts of each rule are explained, the largest first.

    Returns:
        The step; None where there is nothing.
    """
    sides = _sides(transfers, Party("institution", institution_id))
    if not sides:
        return None
    owed, owes = (sum(each.amount_fen for each in sides if each.direction == way) for way in (_OWED, _OWES))
    shown = [format_yuan(amount) for amount in (owed, owes, owed - owes)]
    return Step(
        BESIDE,
        Text("病例以外的款项", "Money beside cases"),
        Text(
            f"应收 {shown[0]} 元，应付 {shown[1]} 元，净额 {shown[2]} 元",
            f"{shown[0]} yuan owed to it, {shown[1]} owed by it, {shown[2]} net",
        ),
        children=tuple(_side_step(side, largest) for side in sides),
    )


def event_step(events: Sequence[RoutedTransfer], event_id: str) -> Step | None:
    """Explain all that is due for a service event, or for a group of heads.

    A group of heads is named as its amounts are, or by the part before a `/`: all parts of it are then explained.

    Args:
        events: All of the year's events and heads.
        event_id: The event or group.

    Returns:
        The step; None where nothing of the year is called so.
    """
    own = [each for each in events if each.transfer.subject == event_id]
    own = own or [each for each in events if each.transfer.subject.startswith(f"{event_id}/")]
    if not own:
        return None
    kinds = [KINDS[kind] for kind in sorted({each.kind for each in own})]
    words = Text("、".join(kind.zh for kind in kinds), ", ".join(kind.en for kind in kinds))
    transfers = [each.transfer for each in own]
    return Step(
        f"{BESIDE}.event",
        Text(f"{words.zh} {event_id}", f"{words.en} {event_id}"),
        _sum_words(transfers),
        facts=_months(transfers),
        children=tuple(_transfer_step(each, each.explanation) for each in transfers),
    )


def referral_step(money: ReferralMoney, referral_id: str) -> Step | None:
    """Explain a referral whole: its validity, split and top-up, what is deducted for it, who loses by it.

    What a split moves counts for the whole episode, so all of that is shown with each of its referrals.

    Args:
        money: What the year's referrals come to.
        referral_id: The referral.

    Returns:
        The step; None where the year knows nothing of it.
    """
    judged = (*money.episodes.valid, *money.episodes.rejected)
    validity = [each.step for each in judged if each.referral.referral_id == referral_id]
    payments = next((each for each in money.payments if referral_id in _referrals(each)), None)
    moved = [
        each
        for each in money.transfers
        if (each.purpose in (TOP_UP, DEDUCTION) and each.subject == referral_id)
        or (each.purpose == SPLIT and payments and each.subject == payments.episode.episode_id)
    ]
    children = (
        *validity,
        *(_split_steps(payments, referral_id) if payments else ()),
        *(_transfer_step(each, _bare(each.explanation)) for each in moved if each.purpose == SPLIT),
        # Not by the transfers: a top-up that a cap left nothing of is explained too.
        *(_bare(each.step) for each in money.top_ups if each.referral_id == referral_id),
        *_deduction_steps(money, referral_id),
        *(_loss_steps(money.losses, referral_id) if money.losses and payments else ()),
    )
    if not children:
        return None
    return Step(
        f"{BESIDE}.referral",
        Text(f"转诊 {referral_id}", f"Referral {referral_id}"),
        _sum_words(moved),
        facts=_episode_facts(payments) if payments else (),
        children=children,
    )


def _sides(transfers: Sequence[Transfer], own: Party) -> list[_Side]:
    found: dict[tuple[str, bool], list[Transfer]] = {}
    for each in transfers:
        if own in (each.payer, each.payee):
            found.setdefault((each.rule, each.payer == own), []).append(each)
    return [_Side(rule, _OWES if owes else _OWED, tuple(own)) for (rule, owes), own in sorted(found.items())]


def _side_step(side: _Side, largest: int) -> Step:
    ordered = sorted(side.transfers, key=lambda each: (-each.amount_fen, each.month, each.subject))
    rest = ordered[largest:]
    name = rule_name(side.rule, tuple(sorted({each.purpose for each in side.transfers})))
    sums = _sum_words(side.transfers)
    return Step(
        f"{BESIDE}.rule",
        Text(f"{name.zh}，{side.direction.zh}", f"{name.en}, {side.direction.en}"),
        sums,
        facts=(Fact(Text("规则", "rule"), side.rule), *_months(side.transfers)),
        children=(
            *(_transfer_step(each, each.explanation) for each in ordered[:largest]),
            *((_rest_step(side.rule, rest, len(ordered)),) if rest else ()),
        ),
    )


def _rest_step(rule: str, rest: Sequence[Transfer], count: int) -> Step:
    one = next((words for stem, words in _ASK.items() if rule.startswith(stem)), None)
    more = Text(f"用 --largest {count} 逐笔显示全部", f"--largest {count} shows all of them")
    how = Text(f"{more.zh}，用 {one.zh} 查问其中一笔", f"{more.en}, {one.en} one of them") if one else more
    sums = _sum_words(rest)
    return Step(
        f"{BESIDE}.rest",
        Text("其余未逐笔列出", "Others, not shown one by one"),
        Text(f"{sums.zh}；{how.zh}", f"{sums.en}; {how.en}"),
    )


def _transfer_step(transfer: Transfer, explanation: Step) -> Step:
    payer, payee = party_name(transfer.payer), party_name(transfer.payee)
    return Step(
        f"{BESIDE}.transfer",
        Text(
            f"{transfer.subject}，{transfer.month}，{payer.zh} → {payee.zh}",
            f"{transfer.subject}, {transfer.month}, {payer.en} → {payee.en}",
        ),
        Text(f"{format_yuan(transfer.amount_fen)} 元", f"{format_yuan(transfer.amount_fen)} yuan"),
        children=(explanation,),
    )


def _split_steps(payments: EpisodePayments, referral_id: str) -> Iterator[Step]:
    for link, split in zip(payments.episode.links, payments.splits, strict=True):
        if link.referral.referral_id == referral_id:
            yield _bare(split.step)


def _deduction_steps(money: ReferralMoney, referral_id: str) -> Iterator[Step]:
    for deduction in money.deductions:
        if deduction.event.referral_id == referral_id:
            yield deduction.step
    for event in money.without_basis:
        if event.referral_id == referral_id:
            yield Step(
                "payment.referral.deduction.without_basis",
                Text(f"{FAULT[event.fault].zh}扣减", f"Deduction: {FAULT[event.fault].en}"),
                Text(
                    "相关住院不在本结算期，无法按比例扣减",
                    "the stay is not priced in the period: there is nothing to take a rate of",
                ),
                facts=(Fact(Text("机构", "institution"), event.institution_id),),
            )


def _loss_steps(report: LossReport, referral_id: str) -> Iterator[Step]:
    losses = [loss.step for loss in report.losses if loss.referral_id == referral_id]
    if losses:
        yield from (_bare(step) for step in losses)
        return
    outcome = Text("没有成员因此受损", "no member loses by it")
    if referral_id in report.unknown:
        outcome = Text("缺少一次住院的支付或费用，无法比较", "payment or cost of a stay is not known: not compared")
    yield Step(report.step.rule, report.step.title, outcome, parameters=report.step.parameters)


def _episode_facts(payments: EpisodePayments) -> tuple[Fact, ...]:
    label = Text("所属转诊过程（其各次转诊）", "part of the episode (its referrals)")
    return (Fact(label, f"{payments.episode.episode_id} ({', '.join(_referrals(payments))})"),)


def _referrals(payments: EpisodePayments) -> tuple[str, ...]:
    return tuple(link.referral.referral_id for link in payments.episode.links)


def _bare(step: Step) -> Step:
    """Return a step without what is below it, where that is shown beside it."""
    return replace(step, children=())


def _sum_words(transfers: Sequence[Transfer]) -> Text:
    count, amount = len(transfers), format_yuan(sum(each.amount_fen for each in transfers))
    return Text(f"{count} 笔，共 {amount} 元", f"{count} amounts, {amount} yuan")


def _months(transfers: Sequence[Transfer]) -> tuple[Fact, ...]:
    by_month: dict[str, list[int]] = {}
    for each in transfers:
        by_month.setdefault(each.month, []).append(each.amount_fen)
    return tuple(
        Fact(Text(f"{month}（笔 / 元）", f"{month} (amounts / yuan)"), f"{len(own)} / {format_yuan(sum(own))}")
        for month, own in sorted(by_month.items())
    )
