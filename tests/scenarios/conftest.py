"""A small made-up county and scenarios for it; runs are shared, since a shadow run posts nothing."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tongchou.intake import take_in
from tongchou.runs.region import Region, open_region
from tongchou.scenarios.results import CaseSums, Cell, RunResults
from tongchou.scenarios.scenario import Scenario, read_scenario
from tongchou.scenarios.trial import Trial, run_trial
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine

EXAMPLE = Path(__file__).parents[2] / "examples" / "scenarios" / "level-factors.yaml"

HEAD = """id: {id}
name: {{zh: 试验, en: trial}}
base: {{region: demo_county, period: 2025}}
"""


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Region:
    folder = tmp_path_factory.mktemp("trials") / "county"
    generate_region(folder, seed=11, cases=500)
    region = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], region.lake, engine)
    return region


@pytest.fixture
def own_county(county: Region, tmp_path: Path) -> Region:
    """A copy that a test may change."""
    shutil.copytree(county.folder, tmp_path / "county")
    return open_region(tmp_path / "county")


@pytest.fixture
def scenario_of(county: Region, tmp_path: Path) -> Callable[..., Scenario]:
    """Return a function that reads a scenario from the rest of its file."""

    def read(rest: str, scenario_id: str = "trial", region: Region = county) -> Scenario:
        file = tmp_path / f"{scenario_id}.yaml"
        file.write_text(HEAD.format(id=scenario_id) + rest, encoding="utf-8")
        return read_scenario(file, region)

    return read


def tried(scenario: Scenario, region: Region) -> Trial:
    with open_engine("duckdb") as engine:
        return run_trial(scenario, region, engine)


@pytest.fixture(scope="session")
def example(county: Region) -> Trial:
    return tried(read_scenario(EXAMPLE, county), county)


@dataclass(frozen=True)
class Sums:
    """Cells of a made-up run: (institution, level, type, cases, total, patient, fund)."""

    rows: tuple[tuple[str, str, str, int, int, int, int], ...]

    def results(self, **other: Any) -> RunResults:
        cells = tuple(
            Cell(
                institution,
                level,
                kind,
                "A",
                1_000_000,
                10_000,
                CaseSums(cases, cases * 10_000, total, fund + patient, patient, fund, fund + patient - total, fund),
            )
            for institution, level, kind, cases, total, patient, fund in self.rows
        )
        given = {"record": None, "view": None, "read_alliances": tuple, "outpatient_fund_fen": 0, "group_names": {}}
        return RunResults(cells=cells, **{**given, **other})
