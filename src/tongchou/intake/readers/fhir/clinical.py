"""Diagnoses and operations of an encounter: its conditions and procedures, in the order that its claims say."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongchou.intake.readers.exchange_codes import exchange_codes
from tongchou.intake.readers.fhir.amounts import coded, codes
from tongchou.intake.readers.fhir.collection import Collection
from tongchou.intake.readers.fhir.people import Fields, doctor_of, mapped
from tongchou.intake.readers.fhir.resources import Resource, is_void
from tongchou.intake.readers.wire_values import day_of, moment_of_fhir


@dataclass(slots=True)
class _Line:
    """A diagnosis or an operation: what is said of it in a claim, and its resource."""

    said: Mapping[str, Any]
    index: int | None
    concept: Mapping[str, Any] | None


def diagnosis_rows(
    collection: Collection,
    own: Sequence[int],
    encounter: Resource | None,
    bills: Sequence[Resource],
    ignored: Counter[str],
) -> list[Fields]:
    """Return the rows of `list_diagnoses`: what claims name, in their order, then the encounter's other conditions.

    Args:
        collection: Where references lead.
        own: The conditions of the encounter.
        encounter: The encounter, which may say the rank of a condition.
        bills: Its claims, then its explanations of benefit.
        ignored: What no field is known for.
    """
    ranked = {collection.find(each["condition"].get("reference")) for each in _first_ranks(encounter)}
    said_principal = bool(ranked)
    rows: list[Fields] = []
    lines = list(_lines(collection, own, bills, "diagnosis", "Condition"))
    for line in lines:
        kinds = {code for concept in line.said.get("type", ()) for code in codes(concept)}
        is_principal = "principal" in kinds or (line.index is not None and line.index in ranked)
        said_principal = said_principal or "principal" in kinds
        code, system, name = coded(line.concept)
        on_admission = codes(line.said.get("onAdmission"))
        rows.append(
            {
                "diagnosis_type": "1" if system in exchange_codes("fhir")["western_systems"] else None,
                "code": code,
                "code_system": system,
                "name": name,
                "admission_condition": mapped(
                    "admission_condition",
                    on_admission[0].lower() if on_admission else None,
                    "Claim.diagnosis.onAdmission",
                    ignored,
                ),
                "is_principal": "1" if is_principal else "0",
            }
        )
    # Where nobody says which one is the principal diagnosis, none is said not to be it.
    return rows if said_principal else [{**row, "is_principal": None} for row in rows]


def operation_rows(collection: Collection, own: Sequence[int], bills: Sequence[Resource]) -> list[Fields]:
    """Return the rows of `list_operations`, in the same order as diagnoses."""
    rows: list[Fields] = []
    for line in _lines(collection, own, bills, "procedure", "Procedure"):
        procedure = collection.resource(line.index) if line.index is not None else {}
        period = procedure.get("performedPeriod", {})
        began = moment_of_fhir(procedure.get("performedDateTime") or period.get("start") or line.said.get("date"))
        performers = procedure.get("performer", ())
        surgeon = doctor_of(collection, performers[0]["actor"]) if performers else (None, None)
        kinds = {code for concept in line.said.get("type", ()) for code in codes(concept)}
        code, system, name = coded(line.concept)
        rows.append(
            {
                "operation_rank": "1" if "primary" in kinds else "2" if kinds else None,
                "name": name,
                "code": code,
                "code_system": system,
                "operated_on": day_of(began),
                "began_at": began if began and " " in began else None,
                "ended_at": moment_of_fhir(period.get("end")),
                "surgeon_code": surgeon[0],
                "surgeon_name": surgeon[1],
            }
        )
    return rows


def _lines(
    collection: Collection, own: Sequence[int], bills: Sequence[Resource], word: str, kind: str
) -> Iterator[_Line]:
    met: set[int | tuple[str | None, str | None]] = set()
    for bill in bills:
        for said in sorted(bill.get(word, ()), key=_sequence):
            index = collection.find(said.get(f"{word}Reference", {}).get("reference"))
            key: int | tuple[str | None, str | None]
            if index is not None and collection.entries[index].type == kind:
                if is_void(collection.resource(index)):
                    continue
                concept, key = collection.resource(index).get("code"), index
            elif f"{word}CodeableConcept" in said:
                concept = said[f"{word}CodeableConcept"]
                index, key = None, coded(concept)[:2]
            else:
                continue
            if key not in met:
                met.add(key)
                yield _Line(said, index, concept)
    for index in own:
        if index not in met:
            yield _Line({}, index, collection.resource(index).get("code"))


def _sequence(each: Mapping[str, Any]) -> int:
    return int(each["sequence"])


def _first_ranks(encounter: Resource | None) -> Iterator[Mapping[str, Any]]:
    for each in encounter.get("diagnosis", ()) if encounter else ():
        if each.get("rank") == 1 and "condition" in each:
            yield each
