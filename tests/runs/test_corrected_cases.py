"""A list that was paid and is corrected: the next run adjusts what was booked, and says why."""

import shutil
from datetime import date
from pathlib import Path

import orjson
import polars as pl
import pytest
from tests.runs.conftest import settle_region
from tests.runs.test_settle import rows_of

from tongchou.core.money import format_yuan
from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.deliveries.catalogue_checks import CatalogueChecks
from tongchou.intake.deliveries.document_file import sort_files
from tongchou.intake.deliveries.history import history_of
from tongchou.intake.deliveries.sealed_pseudonyms import SealedPseudonyms
from tongchou.intake.deliveries.superseding import Paid
from tongchou.intake.deliveries.taking_deliveries import take_deliveries
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.intake.readers.interface_json import READER
from tongchou.ledger.journal import balances
from tongchou.ledger.periods import State
from tongchou.privacy.keys import find_ring, new_ring
from tongchou.runs.books import Books
from tongchou.runs.explain import open_run
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.region import Region, open_region
from tongchou.schema.results import JOURNAL, PRICED
from tongchou.simulation.interface_files import write_interface_files
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine

pytestmark = pytest.mark.slow  # a county is settled three times
MORE_YUAN = 1_000
END = date(2030, 1, 1)
_TABLES = ("institutions", "alliances", "alliance_members", "contracts", "persons", "visits")
YEAR = [f"2025-{month:02d}" for month in range(1, 13)]
NEXT = [f"2026-{month:02d}" for month in range(1, 13)]


def take(region: Region, *paths: Path) -> None:
    terms = DeliveryTerms(
        SealedPseudonyms(region.folder, region.region_id, find_ring(region.folder.parent / "keys.yaml")),
        checks=CatalogueChecks(own_catalogue()),
    )
    with open_engine("duckdb") as engine:
        report = take_deliveries(
            sort_files(paths, {READER.name: READER}),
            region.lake,
            engine,
            terms,
            jobs=1,
            paid=lambda: Paid(tuple(standing_runs(region.lake).values()), date(2026, 7, 2)),
        )
    assert report.count.set_aside == 0


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a county's tables and its lists, all in one file."""
    folder = tmp_path_factory.mktemp("corrected")
    generate_region(folder / "made", seed=7, cases=200)
    write_interface_files(folder / "made" / "landing", folder / "lists", seed=1, transaction="4101")
    whole = folder / "lists.ndjson"
    whole.write_bytes(b"".join(file.read_bytes() for file in sorted((folder / "lists").glob("*-4101.ndjson"))))
    register = pl.read_parquet(folder / "made" / "landing" / "persons.parquet")
    register.rename({"person_id": "person_number"}).write_csv(folder / "insured_persons.csv")
    new_ring(folder / "keys.yaml")
    return folder


def opened(county: Path, name: str, lists: Path) -> Region:
    folder = county / name
    folder.mkdir()
    shutil.copy2(county / "made" / "region.yaml", folder)
    shutil.copytree(county / "made" / "policy", folder / "policy")
    region = open_region(folder)
    landing = county / "made" / "landing"
    take(region, *(landing / f"{table}.parquet" for table in _TABLES), county / "insured_persons.csv", lists)
    return region


def corrected(line: bytes) -> bytes:
    """Return a list in which the bed, a class A fee, costs more, and the patient pays that."""
    said = orjson.loads(line)
    fee = max(said["input"]["iteminfo"], key=lambda each: float(each["claa_sumfee"]))
    head = said["input"]["setlinfo"]
    for row, names in ((fee, ("amt", "claa_sumfee")), (head, ("psn_selfpay", "psn_cashpay"))):
        for name in names:
            row[name] = f"{float(row[name]) + MORE_YUAN:.2f}"
    return orjson.dumps(said) + b"\n"


def standing_balances(region: Region) -> dict[str, int]:
    return {account: fen for account, fen in balances(rows_of(region, JOURNAL), END).items() if fen}


@pytest.mark.parametrize("is_locked", [False, True], ids=["open", "locked"])
def test_a_corrected_list_is_adjusted_by_the_next_run_and_the_case_says_so(county: Path, is_locked: bool) -> None:
    name = "locked" if is_locked else "open"
    lines = (county / "lists.ndjson").read_bytes().splitlines()
    fixed = county / f"{name}.ndjson"
    fixed.write_bytes(corrected(lines[0]))
    region = opened(county, name, county / "lists.ndjson")
    first = settle_region(region)
    if is_locked:
        with open_engine("duckdb") as engine:
            books = Books(region.lake, engine, region.region_id)
            books.change_periods([*YEAR, *NEXT], State.OPEN, date(2026, 7, 1), "officer", "opened")
            books.change_periods(YEAR, State.LOCKED, date(2026, 7, 1), "officer", "reported")
    take(region, fixed)
    head = orjson.loads(lines[0])["input"]["setlinfo"]
    case = f"{orjson.loads(lines[0])['fixmedins_code']}-{head['setl_id']}"
    history = history_of(region.lake, case)
    assert history is not None
    (correction,) = history.corrections
    assert (correction.kind, correction.run_id) == ("adjusts", first.run_id)
    assert correction.difference_fen == MORE_YUAN * 100
    second = settle_region(region)
    assert second.run_id != first.run_id
    totals = {row["run_id"]: row["total_fen"] for row in rows_of(region, PRICED).to_pylist() if row["case_id"] == case}
    assert totals[second.run_id] - totals[first.run_id] == MORE_YUAN * 100
    # What stands after the adjustment is what would have been booked had the right list come at once.
    right = county / f"{name}-right.ndjson"
    right.write_bytes(corrected(lines[0]) + b"".join(line + b"\n" for line in lines[1:]))
    at_once = opened(county, f"{name}-at-once", right)
    settle_region(at_once)
    assert standing_balances(region) == standing_balances(at_once)
    for run, said in ((first, "本次结算之后"), (second, "更正")):
        with open_engine("duckdb") as engine:
            facts = open_run(region, run.run_id, engine).case(case).facts
        told = [fact for fact in facts if "2026-07-02" in fact.label.zh]
        assert len(told) == 1
        assert said in told[0].label.zh
        before, after = (format_yuan(totals[each.run_id]) for each in (first, second))
        assert told[0].value == f"{before} → {after}, {first.run_id}"
