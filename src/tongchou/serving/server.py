"""The server: uvicorn over the application, stopped without losing what is under way."""

import gc
import threading

import uvicorn

from tongchou.serving.application import make_application
from tongchou.workplace.place import Workplace
from tongchou.workplace.run_desk import RunDesk

_GRACE_SECONDS = 10


async def run_server(place: Workplace) -> None:
    """Serve a working place until it is told to stop."""
    config = uvicorn.Config(
        make_application(place),
        host=place.settings.host,
        port=place.settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ws_max_size=4 << 20,
    )
    desk = RunDesk(place)
    desk.start()
    threading.Thread(target=_warm, args=(place,), name="warming", daemon=True).start()
    try:
        await uvicorn.Server(config).serve()
    finally:
        desk.stop()


def _warm(place: Workplace) -> None:
    """Load what the first requests need, and keep the collector of garbage away from it.

    Schemes and policies are millions of objects that live as long as the place: to look through them again and again
    would stop every request for a tenth of a second.
    """
    place.at_hand.warm()
    gc.collect()
    gc.freeze()
