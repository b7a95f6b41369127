"""What every request to the pages is held to: a largest body, and headers that keep other sites and caches away.

The pages' own library receives uploads of any size and keeps them on the disk; what the browser is told of the largest
size holds for browsers only.
"""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ENVELOPE = 64 << 10
"""What the form around an uploaded file may take."""

_TOO_LARGE = 413
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
)


class GuardedPages:
    """ASGI middleware around the pages.

    Args:
        app: What answers.
        most_bytes: The largest file that a page may be given.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app = app
        self._most = most_bytes + _ENVELOPE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise HTTPException(_TOO_LARGE)
            return message

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = dict(message["headers"])
                message["headers"] = [*message["headers"], *(each for each in _HEADERS if each[0] not in present)]
                if present.get(b"content-type", b"").startswith(b"text/html"):
                    kept = [each for each in message["headers"] if each[0] != b"cache-control"]
                    # A page holds figures: on a shared computer the next one must not find it with the back button.
                    message["headers"] = [*kept, (b"cache-control", b"no-store")]
            await send(message)

        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) <= self._most:
            await self._app(scope, bounded, noted)
            return
        await noted({"type": "http.response.start", "status": _TOO_LARGE, "headers": [(b"content-length", b"0")]})
        await noted({"type": "http.response.body", "body": b""})
