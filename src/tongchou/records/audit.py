"""The audit: events added one after another, each bound to the one before it by its hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tongchou.core.text import Text
from tongchou.records.keepable import keepable
from tongchou.records.models import AuditEvent, AuditHead

NO_HASH = "0" * 64
"""What the first event names as the hash before it."""

_LONGEST = 2_000
"""Words of an event are cut here: what callers send must not fill the database."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be noted.

    Attributes:
        user_id: Who; empty where nobody is known (a failed sign-in).
        user_name: Who, as people know them; `cli:NAME` for the command line.
        action: What was done: an action of the rights, or `sign_in`, `sign_out`, ...
        outcome: `done`, `failed`, `refused` or `masked`.
        object_kind: What it was done to: a table, a page.
        object_id: Which one.
        institution_id: Whose it is; empty of the region.
        purpose: What for, where a purpose is asked.
        details: Anything else, without personal data.
    """

    user_id: str
    user_name: str
    action: str
    outcome: str = "done"
    object_kind: str = ""
    object_id: str = ""
    institution_id: str = ""
    purpose: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of the audit as it stood once: kept elsewhere, it proves that nothing before it has changed."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the audit is not as it was written."""

    sequence: int
    what: Text


def note(session: Session, event: Event, at: datetime) -> AuditEvent:
    """Add an event to the audit, in the transaction that does what it notes.

    Writers wait for one another at the head, so the chain has no forks.
    """
    head = session.execute(select(AuditHead).with_for_update().execution_options(populate_existing=True)).scalar_one()
    row = AuditEvent(
        sequence=head.sequence + 1,
        at=at.astimezone(UTC),
        user_id=_plain(event.user_id),
        user_name=_plain(event.user_name),
        action=_plain(event.action),
        object_kind=_plain(event.object_kind),
        object_id=_plain(event.object_id),
        institution_id=_plain(event.institution_id),
        purpose=_plain(event.purpose),
        outcome=event.outcome,
        details=_plain(_canonical(event.details)),
        previous_hash=head.hash,
    )
    row.hash = _hash(row)
    head.sequence, head.hash = row.sequence, row.hash
    session.add(row)
    session.flush()
    return row


def head_of(session: Session) -> Head:
    """Return the last event's place and hash."""
    head = session.execute(select(AuditHead)).scalar_one()
    return Head(head.sequence, head.hash)


def verify(session: Session, known: Head | None = None) -> tuple[Fault, ...]:
    """Return every place where the chain is broken; none where the audit is as it was written.

    Args:
        session: A session to read with.
        known: A head kept elsewhere: who can write the whole database can also forge all hashes from an event on,
            but not so that they lead to a head that others hold.
    """
    faults: list[Fault] = []
    expected, previous = 1, NO_HASH
    seen_known = known is None or (known.sequence == 0 and known.hash == NO_HASH)
    rows = select(AuditEvent).order_by(AuditEvent.sequence).execution_options(yield_per=1_000, populate_existing=True)
    for row in session.scalars(rows):
        if row.sequence != expected:
            faults.append(Fault(expected, Text("事件缺失", "events are missing")))
        elif row.previous_hash != previous:
            faults.append(Fault(row.sequence, Text("与前一事件接不上", "does not follow the event before it")))
        if row.hash != _hash(row):
            faults.append(Fault(row.sequence, Text("内容被改过", "what it says was changed")))
        if known is not None and row.sequence == known.sequence:
            seen_known = row.hash == known.hash
        expected, previous = row.sequence + 1, row.hash
        session.expunge(row)
    head = session.execute(select(AuditHead).execution_options(populate_existing=True)).scalar_one_or_none()
    if head is None or (head.sequence, head.hash) != (expected - 1, previous):
        faults.append(Fault(expected - 1, Text("末尾与链头不符", "the end is not what the head says")))
    if known is not None and not seen_known:
        faults.append(Fault(known.sequence, Text("与另存的链头不符", "is not what the head kept elsewhere says")))
    return tuple(faults)


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What events are looked for; what is None is not asked."""

    user_id: str | None = None
    action: str | None = None
    outcome: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    institution_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(session: Session, wanted: AuditSearch, *, before: int | None = None, limit: int = 100) -> list[AuditEvent]:
    """Return events, the newest first.

    Args:
        session: A session to read with.
        wanted: What to look for; `until` is not included.
        before: Only events before this sequence: the last one of the page before.
        limit: At most so many.
    """
    query = select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(limit)
    for name in ("user_id", "action", "outcome", "object_kind", "object_id", "institution_id"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(getattr(AuditEvent, name) == value)
    if wanted.since is not None:
        query = query.where(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEvent.at < wanted.until)
    if before is not None:
        query = query.where(AuditEvent.sequence < before)
    return list(session.scalars(query))


def _hash(row: AuditEvent) -> str:
    content = [
        row.sequence,
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.user_id,
        row.user_name,
        row.action,
        row.object_kind,
        row.object_id,
        row.institution_id,
        row.purpose,
        row.outcome,
        row.details,
        row.previous_hash,
    ]
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _plain(words: str) -> str:
    return keepable(words)[:_LONGEST]
