"""The matcher: one engine for every scheme, on batches of cases.

MDCs are tried in the scheme's order. A case that passes a gate is tried against the MDC's ADRGs in order and takes
the first that fits; if none does, it falls through to the next MDC. The DRG follows from the ADRG and the case's
severity: the gravest effective secondary diagnosis, where a secondary diagnosis is effective unless the principal
diagnosis carries its exclusion.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tongchou.grouping.case_batch import UNKNOWN, CaseBatch, Numbers, read_cases
from tongchou.grouping.codebook import (
    CC_LEVEL,
    MCC_LEVEL,
    NO_EXCLUSION,
    NO_LEVEL,
    CodeBook,
    DiagnosisBook,
    Flags,
)
from tongchou.grouping.rules import (
    DIAGNOSIS_SUBJECTS,
    AllOf,
    Always,
    AnyOf,
    Between,
    CodeTest,
    PartTest,
    Rule,
    SiteTest,
    tests_of,
)
from tongchou.grouping.scheme import SITE_PREFIX, Adrg, ListKey, Mdc, Scheme
from tongchou.grouping.scheme_folder import list_key

NEWBORN_DAYS = 28
"""Last day of life on which a patient counts as newborn (CHS-DRG: 28 counts, 29 does not)."""

NO_MDC, NO_ADRG, NO_DRG = "0000", "00", "0000"

RESULT_SCHEMA = pa.schema(
    [
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("mdc", pa.string(), nullable=False),
        pa.field("adrg", pa.string(), nullable=False),
        pa.field("drg", pa.string(), nullable=False),
    ]
)

_GROUPED, _UNGROUPED, _INVALID = 0, 1, 2
_STATUS = pa.array(["grouped", "ungrouped", "invalid"])


@dataclass(frozen=True, slots=True)
class _Place:
    mdc: Mdc
    adrg: Adrg


class Matcher:
    """A scheme made ready to group batches of cases. Same cases, same scheme, same result, on every engine."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        diagnosis_lists, procedure_lists = _lists_by_kind(scheme)
        self.diagnoses = DiagnosisBook(diagnosis_lists, scheme)
        self.procedures = CodeBook(procedure_lists, scheme.manifest.code_match)
        self._sites = [key for key in scheme.lists if key.role.startswith(SITE_PREFIX)]
        self._places = [_Place(mdc, adrg) for mdc in scheme.mdcs for adrg in mdc.adrgs]
        self._drg_codes, self._drg_of = _drg_table([place.adrg for place in self._places])

    def group(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Group the cases of a batch (`case_batch.CASE_COLUMNS`), row for row (`RESULT_SCHEMA`)."""
        cases = self.read(batch)
        place = self.places(cases)
        drg = np.where(place == UNKNOWN, UNKNOWN, self._drg_of[place, self.levels(cases)])
        place = np.where(drg == UNKNOWN, UNKNOWN, place)
        status = np.where(place == UNKNOWN, _UNGROUPED, _GROUPED)
        status[~valid(cases)] = _INVALID
        columns = (
            batch.column("case_id"),
            _STATUS.take(pa.array(status)),
            _named([p.mdc.code for p in self._places], place, NO_MDC),
            _named([p.adrg.code for p in self._places], place, NO_ADRG),
            _named(self._drg_codes, drg, NO_DRG),
        )
        return pa.RecordBatch.from_arrays(list(columns), schema=RESULT_SCHEMA)

    def read(self, batch: pa.RecordBatch) -> CaseBatch:
        """Turn a batch of Arrow columns into the matcher's shape."""
        return read_cases(batch, self.diagnoses, self.procedures)

    def places(self, cases: CaseBatch) -> Numbers:
        """Return, by case, the number of its ADRG in the scheme's order, `UNKNOWN` where none fits."""
        place = np.full(len(cases), UNKNOWN, dtype=np.int64)
        waiting = np.flatnonzero(valid(cases))
        number = 0
        for mdc in self.scheme.mdcs:
            inside = waiting[self.meets(mdc.rule, mdc.code, cases, waiting)]
            for adrg in mdc.adrgs:
                if inside.size:
                    fits = self.meets(adrg.rule, adrg.code, cases, inside)
                    place[inside[fits]] = number
                    inside = inside[~fits]
                number += 1
            waiting = waiting[place[waiting] == UNKNOWN]
        return place

    def levels(self, cases: CaseBatch) -> Numbers:
        """Return, by case, its severity: the gravest effective secondary diagnosis."""
        codes, book = cases.diagnoses, self.diagnoses
        effective = book.level[codes.ids].astype(np.int64)
        carried = np.repeat(book.excluded_by_principal[codes.first], codes.ends - codes.starts)
        effective[(carried != NO_EXCLUSION) & (carried == book.exclusion[codes.ids])] = NO_LEVEL
        effective[codes.starts[codes.ends > codes.starts]] = NO_LEVEL
        level = np.zeros(len(cases), dtype=np.int64)
        case = np.repeat(np.arange(len(cases)), codes.ends - codes.starts)
        np.maximum.at(level, case, effective)
        return level

    def meets(self, rule: Rule, owner: str, cases: CaseBatch, rows: Numbers) -> Flags:
        """Return, for the cases at `rows`, whether they meet the rule of an MDC or ADRG (`owner`)."""
        match rule:
            case AllOf(parts):
                return np.logical_and.reduce([self.meets(part, owner, cases, rows) for part in parts])
            case AnyOf(parts):
                return np.logical_or.reduce([self.meets(part, owner, cases, rows) for part in parts])
            case Always():
                return np.ones(len(rows), dtype=np.bool_)
            case Between(measure, low, high):
                return _within(cases.measures[measure][rows], low, high)
            case SiteTest(minimum):
                sites = [cases.diagnoses.any_of(self.diagnoses.members(key))[rows] for key in self._sites]
                return np.sum(sites, axis=0) >= minimum
            case PartTest():
                return cases.procedures.any_of(self.procedures.members(list_key(rule, owner)))[rows]
            case CodeTest(subject):
                return self._meets_codes(subject, list_key(rule, owner), cases, rows)

    def _meets_codes(self, subject: str, key: ListKey, cases: CaseBatch, rows: Numbers) -> Flags:
        if subject in DIAGNOSIS_SUBJECTS:
            codes, members = cases.diagnoses, self.diagnoses.members(key)
        else:
            codes, members = cases.procedures, self.procedures.members(key)
        match subject:
            case "principal" | "main_op":
                return members[codes.first[rows]]
            case "secondary":
                return codes.any_but_first(members)[rows]
            case "no_op":
                return ~codes.any_of(members)[rows]
            case _:
                return codes.any_of(members)[rows]


def valid(cases: CaseBatch) -> Flags:
    """Return, by case, whether sex, age and, under one year, days and a newborn's weight are known."""
    sex, years, days, weight = (cases.measures[name] for name in ("sex", "age_years", "age_days", "weight_g"))
    newborn_without_weight = (years == 0) & (days <= NEWBORN_DAYS) & (weight == UNKNOWN)
    return (sex != UNKNOWN) & (years != UNKNOWN) & ~((years == 0) & (days == UNKNOWN)) & ~newborn_without_weight


def _within(values: Numbers, low: int | None, high: int | None) -> Flags:
    met = values != UNKNOWN
    if low is not None:
        met &= values >= low
    if high is not None:
        met &= values <= high
    return met


def _lists_by_kind(
    scheme: Scheme,
) -> tuple[dict[ListKey, tuple[str, ...]], dict[ListKey, tuple[str, ...]]]:
    owners: list[tuple[Rule, str]] = [(mdc.rule, mdc.code) for mdc in scheme.mdcs]
    owners += [(adrg.rule, adrg.code) for mdc in scheme.mdcs for adrg in mdc.adrgs]
    diagnoses = {key: cells for key, cells in scheme.lists.items() if key.role.startswith(SITE_PREFIX)}
    procedures: dict[ListKey, tuple[str, ...]] = {}
    for rule, owner in owners:
        for test in tests_of(rule):
            if isinstance(test, CodeTest | PartTest):
                key = list_key(test, owner)
                is_diagnosis = isinstance(test, CodeTest) and test.subject in DIAGNOSIS_SUBJECTS
                (diagnoses if is_diagnosis else procedures)[key] = scheme.lists[key]
    return diagnoses, procedures


def _drg_table(adrgs: list[Adrg]) -> tuple[list[str], Numbers]:
    """Return the DRG codes, and the number of the DRG by ADRG and severity (`UNKNOWN` where none takes it)."""
    codes: list[str] = []
    table = np.full((len(adrgs), MCC_LEVEL + 1), UNKNOWN, dtype=np.int64)
    least = {"mcc": MCC_LEVEL, "mcc_or_cc": CC_LEVEL, "always": NO_LEVEL}
    for number, adrg in enumerate(adrgs):
        for drg in adrg.drgs:
            free = (table[number] == UNKNOWN) & (np.arange(MCC_LEVEL + 1) >= least[drg.severity])
            table[number, free] = len(codes)
            codes.append(drg.code)
    return codes, table


def _named(names: list[str], numbers: Numbers, none: str) -> pa.Array:
    return pa.array([*names, none]).take(pa.array(np.where(numbers == UNKNOWN, len(names), numbers)))
