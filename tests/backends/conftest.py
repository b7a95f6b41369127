"""The same steps on every engine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongchou.store.engine import Engine
from tongchou.store.engines import open_engine


def spark_is_missing() -> str | None:
    """Return why Spark cannot run here, or None if it can."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "pyspark is not installed"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "there is no Java runtime"
    return None


@pytest.fixture(scope="session", params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "spark" and (reason := spark_is_missing()):
        pytest.skip(reason)
    with open_engine(request.param) as opened:
        yield opened


@pytest.fixture(scope="session")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tongchou.simulation.region import generate_region

    folder = tmp_path_factory.mktemp("backends") / "county"
    generate_region(folder, seed=11, cases=400)
    return folder
