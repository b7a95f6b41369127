"""What is ordered of a run, and everything that its result follows from: facts, policy, grouping."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tongchou import __version__
from tongchou.core.hashing import hash_file, hash_text
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts, staged
from tongchou.runs.groupings import Grouping, choose_grouping
from tongchou.runs.preconditions import posted_runs, require_steady, standing_runs
from tongchou.runs.record import RunInputs
from tongchou.runs.region import Period, Region, RegionPolicy
from tongchou.runs.settlement import ADVANCE
from tongchou.schema.contract import Table
from tongchou.schema.results import FINDINGS, GROUPED, PRICED, RESULT_TABLES
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Lake, Snapshot

GROUPED_FILE = f"{GROUPED.name}.parquet"
PRICED_FILE = f"{PRICED.name}.parquet"
"""The cases' groups and money of a run that posts nothing, in the run's folder."""

POSTED, SHADOW, TRIAL = "", "-shadow", "-trial"
"""How the ids of runs end: of those that post, of those that print and post nothing, of those that only compute."""

Announce = Callable[[str], None]
"""Told each stage when it begins: group, weigh, price, settle, print, post."""


def silent(stage: str) -> None:
    """Announce nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be settled, and how.

    Attributes:
        region: The region.
        period: The year.
        policy: A further policy pack below the region's own.
        scheme: A grouping scheme instead of the policy's, by name or path.
        is_shadow: Compute all, print, and post nothing (模拟运行).
    """

    region: Region
    period: Period
    policy: Path | None = None
    scheme: str | None = None
    is_shadow: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What a run works with.

    Attributes:
        order: What was ordered.
        run_id: The run's id, which follows from its inputs.
        inputs: Everything that its result follows from.
        facts: The region's tables.
        policy: The policy.
        view: The policy on the last day of the period.
        grouping: By what cases are grouped.
        folder: Where it stages its tables.
    """

    order: Order
    run_id: str
    inputs: RunInputs
    facts: Facts
    policy: RegionPolicy
    view: PolicyView
    grouping: Grouping
    folder: Path

    def staged(self, table: Table) -> Frame:
        """Return the rows of a table that the run has staged."""
        return staged(self.facts.engine, self.folder / f"{table.name}.parquet", table)


def prepare(order: Order, engine: Engine, ending: str) -> Work:
    """Return what a run works with; nothing is computed yet.

    Args:
        order: What is ordered.
        engine: What computes.
        ending: How the run's id ends: `POSTED`, `SHADOW` or `TRIAL`.

    Raises:
        TongchouError: Whatever is wrong with policy, scheme or catalogue.
    """
    region = order.region
    policy = region.policy(order.policy)
    require_steady(policy, order.period)
    view = policy.at(order.period.end)
    grouping = choose_grouping(view, region, order.period.year, order.scheme)
    lake = region.lake
    snapshot = _input_snapshot(lake.snapshot())
    inputs = RunInputs(
        period=str(order.period),
        batches=tuple(sorted({write.batch_id for write in lake.batches() if write.kind == "intake"})),
        versions=snapshot.versions,
        policy=policy.fingerprint,
        policy_pack=str(order.policy.resolve()) if order.policy else None,
        scheme=grouping.name,
        scheme_fingerprint=grouping.fingerprint,
        weight_table=_weight_table_hash(view, region),
        software=__version__,
        is_shadow=ending != POSTED,
        last_year=_run_of_last_year(policy, order.period, lake),
    )
    facts = Facts(engine, lake, snapshot)
    overtaken = set(posted_runs(lake)) - set(standing_runs(lake).values())
    run_id = _run_id(inputs, overtaken, ending)
    folder = region.folder / "runs" / f".{run_id}.work"
    return Work(order, run_id, inputs, facts, policy, view, grouping, folder)


def _weight_table_hash(view: PolicyView, region: Region) -> str | None:
    """Return the hash of the weight table that the policy names; None where it names none or it is not there."""
    if view.text("payment/inpatient/method") == "dip_points" or view.text("payment/drg/weights/source") != "table":
        return None
    path = region.weights_folder / f"{view.text('payment/drg/weights/table')}.csv"
    return hash_file(path) if path.is_file() else None


def _run_of_last_year(policy: RegionPolicy, period: Period, lake: Lake) -> str | None:
    """Return the run whose payments the year's advances follow; None where nobody is paid an advance."""
    if all(each.at(period.end).text(ADVANCE) == "none" for each in policy.everyone):
        return None
    return standing_runs(lake).get(str(Period(period.year - 1)))


def _input_snapshot(snapshot: Snapshot) -> Snapshot:
    made = {table.name for table in RESULT_TABLES} - {FINDINGS.name}
    return Snapshot({name: version for name, version in snapshot.versions.items() if name not in made})


def _run_id(inputs: RunInputs, overtaken: set[str], ending: str) -> str:
    """Return the id that the inputs give; with a number behind it where a later run stands instead of that id's."""
    parts = (
        inputs.period,
        *inputs.batches,
        inputs.policy,
        inputs.scheme_fingerprint,
        inputs.weight_table or "",
        inputs.software,
        *((inputs.last_year,) if inputs.last_year else ()),
    )
    base = f"r{inputs.period}-{hash_text(*parts)[:12]}" + ending
    again = next(number for number in itertools.count(1) if _numbered(base, number) not in overtaken)
    return _numbered(base, again)


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"
