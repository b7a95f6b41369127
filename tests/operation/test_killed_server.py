"""A server killed in the middle of its work loses nothing and books nothing twice.

`benchmarks/kill_server.py` does it more often.
"""

import random
from pathlib import Path

import pytest
from benchmarks.kill_server import end_of, make_county, settle_through
from tests.settled_county import CASES, SettledCounty


@pytest.mark.slow
def test_a_server_killed_in_the_run_and_while_posting_ends_where_nobody_disturbed_it(
    settled_county: SettledCounty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "src"))
    make_county(tmp_path / "killed", CASES)  # the same county, not settled yet
    expected = end_of(settled_county.folder)
    end, told = settle_through(tmp_path / "killed", tmp_path / "log", {"run": 1, "posting": 1}, random.Random(7))
    assert told.hit["run"] + told.hit["posting"] >= 1
    assert expected.problems == ()
    assert len(expected.statements) > 10
    assert end == expected
