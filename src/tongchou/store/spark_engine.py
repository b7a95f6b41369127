"""Spark, the engine for regions that outgrow a machine."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.store.engine import BATCH_ROWS, Frame, Kernel

MASTER_VARIABLE = "TONGCHOU_SPARK_MASTER"
"""Environment variable that names the Spark master; `SPARK_REMOTE` (Spark Connect) goes before it."""


class SparkEngine:
    """Runs steps on Spark: the cluster of `SPARK_REMOTE` or `TONGCHOU_SPARK_MASTER`, else `local[2]`.

    The lake must lie where driver and workers both reach it.

    Raises:
        TongchouError: `store.no_spark` if pyspark is not installed, or Spark does not start (no Java).
    """

    name = "spark"

    def __init__(self) -> None:
        self._session = _session()
        self._landing = Path(tempfile.mkdtemp(prefix="tongchou-spark-"))
        self._streams = 0

    def scan(self, files: Sequence[Path], schema: pa.Schema) -> Frame:
        """Return the rows of Parquet files; an empty frame of the schema where there are none."""
        if not files:
            return self.local(schema.empty_table())
        frame = self._session.read.parquet(*(str(file) for file in files))
        return nw.from_native(frame).select(schema.names)

    def local(self, table: pa.Table) -> Frame:
        """Return a small table that the caller holds, for joining."""
        return nw.from_native(self._session.createDataFrame(table))

    def ordered_lists(self, frame: Frame, *, key: str, order: str, value: str) -> Frame:
        """Return one row per `key` with `value` gathered into a list in the order of `order`."""
        from pyspark.sql import functions as f

        gathered = f.sort_array(f.collect_list(f.struct(order, value)))
        rows = frame.to_native().groupBy(key).agg(gathered.alias("_ordered"))
        return nw.from_native(rows.select(key, f.col(f"_ordered.{value}").alias(value)))

    def stream(self, frame: Frame) -> pa.RecordBatchReader:
        """Return the rows batch by batch, in the frame's order where it was sorted."""
        return self._landed(frame.to_native(), None)

    def map_batches(self, frame: Frame, kernel: Kernel, schema: pa.Schema) -> pa.RecordBatchReader:
        """Return the kernel's rows of `schema` for each batch of the frame, in the frame's order."""
        from pyspark.sql.pandas.types import from_arrow_schema

        def mapped(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield kernel(batch)

        rows = frame.to_native().mapInArrow(mapped, from_arrow_schema(schema))
        return self._landed(rows, schema)

    def collect(self, frame: Frame) -> pa.Table:
        """Return a small result whole."""
        table: pa.Table = frame.to_native().toArrow()
        return table

    def close(self) -> None:
        """Remove what was landed; the Spark session itself is shared and stays."""
        shutil.rmtree(self._landing, ignore_errors=True)

    def _landed(self, rows: Any, schema: pa.Schema | None) -> pa.RecordBatchReader:
        from pyarrow import dataset as ds

        # The workers write, the driver streams: a result larger than the driver's memory still passes.
        self._streams += 1
        folder = self._landing / str(self._streams)
        rows.write.parquet(str(folder))
        files = sorted(str(file) for file in folder.glob("part-*.parquet"))
        dataset = ds.dataset(files, format="parquet")
        reader = dataset.scanner(batch_size=BATCH_ROWS, use_threads=False).to_reader()
        if schema is None:
            return reader
        return pa.RecordBatchReader.from_batches(schema, (batch.cast(schema) for batch in reader))


def _session() -> Any:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise _no_spark(
            Text("没有安装 pyspark", "pyspark is not installed"),
            Text("运行 pip install 'tongchou[spark]'", "run pip install 'tongchou[spark]'"),
        ) from error
    builder = SparkSession.builder.appName("tongchou")
    if "SPARK_REMOTE" not in os.environ:
        builder = builder.master(os.environ.get(MASTER_VARIABLE, "local[2]")).config("spark.ui.enabled", "false")
    try:
        session = builder.getOrCreate()
    except Exception as error:  # Spark's own errors, those of its bridge to Java, and the system's
        said = str(error).partition("\n")[0]
        raise _no_spark(
            Text(f"Spark 没有启动：{said}", f"Spark did not start: {said}"),
            Text(
                f"安装 Java 17 并设置 JAVA_HOME，检查 {MASTER_VARIABLE}；或改用 --engine duckdb",
                f"install Java 17 and set JAVA_HOME, check {MASTER_VARIABLE}; or use --engine duckdb",
            ),
        ) from error
    session.conf.set("spark.sql.session.timeZone", "Asia/Shanghai")
    session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(BATCH_ROWS))
    return session


def _no_spark(why: Text, remedy: Text) -> TongchouError:
    return TongchouError(
        "store.no_spark",
        what=Text("Spark 引擎不能用", "the Spark engine cannot be used"),
        where="--engine spark",
        why=why,
        remedy=remedy,
    )
