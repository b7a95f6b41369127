"""People in documents of the interface: where they belong, and in every other field of every transaction."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
from tests.intake.secrecy.misplacing import MISPLACED
from tests.intake.secrecy.people import Crowd, Person

from tongchou.intake.readers.interface_names import LIST_NODES, table_names
from tongchou.schema.list_fields import list_fields

Said = dict[str, Any]
SENDER = "H00000000001"
_WAYS = tuple(MISPLACED)
_NODES: Mapping[str, Mapping[str, str]] = {
    "4101": LIST_NODES,
    "4101A": LIST_NODES,
    "2304": {"setlinfo": "settlement_replies", "setldetail": "list_payments"},
    "2301": {"feedetail": "list_fee_lines"},
    "2501": {"refmedin": "referral_filings"},
}


class InterfaceDesk:
    """Writes documents of people into a folder.

    Args:
        crowd: Where people come from.
        templates: A document of each transaction, sound but for its person.
        folder: Where to.
    """

    def __init__(self, crowd: Crowd, templates: Mapping[str, Said], folder: Path) -> None:
        self._crowd, self._templates, self._folder = crowd, templates, folder
        self._registered: list[Person] = []

    def lists(self, transaction: str, ways: Sequence[str]) -> list[Said]:
        """Return a list in each of whose fields by turns somebody stands who does not belong there."""
        return [self._misplaced(transaction, *place, way) for way in ways for place in _places(transaction)]

    def sound(self, transaction: str, count: int) -> list[Said]:
        """Return documents of people who stand where they belong."""
        return [self._of(transaction, self._crowd.next()) for _ in range(count)]

    def broken(self, count: int) -> list[bytes]:
        """Return documents that are cut off, garbled, or none, with people in them."""
        lines = []
        for number in range(count):
            who = self._crowd.next()
            line = orjson.dumps(self._of("4101", who))
            named = who.name.encode() + who.card.encode()
            lines.append(
                (
                    line[:-40],
                    line[40:],
                    f"{who.name},{who.card},{who.phone}".encode(),
                    line.replace(b'"input":{', b'"input":[', 1),
                    line.replace(b'"4101"', orjson.dumps(who.name), 1),
                    line.replace(b'"setlinfo"', orjson.dumps(who.card), 1),
                    line.replace(b'"gend":', b'"' + named + b'":"1","gend":', 1),
                    line.replace(b'"setlinfo":{', b'"setlinfo":{"psn_name":' + orjson.dumps(who.contact) + b",", 1),
                    line.replace(b'"input":{', b'"' + who.name.encode() + b'":1,"' + named + b'":[],"input":{', 1),
                    named + bytes(range(128, 160)) + line,
                )[number % 10].replace(b"\n", b"")
            )
        return lines

    def replies(self, lists: Sequence[Said]) -> list[Said]:
        """Return the platform's replies to lists, which complete them; without numbers there is none."""
        made = []
        for each in lists:
            said = deepcopy(self._templates["2304"])
            head = each["input"]["setlinfo"]
            if not f"{head['setl_id']}{head['mdtrt_id']}".isascii():
                continue
            said["output"]["setlinfo"] |= {name: head[name] for name in ("setl_id", "mdtrt_id", "psn_no")}
            made.append(said)
        return made

    def write(self, name: str, documents: Sequence[Said | bytes], encoding: str = "utf-8") -> None:
        """Write documents, one a line."""
        lines = [each if isinstance(each, bytes) else orjson.dumps(each) for each in documents]
        if encoding != "utf-8":
            lines = [line.decode().encode(encoding) for line in lines]
        (self._folder / name).write_bytes(b"\n".join(lines) + b"\n")

    def write_register(self, name: str) -> None:
        """Write the register of those who are known by the platform's number."""
        with (self._folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(
                ["person_number", "identity_type", "identity_number", "sex", "born_on", "insurance_type", "area_id"]
            )
            for who in self._registered:
                sex = "male" if who.sex == "1" else "female"
                writer.writerow([who.number, "01", who.card, sex, who.born_on, "employee", "demo_county"])

    def _misplaced(self, transaction: str, node: str, name: str, way: str) -> Said:
        who = self._crowd.next()
        said = self._of(transaction, who)
        body = said.get("input") or said["output"]
        rows = body.setdefault(node, {})
        row = rows if isinstance(rows, dict) else rows[0]
        row[name] = MISPLACED[way](who)
        return said

    def _of(self, transaction: str, who: Person) -> Said:
        said = deepcopy(self._templates[transaction])
        number = f"{transaction}{len(self._crowd.met):06d}"
        match transaction:
            case "2304":
                said["output"]["setlinfo"] |= {"setl_id": number, "mdtrt_id": number, "psn_no": who.number}
                said["output"]["setlinfo"] |= {"psn_name": who.name, "certno": who.card, "mdtrt_cert_no": who.card}
            case "2301":
                row = said["input"]["feedetail"][0]
                row |= {"feedetl_sn": number, "mdtrt_id": number, "psn_no": who.number, "memo": who.phone}
                row |= {"bilg_dr_name": who.doctor_name, "bilg_dr_codg": who.doctor, "psn_name": who.name}
                said["input"]["feedetail"] = [row]
            case "2501":
                row = said["input"]["refmedin"]
                row |= {"psn_no": who.number, "psn_name": who.name, "tel": who.phone, "addr": who.address}
                row |= {"dise_cond_dscr": f"{who.name} {who.card} 病重", "refl_rea": f"{who.name}要求"}
                row["refl_opnn"] = who.name
            case _:
                _name_in(said["input"]["setlinfo"], who, number)
                if transaction == "4101":
                    said["input"]["setlinfo"] |= {"certno": who.card, "psn_name": who.name, "gend": who.sex}
                    said["input"]["setlinfo"]["brdy"] = who.born_on
                    said["input"]["setlinfo"]["age"] = str(who.age)
                else:
                    self._registered.append(who)
        return said


def _name_in(head: Said, who: Person, number: str) -> None:
    head |= {"setl_id": number, "mdtrt_id": f"V{number}", "medcasno": who.record, "hi_no": who.insurance}
    head |= {"psn_no": who.number, "curr_addr": who.address, "psn_tel": who.phone, "emp_name": who.employer}
    head |= {"emp_addr": who.address, "emp_tel": who.landline, "coner_name": who.contact, "coner_addr": who.address}
    head |= {"coner_tel": who.phone, "chfpdr_name": who.doctor_name, "chfpdr_code": who.doctor}
    head |= {"hsorg_opter": who.doctor_name, "medins_fill_psn": who.doctor_name, "resp_nurs_code": who.doctor}


def _places(transaction: str) -> Iterator[tuple[str, str]]:
    """Yield every field of a transaction that is no place for identity: its node and its name there."""
    for node, table in _NODES[transaction].items():
        named = table_names(table)
        graded = {field.column: field.grade for field in list_fields(table)}
        for name, column in zip(named.names, named.columns, strict=True):
            if graded[column] != "identity":
                yield node, name


def in_replies_names(said: Said) -> Said:
    """Return a list as the reply of 4103 has it."""
    nodes: Said = {}
    for node, rows in said["input"].items():
        names = {own: reply for reply, own in table_names(LIST_NODES[node]).replies.items()}
        if isinstance(rows, dict):
            nodes[node] = {names.get(name, name): value for name, value in rows.items()}
        else:
            nodes[node] = [{names.get(name, name): value for name, value in row.items()} for row in rows]
    return {"infno": "4103", "infcode": "0", "output": nodes, "fixmedins_code": SENDER}
