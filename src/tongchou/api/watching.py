"""Watching every request: bounded, counted, timed, logged; what nobody expected is told as a sentence.

A request is logged by its id, the address's pattern, its status and the user's id: never by what a caller wrote in the
address, the query or the body.
"""

import time
import uuid

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tongchou.api.envelope import refusal
from tongchou.api.metrics import Metrics
from tongchou.api.refusals import too_large, unexpected
from tongchou.api.statuses import status_of
from tongchou.core.errors import TongchouError
from tongchou.core.failing import kind_and_place

_LOG = structlog.get_logger("tongchou.api")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADERS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))


class Watched:
    """ASGI middleware; plain, since one made of requests and responses would cost half a millisecond each.

    Args:
        app: What answers.
        metrics: Where requests are counted.
        most_bytes: The largest body that is read.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, most_bytes: int) -> None:
        self._app = app
        self._metrics = metrics
        self._most = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, has_begun, taken = time.perf_counter(), 500, False, 0
        # Always our own: one that a caller chose could hold a name or a number of an identity card.
        request_id = uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(request_id=request_id)
        scope.setdefault("state", {})

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise too_large(scope["path"][:200], self._most)
            return message

        async def noted(message: Message) -> None:
            nonlocal status, has_begun
            if message["type"] == "http.response.start":
                status, has_begun = message["status"], True
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *_HEADERS, (b"x-request-id", request_id.encode())]
                if b"cache-control" not in present:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        try:
            self._require_length(scope)
            await self._app(scope, bounded, noted)
        except TongchouError as error:
            await _answer(error, noted, has_begun=has_begun)
        except Exception as error:  # the last door: its words may hold personal data, so only kind and place are logged
            _LOG.error("unexpected", route=_route(scope), exception=kind_and_place(error))
            await _answer(unexpected(), noted, has_begun=has_begun)
        finally:
            route, seconds, method = _route(scope), time.perf_counter() - began, _method(scope)
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(method, route).observe(seconds)
            _LOG.info(
                "request",
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                user_id=scope["state"].get("user_id", ""),
            )
            structlog.contextvars.unbind_contextvars("request_id")

    def _require_length(self, scope: Scope) -> None:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._most:
            raise too_large(scope["path"][:200], self._most)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "-"))


def _method(scope: Scope) -> str:
    """Return the method; one that HTTP does not know is the caller's own word."""
    return scope["method"] if scope["method"] in _METHODS else "-"


async def _answer(error: TongchouError, send: Send, *, has_begun: bool) -> None:
    if has_begun:
        return
    body = refusal(error).model_dump_json().encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status_of(error.code), "headers": headers})
    await send({"type": "http.response.body", "body": body})
