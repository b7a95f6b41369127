"""The split by three dimensions of contribution: resources given, cost result, quality, each role by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tongchou.alliance.choices import require_whole
from tongchou.alliance.facts import AssessedMeasure, Measure, MemberFacts
from tongchou.alliance.split_parts import Split, by_scores, make_split, part_step, share_part
from tongchou.core.explanation import ParameterRead
from tongchou.core.money import format_e4, split_largest_remainder
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.schema.states import MEMBER_ROLE

AnyMeasure = Measure | AssessedMeasure

_DIMENSIONS: dict[str, tuple[AnyMeasure, ...]] = {
    "resources": (Measure.DOWN_REFERRALS, AssessedMeasure.EQUIPMENT_HOURS),
    "cost_result": (AssessedMeasure.COST_DROP, AssessedMeasure.LOS_DROP),
    "quality": (AssessedMeasure.SATISFACTION, AssessedMeasure.COMPLICATION_FREE),
}
_NAMES = {
    "resources": Text("资源贡献", "resources given"),
    "cost_result": Text("费用结果", "cost result"),
    "quality": Text("质量", "quality"),
}
# A cost or stay that rose is no negative contribution: it would let one member take from another.
_FROM_ZERO = (AssessedMeasure.COST_DROP, AssessedMeasure.LOS_DROP)


@dataclass(frozen=True, slots=True)
class _Rule:
    shares_e4: dict[str, int]
    dimensions_e4: dict[str, int]
    measures_e4: dict[str, dict[AnyMeasure, int]]
    reads: list[ParameterRead]


def by_three_dimensions(view: PolicyView, total_fen: int, members: Sequence[MemberFacts]) -> Split:
    """Share an amount among the roles by `alliance/split/role_shares`, inside a role by three dimensions.

    A member's score in a dimension is its share of each measure among the members of its role, weighted by
    `alliance/split/dimension_measures`; the dimensions are weighted by `alliance/split/dimension_weights`. Hospitals
    are compared with hospitals and primary members with primary members, so that no figure that only large houses
    can reach decides between them. The weight of a measure that is zero for all of a role goes to the other measures
    of its dimension, that of such a dimension to the other dimensions. A cost or stay that rose counts zero.

    Args:
        view: The policy.
        total_fen: The amount, fen; negative: a deficit.
        members: The members in the order of their ids.

    Raises:
        TongchouError: As `split_among_members` says.
    """
    rule = _read_rule(view)
    parts = split_largest_remainder(total_fen, rule.shares_e4)
    shared, steps = [], []
    for role, title in MEMBER_ROLE.items():
        own = [member for member in members if member.role == role]
        if not rule.shares_e4[role]:
            shared.append(dict.fromkeys((member.institution_id for member in own), 0))
            continue
        rejected: list[Text] = []
        scores = {member.institution_id: Fraction(0) for member in own}
        for dimension, weight in rule.dimensions_e4.items():
            found = _dimension(rule.measures_e4[dimension], own) if weight else {}
            if weight and not found:
                rejected.append(_left_out(dimension, weight))
            for member, score in found.items():
                scores[member] += weight * score
        basis = by_scores(scores, Text("三维贡献度", "three dimensions of contribution"), tuple(rejected))
        shares_fen = share_part(parts[role], basis)
        shared.append(shares_fen)
        steps.append(
            part_step(
                f"alliance.split.three_dimensions.{role}",
                Text(f"{title.zh}部分", f"Part of the role {title.en}"),
                parts[role],
                basis,
                shares_fen,
            )
        )
    return make_split("three_dimensions", total_fen, shared, parts["reserve"], rule.reads, tuple(steps))


def _read_rule(view: PolicyView) -> _Rule:
    shares_name, weights_name = "alliance/split/role_shares", "alliance/split/dimension_weights"
    measures_name = "alliance/split/dimension_measures"
    with view.recording() as reads:
        view.text("alliance/split/mode")
        shares = {part: view.e4(shares_name, role_part=part) for part in (*MEMBER_ROLE, "reserve")}
        dimensions = {each: view.e4(weights_name, contribution_dimension=each) for each in _DIMENSIONS}
        measures = {
            dimension: {each: view.e4(measures_name, assessed_measure=each.policy_key) for each in inside}
            for dimension, inside in _DIMENSIONS.items()
            if dimensions[dimension]
        }
    require_whole(shares_name, shares)
    require_whole(weights_name, dimensions)
    for inside in measures.values():
        require_whole(measures_name, {measure.policy_key: weight for measure, weight in inside.items()})
    return _Rule(shares, dimensions, measures, reads)


def _dimension(weights_e4: dict[AnyMeasure, int], members: Sequence[MemberFacts]) -> dict[str, Fraction]:
    """Return each member's share of a dimension; they sum to 1, or there are none where all is zero."""
    counted = {
        measure: (weight, amounts)
        for measure, weight, amounts in _amounts(weights_e4, members)
        if any(amounts.values())
    }
    whole = sum(weight for weight, _ in counted.values())
    return {
        member.institution_id: sum(
            (
                Fraction(weight * amounts[member.institution_id], whole * sum(amounts.values()))
                for weight, amounts in counted.values()
            ),
            start=Fraction(0),
        )
        for member in members
        if counted
    }


def _amounts(
    weights_e4: dict[AnyMeasure, int], members: Sequence[MemberFacts]
) -> Iterator[tuple[AnyMeasure, int, dict[str, int]]]:
    for measure, weight in weights_e4.items():
        if weight:
            yield measure, weight, {member.institution_id: _amount(member, measure) for member in members}


def _amount(member: MemberFacts, measure: AnyMeasure) -> int:
    if measure in _FROM_ZERO and member.measures.get(measure, 0) < 0:
        return 0
    return member.amount(measure)


def _left_out(dimension: str, weight_e4: int) -> Text:
    name, weight = _NAMES[dimension], format_e4(weight_e4)
    return Text(
        f"{name.zh}在同类成员中全部为零，其权重 {weight} 按比例并入其他维度",
        f"{name.en}: zero for all of the role; its weight {weight} goes to the other dimensions in proportion",
    )
