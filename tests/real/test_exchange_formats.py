"""The shared Synthea bundles and HL7 v2 messages go through whole: what is read is what the files hold."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hl7apy.exceptions import ChildNotFound
from hl7apy.parser import parse_segment
from tests.intake.readers.reading import broken, ignored, read_all, rows

from tongchou.intake.documents.document_batch import DocumentBatch
from tongchou.intake.readers.fhir import READER as FHIR
from tongchou.intake.readers.hl7 import READER as HL7
from tongchou.intake.readers.hl7.segments import parse_message

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "fhir-hl7"
BUNDLES = sorted((SHARED / "synthea_r4").glob("*.json"))
MESSAGES = sorted((SHARED / "hl7v2").glob("*.hl7"))

pytestmark = pytest.mark.skipif(not BUNDLES, reason="the shared bundles and messages are not on this machine")

READ = ("Encounter", "Condition", "Procedure", "Claim", "ExplanationOfBenefit")


@pytest.fixture(scope="module")
def bundles() -> list[tuple[dict[str, Any], list[DocumentBatch]]]:
    return [(json.loads(path.read_bytes()), read_all(FHIR, path)) for path in BUNDLES]


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind]


def test_encounters_conditions_procedures_claims_and_benefits_are_as_many_as_the_bundles_hold(bundles) -> None:
    held: Counter[str] = Counter()
    for bundle, batches in bundles:
        assert broken(batches) == []
        of_file = {kind: len(resources(bundle, kind)) for kind in READ}
        held.update(of_file)
        assert len(rows(batches, "settlement_lists")) == of_file["Encounter"]
        assert len(rows(batches, "list_diagnoses")) == of_file["Condition"]
        assert len(rows(batches, "list_operations")) == of_file["Procedure"]
        assert len(rows(batches, "settlement_replies")) == of_file["ExplanationOfBenefit"]
        assert ignored(batches)["Claim.total (not in yuan)"] == of_file["Claim"]
    assert held == {"Encounter": 116, "Condition": 60, "Procedure": 36, "Claim": 139, "ExplanationOfBenefit": 116}


def test_each_row_stands_in_the_document_of_the_encounter_that_its_resource_names(bundles) -> None:
    for bundle, batches in bundles:
        ids = {each["_document"]: each["visit_number"] for each in rows(batches, "settlement_lists")}
        for table, kind in (("list_diagnoses", "Condition"), ("list_operations", "Procedure")):
            read = Counter((ids[each["_document"]], each["code"]) for each in rows(batches, table))
            assert read == Counter(
                (each["encounter"]["reference"].removeprefix("urn:uuid:"), each["code"]["coding"][0]["code"])
                for each in resources(bundle, kind)
            )


def test_totals_of_claims_in_yuan_are_exact(tmp_path: Path) -> None:
    for number, path in enumerate(BUNDLES):
        text = path.read_text("utf-8").replace('"USD"', '"CNY"')
        copy = tmp_path / f"{number}.json"
        copy.write_text(text, encoding="utf-8")
        batches = read_all(FHIR, copy)
        bundle = json.loads(text)
        fen = sum(round(each["total"]["value"] * 100) for each in resources(bundle, "Claim"))
        read = sum(int(_fen(each["total_fen"])) for each in rows(batches, "settlement_lists"))
        assert read == fen
        items = [item for claim in resources(bundle, "Claim") for item in claim["item"] if "net" in item]
        assert len(rows(batches, "list_fee_lines")) == len(items)
        assert sum(_fen(each["amount_fen"]) for each in rows(batches, "list_fee_lines")) == sum(
            round(item["net"]["value"] * 100) for item in items
        )


def _fen(yuan: str) -> int:
    whole, _, part = yuan.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def test_every_resource_of_another_type_is_counted(bundles) -> None:
    for bundle, batches in bundles:
        known = {*READ, "Patient", "Organization", "Practitioner"}
        others = Counter(each["resource"]["resourceType"] for each in bundle["entry"])
        counted = ignored(batches)
        assert {name: counted[name] for name in others if name not in known} == {
            name: number for name, number in others.items() if name not in known
        }


def test_every_message_is_read_counted_by_type_or_said_to_be_broken() -> None:
    read = counted = unread = 0
    for path in MESSAGES:
        batches = read_all(HL7, path)
        read += sum(len(batch.documents) for batch in batches)
        counted += sum(number for name, number in ignored(batches).items() if "^" in name)
        unread += len(broken(batches))
    assert (read, counted, unread) == (28, 101, 0)
    assert len(MESSAGES) == 129  # each file holds one message


def test_all_messages_in_one_file_are_as_many(tmp_path: Path) -> None:
    path = tmp_path / "all.hl7"
    path.write_bytes(b"\r\n".join(each.read_bytes().removeprefix(b"\xef\xbb\xbf") for each in MESSAGES))
    batches = read_all(HL7, path)
    places = [place for batch in batches for place in batch.documents["_place"]]
    read = sum(place.count(",") + 1 for place in places)
    assert read + sum(number for name, number in ignored(batches).items() if "^" in name) == 129
    assert len(places) < read  # several are of one stay


def test_fields_are_cut_as_hl7apy_cuts_them() -> None:
    compared = 0
    for path in [each for each in MESSAGES if each.name[:7] in {"ADT-A01", "DFT-P03", "ADT-A03"}]:
        message = parse_message(path.read_text("utf-8-sig"))
        for segment in message.segments:
            if segment.name not in {"PID", "PV1", "DG1", "PR1", "FT1", "NK1", "IN1"}:
                continue
            line = "|".join((segment.name, *segment.fields))
            theirs = parse_segment(line, version="2.8")
            for number in range(1, len(segment.fields) + 1):
                try:
                    said = getattr(theirs, f"{segment.name.lower()}_{number}")
                except ChildNotFound:  # a field that this version has no longer
                    continue
                assert [each.to_er7() for each in said] == [
                    each.rstrip("^") for each in segment.repetitions(number) if said
                ]
                for mine, repetition in zip(segment.repetitions(number), said, strict=False):
                    for child in repetition.children:
                        last = child.name.rpartition("_")[2] if child.name else ""
                        if not last.isdecimal():
                            continue  # a field of one simple value
                        position = int(last)
                        inner = child.to_er7().split("&")[0].strip()
                        if "\\" not in inner and '""' not in inner:
                            assert (segment.component(mine, position) or "") == inner
                            compared += 1
    assert compared > 400
