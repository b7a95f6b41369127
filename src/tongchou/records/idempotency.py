"""Idempotency keys: who repeats a request gets the first answer again, and the work is done once.

A key is begun in a transaction of its own, so that others see it; its answer is kept in the transaction that does the
work. A server that dies in the middle therefore leaves either nothing, or the deed with its answer; what it left begun
is taken up by another attempt after a while. Where the first one was not dead but slow, it finds the key another's and
keeps nothing.
"""

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a request: whose key, the key, and an id that no other attempt has."""

    user_id: str
    key: str
    attempt: str


def begin_once(
    session: Session, mine: Attempt, request_hash: str, at: datetime, *, kept_for: timedelta, given_up_after: timedelta
) -> Answer | None:
    """Begin a request under its key; return the answer where it was given already.

    Args:
        session: A writing session; commit it before the work begins.
        mine: Whose key it is (keys of different users are different), the key as the client sent it, and who works.
        request_hash: Hash of the request's method, path and body.
        at: Now.
        kept_for: How long the answer is kept.
        given_up_after: After how long an attempt without an answer counts as left behind, and is replaced by mine.

    Raises:
        TongchouError: `records.key_reused` if another request came with this key; `records.key_in_use` if the same
            one is being worked on; `records.conflict` if two began at the same moment.
    """
    key = mine.key
    present = session.get(IdempotencyKey, (mine.user_id, key), with_for_update=True)
    if present is not None and present.expires_at <= at:
        session.delete(present)
        session.flush()
        present = None
    if present is None:
        session.add(
            IdempotencyKey(
                user_id=mine.user_id,
                key=key,
                request_hash=request_hash,
                attempt=mine.attempt,
                created_at=at,
                expires_at=at + kept_for,
            )
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
        if present.created_at <= at - given_up_after:
            present.attempt, present.created_at, present.expires_at = mine.attempt, at, at + kept_for
            session.flush()
            return None
        raise TongchouError(
            "records.key_in_use",
            what=Text("同一请求正在处理", "the same request is being worked on"),
            where=key,
            why=Text("第一次请求还没有完成", "the first one is not done"),
            remedy=Text("稍后用同一键重试", "repeat it later with the same key"),
        )
    return Answer(present.status, present.answer or "")


def hold(session: Session, mine: Attempt) -> IdempotencyKey:
    """Hold a key until the transaction ends: nobody takes it up meanwhile.

    Raises:
        TongchouError: `records.key_taken` if another attempt has taken it up, or it is gone.
    """
    present = session.get(IdempotencyKey, (mine.user_id, mine.key), with_for_update=True, populate_existing=True)
    if present is None or present.state != "begun" or present.attempt != mine.attempt:
        raise TongchouError(
            "records.key_taken",
            what=Text(
                "这次处理太久，同一请求已由另一次处理接手", "this took so long that another attempt has taken it up"
            ),
            where=mine.key,
            why=Text("同一请求只办一次，本次未保存任何内容", "a request is done once; nothing of this attempt is kept"),
            remedy=Text("稍后用同一键重试，取得结果", "repeat it later with the same key for the answer"),
        )
    return present


def answered(session: Session, mine: Attempt, answer: Answer) -> None:
    """Keep the answer to a request, in the transaction that does its work.

    Raises:
        TongchouError: `records.key_taken`.
    """
    present = hold(session, mine)
    present.state, present.status, present.answer = "done", answer.status, answer.body
    session.flush()


def release(session: Session, mine: Attempt) -> None:
    """Forget a request that failed before it did anything: it may be repeated. Another attempt's stays."""
    session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.user_id == mine.user_id,
            IdempotencyKey.key == mine.key,
            IdempotencyKey.attempt == mine.attempt,
            IdempotencyKey.state == "begun",
        )
    )


def forget_expired(session: Session, at: datetime) -> int:
    """Remove answers whose time is over; return how many."""
    return len(
        session.scalars(
            delete(IdempotencyKey).where(IdempotencyKey.expires_at <= at).returning(IdempotencyKey.key)
        ).all()
    )
