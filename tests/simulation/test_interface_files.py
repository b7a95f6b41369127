"""Made-up lists are complete, agree with the region that they come from, and nothing is wrong with them."""

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tongchou.core.errors import TongchouError
from tongchou.intake.readers.interface_json import READER
from tongchou.intake.readers.reader import ReadingTerms
from tongchou.schema.list_fields import list_fields
from tongchou.simulation.interface_files import write_interface_files
from tongchou.simulation.interface_identities import check_digits
from tongchou.simulation.region import generate_region

CASES = 1_500
pytestmark = pytest.mark.slow  # the region is generated first


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "region"
    generate_region(folder, seed=5, cases=CASES)
    return folder / "landing"


def read(folder: Path, pattern: str) -> dict[str, pl.DataFrame]:
    """Return the rows of all files, read as one."""
    whole = folder.parent / f"all{pattern.lstrip('*')}"
    whole.write_bytes(b"".join(file.read_bytes() for file in sorted(folder.glob(pattern))))
    (batch,) = READER.read(whole, whole.name, ReadingTerms())
    assert batch.broken == ()
    assert batch.ignored == {}
    return dict(batch.frames)


@pytest.fixture(scope="module")
def lists(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    folder = tmp_path_factory.mktemp("lists")
    first, second = folder / "4101A", folder / "4101"
    made = write_interface_files(landing, first, seed=7)
    write_interface_files(landing, second, seed=7, transaction="4101")
    assert made.list_count == CASES
    found = {"replies": read(first, "*-2304.ndjson")["settlement_replies"], **read(first, "*-4101A.ndjson")}
    return found | {"first_version": read(second, "*-4101.ndjson")["settlement_lists"]}


def test_every_stay_becomes_one_list_and_one_reply(landing: Path, lists: dict[str, pl.DataFrame]) -> None:
    cases = pl.read_parquet(landing / "cases.parquet").sort("case_id")
    for table in ("settlement_lists", "replies", "first_version"):
        assert lists[table]["settlement_number"].sort().to_list() == cases["case_id"].to_list()
    assert lists["list_diagnoses"].height == pl.read_parquet(landing / "diagnoses.parquet").height
    assert lists["list_operations"].height == pl.read_parquet(landing / "procedures.parquet").height
    replies = lists["replies"].sort("settlement_number")
    fen = {
        name: (replies[name].cast(pl.Decimal(20, 2)) * 100).cast(pl.Int64)
        for name in replies.columns
        if name.endswith("_fen")
    }
    assert fen["total_fen"].to_list() == cases["total_fen"].to_list()
    parts = fen["own_pay_fen"] + fen["over_limit_fen"] + fen["first_self_pay_fen"] + fen["in_scope_fen"]
    assert (parts == fen["total_fen"]).all()
    assert (fen["fund_total_fen"] + fen["person_part_fen"] == fen["total_fen"]).all()


def test_required_fields_are_filled_and_none_is_too_long(lists: dict[str, pl.DataFrame]) -> None:
    for table in ("settlement_lists", "list_diagnoses", "list_operations", "list_intensive_care"):
        frame = lists[table]
        for field in list_fields(table):
            if field.column not in frame.columns:
                continue
            if "4101A" in field.required:
                assert frame[field.column].null_count() == 0, field.column
            if field.length is not None:
                assert (frame[field.column].str.len_chars().max() or 0) <= field.length, field.column


def moments(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    return frame.with_columns(pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S") for name in names)


def test_times_nursing_and_wards_agree_with_the_stay(landing: Path, lists: dict[str, pl.DataFrame]) -> None:
    heads = moments(lists["settlement_lists"], "admitted_at", "discharged_at", "declared_at")
    assert (heads["admitted_at"] < heads["discharged_at"]).all()
    assert (heads["discharged_at"] <= heads["declared_at"]).all()
    days = (heads["discharged_at"].dt.date() - heads["admitted_at"].dt.date()).dt.total_days().clip(1)
    nursing = ("special_nursing_days", "nursing_1_days", "nursing_2_days", "nursing_3_days")
    assert (
        heads.select(pl.sum_horizontal(pl.col(name).cast(pl.Int64) for name in nursing))
        .to_series()
        .equals(days, check_names=False)
    )
    wards = moments(lists["list_intensive_care"], "entered_at", "left_at").join(heads, on="_document")
    assert wards.height > 0
    inside = (pl.col("admitted_at") <= pl.col("entered_at")) & (pl.col("left_at") <= pl.col("discharged_at"))
    assert wards.filter(inside & (pl.col("entered_at") < pl.col("left_at"))).height == wards.height
    minutes = pl.col("stay_minutes").str.split("/").list.eval(pl.element().cast(pl.Int64))
    said = minutes.list.get(0) * 1440 + minutes.list.get(1) * 60 + minutes.list.get(2)
    assert wards.filter(said == (pl.col("left_at") - pl.col("entered_at")).dt.total_minutes()).height == wards.height


def test_operations_lie_in_the_stay_with_anaesthesia_and_doctors(lists: dict[str, pl.DataFrame]) -> None:
    heads = moments(lists["settlement_lists"], "admitted_at", "discharged_at").select(
        "_document", "admitted_at", "discharged_at"
    )
    names = ("began_at", "ended_at", "anaesthesia_began_at", "anaesthesia_ended_at")
    operations = moments(lists["list_operations"], *names).join(heads, on="_document")
    in_order = (pl.col("admitted_at") <= pl.col("began_at")) & (pl.col("began_at") <= pl.col("ended_at"))
    assert operations.filter(in_order & (pl.col("ended_at") <= pl.col("discharged_at"))).height == operations.height
    assert operations["surgeon_code"].null_count() == 0
    under = operations.filter(pl.col("anaesthesia").is_not_null())
    assert 0 < under.height < operations.height
    around = (pl.col("anaesthesia_began_at") <= pl.col("began_at")) & (
        pl.col("ended_at") <= pl.col("anaesthesia_ended_at")
    )
    assert under.filter(around & pl.col("anaesthetist_code").is_not_null()).height == under.height
    others = operations.filter(pl.col("anaesthesia").is_null())
    assert others["anaesthetist_code"].null_count() == others.height
    mains = operations.filter(pl.col("operation_rank") == "1")
    assert (mains["_seq"] == 1).all()


def test_transfers_name_a_receiver_and_newborns_have_weights(landing: Path, lists: dict[str, pl.DataFrame]) -> None:
    heads = lists["settlement_lists"]
    sent = heads["discharge_way"].is_in(["2", "3"])
    assert sent.any()
    for name in ("receiving_institution_id", "receiving_institution_name"):
        assert (heads[name].is_not_null() == sent).all()
    assert (heads.filter(sent)["receiving_institution_id"] != heads.filter(sent)["institution_id"]).all()
    newborn = lists["first_version"].filter(pl.col("age_days").cast(pl.Int64) <= 28)
    assert newborn.height > 0
    assert newborn["admission_weight_g"].null_count() == newborn["newborn_admission_type"].null_count() == 0
    assert (newborn["admission_weight_g"].cast(pl.Int64) % 10 == 0).all()


def test_document_numbers_hold_birth_sex_and_a_valid_check_digit(lists: dict[str, pl.DataFrame]) -> None:
    heads = lists["first_version"]
    numbers = heads["identity_number"]
    assert numbers.str.contains(r"^9901\d{13}[\dX]$").all()
    assert (numbers.str.slice(6, 8) == heads["born_on"].str.replace_all("-", "")).all()
    assert (numbers.str.slice(16, 1).cast(pl.Int64) % 2 == (heads["sex"] == "1").cast(pl.Int64)).all()
    digits = np.array([[int(each) for each in number[:17]] for number in numbers])
    assert check_digits(digits).tolist() == numbers.str.slice(17, 1).to_list()
    assert check_digits(np.array([[int(each) for each in "11010519491231002"]])).tolist() == ["X"]
    assert heads["contact_phone"].str.contains(r"^10\d{9}$").all()


def test_the_same_seed_gives_the_same_bytes_and_another_other_people(landing: Path, tmp_path: Path) -> None:
    march = tmp_path / "landing"
    march.mkdir()
    for file in landing.glob("*.parquet"):
        rows = pl.read_parquet(file)
        if file.stem == "cases":
            rows = rows.filter(pl.col("discharged_on").dt.month() == 3)
        rows.write_parquet(march / file.name)

    def digest(name: str, seed: int) -> str:
        made = write_interface_files(march, tmp_path / name, seed=seed)
        return hashlib.sha256(b"".join(file.read_bytes() for file in made.files)).hexdigest()

    assert digest("first", 7) == digest("again", 7)
    assert digest("first again", 7) != digest("other", 8)


def test_folders_that_cannot_be_used_are_refused(landing: Path, tmp_path: Path) -> None:
    with pytest.raises(TongchouError) as caught:
        write_interface_files(landing, tmp_path, seed=1)
    assert caught.value.code == "simulation.lists_folder"
    with pytest.raises(TongchouError) as caught:
        write_interface_files(tmp_path, tmp_path / "new", seed=1)
    assert caught.value.code == "simulation.no_landing"
