"""Who asks: the token or the cookie of a request, as endpoints take it."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from tongchou.access.subject import Subject
from tongchou.api.limits import RateLimit
from tongchou.api.refusals import other_origin
from tongchou.core.errors import TongchouError
from tongchou.workplace.place import Workplace

COOKIE = "tongchou_sign_in"
"""The cookie of a browser's sign-in."""

_BEARER = HTTPBearer(auto_error=False, description="接口令牌 / API token")
_COOKIE = APIKeyCookie(name=COOKIE, auto_error=False, description="网页登录 / sign-in of a browser")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def asking(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    cookie: Annotated[str | None, Depends(_COOKIE)],
) -> Subject:
    """Return who asks, and take one request off the caller's limit.

    Who is not known yet takes it off the limit of his address.

    Raises:
        TongchouError: `access.not_signed_in`; `access.other_origin`; `api.too_often`.
    """
    place: Workplace = request.app.state.place
    if bearer is None and cookie and request.method not in _SAFE and not _is_own(request):
        raise other_origin(request.url.path[:200])
    secret = bearer.credentials if bearer else cookie or ""
    subject = place.recogniser.remembered(secret)
    if subject is None:
        take_by_address(request)
        subject = await recognised(place, request.app.state.strangers, secret, address_of(request))
    request.state.user_id = subject.user_id
    request.app.state.limit.take(f"user:{subject.user_id}")
    return subject


async def recognised(place: Workplace, strangers: RateLimit, secret: str, address: str) -> Subject:
    """Return who a secret word belongs to.

    A word of which nothing was read here may be a guess: an address may bring only so many of them that turn out to be
    nobody's, and is refused before the database is asked. Who was known a while ago is asked after without a limit.

    Args:
        place: The place.
        strangers: The limit of such words.
        secret: The word.
        address: Where it comes from.

    Raises:
        TongchouError: `access.not_signed_in`; `api.too_often`.
    """
    recogniser = place.recogniser
    recogniser.require_possible(secret)
    if not recogniser.is_stranger(secret):
        return await run_in_threadpool(recogniser.recognise, secret)
    strangers.take(f"address:{address}")
    try:
        subject = await run_in_threadpool(recogniser.recognise, secret)
    except TongchouError as problem:
        if problem.code != "access.not_signed_in":  # the word was not looked at
            strangers.give_back(f"address:{address}")
        raise
    strangers.give_back(f"address:{address}")
    return subject


async def who_asks(request: Request) -> Subject:
    """Return who sent a request that no endpoint has taken yet.

    Raises:
        TongchouError: As `asking`.
    """
    return await asking(request, await _BEARER(request), await _COOKIE(request))


def asks_who(dependant: Dependant) -> bool:
    """Return whether an endpoint is only for who is signed in."""
    return dependant.call is asking or any(asks_who(each) for each in dependant.dependencies)


def take_by_address(request: Request) -> None:
    """Take one request off the limit of the address that it comes from.

    Raises:
        TongchouError: `api.too_often`.
    """
    request.app.state.limit.take(f"address:{address_of(request)}")


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else "-"


def _is_own(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host", "")


async def _the_place(request: Request) -> Workplace:
    place: Workplace = request.app.state.place
    return place


Asking = Annotated[Subject, Depends(asking)]
"""Who asks; an endpoint without it answers anybody."""

Place = Annotated[Workplace, Depends(_the_place)]
"""The working place."""
