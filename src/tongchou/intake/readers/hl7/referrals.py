"""Referrals (REF): who sends whom where, and why."""

from collections import Counter

from tongchou.intake.documents.gathering import ReadDocument
from tongchou.intake.readers.exchange_codes import exchange_codes
from tongchou.intake.readers.hl7.clinical import diagnosis_rows
from tongchou.intake.readers.hl7.people import Fields, cover_fields, person_fields, phone_of
from tongchou.intake.readers.hl7.segments import Message, Segment
from tongchou.intake.readers.hl7.stays import visit_of
from tongchou.intake.readers.wire_values import day_of, moment_of_hl7

_READ = frozenset({"MSH", "PID", "PV1", "RF1", "PRD", "DG1", "IN1"})
_STATES = {"A": "accepted", "P": "requested", "R": "rejected"}
"""HL7 table 0283."""


def referral_document(message: Message, place: str, institution_id: str | None, ignored: Counter[str]) -> ReadDocument:
    """Make the document of a referral."""
    ignored.update(segment.name for segment in message.segments if segment.name not in _READ)
    person = person_fields(message, ignored)
    header = message.first("RF1")
    diagnosis: Fields = next(iter(diagnosis_rows(message, ignored)), {})
    segment = message.first("PID")
    row: Fields = {
        "person_number": person.get("person_number"),
        "address": person.get("address"),
        "phone": phone_of(segment, 13) if segment else None,
        "insurance_type": cover_fields(message, ignored).get("insurance_type"),
        "diagnosis_code": diagnosis.get("code"),
        "diagnosis_name": diagnosis.get("name"),
        "from_visit_number": visit_of(message),
        "institution_id": message.header.value(4) or institution_id,
        **(_filing(header) if header else {}),
    }
    for provider in message.all("PRD"):
        side = next((side for code in provider.values(1) if (side := _sides().get(code or ""))), None)
        if side is None:
            ignored["PRD (of no side)"] += 1
        elif side == "to":
            row["to_institution_id"], row["to_institution_name"] = provider.value(7), provider.value(2)
        else:
            row["institution_id"] = provider.value(7) or row["institution_id"]
    return ReadDocument("referral", place, {"referral_filings": [row]})


def _sides() -> dict[str, str]:
    found: dict[str, str] = exchange_codes("hl7")["referral_providers"]
    return found


def _filing(header: Segment) -> Fields:
    return {
        "state": _STATES.get(header.value(1) or "", "requested"),
        "referral_number": header.value(6),
        "referred_on": day_of(moment_of_hl7(header.value(9) or header.value(7))),
        "begins_on": day_of(moment_of_hl7(header.value(7))),
        "ends_on": day_of(moment_of_hl7(header.value(8))),
        "reason": header.value(10, 2) or header.value(10),
    }
