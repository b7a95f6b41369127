"""A referral as a request for service."""

from collections.abc import Mapping
from typing import Any

from tongchou.exchange.elements import Resource, concept, identifier, reference, resource
from tongchou.intake.readers.fhir.referrals import (
    ACCEPTED_URL,
    DIRECTION_SYSTEM,
    FROM_VISIT_URL,
    REFERRAL_SYSTEM,
    STATE_SYSTEM,
    TO_VISIT_URL,
)

_PATIENT_REFERRAL = ("http://snomed.info/sct", "3457005")
_STATUS = {"rejected": "revoked", "completed": "completed"}
"""The states of FHIR that say the same; in every other state the request stands."""


def service_request(referral: Mapping[str, Any]) -> Resource:
    """Return the request of a row of `referrals`."""
    extensions: list[dict[str, Any]] = [{"url": STATE_SYSTEM, "valueCode": referral["state"]}]
    if referral["accepted_on"] is not None:
        extensions.append({"url": ACCEPTED_URL, "valueDate": referral["accepted_on"].isoformat()})
    for url, column in ((FROM_VISIT_URL, "from_case_id"), (TO_VISIT_URL, "to_case_id")):
        if referral[column]:
            extensions.append({"url": url, "valueString": referral[column]})
    return resource(
        "ServiceRequest",
        referral["referral_id"],
        extension=extensions,
        identifier=identifier(REFERRAL_SYSTEM, referral["referral_id"]),
        status=_STATUS.get(referral["state"], "active"),
        intent="order",
        category=[concept(_PATIENT_REFERRAL, (DIRECTION_SYSTEM, referral["direction"]))],
        subject=reference("Patient", referral["person_id"]),
        requester=reference("Organization", referral["from_institution_id"]),
        performer=[reference("Organization", referral["to_institution_id"])],
        authoredOn=referral["requested_on"].isoformat(),
    )
