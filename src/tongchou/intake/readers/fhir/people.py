"""Patients, institutions and doctors of FHIR as fields of a settlement list."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tongchou.intake.readers.exchange_codes import CODES, exchange_codes
from tongchou.intake.readers.fhir.collection import Collection
from tongchou.intake.readers.fhir.resources import Resource
from tongchou.intake.readers.wire_values import whole_name

Fields = dict[str, str | None]

PERSON_SYSTEM = f"{CODES}person"
"""The system of the identifiers of insured people."""


def person_fields(patient: Resource, ignored: Counter[str]) -> Fields:
    """Return the fields of a person."""
    fields = _identifiers(patient, ignored)
    fields.setdefault("person_number", patient.get("id"))
    fields |= {
        "person_name": _name(patient.get("name", ())),
        "sex": mapped("sex", patient.get("gender"), "Patient.gender", ignored),
        "born_on": patient.get("birthDate"),
        "address": _address(patient.get("address", ())),
    }
    for contact in patient.get("contact", ())[:1]:
        fields |= {
            "contact_name": _name([contact["name"]] if "name" in contact else ()),
            "contact_phone": _phone(contact.get("telecom", ())),
            "contact_address": _address([contact["address"]] if "address" in contact else ()),
        }
    if len(patient.get("contact", ())) > 1:
        ignored["Patient.contact (further)"] += len(patient["contact"]) - 1
    return fields


def institution_of(collection: Collection, reference: Mapping[str, Any] | None) -> tuple[str | None, str | None]:
    """Return the id and the name of the institution that a reference means."""
    if reference is None:
        return None, None
    found = collection.referred(reference.get("reference"), "Organization")
    if found is not None:
        return _first_identifier(found), found.get("name")
    return referred_id(reference), reference.get("display")


def doctor_of(collection: Collection, reference: Mapping[str, Any] | None) -> tuple[str | None, str | None]:
    """Return the code and the name of the doctor that a reference means."""
    if reference is None:
        return None, None
    found = collection.referred(reference.get("reference"), "Practitioner")
    if found is not None:
        return _first_identifier(found), _name(found.get("name", ()))
    return referred_id(reference), reference.get("display")


def referred_id(reference: Mapping[str, Any]) -> str | None:
    """Return the id that a reference itself says: its identifier, or the end of its address."""
    value = reference.get("identifier", {}).get("value")
    if value:
        return str(value)
    address = reference.get("reference")
    return address.rsplit("|", 1)[-1].rsplit("/", 1)[-1].removeprefix("urn:uuid:") if address else None


def mapped(name: str, code: str | None, element: str, ignored: Counter[str]) -> str | None:
    """Return the national code of a code of FHIR; one that is not known is counted under its element."""
    if code is None:
        return None
    known: Mapping[str, str] = exchange_codes("fhir")[name]
    if code not in known:
        ignored[f"{element} (code without a national one)"] += 1
    return known.get(code)


def _identifiers(patient: Resource, ignored: Counter[str]) -> Fields:
    fields: Fields = {}
    kinds = exchange_codes("identifiers")
    for identifier in patient.get("identifier", ()):
        value = identifier.get("value")
        codes = [coding.get("code") for coding in identifier.get("type", {}).get("coding", ())]
        kind = next((kinds[code] for code in codes if code in kinds), None)
        if identifier.get("system") == PERSON_SYSTEM:
            fields["person_number"] = value
        elif kind is None or kind["column"] in fields:
            ignored["Patient.identifier (of no field)"] += 1
        else:
            fields[kind["column"]] = value
            if "identity_type" in kind:
                fields["identity_type"] = kind["identity_type"]
    return fields


def _first_identifier(resource: Resource) -> str | None:
    return next((each["value"] for each in resource.get("identifier", ()) if each.get("value")), resource.get("id"))


def _name(names: Iterable[Mapping[str, Any]]) -> str | None:
    ordered = sorted(names, key=lambda each: each.get("use") != "official")
    if not ordered:
        return None
    given = [part for part in ordered[0].get("given", ()) if part]
    return ordered[0].get("text") or whole_name(ordered[0].get("family"), " ".join(given))


def _address(addresses: Iterable[Mapping[str, Any]]) -> str | None:
    for address in addresses:
        if address.get("text"):
            return str(address["text"])
        parts = [address.get("state"), address.get("city"), address.get("district"), *address.get("line", ())]
        return " ".join(part for part in parts if part)
    return None


def _phone(telecoms: Iterable[Mapping[str, Any]]) -> str | None:
    return next((each.get("value") for each in telecoms if each.get("system") == "phone"), None)
