"""Diagnoses (DG1) and operations (PR1) of a message."""

from collections import Counter
from datetime import datetime, timedelta

from tongchou.intake.readers.exchange_codes import exchange_codes
from tongchou.intake.readers.hl7.people import Fields, code_of
from tongchou.intake.readers.hl7.segments import Message, Segment
from tongchou.intake.readers.wire_values import day_of, moment_of_hl7, whole_name

_ADMITTING = "A"
_DELETED = "D"


def diagnosis_rows(message: Message, ignored: Counter[str]) -> list[Fields]:
    """Return the rows of `list_diagnoses`: working and final diagnoses, in order; deleted ones are left out."""
    rows: list[Fields] = []
    admitting = 0
    for diagnosis in message.all("DG1"):
        if diagnosis.value(21) == _DELETED:
            ignored["DG1 (deleted)"] += 1
        elif diagnosis.value(6) == _ADMITTING:
            admitting += 1
        else:
            system = _system(diagnosis)
            priority = diagnosis.value(15)
            rows.append(
                {
                    "diagnosis_type": "1" if system in exchange_codes("hl7")["western_systems"] else None,
                    "code": diagnosis.value(3),
                    "code_system": system,
                    "name": diagnosis.value(3, 2) or diagnosis.value(4),
                    "is_principal": None if priority is None else "1" if priority == "1" else "0",
                    "admission_condition": code_of("admission_condition", diagnosis.value(26), "DG1-26", ignored),
                }
            )
    if admitting > 1:
        ignored["DG1 (admitting, further)"] += admitting - 1
    return rows


def admitting_diagnosis(message: Message) -> Fields:
    """Return the fields of the first admitting diagnosis (门（急）诊诊断)."""
    for diagnosis in message.all("DG1"):
        if diagnosis.value(6) == _ADMITTING and diagnosis.value(21) != _DELETED:
            return {
                "outpatient_diagnosis_code": diagnosis.value(3),
                "outpatient_diagnosis_name": diagnosis.value(3, 2) or diagnosis.value(4),
            }
    return {}


def operation_rows(message: Message) -> list[Fields]:
    """Return the rows of `list_operations`, in order."""
    return [_operation(procedure) for procedure in message.all("PR1")]


def _operation(procedure: Segment) -> Fields:
    began = moment_of_hl7(procedure.value(5))
    priority = procedure.value(14)
    return {
        "operation_rank": None if priority is None else "1" if priority == "1" else "2",
        "code": procedure.value(3),
        "code_system": procedure.value(3, 3),
        "name": procedure.value(3, 2) or procedure.value(4),
        "operated_on": day_of(began),
        "began_at": began if began and " " in began else None,
        "ended_at": _after(began, procedure.value(7)),
        "anaesthesia": procedure.value(9),
        "anaesthetist_code": procedure.value(8),
        "anaesthetist_name": whole_name(procedure.value(8, 2), procedure.value(8, 3)),
        "surgeon_code": procedure.value(11),
        "surgeon_name": whole_name(procedure.value(11, 2), procedure.value(11, 3)),
    }


def _after(began: str | None, minutes: str | None) -> str | None:
    """Return the end of an operation that took some minutes; None where one of the two is not known."""
    if not began or not minutes or not (minutes.isascii() and minutes.isdecimal()):
        return None
    try:
        ended = datetime.strptime(began, "%Y-%m-%d %H:%M:%S") + timedelta(minutes=int(minutes[:6]))  # noqa: DTZ007
    except (ValueError, OverflowError):
        return None
    return ended.strftime("%Y-%m-%d %H:%M:%S")


def _system(diagnosis: Segment) -> str | None:
    return diagnosis.value(3, 3) or diagnosis.value(2)
