"""Idempotency keys: who repeats a creating request under its key gets the first answer, and the work is done once.

What the work writes into the records and the answer are kept by one transaction: a server that is killed leaves both or
neither, and a key that it left begun is taken up again after `unanswered_seconds`.

A key is the caller's own and is kept for a day. Requests whose answer holds a secret word that is shown once take no
key: what is kept would be the secret.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from tongchou.access.subject import Subject
from tongchou.api.asking import Asking, Place
from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.records import idempotency
from tongchou.workplace.place import Workplace

_Body = TypeVar("_Body", bound=BaseModel)

_KEPT = timedelta(days=1)
_WAIT_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_UNDER_WAY = {"records.key_in_use", "records.conflict"}
_DONE = 200


@dataclass(frozen=True, slots=True)
class OnceOnly:
    """A creating request, with its key where it came with one."""

    place: Workplace
    subject: Subject
    key: str | None
    request_hash: str

    def answer(self, kind: type[_Body], work: Callable[[], _Body]) -> _Body:
        """Do the work and return its answer; where the request was answered before, return that answer.

        The same request that is under way elsewhere is waited for.

        Args:
            kind: The answer's type.
            work: What makes the answer; done at most once under a key.

        Raises:
            TongchouError: `records.key_reused` if another request came with the key; `records.key_in_use` if the first
                one is still not done; `records.key_taken` if the work took so long that another took it up; what the
                work raises, after which the key is free again.
        """
        if self.key is None:
            return work()
        mine = idempotency.Attempt(self.subject.user_id, self.key, uuid.uuid4().hex)
        before = self._begin(mine)
        if before is not None:
            return kind.model_validate_json(before.body)
        records = self.place.records
        with records.as_one(lambda session: idempotency.hold(session, mine)):
            try:
                made = work()
            except BaseException:
                with records.writing() as session:
                    idempotency.release(session, mine)
                raise
            with records.writing() as session:
                idempotency.answered(session, mine, idempotency.Answer(_DONE, made.model_dump_json()))
        return made

    def _begin(self, mine: idempotency.Attempt) -> idempotency.Answer | None:
        given_up_after = timedelta(seconds=self.place.settings.unanswered_seconds)
        until = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                with self.place.records.writing() as session:
                    return idempotency.begin_once(
                        session,
                        mine,
                        self.request_hash,
                        self.place.now(),
                        kept_for=_KEPT,
                        given_up_after=given_up_after,
                    )
            except TongchouError as error:
                if error.code not in _UNDER_WAY or time.monotonic() >= until:
                    raise
            time.sleep(_LOOK_SECONDS)


async def _once(
    request: Request,
    place: Place,
    subject: Asking,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=100,
            pattern=r"^[\x21-\x7e]+$",
            description="同一键的同一请求只办一次 / the same request under the same key is done once",
        ),
    ] = None,
) -> OnceOnly:
    if key is None:
        return OnceOnly(place, subject, None, "")
    body = await request.body()
    # With what the caller may: a narrower token, or who has lost a role, is not given the answer of a wider right.
    may = (*subject.roles, *sorted(subject.actions or ()))
    said = hash_text(request.method, request.url.path, request.url.query, sha256(body).hexdigest(), *may)
    return OnceOnly(place, subject, key, said)


Once = Annotated[OnceOnly, Depends(_once)]
"""A creating request that may come with an idempotency key."""
