"""What both naive groupers say of a case, and when they refuse it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

SEX = {"male": 1, "1": 1, 1: 1, "男": 1, "female": 2, "2": 2, 2: 2, "女": 2}
NEWBORN_DAYS = 28


class Answer(NamedTuple):
    status: str
    mdc: str
    adrg: str
    drg: str


INVALID = Answer("invalid", "0000", "00", "0000")
UNGROUPED = Answer("ungrouped", "0000", "00", "0000")


class Patient:
    """A case as the naive groupers look at it; what is unknown is None."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.sex = SEX.get(case["sex"])
        self.years = case["age_years"]
        self.days = case["age_days"]
        self.weight = case["birth_weight_g"]
        self.diagnoses = list(case["diagnoses"] or [])
        self.procedures = list(case["procedures"] or [])
        self.principal = self.diagnoses[0] if self.diagnoses else None
        self.secondary = self.diagnoses[1:]
        self.main_procedure = self.procedures[0] if self.procedures else None

    def is_refused(self) -> bool:
        """Whether sex, age, days under one year or the weight of a newborn (weight 0 is a weight) is missing."""
        if self.sex is None:
            return True
        if self.years is None:
            return True
        if self.years != 0:
            return False
        if self.days is None:
            return True
        return self.days <= NEWBORN_DAYS and self.weight is None


def severity(patient: Patient, mcc: Mapping[str, str], cc: Mapping[str, str], exclusions: Mapping[str, str]) -> str:
    """Return `mcc`, `cc` or `none`: the gravest secondary diagnosis that the principal one does not exclude."""
    carried = exclusions.get(patient.principal) if patient.principal is not None else None
    found = "none"
    for code in patient.secondary:
        if code in mcc:
            if carried is None or mcc[code] != carried:
                return "mcc"
        elif code in cc and (carried is None or cc[code] != carried):
            found = "cc"
    return found
