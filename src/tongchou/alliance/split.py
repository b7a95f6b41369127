"""How the members of an alliance share what it keeps or bears: the modes, and the two plain ones among them."""

from collections.abc import Callable, Sequence
from fractions import Fraction

from tongchou.alliance.choices import require_whole, unknown_choice
from tongchou.alliance.facts import Measure, MemberFacts
from tongchou.alliance.split_dimensions import by_three_dimensions
from tongchou.alliance.split_levels import by_level
from tongchou.alliance.split_parts import (
    Split,
    by_measure,
    by_scores,
    by_technical_help,
    make_split,
    part_step,
    share_part,
)
from tongchou.alliance.split_tiers import by_tier
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, split_largest_remainder
from tongchou.core.text import Text
from tongchou.policy import PolicyView

_MODE = "alliance/split/mode"


def split_among_members(view: PolicyView, total_fen: int, members: Sequence[MemberFacts]) -> Split:
    """Share an amount among the members by the rule `alliance/split/mode`.

    * `fixed`: `alliance/split/shares` divides it into a primary part, a hospitals' part and a reserve. The
      primary part is shared by primary visits, the hospitals' part by technical help (down-referrals and
      recognised exams); where no hospital gave any, by case weight.
    * `contribution`: first the reserve by `alliance/split/reserve_share`, then each member's share of every
      measure, weighted by `alliance/split/contribution_weights`. The weight of a measure that is zero for all
      members goes to the other measures in proportion to theirs.
    * `fixed_by_level`, `three_dimensions`, `county_town_village`: see `by_level`, `by_three_dimensions`, `by_tier`.

    A deficit (negative) is shared exactly as a surplus of its size. Parts are rounded by the largest
    remainder; an odd fen between equal remainders goes to the part named first (members before reserve) and inside a
    part to the smaller institution id, so the order in which members are listed changes nothing.

    Raises:
        TongchouError: `alliance.shares_not_whole` if shares or weights do not sum to 1; `alliance.no_basis`
            if a part is to be shared by measures that are all zero; `alliance.measure_missing` if a member
            lacks a measure the rule uses; `alliance.unknown_choice` if the mode is none of the five.
    """
    ordered = sorted(members, key=lambda member: member.institution_id)
    mode = view.text(_MODE)
    rule = _MODES.get(mode)
    if rule is None:
        raise unknown_choice(_MODE, mode)
    return rule(view, total_fen, ordered)


def _by_fixed_parts(view: PolicyView, total_fen: int, members: Sequence[MemberFacts]) -> Split:
    name = "alliance/split/shares"
    with view.recording() as reads:
        view.text(_MODE)
        shares = {part: view.e4(name, part=part) for part in ("primary", "hospitals", "reserve")}
    require_whole(name, shares)
    parts = split_largest_remainder(total_fen, shares)
    primary = by_measure(Measure.PRIMARY_VISITS)([member for member in members if member.is_primary])
    hospitals = by_technical_help([member for member in members if not member.is_primary])
    primary_fen = share_part(parts["primary"], primary)
    hospitals_fen = share_part(parts["hospitals"], hospitals)
    children = (
        part_step(
            "alliance.split.fixed.primary", Text("基层部分", "Primary part"), parts["primary"], primary, primary_fen
        ),
        part_step(
            "alliance.split.fixed.hospitals",
            Text("医院部分", "Hospitals' part"),
            parts["hospitals"],
            hospitals,
            hospitals_fen,
        ),
    )
    return make_split("fixed", total_fen, (primary_fen, hospitals_fen), parts["reserve"], reads, children)


def _by_contribution(view: PolicyView, total_fen: int, members: Sequence[MemberFacts]) -> Split:
    name = "alliance/split/contribution_weights"
    with view.recording() as reads:
        view.text(_MODE)
        reserve_e4 = view.e4("alliance/split/reserve_share")
        weights = {measure: view.e4(name, measure=measure.policy_key) for measure in Measure}
    require_whole(name, {measure.policy_key: weight for measure, weight in weights.items()})
    parts = split_largest_remainder(total_fen, {"members": E4 - reserve_e4, "reserve": reserve_e4})
    used = {measure: weight for measure, weight in weights.items() if weight}
    totals = {measure: sum(member.amount(measure) for member in members) for measure in used}
    counted = [measure for measure in used if totals[measure]]
    scores = {
        member.institution_id: sum(
            (Fraction(used[m] * member.amount(m), totals[m]) for m in counted), start=Fraction(0)
        )
        for member in members
    }
    left_out = tuple(
        Text(
            f"{measure.label.zh}全体为零，其权重 {format_e4(used[measure])} 按比例并入其他指标",
            f"{measure.label.en}: zero for all members; its weight {format_e4(used[measure])} goes to the "
            "other measures in proportion to theirs",
        )
        for measure in used
        if not totals[measure]
    )
    members_fen = share_part(parts["members"], by_scores(scores, Text("贡献度", "contribution")))
    children = tuple(_measure_step(measure, used[measure], totals[measure], members) for measure in counted)
    return make_split("contribution", total_fen, (members_fen,), parts["reserve"], reads, children, left_out)


def _measure_step(measure: Measure, weight_e4: int, total: int, members: Sequence[MemberFacts]) -> Step:
    return Step(
        f"alliance.split.contribution.{measure.policy_key}",
        measure.label,
        Text(f"权重 {format_e4(weight_e4)}，合计 {total}", f"weight {format_e4(weight_e4)}, total {total}"),
        facts=tuple(Fact(Text.plain(m.institution_id), f"{m.amount(measure)} / {total}") for m in members),
    )


_MODES: dict[str, Callable[[PolicyView, int, Sequence[MemberFacts]], Split]] = {
    "fixed": _by_fixed_parts,
    "contribution": _by_contribution,
    "fixed_by_level": by_level,
    "three_dimensions": by_three_dimensions,
    "county_town_village": by_tier,
}
