"""A line without end through the whole command: what becomes of the file, in how much memory.

`python -m benchmarks.intake_line --mb 200` hands in a file of each format with one line of that size, beside one with
a line of a megabyte, by `tongchou intake` in a process of its own, and compares what memory each took.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

PROJECT = Path(__file__).parents[1]
MORE_MB = 200
"""How much more memory the long line may take than the short one: a chunk or two of it, never all."""

_HEAD = b'{"infno":"4101","fixmedins_code":"H00000000001","input":{"setlinfo":{"setl_id":"S","psn_name":"'
_MSH = b"MSH|^~\\&|HIS|H00000000001|YB|370000|20250305101500||ADT^A03|1|P|2.5\rPID|1||"
_BUNDLE = b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"'
LINES: Mapping[str, tuple[bytes, bytes]] = {
    "lists.ndjson": (_HEAD, b'"}}}\n'),
    "list.json": (b"[\n" + _HEAD, b'"}}}\n]'),
    "hqms.csv": (b"A01,A48,D01,C03C\nH00000000001,1,1.00,I10\nH00000000001,", b",1.00,I10\n"),
    "header.csv": (b"A01,A48,D01,C03C,", b""),
    "messages.hl7": (_MSH, b"\r"),
    "bundles.ndjson": (_BUNDLE, b'"}}]}\n{"resourceType":"Bundle","type":"collection","entry":[]}\n'),
    "bundle.json": (_BUNDLE, b'"}}]}'),
    "persons.csv": (b"person_id,sex,born_on,insurance_type,area_id\n", b",male,1950-01-01,employee,A1\n"),
}
"""By the file's name what stands before the digits of the long line and behind them."""

_RUNS = """
import resource, sys
from tongchou.cli.main import main
code = 0
try:
    main()
except SystemExit as ended:
    code = ended.code
use = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss: that is inherited from whoever began the process.
with open("/proc/self/status") as status:
    (peak,) = [int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM")]
print(f"{code or 0} {peak} {use.ru_utime + use.ru_stime:.1f}", file=sys.stderr)
"""


@dataclass(frozen=True)
class Taken:
    """How an intake ended.

    Attributes:
        report: What it printed.
        exit_code: As the command line says.
        peak_mb: The most memory it held, MB.
        cpu: Seconds of processor.
    """

    report: Mapping[str, object]
    exit_code: int
    peak_mb: int
    cpu: float


def write_line(file: Path, mb: int, before: bytes = b"") -> None:
    """Write a file with a line of so many megabytes."""
    begin, end = LINES[file.name]
    with file.open("wb") as stream:
        stream.write(before + begin)
        for _ in range(mb):
            stream.write(b"9" * (1 << 20))
        stream.write(end)


def take(file: Path, region: Path, keys: Path) -> Taken:
    """Hand a file in by the command, in a process of its own."""
    words = ["intake", str(file), "--region", str(region), "--keys", str(keys), "--jobs", "1", "--json"]
    paths = os.pathsep.join([str(PROJECT), str(PROJECT / "src")])
    done = subprocess.run(
        [sys.executable, "-c", _RUNS, *words],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        check=True,
    )
    code, peak, cpu = done.stderr.splitlines()[-1].split()
    return Taken(orjson.loads(done.stdout), int(code), int(peak), float(cpu))


def make_region(folder: Path) -> None:
    """Make a region that knows its institutions, and keys."""
    from tongchou.intake import take_in
    from tongchou.privacy.keys import new_ring
    from tongchou.simulation.region import generate_region
    from tongchou.store.engines import open_engine
    from tongchou.store.lake import Lake

    generate_region(folder / "region", seed=1, cases=20)
    with open_engine("duckdb") as engine:
        take_in([folder / "region" / "landing" / "institutions.parquet"], Lake(folder / "region" / "lake"), engine)
    new_ring(folder / "keys.yaml")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mb", type=int, default=200)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_region(folder)
        for name in LINES:
            taken = []
            for mb in (1, wanted.mb):
                region = folder / f"region-{mb}"
                shutil.copytree(folder / "region", region)
                write_line(folder / name, mb)
                taken.append(take(folder / name, region, folder / "keys.yaml"))
                (folder / name).unlink()
                shutil.rmtree(region)
            short, long = taken
            said = long.report.get("documents") or [each["code"] for each in _problems(long.report)]
            print(
                f"{name:16} exit {long.exit_code}  {short.peak_mb} MB with 1 MB, {long.peak_mb} MB with {wanted.mb} MB,"
                f" {long.cpu:.1f} s CPU  {said}"
            )
            assert long.peak_mb < short.peak_mb + MORE_MB, name
    print("proven: a line without end is set aside or its file refused, in bounded memory")


def _problems(report: Mapping[str, object]) -> list[Mapping[str, str]]:
    problem = report.get("error", report)
    listed = problem.get("problems", [problem]) if isinstance(problem, dict) else []
    return [each for each in listed if "code" in each]


if __name__ == "__main__":
    main()
