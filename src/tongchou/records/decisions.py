"""Decisions: they stand as they were made; a later one replaces an earlier one by name."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tongchou.records.models import Decision


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided: the outcome in a word, the reason, and the amount in fen where there is one."""

    outcome: str
    words: str
    amount_fen: int | None = None


def decide_on(
    session: Session,
    object_kind: str,
    object_id: str,
    institution_id: str,
    ruling: Ruling,
    by: str,
    at: datetime,
) -> Decision:
    """Decide on an object; what was decided on it before is replaced, and stays readable."""
    before = standing_decision(session, object_kind, object_id)
    decision = Decision(
        object_kind=object_kind,
        object_id=object_id,
        institution_id=institution_id,
        outcome=ruling.outcome,
        amount_fen=ruling.amount_fen,
        words=ruling.words,
        decided_by=by,
        decided_at=at,
        replaces=None if before is None else before.decision_id,
    )
    session.add(decision)
    session.flush()
    return decision


def standing_decision(session: Session, object_kind: str, object_id: str) -> Decision | None:
    """Return the decision on an object that no later one replaces."""
    replaced = select(Decision.replaces).where(Decision.replaces.is_not(None))
    query = select(Decision).where(
        Decision.object_kind == object_kind,
        Decision.object_id == object_id,
        Decision.decision_id.not_in(replaced),
    )
    return session.scalars(query).one_or_none()


def decisions_on(session: Session, object_kind: str, object_id: str) -> list[Decision]:
    """Return every decision on an object, the first one first."""
    query = (
        select(Decision)
        .where(Decision.object_kind == object_kind, Decision.object_id == object_id)
        .order_by(Decision.decided_at)
    )
    return list(session.scalars(query))
