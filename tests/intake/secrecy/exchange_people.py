"""People in bundles of FHIR and messages of HL7: where they belong, and by turns in every other place."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import orjson
from tests.intake.readers import test_hl7 as messages
from tests.intake.readers.made_up_fhir import bundle, resources
from tests.intake.secrecy.misplacing import MISPLACED, WHOEVER
from tests.intake.secrecy.people import Crowd, Person

_SPOILED_AT_ONCE = 30
_KEPT = ("resourceType", "reference")


def bundles(crowd: Crowd) -> Iterator[bytes]:
    """Yield bundles in which by turns every text of every resource is somebody."""
    places = [place for place in _texts(resources(), ()) if place[-1] not in _KEPT]
    ways = cycle(WHOEVER)
    # Those of one bundle are far from each other, so that one does not hide the next.
    step = -(-len(places) // _SPOILED_AT_ONCE)
    for start in range(step):
        who = crowd.next()
        said = _named(who)
        for place in places[start::step]:
            _put(said, place, MISPLACED[next(ways)](who))
        yield orjson.dumps(bundle(said))
    yield from _strange(crowd)


def _strange(crowd: Crowd) -> Iterator[bytes]:
    who = crowd.next()
    said = [*_named(who), {"resourceType": who.name, "id": who.card}, {"resourceType": "Patient", who.name: who.card}]
    said[0]["text"] = {"status": "generated", "div": f"<div>{who.name} {who.card}</div>"}
    said[0][who.phone] = who.name
    said[5]["extension"] = [{"url": who.name, "valueString": who.card}]
    said[5]["reasonCode"] = [{"text": f"{who.name} {who.phone}"}]
    yield orjson.dumps(bundle(said))
    whole = orjson.dumps(bundle(_named(crowd.next())))
    yield whole[:-200]
    yield orjson.dumps({"resourceType": "Bundle", "entry": crowd.next().name})
    yield orjson.dumps({"resourceType": "Encounter", "status": crowd.next().name, "id": crowd.next().card})


def _named(who: Person) -> list[dict[str, Any]]:
    said = resources()
    patient = said[0]
    patient["identifier"][0]["value"] = who.record
    patient["identifier"][1]["value"] = who.card
    patient["identifier"][2]["value"] = who.number
    patient["name"] = [{"family": who.name[0], "given": [who.name[1:]], "text": who.name}]
    patient["birthDate"] = who.born_on
    patient["gender"] = "male" if who.sex == "1" else "female"
    patient["telecom"] = [{"system": "phone", "value": who.phone}]
    patient["address"] = [{"text": who.address}]
    patient["contact"] = [{"name": {"text": who.contact}, "telecom": [{"system": "phone", "value": who.landline}]}]
    said[3]["identifier"] = [{"value": who.doctor}]
    said[3]["name"] = [{"text": who.doctor_name}]
    said[13]["note"] = [{"text": f"{who.name}（{who.card}）要求转院"}]
    said[14]["anything"] = who.name
    return said


def _texts(said: Any, before: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    inside = said.items() if isinstance(said, dict) else enumerate(said)
    for key, value in inside:
        if isinstance(value, dict | list):
            yield from _texts(value, (*before, key))
        elif isinstance(value, str):
            yield (*before, key)


def _put(said: Any, place: tuple[Any, ...], value: str) -> None:
    for key in place[:-1]:
        if not (isinstance(said, dict) and key in said) and not (isinstance(said, list) and key < len(said)):
            return
        said = said[key]
    said[place[-1]] = value


def messages_of(crowd: Crowd) -> Iterator[str]:
    """Yield messages in which by turns every field and component is somebody."""
    ways = cycle(WHOEVER)
    for text in (messages.ADMISSION, messages.DISCHARGE, messages.CHARGES, messages.REFERRAL):
        segments = text.strip("\r").split("\r")
        for place, segment in enumerate(segments):
            fields = segment.split("|")
            for number in range(2 if place else 3, len(fields) + 1):
                who = crowd.next()
                spoiled = [*fields, ""]
                spoiled[number] = MISPLACED[next(ways)](who)
                whole = [*segments[:place], "|".join(spoiled), *segments[place + 1 :]]
                yield _said_of("\r".join(whole) + "\r", who)
    who = crowd.next()
    yield _said_of(messages.DISCHARGE.replace("ADT^A03", f"{who.name}^{who.phone}"), who)
    yield _said_of(messages.DISCHARGE + f"NTE|1||{who.name} {who.card}\r{who.name}|{who.phone}\r", crowd.next())
    yield f"MSH{who.name}{who.card}\r"


def _said_of(text: str, who: Person) -> str:
    text = text.replace(messages.SECRET + "^一", f"{who.name[0]}^{who.name[1:]}").replace(messages.ID_NUMBER, who.card)
    text = text.replace("P0000001", who.number).replace("0012345", who.record).replace("V0001", f"V{who.card[10:17]}")
    text = text.replace("欧阳^二", who.contact).replace("13900000000", who.phone).replace("西溪路 3 号", who.address)
    text = text.replace("D001^李^某", f"{who.doctor}^{who.doctor_name}").replace(
        "19900101|M", f"{who.card[6:14]}|" + "FM"[int(who.sex) % 2]
    )
    return text.replace("Y778899", who.insurance)
