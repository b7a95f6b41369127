"""Idempotency keys: who repeats a request gets the first answer again, and the work is done once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was given: the status and the body."""

    status: int
    body: str


def begin_once(
    session: Session, user_id: str, key: str, request_hash: str, at: datetime, *, kept_for: timedelta
) -> Answer | None:
    """Begin a request under its key; return the answer where it was given already.

    Args:
        session: A writing session; commit it before the work begins.
        user_id: Whose key it is: keys of different users are different.
        key: What the client sent.
        request_hash: Hash of the request's method, path and body.
        at: Now.
        kept_for: How long the answer is kept.

    Raises:
        TongchouError: `records.key_reused` if another request came with this key; `records.key_in_use` if the same
            one is being worked on; `records.conflict` if two began at the same moment.
    """
    present = session.get(IdempotencyKey, (user_id, key), with_for_update=True)
    if present is not None and present.expires_at <= at:
        session.delete(present)
        session.flush()
        present = None
    if present is None:
        session.add(
            IdempotencyKey(user_id=user_id, key=key, request_hash=request_hash, created_at=at, expires_at=at + kept_for)
        )
        session.flush()
        return None
    if present.request_hash != request_hash:
        raise TongchouError(
            "records.key_reused",
            what=Text("这个幂等键已用于另一请求", "another request came with this idempotency key"),
            where=key,
            why=Text("同一键只对应同一请求", "a key stands for one request"),
            remedy=Text("换一个新键", "use a new key"),
        )
    if present.state == "begun" or present.status is None:
        raise TongchouError(
            "records.key_in_use",
            what=Text("同一请求正在处理", "the same request is being worked on"),
            where=key,
            why=Text("第一次请求还没有完成", "the first one is not done"),
            remedy=Text("稍后用同一键重试", "repeat it later with the same key"),
        )
    return Answer(present.status, present.answer or "")


def answered(session: Session, user_id: str, key: str, answer: Answer) -> None:
    """Keep the answer to a request, in the transaction that does its work where there is one."""
    present = session.get_one(IdempotencyKey, (user_id, key))
    present.state, present.status, present.answer = "done", answer.status, answer.body
    session.flush()


def release(session: Session, user_id: str, key: str) -> None:
    """Forget a request that failed before it did anything: it may be repeated."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key))


def forget_expired(session: Session, at: datetime) -> None:
    """Remove answers whose time is over."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.expires_at <= at))
