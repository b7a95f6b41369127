"""Changes of ledger periods that are about to be made: kept until what came of them is noted."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tongchou.records.models import PeriodIntent


def intend(
    session: Session,
    period: str,
    state: str,
    action: str,
    *,
    changes_before: int,
    user_id: str,
    user_name: str,
    at: datetime,
) -> str:
    """Keep that somebody is about to change a period, and return the intent's id."""
    intent = PeriodIntent(
        period=period,
        state=state,
        action=action,
        changes_before=changes_before,
        user_id=user_id,
        user_name=user_name,
        begun_at=at,
    )
    session.add(intent)
    session.flush()
    return intent.intent_id


def intents(session: Session) -> list[PeriodIntent]:
    """Return the intents of which nothing is noted yet, the oldest first; nobody else takes them meanwhile."""
    query = select(PeriodIntent).order_by(PeriodIntent.begun_at, PeriodIntent.intent_id)
    return list(session.scalars(query.with_for_update()))


def end_intent(session: Session, intent_id: str) -> None:
    """Remove an intent: what came of it is noted in the same transaction."""
    session.execute(delete(PeriodIntent).where(PeriodIntent.intent_id == intent_id))
