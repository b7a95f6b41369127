"""Pages as a browser asks for them: how long the server takes to build one, and what many open ones take of memory."""

import asyncio
import re
import time
import uuid
from urllib.parse import urlencode

import httpx
import socketio

_CLIENT = re.compile(r"client_id\W{1,8}([0-9a-f]{8}-[0-9a-f-]{27})")
_COOKIE = "tongchou_sign_in"


def seconds_of(port: int, cookie: str, path: str, times: int) -> tuple[float, float]:
    """Return how long a page takes, seconds: the first time, and the median of the times after it."""
    with httpx.Client(cookies={_COOKIE: cookie}, base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        measured = []
        for _ in range(times + 1):
            began = time.perf_counter()
            answer = client.get(path)
            measured.append(time.perf_counter() - began)
            if answer.status_code != 200 or not _CLIENT.search(answer.text):
                raise SystemExit(f"{path}: {answer.status_code}")
    first, *later = measured
    return first, sorted(later)[len(later) // 2]


class OpenPages:
    """Pages that stay open, each with its socket, as browsers keep them.

    Args:
        port: Where the place listens.
        cookie: The sign-in of all of them.
    """

    def __init__(self, port: int, cookie: str) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self._cookie = cookie
        self._sockets: list[socketio.AsyncClient] = []

    async def open(self, path: str, count: int) -> None:
        """Open a page some times, and connect each to the server."""
        async with httpx.AsyncClient(cookies={_COOKIE: self._cookie}, base_url=self._address, timeout=60) as client:
            for _ in range(count):
                found = _CLIENT.search((await client.get(path)).text)
                assert found is not None  # a page names its client
                self._sockets.append(await self._connect(found[1]))

    async def _connect(self, client_id: str) -> socketio.AsyncClient:
        query = {
            "client_id": client_id,
            "next_message_id": 0,
            "implicit_handshake": "true",
            "tab_id": uuid.uuid4(),
            "document_id": uuid.uuid4(),
        }
        socket = socketio.AsyncClient(reconnection=False)
        await socket.connect(
            f"{self._address}?{urlencode(query)}",
            headers={"Cookie": f"{_COOKIE}={self._cookie}"},
            transports=["websocket"],
            socketio_path="_nicegui_ws/socket.io",
        )
        return socket

    async def wait(self, seconds: float) -> int:
        """Keep the pages open for some seconds; return how many are still connected."""
        await asyncio.sleep(seconds)
        return sum(socket.connected for socket in self._sockets)

    async def close(self) -> None:
        """Close all of them."""
        for socket in self._sockets:
            await socket.disconnect()
