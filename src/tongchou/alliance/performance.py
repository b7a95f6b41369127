"""Performance of members (绩效考核): the score of down-referrals, ranks, what they do to the standard, neutrality."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongchou.alliance.choices import unknown_choice
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView

_TIES = "alliance/performance/ties"
_BETWEEN = "alliance/performance/between"
_STACKING = "alliance/performance/stacking"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Members by score.

    Attributes:
        groups: Institution -> `top`, `middle` or `bottom`, by id.
        explanation: How they came about.
    """

    groups: Mapping[str, str]
    explanation: Step


@dataclass(frozen=True, slots=True)
class Neutrality:
    """What factors do to the money of all members; `after_fen - before_fen = difference_fen`.

    Attributes:
        before_fen: The standards without factors.
        after_fen: With them, each member rounded half up to the fen.
        difference_fen: What the factors cost the fund; negative: what they save it.
        members_fen: Institution -> its own difference, by id.
    """

    before_fen: int
    after_fen: int
    difference_fen: int
    members_fen: Mapping[str, int]


def down_share_score(view: PolicyView, share_e4: int) -> int:
    """Return the score of a share of down-referrals, 0 to 1, x 10,000.

    Full from `alliance/performance/full` on, zero below `alliance/performance/zero`; in between
    `alliance/performance/between`: `linear` (rounded half up) or `none`, nothing.

    Raises:
        TongchouError: `alliance.unknown_choice`.
    """
    full, zero = view.e4("alliance/performance/full"), view.e4("alliance/performance/zero")
    if share_e4 >= full:
        return E4
    match view.text(_BETWEEN):
        case "linear":
            return 0 if share_e4 < zero else divide_half_up((share_e4 - zero) * E4, full - zero)
        case "none":
            return 0
        case other:
            raise unknown_choice(_BETWEEN, other)


def performance_score(view: PolicyView, synergy_e4: int, other_e4: int) -> int:
    """Return the whole score: synergy by `alliance/performance/synergy_weight`, the rest by what is left of 1.

    Raises:
        TongchouError: `alliance.synergy_weight_low` if the weight is below `alliance/performance/least_synergy_weight`.
    """
    weight, least = (view.e4(f"alliance/performance/{name}") for name in ("synergy_weight", "least_synergy_weight"))
    if weight < least:
        raise TongchouError(
            "alliance.synergy_weight_low",
            what=Text("协同指标的权重过低", "the weight of synergy is too low"),
            where=f"{format_e4(weight)} < {format_e4(least)}",
            why=Text("协同指标在考核中须占最低比例", "synergy must have its least part in the score"),
            remedy=Text("提高 alliance/performance/synergy_weight", "raise alliance/performance/synergy_weight"),
        )
    return divide_half_up(weight * synergy_e4 + (E4 - weight) * other_e4, E4)


def rank_members(view: PolicyView, scores_e4: Mapping[str, int]) -> Ranking:
    """Rank members by score into top, middle and bottom.

    The top has `alliance/performance/top_share` of the members, the bottom `…/bottom_share`, each number rounded half
    up. `alliance/performance/ties` says of members that tie at the edge of a group: `all`, each of them is in it;
    `none`, none is. Who would be in both, because all tie, is in neither. The order of members changes nothing.

    Raises:
        TongchouError: `alliance.unknown_choice`.
    """
    with view.recording() as reads:
        top_share, bottom_share = (view.e4(f"alliance/performance/{name}") for name in ("top_share", "bottom_share"))
        ties = view.text(_TIES)
    top = _best(scores_e4, top_share, ties)
    bottom = _best({member: -score for member, score in scores_e4.items()}, bottom_share, ties)
    groups = {
        member: "top" if member in top - bottom else "bottom" if member in bottom - top else "middle"
        for member in sorted(scores_e4)
    }
    explanation = Step(
        "alliance.performance.rank",
        Text("考核排名", "Ranking"),
        Text(
            f"前列 {len(top - bottom)} 家，末位 {len(bottom - top)} 家",
            f"{len(top - bottom)} at the top, {len(bottom - top)} at the bottom",
        ),
        tuple(Fact(Text.plain(member), f"{format_e4(scores_e4[member])} {groups[member]}") for member in groups),
        tuple(reads),
        (_ALL_TIE,) if top & bottom else (),
    )
    return Ranking(groups, explanation)


def rank_effect(view: PolicyView, group: str, effect: str) -> int:
    """Return what a rank does to `standard`, `subsidy` or `director_pay`, a ratio x 10,000; nothing in the middle."""
    if group == "middle":
        return 0
    return view.e4("alliance/performance/effect", rank_group=group, rank_effect=effect)


def total_factor(view: PolicyView, bonus_e4: int, rank_e4: int) -> int:
    """Return the factor on the standard of synergy bonus and rank together, x 10,000, rounded half up.

    `alliance/performance/stacking`: `additive`, 1 + bonus + rank; `multiplicative`, (1 + bonus)(1 + rank). At most
    1 + `alliance/performance/total_cap`.

    Raises:
        TongchouError: `alliance.unknown_choice`.
    """
    cap = E4 + view.e4("alliance/performance/total_cap")
    match view.text(_STACKING):
        case "additive":
            return min(cap, E4 + bonus_e4 + rank_e4)
        case "multiplicative":
            return min(cap, scale(E4 + bonus_e4, E4 + rank_e4))
        case other:
            raise unknown_choice(_STACKING, other)


def neutrality(standards_fen: Mapping[str, int], factors_e4: Mapping[str, int]) -> Neutrality:
    """Return what factors cost the fund over all members, so that nobody takes them for neutral.

    Args:
        standards_fen: Institution -> the sum of its standards without factors.
        factors_e4: Institution -> its factor x 10,000; a member that is not named has 1.
    """
    differences = {
        member: scale(fen, factors_e4.get(member, E4)) - fen for member, fen in sorted(standards_fen.items())
    }
    before, difference = sum(standards_fen.values()), sum(differences.values())
    return Neutrality(before, before + difference, difference, differences)


def explain_neutrality(found: Neutrality) -> Step:
    """Say what factors cost or save."""
    before, after, difference = (
        format_yuan(fen) for fen in (found.before_fen, found.after_fen, abs(found.difference_fen))
    )
    zh, en = ("增支", "more") if found.difference_fen >= 0 else ("减支", "less")
    return Step(
        "alliance.performance.neutrality",
        Text("加减后的总额", "What the factors come to"),
        Text(f"{before} 元变为 {after} 元，{zh} {difference} 元", f"{before} yuan become {after}: {difference} {en}"),
        tuple(Fact(Text.plain(member), format_yuan(fen)) for member, fen in found.members_fen.items()),
    )


def _best(scores: Mapping[str, int], share_e4: int, ties: str) -> set[str]:
    wanted = divide_half_up(len(scores) * share_e4, E4)
    ordered = sorted(scores.values(), reverse=True)
    if not wanted:
        return set()
    edge = ordered[wanted - 1]
    inside = {member for member, score in scores.items() if score >= edge}
    match ties:
        case "all":
            return inside
        case "none":
            return inside if len(inside) == wanted else {member for member in inside if scores[member] > edge}
        case other:
            raise unknown_choice(_TIES, other)


_ALL_TIE = Text("同分者同属前列与末位，归入中间", "who ties for top and bottom at once is in the middle")
