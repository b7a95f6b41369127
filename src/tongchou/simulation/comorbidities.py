"""What people have besides the reason for their stay: chronic diseases, other lasting conditions, passing ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongchou.simulation.codebook import CodeBook
from tongchou.simulation.codes import OwnCodes
from tongchou.simulation.conditions import Chances, Comorbidities, Conditions
from tongchou.simulation.county import BANDS, PLACES, County
from tongchou.simulation.flow import Course, Flow
from tongchou.simulation.people import CELLS, SEXES, People
from tongchou.simulation.profiles import ProfileSet, cumulative

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Found = tuple[Integers, Integers]
"""Stay and code of diagnoses."""


@dataclass(frozen=True, slots=True)
class ChronicDisease:
    """How one chronic disease is coded: one of `codes` by cumulative weight, and what comes with it."""

    codes: Integers
    sums: Floats
    also: Integers
    also_chances: Floats


@dataclass(frozen=True, slots=True)
class ComorbidityBook:
    """The comorbidities as columns, their codes by index of the code book.

    Attributes:
        coded: Probability that a condition is coded, by place.
        person_shape, stay_shape: How uneven chances are.
        youngest_chronic: Number of the age band from which chronic diseases are coded.
        is_obstetric: Whether a profile is obstetric care.
        chronic: In the order of the population file.
        lasting, passing: Codes, and their chances by age and sex (row).
        obstetric: Codes and their chances.
    """

    coded: Floats
    person_shape: float
    stay_shape: float
    youngest_chronic: int
    is_obstetric: Flags
    chronic: tuple[ChronicDisease, ...]
    lasting: tuple[Integers, Floats]
    passing: tuple[Integers, Floats]
    obstetric: tuple[Integers, Floats]


def build_comorbidity_book(
    comorbidities: Comorbidities, book: CodeBook, county: County, profiles: ProfileSet
) -> ComorbidityBook:
    """Turn the data file into columns."""
    index = {code: number for number, code in enumerate(book.diagnoses)}
    chronic = []
    for name in county.population.chronic_diseases:
        disease = comorbidities.chronic[name]
        codes = np.array([index[code] for code in disease.codes])
        chronic.append(
            ChronicDisease(codes, cumulative(np.array(list(disease.codes.values()))), *_listed(disease.also, index))
        )
    return ComorbidityBook(
        coded=np.array([comorbidities.coded[place] for place in PLACES]),
        person_shape=comorbidities.uneven.person,
        stay_shape=comorbidities.uneven.stay,
        youngest_chronic=BANDS.index(comorbidities.youngest_chronic),
        is_obstetric=np.array([p.adrg.startswith(comorbidities.obstetric_mdc) for p in profiles.profiles]),
        chronic=tuple(chronic),
        lasting=_by_cell(comorbidities.lasting, index),
        passing=_by_cell(comorbidities.passing, index),
        obstetric=_listed(comorbidities.obstetric, index),
    )


def draw_comorbidities(
    rng: np.random.Generator,
    flow: Flow,
    own: OwnCodes,
    people: People,
    of_stay: Integers,
    book: CodeBook,
    comorbidities: ComorbidityBook,
) -> Found:
    """Return stay and code of the comorbidities that are coded.

    Lasting conditions go with the person into every stay, passing ones belong to one stay. Left out is a code whose
    three-character category the stay has already, or which shows a chronic disease that the stay's own codes show.
    """
    is_obstetric = comorbidities.is_obstetric[flow.profile]
    general = np.flatnonzero(~is_obstetric)
    row, code = _joined(
        [
            *_chronic(rng, flow, people, of_stay, general, comorbidities),
            _lasting(rng, people, of_stay, general, comorbidities),
            _passing(rng, flow, general, comorbidities),
            _listed_chances(rng, np.flatnonzero(is_obstetric), *comorbidities.obstetric),
        ]
    )
    is_coded = rng.random(row.size) < comorbidities.coded[flow.place[row]]
    fits = book.fits[flow.cell[row], code] & (flow.course[row] != Course.LOW_STANDARD)
    kept = is_coded & fits & ~_is_told(own, flow.count, row, code, book)
    row, code = row[kept], code[kept]
    width = int(book.category.max()) + 1
    _, first = np.unique(row * width + book.category[code], return_index=True)
    return row[first], code[first]


def _is_told(own: OwnCodes, count: int, row: Integers, code: Integers, book: CodeBook) -> Flags:
    """Return whether the stay's own codes hold the code's category or show the chronic disease that it shows."""
    own_row, own_code = own.all_diagnoses()
    has_category = np.zeros((count, int(book.category.max()) + 1), dtype=np.bool_)
    has_category[own_row, book.category[own_code]] = True
    shown = np.zeros(count, dtype=np.int64)
    np.bitwise_or.at(shown, own_row, book.chronic_bits[own_code])
    is_told: Flags = has_category[row, book.category[code]] | (shown[row] & book.chronic_bits[code] != 0)
    return is_told


def _chronic(
    rng: np.random.Generator,
    flow: Flow,
    people: People,
    of_stay: Integers,
    stays: Integers,
    comorbidities: ComorbidityBook,
) -> list[Found]:
    old_enough = stays[flow.band[stays] >= comorbidities.youngest_chronic]
    diseases = people.chronic[of_stay[old_enough]]
    found = []
    for number, disease in enumerate(comorbidities.chronic):
        ill = old_enough[diseases >> number & 1 == 1]
        found.append((ill, disease.codes[np.searchsorted(disease.sums, rng.random(ill.size), "right")]))
        found.append(_listed_chances(rng, ill, disease.also, disease.also_chances))
    return found


def _lasting(
    rng: np.random.Generator, people: People, of_stay: Integers, stays: Integers, comorbidities: ComorbidityBook
) -> Found:
    codes, chances = comorbidities.lasting
    persons, of_person = np.unique(of_stay[stays], return_inverse=True)
    shape = comorbidities.person_shape
    burden = rng.gamma(shape, 1 / shape, persons.size)
    has_it = rng.random((persons.size, codes.size)) < chances[people.cell[persons]] * burden[:, None]
    at, which = np.nonzero(has_it[of_person])
    return stays[at], codes[which]


def _passing(rng: np.random.Generator, flow: Flow, stays: Integers, comorbidities: ComorbidityBook) -> Found:
    codes, chances = comorbidities.passing
    shape = comorbidities.stay_shape
    burden = rng.gamma(shape, 1 / shape, stays.size)
    at, which = np.nonzero(rng.random((stays.size, codes.size)) < chances[flow.cell[stays]] * burden[:, None])
    return stays[at], codes[which]


def _listed_chances(rng: np.random.Generator, stays: Integers, codes: Integers, chances: Floats) -> Found:
    at, which = np.nonzero(rng.random((stays.size, codes.size)) < chances)
    return stays[at], codes[which]


def _joined(found: Sequence[Found]) -> Found:
    return np.concatenate([row for row, _ in found]), np.concatenate([code for _, code in found])


def _listed(chances: Chances, index: dict[str, int]) -> tuple[Integers, Floats]:
    codes = np.array([index[code] for code in chances], dtype=np.int64)
    return codes, np.array(list(chances.values()), dtype=np.float64)


def _by_cell(conditions: Conditions, index: dict[str, int]) -> tuple[Integers, Floats]:
    """Return codes and their chances by cell (age band and sex, as in `People.cell`)."""
    entries = [(sex, code, ages) for sex, codes in conditions.items() for code, ages in codes.items()]
    chances = np.zeros((CELLS, len(entries)))
    for column, (sex, _, ages) in enumerate(entries):
        for number, name in enumerate(SEXES):
            if sex in ("both", name):
                chances[number :: len(SEXES), column] = [ages.get(band, 0.0) for band in BANDS]
    return np.array([index[code] for _, code, _ in entries]), chances
