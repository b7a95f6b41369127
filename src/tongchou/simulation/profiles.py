"""The clinical profiles: what kinds of stays there are, and how often at which place."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tongchou.core.text import Text
from tongchou.simulation.county import BANDS, PLACES, Band, County, Place, Weights
from tongchou.simulation.county_files import COUNTY, Entry, LogNormal, Positive, Share, bad_file, read_entry

Floats = npt.NDArray[np.float64]


class Title(Entry):
    """A name in Chinese and in English."""

    zh: str
    en: str


class SeverityCost(Entry):
    """Multiples of the cost with a minor (cc) and with a major (mcc) secondary diagnosis."""

    cc: Positive
    mcc: Positive


class Outcome(Entry):
    """Probabilities of leaving otherwise than home by order."""

    transfer_up: Share = 0
    transfer_down: Share = 0
    against_advice: Share = 0
    death: Share = 0


class Profile(Entry):
    """One clinical profile.

    Attributes:
        share: Relative frequency among all stays, before the places' shares are met.
        place: Relative frequency at each place.
        ages: Relative frequency of age bands; zero where a band is absent.
        birth_weight_g: Lowest and highest birth weight of newborns, both inclusive.
        principal: Principal diagnoses by weight.
        operations: Operation codes joined by `|`, principal first, by weight; `""` is none.
        secondary: Probability of each secondary diagnosis, independently.
        cost_yuan: Cost at the lead county hospital.
        chronic: The chronic disease that its people have.
    """

    id: str
    title: Title
    adrg: str
    share: Positive
    place: dict[Place, Annotated[float, Field(ge=0)]]
    female: Share
    ages: dict[Band, Annotated[float, Field(ge=0)]]
    birth_weight_g: tuple[int, int] | None = None
    principal: Weights
    operations: Weights = Field(default_factory=lambda: {"": 1.0})
    secondary: dict[str, Share] = Field(default_factory=dict)
    los_days: LogNormal
    cost_yuan: LogNormal
    severity_cost: SeverityCost
    fee_mix: str
    outcome: Outcome = Outcome()
    chronic: str | None = None


class ProfileFile(Entry):
    """A file of profiles."""

    profiles: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class ProfileSet:
    """All profiles as columns, one element a profile.

    Attributes:
        profiles: In the order of file names and places in the files.
        joint: Probability of each profile (row) at each place (column); sums to 1 and to the places' shares.
        ages: Probability of each age band (column).
        can_do_without_operation: Whether a stay without operation occurs.
        chronic: Index of the chronic disease among the county's, -1 for none.
    """

    profiles: tuple[Profile, ...]
    joint: Floats
    ages: Floats
    female: Floats
    los_median: Floats
    los_sigma: Floats
    cost_median_fen: Floats
    cost_sigma: Floats
    minor_cost: Floats
    major_cost: Floats
    outcome: Floats
    can_do_without_operation: npt.NDArray[np.bool_]
    is_respiratory: npt.NDArray[np.bool_]
    chronic: npt.NDArray[np.int64]


def load_profiles(county: County, folder: Path = COUNTY) -> ProfileSet:
    """Return the profiles of every `profiles*.yaml` in a folder.

    Raises:
        TongchouError: `simulation.bad_file` if a file does not fit, an id stands twice, a profile has newborns
            without birth weights, or names a chronic disease that the population does not have.
    """
    files = sorted(folder.glob("profiles*.yaml"))
    profiles = tuple(profile for file in files for profile in read_entry(file, ProfileFile).profiles)
    if not profiles:
        raise bad_file(f"{folder}/profiles*.yaml", Text("没有病例画像", "there are no profiles"))
    diseases = list(county.population.chronic_diseases)
    seen: set[str] = set()
    for profile in profiles:
        _check(profile, seen, diseases, folder)
        seen.add(profile.id)
    weights = np.array([[profile.share * profile.place.get(place, 0.0) for place in PLACES] for profile in profiles])
    by_profile = weights / weights.sum(axis=1, keepdims=True) * _column([p.share for p in profiles])[:, None]
    ages = np.array([[profile.ages.get(band, 0.0) for band in BANDS] for profile in profiles])
    return ProfileSet(
        profiles=profiles,
        joint=_meet_place_shares(by_profile, _column([county.roster.places[place].case_share for place in PLACES])),
        ages=ages / ages.sum(axis=1, keepdims=True),
        female=_column([p.female for p in profiles]),
        los_median=_column([p.los_days.median for p in profiles]),
        los_sigma=_column([p.los_days.sigma for p in profiles]),
        cost_median_fen=_column([p.cost_yuan.median * 100 for p in profiles]),
        cost_sigma=_column([p.cost_yuan.sigma for p in profiles]),
        minor_cost=_column([p.severity_cost.cc for p in profiles]),
        major_cost=_column([p.severity_cost.mcc for p in profiles]),
        outcome=np.array(
            [
                [p.outcome.transfer_up, p.outcome.transfer_down, p.outcome.against_advice, p.outcome.death]
                for p in profiles
            ]
        ),
        can_do_without_operation=np.array(["" in p.operations for p in profiles]),
        is_respiratory=np.array([p.adrg.startswith(county.care.season.respiratory_mdc) for p in profiles]),
        chronic=np.array([-1 if p.chronic is None else diseases.index(p.chronic) for p in profiles]),
    )


def cumulative(probabilities: Floats) -> Floats:
    """Return cumulative probabilities along the last axis that end in exactly 1."""
    sums = np.cumsum(probabilities, axis=-1)
    result: Floats = sums / sums[..., -1:]
    return result


def _check(profile: Profile, seen: set[str], diseases: list[str], folder: Path) -> None:
    where = f"{folder}: {profile.id}"
    if profile.id in seen:
        raise bad_file(where, Text("画像编号重复", "the id stands twice"))
    if profile.chronic is not None and profile.chronic not in diseases:
        raise bad_file(
            where,
            Text(
                f"人口文件没有慢性病 {profile.chronic}",
                f"the population file has no chronic disease {profile.chronic}",
            ),
        )
    if profile.ages.get("newborn", 0) and profile.birth_weight_g is None:
        raise bad_file(where, Text("有新生儿但没有出生体重", "it has newborns but no birth weight"))
    if not sum(profile.ages.values()) or not sum(profile.place.values()):
        raise bad_file(where, Text("年龄或机构的权重全为零", "its ages or its places all have weight zero"))


def _column(values: list[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _meet_place_shares(joint: Floats, place_shares: Floats) -> Floats:
    """Scale rows and columns in turn until profiles keep their shares and places have theirs."""
    profile_shares = joint.sum(axis=1) / joint.sum()
    fitted = joint / joint.sum()
    for _ in range(200):
        fitted = fitted * (place_shares / fitted.sum(axis=0))
        fitted = fitted * (profile_shares / fitted.sum(axis=1))[:, None]
    fitted = fitted * (place_shares / fitted.sum(axis=0))
    result: Floats = fitted / fitted.sum()
    return result
