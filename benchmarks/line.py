"""The stages of the main line, each timed: generation, intake, and the settling of the year."""

import os
import shutil
from pathlib import Path

from benchmarks.measure import Clock, Spent
from benchmarks.place import Place
from tongchou.intake import take_in
from tongchou.runs.order import TRIAL, Order
from tongchou.runs.region import REGION_FILE, Period, open_region
from tongchou.runs.settle import settle
from tongchou.scenarios.comparison import compare
from tongchou.scenarios.scenario import read_scenario
from tongchou.scenarios.trial import run_trial
from tongchou.scenarios.workbook import write_workbook
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine

_SEED = 1
_ENGINE = "duckdb"
_SCENARIO = Path(__file__).parents[1] / "examples" / "scenarios" / "level-factors.yaml"


def generate(place: Place, cases: int) -> dict[str, Spent]:
    """Make the county anew."""
    shutil.rmtree(place.county, ignore_errors=True)
    clock = Clock()
    clock.begin("generation")
    generate_region(place.county, seed=_SEED, cases=cases)
    return clock.end()


def intake(place: Place) -> dict[str, Spent]:
    """Take the county's files into a new lake."""
    shutil.rmtree(place.lake.root, ignore_errors=True)
    clock = Clock()
    with open_engine(_ENGINE) as engine:
        clock.begin("intake")
        take_in([place.landing], place.lake, engine)
        return clock.end()


def settle_year(place: Place) -> dict[str, Spent]:
    """Settle the county's year; the stages are those of `tongchou.runs.settle`, after `prepare`."""
    _copy_region(place.county, place.settled)
    region = open_region(place.settled)
    clock = Clock()
    with open_engine(_ENGINE) as engine:
        clock.begin("prepare")
        settle(Order(region, Period(place.year)), engine, clock.begin)
        return clock.end()


def try_scenario(place: Place) -> dict[str, Spent]:
    """Try a scenario on the settled county and compare it with the real run; the stages follow `read`, the base's."""
    region = open_region(place.settled)
    for tried in (region.folder / "runs").glob(f"*{TRIAL}"):
        shutil.rmtree(tried)
    scenario = read_scenario(_SCENARIO, region)
    clock = Clock()
    with open_engine(_ENGINE) as engine:
        clock.begin("read")
        trial = run_trial(scenario, region, engine, lambda _, stage: clock.begin(stage))
        clock.begin("compare")
        write_workbook(compare(trial), None, place.comparison)
        return clock.end()


def _copy_region(source: Path, target: Path) -> None:
    """Copy a region's lake and policy; a Delta table's files are never changed, so they are linked."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    shutil.copy2(source / REGION_FILE, target)
    shutil.copytree(source / "policy", target / "policy")
    shutil.copytree(source / "lake", target / "lake", copy_function=os.link)
