"""The small parts of FHIR resources: references, identifiers, codes, amounts, and JSON that keeps every digit."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
from fhir.resources.R4B import get_fhir_model_class

from tongchou.core.money import fen_to_yuan
from tongchou.intake.readers.exchange_codes import CODES, exchange_codes
from tongchou.intake.readers.fhir.amounts import CURRENCY
from tongchou.schema.list_fields import dictionary

Resource = dict[str, Any]

HL7_CODES = "http://terminology.hl7.org/CodeSystem/"
INSTITUTION_SYSTEM = f"{CODES}institution"


def address(kind: str, own: str) -> str:
    """Return the address of a resource: the same for the same thing, whatever characters its number has."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{CODES}{kind}:{own}')}"


def resource(kind: str, own: str, **content: Any) -> Resource:  # noqa: ANN401
    """Return a resource with its id; parts that are None or empty are left out, as FHIR has no empty elements."""
    kept = {name: value for name, value in content.items() if value not in (None, "", [], {})}
    return {"resourceType": kind, "id": address(kind, own).removeprefix("urn:uuid:"), **kept}


def reference(kind: str, own: str) -> dict[str, str]:
    """Return a reference to a resource."""
    return {"reference": address(kind, own)}


def identifier(system: str, value: str) -> list[dict[str, str]]:
    """Return the one identifier of a resource."""
    return [{"system": system, "value": value}]


def concept(*codings: tuple[str, str], text: str | None = None) -> dict[str, Any]:
    """Return a concept of codes, each with its system first."""
    said: dict[str, Any] = {"coding": [{"system": system, "code": code} for system, code in codings]}
    return said | ({"text": text} if text else {})


def yuan(fen: int) -> dict[str, Any]:
    """Return an amount, exact to the fen."""
    return {"value": fen_to_yuan(fen), "currency": CURRENCY}


def national_code(name: str, state: str) -> str:
    """Return the national code of a state."""
    written: Mapping[str, Mapping[str, str]] = exchange_codes("written")
    if state in written.get(name, {}):
        return written[name][state]
    return next(code for code, meaning in dictionary(name).items() if meaning.state == state)


def foreign_code(name: str, national: str) -> str | None:
    """Return the code of FHIR for a national code; None where FHIR has none."""
    codes: Mapping[str, str] = exchange_codes("fhir")[name]
    return next((foreign for foreign, ours in codes.items() if ours == national), None)


def bundle(resources: Sequence[Resource]) -> bytes:
    """Return resources as one line of JSON: a bundle of the type collection, each held against its model first."""
    for each in resources:
        get_fhir_model_class(each["resourceType"]).model_validate(each)
    entries = [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in resources]
    said = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return orjson.dumps(said, default=_exact, option=orjson.OPT_APPEND_NEWLINE)


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(type(value).__name__)
