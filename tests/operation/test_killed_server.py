"""A server killed in the middle of its work loses nothing and books nothing twice.

`benchmarks/kill_server.py` does it more often.
"""

import random
import shutil
from pathlib import Path

import pytest
from benchmarks.kill_server import make_county, settle_through


@pytest.mark.slow
@pytest.mark.parametrize("kills", [{"run": 2, "posting": 2}], ids=["2 in the run, 2 while posting"])
def test_a_killed_server_ends_where_an_undisturbed_one_does(
    kills: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "src"))
    make_county(tmp_path / "county", 500)
    shutil.copytree(tmp_path / "county", tmp_path / "killed")
    chance = random.Random(7)
    expected, _ = settle_through(tmp_path / "county", tmp_path / "log", {}, chance)
    end, told = settle_through(tmp_path / "killed", tmp_path / "log", kills, chance)
    assert told.hit["run"] >= 1
    assert told.hit["posting"] >= 1
    assert expected.problems == ()
    assert len(expected.statements) > 10
    assert end == expected
