"""The messages of one stay as one document: admission, transfer, discharge, charges and account."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tongchou.intake.documents.gathering import ReadDocument
from tongchou.intake.readers.exchange_codes import exchange_codes
from tongchou.intake.readers.hl7.charges import charge_rows
from tongchou.intake.readers.hl7.clinical import admitting_diagnosis, diagnosis_rows, operation_rows
from tongchou.intake.readers.hl7.people import Fields, code_of, contact_fields, cover_fields, person_fields
from tongchou.intake.readers.hl7.segments import Message, Segment
from tongchou.intake.readers.wire_values import moment_of_hl7, whole_name

_READ = frozenset({"MSH", "EVN", "PID", "PV1", "PV2", "NK1", "DG1", "PR1", "FT1", "IN1"})


def stay_document(
    messages: Sequence[Message], place: str, institution_id: str | None, ignored: Counter[str]
) -> ReadDocument:
    """Make the document of a stay.

    A later message corrects an earlier one: a field that it fills replaces what was there, the diagnoses and the
    operations of the last message that has any are those of the stay; charges add up.

    Args:
        messages: The stay's messages in the order of the file.
        place: Where they stand.
        institution_id: Whose file it is, where no message says.
        ignored: What no field is known for.
    """
    row: Fields = {"institution_id": institution_id}
    diagnoses: list[Fields] = []
    operations: list[Fields] = []
    charges: list[Fields] = []
    for message in messages:
        _count_unread(message, ignored)
        said = _list_fields(message, ignored)
        row |= {name: value for name, value in said.items() if value is not None}
        if message.event[1] in exchange_codes("hl7")["reopens"]:
            row |= dict.fromkeys(("discharged_at", "discharge_way", "discharge_department"))
        diagnoses = diagnosis_rows(message, ignored) or diagnoses
        operations = operation_rows(message) or operations
        charges += charge_rows(message, ignored)
    shared = {name: row.get(name) for name in ("visit_number", "person_number")}
    rows = {
        "settlement_lists": [row],
        "list_diagnoses": diagnoses,
        "list_operations": operations,
        "list_fee_lines": [{**charge, **shared} for charge in charges],
    }
    return ReadDocument("message", place, {table: lines for table, lines in rows.items() if lines})


def visit_of(message: Message) -> str | None:
    """Return the number of the visit that a message is about: PV1-19, else the account PID-18."""
    visit, person = message.first("PV1"), message.first("PID")
    return (visit and visit.value(19)) or (person and person.value(18)) or None


def _list_fields(message: Message, ignored: Counter[str]) -> Fields:
    fields: Fields = {
        "institution_id": message.header.value(4),
        "visit_number": visit_of(message),
        **person_fields(message, ignored),
        **contact_fields(message, ignored),
        **cover_fields(message, ignored),
        **admitting_diagnosis(message),
    }
    visit = message.first("PV1")
    if visit is not None:
        fields |= _visit_fields(message, visit, ignored)
    more = message.first("PV2")
    if more is not None:
        fields["los_days"] = more.value(11)
    if message.event[1] in exchange_codes("hl7")["withdraws"]:
        fields["list_state"] = "0"
    return fields


def _visit_fields(message: Message, visit: Segment, ignored: Counter[str]) -> Fields:
    codes: Mapping[str, Any] = exchange_codes("hl7")
    department = "discharge_department" if message.event[1] in codes["discharges"] else "admission_department"
    return {
        "care_kind": codes["care_kind"].get(visit.value(2)),
        department: visit.value(10),
        "admission_route": code_of("admission_route", visit.value(14), "PV1-14", ignored),
        "discharge_way": code_of("discharge_way", visit.value(36), "PV1-36", ignored),
        "admitted_at": moment_of_hl7(visit.value(44)),
        "discharged_at": moment_of_hl7(visit.value(45)),
        "doctor_code": visit.value(7),
        "doctor_name": whole_name(visit.value(7, 2), visit.value(7, 3)),
    }


def _count_unread(message: Message, ignored: Counter[str]) -> None:
    ignored.update(segment.name for segment in message.segments if segment.name not in _READ)
    if message.strays:
        ignored["(line that is no segment)"] += message.strays
