"""Reference data: institutions, alliances, the states that columns hold, and codes by a part of code or name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tongchou.access.subject import Subject
from tongchou.core.text import Text
from tongchou.grouping.schemes.scheme import Kind
from tongchou.payment.benefit import states as benefit
from tongchou.records.states import ROLE
from tongchou.schema import states as facts
from tongchou.schema.tables import ALLIANCE_MEMBERS, ALLIANCES, INSTITUTIONS
from tongchou.workplace.code_index import CodeEntry
from tongchou.workplace.place import Workplace

MOST_CODES = 100
"""Codes of one answer."""

DICTIONARIES: Mapping[str, Mapping[str, Text]] = {
    "sex": facts.SEX,
    "insurance_type": facts.INSURANCE_TYPE,
    "institution_level": facts.INSTITUTION_LEVEL,
    "institution_kind": facts.INSTITUTION_KIND,
    "member_role": facts.MEMBER_ROLE,
    "alliance_type": facts.ALLIANCE_TYPE,
    "admission_route": facts.ADMISSION_ROUTE,
    "discharge_way": facts.DISCHARGE_WAY,
    "fee_category": facts.FEE_CATEGORY,
    "visit_kind": facts.VISIT_KIND,
    "referral_direction": facts.REFERRAL_DIRECTION,
    "referral_state": facts.REFERRAL_STATE,
    "grouping_status": facts.GROUPING_STATUS,
    "case_kind": facts.CASE_KIND,
    "weight_source": facts.WEIGHT_SOURCE,
    "care_kind": benefit.CARE_KIND,
    "work_status": benefit.WORK_STATUS,
    "contract": benefit.CONTRACT,
    "place_of_care": benefit.PLACE_OF_CARE,
    "aid_category": benefit.AID_CATEGORY,
    "supplement": benefit.SUPPLEMENT,
    "two_disease": benefit.TWO_DISEASE,
    "role": ROLE,
}
"""The states of columns and of people's work, by the name of their list; fee categories among them."""


@dataclass(frozen=True, slots=True)
class InstitutionEntry:
    """An institution as it is today; `valid_until` is its last day, None while none is set."""

    institution_id: str
    name: Text
    level: str
    kind: str
    area_id: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """A member of an alliance and its role."""

    institution_id: str
    role: str


@dataclass(frozen=True, slots=True)
class AllianceEntry:
    """An alliance with its members of today."""

    alliance_id: str
    name: Text
    alliance_type: str
    members: tuple[MemberEntry, ...]


def institutions(place: Workplace, subject: Subject) -> list[InstitutionEntry]:
    """Return the institutions that are valid today, by id.

    Raises:
        TongchouError: `access.refused`; `workplace.busy`.
    """
    place.admit(subject, "reference.read", "open", where="institutions")
    with place.facts() as found:
        rows = found.engine.collect(found.table(INSTITUTIONS).sort("institution_id", "valid_from")).to_pylist()
    return [
        InstitutionEntry(
            row["institution_id"],
            Text(row["name_zh"], row["name_en"]),
            row["level"],
            row["kind"],
            row["area_id"],
            row["valid_from"],
            row["valid_until"],
        )
        for row in rows
        if _holds(row["valid_from"], row["valid_until"], place.today)
    ]


def alliances(place: Workplace, subject: Subject) -> list[AllianceEntry]:
    """Return the alliances with their members of today, by id.

    Raises:
        TongchouError: `access.refused`; `workplace.busy`.
    """
    place.admit(subject, "reference.read", "open", where="alliances")
    with place.facts() as found:
        heads = found.engine.collect(found.table(ALLIANCES).sort("alliance_id")).to_pylist()
        rows = found.engine.collect(found.table(ALLIANCE_MEMBERS).sort("alliance_id", "institution_id")).to_pylist()
    members: dict[str, list[MemberEntry]] = {}
    for row in rows:
        if _holds(row["valid_from"], row["valid_until"], place.today):
            members.setdefault(row["alliance_id"], []).append(MemberEntry(row["institution_id"], row["role"]))
    return [
        AllianceEntry(
            head["alliance_id"],
            Text(head["name_zh"], head["name_en"]),
            head["alliance_type"],
            tuple(members.get(head["alliance_id"], ())),
        )
        for head in heads
    ]


def dictionaries(place: Workplace, subject: Subject) -> Mapping[str, Mapping[str, Text]]:
    """Return every list of states with their names.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "reference.read", "open", where="dictionaries")
    return DICTIONARIES


def codes(place: Workplace, subject: Subject, kind: Kind, words: str, most: int = 20) -> list[CodeEntry]:
    """Return codes that begin with some words, then those whose name holds them.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "reference.read", "open", where="codes")
    return place.at_hand.codes().search(kind, words, min(most, MOST_CODES))


def code_name(place: Workplace, subject: Subject, kind: Kind, code: str) -> Text | None:
    """Return the name of a code, or of the category that it is in; None where no source has it.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "reference.read", "open", where="codes")
    return place.at_hand.codes().name_of(kind, code)


def _holds(valid_from: date, valid_until: date | None, day: date) -> bool:
    return valid_from <= day and (valid_until is None or day <= valid_until)
