"""FHIR R4: what becomes of encounters, claims and referrals, and of what is damaged."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.readers.made_up_fhir import ID_NUMBER, SECRET, bundle, condition, resources
from tests.intake.readers.reading import TERMS, broken, ignored, read_all, rows

from tongchou.core.errors import TongchouError
from tongchou.intake.readers.fhir import READER, files
from tongchou.intake.readers.reader import ReadingTerms

Write = Callable[..., Path]


@pytest.fixture
def file(tmp_path: Path) -> Write:
    def write(content: Any, name: str = "bundle.json") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode())
        return path

    return write


def of_type(listed: list[dict[str, Any]], kind: str, number: int = 0) -> dict[str, Any]:
    return [each for each in listed if each["resourceType"] == kind][number]


def test_an_encounter_is_a_document_of_the_list_its_person_and_its_institution(file: Write) -> None:
    batches = read_all(READER, file(bundle(resources())))
    assert [(batch.kind, batch.transaction) for batch in batches] == [("claim", "fhir"), ("referral", "fhir")]
    visit, stay = rows(batches, "settlement_lists")
    assert stay == {
        "_document": 2,
        "_seq": 1,
        "person_number": "P0000001",
        "case_number": "0012345",
        "identity_number": ID_NUMBER,
        "identity_type": "01",
        "person_name": f"{SECRET}一",
        "sex": "2",
        "born_on": "1990-01-01",
        "address": "杭州市西溪路 3 号",
        "contact_name": "欧阳二",
        "contact_phone": "13900000000",
        "institution_id": "H00000000001",
        "institution_name": "云栖县人民医院",
        "visit_number": "e1",
        "settlement_number": "b1",
        "care_kind": "1",
        "admission_route": "1",
        "discharge_way": "1",
        "admitted_at": "2025-03-01 08:30:00",
        "discharged_at": "2025-03-05 10:00:00",
        "los_days": "4",
        "doctor_code": "D001",
        "doctor_name": "李某",
        "settled_from": "2025-03-01",
        "settled_until": "2025-03-06",
        "total_fen": "1234.5",
        "insurance_type": "310",
        "insurance_number": "Y778899",
        "birth_weight_g": "3200",
    }
    assert (visit["visit_number"], visit["institution_id"]) == ("e2", "H10000000009")
    assert "care_kind" not in visit
    assert ignored(batches)["Observation"] == 1


def test_diagnoses_stand_in_the_order_of_the_claim_and_keep_their_system(file: Write) -> None:
    batches = read_all(READER, file(bundle(resources())))
    found = [(each["_document"], each["code"], each.get("is_principal")) for each in rows(batches, "list_diagnoses")]
    assert found == [(1, "J00.x00", None), (2, "J15.902", "1"), (2, "I10.x05", "0"), (2, "E11.900", "0")]
    first = rows(batches, "list_diagnoses")[1]
    assert (first["name"], first["code_system"]) == ("诊断2", "http://hl7.org/fhir/sid/icd-10")
    assert (first["diagnosis_type"], first["admission_condition"]) == ("1", "1")
    (operation,) = rows(batches, "list_operations")
    assert operation == {
        "_document": 2,
        "_seq": 1,
        "operation_rank": "1",
        "name": "支气管镜检查",
        "code": "33.2400",
        "code_system": "urn:tongchou:icd-9-cm-3",
        "operated_on": "2025-03-02",
        "began_at": "2025-03-02 09:00:00",
        "ended_at": "2025-03-02 09:40:00",
        "surgeon_code": "D001",
        "surgeon_name": "李某",
    }


def test_amounts_keep_every_digit_and_only_yuan_are_yuan(file: Write) -> None:
    text = json.dumps(bundle(resources()), ensure_ascii=False).replace("123456789012345.67", "12345678901234567.89")
    batches = read_all(READER, file(text.encode()))
    (fee,) = rows(batches, "list_fees")
    assert (fee["category"], fee["amount_fen"]) == ("01", "12345678901234567.89")
    lines = rows(batches, "list_fee_lines")
    assert [(each["local_code"], each.get("amount_fen"), each["code_system"]) for each in lines] == [
        ("250403", "50.2", "urn:hospital:items"),
        ("imported", None, "urn:hospital:items"),
    ]
    assert (lines[0]["quantity_e4"], lines[0]["unit_price_e6"]) == ("2", "25.1")
    (reply,) = rows(batches, "settlement_replies")
    paid = {name: reply[name] for name in ("total_fen", "person_part_fen", "fund_total_fen")}
    assert paid == {"total_fen": "1234.5", "person_part_fen": "234.5", "fund_total_fen": "1000"}
    counted = ignored(batches)
    assert counted["Claim.item.net (not in yuan)"] == 1
    assert counted["ExplanationOfBenefit.total (of no field)"] == 1


def test_a_referral_names_both_sides_and_other_requests_are_counted(file: Write) -> None:
    listed = resources()
    listed.append({**of_type(listed, "ServiceRequest"), "id": "r2", "category": []})
    listed[-1].pop("category")
    batches = read_all(READER, file(bundle(listed)))
    (filing,) = rows(batches, "referral_filings")
    expected = {
        "referral_number": "r1",
        "person_number": "P0000001",
        "institution_id": "H00000000001",
        "to_institution_id": "H10000000009",
        "to_institution_name": "云栖镇卫生院",
        "diagnosis_code": "I10.x05",
        "diagnosis_name": "诊断1",
        "referred_on": "2025-03-05",
        "state": "completed",
        "reason": "康复治疗",
    }
    assert expected.items() <= filing.items()
    assert ignored(batches)["ServiceRequest (no referral)"] == 1


def test_every_claim_is_in_one_document(file: Write) -> None:
    listed = resources()
    pharmacy = {**of_type(listed, "Claim"), "id": "b2", "diagnosis": [], "procedure": [], "supportingInfo": []}
    pharmacy = {name: value for name, value in pharmacy.items() if value != []}
    elsewhere = {**pharmacy, "id": "b3"}
    elsewhere["item"] = [{"sequence": 1, "productOrService": {"text": "x"}, "net": {"value": 1}}]
    of_missing = {**pharmacy, "id": "b4"}
    of_missing["item"] = [{**elsewhere["item"][0], "encounter": [{"reference": "Encounter/gone"}]}]
    batches = read_all(READER, file(bundle([*listed, pharmacy, elsewhere, of_missing])))
    lists = {each["visit_number"]: each for each in rows(batches, "settlement_lists")}
    assert list(lists) == ["e2", "e1", "b3", "gone"]
    assert lists["e1"]["total_fen"] == "2469.0"
    assert lists["gone"]["settlement_number"] == "b4"
    assert len(rows(batches, "list_fees")) == 2


def test_lines_of_bundles_or_of_resources_read_the_same_as_one_bundle(file: Write) -> None:
    listed = resources()
    whole = read_all(READER, file(bundle(listed)))
    of_bundles = json.dumps(bundle(listed)).encode() + b"\n" + b"\n" + json.dumps(bundle([])).encode()
    of_resources = b"\n".join(json.dumps(each).encode() for each in reversed(listed)) + b"\n"
    for content, name in ((of_bundles, "lines.ndjson"), (of_resources, "lines.jsonl"), (of_resources, "lines.json")):
        path = file(content, name)
        assert READER.recognises(path, content[:65536])
        batches = read_all(READER, path)
        for table in ("settlement_lists", "list_diagnoses", "list_fees", "settlement_replies", "referral_filings"):
            found = sorted(map(str, ({**each, "_document": 0} for each in rows(batches, table))))
            if table != "list_diagnoses":
                assert found == sorted(map(str, ({**each, "_document": 0} for each in rows(whole, table))))
            else:
                assert len(found) == 4


def test_a_broken_line_hides_no_other(file: Write) -> None:
    good = json.dumps(bundle(resources())).encode()
    content = b"\n".join((good, good[: len(good) // 2], b'"text"', b'{"resourceType": "Nonsense"}', good))
    batches = read_all(READER, file(content, "lines.ndjson"))
    assert [place for place, _ in broken(batches)] == ["line 2", "line 3", "line 4"]
    assert len(rows(batches, "settlement_lists")) == 4


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Claim", {"total": {"value": SECRET}}),
        ("Claim", {SECRET: 1}),
        ("Procedure", {"status": [ID_NUMBER]}),
        ("Condition", {"subject": ID_NUMBER}),
        ("Encounter", {"period": {"start": SECRET}}),
        ("ExplanationOfBenefit", {"outcome": {"x": SECRET}}),
    ],
)
def test_a_resource_that_is_not_valid_breaks_its_encounter_and_no_other_and_shows_no_value(
    file: Write, kind: str, change: dict[str, Any]
) -> None:
    listed = resources()
    number = 1 if kind == "Encounter" else 0
    spoilt = of_type(listed, kind, number)
    place = listed.index(spoilt)
    spoilt.update(change)
    batches = read_all(READER, file(bundle(listed)))
    assert [each["visit_number"] for each in rows(batches, "settlement_lists")] == ["e2"]
    found = broken(batches)
    assert f"Bundle.entry[{place}]" in [where for where, _ in found]
    assert all(f"the {kind} is not valid FHIR R4" in reason for _, reason in found)
    said = str(found) + str([each.reason.zh for batch in batches for each in batch.broken]) + str(ignored(batches))
    assert SECRET not in said
    assert ID_NUMBER not in said


def test_a_person_that_is_not_valid_breaks_every_document_of_theirs(file: Write) -> None:
    listed = resources()
    of_type(listed, "Patient")["birthDate"] = SECRET
    batches = read_all(READER, file(bundle(listed)))
    assert rows(batches, "settlement_lists") == []
    assert [place for place, _ in broken(batches)] == ["Bundle.entry[0]"] * 3


def test_what_was_cancelled_or_entered_in_error_is_not_read(file: Write) -> None:
    listed = resources()
    of_type(listed, "Condition", 2)["verificationStatus"] = concept_of("entered-in-error")
    of_type(listed, "Procedure")["status"] = "not-done"
    of_type(listed, "Encounter", 0)["status"] = "cancelled"
    batches = read_all(READER, file(bundle(listed)))
    assert [each["visit_number"] for each in rows(batches, "settlement_lists")] == ["e1"]
    assert [each["code"] for each in rows(batches, "list_diagnoses")] == ["J15.902", "I10.x05"]
    assert rows(batches, "list_operations") == []
    counted = ignored(batches)
    assert {name: counted[name] for name in counted if "cancelled" in name} == {
        "Condition (cancelled)": 1,
        "Procedure (cancelled)": 1,
        "Encounter (cancelled)": 1,
    }


def concept_of(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": code}]}


def test_the_same_id_twice_is_said_and_not_added_up(file: Write) -> None:
    listed = resources()
    twice = [*listed, of_type(listed, "Claim")]
    batches = read_all(READER, file(bundle(twice)))
    assert broken(batches) == [(f"Bundle.entry[{len(listed)}]", "two resources of the file have the same id")]


def test_references_are_found_however_they_are_written(file: Write) -> None:
    listed = resources()
    plain = rows(read_all(READER, file(bundle(listed))), "settlement_lists")
    entries = [
        {"fullUrl": f"https://fhir.example/{each['resourceType']}/{each['id']}", "resource": each} for each in listed
    ]
    of_type(listed, "Encounter", 1)["serviceProvider"] = {
        "reference": "Organization?identifier=urn:tongchou:institution|H00000000001"
    }
    of_type(listed, "Encounter", 1)["subject"] = {"reference": "https://fhir.example/Patient/p1/_history/2"}
    batches = read_all(READER, file({"resourceType": "Bundle", "type": "batch", "entry": entries}))
    assert rows(batches, "settlement_lists") == plain


def test_whose_file_it_is_counts_only_where_the_encounter_does_not_say(file: Write) -> None:
    listed = resources()
    del of_type(listed, "Encounter", 0)["serviceProvider"]
    visit, stay = rows(read_all(READER, file(bundle(listed))), "settlement_lists")
    assert (visit["institution_id"], stay["institution_id"]) == (TERMS.institution_id, "H00000000001")


def test_batches_are_no_larger_than_asked(file: Write) -> None:
    listed = resources()
    for number in range(20):
        listed.append({**of_type(listed, "Encounter", 0), "id": f"more{number}"})
    batches = read_all(READER, file(bundle(listed)), ReadingTerms(batch_documents=10))
    assert [len(batch.documents) for batch in batches] == [10, 10, 2, 1]


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 99, b"[" * 100_000, b'{"resourceType": "Bundle", "ent', b"NaN"])
def test_what_is_no_json_is_refused_in_words(file: Write, content: bytes) -> None:
    with pytest.raises(TongchouError) as caught:
        read_all(READER, file(content))
    assert caught.value.code == "intake.fhir_not_json"


@pytest.mark.parametrize("content", [[], "x", 1, None, {"resourceType": "Bundle", "entry": {}}, {"entry": []}])
def test_json_that_is_no_fhir_is_broken(file: Write, content: Any) -> None:
    batches = read_all(READER, file(content))
    assert len(broken(batches)) == 1


def test_a_person_without_known_number_is_known_by_the_reference(file: Write) -> None:
    listed = [each for each in resources() if each["resourceType"] != "Patient"]
    assert {each["person_number"] for each in rows(read_all(READER, file(bundle(listed))), "settlement_lists")} == {
        "p1"
    }


WHOLE = json.dumps(bundle(resources()), ensure_ascii=False).encode()
JUNK = [(each,) for each in (None, 1, -1.5, "", SECRET, [], {}, [SECRET], {"reference": SECRET}, True, "9" * 400)]


def places_of(value: Any) -> list[tuple[Any, Any]]:
    """Return every place of a JSON value: its holder and the key in it."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found.append((value, key))
        found += places_of(inner)
    return found


@pytest.mark.slow
def test_values_of_any_shape_in_any_place_are_read_or_said_and_never_shown(tmp_path: Path) -> None:
    whole = json.dumps(bundle(resources()))
    path = tmp_path / "damaged.json"
    for at in range(len(places_of(json.loads(whole)["entry"]))):
        for damage in (None, JUNK[at % len(JUNK)]):  # every place is left out once and holds something else once
            content = json.loads(whole)
            holder, key = places_of(content["entry"])[at]
            if damage is None:
                del holder[key]
            else:
                holder[key] = damage[0]
            path.write_text(json.dumps(content), encoding="utf-8")
            batches = read_all(READER, path)
            said = str([(each.place, each.reason) for batch in batches for each in batch.broken]) + str(
                ignored(batches)
            )
            assert SECRET not in said, (at, damage)
            assert ID_NUMBER not in said, (at, damage)
            assert sum(len(batch.documents) + len(batch.broken) for batch in batches) >= 1, (at, damage)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_that_was_cut_off_is_refused_and_a_cut_line_is_broken(tmp_path: Path, at: int) -> None:
    path = tmp_path / "cut.json"
    path.write_bytes(WHOLE[:at])
    with pytest.raises(TongchouError) as caught:
        read_all(READER, path)
    assert SECRET not in str(caught.value)
    lines = tmp_path / "cut.ndjson"
    lines.write_bytes(WHOLE + b"\n" + WHOLE[:at])
    batches = read_all(READER, lines)
    assert len(rows(batches, "settlement_lists")) == 2
    assert len(broken(batches)) == (1 if WHOLE[:at].strip() else 0)


def test_a_bundle_or_line_that_is_too_long_is_said(file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", len(WHOLE))
    with pytest.raises(TongchouError) as caught:
        read_all(READER, file(WHOLE + b" "))
    assert caught.value.code == "intake.fhir_too_large"
    batches = read_all(READER, file(WHOLE[:-1] + b" " * 100 + b"}\n" + json.dumps(bundle([])).encode(), "x.ndjson"))
    assert broken(batches) == [("line 1", "the line is too long")]


def test_more_conditions_than_the_claim_names_are_all_kept(file: Write) -> None:
    listed = [*resources(), *(condition(number, f"Z{number}") for number in range(10, 40))]
    assert len(rows(read_all(READER, file(bundle(listed))), "list_diagnoses")) == 34
