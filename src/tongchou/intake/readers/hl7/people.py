"""The person of a message (PID), the contact (NK1) and the insurance (IN1) as fields of a settlement list."""

from collections import Counter
from collections.abc import Mapping

from tongchou.intake.readers.exchange_codes import exchange_codes
from tongchou.intake.readers.hl7.segments import Message, Segment
from tongchou.intake.readers.wire_values import day_of, moment_of_hl7, whole_name
from tongchou.schema.list_fields import dictionary

Fields = dict[str, str | None]


def person_fields(message: Message, ignored: Counter[str]) -> Fields:
    """Return the fields of the person."""
    person = message.first("PID")
    if person is None:
        return {}
    fields = _identifiers(person, ignored)
    return fields | {
        "person_name": whole_name(person.value(5), person.value(5, 2)),
        "born_on": day_of(moment_of_hl7(person.value(7))),
        "sex": code_of("sex", person.value(8), "PID-8", ignored),
        "address": _address(person, 11),
        "nationality": person.value(28),
    }


def contact_fields(message: Message, ignored: Counter[str]) -> Fields:
    """Return the fields of the first contact; further ones are counted."""
    contacts = list(message.all("NK1"))
    if not contacts:
        return {}
    if len(contacts) > 1:
        ignored["NK1 (further)"] += len(contacts) - 1
    first = contacts[0]
    return {
        "contact_name": whole_name(first.value(2), first.value(2, 2)),
        "contact_address": _address(first, 4),
        "contact_phone": phone_of(first, 5),
    }


def cover_fields(message: Message, ignored: Counter[str]) -> Fields:
    """Return the insurance: of the first IN1 whose plan is a national insurance type; other plans are counted."""
    fields: Fields = {}
    for insurance in message.all("IN1"):
        plan = insurance.value(2)
        if plan in dictionary("insurance_type") and "insurance_type" not in fields:
            fields["insurance_type"] = plan
            fields["insurance_number"] = insurance.value(49) or insurance.value(36)
        else:
            ignored["IN1 (of no national plan)"] += 1
    return fields


def code_of(name: str, code: str | None, element: str, ignored: Counter[str]) -> str | None:
    """Return the national code of a code of HL7; one that is not known is counted under its field."""
    if code is None:
        return None
    known: Mapping[str, str] = exchange_codes("hl7")[name]
    if code not in known:
        ignored[f"{element} (code without a national one)"] += 1
    return known.get(code)


def phone_of(segment: Segment, field: int) -> str | None:
    """Return a telephone number: as one text, or of component 12 or 7 where newer messages have it."""
    return segment.value(field) or segment.value(field, 12) or segment.value(field, 7)


def _identifiers(person: Segment, ignored: Counter[str]) -> Fields:
    fields: Fields = {}
    kinds = exchange_codes("identifiers")
    without_type: list[str] = []
    for repetition in person.repetitions(3):
        value, kind = person.component(repetition, 1), person.component(repetition, 5)
        if value is None:
            continue
        if kind is None:
            without_type.append(value)
        elif kind in kinds and kinds[kind]["column"] not in fields:
            fields[kinds[kind]["column"]] = value
            if "identity_type" in kinds[kind]:
                fields["identity_type"] = kinds[kind]["identity_type"]
        else:
            ignored["PID-3 (of no field)"] += 1
    if without_type and "person_number" not in fields:
        fields["person_number"] = without_type.pop(0)
    if without_type:
        ignored["PID-3 (of no field)"] += len(without_type)
    if "person_number" not in fields:
        # The hospital's number is the only one by which the person is known.
        fields["person_number"] = fields.get("case_number") or person.value(2)
    return fields


def _address(segment: Segment, field: int) -> str | None:
    parts = [segment.value(field, component) for component in (4, 3, 1, 2)]
    return " ".join(part for part in parts if part) or None
