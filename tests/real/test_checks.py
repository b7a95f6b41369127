"""The checks on the published code edition and on 1,000 real discharges."""

import csv
import re
from pathlib import Path

import polars as pl
import pytest

from tongchou.grouping.exchange.code_set_import import import_code_set
from tongchou.grouping.schemes.code_set import CodeSet
from tongchou.grouping.schemes.scheme import Kind
from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.checks.reference import Reference
from tongchou.intake.checks.running import Checker
from tongchou.intake.documents.document_batch import documents_frame
from tongchou.intake.documents.typed_batch import FOUND, TypedBatch, typed_schema

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
LIST = SHARED / "discharges" / "cn_inpatient_1000.csv"
_SEX = {"1": "male", "2": "female"}
_WAYS = {"1": "home", "2": "transfer", "3": "transfer_primary", "4": "against_advice", "5": "death", "9": "other"}

pytestmark = pytest.mark.skipif(not LIST.is_file(), reason="the real discharges are not on this machine")


@pytest.fixture(scope="module")
def edition() -> CodeSet:
    return import_code_set(SHARED / "codes", "yb-2.0")


@pytest.mark.parametrize(("kind", "check"), [("dx", "T01"), ("op", "T02")])
def test_every_code_of_the_edition_is_written_as_one(edition: CodeSet, kind: Kind, check: str) -> None:
    pattern = own_catalogue().checks[check].parameters["pattern"].value
    codes = list(edition.codes(kind))
    assert len(codes) > 10_000
    assert [code for code in codes if not re.fullmatch(str(pattern), code)] == []


def test_real_discharges_are_told_what_is_odd_and_nothing_else(edition: CodeSet) -> None:
    known = Reference(diagnosis_codes=_named(edition, "dx"), operation_codes=_named(edition, "op"))
    with Checker(known, own_catalogue()) as checker:
        found = checker.check(_discharges())
    # Ten codes are written in small letters, and fourteen diagnoses stand twice in their case.
    assert dict(found.group_by("check").len().iter_rows()) == {"Q23": 10, "Q24": 14, "T01": 10}
    small = found.filter(pl.col("check").is_in(["Q23", "T01"]))["value"]
    assert small.str.contains("^[a-z]").all()


def _named(edition: CodeSet, kind: Kind) -> pl.DataFrame:
    names = edition.names[kind]
    return pl.DataFrame({"code": list(names), "name": list(names.values())})


def _discharges() -> TypedBatch:
    with LIST.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = list(range(1, len(rows) + 1))
    lists = [
        {
            "_document": number,
            "_seq": 1,
            "sex": _SEX.get(row["gender"]),
            "age_years": int(row["age"]) if row["age"] else None,
            "age_days": int(row["newborn_age_days"]) if row["newborn_age_days"] else None,
            "los_days": int(row["los_days"]),
            "discharge_way": _WAYS.get(row["discharge_mode"]),
        }
        for number, row in zip(numbers, rows, strict=True)
    ]
    frames: dict[str, list[dict[str, object]]] = {
        "settlement_lists": lists,
        "list_diagnoses": [],
        "list_operations": [],
    }
    for number, row in zip(numbers, rows, strict=True):
        for place, code in enumerate(filter(None, row["dx_codes"].split("|")), 1):
            frames["list_diagnoses"].append(
                {"_document": number, "_seq": place, "code": code, "is_principal": place == 1}
            )
        for place, code in enumerate(filter(None, row["op_codes"].split("|")), 1):
            rank = "main" if place == 1 else "other"
            frames["list_operations"].append({"_document": number, "_seq": place, "code": code, "operation_rank": rank})
    typed = {table: pl.DataFrame(given, schema=typed_schema(table)) for table, given in frames.items()}
    documents = documents_frame(numbers, [""] * len(numbers))
    return TypedBatch("claim", "fhir", documents, typed, pl.DataFrame(schema=dict(FOUND)))
