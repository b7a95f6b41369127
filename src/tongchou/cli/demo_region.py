"""The demo region: a made-up county, generated, taken in and settled, with a user for each role."""

import os
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tongchou.access.demo_accounts import PASSWORD_VARIABLE, DemoAccount, DemoPlaces, make_demo_accounts
from tongchou.access.passwords import new_password
from tongchou.access.rules import built_in_rules
from tongchou.cli.console import phase_bar, progress_bar
from tongchou.cli.region import show_report
from tongchou.cli.settlement import run_order
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake import take_in
from tongchou.intake.examples import finding_kinds
from tongchou.records.database import open_records
from tongchou.runs.order import Order
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.record import RunRecord
from tongchou.runs.region import REGION_FILE, Period, Region, open_region
from tongchou.schema.tables import ALLIANCE_MEMBERS
from tongchou.simulation.region import generate_region
from tongchou.store.engine import Engine
from tongchou.store.engines import open_engine

DEMO_FOLDER = Path("demo/county")


def make_county(folder: Path, seed: int, cases: int, engine: str) -> tuple[Region, RunRecord]:
    """Generate a county in a folder, take its files in and settle its year; an earlier county there is removed.

    Raises:
        TongchouError: `cli.folder_in_use` if the folder holds something else.
    """
    _start_afresh(folder)
    with progress_bar("生成虚构县域 / generating a made-up county") as advance:
        made = generate_region(folder, seed=seed, cases=cases, progress=advance)
    region = open_region(folder)
    with open_engine(engine) as running:
        with phase_bar() as advance:
            report = take_in([folder / "landing"], region.lake, running, advance)
        show_report(report, finding_kinds(region.lake, running, report.batch_id))
        return region, run_order(Order(region, Period(made.year)), running)


def ready_county(folder: Path, seed: int, cases: int) -> Region:
    """Return the settled county of a folder; it is made where it is not there, or was not finished.

    Raises:
        TongchouError: As `make_county`.
    """
    if _is_generated(folder) and standing_runs(open_region(folder).lake):
        return open_region(folder)
    return make_county(folder, seed, cases, "duckdb")[0]


def demo_users(region: Region, records_url: str) -> tuple[DemoAccount, ...]:
    """Make the demo users that are not there yet, all with one password, and return them.

    Raises:
        TongchouError: `access.not_a_demo`; `access.password` if the environment's password is too weak.
    """
    password = os.environ.get(PASSWORD_VARIABLE) or new_password()
    with closing(open_records(records_url)) as records:
        return make_demo_accounts(records, built_in_rules(), _places(region), datetime.now(UTC), password=password)


def _places(region: Region) -> DemoPlaces:
    """Return where demo users work: the first alliance with its lead, its first hospital and its first centre."""
    with open_engine("duckdb") as engine:
        rows = _members(engine, region)
    alliance = min(row["alliance_id"] for row in rows)
    first = {row["role"]: row["institution_id"] for row in reversed(rows) if row["alliance_id"] == alliance}
    return DemoPlaces(alliance, first["lead"], first["hospital"], first["primary"])


def _members(engine: Engine, region: Region) -> list[dict[str, Any]]:
    files = region.lake.files(ALLIANCE_MEMBERS.name, region.lake.snapshot())
    frame = engine.scan(files, ALLIANCE_MEMBERS.arrow_schema).sort("institution_id")
    return engine.collect(frame).to_pylist()


def _start_afresh(folder: Path) -> None:
    """Remove an earlier demo; refuse to touch a folder that is something else."""
    if not folder.exists():
        return
    if any(folder.iterdir()) and not _is_generated(folder) and not _is_half_generated(folder):
        raise TongchouError(
            "cli.folder_in_use",
            what=Text("目录里有别的文件", "the folder holds other files"),
            where=str(folder),
            why=Text(
                "演示会重建整个目录，而它不是生成的虚构县域",
                "the demo makes the folder anew, and this one is no generated county",
            ),
            remedy=Text("另外指定一个目录", "name another folder"),
        )
    shutil.rmtree(folder)


def _is_generated(folder: Path) -> bool:
    """Return whether `region.yaml` carries the marks of the generator: no one writes a seed for a real region."""
    path = folder / REGION_FILE
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (yaml.YAMLError, ValueError):
        return False
    return isinstance(content, dict) and {"seed", "cases"} <= content.keys()


def _is_half_generated(folder: Path) -> bool:
    """Return whether the folder is what a generator leaves when it is stopped: truths, and no region yet."""
    names = {path.name for path in folder.iterdir()}
    truths = {name for name in names if name.startswith("truths")}
    return bool(truths) and names - truths <= {"landing", "policy"}
