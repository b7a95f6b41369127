"""Idempotency keys: who repeats a creating request under its key gets the first answer, and the work is done once.

A key is the caller's own and is kept for a day. Requests whose answer holds a secret word that is shown once take no
key: what is kept would be the secret.
"""

import time
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
                one is still not done; what the work raises, after which the key is free again.
        """
        if self.key is None:
            return work()
        before = self._begin(self.key)
        if before is not None:
            return kind.model_validate_json(before.body)
        try:
            made = work()
        except BaseException:
            with self.place.records.writing() as session:
                idempotency.release(session, self.subject.user_id, self.key)
            raise
        with self.place.records.writing() as session:
            kept = idempotency.Answer(_DONE, made.model_dump_json())
            idempotency.answered(session, self.subject.user_id, self.key, kept)
        return made

    def _begin(self, key: str) -> idempotency.Answer | None:
        until = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                with self.place.records.writing() as session:
                    return idempotency.begin_once(
                        session, self.subject.user_id, key, self.request_hash, self.place.now(), kept_for=_KEPT
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
