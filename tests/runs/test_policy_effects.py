"""What a region's policy does beyond any single case."""

import json
from collections import defaultdict
from fractions import Fraction

import pytest
from tests.runs.conftest import PERIOD
from tests.runs.test_settle import rows_of
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.core.money import round_half_up
from tongchou.runs.explain import open_run
from tongchou.runs.policy_effects import PolicyEffects, policy_effects
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region
from tongchou.schema.results import PRICED
from tongchou.store.engines import open_engine


@pytest.fixture(scope="module")
def found(settled: tuple[Region, RunRecord]) -> PolicyEffects:
    region, record = settled
    with open_engine("duckdb") as engine:
        return policy_effects(
            region.policy().at(PERIOD.end), open_run(region, record.run_id, engine).facts, record.run_id
        )


def test_the_coefficients_cost_what_the_standards_differ_by(
    settled: tuple[Region, RunRecord], found: PolicyEffects
) -> None:
    without: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows_of(settled[0], PRICED).to_pylist():
        if row["standard_fen"] > 0:
            without[row["institution_id"]] += Fraction(row["standard_fen"] * 10_000, row["factor_e4"])
    report = found.neutrality[0]
    assert {each.institution_id: each.before_fen for each in report.effects} == {
        each: round_half_up(fen) for each, fen in without.items()
    }
    assert report.difference_fen == sum(each.after_fen - each.before_fen for each in report.effects) != 0
    assert sum(each.neutral_fen for each in report.effects) == report.before_fen


def test_a_level_whose_factor_leaves_its_band_is_named(found: PolicyEffects) -> None:
    assert found.bands is not None
    assert {each.level: each.leaves_band for each in found.bands.differences} == {"tertiary": False, "primary": True}
    assert found.inversions == ()


def test_the_command_says_it_to_people_and_to_machines(settled: tuple[Region, RunRecord]) -> None:
    region, record = settled
    said = CliRunner().invoke(app, ["policy", "effects", "--region", str(region.folder)])
    assert said.exit_code == 0, said.output
    assert "没有比例倒挂 / no inverted ratio" in said.output
    told = json.loads(CliRunner().invoke(app, ["policy", "effects", "--region", str(region.folder), "--json"]).stdout)
    assert (told["run"], [each["leaves_band"] for each in told["levels"]]) == (record.run_id, [False, True])
