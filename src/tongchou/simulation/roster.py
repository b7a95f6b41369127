"""The institutions of the region and the alliance they form."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongchou.schema.tables import ALLIANCE_MEMBERS, ALLIANCES, INSTITUTIONS
from tongchou.simulation.county import Place, RosterFile, Township, VisitPlace

_FOUNDED_ON = date(2020, 1, 1)
_ALLIED_ON = date(2023, 1, 1)


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution; `place` is one of the visit places, `share` its part of that place."""

    institution_id: str
    zh: str
    en: str
    level: str
    kind: str
    place: VisitPlace
    share: float
    area_id: str
    bed_count: int


@dataclass(frozen=True, slots=True)
class Roster:
    """Every institution, and columns by its index.

    Attributes:
        cost_factor: Cost against the lead county hospital's for the same profile, hospital effect included.
        by_place: Indices of the institutions of each place, with their shares (summing to 1).
        clinics_of: Indices of the village clinics of each township, by the township's number.
    """

    institutions: tuple[Institution, ...]
    cost_factor: npt.NDArray[np.float64]
    by_place: dict[VisitPlace, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]
    clinics_of: tuple[npt.NDArray[np.int64], ...]

    @property
    def ids(self) -> list[str]:
        """The institutions' ids in order."""
        return [institution.institution_id for institution in self.institutions]

    def draw(self, rng: np.random.Generator, place: VisitPlace, count: int) -> npt.NDArray[np.int64]:
        """Return institutions of a place, drawn by their shares."""
        members, shares = self.by_place[place]
        drawn: npt.NDArray[np.int64] = members[np.searchsorted(np.cumsum(shares)[:-1], rng.random(count), "right")]
        return drawn


def build_roster(file: RosterFile, cases: int, rng: np.random.Generator) -> Roster:
    """Return the institutions for a number of stays a year; `rng` gives each its effect on cost."""
    institutions = [*_hospitals(file, cases), *_townships(file, cases)]
    clinics_of = []
    for number, (township, clinics) in enumerate(zip(file.townships, file.village_clinics_per_township, strict=True)):
        first = len(institutions)
        institutions.extend(_clinics(file, number, township, clinics))
        clinics_of.append(np.arange(first, len(institutions)))
    effects = rng.normal(0.0, file.hospital_effect_sigma, len(institutions))
    level = [file.places[i.place].cost_factor if i.place != "village" else 1.0 for i in institutions]
    by_place: dict[VisitPlace, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]] = {}
    for place in dict.fromkeys(institution.place for institution in institutions):
        members = np.array([n for n, institution in enumerate(institutions) if institution.place == place])
        shares = np.array([institutions[n].share for n in members])
        by_place[place] = (members, shares / shares.sum())
    return Roster(tuple(institutions), np.array(level) * np.exp(effects), by_place, tuple(clinics_of))


def roster_tables(roster: Roster, file: RosterFile) -> dict[str, pa.Table]:
    """Return the tables `institutions`, `alliances` and `alliance_members`."""
    institutions = [
        {
            "institution_id": i.institution_id,
            "valid_from": _FOUNDED_ON,
            "valid_until": None,
            "name_zh": i.zh,
            "name_en": i.en,
            "level": i.level,
            "kind": i.kind,
            "area_id": i.area_id,
            "bed_count": i.bed_count,
        }
        for i in roster.institutions
    ]
    alliance = {
        "alliance_id": file.alliance.id,
        "name_zh": file.alliance.zh,
        "name_en": file.alliance.en,
        "alliance_type": "tight",
        "area_id": file.county.id,
    }
    roles = {"lead": "lead", "tcm": "hospital", "township": "primary", "village": "primary"}
    members = [
        {
            "alliance_id": file.alliance.id,
            "institution_id": i.institution_id,
            "valid_from": _ALLIED_ON,
            "valid_until": None,
            "role": roles[i.place],
        }
        for i in roster.institutions
        if i.place in roles
    ]
    return {
        "institutions": pa.Table.from_pylist(institutions, schema=INSTITUTIONS.arrow_schema),
        "alliances": pa.Table.from_pylist([alliance], schema=ALLIANCES.arrow_schema),
        "alliance_members": pa.Table.from_pylist(members, schema=ALLIANCE_MEMBERS.arrow_schema),
    }


def _hospitals(file: RosterFile, cases: int) -> list[Institution]:
    return [
        Institution(
            institution_id=hospital.id,
            zh=hospital.zh,
            en=hospital.en,
            level=file.places[hospital.place].level,
            kind=hospital.kind,
            place=hospital.place,
            share=hospital.share,
            area_id=file.city.id if hospital.place == "city" else file.county.id,
            bed_count=_beds(file, hospital.place, hospital.share, cases),
        )
        for hospital in file.hospitals
    ]


def _townships(file: RosterFile, cases: int) -> list[Institution]:
    whole = sum(township.weight for township in file.townships)
    return [
        Institution(
            institution_id=f"H{10_000_000_000 + number:011d}",
            zh=f"{township.zh}卫生院",
            en=f"{township.en} Health Centre",
            level=file.places["township"].level,
            kind="township_centre",
            place="township",
            share=township.weight / whole,
            area_id=file.county.id,
            bed_count=_beds(file, "township", township.weight / whole, cases),
        )
        for number, township in enumerate(file.townships, start=1)
    ]


def _beds(file: RosterFile, place: Place, share: float, cases: int) -> int:
    figures = file.places[place]
    return max(1, round(cases * figures.case_share * share / figures.cases_per_bed))


def _clinics(file: RosterFile, number: int, township: Township, clinics: int) -> list[Institution]:
    return [
        Institution(
            institution_id=f"H{20_000_000_000 + 100 * (number + 1) + clinic:011d}",
            zh=f"{township.zh}第{clinic}村卫生室",
            en=f"{township.en} Village Clinic {clinic}",
            level="primary",
            kind="village_clinic",
            place="village",
            share=township.weight / clinics,
            area_id=file.county.id,
            bed_count=0,
        )
        for clinic in range(1, clinics + 1)
    ]
