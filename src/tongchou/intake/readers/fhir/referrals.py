"""Referrals: requests for service that send a person to another institution."""

from collections import Counter

from tongchou.intake.documents.gathering import ReadDocument
from tongchou.intake.readers.exchange_codes import CODES, exchange_codes
from tongchou.intake.readers.fhir.amounts import coded, codes
from tongchou.intake.readers.fhir.collection import Collection
from tongchou.intake.readers.fhir.people import Fields, institution_of, person_fields, referred_id
from tongchou.intake.readers.fhir.resources import Resource, is_void
from tongchou.intake.readers.wire_values import day_of, moment_of_fhir

DIRECTION_SYSTEM = f"{CODES}referral-direction"
STATE_SYSTEM = f"{CODES}referral-state"
REFERRAL_SYSTEM = f"{CODES}referral"
ACCEPTED_URL = f"{CODES}referral-accepted-on"
"""The extension that holds the day on which a referral was accepted."""

FROM_VISIT_URL = f"{CODES}referral-from-visit"
TO_VISIT_URL = f"{CODES}referral-to-visit"
"""The extensions that hold the stays before and after a referral."""

_STATES = {"revoked": "rejected", "completed": "completed"}
"""What FHIR's own states say of a referral where ours is not given; `active` says only that it was asked for."""


def referral_document(
    collection: Collection, index: int, institution_id: str | None, ignored: Counter[str]
) -> ReadDocument | None:
    """Make the document of a request; None where it is no referral, or was entered in error.

    Raises:
        InvalidResourceError: If the request or what it refers to is not valid.
    """
    request = collection.resource(index)
    if is_void(request):
        ignored["ServiceRequest (cancelled)"] += 1
        return None
    known = set(exchange_codes("fhir")["referral_codes"])
    said = {code for concept in (*request.get("category", ()), request.get("code")) for code in codes(concept)}
    if not said & known:
        ignored["ServiceRequest (no referral)"] += 1
        return None
    row = _filing(collection, request, institution_id, ignored)
    return ReadDocument("referral", collection.entries[index].place, {"referral_filings": [row]})


def _filing(collection: Collection, request: Resource, institution_id: str | None, ignored: Counter[str]) -> Fields:
    subject = request["subject"]
    patient = collection.referred(subject.get("reference"), "Patient")
    person = person_fields(patient, ignored) if patient is not None else {}
    performers = request.get("performer", ())
    to_id, to_name = institution_of(collection, performers[0] if performers else None)
    from_id, _ = institution_of(collection, request.get("requester"))
    diagnosis_code, diagnosis_name = _reason(collection, request)
    category = request.get("category", ())
    directions = [code for concept in category for code in codes(concept, DIRECTION_SYSTEM)]
    extensions = {each["url"]: each for each in request.get("extension", ())}
    states = [each["valueCode"] for each in extensions.values() if each["url"] == STATE_SYSTEM and "valueCode" in each]
    period = request.get("occurrencePeriod", {})
    identifiers = [each["value"] for each in request.get("identifier", ()) if each.get("value")]
    return {
        "referral_number": identifiers[0] if identifiers else request.get("id"),
        "person_number": person.get("person_number") or referred_id(subject),
        "address": person.get("address"),
        "diagnosis_code": diagnosis_code,
        "diagnosis_name": diagnosis_name,
        "institution_id": from_id or institution_id,
        "to_institution_id": to_id,
        "to_institution_name": to_name,
        "direction": directions[0] if directions else None,
        "state": states[0] if states else _STATES.get(request["status"], "requested"),
        "referred_on": day_of(moment_of_fhir(request.get("authoredOn"))),
        "accepted_on": extensions.get(ACCEPTED_URL, {}).get("valueDate"),
        "from_visit_number": extensions.get(FROM_VISIT_URL, {}).get("valueString"),
        "to_visit_number": extensions.get(TO_VISIT_URL, {}).get("valueString"),
        "reason": next((each["text"] for each in request.get("note", ()) if each.get("text")), None),
        "begins_on": day_of(moment_of_fhir(period.get("start"))),
        "ends_on": day_of(moment_of_fhir(period.get("end"))),
    }


def _reason(collection: Collection, request: Resource) -> tuple[str | None, str | None]:
    for concept in request.get("reasonCode", ()):
        code, _, name = coded(concept)
        return code, name
    for reference in request.get("reasonReference", ()):
        condition = collection.referred(reference.get("reference"), "Condition")
        if condition is not None:
            code, _, name = coded(condition.get("code"))
            return code, name
    return None, None
