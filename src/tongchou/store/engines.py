"""Opening an engine by its name."""

from collections.abc import Iterator
from contextlib import contextmanager

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.store.duckdb_engine import DuckDBEngine
from tongchou.store.engine import Engine
from tongchou.store.spark_engine import SparkEngine

_ENGINES = {"duckdb": DuckDBEngine, "spark": SparkEngine}


@contextmanager
def open_engine(name: str) -> Iterator[Engine]:
    """Open an engine for the length of a `with` block.

    Args:
        name: `duckdb` or `spark`.

    Raises:
        TongchouError: `store.unknown_engine` for another name, `store.no_spark` where Spark is not installed
            or does not start.
    """
    if name not in _ENGINES:
        raise TongchouError(
            "store.unknown_engine",
            what=Text(f"没有名为 {name} 的计算引擎", f"there is no engine named {name}"),
            where="--engine",
            why=Text("只支持 " + "、".join(_ENGINES), "the engines are " + ", ".join(_ENGINES)),
            remedy=Text("改用其中之一", "choose one of these"),
        )
    engine: Engine = _ENGINES[name]()
    try:
        yield engine
    finally:
        engine.close()
