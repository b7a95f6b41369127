"""Engines for many askers: a few of them, each used by one asker at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.store.duckdb_engine import DuckDBEngine
from tongchou.store.engine import Engine

_WAIT_SECONDS = 30


class EnginePool:
    """A few engines that are lent out.

    Args:
        size: How many.
        memory_limit: Memory of each, in DuckDB's words.
    """

    def __init__(self, size: int = 2, memory_limit: str = "1GB") -> None:
        self._engines = [DuckDBEngine(memory_limit) for _ in range(size)]
        # The one used last has its files and buffers warm.
        self._free: LifoQueue[Engine] = LifoQueue()
        for engine in self._engines:
            self._free.put(engine)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Lend an engine.

        Raises:
            TongchouError: `workplace.busy` if none is free for half a minute.
        """
        try:
            engine = self._free.get(timeout=_WAIT_SECONDS)
        except Empty as error:
            in_use = Text("所有查询引擎都在使用", "every engine is in use")
            raise busy(f"{len(self._engines)}", in_use) from error
        try:
            yield engine
        finally:
            self._free.put(engine)

    def close(self) -> None:
        """Close every engine; nobody may hold one any more."""
        for engine in self._engines:
            engine.close()


def busy(where: str, why: Text) -> TongchouError:
    """Return the error of a question that waited too long behind others."""
    return TongchouError(
        "workplace.busy",
        what=Text("查询繁忙", "too many questions at once"),
        where=where,
        why=why,
        remedy=Text("稍后重试", "try again in a moment"),
    )
