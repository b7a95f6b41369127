"""What is due for events, taken by a trial from a finished run under whose policy it comes out the same."""

from typing import cast

import polars as pl

from tongchou.core.explanation import Deferred, Step
from tongchou.core.text import Text
from tongchou.payment.events.registry import BUILT_IN, known_methods
from tongchou.payment.events.router import FOLDER, PARAMETER, RoutedTransfer
from tongchou.payment.transfer import Party, Transfer
from tongchou.policy.chain import Dated
from tongchou.policy.pack import Pack
from tongchou.runs.alike import has_same_facts, policy_of
from tongchou.runs.events import EventMoney, pays_heads
from tongchou.runs.finished import finished_rows, kept_file
from tongchou.runs.frames import hash_rows
from tongchou.runs.order import Work
from tongchou.runs.record import RunRecord
from tongchou.runs.region import RegionPolicy
from tongchou.schema.results import PRICED_EVENTS


def take_events(work: Work, finished: RunRecord) -> EventMoney | None:
    """Return what a finished run found due for service events; None where it might come out otherwise.

    It comes out the same if data, period and software are the same, if every parameter that a payment method may read
    (the router holds the methods to them) has the same dated values or has none in both, and if no heads are paid,
    whose money follows the price of cases.

    Args:
        work: The run that wants it.
        finished: The other run.
    """
    if not has_same_facts(work, finished):
        return None
    if known_methods() != BUILT_IN or pays_heads(work.policy, work.order.period, BUILT_IN):
        return None
    region = work.order.region
    theirs = policy_of(work, finished)
    if theirs is None or not _pay_events_alike(work.policy, theirs):
        return None
    if finished.inputs.is_shadow and not kept_file(region, finished, PRICED_EVENTS).is_file():
        return None
    engine = work.facts.engine
    rows = finished_rows(region, finished, PRICED_EVENTS, engine)
    if hash_rows(engine, rows, PRICED_EVENTS) != finished.table_hashes.get(PRICED_EVENTS.name):
        return None
    table = engine.collect(rows.sort("subject", "purpose", "month"))
    if not set(table.column("method").unique().to_pylist()) <= BUILT_IN.keys():
        return None
    columns = cast("pl.DataFrame", pl.from_arrow(table)).to_dict(as_series=False)
    known: dict[tuple[str, str], Party] = {}
    payers, payees = (
        [known.get(party) or known.setdefault(party, Party(*party)) for party in zip(kinds, ids, strict=True)]
        for kinds, ids in ((columns[f"{side}_kind"], columns[f"{side}_id"]) for side in ("payer", "payee"))
    )
    why = Deferred(_taken_step, (finished.run_id,))
    transfers = tuple(
        RoutedTransfer(kind, method, Transfer(rule, purpose, payer, payee, month, fen, subject, why))
        for kind, method, rule, purpose, payer, payee, month, fen, subject in zip(
            *(columns[name] for name in ("event_kind", "method", "rule", "purpose")),
            payers,
            payees,
            *(columns[name] for name in ("month", "amount_fen", "subject")),
            strict=True,
        )
    )
    reads = tuple(read for read in finished.reads if _is_of_events(read.name))
    return EventMoney(transfers, reads)


def _pay_events_alike(own: RegionPolicy, other: RegionPolicy) -> bool:
    """Return whether two policies give all that bears on events the same declarations and dated values."""
    one, two = (policy.policy.chain(policy.start) for policy in (own, other))
    names = {name for chain in (one, two) for name in chain.parameters if _is_of_events(name)}
    return all(
        one.parameters.get(name) == two.parameters.get(name)
        and _dated(one.entries.get(name, ())) == _dated(two.entries.get(name, ()))
        for name in names
    )


def _dated(entries: tuple[tuple[Pack, tuple[Dated, ...]], ...]) -> list[tuple[str, tuple[Dated, ...]]]:
    return [(pack.label, dated) for pack, dated in entries]


def _is_of_events(name: str) -> bool:
    return name == PARAMETER or name.startswith(FOLDER)


def _taken_step(run_id: str) -> Step:
    return Step(
        "payment.events.taken",
        Text("取自另一批次", "Taken from another run"),
        Text(f"与批次 {run_id} 相同，在该批次中解释", f"the same as in run {run_id}, which explains it"),
    )
