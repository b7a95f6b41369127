"""The server: uvicorn over the application, stopped without losing what is under way."""

import asyncio
import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog
import uvicorn

from tongchou import __version__
from tongchou.core.errors import TongchouError
from tongchou.serving.application import make_application
from tongchou.workplace.ledger_periods import complete_changes
from tongchou.workplace.place import Workplace
from tongchou.workplace.run_desk import RunDesk

_LOG = structlog.get_logger("tongchou.server")
_GRACE_SECONDS = 10
"""How long requests under way may take to end, once it is told to stop."""
_WARMING_SECONDS = 30
"""How long what is being loaded beforehand may take to end: one piece of it, at the most."""


class _Server(uvicorn.Server):
    """Uvicorn that ends by returning: its own would end the process by the signal, with runs still being computed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        told = (signal.SIGINT, signal.SIGTERM)
        for each in told:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in told:
                loop.remove_signal_handler(each)


async def run_server(place: Workplace) -> None:
    """Serve a working place until it is told to stop (SIGTERM, SIGINT).

    Requests under way are finished, for ten seconds at most; runs being computed are given back, and taken up again
    by whoever is there next.
    """
    settings = place.settings
    config = uvicorn.Config(
        make_application(place),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ws_max_size=4 << 20,
    )
    await asyncio.to_thread(_complete, place)
    desk = RunDesk(place)
    desk.start()
    told = threading.Event()
    warming = threading.Thread(target=_warm, args=(place, told), name="warming", daemon=True)
    warming.start()
    _LOG.info("begins", version=__version__, host=settings.host, port=settings.port, pages=settings.pages)
    try:
        await _Server(config).serve()
    finally:
        told.set()
        await asyncio.to_thread(desk.stop)
        # A thread that still reads files when the interpreter ends would end the process by an abort.
        await asyncio.to_thread(warming.join, _WARMING_SECONDS)
        _LOG.info("ended")


def _complete(place: Workplace) -> None:
    """Note what a server that was killed had done and not noted; where that fails, the next act tries again."""
    try:
        noted = complete_changes(place)
    except TongchouError as error:
        _LOG.warning("changes of periods not completed", code=error.code)
        return
    if noted:
        _LOG.warning("changes of periods noted afterwards", count=noted)


def _warm(place: Workplace, told: threading.Event) -> None:
    """Load what the first requests need until told to stop, and keep the collector of garbage away from it.

    Schemes and policies are millions of objects that live as long as the place: to look through them again and again
    would stop every request for a tenth of a second. What cannot be loaded is told to whom asks for it.
    """
    loads: tuple[Callable[[], object], ...] = (
        *place.at_hand.first_needed,
        lambda: place.shelf.run(place.shelf.newest()),
    )
    for load in loads:
        if told.is_set():
            return
        with suppress(TongchouError):
            load()
    gc.collect()
    gc.freeze()
