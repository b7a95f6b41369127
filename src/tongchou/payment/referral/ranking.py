"""Performance ranks (绩效排名): the top is paid more, the bottom less (payment formulas §10.9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, divide_half_up, format_e4
from tongchou.core.text import Text
from tongchou.policy import PolicyView

Place = Literal["top", "middle", "bottom"]

RULE = "payment.referral.rank"
_PLACES = {"top": Text("靠前", "top"), "middle": Text("居中", "middle"), "bottom": Text("靠后", "bottom")}


@dataclass(frozen=True, slots=True)
class Ranked:
    """Where an institution stands.

    Attributes:
        place: `top`, `middle` or `bottom`.
        rate_e4: Change of its payment standards x 10,000; negative at the bottom.
        subsidy_e4: Change of its public subsidy x 10,000.
        director_pay_e4: Change of its director's pay x 10,000.
    """

    place: Place
    rate_e4: int
    subsidy_e4: int
    director_pay_e4: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every institution's place, with the explanation of the whole."""

    ranked: Mapping[str, Ranked]
    step: Step


def rank(view: PolicyView, scores_e4: Mapping[str, int]) -> Ranking:
    """Rank institutions by their scores, highest first.

    The number of places is the share x the number of institutions, rounded as `payment/referral/rank/places` says.
    Ties at the last place: `include` takes all who have its score, `exclude` none of them where they do not all fit.
    An institution that would be both at the top and at the bottom (few institutions, many ties) is in the middle.

    Args:
        view: The policy.
        scores_e4: Score x 10,000 by institution.
    """
    place = "payment/referral/rank"
    with view.recording() as reads:
        rounding, ties = view.text(f"{place}/places"), view.text(f"{place}/ties")
        wanted = {end: _places(len(scores_e4), view.e4(f"{place}/{end}/share"), rounding) for end in ("top", "bottom")}
        changes: dict[Place, Ranked] = {
            "top": Ranked("top", view.e4(f"{place}/top/rate"), view.e4(f"{place}/top/subsidy"), 0),
            "middle": Ranked("middle", 0, 0, 0),
            "bottom": Ranked("bottom", -view.e4(f"{place}/bottom/rate"), 0, -view.e4(f"{place}/bottom/director_pay")),
        }
    top = _first(scores_e4, wanted["top"], ties)
    bottom = _first({key: -score for key, score in scores_e4.items()}, wanted["bottom"], ties)
    places: dict[str, Place] = {
        key: "middle" if (key in top) == (key in bottom) else "top" if key in top else "bottom"
        for key in sorted(scores_e4)
    }
    both = sorted(top & bottom)
    step = Step(
        RULE,
        Text("绩效排名", "Performance ranks"),
        Text(
            f"靠前 {len(top - bottom)} 家，靠后 {len(bottom - top)} 家",
            f"{len(top - bottom)} at the top, {len(bottom - top)} at the bottom",
        ),
        facts=tuple(
            Fact(Text.plain(key), f"{format_e4(scores_e4[key])} {_PLACES[place]}") for key, place in places.items()
        ),
        parameters=tuple(reads),
        rejected=tuple(
            Text(f"{key} 同时靠前与靠后，计为居中", f"{key} is both at the top and at the bottom: middle")
            for key in both
        ),
    )
    return Ranking({key: changes[place] for key, place in places.items()}, step)


def _places(count: int, share_e4: int, rounding: str) -> int:
    match rounding:
        case "down":
            return count * share_e4 // E4
        case "up":
            return -(-count * share_e4 // E4)
        case _:
            return divide_half_up(count * share_e4, E4)


def _first(scores: Mapping[str, int], wanted: int, ties: str) -> set[str]:
    """Return the institutions on the first places, with ties at the last of them taken or left."""
    ordered: Sequence[str] = sorted(scores, key=lambda key: -scores[key])
    if wanted <= 0 or not ordered:
        return set()
    last = scores[ordered[min(wanted, len(ordered)) - 1]]
    with_ties = {key for key in ordered if scores[key] >= last}
    if ties == "include" or len(with_ties) <= wanted:
        return with_ties
    return {key for key in ordered if scores[key] > last}
