"""One line of the benchmark."""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """What one door or one peer did.

    Attributes:
        name: What was measured.
        cases: Cases grouped; 0 where something else was timed.
        seconds: Best of the repetitions.
        note: What else is to be said of it.
        peak_bytes: Largest resident memory of its process.
    """

    name: str
    cases: int
    seconds: float
    note: str = ""
    peak_bytes: int = 0

    @property
    def rate(self) -> float:
        """Cases a second."""
        return self.cases / self.seconds if self.seconds else 0.0


def best_of(work: Callable[[], object], times: int) -> float:
    """Return the shortest time of several runs, in seconds: other work on the machine only ever lengthens it."""
    return min(_timed(work) for _ in range(times))


def each_of(work: Callable[[int], object], times: int) -> tuple[float, float]:
    """Return the median and the 99th percentile of single calls, in microseconds."""
    spent = []
    for number in range(times):
        began = time.perf_counter_ns()
        work(number)
        spent.append((time.perf_counter_ns() - began) / 1_000)
    cuts = quantiles(spent, n=100)
    return cuts[49], cuts[98]


def peak() -> int:
    """Return the largest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
