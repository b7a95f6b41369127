"""A generated region's lists are made, and those of a lake exported, from the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.simulation.region import generate_region


@pytest.mark.slow
def test_lists_are_made_and_exported(tmp_path: Path) -> None:
    region = tmp_path / "region"
    generate_region(region, seed=3, cases=40)
    run = CliRunner().invoke
    made = run(app, ["region", "lists", str(region), "--out", str(tmp_path / "lists"), "--json"])
    assert json.loads(made.stdout)["lists"] == 40
    again = run(app, ["region", "lists", str(region), "--out", str(tmp_path / "lists"), "--json"])
    assert (again.exit_code, json.loads(again.stdout)["code"]) == (1, "simulation.lists_folder")
    out = tmp_path / "out.ndjson"
    command = ["region", "export", "--region", str(region), "--out", str(out), "--json"]
    refused = run(app, command)
    assert (refused.exit_code, json.loads(refused.stdout)["code"]) == (1, "intake.export_no_cases")
    run(app, ["intake", str(region / "landing"), "--region", str(region)])
    exported = run(app, [*command, "--format", "4101"])
    assert json.loads(exported.stdout)["lists"] == 40
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 40
    assert {line["infno"] for line in lines} == {"4101"}
