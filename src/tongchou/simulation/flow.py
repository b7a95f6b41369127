"""Which stays there are: profile, place, institution, sex, age band, and which stay leads to which."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from tongchou.simulation.county import BANDS, PLACES, County, Place
from tongchou.simulation.planted import Planted
from tongchou.simulation.profiles import ProfileSet, cumulative
from tongchou.simulation.roster import Roster

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

WAYS = ("home", "transfer", "transfer_primary", "against_advice", "death", "other")
"""Ways of leaving, by the index used in `Flow.way`."""


class Course(IntEnum):
    """What a first stay leads to."""

    ORDINARY = 0
    UP = 1
    DOWN = 2
    DOWN_WITHOUT_STAY = 3
    SPLIT = 4
    FALSE_DOWN = 5
    LOW_STANDARD = 6


_TWO_STAYS = (Course.UP, Course.DOWN, Course.SPLIT, Course.FALSE_DOWN)


@dataclass(slots=True)
class Flow:
    """The stays of a chunk as columns; first stays come first, then those that follow one.

    Attributes:
        first_count: Number of first stays.
        sex: 0 male, 1 female.
        course: A `Course`; a stay that follows has the course of the stay before.
        before: Row of the stay before, -1 for a first stay.
        after: Row of the stay that follows, -1 where none does.
        referred_to: Index of the institution that a referral at discharge names, -1 where there is none.
        way: Index into `WAYS`.
    """

    first_count: int
    profile: Integers
    place: Integers
    institution: Integers
    sex: Integers
    band: Integers
    course: Integers
    before: Integers
    after: Integers
    referred_to: Integers
    way: Integers

    @property
    def count(self) -> int:
        """Number of stays."""
        return self.profile.size

    @property
    def cell(self) -> Integers:
        """Age band and sex of each stay, as in `People.cell`."""
        cell: Integers = 2 * self.band + self.sex
        return cell

    def row_of_first(self) -> Integers:
        """Return for each stay the row of the first stay it belongs to."""
        return np.where(self.before >= 0, self.before, np.arange(self.count))


def draw_flow(
    rng: np.random.Generator, count: int, county: County, profiles: ProfileSet, roster: Roster, planted: Planted
) -> Flow:
    """Return exactly `count` stays, those that follow another included."""
    joint = cumulative(profiles.joint.ravel())
    profile, place = np.divmod(np.searchsorted(joint, rng.random(count), "right"), len(PLACES))
    institution = _institutions(rng, place, roster)
    sex = (rng.random(count) < profiles.female[profile]).astype(np.int64)
    band = (cumulative(profiles.ages)[profile] <= rng.random(count)[:, None]).sum(axis=1)
    course, way = _courses(rng, county, profiles, planted, profile, place, institution, band)

    rows_up_to = np.arange(1, count + 1) + np.cumsum(np.isin(course, _TWO_STAYS))
    firsts = int(np.searchsorted(rows_up_to, count, "right"))
    if firsts == 0 or rows_up_to[firsts - 1] < count:
        # One row is left where the next first stay would need two: it stays alone.
        course[firsts], way[firsts] = Course.ORDINARY, WAYS.index("home")
        firsts += 1
    course, way = course[:firsts], way[:firsts]
    target_place = _targets(rng, county, course, place[:firsts])
    referred_to = np.full(firsts, -1)
    is_referred = target_place >= 0
    referred_to[is_referred] = _institutions(rng, target_place[is_referred], roster)
    to_township = is_referred & (target_place == PLACES.index("township"))
    way[is_referred] = np.where(to_township[is_referred], WAYS.index("transfer_primary"), WAYS.index("transfer"))

    parents = np.flatnonzero(np.isin(course, _TWO_STAYS))
    moves = np.isin(course[parents], (Course.UP, Course.DOWN))
    after = np.full(count, -1)
    after[parents] = firsts + np.arange(parents.size)
    before = np.concatenate([np.full(firsts, -1), parents])
    return Flow(
        first_count=firsts,
        profile=np.concatenate([profile[:firsts], profile[parents]]),
        place=np.concatenate([place[:firsts], np.where(moves, target_place[parents], place[parents])]),
        institution=np.concatenate([institution[:firsts], np.where(moves, referred_to[parents], institution[parents])]),
        sex=np.concatenate([sex[:firsts], sex[parents]]),
        band=np.concatenate([band[:firsts], band[parents]]),
        course=np.concatenate([course, course[parents]]),
        before=before,
        after=after,
        referred_to=np.concatenate([referred_to, np.full(parents.size, -1)]),
        way=np.concatenate([way, _ways_after(rng, profiles, profile[parents], course[parents])]),
    )


def _institutions(rng: np.random.Generator, place: Integers, roster: Roster) -> Integers:
    institution = np.empty(place.size, dtype=np.int64)
    for index, name in enumerate(PLACES):
        rows = np.flatnonzero(place == index)
        institution[rows] = roster.draw(rng, name, rows.size)
    return institution


def _courses(
    rng: np.random.Generator,
    county: County,
    profiles: ProfileSet,
    planted: Planted,
    profile: Integers,
    place: Integers,
    institution: Integers,
    band: Integers,
) -> tuple[Integers, Integers]:
    """Draw what each first stay leads to and how it ends; planted courses take ordinary stays only."""
    care, truths = county.care, county.truths
    count = profile.size
    can_go_up = np.isin(place, _indices(care.referrals.up))
    can_go_down = np.isin(place, _indices(care.referrals.down))
    odds = profiles.outcome[profile].copy()
    odds[:, 0] *= can_go_up
    odds[:, 1] *= can_go_down
    outcome = (np.cumsum(odds, axis=1) <= rng.random(count)[:, None]).sum(axis=1)
    has_stay = rng.random(count) < care.referrals.down_with_stay
    down = np.where(has_stay, Course.DOWN, Course.DOWN_WITHOUT_STAY)
    course = np.select([outcome == 0, outcome == 1], [np.full(count, Course.UP), down], Course.ORDINARY)
    is_other = rng.random(count) < care.stay.other_way_share
    way = np.select(
        [outcome == 2, outcome == 3, (outcome == 4) & is_other],
        [WAYS.index("against_advice"), WAYS.index("death"), WAYS.index("other")],
        WAYS.index("home"),
    )
    is_plain = (outcome == 4) & ~is_other & (band >= BANDS.index("child"))
    is_medical = is_plain & profiles.can_do_without_operation[profile]
    for kind, where, share, fits in (
        (Course.SPLIT, planted.splitter, truths.split_stay.share_of_cases, is_medical),
        (Course.FALSE_DOWN, planted.false_down_referrer, truths.false_down_referral.share_of_cases, is_medical),
        (
            Course.LOW_STANDARD,
            planted.low_standard_township,
            truths.low_standard_admission.share_of_cases,
            is_medical,
        ),
    ):
        chosen = fits & (course == Course.ORDINARY) & (institution == where) & (rng.random(count) < share)
        course[chosen] = kind
    return course.astype(np.int64), way.astype(np.int64)


def _targets(rng: np.random.Generator, county: County, course: Integers, place: Integers) -> Integers:
    """Return the place that each stay's referral names, -1 where there is none."""
    target = np.full(course.size, -1)
    down = (Course.DOWN, Course.DOWN_WITHOUT_STAY)
    for courses, table in (((Course.UP,), county.care.referrals.up), (down, county.care.referrals.down)):
        for origin, shares in table.items():
            rows = np.flatnonzero(np.isin(course, courses) & (place == PLACES.index(origin)))
            places = np.array(_indices(shares))
            sums = cumulative(np.array(list(shares.values())))
            target[rows] = places[np.searchsorted(sums, rng.random(rows.size), "right")]
    target[course == Course.FALSE_DOWN] = PLACES.index("township")
    return target


def _ways_after(rng: np.random.Generator, profiles: ProfileSet, profile: Integers, course: Integers) -> Integers:
    """Return how the second stays end: at home, against advice or by death, a split one always at home."""
    odds = profiles.outcome[profile][:, 2:] * (course != Course.SPLIT)[:, None]
    outcome = (np.cumsum(odds, axis=1) <= rng.random(profile.size)[:, None]).sum(axis=1)
    ways = np.array([WAYS.index("against_advice"), WAYS.index("death"), WAYS.index("home")])
    chosen: Integers = ways[outcome]
    return chosen


def _indices(table: Mapping[Place, object]) -> list[int]:
    return [PLACES.index(place) for place in table]
