"""The split over county, township and village (县、乡、村), and from a township to its village clinics."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from tongchou.alliance.choices import require_whole
from tongchou.alliance.facts import AssessedMeasure, Measure, MemberFacts
from tongchou.alliance.split_parts import (
    Basis,
    Split,
    by_measure,
    by_scores,
    by_technical_help,
    make_split,
    part_step,
    share_part,
)
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.money import split_largest_remainder
from tongchou.core.text import Text
from tongchou.policy import PolicyView

_TIERS = ("county", "township", "village")
_TITLES = {
    "county": Text("县级部分", "County's part"),
    "township": Text("乡镇部分", "Townships' part"),
    "village": Text("村级部分", "Villages' part"),
}


def by_tier(view: PolicyView, total_fen: int, members: Sequence[MemberFacts]) -> Split:
    """Share an amount by `alliance/split/tier_shares` (e.g. 6 : 3 : 1), each tier in its own way.

    Hospitals share the county's part by technical help, or case weight where there was none; township centres theirs
    by primary visits. The villages' part goes to the townships by the visits of their villages, and each township
    shares among its villages by volume and quality (`alliance/split/village_weights`); a weight whose figures are
    zero for all of a township's villages goes to the other.

    Args:
        view: The policy.
        total_fen: The amount, fen; negative: a deficit.
        members: The members in the order of their ids.

    Raises:
        TongchouError: As `split_among_members` says; `alliance.tier_missing` if it is not known whether a primary
            member is a township centre or a village clinic, or which township a village belongs to.
    """
    shares_name, weights_name = "alliance/split/tier_shares", "alliance/split/village_weights"
    with view.recording() as reads:
        view.text("alliance/split/mode")
        shares = {tier: view.e4(shares_name, tier=tier) for tier in (*_TIERS, "reserve")}
        weights = {each: view.e4(weights_name, village_measure=each) for each in ("volume", "quality")}
    require_whole(shares_name, shares)
    require_whole(weights_name, weights)
    parts = split_largest_remainder(total_fen, shares)
    of_tier: dict[str, list[MemberFacts]] = {tier: [] for tier in _TIERS}
    for member in members:
        of_tier[_tier_of(member)].append(member)
    county = by_technical_help(of_tier["county"])
    township = by_measure(Measure.PRIMARY_VISITS)(of_tier["township"])
    county_fen, township_fen = share_part(parts["county"], county), share_part(parts["township"], township)
    villages_fen, village_step = _to_villages(parts["village"], of_tier["village"], weights)
    steps = (
        _step("county", parts["county"], county, county_fen),
        _step("township", parts["township"], township, township_fen),
        village_step,
    )
    shared = (county_fen, township_fen, villages_fen)
    return make_split("county_town_village", total_fen, shared, parts["reserve"], reads, steps)


def _to_villages(
    part_fen: int, villages: Sequence[MemberFacts], weights_e4: dict[str, int]
) -> tuple[dict[str, int], Step]:
    of_township: dict[str, list[MemberFacts]] = defaultdict(list)
    for village in villages:
        of_township[village.township_id].append(village)
    volume = {
        township: sum(each.amount(Measure.PRIMARY_VISITS) for each in own) for township, own in of_township.items()
    }
    visits = Basis(volume, Measure.PRIMARY_VISITS.label)
    townships_fen = share_part(part_fen, visits)
    shared: dict[str, int] = {}
    steps = []
    for township, fen in townships_fen.items():
        basis = _village_basis(of_township[township], weights_e4)
        own_fen = share_part(fen, basis)
        shared |= own_fen
        title = Text(f"{township} 所辖村卫生室", f"Villages of {township}")
        steps.append(part_step("alliance.split.county_town_village.within_township", title, fen, basis, own_fen))
    step = part_step("alliance.split.county_town_village.village", _TITLES["village"], part_fen, visits, townships_fen)
    return shared, Step(step.rule, step.title, step.outcome, step.facts, children=tuple(steps))


def _village_basis(villages: Sequence[MemberFacts], weights_e4: dict[str, int]) -> Basis:
    measures: dict[str, Measure | AssessedMeasure] = {
        "volume": Measure.PRIMARY_VISITS,
        "quality": AssessedMeasure.SERVICE_QUALITY,
    }
    scores = {village.institution_id: Fraction(0) for village in villages}
    for name, measure in measures.items():
        if not weights_e4[name]:
            continue
        amounts = {village.institution_id: village.amount(measure) for village in villages}
        total = sum(amounts.values())
        for village, amount in amounts.items():
            scores[village] += Fraction(weights_e4[name] * amount, total) if total else 0
    return by_scores(scores, Text("业务量与质量", "volume and quality"))


def _tier_of(member: MemberFacts) -> str:
    if not member.is_primary:
        return "county"
    if member.tier not in ("township", "village") or (member.tier == "village" and not member.township_id):
        raise TongchouError(
            "alliance.tier_missing",
            what=Text("基层成员的层级或归属未知", "the tier or township of a primary member is not known"),
            where=f"{member.institution_id}: {member.tier or '-'} {member.township_id or '-'}",
            why=Text(
                "县乡村分配须知其为乡镇卫生院还是村卫生室，以及由哪个乡镇卫生院管理",
                "the split over tiers asks whether it is a township centre or a village clinic, and whose",
            ),
            remedy=Text("补齐机构类别和村卫生室归属表", "supply the institution's kind and the table village_clinics"),
        )
    return member.tier


def _step(tier: str, part_fen: int, basis: Basis, shared: dict[str, int]) -> Step:
    return part_step(f"alliance.split.county_town_village.{tier}", _TITLES[tier], part_fen, basis, shared)
