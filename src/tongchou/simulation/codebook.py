"""Every diagnosis and operation that can occur, by number, with what a grouping scheme thinks of its severity."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongchou.grouping.engine.code_table import CC_LEVEL, MCC_LEVEL
from tongchou.grouping.engine.compiled import compile_scheme
from tongchou.grouping.schemes.library import built_in_folder
from tongchou.grouping.schemes.reading import load_scheme
from tongchou.simulation.conditions import Comorbidities
from tongchou.simulation.county import BANDS, County
from tongchou.simulation.people import CELLS, SEXES
from tongchou.simulation.profiles import ProfileSet, cumulative

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Severity:
    """The CC and MCC of a grouping scheme, one element a diagnosis of the code book.

    Attributes:
        level: Level as a secondary diagnosis: none, CC, MCC.
        exclusion: Number of the exclusion that can switch it off.
        excluded_by_principal: Number of the exclusion that it brings as principal diagnosis.
    """

    level: Integers
    exclusion: Integers
    excluded_by_principal: Integers

    def effective(self, principal: Integers, secondary: Integers) -> tuple[Flags, Flags]:
        """Return whether each secondary diagnosis is an effective MCC, and an effective CC, of its principal one."""
        counts = self.exclusion[secondary] != self.excluded_by_principal[principal]
        level = self.level[secondary]
        return counts & (level == MCC_LEVEL), counts & (level == CC_LEVEL)


@dataclass(frozen=True, slots=True)
class CodeBook:
    """Every diagnosis and operation that can occur.

    Attributes:
        diagnoses: Diagnosis codes; columns below refer to them by index.
        fits: Whether a person of an age and sex (row, as in `People.cell`) can have a diagnosis as a secondary one.
        chronic_bits: The chronic diseases that a diagnosis shows, one bit each.
        category: Number of the three-character category of each diagnosis.
        operations: Operation lists, principal first; the empty one is the first.
    """

    diagnoses: tuple[str, ...]
    severity: Severity
    fits: Flags
    chronic_bits: Integers
    category: Integers
    operations: tuple[tuple[str, ...], ...]
    principal: tuple[tuple[Integers, Floats], ...]
    secondary: tuple[tuple[Integers, Floats], ...]
    operation: tuple[tuple[Integers, Floats], ...]
    over_coded: Integers


def build_code_book(county: County, profiles: ProfileSet, comorbidities: Comorbidities) -> CodeBook:
    """Gather the codes of all profiles, of the comorbidities and of the planted over-coding.

    Raises:
        TongchouError: `grouping.no_scheme` if the scheme that gives the severity is not there.
    """
    diagnoses: dict[str, int] = {}
    operations: dict[tuple[str, ...], int] = {(): 0}

    def diagnosis(code: str) -> int:
        return diagnoses.setdefault(code, len(diagnoses))

    def operation(codes: str) -> int:
        return operations.setdefault(tuple(codes.split("|")) if codes else (), len(operations))

    principal, secondary, operation_choices = [], [], []
    for profile in profiles.profiles:
        weights = np.array(list(profile.principal.values()))
        principal.append((np.array([diagnosis(code) for code in profile.principal]), cumulative(weights)))
        chances = np.array(list(profile.secondary.values()), dtype=np.float64)
        indices = np.array([diagnosis(code) for code in profile.secondary], dtype=np.int64)
        secondary.append((indices, chances))
        weights = np.array(list(profile.operations.values()))
        operation_choices.append((np.array([operation(codes) for codes in profile.operations]), cumulative(weights)))
    for code in comorbidities.all_codes():
        diagnosis(code)
    over_coded = np.array([diagnosis(code) for code in county.truths.over_coding.codes])
    codes = tuple(diagnoses)
    categories = {category: number for number, category in enumerate(dict.fromkeys(code[:3] for code in codes))}
    bits = [
        sum(
            1 << number
            for number, disease in enumerate(county.population.chronic_diseases.values())
            if code.startswith(disease.code_prefixes)
        )
        for code in codes
    ]
    return CodeBook(
        diagnoses=codes,
        severity=_severity(codes, county.care.severity_scheme),
        fits=_fits(codes, comorbidities),
        chronic_bits=np.array(bits),
        category=np.array([categories[code[:3]] for code in codes]),
        operations=tuple(operations),
        principal=tuple(principal),
        secondary=tuple(secondary),
        operation=tuple(operation_choices),
        over_coded=over_coded,
    )


def _severity(codes: tuple[str, ...], scheme: str) -> Severity:
    # Not `find_scheme`: a user's own scheme of the same name must not change the county.
    known = compile_scheme(load_scheme(built_in_folder() / scheme)).diagnoses
    numbers = known.numbers(codes)
    arrays = known.arrays
    return Severity(arrays.level[numbers], arrays.exclusion[numbers], arrays.carried[numbers])


def _fits(codes: tuple[str, ...], comorbidities: Comorbidities) -> Flags:
    fits = np.ones((CELLS, len(codes)), dtype=np.bool_)
    band, sex = np.divmod(np.arange(CELLS), len(SEXES))
    for limit in comorbidities.limits:
        can_have = (band >= BANDS.index(limit.youngest)) & (band <= BANDS.index(limit.oldest))
        if limit.sex is not None:
            can_have &= sex == SEXES.index(limit.sex)
        limited = np.array([code.startswith(limit.codes) for code in codes])
        fits &= can_have[:, None] | ~limited
    return fits
