"""Damaged lists of every kind are accounted for, each with a code; `benchmarks.intake_damaged` does it at full size."""

from pathlib import Path

import pytest
from benchmarks.intake_damaged import DAMAGE, lay_out, prove, take


@pytest.mark.slow
def test_damaged_lists_are_all_accounted_for(tmp_path: Path) -> None:
    kinds = lay_out(tmp_path, 300, seed=3, line_mb=1)
    assert {*DAMAGE, "a line without end"} == kinds.keys()
    report, lake = take(tmp_path)
    codes = prove(report, lake, 301)
    assert codes["intake.broken_document"] > kinds["truncated"]
