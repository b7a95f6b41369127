"""How the members of an alliance share what it keeps or bears: by fixed parts or by contribution."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongchou.alliance.choices import unknown_choice
from tongchou.alliance.facts import Measure, MemberFacts
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, format_e4, format_yuan, split_largest_remainder
from tongchou.core.text import Text
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class Split:
    """An amount shared among members; `sum(members_fen) + reserve_fen` is the amount.

    Attributes:
        members_fen: Institution -> its share, fen, ordered by institution id; negative in a deficit.
        reserve_fen: What goes into the alliance's reserve (区域统筹管理资金); negative: taken out of it.
        explanation: How it came about.
    """

    members_fen: Mapping[str, int]
    reserve_fen: int
    explanation: Step


def split_among_members(view: PolicyView, total_fen: int, members: Sequence[MemberFacts]) -> Split:
    """Share an amount among the members by the rule `alliance/split/mode`.

    * `fixed`: `alliance/split/shares` divides it into a primary part, a hospitals' part and a reserve. The
      primary part is shared by primary visits, the hospitals' part by technical help (down-referrals and
      recognised exams); where no hospital gave any, by case weight.
    * `contribution`: first the reserve by `alliance/split/reserve_share`, then each member's share of every
      measure, weighted by `alliance/split/contribution_weights`. The weight of a measure that is zero for all
      members goes to the other measures in proportion to theirs.

    A deficit (negative) is shared exactly as a surplus of its size. Parts are rounded by the largest
    remainder; an odd fen between equal remainders goes to the part named first (primary, hospitals, reserve;
    members before reserve) and inside a part to the smaller institution id, so the order in which members
    are listed changes nothing.

    Raises:
        TongchouError: `alliance.shares_not_whole` if shares or weights do not sum to 1; `alliance.no_basis`
            if a part is to be shared by measures that are all zero; `alliance.measure_missing` if a member
            lacks a measure the rule uses; `alliance.unknown_choice` if the mode is neither of the two.
    """
    ordered = sorted(members, key=lambda member: member.institution_id)
    with view.recording() as reads:
        rule = _read_rule(view)
    if isinstance(rule, _FixedParts):
        return _by_fixed_parts(rule, reads, total_fen, ordered)
    return _by_contribution(rule, reads, total_fen, ordered)


@dataclass(frozen=True, slots=True)
class _FixedParts:
    shares_e4: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Contribution:
    reserve_e4: int
    weights_e4: Mapping[Measure, int]


def _read_rule(view: PolicyView) -> _FixedParts | _Contribution:
    match view.text("alliance/split/mode"):
        case "fixed":
            name = "alliance/split/shares"
            shares = {part: view.e4(name, part=part) for part in ("primary", "hospitals", "reserve")}
            _require_whole(name, shares)
            return _FixedParts(shares)
        case "contribution":
            name = "alliance/split/contribution_weights"
            reserve_e4 = view.e4("alliance/split/reserve_share")
            weights = {measure: view.e4(name, measure=measure.policy_key) for measure in Measure}
            _require_whole(name, {measure.policy_key: weight for measure, weight in weights.items()})
            return _Contribution(reserve_e4, weights)
        case other:
            raise unknown_choice("alliance/split/mode", other)


def _by_fixed_parts(
    rule: _FixedParts, reads: list[ParameterRead], total_fen: int, members: Sequence[MemberFacts]
) -> Split:
    parts = split_largest_remainder(total_fen, rule.shares_e4)
    primary = [member for member in members if member.is_primary]
    hospitals = [member for member in members if not member.is_primary]
    visits = {member.institution_id: member.amount(Measure.PRIMARY_VISITS) for member in primary}
    help_given, help_title, rejected = _technical_help(hospitals)
    primary_fen = _part(parts["primary"], visits, Measure.PRIMARY_VISITS.label)
    hospitals_fen = _part(parts["hospitals"], help_given, help_title)
    shared = primary_fen | hospitals_fen
    members_fen = {member.institution_id: shared[member.institution_id] for member in members}
    children = (
        _part_step("primary", Text("基层部分", "Primary part"), parts["primary"], visits, primary_fen, ()),
        _part_step(
            "hospitals",
            Text("医院部分", "Hospitals' part"),
            parts["hospitals"],
            help_given,
            hospitals_fen,
            rejected,
        ),
    )
    return Split(
        members_fen,
        parts["reserve"],
        _step("fixed", total_fen, members_fen, parts["reserve"], reads, children),
    )


def _technical_help(hospitals: Sequence[MemberFacts]) -> tuple[dict[str, int], Text, tuple[Text, ...]]:
    given = {
        hospital.institution_id: hospital.amount(Measure.DOWN_REFERRALS) + hospital.amount(Measure.RECOGNISED_EXAMS)
        for hospital in hospitals
    }
    if any(given.values()):
        return given, Text("技术帮扶（下转＋互认）", "technical help (down-referrals + recognised exams)"), ()
    weights = {hospital.institution_id: hospital.amount(Measure.CASE_WEIGHT) for hospital in hospitals}
    replaced = Text(
        "各医院下转人次与互认次数均为零，改按病例总权重分配",
        "no hospital made down-referrals or had exams recognised: shared by total case weight instead",
    )
    return weights, Measure.CASE_WEIGHT.label, (replaced,)


def _by_contribution(
    rule: _Contribution, reads: list[ParameterRead], total_fen: int, members: Sequence[MemberFacts]
) -> Split:
    parts = split_largest_remainder(total_fen, {"members": E4 - rule.reserve_e4, "reserve": rule.reserve_e4})
    used = {measure: weight for measure, weight in rule.weights_e4.items() if weight}
    totals = {measure: sum(member.amount(measure) for member in members) for measure in used}
    counted = [measure for measure in used if totals[measure]]
    # Scores w·v/V of all members over one common denominator, so that they are whole numbers.
    common = math.lcm(*(totals[measure] for measure in counted))
    scores = {
        member.institution_id: sum(used[m] * member.amount(m) * (common // totals[m]) for m in counted)
        for member in members
    }
    members_fen = _part(parts["members"], scores, Text("贡献度", "contribution"))
    left_out = tuple(
        Text(
            f"{measure.label.zh}全体为零，其权重 {format_e4(used[measure])} 按比例并入其他指标",
            f"{measure.label.en}: zero for all members; its weight {format_e4(used[measure])} goes to the "
            "other measures in proportion to theirs",
        )
        for measure in used
        if not totals[measure]
    )
    children = tuple(_measure_step(measure, used[measure], totals[measure], members) for measure in counted)
    step = _step("contribution", total_fen, members_fen, parts["reserve"], reads, children, left_out)
    return Split(members_fen, parts["reserve"], step)


def _part(part_fen: int, basis: Mapping[str, int], title: Text) -> dict[str, int]:
    if part_fen == 0:
        return dict.fromkeys(basis, 0)
    if not any(basis.values()):
        raise TongchouError(
            "alliance.no_basis",
            what=Text(f"没有可用的分配依据：{title.zh}", f"nothing to share by: {title.en}"),
            where=f"{', '.join(basis) or '-'}: {format_yuan(part_fen)}",
            why=Text(
                "应分部分没有成员或依据全部为零",
                "the part has no member, or the basis is zero for all of them",
            ),
            remedy=Text("补齐数据，或改用其他分配方式", "supply the figures, or choose another mode of split"),
        )
    return split_largest_remainder(part_fen, basis)


def _require_whole(parameter: str, shares: dict[str, int]) -> None:
    if sum(shares.values()) != E4:
        raise TongchouError(
            "alliance.shares_not_whole",
            what=Text("份额之和不等于 1", "the shares do not sum to 1"),
            where=f"{parameter}: " + ", ".join(f"{key} {format_e4(share)}" for key, share in shares.items()),
            why=Text("多分或少分都会使金额对不上", "amounts would not add up"),
            remedy=Text("改正份额，使其合计为 1", "correct the shares so that they sum to 1"),
        )


def _step(
    mode: str,
    total_fen: int,
    members_fen: Mapping[str, int],
    reserve_fen: int,
    reads: list[ParameterRead],
    children: tuple[Step, ...],
    rejected: tuple[Text, ...] = (),
) -> Step:
    to_members = format_yuan(sum(members_fen.values()))
    reserve = format_yuan(reserve_fen)
    return Step(
        f"alliance.split.{mode}",
        Text("成员分配", "Split among members"),
        Text(
            f"{format_yuan(total_fen)} 元：成员 {to_members} 元，统筹管理资金 {reserve} 元",
            f"{format_yuan(total_fen)} yuan: members {to_members}, reserve {reserve}",
        ),
        facts=tuple(_share_fact(institution_id, fen) for institution_id, fen in members_fen.items()),
        parameters=tuple(reads),
        rejected=rejected,
        children=children,
    )


def _part_step(
    part: str,
    title: Text,
    part_fen: int,
    basis: Mapping[str, int],
    shared: Mapping[str, int],
    rejected: tuple[Text, ...],
) -> Step:
    return Step(
        f"alliance.split.fixed.{part}",
        title,
        Text(f"{format_yuan(part_fen)} 元", f"{format_yuan(part_fen)} yuan"),
        facts=tuple(
            Fact(
                Text(f"{institution_id}（依据 / 元）", f"{institution_id} (basis / yuan)"),
                f"{amount} / {format_yuan(shared[institution_id])}",
            )
            for institution_id, amount in basis.items()
        ),
        rejected=rejected,
    )


def _measure_step(measure: Measure, weight_e4: int, total: int, members: Sequence[MemberFacts]) -> Step:
    return Step(
        f"alliance.split.contribution.{measure.policy_key}",
        measure.label,
        Text(f"权重 {format_e4(weight_e4)}，合计 {total}", f"weight {format_e4(weight_e4)}, total {total}"),
        facts=tuple(Fact(Text.plain(m.institution_id), f"{m.amount(measure)} / {total}") for m in members),
    )


def _share_fact(institution_id: str, fen: int) -> Fact:
    return Fact(Text(f"{institution_id}（元）", f"{institution_id}, yuan"), format_yuan(fen))
