"""Python's search for cycles, put off while a year is in memory."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep Python from searching for cycles among a year's events, referrals and transfers, which all live to the end.

    It would search them again and again, for a sixth of the time in which a county's year is settled, and find nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
