"""Batches of events and heads from the rows of worked cases."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from tests.worked import CASES

from tongchou.core.explanation import ParameterRead, Step
from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.heads import Head, HeadPool
from tongchou.payment.events.router import RoutedTransfer
from tongchou.payment.transfer import Party

FOLDER = CASES / "payment" / "events"
FILES = sorted(f"payment/events/{file.name}" for file in FOLDER.glob("*.yaml"))
RESERVE = Party("alliance_reserve", "A1")
YEAR = tuple(f"2025-{month:02d}" for month in range(1, 13))
_TEXTS = {field.name for field in fields(Event) if "str" in str(field.type)}


def event(kind: str, row: Mapping[str, str]) -> Event:
    """Return an event from a row whose values are text."""
    values: dict[str, Any] = {"kind": kind}
    for name, written in row.items():
        if name.endswith("_on"):
            values[name] = date.fromisoformat(written)
        else:
            values[name] = written if name in _TEXTS else int(written)
    return Event(**values)


def pool(given: Mapping[str, Any], *, turned: bool = False) -> HeadPool:
    """Return the pool of a case: rows of heads with a count each, of the year 2025."""
    heads: list[Head] = []
    for row in given["heads"]:
        months = YEAR[: int(row.get("months", 12))]
        for _ in range(int(row["count"])):
            factor = ratio_to_e4(row.get("factor", "1"))
            heads.append(Head(f"P{len(heads):05d}", row["institution"], months, factor))
    actual = {f"P{number:05d}": yuan_to_fen(cost) for number, cost in enumerate(given.get("actual", ()))}
    scores = {one: ratio_to_e4(score) for one, score in given.get("scores", {}).items()}
    ordered = heads[::-1] if turned else heads
    return HeadPool("A1", RESERVE, tuple(ordered), given.get("disease", ""), actual, scores)


def batch(given: Mapping[str, Any], *, turned: bool = False) -> Batch:
    """Return the batch of a case, its rows turned round on demand."""
    if "heads" in given:
        return Batch(given["kind"], pools=(pool(given, turned=turned),))
    events = [event(given["kind"], row) for row in given["events"]]
    return Batch(given["kind"], tuple(events[::-1] if turned else events))


def party(name: str) -> Party:
    """Return the party that a case names."""
    match name:
        case "fund" | "finance":
            return Party(name)  # type: ignore[arg-type]
        case "reserve":
            return RESERVE
        case _:
            return Party("institution", name)


def expected(rows: Sequence[Mapping[str, str]]) -> dict[tuple[Party, Party, str, str], int]:
    """Return what a case expects, summed by parties, purpose and month (empty where it names none)."""
    sums: dict[tuple[Party, Party, str, str], int] = defaultdict(int)
    for row in rows:
        key = (party(row["payer"]), party(row["payee"]), row["purpose"], row.get("month", ""))
        sums[key] += yuan_to_fen(row["amount"])
    return dict(sums)


def summed(
    transfers: Iterable[RoutedTransfer], keys: Iterable[tuple[Party, Party, str, str]]
) -> dict[tuple[Party, Party, str, str], int]:
    """Return transfers summed as the expectation is: by month only where it names months."""
    monthly = {key[:3] for key in keys if key[3]}
    sums: dict[tuple[Party, Party, str, str], int] = defaultdict(int)
    for each in transfers:
        found = each.transfer
        key = (found.payer, found.payee, found.purpose)
        sums[*key, found.month if key in monthly else ""] += found.amount_fen
    return dict(sums)


def reads_of(step: Step) -> set[ParameterRead]:
    """Return every parameter that an explanation holds."""
    return set(step.parameters).union(*(reads_of(child) for child in step.children))


def routed_methods() -> set[str]:
    """Return the methods that the worked cases go to."""
    found: set[str] = set()
    for file in FILES:
        content = yaml.load((Path(CASES) / file).read_text(encoding="utf-8"), yaml.BaseLoader)
        found |= set(content["policy"]["payment/router/method"].values())
    return found
