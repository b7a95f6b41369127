"""A server killed in the middle of its work loses nothing and books nothing twice.

`benchmarks/kill_server.py` and `benchmarks/kill_upload.py` do it more often.
"""

import random
import shutil
from pathlib import Path

import pytest
from benchmarks import kill_upload
from benchmarks.kill_server import end_of, make_county, settle_through
from tests.settled_county import CASES, SettledCounty

from tongchou.privacy.keys import RING_VARIABLE


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


@pytest.mark.slow
def test_a_server_killed_while_a_file_is_sent_and_taken_in_has_it_whole_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "src"))
    monkeypatch.setenv(RING_VARIABLE, "")  # set by the county, and as it was afterwards
    lists = kill_upload.make_county(tmp_path, 300)
    shutil.copytree(tmp_path / "county", tmp_path / "killed")
    chance = random.Random(7)
    expected, _ = kill_upload.upload_through(tmp_path / "county", lists, tmp_path / "log", {}, chance)
    kills = {"sending": 1, "intake": 1}
    end, hit = kill_upload.upload_through(tmp_path / "killed", lists, tmp_path / "log", kills, chance)
    assert hit["sending"] + hit["intake"] >= 1
    assert expected.uploads == (("taken_in", lists.stat().st_size),)
    assert expected.tables["settlement_lists"][0] > 20
    assert end == expected
