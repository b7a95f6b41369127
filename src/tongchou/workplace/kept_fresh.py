"""What is kept loaded: looked at again every few seconds by one asker, while the others still get what was there."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tongchou.core.hashing import hash_text

_LOOKED_AT_AGAIN = 3.0


@dataclass(slots=True)
class Kept:
    """A value that is kept, and what tells whether it still holds.

    Attributes:
        value: The value.
        mark: What it was made from; another mark makes it anew.
        looked_at: When it was looked at last, by the clock.
    """

    value: object
    mark: str
    looked_at: float


class KeptFresh:
    """Values by name, made when they are asked for and made anew when what they were made from has changed.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._lock = threading.RLock()

    def fresh(self, key: str) -> Kept | None:
        """Return a value that was looked at a moment ago; None where `look` must be asked, which may take long."""
        kept = self._kept.get(key)
        now = self._clock()
        if kept is None or now - kept.looked_at >= _LOOKED_AT_AGAIN:
            # Whoever comes meanwhile gets what was there; this one asker looks whether it still holds.
            if kept is not None:
                kept.looked_at = now
            return None
        return kept

    def look(self, key: str, mark: str, make: Callable[[], object]) -> Kept:
        """Return a value as its mark says that it is now, made anew where the mark is another one."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.mark != mark:
                kept = self._kept[key] = Kept(make(), mark, self._clock())
            kept.looked_at = self._clock()
            return kept


def mark_of(*folders: Path) -> str:
    """Return what tells whether the files of some folders are still those that were read."""
    files = sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()})
    told = (f"{path} {stat.st_mtime_ns} {stat.st_size}" for path in files for stat in (path.stat(),))
    return hash_text("files", *told)
