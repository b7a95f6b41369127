"""Documents taken in, killed again and again: the final tables are those of an undisturbed intake.

`python -m benchmarks.intake_kill --lists 200000 --batches 40 --kills 50` prints the proof. With `--at-once 2` two
intakes of the same folder run at once and both are killed.
"""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

PROJECT = Path(__file__).parents[1]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lists", type=int, default=200_000)
    asked.add_argument("--batches", type=int, default=40, help="files of lists; small ones share a batch")
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--at-once", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", nargs=2, metavar=("ROOT", "LANDING"), help="take a folder in and nothing else")
    wanted = asked.parse_args()
    if wanted.only:
        take(Path(wanted.only[0]), Path(wanted.only[1]), wanted.jobs)
        return
    with TemporaryDirectory() as folder:
        prove(Path(folder), wanted)


def prove(folder: Path, wanted: argparse.Namespace) -> None:
    landing = folder / "landing"
    make_lists(landing, wanted.lists, wanted.batches)
    began = time.perf_counter()
    run(folder / "undisturbed", landing, wanted.jobs).wait()
    seconds = time.perf_counter() - began
    print(
        f"undisturbed: {wanted.lists:,} lists in {seconds:.1f} s, {wanted.lists / seconds:,.0f} lists/s, start included"
    )
    expected = fingerprint(folder / "undisturbed")
    random_ = random.Random(wanted.seed)
    kills = 0
    while kills < wanted.kills:
        running = [run(folder / "killed", landing, wanted.jobs) for _ in range(wanted.at_once)]
        time.sleep(2 + random_.random() * max(seconds / 4, 3))
        if all(process.poll() is not None for process in running):
            break
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()
        kills += 1
    finished = [run(folder / "killed", landing, wanted.jobs) for _ in range(wanted.at_once)]
    codes = [process.wait() for process in finished]
    found = fingerprint(folder / "killed")
    print(f"killed {kills} times, then run to the end: exit {codes}")
    for name, digest in sorted(expected.items()):
        print(
            f"  {name:24} {digest[0]:>10,} rows  {digest[1]}  {'equal' if found.get(name) == digest else 'DIFFERENT'}"
        )
    files = pl.read_parquet(lake_of(folder / "killed").files("received_files", lake_of(folder / "killed").snapshot()))
    batches = files["received_batch"].n_unique()
    print(
        f"files {files.height}, distinct {files['file_id'].n_unique()}, expected {wanted.batches}, in {batches} batches"
    )
    print(f"scratch left: {[path.name for path in (folder / 'killed' / '.lake-documents').iterdir() if path.is_dir()]}")
    if found != expected or not files.height == files["file_id"].n_unique() == wanted.batches:
        sys.exit("the tables differ")
    print("proven: every table equals that of the undisturbed intake, no file twice, none missing")


def make_lists(landing: Path, count: int, batches: int) -> None:
    from tests.intake.deliveries.plain import settlement_list, write

    size = count // batches
    for part in range(batches):
        numbers = range(part * size, part * size + size)
        changes = [{"sex": "7"} if number % 997 == 0 else {} for number in numbers]
        documents = [settlement_list(number, **change) for number, change in zip(numbers, changes, strict=True)]
        write(landing / f"lists-{part:03d}.ndjson", documents)


def take(root: Path, landing: Path, jobs: int) -> None:
    from tests.intake.deliveries.conftest import Desk

    from tongchou.store.duckdb_engine import DuckDBEngine

    desk = Desk(root, DuckDBEngine("1GB"))
    if not desk.lake.snapshot().versions:
        desk.open()
    desk.take(landing, jobs=jobs)


def run(root: Path, landing: Path, jobs: int) -> "subprocess.Popen[bytes]":
    paths = os.pathsep.join([str(PROJECT), str(PROJECT / "src")])
    command = [sys.executable, "-m", "benchmarks.intake_kill", "--only", str(root), str(landing), "--jobs", str(jobs)]
    return subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": paths})


def lake_of(root: Path):  # noqa: ANN201
    from tongchou.store.lake import Lake

    return Lake(root / "lake")


def fingerprint(root: Path) -> dict[str, tuple[int, str]]:
    """Return the rows of each table and the hash of them in order."""
    lake = lake_of(root)
    snapshot = lake.snapshot()
    found = {}
    for name in snapshot.versions:
        files = lake.files(name, snapshot)
        rows = pl.read_parquet(files) if files else pl.DataFrame()
        text = rows.sort(rows.columns).write_csv() if rows.width else ""
        found[name] = (rows.height, hashlib.sha256(text.encode()).hexdigest()[:16])
    return found


if __name__ == "__main__":
    main()
