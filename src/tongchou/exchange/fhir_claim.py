"""A stay as FHIR: the person, the institution, the encounter with what was found and done, and the claim."""

from collections.abc import Mapping
from typing import Any

from tongchou.exchange.elements import (
    HL7_CODES,
    INSTITUTION_SYSTEM,
    Resource,
    concept,
    foreign_code,
    identifier,
    national_code,
    reference,
    resource,
    yuan,
)
from tongchou.intake.readers.exchange_codes import CODES
from tongchou.intake.readers.fhir.bills import FEE_CATEGORY_SYSTEM
from tongchou.intake.readers.fhir.people import PERSON_SYSTEM
from tongchou.intake.readers.fhir.stays import (
    DEPARTMENT_SYSTEM,
    DISCHARGE_SYSTEM,
    INSURANCE_SYSTEM,
    INTENSIVE_CARE,
    LIST_SYSTEM,
    ROUTE_SYSTEM,
    SETTLEMENT_SYSTEM,
    VISIT_SYSTEM,
)

DIAGNOSIS_SYSTEM = f"{CODES}icd-10"
PROCEDURE_SYSTEM = f"{CODES}icd-9-cm-3"
INSURER = {"display": "医疗保障基金"}

Case = Mapping[str, Any]
"""A row of `RunTables.cases`."""


def patient(person_id: str, case: Case | None = None) -> Resource:
    """Return an insured person, known by the pseudonym only."""
    said = {"gender": case["sex"], "birthDate": _day(case["born_on"])} if case else {}
    return resource("Patient", person_id, identifier=identifier(PERSON_SYSTEM, person_id), **said)


def organization(institution_id: str, institutions: Mapping[str, Mapping[str, Any]]) -> Resource:
    """Return an institution."""
    name = institutions.get(institution_id, {}).get("name_zh")
    return resource(
        "Organization", institution_id, identifier=identifier(INSTITUTION_SYSTEM, institution_id), name=name
    )


def encounter(case: Case) -> Resource:
    """Return the stay."""
    return resource(
        "Encounter",
        case["case_id"],
        identifier=identifier(VISIT_SYSTEM, case["case_id"]),
        status="finished",
        **{"class": {"system": f"{HL7_CODES}v3-ActCode", "code": "IMP"}},
        subject=reference("Patient", case["person_id"]),
        period={"start": _day(case["admitted_on"]), "end": _day(case["discharged_on"])},
        length={"value": case["los_days"], "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
        serviceType=concept((DEPARTMENT_SYSTEM, case["department"])) if case["department"] else None,
        serviceProvider=reference("Organization", case["institution_id"]),
        hospitalization={
            "admitSource": _coded("admission_route", case["admission_route"], ROUTE_SYSTEM, "admit-source"),
            "dischargeDisposition": _coded(
                "discharge_way", case["discharge_way"], DISCHARGE_SYSTEM, "discharge-disposition"
            ),
        },
    )


def conditions(case: Case) -> list[Resource]:
    """Return the diagnoses, the principal one first."""
    return [
        resource(
            "Condition",
            f"{case['case_id']}:{number}",
            subject=reference("Patient", case["person_id"]),
            encounter=reference("Encounter", case["case_id"]),
            code=concept((DIAGNOSIS_SYSTEM, code)),
        )
        for number, code in enumerate(case["diagnoses"] or (), start=1)
    ]


def procedures(case: Case) -> list[Resource]:
    """Return the operations, the principal one first."""
    return [
        resource(
            "Procedure",
            f"{case['case_id']}:{number}",
            status="completed",
            subject=reference("Patient", case["person_id"]),
            encounter=reference("Encounter", case["case_id"]),
            code=concept((PROCEDURE_SYSTEM, code)),
        )
        for number, code in enumerate(case["procedures"] or (), start=1)
    ]


def claim(case: Case) -> Resource:
    """Return the claim: diagnoses, operations, fees by category, and the total."""
    return resource(
        "Claim",
        case["case_id"],
        contained=[_cover(case)],
        identifier=identifier(SETTLEMENT_SYSTEM, case["case_id"]),
        status="active",
        type=concept((f"{HL7_CODES}claim-type", "institutional")),
        use="claim",
        patient=reference("Patient", case["person_id"]),
        billablePeriod={"start": _day(case["admitted_on"]), "end": _day(case["settled_on"])},
        created=_day(case["settled_on"]),
        insurer=INSURER,
        provider=reference("Organization", case["institution_id"]),
        priority=concept((f"{HL7_CODES}processpriority", "normal")),
        supportingInfo=_besides(case),
        diagnosis=[
            {
                "sequence": number,
                "diagnosisReference": reference("Condition", f"{case['case_id']}:{number}"),
                **({"type": [concept((f"{HL7_CODES}ex-diagnosistype", "principal"))]} if number == 1 else {}),
            }
            for number, _ in enumerate(case["diagnoses"] or (), start=1)
        ],
        procedure=[
            {
                "sequence": number,
                "procedureReference": reference("Procedure", f"{case['case_id']}:{number}"),
                "type": [concept((f"{HL7_CODES}ex-procedure-type", "primary" if number == 1 else "secondary"))],
            }
            for number, _ in enumerate(case["procedures"] or (), start=1)
        ],
        insurance=[{"sequence": 1, "focal": True, "coverage": {"reference": "#cover"}}],
        item=_items(case),
        total=yuan(case["total_fen"]),
    )


def _items(case: Case) -> list[dict[str, Any]]:
    stay = {"encounter": [reference("Encounter", case["case_id"])]}
    fees = zip(case["fee_categories"] or (), case["fee_amounts"] or (), strict=True)
    coded = [(concept((FEE_CATEGORY_SYSTEM, national_code("fee_category", name))), fen) for name, fen in fees]
    if not coded:
        return [{"sequence": 1, "productOrService": {"text": "住院"}, **stay}]
    return [
        {"sequence": number, "category": category, "productOrService": category, "net": yuan(fen), **stay}
        for number, (category, fen) in enumerate(coded, start=1)
    ]


def _besides(case: Case) -> list[dict[str, Any]]:
    """Return what FHIR has no place for."""
    said: dict[str, dict[str, Any]] = {
        name: {"valueQuantity": {"value": case[name]}}
        for name in ("age_years", "age_days", "birth_weight_g")
        if case[name] is not None
    }
    for name, hours in (("ventilator_minutes", case["ventilator_hours"]), (INTENSIVE_CARE, case["icu_hours"])):
        if hours:
            said[name] = {"valueString": f"{hours // 24}/{hours % 24}/0"}
    return [
        {"sequence": number, "category": concept((LIST_SYSTEM, name)), **value}
        for number, (name, value) in enumerate(said.items(), start=1)
    ]


def _cover(case: Case) -> dict[str, Any]:
    return {
        "resourceType": "Coverage",
        "id": "cover",
        "status": "active",
        "type": concept((INSURANCE_SYSTEM, national_code("insurance_type", case["insurance_type"]))),
        "beneficiary": reference("Patient", case["person_id"]),
        "payor": [INSURER],
    }


def _coded(name: str, state: str, system: str, foreign_system: str) -> dict[str, Any]:
    national = national_code(name, state)
    foreign = foreign_code(name, national)
    return concept((system, national), *([(f"{HL7_CODES}{foreign_system}", foreign)] if foreign else []))


def _day(day: Any) -> str | None:  # noqa: ANN401  # a date, or nothing
    return day.isoformat() if day is not None else None
