"""What a scenario says of a search: what may be changed, within which bounds, under which constraints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from tongchou.core.money import E4
from tongchou.core.text import Text
from tongchou.payment.cases.terms import INSURANCE_TYPES, LEVELS
from tongchou.policy.cursor import Cursor
from tongchou.scenarios.places import fen, ratio_e4

Find = Literal["level_factors", "base_rates", "split"]

UNKNOWNS: Mapping[str, tuple[str, ...]] = {
    "level_factors": LEVELS,
    "base_rates": INSURANCE_TYPES,
    "split": ("primary", "hospitals", "reserve"),
}
"""What is found by each search: a figure for each of these."""


@dataclass(frozen=True, slots=True)
class Range:
    """The bounds of an unknown, inclusive, in its own whole unit (e4, or fen for a rate), and what its change costs.

    Attributes:
        least: Least value.
        most: Greatest value.
        weight_e4: Cost of a unit of change x 10,000.
    """

    least: int
    most: int
    weight_e4: int


@dataclass(frozen=True, slots=True)
class FundChange:
    """The fund's cost of stays changes by a target, within a tolerance: both relative to the base, x 10,000."""

    name: str
    target_e4: int
    tolerance_e4: int


@dataclass(frozen=True, slots=True)
class NoMemberBelow:
    """No institution's income changes by less than this, relative to the base, x 10,000."""

    name: str
    least_e4: int


@dataclass(frozen=True, slots=True)
class LevelResult:
    """The institutions of a level together gain at least this share of their charges, x 10,000 (negative: loss)."""

    name: str
    level: str
    least_e4: int


@dataclass(frozen=True, slots=True)
class Descending:
    """The unknowns named do not ascend in this order."""

    name: str
    unknowns: tuple[str, ...]


Constraint = FundChange | NoMemberBelow | LevelResult | Descending


@dataclass(frozen=True, slots=True)
class SearchOrder:
    """A search.

    Attributes:
        find: What is searched for.
        ranges: The bounds of each of its unknowns.
        constraints: What must hold.
    """

    find: Find
    ranges: Mapping[str, Range]
    constraints: tuple[Constraint, ...]


def read_search_order(place: Cursor) -> SearchOrder | None:
    """Return the part `search` of a scenario file; None where it has problems (noted at their places)."""
    places = place.mapping(("find", "bounds", "constraints"))
    find = places["find"].one_of(tuple(UNKNOWNS)) if places else None
    if places is None or find is None:
        return None
    bounds = places["bounds"].mapping(UNKNOWNS[find])
    ranges = {name: _range(bounds[name], find) for name in UNKNOWNS[find]} if bounds else {}
    constraints = tuple(
        found for item in places["constraints"].items() or () if (found := _constraint(item, UNKNOWNS[find]))
    )
    known = {name: found for name, found in ranges.items() if found}
    return SearchOrder(cast("Find", find), known, constraints)


def _range(place: Cursor, find: str) -> Range | None:
    places = place.mapping(("least", "most"), ("weight",))
    if places is None:
        return None
    read = fen if find == "base_rates" else ratio_e4
    least, most = read(places["least"]), read(places["most"])
    weight = ratio_e4(places["weight"], 0, 1_000 * E4) if "weight" in places else E4
    if least is None or most is None or weight is None:
        return None
    if not 0 <= least <= most:
        place.note(
            "scenarios.empty_range",
            Text("上下限颠倒或为负", "the bounds are reversed or negative"),
            Text("0 ≤ least ≤ most", "0 ≤ least ≤ most"),
            Text("改正上下限", "correct the bounds"),
        )
        return None
    return Range(least, most, weight)


def _constraint(item: Cursor, unknowns: tuple[str, ...]) -> Constraint | None:
    entries = item.entries() or {}
    kind = entries["kind"].one_of(tuple(CONSTRAINT_KEYS)) if "kind" in entries else None
    places = item.mapping(("name", "kind", *(CONSTRAINT_KEYS[kind] if kind else ())), () if kind else tuple(entries))
    name = places["name"].words() if places else None
    if places is None or kind is None or name is None:
        return None
    match kind:
        case "fund_change":
            target, tolerance = ratio_e4(places["target"], -E4, E4), ratio_e4(places["tolerance"], 0, E4)
            return None if target is None or tolerance is None else FundChange(name, target, tolerance)
        case "no_member_below":
            least = ratio_e4(places["least_change"], -E4, E4)
            return None if least is None else NoMemberBelow(name, least)
        case "level_result":
            level, least = places["level"].one_of(LEVELS), ratio_e4(places["least"], -E4, E4)
            return None if level is None or least is None else LevelResult(name, level, least)
        case _:
            order = [each.one_of(unknowns) for each in places["order"].items() or ()]
            return None if None in order else Descending(name, tuple(each for each in order if each))


CONSTRAINT_KEYS: Mapping[str, tuple[str, ...]] = {
    "fund_change": ("target", "tolerance"),
    "no_member_below": ("least_change",),
    "level_result": ("level", "least"),
    "descending": ("order",),
}
"""The keys of each kind of constraint besides its name."""
