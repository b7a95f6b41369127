"""A run as FHIR: valid, exact to the fen, and read back without losing what both sides know."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fhir.resources.R4B import get_fhir_model_class
from tests.cli.test_commands import tongchou
from tests.intake.readers.reading import broken, read_all, rows
from tests.runs.conftest import make_region, settle_region

from tongchou.core.errors import TongchouError
from tongchou.exchange import elements
from tongchou.exchange.fhir import write_fhir
from tongchou.exchange.fhir_claim import claim, conditions, encounter, patient
from tongchou.exchange.run_tables import run_tables
from tongchou.intake.documents.document_batch import DocumentBatch
from tongchou.intake.readers.fhir import READER
from tongchou.runs.explain import newest_run
from tongchou.runs.region import Region, open_region
from tongchou.schema.list_fields import dictionary
from tongchou.schema.results import GROUPED, PRICED
from tongchou.store.engine import Engine
from tongchou.store.engines import open_engine

pytestmark = pytest.mark.slow  # a county is settled first


@dataclass(frozen=True)
class Exported:
    region: Region
    file: Path
    cases: dict[str, dict[str, Any]]
    referrals: dict[str, dict[str, Any]]
    batches: list[DocumentBatch]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as running:
        yield running


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Exported:
    folder = tmp_path_factory.mktemp("exchange") / "county"
    settle_region(make_region(folder, cases=100))
    file = folder.parent / "run.ndjson"
    answer = json.loads(tongchou("exchange", "fhir", "--region", folder, "--out", file, "--json").stdout)
    region = open_region(folder)
    tables = run_tables(region, newest_run(region), engine)
    cases = {each["case_id"]: each for each in tables.cases()}
    referrals = {each["referral_id"]: each for each in tables.referrals()}
    assert (answer["cases"], answer["referrals"]) == (len(cases), len(referrals))
    return Exported(region, file, cases, referrals, read_all(READER, file))


def fen(yuan: str) -> int:
    return int(Decimal(yuan).scaleb(2))


def lines(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_bytes().splitlines():
        yield json.loads(line, parse_float=Decimal)


def of_type(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind]


def state(name: str, code: str) -> str:
    return dictionary(name)[code].state


def by_case(exported: Exported, table: str) -> dict[str, list[dict[str, str]]]:
    of_document = {each["_document"]: each["visit_number"] for each in rows(exported.batches, "settlement_lists")}
    found: dict[str, list[dict[str, str]]] = {case: [] for case in exported.cases}
    for row in rows(exported.batches, table):
        found[of_document[row["_document"]]].append(row)
    return found


def test_every_bundle_and_resource_is_valid_fhir(exported: Exported) -> None:
    for bundle in list(lines(exported.file))[::25]:
        get_fhir_model_class("Bundle").model_validate(bundle)
    for bundle in lines(exported.file):
        ids = [each["resource"]["id"] for each in bundle["entry"]]
        assert len(ids) == len(set(ids))
        text = json.dumps(bundle, default=str)
        for reference in set(find(bundle, "reference")):
            assert reference == "#cover" or reference in {each["fullUrl"] for each in bundle["entry"]}, text


def find(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == name:
                yield each
            else:
                yield from find(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from find(each, name)


def test_a_case_reads_back_as_it_stands_in_the_region(exported: Exported) -> None:
    assert broken(exported.batches) == []
    read = {each["visit_number"]: each for each in rows(exported.batches, "settlement_lists")}
    assert read.keys() == exported.cases.keys()
    for case_id, case in exported.cases.items():
        row = read[case_id]
        assert row["settlement_number"] == case_id
        assert (row["person_number"], row["institution_id"]) == (case["person_id"], case["institution_id"])
        assert (row["admitted_at"], row["discharged_at"]) == (str(case["admitted_on"]), str(case["discharged_on"]))
        assert row["settled_until"] == str(case["settled_on"])
        assert row["born_on"] == str(case["born_on"])
        assert row.get("discharge_department") == case["department"]
        assert (row["los_days"], row["age_years"]) == (str(case["los_days"]), str(case["age_years"]))
        assert row.get("age_days") == (None if case["age_days"] is None else str(case["age_days"]))
        assert row.get("birth_weight_g") == (None if case["birth_weight_g"] is None else str(case["birth_weight_g"]))
        for name in ("sex", "insurance_type", "admission_route", "discharge_way"):
            assert state(name, row[name]) == case[name]
        assert state("care_kind", row["care_kind"]) == "inpatient"
        assert fen(row["total_fen"]) == case["total_fen"]
        hours = [int(part) for part in row.get("ventilator_minutes", "0/0/0").split("/")]
        assert hours[0] * 24 + hours[1] == case["ventilator_hours"]


def test_diagnoses_operations_fees_and_intensive_care_read_back_in_their_order(exported: Exported) -> None:
    diagnoses, operations = by_case(exported, "list_diagnoses"), by_case(exported, "list_operations")
    fees, intensive = by_case(exported, "list_fees"), by_case(exported, "list_intensive_care")
    assert any(operations.values())
    for case_id, case in exported.cases.items():
        assert [each["code"] for each in diagnoses[case_id]] == case["diagnoses"]
        assert [each["is_principal"] for each in diagnoses[case_id]] == ["1", *("0" for _ in case["diagnoses"][1:])]
        assert {each["diagnosis_type"] for each in diagnoses[case_id]} == {"1"}
        assert [each["code"] for each in operations[case_id]] == (case["procedures"] or [])
        assert {state("fee_category", each["category"]): fen(each["amount_fen"]) for each in fees[case_id]} == dict(
            zip(case["fee_categories"] or (), case["fee_amounts"] or (), strict=True)
        )
        stays = [each["stay_minutes"].split("/") for each in intensive[case_id]]
        assert sum(int(days) * 24 + int(hours) for days, hours, _ in stays) == case["icu_hours"]


def test_hours_of_ventilator_and_intensive_care_and_newborns_read_back(exported: Exported, tmp_path: Path) -> None:
    case = {**next(iter(exported.cases.values())), "icu_hours": 50, "ventilator_hours": 30}
    case |= {"age_years": 0, "age_days": 3, "birth_weight_g": 2900, "discharge_way": "transfer_primary"}
    file = tmp_path / "one.ndjson"
    file.write_bytes(
        elements.bundle([patient(case["person_id"], case), encounter(case), *conditions(case), claim(case)])
    )
    batches = read_all(READER, file)
    (row,) = rows(batches, "settlement_lists")
    assert (row["ventilator_minutes"], row["age_years"], row["age_days"]) == ("1/6/0", "0", "3")
    assert (row["birth_weight_g"], state("discharge_way", row["discharge_way"])) == ("2900", "transfer_primary")
    (stay,) = rows(batches, "list_intensive_care")
    assert stay["stay_minutes"] == "2/2/0"


def test_what_was_paid_reads_back_to_the_fen(exported: Exported) -> None:
    replies = by_case(exported, "settlement_replies")
    columns = {
        "total_fen": "total_fen",
        "fund_total_fen": "fund_fen",
        "person_part_fen": "patient_fen",
        "own_pay_fen": "self_paid_fen",
        "first_self_pay_fen": "first_self_pay_fen",
        "over_limit_fen": "over_limit_fen",
    }
    for case_id, case in exported.cases.items():
        (reply,) = replies[case_id]
        assert {ours: fen(reply[ours]) for ours in columns} == {ours: case[theirs] for ours, theirs in columns.items()}
    totals = {name: sum(case[name] for case in exported.cases.values()) for name in ("fund_fen", "patient_fen")}
    read = rows(exported.batches, "settlement_replies")
    assert sum(fen(each["fund_total_fen"]) for each in read) == totals["fund_fen"]
    assert sum(fen(each["person_part_fen"]) for each in read) == totals["patient_fen"]


def test_group_weight_and_reason_are_said_exactly(exported: Exported) -> None:
    cases = iter(exported.cases.values())
    for bundle in lines(exported.file):
        for benefit in of_type(bundle, "ExplanationOfBenefit"):
            case = next(cases)
            said = {each["category"]["coding"][0]["code"]: each for each in benefit["adjudication"]}
            assert said["weight"]["value"] == Decimal(case["weight_e4"]) / 10_000
            assert fen(str(said["base_rate"]["amount"]["value"])) == case["base_rate_fen"]
            assert said["case_kind"]["reason"]["coding"][0]["code"] == case["case_kind"]
            totals = {each["category"]["coding"][0]["code"]: each["amount"]["value"] for each in benefit["total"]}
            for name in ("standard", "payable", "excluded", "hospital_result"):
                assert fen(str(totals[name])) == case[f"{name}_fen"]
            group = benefit["diagnosis"][0].get("packageCode", {"coding": [{"code": ""}]})["coding"][0]["code"]
            assert group == case["drg"]
            chinese, english = (note["text"] for note in benefit["processNote"])
            assert case["drg"] in chinese
            assert "of it" in english
            assert benefit["status"] == "active"
    assert next(cases, None) is None


def test_a_referral_reads_back_as_it_stands_in_the_region(exported: Exported) -> None:
    read = {each["referral_number"]: each for each in rows(exported.batches, "referral_filings")}
    assert read.keys() == exported.referrals.keys()
    assert len(read) > 5
    for referral_id, referral in exported.referrals.items():
        row = read[referral_id]
        found = (row["person_number"], row["institution_id"], row["to_institution_id"])
        assert found == (referral["person_id"], referral["from_institution_id"], referral["to_institution_id"])
        assert (row["direction"], row["state"]) == (referral["direction"], referral["state"])
        assert row["referred_on"] == str(referral["requested_on"])
        accepted = referral["accepted_on"]
        assert row.get("accepted_on") == (str(accepted) if accepted else None)
        assert (row.get("from_visit_number"), row.get("to_visit_number")) == (
            referral["from_case_id"] or None,
            referral["to_case_id"] or None,
        )


def test_amounts_of_any_size_are_written_with_every_digit(exported: Exported, tmp_path: Path, engine: Engine) -> None:
    case = {**next(iter(exported.cases.values())), "total_fen": 9_007_199_254_740_993}  # no float holds it
    assert claim(case)["total"]["value"] == Decimal("90071992547409.93")
    tables = run_tables(exported.region, newest_run(exported.region), engine)
    again = tmp_path / "again.ndjson"
    write_fhir(tables, again)
    assert again.read_bytes() == exported.file.read_bytes()


def test_a_shadow_run_is_a_draft_and_a_reversed_run_is_cancelled(exported: Exported, engine: Engine) -> None:
    booked = run_tables(exported.region, newest_run(exported.region), engine)
    assert booked.standing == "active"
    assert replace(booked, record=replace(booked.record, run_id="reversed")).standing == "cancelled"
    inputs = replace(booked.record.inputs, is_shadow=True)
    shadow = replace(booked, record=replace(booked.record, inputs=inputs))
    assert shadow.standing == "draft"
    with pytest.raises(TongchouError) as caught:
        shadow.case_count()
    assert caught.value.code == "exchange.no_results"
    lake = exported.region.lake
    for table in (GROUPED, PRICED):
        rows_of_run = engine.scan(lake.files(table.name, lake.snapshot()), table.arrow_schema)
        kept = exported.region.run_folder(booked.record.run_id) / f"{table.name}.parquet"
        pq.write_table(engine.collect(rows_of_run), kept)
    assert list(shadow.cases()) == list(booked.cases())


def test_an_unknown_run_is_a_sentence(exported: Exported, tmp_path: Path) -> None:
    out = tmp_path / "x.ndjson"
    answer = tongchou("exchange", "fhir", "--region", exported.region.folder, "--run", "nothing", "--out", out)
    assert answer.exit_code == 1
    assert "runs.no_run" in answer.output + answer.stderr
    assert list(tmp_path.iterdir()) == []
