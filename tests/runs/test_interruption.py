"""SIGKILL at any moment of intake or settlement: the next run ends as an undisturbed one."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.runs.conftest import make_region, settle_region

from tongchou.simulation.region import generate_region

CASES = 400
LINE = """
import sys
from pathlib import Path
from tongchou.intake import take_in
from tongchou.runs.region import Period, open_region
from tongchou.runs.order import Order
from tongchou.runs.settle import settle
from tongchou.store.engines import open_engine
region = open_region(Path(sys.argv[1]))
print("ready", flush=True)
with open_engine("duckdb") as engine:
    take_in([region.folder / "landing"], region.lake, engine)
    record = settle(Order(region, Period(2025)), engine)
print(record.result_hash, flush=True)
"""


def _start(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", LINE, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.slow
def test_killed_at_ten_random_moments_the_result_is_that_of_an_undisturbed_run(tmp_path: Path) -> None:
    undisturbed = settle_region(make_region(tmp_path / "calm", cases=CASES))
    folder = tmp_path / "stormy"
    generate_region(folder, seed=7, cases=CASES)
    started = time.monotonic()
    probe = make_region(tmp_path / "probe", cases=CASES)
    settle_region(probe)
    length = time.monotonic() - started
    moments = random.Random(20250101)
    killed = 0
    for _ in range(10):
        process = _start(folder)
        try:
            process.wait(timeout=moments.uniform(0, length))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    last = _start(folder)
    output, _ = last.communicate(timeout=300)
    assert killed >= 3
    assert output.strip() == undisturbed.result_hash
    assert sorted(path.name for path in (folder / "runs").iterdir()) == [".lock", undisturbed.run_id]


@pytest.mark.slow
def test_killed_while_settling_after_intake_the_result_is_the_same(tmp_path: Path) -> None:
    undisturbed = settle_region(make_region(tmp_path / "calm", cases=CASES))
    region = make_region(tmp_path / "stormy", cases=CASES)
    for delay in (0.2, 0.4, 0.6, 0.8, 1.0, 1.4, 1.8, 2.4):
        process = _start(region.folder)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert settle_region(region) == undisturbed
