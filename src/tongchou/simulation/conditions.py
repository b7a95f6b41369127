"""What the data file says people have besides the reason for their stay."""

from pathlib import Path
from typing import Literal

from tongchou.core.text import Text
from tongchou.simulation.county import Band, County, Place, Weights
from tongchou.simulation.county_files import COUNTY, Entry, Positive, Share, bad_file, read_entry

Chances = dict[str, Share]
"""A probability for each diagnosis code."""
Conditions = dict[Literal["both", "male", "female"], dict[str, dict[Band, Share]]]
"""For both sexes or for one: diagnosis codes with their probability by age."""


class ChronicCodes(Entry):
    """How a chronic disease is coded where it is not the reason for the stay, and what comes with it."""

    codes: Weights
    also: Chances


class Unevenness(Entry):
    """Shapes of the gamma distributions by which persons and stays differ; the smaller, the more uneven."""

    person: Positive
    stay: Positive


class Limit(Entry):
    """Secondary diagnoses, by the beginnings of their codes, that only one sex or certain ages can have."""

    codes: tuple[str, ...]
    sex: Literal["male", "female"] | None = None
    youngest: Band = "newborn"
    oldest: Band = "very_old"


class Comorbidities(Entry):
    """Secondary diagnoses besides the profiles' own.

    Attributes:
        limits: Who can have which secondary diagnoses, the profiles' own included.
        coded: Probability that a condition is coded, by the place of the stay.
        youngest_chronic: The age band from which chronic diseases are coded.
        obstetric_mdc: Letter of the MDC whose stays have `obstetric` and nothing else.
        chronic: By the names of the population file's chronic diseases.
        lasting, passing: Conditions of a person and of a single stay.
    """

    limits: tuple[Limit, ...]
    coded: dict[Place, Share]
    uneven: Unevenness
    youngest_chronic: Band
    obstetric_mdc: str
    chronic: dict[str, ChronicCodes]
    lasting: Conditions
    passing: Conditions
    obstetric: Chances

    def all_codes(self) -> list[str]:
        """Return every code of the file in its order, some of them more than once."""
        chronic = [code for disease in self.chronic.values() for code in (*disease.codes, *disease.also)]
        general = [code for part in (self.lasting, self.passing) for codes in part.values() for code in codes]
        return [*chronic, *general, *self.obstetric]


def load_comorbidities(county: County, folder: Path = COUNTY) -> Comorbidities:
    """Return a county's comorbidities.

    Raises:
        TongchouError: `simulation.bad_file` if the file is missing or wrong, or if its chronic diseases are not
            those of the population.
    """
    file = folder / "comorbidities.yaml"
    comorbidities = read_entry(file, Comorbidities)
    differing = sorted(comorbidities.chronic.keys() ^ county.population.chronic_diseases.keys())
    if differing:
        names = ", ".join(differing)
        raise bad_file(
            f"{file}: chronic",
            Text(f"与人口文件的慢性病不一致：{names}", f"it does not have the population file's diseases: {names}"),
        )
    return comorbidities
