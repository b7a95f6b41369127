"""Writing a whole invented region: chunk by chunk, in flat memory, the same bytes for the same seed."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy import Policy, PolicyView
from tongchou.schema.tables import INPUT_TABLES
from tongchou.simulation import stay_tables
from tongchou.simulation.chunk import World, build_world, draw_chunk
from tongchou.simulation.county_files import COUNTY
from tongchou.simulation.exams import exam_results
from tongchou.simulation.policy_pack import write_policy_pack
from tongchou.simulation.referrals import referrals
from tongchou.simulation.roster import roster_tables
from tongchou.simulation.service_events import service_events
from tongchou.simulation.totals import Totals
from tongchou.simulation.truths import TRUTH_SCHEMA, policy_change_truths, stay_truths
from tongchou.simulation.visits import visits

CHUNK_CASES = 25_000
"""Stays drawn at a time, with their people: what bounds memory."""

_TRUTHS = "truths"
_SCHEMAS = {table.name: table.arrow_schema for table in INPUT_TABLES} | {_TRUTHS: TRUTH_SCHEMA}


@dataclass(frozen=True, slots=True)
class RegionSummary:
    """What was written.

    Attributes:
        folder: The region's folder.
        region_id: Its id, also that of its policy pack.
        rows: Number of rows of each table, `truths` included.
        total_fen: Cost of all stays.
        year: The calendar year that the care falls into.
    """

    folder: Path
    region_id: str
    rows: dict[str, int]
    total_fen: int
    year: int


def generate_region(
    folder: Path,
    *,
    seed: int,
    cases: int,
    progress: Callable[[int, int], None] | None = None,
    county: Path = COUNTY,
) -> RegionSummary:
    """Write an invented county with a year of care: tables to hand in, policy pack, `region.yaml`, planted truths.

    The same seed and number of cases give the same bytes.

    Args:
        folder: The region's folder; must not hold a region yet.
        seed: Any whole number from 0; another seed is another region.
        cases: Number of stays; the insured and everything else follow in proportion.
        progress: Called with the stays written so far and all of them.
        county: Folder of the county's data files.

    Raises:
        TongchouError: `simulation.bad_cases` or `simulation.bad_seed` for a number that is too small,
            `simulation.folder_in_use` if the folder holds a region, `simulation.bad_file` for a wrong data file.
    """
    _check(folder, seed, cases)
    roots = np.random.SeedSequence(seed).spawn(2)
    world = build_world(cases, np.random.default_rng(roots[0]), county)
    roster = world.county.roster
    city = Policy.load().at(date(roster.year, 1, 1), roster.parent_pack)
    chunks = -(-cases // CHUNK_CASES)
    seeds = roots[1].spawn(chunks + 1)
    totals = Totals()
    with _Writers(folder) as writers:
        for name, table in roster_tables(world.roster, roster).items():
            writers.write(name, table)
        for number in range(chunks):
            first, end = cases * number // chunks, cases * (number + 1) // chunks
            _write_chunk(writers, np.random.default_rng(seeds[number]), world, totals, city, number, first, end)
            if progress is not None:
                progress(end, cases)
        writers.write(_TRUTHS, policy_change_truths(world))
        rows = writers.rows
    write_policy_pack(folder / "policy", totals, world, city, seed, np.random.default_rng(seeds[chunks]))
    (folder / "region.yaml").write_text(
        f"id: {roster.pack}\n"
        f"name: {{zh: {roster.county.zh}, en: {roster.county.en}}}\n"
        f"pack: {roster.pack}\n"
        f"seed: {seed}\n"
        f"cases: {cases}\n"
        f"period: {roster.year}\n",
        encoding="utf-8",
    )
    return RegionSummary(folder, roster.pack, rows, int(totals.cost_fen.sum()), roster.year)


def _write_chunk(
    writers: "_Writers",
    rng: np.random.Generator,
    world: World,
    totals: Totals,
    city: PolicyView,
    number: int,
    first: int,
    end: int,
) -> None:
    per_case = world.county.roster.insured_per_case
    first_person = first * per_case.persons // per_case.cases
    chunk = draw_chunk(
        rng,
        world,
        number=number,
        first_case=first,
        case_count=end - first,
        first_person=first_person,
        person_count=end * per_case.persons // per_case.cases - first_person,
    )
    visit_table = visits(rng, chunk, world)
    referral_table, false_referrals = referrals(rng, chunk, world)
    exam_table, repeats = exam_results(rng, chunk, world)
    # Drawn from a stream of its own, so that the rest of the region is what it would be without.
    event_rng = rng.spawn(1)[0]
    for name, table in (
        ("persons", stay_tables.persons(chunk, world)),
        ("cases", stay_tables.cases(rng, chunk, world)),
        ("diagnoses", stay_tables.diagnoses(chunk, world)),
        ("procedures", stay_tables.procedures(chunk, world)),
        ("fees", stay_tables.fees(chunk)),
        ("fee_items", stay_tables.fee_items(chunk, world)),
        ("visits", visit_table),
        ("referrals", referral_table),
        ("contracts", stay_tables.contracts(rng, chunk, world)),
        ("exam_results", exam_table),
        ("service_events", service_events(event_rng, chunk, world)),
        (_TRUTHS, stay_truths(chunk, world)),
        (_TRUTHS, false_referrals),
        (_TRUTHS, repeats),
    ):
        writers.write(name, table)
    totals.add(chunk, visit_table, world, city)


class _Writers:
    """One open Parquet file a table; every table written becomes a row group."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._writers: dict[str, pq.ParquetWriter] = {}
        self.rows: dict[str, int] = dict.fromkeys(_SCHEMAS, 0)

    def __enter__(self) -> "_Writers":
        (self._folder / "landing").mkdir(parents=True)
        for name, schema in _SCHEMAS.items():
            place = self._folder if name == _TRUTHS else self._folder / "landing"
            writer = pq.ParquetWriter(place / f"{name}.parquet", schema, compression="snappy")
            self._writers[name] = self._stack.enter_context(writer)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def write(self, name: str, table: pa.Table) -> None:
        self._writers[name].write_table(table)
        self.rows[name] += table.num_rows


def _check(folder: Path, seed: int, cases: int) -> None:
    for name, value, least in (("cases", cases, 1), ("seed", seed, 0)):
        if value < least:
            raise TongchouError(
                f"simulation.bad_{name}",
                what=Text("无法生成地区", "the region cannot be generated"),
                where=f"{name} = {value}",
                why=Text(f"此数至少为 {least}", f"the number must be at least {least}"),
                remedy=Text("改用更大的整数", "give a larger whole number"),
            )
    if (folder / "landing").exists() or (folder / "region.yaml").exists():
        raise TongchouError(
            "simulation.folder_in_use",
            what=Text("文件夹中已有地区", "the folder holds a region already"),
            where=str(folder),
            why=Text("生成器不覆盖已有数据", "the generator does not overwrite data"),
            remedy=Text("换一个文件夹，或先移走其中内容", "choose another folder, or move its content away first"),
        )
