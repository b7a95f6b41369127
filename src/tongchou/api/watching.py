"""Watching every request: bounded, counted, timed; what nobody expected is told as a sentence."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tongchou.api.envelope import refusal
from tongchou.api.metrics import Metrics
from tongchou.api.refusals import too_large, unexpected
from tongchou.api.statuses import status_of
from tongchou.core.errors import TongchouError

_LOG = structlog.get_logger("tongchou.api")
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
                message["headers"] = [*message["headers"], *_HEADERS]
                if b"cache-control" not in present:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        try:
            self._require_length(scope)
            await self._app(scope, bounded, noted)
        except TongchouError as error:
            await _answer(error, noted, has_begun=has_begun)
        except Exception as error:  # the last door: its content may hold personal data, so only its kind is logged
            _LOG.exception("unexpected", route=_route(scope), kind=type(error).__name__)
            await _answer(unexpected(), noted, has_begun=has_begun)
        finally:
            route = _route(scope)
            self._metrics.requests.labels(scope["method"], route, status).inc()
            self._metrics.seconds.labels(scope["method"], route).observe(time.perf_counter() - began)

    def _require_length(self, scope: Scope) -> None:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._most:
            raise too_large(scope["path"][:200], self._most)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "-"))


async def _answer(error: TongchouError, send: Send, *, has_begun: bool) -> None:
    if has_begun:
        return
    body = refusal(error).model_dump_json().encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status_of(error.code), "headers": headers})
    await send({"type": "http.response.body", "body": body})
