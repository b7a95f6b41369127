"""Notices: words to users, in both languages, with the page that they lead to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tongchou.core.text import Text
from tongchou.records.models import Notice


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice says: its kind (`run.computed`, `policy.submitted`), its words, and the page it leads to."""

    kind: str
    text: Text
    page: str = ""


def notify(session: Session, user_ids: Iterable[str], words: Words, at: datetime) -> None:
    """Send a notice to users, each one his own."""
    session.add_all(
        Notice(
            user_id=user_id,
            kind=words.kind,
            words_zh=words.text.zh,
            words_en=words.text.en,
            page=words.page,
            created_at=at,
        )
        for user_id in dict.fromkeys(user_ids)
    )
    session.flush()


def notices_of(session: Session, user_id: str, limit: int = 100) -> list[Notice]:
    """Return a user's notices, the newest first."""
    query = select(Notice).where(Notice.user_id == user_id)
    return list(session.scalars(query.order_by(Notice.created_at.desc(), Notice.notice_id).limit(limit)))


def unread(session: Session, user_id: str) -> int:
    """Return how many notices a user has not read."""
    query = select(func.count()).select_from(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    return session.scalars(query).one()


def mark_one_read(session: Session, user_id: str, notice_id: str, at: datetime) -> None:
    """Note that a user has read one of his notices; of another's nothing happens."""
    session.execute(
        update(Notice)
        .where(Notice.notice_id == notice_id, Notice.user_id == user_id, Notice.read_at.is_(None))
        .values(read_at=at)
    )


def mark_read(session: Session, user_id: str, at: datetime) -> None:
    """Note that a user has read all notices so far."""
    session.execute(
        update(Notice)
        .where(Notice.user_id == user_id, Notice.read_at.is_(None), Notice.created_at <= at)
        .values(read_at=at)
    )
