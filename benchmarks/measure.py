"""What is measured of a stage, and the clock that measures it."""

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_CLEAR_PEAK = Path("/proc/self/clear_refs")
_RESET_PEAK_MEMORY = "5"
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stage spent.

    Attributes:
        seconds: Wall-clock time.
        cpu_seconds: Processor time of all its threads; on a busy machine it says more than the clock.
        peak_bytes: Largest resident memory of its process while it ran. Where the system cannot forget an earlier
            peak (anything but Linux) it is the largest since the process began.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int


class Clock:
    """Measures stages of this process that follow each other."""

    def __init__(self) -> None:
        self._spent: dict[str, Spent] = {}
        self._stage: str | None = None
        self._began = self._cpu_began = 0.0

    def begin(self, stage: str) -> None:
        """End the stage that runs, and begin another."""
        self.end()
        if _CLEAR_PEAK.exists():
            _CLEAR_PEAK.write_text(_RESET_PEAK_MEMORY, encoding="ascii")
        self._stage, self._began, self._cpu_began = stage, time.perf_counter(), time.process_time()

    def end(self) -> dict[str, Spent]:
        """End the stage that runs, and return what every stage spent, in their order."""
        if self._stage is not None:
            seconds = time.perf_counter() - self._began
            cpu_seconds = time.process_time() - self._cpu_began
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
            self._spent[self._stage] = Spent(seconds, cpu_seconds, peak)
            self._stage = None
        return self._spent
