"""Made-up lists go through the whole intake: nothing blocks one of them, and little is noted."""

from pathlib import Path

import polars as pl
import pytest

from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.checks.reference import Reference
from tongchou.intake.deliveries.catalogue_checks import CatalogueChecks
from tongchou.intake.deliveries.document_file import sort_files
from tongchou.intake.deliveries.sealed_pseudonyms import SealedPseudonyms
from tongchou.intake.deliveries.taking_deliveries import take_deliveries
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.intake.readers.interface_json import READER
from tongchou.privacy.keys import find_ring, new_ring
from tongchou.simulation.interface_files import write_interface_files
from tongchou.simulation.region import generate_region
from tongchou.store.engines import open_engine
from tongchou.store.lake import Lake

CASES = 500
pytestmark = pytest.mark.slow  # the region is generated and taken in


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "region"
    generate_region(folder, seed=3, cases=CASES)
    return folder / "landing"


@pytest.mark.parametrize("transaction", ["4101", "4101A"])
def test_five_hundred_lists_are_all_taken_and_few_are_noted(landing: Path, tmp_path: Path, transaction: str) -> None:
    write_interface_files(landing, tmp_path / "lists", seed=1, transaction=transaction)
    whole = tmp_path / "whole"
    whole.mkdir()
    for kind in (transaction, "2304", "2301"):
        files = sorted((tmp_path / "lists").glob(f"*-{kind}.ndjson"))
        (whole / f"{kind}.ndjson").write_bytes(b"".join(file.read_bytes() for file in files))
    new_ring(tmp_path / "keys.yaml")
    terms = DeliveryTerms(
        SealedPseudonyms(tmp_path, "made", find_ring(tmp_path / "keys.yaml")),
        checks=CatalogueChecks(own_catalogue(), Reference()),
    )
    found = sort_files(
        [landing / "institutions.parquet", tmp_path / "lists" / "insured_persons.csv", whole], {READER.name: READER}
    )
    lake = Lake(tmp_path / "lake")
    with open_engine("duckdb") as engine:
        report = take_deliveries(found, lake, engine, terms, jobs=1)
    count = report.count
    assert (count.received, count.set_aside) == (3 * CASES, 0)
    rows = {name: pl.read_parquet(lake.files(name, lake.snapshot())) for name in ("cases", "fees", "fee_items")}
    made = {name: pl.read_parquet(landing / f"{name}.parquet") for name in rows}
    assert rows["cases"].height == CASES
    assert rows["cases"]["total_fen"].sum() == made["cases"]["total_fen"].sum()
    assert rows["cases"]["first_self_pay_fen"].sum() == made["cases"]["first_self_pay_fen"].sum()
    assert rows["fees"].height == made["fees"].height
    files = lake.files("findings", lake.snapshot())
    noted = pl.read_parquet(files) if files else pl.DataFrame({"case_id": []})
    assert noted["case_id"].n_unique() < CASES * 5 // 100
