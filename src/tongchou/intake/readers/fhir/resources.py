"""FHIR resources: read exactly, named by what others call them, and held against the models of FHIR R4."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, NoReturn

from fhir.resources.R4B import fhirtypes, get_fhir_model_class
from pydantic import ValidationError

from tongchou.core.text import Text
from tongchou.intake.readers.given_twice import without_contradiction

Resource = Mapping[str, Any]

STAY_TYPES = frozenset({"Encounter", "Condition", "Procedure", "Claim", "ExplanationOfBenefit"})
"""What the document of an encounter is made of."""

NAMED_TYPES = frozenset({"Patient", "Organization", "Practitioner", "Coverage"})
"""What those refer to."""

REFERRAL_TYPE = "ServiceRequest"

_VOID = {
    "Encounter": {"cancelled", "entered-in-error"},
    "Procedure": {"not-done", "entered-in-error"},
    "Claim": {"cancelled", "draft", "entered-in-error"},
    "ExplanationOfBenefit": {"cancelled", "draft", "entered-in-error"},
    "ServiceRequest": {"entered-in-error"},
}
"""States of resources that say that nothing of them holds."""

_TIMES = (
    "start",
    "end",
    "birthDate",
    "authoredOn",
    "created",
    "date",
    "performedDateTime",
    "servicedDate",
    "valueDate",
)
"""Elements that are times; the models take numbers for them too, which FHIR does not."""

_BOM = b"\xef\xbb\xbf"


class InvalidResourceError(Exception):
    """A resource that is none of FHIR R4: where it stands and why, without any of its values."""

    def __init__(self, place: str, reason: Text) -> None:
        super().__init__(place)
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource of a collection, without its content.

    Attributes:
        place: Where it stands in the file.
        type: Its type.
        names: What references to it may look like; the first is its own.
        encounters: References to the encounters that it belongs to.
        claims: References to the claims that it answers.
        load: Reads its content.
    """

    place: str
    type: str
    names: tuple[str, ...]
    encounters: tuple[str, ...]
    claims: tuple[str, ...]
    load: Callable[[], Any]


def parse(content: bytes) -> Any:  # noqa: ANN401  # whatever the file holds
    """Parse JSON; decimals keep every digit.

    Raises:
        ValueError: If it is none.
        GivenTwice: If it says two things under one name.
    """
    try:
        return json.loads(
            content.removeprefix(_BOM),
            parse_float=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=without_contradiction,
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def entry_of(place: str, resource: Any, load: Callable[[], Any], full_url: Any = None) -> Entry:  # noqa: ANN401
    """Describe a resource that may be of any shape.

    Raises:
        InvalidResourceError: If it is no object, or of no type that FHIR has.
    """
    if not isinstance(resource, dict):
        raise InvalidResourceError(place, Text("资源不是对象", "the resource is no object"))
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not hasattr(fhirtypes, f"{kind}Type"):
        raise InvalidResourceError(
            place, Text("resourceType 缺失或不是 FHIR 资源类型", "resourceType is missing or no type of FHIR")
        )
    return Entry(place, kind, _names(place, kind, resource, full_url), *_links(kind, resource), load)


def validate(entry: Entry) -> Resource:
    """Return the content of an entry, held against the model of its type; elements that are null are left out.

    Raises:
        InvalidResourceError: If it does not keep to it; only names of elements are said, no values.
    """
    try:
        resource: Resource = _without_nulls(entry.load())
        _model(entry.type).model_validate(resource)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = _element(entry.type, first["loc"], first["type"])
        count = error.error_count()
        raise InvalidResourceError(
            entry.place,
            Text(
                f"{entry.type} 不符合 FHIR R4（共 {count} 处，第一处在 {where}，{first['type']}）",
                f"the {entry.type} is not valid FHIR R4 ({count} faults, the first at {where}: {first['type']})",
            ),
        ) from None  # the cause would show what the file holds
    except RecursionError:
        raise InvalidResourceError(entry.place, Text("嵌套过深", "nested too deeply")) from None
    except (TypeError, ValueError, LookupError, AttributeError):  # the models stumble over some shapes
        words = Text(f"{entry.type} 的结构不符合 FHIR R4", f"the {entry.type} has not the shape of FHIR R4")
        raise InvalidResourceError(entry.place, words) from None
    if not _times_are_texts(resource):
        words = Text(f"{entry.type} 中有时间不是文字", f"a time of the {entry.type} is no text")
        raise InvalidResourceError(entry.place, words)
    return resource


def is_void(resource: Resource) -> bool:
    """Return whether a valid resource says that nothing of it holds: cancelled, refuted, entered in error."""
    kind = resource["resourceType"]
    if kind == "Condition":
        said = texts_at(resource, "verificationStatus", "coding", "code")
        return not {"entered-in-error", "refuted"}.isdisjoint(said)
    return resource.get("status") in _VOID.get(kind, ())


def texts_at(value: Any, *path: str) -> Iterator[str]:  # noqa: ANN401
    """Yield every text at a path of a value of any shape, lists entered."""
    if isinstance(value, list):
        for each in value:
            yield from texts_at(each, *path)
    elif path:
        if isinstance(value, dict):
            yield from texts_at(value.get(path[0]), *path[1:])
    elif isinstance(value, str):
        yield value


@cache
def _model(kind: str) -> Any:  # noqa: ANN401  # the models are made at run time
    return get_fhir_model_class(kind)


def _names(place: str, kind: str, resource: Resource, full_url: Any) -> tuple[str, ...]:  # noqa: ANN401
    names = []
    if isinstance(full_url, str) and full_url:
        names.append(full_url)
    if isinstance(resource.get("id"), str):
        names.append(f"{kind}/{resource['id']}")
    if not names:
        names.append(place)
    identifiers = resource.get("identifier")
    listed = identifiers if isinstance(identifiers, list) else [identifiers]
    known = [each for each in listed if isinstance(each, dict) and isinstance(each.get("value"), str)]
    names.extend(f"{kind}?identifier={each.get('system') or ''}|{each['value']}" for each in known)
    return tuple(names)


def _links(kind: str, resource: Resource) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if kind in {"Condition", "Procedure"}:
        return tuple(texts_at(resource, "encounter", "reference")), ()
    if kind in {"Claim", "ExplanationOfBenefit"}:
        encounters = tuple(dict.fromkeys(texts_at(resource, "item", "encounter", "reference")))
        return encounters, tuple(texts_at(resource, "claim", "reference")) if kind != "Claim" else ()
    return (), ()


def _without_nulls(value: Any) -> Any:  # noqa: ANN401
    """Return a value without nulls, which FHIR forbids and the models let pass."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value if each is not None]
    return value


def _times_are_texts(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, dict):
        own = all(isinstance(value[name], str) for name in _TIMES if name in value)
        return own and all(map(_times_are_texts, value.values()))
    return all(map(_times_are_texts, value)) if isinstance(value, list) else True


def _element(kind: str, location: tuple[int | str, ...], fault: str) -> str:
    """Return the path of a faulty element; a name that the file made up is left out."""
    known = location[:-1] if fault == "extra_forbidden" else location
    path = kind
    for part in known:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path


def _no_number(_: str) -> NoReturn:
    raise ValueError("no number of JSON")
