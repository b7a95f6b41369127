"""The insured of a chunk: age, sex, insurance, home, chronic diseases, contracts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongchou.simulation.county import BANDS, County
from tongchou.simulation.roster import Roster
from tongchou.simulation.season import Calendar

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

DAYS_A_YEAR = 365.2425
SEXES = ("male", "female")
CELLS = len(SEXES) * len(BANDS)
"""Age band times sex: cell = 2 x band + sex."""


@dataclass(slots=True)
class People:
    """The insured of a chunk as columns.

    Attributes:
        cell: Age band and sex.
        born: Day of birth since 1970-01-01.
        home: Township by its number in the roster file.
        chronic: Chronic diseases, one bit each in the order of the population file.
    """

    cell: Integers
    born: Integers
    is_employee: Flags
    is_contracted: Flags
    home: Integers
    chronic: Integers

    @property
    def count(self) -> int:
        """Number of persons."""
        return self.cell.size


def draw_people(
    rng: np.random.Generator, count: int, needed: Integers, county: County, roster: Roster, calendar: Calendar
) -> People:
    """Draw persons by the county's ages.

    Each cell gets at least as many persons as `needed` says, so that every stay finds somebody; in all it must
    not need more than `count`.
    """
    population = county.population
    cell = np.repeat(np.arange(CELLS), _cell_counts(county, count, needed))
    rng.shuffle(cell)
    band = cell // 2
    bands = [population.ages[name] for name in BANDS]
    youngest = np.array([figures.years[0] for figures in bands])[band]
    oldest = np.array([figures.years[1] for figures in bands])[band]
    spread = rng.random(count)
    is_oldest_band = band == len(BANDS) - 1
    # In the last band numbers fall off with age instead of being even.
    spread[is_oldest_band] **= 3.0
    age = youngest + (oldest - youngest) * spread
    born = calendar.first - np.ceil(age * DAYS_A_YEAR).astype(np.int64)
    employee = np.array([figures.employee for figures in bands])[band]
    is_employee = rng.random(count) < employee
    contracts = population.contracts
    contracted = np.where(is_employee, contracts.employee, contracts.resident)
    _, weights = roster.by_place["township"]
    chronic = np.zeros(count, dtype=np.int64)
    for number, disease in enumerate(population.chronic_diseases.values()):
        prevalence = np.array([disease.prevalence.get(name, 0.0) for name in BANDS])
        chronic |= (rng.random(count) < prevalence[band]).astype(np.int64) << number
    return People(
        cell=cell,
        born=np.minimum(born, calendar.last),
        is_employee=is_employee,
        is_contracted=rng.random(count) < contracted,
        home=np.searchsorted(np.cumsum(weights)[:-1], rng.random(count), "right"),
        chronic=chronic,
    )


def _cell_counts(county: County, count: int, needed: Integers) -> Integers:
    """Return persons per cell: the county's ages, but at least what is needed, `count` in all."""
    shares = np.array(
        [
            figures.share * part
            for figures in (county.population.ages[name] for name in BANDS)
            for part in (1 - figures.female, figures.female)
        ]
    )
    wished = shares / shares.sum() * count
    cells = np.maximum(np.floor(wished).astype(np.int64), needed)
    surplus = int(cells.sum()) - count
    if surplus <= 0:
        cells[int(np.argmax(wished))] -= surplus
        return cells
    spare = cells - needed
    taken = spare * surplus // int(spare.sum())
    left = surplus - int(taken.sum())
    # What rounding left over comes one each from the cells with most to spare.
    for index in np.argsort(-(spare - taken), kind="stable")[:left]:
        taken[index] += 1
    return cells - taken
