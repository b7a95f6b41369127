"""The stage of a run that prices service events and heads: from a region's tables to what is due."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pyarrow as pa

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import ParameterRead
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch, Used
from tongchou.payment.events.event import Event
from tongchou.payment.events.follow_up import with_stops
from tongchou.payment.events.heads import month_after, month_start
from tongchou.payment.events.method import PaymentMethod
from tongchou.payment.events.registry import known_methods
from tongchou.payment.events.router import PARAMETER, RoutedTransfer, may_read, price_batch, route
from tongchou.payment.transfer import FUND
from tongchou.policy import PolicyView
from tongchou.runs.event_facts import ended_persons, has_events, service_events
from tongchou.runs.event_heads import HeadFacts, head_batch
from tongchou.runs.frames import Facts
from tongchou.runs.region import Period, RegionPolicy
from tongchou.schema.results import PRICED_EVENTS
from tongchou.schema.service_states import HEAD_KIND, SERVICE_EVENT_KIND
from tongchou.store.engine import Frame


@dataclass(frozen=True, slots=True)
class EventMoney:
    """What is due for a period's service events and heads.

    Attributes:
        transfers: In the order of the table `priced_events`, each with the method that found it.
        reads: Every parameter that was read for it, each once.
    """

    transfers: tuple[RoutedTransfer, ...]
    reads: tuple[ParameterRead, ...]


def event_money(
    facts: Facts,
    policy: RegionPolicy,
    period: Period,
    priced: Frame,
    methods: Mapping[str, PaymentMethod] | None = None,
) -> EventMoney:
    """Find what is due in a period for service events and heads.

    Each event is priced by the policy of its own day, each month of a head by that of its first day. Events of earlier
    years count as far as their method pays for months of this period. A region without such rows reads no policy but
    whether heads are paid, and nothing is due.

    Args:
        facts: The region's tables.
        policy: The region's policy.
        period: The year.
        priced: Its priced cases, for the comparison of head fees with actual cost.
        methods: The payment methods; those that are known where none are given.

    Raises:
        Problems: `payment.event_lacks`, every event of a kind that lacks what its method needs.
        TongchouError: `payment.no_method` for a kind that the policy names no method for; `runs.paid_twice` if a method
            names two amounts alike; whatever a method refuses.
    """
    known = known_methods() if methods is None else methods
    events = _events_of(facts, policy, period, known)
    heads = _heads(policy, period, known)
    paid_heads = [each for each in heads if each.is_paid]
    found: list[RoutedTransfer] = []
    views = [each.view for each in heads]
    if events or paid_heads:
        ended = ended_persons(facts, period)
        for view, transfers in _price_events(events, ended, policy, period, known):
            views.append(view)
            found += transfers
        for each in paid_heads:
            batch = head_batch(facts, each.view, each.kind, each.stretch, HeadFacts(period, priced, ended))
            found += price_batch(each.view, batch, known)
    first, last = f"{period.start:%Y-%m}", f"{period.end:%Y-%m}"
    due = sorted((each for each in found if first <= each.transfer.month <= last), key=_key)
    _require_named_once(due)
    return EventMoney(tuple(due), tuple(dict.fromkeys(read for view in views for read in view.reads)))


def priced_events_table(run_id: str, transfers: Sequence[RoutedTransfer]) -> pa.Table:
    """Return the transfers as rows of the table `priced_events`."""
    routed = sorted(transfers, key=_key)
    due = [each.transfer for each in routed]
    columns = {
        "run_id": [run_id] * len(due),
        "subject": [each.subject for each in due],
        "purpose": [each.purpose for each in due],
        "month": [each.month for each in due],
        "event_kind": [each.kind for each in routed],
        "method": [each.method for each in routed],
        "rule": [each.rule for each in due],
        "payer_kind": [each.payer.kind for each in due],
        "payer_id": [each.payer.party_id for each in due],
        "payee_kind": [each.payee.kind for each in due],
        "payee_id": [each.payee.party_id for each in due],
        "amount_fen": [each.amount_fen for each in due],
    }
    return pa.Table.from_pydict(columns, schema=PRICED_EVENTS.arrow_schema)


def kind_stretches(
    policy: RegionPolicy, kind: str, start: date, end: date, methods: Mapping[str, PaymentMethod]
) -> list[tuple[date, date]]:
    """Return the ranges of days, both inclusive, on which nothing that bears on a kind of event changes.

    What bears on it is its method, and every parameter that the method may read. A change of another parameter cuts
    nothing: a month's volume or a year's heads stay together.
    """
    merged: list[tuple[date, date]] = []
    before: object = None
    for from_day, until in policy.policy.segments(policy.start, start, end):
        answers = _answers(policy.at(from_day), kind, methods)
        if merged and answers == before:
            merged[-1] = (merged[-1][0], until)
        else:
            merged.append((from_day, until))
        before = answers
    return merged


def _events_of(facts: Facts, policy: RegionPolicy, period: Period, methods: Mapping[str, PaymentMethod]) -> list[Event]:
    """Return the events of the period, and the earlier ones that it may still owe for."""
    events = service_events(facts, period.start, period.end)
    reach = max((method.lasts_months for method in methods.values()), default=0)
    start, day_before = month_start(month_after(f"{period.start:%Y-%m}", -reach)), period.start - timedelta(days=1)
    if reach and has_events(facts, start, day_before):
        views = [policy.at(day) for day, _ in policy.policy.segments(policy.start, start, day_before)]
        lasting = {kind for kind in SERVICE_EVENT_KIND for view in views if _lasts(view, kind, methods)}
        events += service_events(facts, start, day_before, lasting)
    return events


def _price_events(
    events: Sequence[Event],
    ended: Mapping[str, date],
    policy: RegionPolicy,
    period: Period,
    methods: Mapping[str, PaymentMethod],
) -> Iterator[tuple[PolicyView, tuple[RoutedTransfer, ...]]]:
    by_kind: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_kind[event.kind].append(event)
    for kind, of_kind in sorted(by_kind.items()):
        used: dict[tuple[str, str], Used] = {}
        first_day = min(event.occurred_on for event in of_kind)
        stretches = list(_cut(kind_stretches(policy, kind, first_day, period.end, methods), period.start))
        lasting = any(_lasts(policy.at(from_day), kind, methods) for from_day, _ in stretches)
        known = with_stops(of_kind, ended) if lasting else of_kind
        for from_day, until in stretches:
            own = [event for event in known if from_day <= event.occurred_on <= until]
            if not own:
                continue
            view = policy.at(from_day)
            if until < period.start and not _lasts(view, kind, methods):
                continue
            transfers = price_batch(view, Batch(kind, tuple(own), used=dict(used)), methods)
            if period.start <= until < period.end:
                _use(used, own, transfers)
            yield view, transfers


@dataclass(frozen=True, slots=True)
class _Heads:
    """The heads of a kind in a stretch of days, and the policy of it."""

    kind: str
    stretch: tuple[date, date]
    view: PolicyView

    @property
    def is_paid(self) -> bool:
        return self.view.text("payment/events/heads/paid", event_kind=self.kind) == "paid"


def pays_heads(policy: RegionPolicy, period: Period, methods: Mapping[str, PaymentMethod]) -> bool:
    """Return whether heads of any kind are paid on any day of a period."""
    return any(each.is_paid for each in _heads(policy, period, methods))


def _heads(policy: RegionPolicy, period: Period, methods: Mapping[str, PaymentMethod]) -> list[_Heads]:
    return [
        _Heads(kind, stretch, policy.at(stretch[0]))
        for kind in HEAD_KIND
        for stretch in kind_stretches(policy, kind, period.start, period.end, methods)
    ]


def _cut(stretches: Iterable[tuple[date, date]], day: date) -> Iterator[tuple[date, date]]:
    """Yield the stretches, one that reaches over a day cut before it: a year's benefits begin anew."""
    for from_day, until in stretches:
        if from_day < day <= until:
            yield from_day, day - timedelta(days=1)
            yield day, until
        else:
            yield from_day, until


def _lasts(view: PolicyView, kind: str, methods: Mapping[str, PaymentMethod]) -> bool:
    """Return whether a kind of an earlier year may still be paid for; one that nothing paid for then is not now."""
    try:
        return route(view, kind, methods).method.lasts_months > 0
    except TongchouError as error:
        if error.code == "payment.no_method":
            return False
        raise


def _use(used: dict[tuple[str, str], Used], events: Sequence[Event], transfers: Sequence[RoutedTransfer]) -> None:
    paid: dict[str, int] = defaultdict(int)
    for each in transfers:
        if each.transfer.payer == FUND:
            paid[each.transfer.subject] += each.transfer.amount_fen
    for event in events:
        if event.person_id is not None and event.disease is not None and event.in_scope_fen is not None:
            key = (event.person_id, event.disease)
            before = used.get(key, Used())
            used[key] = Used(before.in_scope_fen + event.in_scope_fen, before.fund_fen + paid[event.event_id])


def _answers(view: PolicyView, kind: str, methods: Mapping[str, PaymentMethod]) -> object:
    """Return what answers on a day for everything that bears on a kind: equal answers, equal terms."""
    try:
        method = route(view, kind, methods).method.name
    except TongchouError as error:
        if error.code != "payment.no_method":
            raise
        method = ""
    names = sorted(name for name in view.chain.parameters if name == PARAMETER or may_read(method, name, methods))
    found = (view.chain.answer(name, view.on) for name in names)
    return method, [(answer.pack.region_id, answer.dated.valid_from) if answer else None for answer in found]


def _key(each: RoutedTransfer) -> tuple[str, str, str]:
    return each.transfer.subject, each.transfer.purpose, each.transfer.month


def _require_named_once(transfers: Sequence[RoutedTransfer]) -> None:
    for one, other in pairwise(transfers):
        if _key(one) == _key(other):
            raise TongchouError(
                "runs.paid_twice",
                what=Text("同一事件同一用途同一月份有两笔款项", "two amounts are due alike for one event"),
                where=f"{', '.join(_key(one))} ({one.method}, {other.method})",
                why=Text("每笔款项须能以事件、用途和月份辨认", "event, purpose and month must tell amounts apart"),
                remedy=Text("检查支付方法给出的 subject 与 purpose", "check subject and purpose that the method gives"),
            )
