"""Stated assumptions on how people and hospitals would answer a change of policy."""

from dataclasses import dataclass
from typing import Literal, cast

from tongchou.core.explanation import Source
from tongchou.core.money import E4
from tongchou.core.text import Text
from tongchou.policy.cursor import Cursor
from tongchou.scenarios.places import ratio_e4, source
from tongchou.schema.states import INSTITUTION_LEVEL

Burden = Literal["mean_amount", "share_of_cost"]
"""What patients go by: their mean part in yuan, or their share of the cost in points (M27 does not say which)."""

_MOST_ELASTIC_E4 = 10 * E4


@dataclass(frozen=True, slots=True)
class LevelChoice:
    """Patients go where it has become cheaper for them.

    Attributes:
        elasticity_e4: Relative fall of a level's stays per relative rise of the patient's burden there, x 10,000.
        burden: What the burden is measured by.
        source: Where the figure comes from.
    """

    elasticity_e4: int
    burden: Burden
    source: Source


@dataclass(frozen=True, slots=True)
class Referral:
    """A share of one level's stays moves to another level.

    Attributes:
        from_level: The level that refers.
        to_level: The level that receives.
        share_e4: Share of the stays x 10,000.
        source: Where the figure comes from.
    """

    from_level: str
    to_level: str
    share_e4: int
    source: Source


@dataclass(frozen=True, slots=True)
class CostResponse:
    """Hospitals turn a share of what they gain into cost, and save that share of what they lose.

    Attributes:
        share_e4: The share x 10,000.
        source: Where the figure comes from.
    """

    share_e4: int
    source: Source


@dataclass(frozen=True, slots=True)
class Responses:
    """The responses that are assumed; None where none is."""

    level_choice: LevelChoice | None = None
    referral: Referral | None = None
    cost: CostResponse | None = None


def read_responses(place: Cursor) -> Responses | None:
    """Return the assumptions on behaviour; None where they have problems (noted at their places)."""
    places = place.mapping(("behaviour",))
    named = places["behaviour"].mapping((), ("level_choice", "referral", "cost")) if places else None
    if named is None:
        return None
    return Responses(
        _level_choice(named["level_choice"]) if "level_choice" in named else None,
        _referral(named["referral"]) if "referral" in named else None,
        _cost(named["cost"]) if "cost" in named else None,
    )


def _level_choice(place: Cursor) -> LevelChoice | None:
    places = place.mapping(("elasticity", "burden", "source"))
    if places is None:
        return None
    elasticity = ratio_e4(places["elasticity"], 0, _MOST_ELASTIC_E4)
    burden, origin = places["burden"].one_of(("mean_amount", "share_of_cost")), source(places["source"])
    if elasticity is None or burden is None or origin is None:
        return None
    return LevelChoice(elasticity, cast("Burden", burden), origin)


def _referral(place: Cursor) -> Referral | None:
    places = place.mapping(("from", "to", "share", "source"))
    if places is None:
        return None
    from_level, to_level = (places[end].one_of(tuple(INSTITUTION_LEVEL)) for end in ("from", "to"))
    share, origin = ratio_e4(places["share"], 0, E4), source(places["source"])
    if from_level is None or to_level is None or share is None or origin is None:
        return None
    if from_level == to_level:
        places["to"].note(
            "scenarios.referral_to_itself",
            Text("转出与转入为同一等级", "the stays would move to their own level"),
            Text("同级之间的转诊在此模型中没有效果", "a referral within a level has no effect in this model"),
            Text("写两个不同的等级", "name two levels"),
        )
        return None
    return Referral(from_level, to_level, share, origin)


def _cost(place: Cursor) -> CostResponse | None:
    places = place.mapping(("share", "source"))
    if places is None:
        return None
    share, origin = ratio_e4(places["share"], 0, E4), source(places["source"])
    return None if share is None or origin is None else CostResponse(share, origin)
