"""A made-up bundle: one person, two encounters, a claim with fees, what was paid, a referral."""

from copy import deepcopy
from typing import Any

SECRET = "欧阳绝密"
ID_NUMBER = "110101199001010017"
HL7 = "http://terminology.hl7.org/CodeSystem/"


def concept(code: str, system: str = "http://snomed.info/sct", display: str | None = None) -> dict[str, Any]:
    coding = {"system": system, "code": code}
    return {"coding": [{**coding, "display": display} if display else coding]}


PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [
        {"type": concept("MR", f"{HL7}v2-0203"), "value": "0012345"},
        {"type": concept("NNCHN", f"{HL7}v2-0203"), "value": ID_NUMBER},
        {"system": "urn:tongchou:person", "value": "P0000001"},
        {"type": concept("DL", f"{HL7}v2-0203"), "value": "X1"},
    ],
    "name": [{"use": "official", "family": SECRET, "given": ["一"]}],
    "gender": "female",
    "birthDate": "1990-01-01",
    "address": [{"text": "杭州市西溪路 3 号"}],
    "contact": [{"name": {"text": "欧阳二"}, "telecom": [{"system": "phone", "value": "13900000000"}]}],
}
HOSPITAL = {
    "resourceType": "Organization",
    "id": "h1",
    "identifier": [{"system": "urn:tongchou:institution", "value": "H00000000001"}],
    "name": "云栖县人民医院",
}
CENTRE = {
    "resourceType": "Organization",
    "id": "h2",
    "identifier": [{"system": "urn:tongchou:institution", "value": "H10000000009"}],
    "name": "云栖镇卫生院",
}
DOCTOR = {
    "resourceType": "Practitioner",
    "id": "d1",
    "identifier": [{"value": "D001"}],
    "name": [{"family": "李", "given": ["某"]}],
}
STAY = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "class": {"system": f"{HL7}v3-ActCode", "code": "IMP"},
    "subject": {"reference": "Patient/p1"},
    "participant": [{"individual": {"reference": "Practitioner/d1"}}],
    "period": {"start": "2025-03-01T00:30:00Z", "end": "2025-03-05T10:00:00+08:00"},
    "length": {"value": 4, "code": "d"},
    "serviceProvider": {"reference": "Organization/h1"},
    "hospitalization": {
        "admitSource": concept("emd", f"{HL7}admit-source"),
        "dischargeDisposition": concept("home", f"{HL7}discharge-disposition"),
    },
}
VISIT = {
    "resourceType": "Encounter",
    "id": "e2",
    "status": "finished",
    "class": {"system": f"{HL7}v3-ActCode", "code": "AMB"},
    "subject": {"reference": "Patient/p1"},
    "period": {"start": "2025-02-28T09:00:00+08:00"},
    "serviceProvider": {"reference": "Organization/h2"},
}


def condition(number: int, code: str, encounter: str = "e1") -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": f"c{number}",
        "code": concept(code, "http://hl7.org/fhir/sid/icd-10", f"诊断{number}"),
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": f"Encounter/{encounter}"},
    }


PROCEDURE = {
    "resourceType": "Procedure",
    "id": "o1",
    "status": "completed",
    "code": concept("33.2400", "urn:tongchou:icd-9-cm-3", "支气管镜检查"),
    "subject": {"reference": "Patient/p1"},
    "encounter": {"reference": "Encounter/e1"},
    "performedPeriod": {"start": "2025-03-02T09:00:00+08:00", "end": "2025-03-02T09:40:00+08:00"},
    "performer": [{"actor": {"reference": "Practitioner/d1"}}],
}
CLAIM = {
    "resourceType": "Claim",
    "id": "b1",
    "contained": [
        {
            "resourceType": "Coverage",
            "id": "cover",
            "status": "active",
            "type": concept("310", "urn:tongchou:insurance-type"),
            "subscriberId": "Y778899",
            "beneficiary": {"reference": "Patient/p1"},
            "payor": [{"display": "医保"}],
        }
    ],
    "status": "active",
    "type": concept("institutional", f"{HL7}claim-type"),
    "use": "claim",
    "patient": {"reference": "Patient/p1"},
    "billablePeriod": {"start": "2025-03-01", "end": "2025-03-06"},
    "created": "2025-03-06",
    "provider": {"reference": "Organization/h1"},
    "priority": concept("normal", f"{HL7}processpriority"),
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "#cover"}}],
    "supportingInfo": [
        {
            "sequence": 1,
            "category": concept("birth_weight_g", "urn:tongchou:settlement-list"),
            "valueQuantity": {"value": 3200},
        },
        {"sequence": 2, "category": concept("info", f"{HL7}claiminformationcategory"), "valueString": "x"},
    ],
    "diagnosis": [
        {"sequence": 2, "diagnosisReference": {"reference": "Condition/c1"}},
        {
            "sequence": 1,
            "diagnosisReference": {"reference": "Condition/c2"},
            "type": [concept("principal", f"{HL7}ex-diagnosistype")],
            "onAdmission": concept("y", f"{HL7}ex-diagnosis-on-admission"),
        },
    ],
    "procedure": [
        {
            "sequence": 1,
            "procedureReference": {"reference": "Procedure/o1"},
            "type": [concept("primary", f"{HL7}ex-procedure-type")],
        }
    ],
    "item": [
        {
            "sequence": 1,
            "category": concept("01", "urn:tongchou:fee-category"),
            "productOrService": {"text": "床位费"},
            "net": {"value": 123456789012345.67, "currency": "CNY"},
            "encounter": [{"reference": "Encounter/e1"}],
        },
        {
            "sequence": 2,
            "productOrService": concept("250403", "urn:hospital:items"),
            "servicedDate": "2025-03-02",
            "quantity": {"value": 2},
            "unitPrice": {"value": 25.10},
            "net": {"value": 50.20},
        },
        {
            "sequence": 3,
            "productOrService": concept("imported", "urn:hospital:items"),
            "net": {"value": 9.99, "currency": "USD"},
        },
        {"sequence": 4, "productOrService": {"text": "住院"}},
    ],
    "total": {"value": 1234.50, "currency": "CNY"},
}
BENEFIT = {
    "resourceType": "ExplanationOfBenefit",
    "id": "x1",
    "status": "active",
    "type": concept("institutional", f"{HL7}claim-type"),
    "use": "claim",
    "patient": {"reference": "Patient/p1"},
    "created": "2025-03-06",
    "insurer": {"display": "医保"},
    "provider": {"reference": "Organization/h1"},
    "claim": {"reference": "Claim/b1"},
    "outcome": "complete",
    "insurance": [{"focal": True, "coverage": {"display": "医保"}}],
    "total": [
        {"category": concept("submitted", f"{HL7}adjudication"), "amount": {"value": 1234.50, "currency": "CNY"}},
        {"category": concept("person_part", "urn:tongchou:settlement-amount"), "amount": {"value": 234.5}},
        {"category": concept("tax", f"{HL7}adjudication"), "amount": {"value": 1}},
    ],
    "payment": {"amount": {"value": 1000, "currency": "CNY"}},
}
REQUEST = {
    "resourceType": "ServiceRequest",
    "id": "r1",
    "status": "completed",
    "intent": "order",
    "category": [concept("3457005")],
    "subject": {"reference": "Patient/p1"},
    "requester": {"reference": "Organization/h1"},
    "performer": [{"reference": "Organization/h2"}],
    "authoredOn": "2025-03-05",
    "reasonReference": [{"reference": "Condition/c1"}],
    "note": [{"text": "康复治疗"}],
}
OBSERVATION = {"resourceType": "Observation", "id": "v1", "anything": SECRET}


def resources() -> list[dict[str, Any]]:
    """Return the resources, free to be changed."""
    listed = [PATIENT, HOSPITAL, CENTRE, DOCTOR, VISIT, STAY, condition(1, "I10.x05"), condition(2, "J15.902")]
    listed += [condition(3, "E11.900"), condition(4, "J00.x00", "e2"), PROCEDURE, CLAIM, BENEFIT, REQUEST, OBSERVATION]
    return deepcopy(listed)


def bundle(listed: list[dict[str, Any]]) -> dict[str, Any]:
    """Return resources as a bundle."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in listed]}
