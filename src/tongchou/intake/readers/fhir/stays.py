"""The document of an encounter: one row of a settlement list, its diagnoses, operations, fees and what was paid."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tongchou.core.text import Text
from tongchou.intake.documents.gathering import ReadDocument
from tongchou.intake.readers.exchange_codes import CODES
from tongchou.intake.readers.fhir.amounts import codes, number_text
from tongchou.intake.readers.fhir.bills import fee_rows, reply_rows, total_of
from tongchou.intake.readers.fhir.clinical import diagnosis_rows, operation_rows
from tongchou.intake.readers.fhir.collection import Collection, Part
from tongchou.intake.readers.fhir.people import (
    Fields,
    doctor_of,
    institution_of,
    mapped,
    person_fields,
    referred_id,
)
from tongchou.intake.readers.fhir.resources import NAMED_TYPES, InvalidResourceError, Resource, is_void
from tongchou.intake.readers.wire_values import day_of, moment_of_fhir
from tongchou.schema.list_fields import list_fields

LIST_SYSTEM = f"{CODES}settlement-list"
"""The system of what FHIR has no place for: its codes are columns of `settlement_lists`."""

INSURANCE_SYSTEM = f"{CODES}insurance-type"
VISIT_SYSTEM = f"{CODES}visit"
SETTLEMENT_SYSTEM = f"{CODES}settlement"
DEPARTMENT_SYSTEM = f"{CODES}department"
ROUTE_SYSTEM = f"{CODES}admission-route"
DISCHARGE_SYSTEM = f"{CODES}discharge-way"

INTENSIVE_CARE = "intensive_care"
"""The code of `LIST_SYSTEM` for the time in intensive care, as days/hours/minutes."""


def stay_document(
    collection: Collection, part: Part, institution_id: str | None, ignored: Counter[str]
) -> ReadDocument | None:
    """Make the document of an encounter; None where everything of it was cancelled.

    Args:
        collection: Where references lead.
        part: The entries that it is made of.
        institution_id: Whose file it is, where the encounter does not say.
        ignored: What no field is known for.

    Raises:
        InvalidResourceError: If a resource that it is made of is not valid, or stands in the file twice.
    """
    if part.repeated:
        place = collection.entries[part.repeated[0]].place
        raise InvalidResourceError(
            place, Text("同一文件中有两个编号相同的资源", "two resources of the file have the same id")
        )
    standing: dict[str, list[int]] = {}
    for index in part.entries:
        kind = collection.entries[index].type
        if is_void(collection.resource(index)):
            ignored[f"{kind} (cancelled)"] += 1
        else:
            standing.setdefault(kind, []).append(index)
    if _was_cancelled(collection, part, standing):
        return None
    read = {kind: [collection.resource(index) for index in indices] for kind, indices in standing.items()}
    encounter = next(iter(read.get("Encounter", ())), None)
    claims, explanations = read.get("Claim", []), read.get("ExplanationOfBenefit", [])
    bills = [*claims, *explanations]
    row = _list_row(collection, part, encounter, claims, explanations, institution_id, ignored)
    fees, lines = fee_rows(claims, ignored)
    shared = {name: row.get(name) for name in ("settlement_number", "visit_number", "person_number", "insurance_type")}
    for bill in bills:
        others = [each for each in bill.get("contained", ()) if each.get("resourceType") not in NAMED_TYPES]
        ignored.update(f"{bill['resourceType']}.contained.{each.get('resourceType', '?')}" for each in others)
    rows = {
        "settlement_lists": [row],
        "list_diagnoses": diagnosis_rows(collection, standing.get("Condition", ()), encounter, bills, ignored),
        "list_operations": operation_rows(collection, standing.get("Procedure", ()), bills),
        "list_intensive_care": _intensive_care(claims),
        "list_fees": fees,
        "list_fee_lines": [
            {**line, "visit_number": row["visit_number"], "person_number": row["person_number"]} for line in lines
        ],
        "settlement_replies": reply_rows(explanations, shared, ignored),
    }
    place = collection.entries[part.entries[0]].place
    return ReadDocument("claim", place, {table: lines for table, lines in rows.items() if lines})


def _was_cancelled(collection: Collection, part: Part, standing: Mapping[str, Sequence[int]]) -> bool:
    """Return whether nothing stands, or nothing but what was noted in an encounter that did not take place."""
    if standing.keys() & {"Encounter", "Claim", "ExplanationOfBenefit"}:
        return False
    return not standing or any(collection.entries[index].type == "Encounter" for index in part.entries)


def _list_row(
    collection: Collection,
    part: Part,
    encounter: Resource | None,
    claims: Sequence[Resource],
    explanations: Sequence[Resource],
    institution_id: str | None,
    ignored: Counter[str],
) -> Fields:
    bills = [*claims, *explanations]
    subject = (encounter or {}).get("subject") or next((bill["patient"] for bill in bills), None)
    subject = subject or _subject_of_others(collection, part)
    patient = collection.referred(subject.get("reference"), "Patient") if subject else None
    row: Fields = {"person_number": referred_id(subject) if subject else None}
    if patient is not None:
        row |= person_fields(patient, ignored)
    row |= _visit(collection, encounter, ignored) if encounter else {"visit_number": part.key.rsplit("/", 1)[-1]}
    provider = (encounter or {}).get("serviceProvider") or next((bill["provider"] for bill in bills), None)
    row["institution_id"], row["institution_name"] = institution_of(collection, provider)
    row["institution_id"] = row["institution_id"] or institution_id
    if claims:
        period = claims[0].get("billablePeriod", {})
        row |= {
            "settlement_number": _number(claims[0], SETTLEMENT_SYSTEM),
            "settled_from": day_of(moment_of_fhir(period.get("start"))),
            "settled_until": day_of(moment_of_fhir(period.get("end"))),
            "total_fen": total_of(claims, ignored),
        }
    for claim in claims:
        row |= {name: value for name, value in _said_besides(claim, ignored).items() if name != INTENSIVE_CARE}
    row |= _cover(collection, bills)
    return row


def _visit(collection: Collection, encounter: Resource, ignored: Counter[str]) -> Fields:
    stay = encounter.get("hospitalization", {})
    period = encounter.get("period", {})
    seen_by = [each["individual"] for each in encounter.get("participant", ()) if "individual" in each]
    doctor_code, doctor_name = doctor_of(collection, seen_by[0] if seen_by else None)
    to_id, to_name = institution_of(collection, stay.get("destination"))
    length = encounter.get("length", {})
    kind = encounter["class"].get("code")
    departments = codes(encounter.get("serviceType"), DEPARTMENT_SYSTEM)
    return {
        "visit_number": _number(encounter, VISIT_SYSTEM),
        "care_kind": mapped("care_kind", kind, "Encounter.class", ignored),
        "admission_route": _national(stay, "admitSource", "admission_route", ROUTE_SYSTEM, ignored),
        "admitted_at": moment_of_fhir(period.get("start")),
        "discharged_at": moment_of_fhir(period.get("end")),
        "discharge_department": departments[0] if departments else None,
        "los_days": number_text(length["value"]) if length.get("code") == "d" and "value" in length else None,
        "discharge_way": _national(stay, "dischargeDisposition", "discharge_way", DISCHARGE_SYSTEM, ignored),
        "receiving_institution_id": to_id,
        "receiving_institution_name": to_name,
        "doctor_code": doctor_code,
        "doctor_name": doctor_name,
    }


def _national(stay: Mapping[str, Any], element: str, name: str, system: str, ignored: Counter[str]) -> str | None:
    """Return the national code of an element of a stay: as it says itself, else that of FHIR's code."""
    own = codes(stay.get(element), system)
    if own:
        return own[0]
    return mapped(name, next(iter(codes(stay.get(element))), None), f"Encounter.{element}", ignored)


def _said_besides(claim: Resource, ignored: Counter[str]) -> Fields:
    columns = {INTENSIVE_CARE, *(field.column for field in list_fields("settlement_lists"))}
    row: Fields = {}
    for information in claim.get("supportingInfo", ()):
        code = next(iter(codes(information.get("category"), LIST_SYSTEM)), None)
        if code not in columns:
            ignored["Claim.supportingInfo (of no field)"] += 1
        elif "valueString" in information:
            row[code] = information["valueString"]
        elif "value" in information.get("valueQuantity", {}):
            row[code] = number_text(information["valueQuantity"]["value"])
    return row


def _intensive_care(claims: Sequence[Resource]) -> list[Fields]:
    stays = (_said_besides(claim, Counter()).get(INTENSIVE_CARE) for claim in claims)
    return [{"stay_minutes": stay} for stay in stays if stay]


def _cover(collection: Collection, bills: Sequence[Resource]) -> Fields:
    for bill in bills:
        contained = {f"#{each.get('id')}": each for each in bill.get("contained", ())}
        for insurance in bill.get("insurance", ()):
            reference = insurance.get("coverage", {}).get("reference", "")
            cover: Mapping[str, Any] | None = contained.get(reference) or collection.referred(reference, "Coverage")
            kind = next(iter(codes(cover.get("type"), INSURANCE_SYSTEM)), None) if cover else None
            if cover and kind:
                return {"insurance_type": kind, "insurance_number": cover.get("subscriberId")}
    return {}


def _subject_of_others(collection: Collection, part: Part) -> Mapping[str, Any] | None:
    return next((found for index in part.entries if (found := collection.resource(index).get("subject"))), None)


def _number(resource: Resource, system: str) -> str | None:
    """Return a resource's identifier of a system, else its first, else its id."""
    identifiers = [each for each in resource.get("identifier", ()) if each.get("value")]
    of_system = [each for each in identifiers if each.get("system") == system]
    return next((each["value"] for each in (*of_system, *identifiers)), resource.get("id"))
