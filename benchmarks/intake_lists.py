"""Settlement lists taken in, end to end: lists a second, processor time a list, memory, beside what reading costs.

`python -m benchmarks.intake_lists --lists 100000` makes a region, writes its lists (4101A) with their replies and the
register of the insured, and takes all of it in with the sealed map and every check. The floor is what Polars and
DuckDB need to read the same lists and write them as Parquet.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

PROJECT = Path(__file__).parents[1]
_MB = 1 << 20


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lists", type=int, default=100_000)
    asked.add_argument("--files", type=int, default=8, help="files of lists; 0 for one a hospital and month")
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--folder", type=Path, help="keep the data here, and use it again")
    asked.add_argument("--only", help="do one step and print what it took")
    wanted = asked.parse_args()
    if wanted.only == "make":
        make(wanted.folder, wanted.lists, wanted.files)
        print("{}")
        return
    if wanted.only:
        print(orjson.dumps(STEPS[wanted.only](wanted.folder, wanted.jobs)).decode())
        return
    with tempfile.TemporaryDirectory(prefix="tongchou-bench-") as scratch:
        measure(wanted.folder or Path(scratch), wanted)


def measure(folder: Path, wanted: argparse.Namespace) -> None:
    if not (folder / "landing").is_dir():
        # In a process of its own: what that one took would count for those started after it.
        run("make", folder, wanted.jobs, "--lists", str(wanted.lists), "--files", str(wanted.files))
    shutil.rmtree(folder / "region", ignore_errors=True)
    figures = {name: run(name, folder, wanted.jobs) for name in STEPS}
    intake, floor = figures["intake"], min(figures["polars"]["cpu"], figures["duckdb"]["cpu"])
    size = sum(file.stat().st_size for file in (folder / "landing").glob("*4101A*"))
    count = wanted.lists
    print(f"{count:,} lists of 4101A ({size / _MB:,.0f} MB) with replies and register, {wanted.jobs} workers")
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name, spent in figures.items():
        print(
            f"  {name:8} {spent['seconds']:8.1f} s  {spent['cpu']:8.1f} s CPU  {count / spent['seconds']:9,.0f} lists/s"
            f"  {spent['cpu'] / count * 1e3:6.3f} ms CPU/list  peak {spent['peak'] / _MB:,.0f} MB a process"
        )
    print(f"ratio to the floor (CPU): {intake['cpu'] / floor:.1f}")
    print(f"on {wanted.jobs} cores of their own: {count / (intake['cpu'] / wanted.jobs):,.0f} lists/s at most")


def run(step: str, folder: Path, jobs: int, *further: str) -> dict[str, float]:
    """Run a step as a process of its own, and return what it said."""
    paths = os.pathsep.join([str(PROJECT), str(PROJECT / "src")])
    command = [sys.executable, "-m", "benchmarks.intake_lists", "--only", step, "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--jobs", str(jobs), *further],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        check=True,
    )
    said: dict[str, float] = orjson.loads(done.stdout.splitlines()[-1])
    return said


def make(folder: Path, lists: int, files: int) -> None:
    from tongchou.privacy.keys import new_ring
    from tongchou.simulation.interface_files import write_interface_files
    from tongchou.simulation.region import generate_region

    generate_region(folder / "made", seed=1, cases=lists)
    written = write_interface_files(folder / "made" / "landing", folder / "written", seed=1)
    landing = folder / "landing"
    landing.mkdir()
    shutil.copy2(folder / "made" / "landing" / "institutions.parquet", landing)
    shutil.copy2(folder / "written" / "insured_persons.csv", landing)
    for place, file in enumerate(written.files):
        for kind in ("4101A", "2304"):
            source = file.with_name(file.name.replace("-4101A.", f"-{kind}."))
            name = f"{place % files:02d}-{kind}.ndjson" if files else source.name
            with (landing / name).open("ab") as target:
                target.write(source.read_bytes())
    shutil.rmtree(folder / "written")
    new_ring(folder / "keys.yaml")


def take_in(folder: Path, jobs: int) -> dict[str, float]:
    from tongchou.cli.intake import _Counter
    from tongchou.runs.region import open_region
    from tongchou.store.engines import open_engine

    region = folder / "region"
    region.mkdir()
    shutil.copy2(folder / "made" / "region.yaml", region)
    shutil.copytree(folder / "made" / "policy", region / "policy")
    counter = _Counter(open_region(region), None, folder / "keys.yaml", None, None, jobs)
    with open_engine("duckdb") as engine:
        began = time.perf_counter()
        report = counter.take([folder / "landing"], engine)
        seconds = time.perf_counter() - began
    assert report.count.set_aside == 0, report.count
    return spent(seconds)


def read_with_polars(folder: Path, _jobs: int) -> dict[str, float]:
    import polars as pl

    began = time.perf_counter()
    for file in (folder / "landing").glob("*.ndjson"):
        pl.read_ndjson(file, infer_schema_length=None).write_parquet(folder / "floor.parquet")
    return spent(time.perf_counter() - began)


def read_with_duckdb(folder: Path, _jobs: int) -> dict[str, float]:
    import duckdb

    began = time.perf_counter()
    for file in (folder / "landing").glob("*.ndjson"):
        rows = duckdb.sql(f"select * from read_json('{file}', format = 'newline_delimited', sample_size = -1)")
        rows.write_parquet(str(folder / "floor.parquet"))
    return spent(time.perf_counter() - began)


def spent(seconds: float) -> dict[str, float]:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(use.ru_utime + use.ru_stime for use in uses)
    return {"seconds": seconds, "cpu": cpu, "peak": max(use.ru_maxrss for use in uses) * 1024}


STEPS = {"intake": take_in, "polars": read_with_polars, "duckdb": read_with_duckdb}


if __name__ == "__main__":
    main()
