"""A trial (模拟运行): the base beside the scenario, nothing posted by either."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tongchou.core.text import Text
from tongchou.runs.order import Order
from tongchou.runs.region import Period, Region
from tongchou.runs.trials import real_or_trial, try_out
from tongchou.scenarios.changes import dated_values
from tongchou.scenarios.results import RunResults, read_results
from tongchou.scenarios.scenario import Scenario
from tongchou.scenarios.trial_pack import write_pack
from tongchou.store.engine import Engine

AnnounceOf = Callable[[str, str], None]
"""Told each stage when it begins: `base` or `scenario`, and the stage of the run."""


def _silent(which: str, stage: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Trial:
    """A scenario that was tried.

    Attributes:
        region: The region.
        scenario: The scenario.
        base: What the present policy comes to.
        tried: What the scenario's policy comes to.
        pack: The scenario's policy pack; None where the base itself was tried.
    """

    region: Region
    scenario: Scenario
    base: RunResults
    tried: RunResults
    pack: Path | None


def run_trial(scenario: Scenario, region: Region, engine: Engine, announce: AnnounceOf = _silent) -> Trial:
    """Compute the scenario, and the base where the real run of the period is not that; read both.

    What was computed before is taken as it is, so a second scenario costs one run.

    Raises:
        TongchouError: As `runs.trials.try_out` and `results.read_results` say.
    """
    base = base_run(region, scenario, engine, lambda stage: announce("base", stage))
    pack = write_trial_pack(scenario, region)
    tried = trial_run(region, base, pack, engine, lambda stage: announce("scenario", stage))
    return Trial(region, scenario, base, tried, pack)


def run_starting_point(scenario: Scenario, region: Region, engine: Engine, announce: AnnounceOf = _silent) -> Trial:
    """As `run_trial`; a scenario that changes nothing is its own base and costs one run."""
    if scenario.changes:
        return run_trial(scenario, region, engine, announce)
    base = base_run(region, scenario, engine, lambda stage: announce("base", stage))
    return Trial(region, scenario, base, base, None)


def base_run(region: Region, scenario: Scenario, engine: Engine, announce: Callable[[str], None]) -> RunResults:
    """Return what the region's own policy comes to in the scenario's period: the real run's result where it stands."""
    record = real_or_trial(Order(region, scenario.period), engine, announce)
    return read_results(region, scenario.period, None, record, engine)


def trial_run(
    region: Region, base: RunResults, pack: Path, engine: Engine, announce: Callable[[str], None]
) -> RunResults:
    """Compute the period of a base under a pack below the region's own, posting nothing."""
    period = Period.parse(base.record.inputs.period)
    record = try_out(Order(region, period, policy=pack), engine, announce, base.record)
    return read_results(region, period, pack, record, engine)


def write_trial_pack(scenario: Scenario, region: Region) -> Path:
    """Write the scenario's changes as a pack into its folder, where explanations find it later."""
    return write_pack(
        scenario.folder(region) / "policy",
        region,
        f"scenario-{scenario.scenario_id}",
        Text(f"情景：{scenario.name.zh}", f"scenario: {scenario.name.en}"),
        dated_values(scenario.changes),
        source_title(scenario),
    )


def source_title(scenario: Scenario) -> str:
    """Return the title of the source of every value that a scenario changes."""
    return f"情景 {scenario.scenario_id} / scenario {scenario.scenario_id}"
