"""A trial (模拟运行): the base and the scenario settled as shadow runs, nothing posted by either."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tongchou.core.text import Text
from tongchou.runs.region import Region
from tongchou.runs.settle import Order, settle
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
    """Settle the base and the scenario as shadow runs and read both.

    A shadow run that was finished before is taken as it is, so a second scenario costs one run.

    Raises:
        TongchouError: As `runs.settle.settle` and `results.read_results` say.
    """
    base = shadow_run(region, scenario, None, engine, lambda stage: announce("base", stage))
    pack = write_trial_pack(scenario, region)
    tried = shadow_run(region, scenario, pack, engine, lambda stage: announce("scenario", stage))
    return Trial(region, scenario, base, tried, pack)


def run_starting_point(scenario: Scenario, region: Region, engine: Engine, announce: AnnounceOf = _silent) -> Trial:
    """As `run_trial`; a scenario that changes nothing is its own base and costs one run."""
    if scenario.changes:
        return run_trial(scenario, region, engine, announce)
    base = shadow_run(region, scenario, None, engine, lambda stage: announce("base", stage))
    return Trial(region, scenario, base, base, None)


def shadow_run(
    region: Region, scenario: Scenario, pack: Path | None, engine: Engine, announce: Callable[[str], None]
) -> RunResults:
    """Settle the scenario's period under a pack below the region's own (None: the region's own), posting nothing."""
    record = settle(Order(region, scenario.period, policy=pack, is_shadow=True), engine, announce)
    return read_results(region, scenario.period, pack, record, engine)


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
