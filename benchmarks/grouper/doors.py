"""The doors of our grouper, each measured in a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.grouper.cases import random_cases
from benchmarks.grouper.figures import Figure, best_of, each_of, peak
from tongchou.grouping.exchange.table_import import import_tables
from tongchou.grouping.exchange.workbook_import import import_workbook
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.reading import build_scheme
from tongchou.grouping.schemes.tables import SchemeTables, write_tables

BATCH_ROWS = 262_144
REPETITIONS = 5
SINGLE_CASES = 20_000
EXPLAINED_CASES = 2_000
PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data"


def in_memory(scheme: str, count: int) -> list[Figure]:
    """Group Arrow lists into dictionary-coded groups, on one core and on all."""
    grouper = Grouper.find(scheme)
    cases = random_cases(grouper, count)
    batches = [cases.slice(first, BATCH_ROWS) for first in range(0, count, BATCH_ROWS)]
    _warm(grouper, cases)
    one = best_of(lambda: [grouper.group(batch) for batch in batches], REPETITIONS)
    every = best_of(lambda: sum(batch.num_rows for batch in grouper.stream(batches)), REPETITIONS)
    return [
        Figure("Arrow, one core", count, one, peak_bytes=peak()),
        Figure(f"Arrow, {os.cpu_count()} cores", count, every, peak_bytes=peak()),
    ]


def many_in_memory(scheme: str, count: int) -> list[Figure]:
    """Group twenty times as many cases, batch by batch, and say how far the memory grew."""
    grouper = Grouper.find(scheme)
    cases = random_cases(grouper, BATCH_ROWS)
    _warm(grouper, cases)

    def batches(number: int) -> Iterator[pa.RecordBatch]:
        for _ in range(-(-number // BATCH_ROWS)):
            yield cases

    for _ in grouper.stream(batches(count)):
        pass
    before = peak()
    began = time.perf_counter()
    grouped = sum(batch.num_rows for batch in grouper.stream(batches(20 * count)))
    seconds = time.perf_counter() - began
    grown = (peak() - before) / 1024**2
    return [Figure("Arrow, twenty times", grouped, seconds, f"memory grew by {grown:,.0f} MB", peak())]


def one_by_one(scheme: str, count: int) -> list[Figure]:
    """Group single cases, without and with their explanation."""
    grouper = Grouper.find(scheme)
    cases = random_cases(grouper, min(count, SINGLE_CASES)).to_pylist()
    for case in cases:
        grouper.group_one(case)
    for case in cases[:EXPLAINED_CASES]:
        grouper.explain(case)
    median, worst = each_of(lambda number: grouper.group_one(cases[number]), len(cases))
    explained, slowest = each_of(lambda number: grouper.explain(cases[number]), min(len(cases), EXPLAINED_CASES))
    return [
        Figure("one case", 1, median / 1e6, f"p50 {median:.1f} us, p99 {worst:.1f} us"),
        Figure("one case, explained", 1, explained / 1e6, f"p50 {explained:,.0f} us, p99 {slowest:,.0f} us"),
    ]


def from_file_to_file(scheme: str, count: int) -> list[Figure]:
    """Run the command from a Parquet file to another: one case, all, and five times as many."""
    with tempfile.TemporaryDirectory(prefix="tongchou-bench-") as folder:
        cases = pa.table(random_cases(Grouper.find(scheme), count))
        sources = {1: cases.slice(0, 1), count: cases, 5 * count: pa.concat_tables([cases] * 5)}
        seconds = {number: _command(scheme, source, Path(folder)) for number, source in sources.items()}
    return [
        Figure("command, Parquet to Parquet", number, seconds[number], f"of it {seconds[1]:.2f} s to start")
        for number in (count, 5 * count)
    ]


def _command(scheme: str, cases: pa.Table, folder: Path) -> float:
    source, result = folder / "cases.parquet", folder / "grouped.parquet"
    pq.write_table(cases, source, compression="zstd", row_group_size=1_000_000)
    call = "from tongchou.cli.main import main; main()"
    command = [sys.executable, "-c", call, "group", source, "--scheme", scheme, "--out", result]

    def run() -> None:
        # 1: cases that are not valid are no failure of the command.
        if subprocess.run(command, check=False, capture_output=True).returncode > 1:
            raise RuntimeError("tongchou group failed")
        if pq.read_metadata(result).num_rows != cases.num_rows:
            raise RuntimeError("tongchou group lost cases")

    return best_of(run, 3)


def in_spark(scheme: str, count: int) -> list[Figure]:
    """Group in Spark `local[2]` by `mapInArrow`, and compare with what one thread gave."""
    try:
        from benchmarks.grouper.spark import group_in_spark
    except ImportError:
        return [Figure("Spark local[2]", 0, 0.0, "pyspark is not installed")]
    return group_in_spark(scheme, count)


def starting(scheme: str, count: int) -> list[Figure]:
    """Time what a process waits for before its first case and its first batch, from the second start on."""
    script = (
        "import time; a=time.perf_counter(); import pyarrow, numpy\n"
        "from tongchou.grouping.grouper import Grouper\n"
        "b=time.perf_counter(); g=Grouper.find(__import__('sys').argv[1])\n"
        "c=time.perf_counter(); import numba; d=time.perf_counter()\n"
        "row={'case_id':'1','sex':'male','age_years':1,'age_days':None,'birth_weight_g':None,"
        "'diagnoses':['J18.900'],'procedures':[]}\n"
        "g.group(pyarrow.RecordBatch.from_pylist([row])); e=time.perf_counter(); print(b-a, c-b, d-c, e-d)\n"
    )
    runs = []
    for _ in range(4):
        done = subprocess.run([sys.executable, "-c", script, scheme], check=True, capture_output=True, text=True)
        runs.append([float(word) for word in done.stdout.split()])
    imports, load, numba, batch = (min(each) for each in zip(*runs[1:], strict=True))
    return [
        Figure("load of a compiled scheme", 0, load),
        Figure("first batch of a process", 0, batch, f"imports {imports:.2f} s, numba {numba:.2f} s before it"),
    ]


def importing(scheme: str, count: int) -> list[Figure]:
    """Import the published schemes, from their files to a scheme's folder that was read and found whole."""
    if not PUBLISHED.is_dir():
        return [Figure("import of a scheme", 0, 0.0, "needs the published tables")]
    sources: dict[str, Callable[[], SchemeTables]] = {
        "tables": lambda: import_tables(PUBLISHED / "chs-drg" / "chs-drg-1.1", PUBLISHED / "codes"),
        "workbook": lambda: import_workbook(PUBLISHED / "chs-drg" / "chs-drg-workbook.xlsx"),
    }
    return [Figure(f"import of a scheme, {name}", 0, best_of(_import_of(read), 3)) for name, read in sources.items()]


def _import_of(read: Callable[[], SchemeTables]) -> Callable[[], None]:
    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="tongchou-bench-") as folder:
            tables = read()
            build_scheme(tables)
            write_tables(tables, Path(folder) / "scheme")

    return work


def _warm(grouper: Grouper, cases: pa.RecordBatch) -> None:
    grouper.group(cases)
