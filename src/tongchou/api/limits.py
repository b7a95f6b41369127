"""Rate limits: so many requests a minute of one user or address, some of them at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_FORGOTTEN_AFTER = 10_000


@dataclass(slots=True)
class RateLimit:
    """A bucket of tokens for each caller: a request takes one, and time fills it again.

    Attributes:
        per_minute: Tokens that flow in, in a minute.
        burst: Tokens that a bucket holds.
        clock: Seconds, monotonic.
    """

    per_minute: int
    burst: int
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, caller: str) -> None:
        """Let a request of a caller pass.

        Raises:
            TongchouError: `api.too_often` if the bucket is empty.
        """
        now = self.clock()
        tokens, since = self._buckets.get(caller, (float(self.burst), now))
        tokens = min(float(self.burst), tokens + (now - since) * self.per_minute / 60)
        if tokens < 1:
            raise _too_often(caller, self.retry_after(tokens))
        if caller not in self._buckets and len(self._buckets) >= _FORGOTTEN_AFTER:
            self._forget_full(now)
        self._buckets[caller] = (tokens - 1, now)

    def give_back(self, caller: str) -> None:
        """Give a caller back what a request took that turned out to be none to be counted."""
        if caller in self._buckets:
            tokens, since = self._buckets[caller]
            self._buckets[caller] = (min(float(self.burst), tokens + 1), since)

    def retry_after(self, tokens: float = 0) -> int:
        """Return the whole seconds after which a caller with an empty bucket may come again."""
        return max(1, round((1 - tokens) * 60 / self.per_minute + 0.5))

    def _forget_full(self, now: float) -> None:
        """Forget callers whose buckets are full again; where none is, the oldest half."""
        full = self.burst * 60 / self.per_minute
        kept = {caller: pair for caller, pair in self._buckets.items() if now - pair[1] < full}
        if len(kept) >= _FORGOTTEN_AFTER:
            newest = sorted(kept, key=lambda caller: kept[caller][1])[_FORGOTTEN_AFTER // 2 :]
            kept = {caller: kept[caller] for caller in newest}
        self._buckets = kept


def _too_often(caller: str, seconds: int) -> TongchouError:
    return TongchouError(
        "api.too_often",
        what=Text("请求过于频繁", "requests come too often"),
        where=caller.partition(":")[0],
        why=Text("超过每分钟的限额", "more than the limit of a minute"),
        remedy=Text(f"{seconds} 秒后重试", f"try again after {seconds} seconds"),
    )
