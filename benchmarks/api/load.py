"""Requests at a fixed rate over kept connections, timed from when each was due, in a process of its own.

A request that waits because the server is behind is timed from the moment at which it should have left: nothing is
left out because something else was slow.
"""

import asyncio
import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: path, headers and bodies, of which each request takes the next one."""

    path: str
    headers: tuple[str, ...]
    bodies: tuple[bytes, ...]

    def messages(self, host: str) -> list[bytes]:
        """Return the requests as they go over the line."""
        head = "\r\n".join((f"POST {self.path} HTTP/1.1", f"Host: {host}", *self.headers))
        return [
            f"{head}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            for body in self.bodies
        ]


@dataclass(frozen=True, slots=True)
class Times:
    """What was measured, milliseconds; `statuses` counts the answers."""

    rate: float
    p50: float
    p99: float
    most: float
    statuses: dict[int, int]


def drive(port: int, asked: Asked, rate: int, seconds: float) -> Times:
    """Send requests at a rate for some seconds from another process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_drive, (port, asked, rate, seconds))


def _drive(port: int, asked: Asked, rate: int, seconds: float) -> Times:
    gc.disable()
    return asyncio.run(_Driver(port, asked, rate, seconds).run())


class _Driver:
    def __init__(self, port: int, asked: Asked, rate: int, seconds: float) -> None:
        self._port = port
        self._messages = asked.messages(f"127.0.0.1:{port}")
        self._rate = rate
        self._count = int(rate * seconds)
        self._times: list[float] = []
        self._statuses: Counter[int] = Counter()
        self._due: asyncio.Queue[tuple[int, float] | None] = asyncio.Queue()

    async def run(self) -> Times:
        workers = [asyncio.create_task(self._work()) for _ in range(_CONNECTIONS)]
        began = time.perf_counter() + 0.2
        for number in range(self._count):
            due = began + number / self._rate
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            self._due.put_nowait((number, due))
        for _ in workers:
            self._due.put_nowait(None)
        await asyncio.gather(*workers)
        spent = time.perf_counter() - began
        return _times(self._times, spent, dict(self._statuses))

    async def _work(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while (asked := await self._due.get()) is not None:
            number, due = asked
            writer.write(self._messages[number % len(self._messages)])
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            self._times.append(time.perf_counter() - due)
            self._statuses[int(head[9:12])] += 1
        writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def _times(seconds: Sequence[float], spent: float, statuses: dict[int, int]) -> Times:
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return Times(len(ordered) / spent, at(0.5), at(0.99), 1_000 * ordered[-1], statuses)
