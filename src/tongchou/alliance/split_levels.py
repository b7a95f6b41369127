"""Fixed shares by level: primary members, secondary and tertiary hospitals have a part each."""

from collections.abc import Sequence

from tongchou.alliance.choices import require_whole, unknown_choice
from tongchou.alliance.facts import Measure, MemberFacts
from tongchou.alliance.split_parts import (
    BasisRule,
    Split,
    by_measure,
    by_technical_help,
    make_split,
    part_step,
    share_part,
)
from tongchou.core.errors import TongchouError
from tongchou.core.money import split_largest_remainder
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.schema.states import INSTITUTION_LEVEL

_PARTS = ("primary", "secondary", "tertiary")
_BASES: dict[str, BasisRule] = {
    "primary_visits": by_measure(Measure.PRIMARY_VISITS),
    "technical_help": by_technical_help,
    "case_weight": by_measure(Measure.CASE_WEIGHT),
    "contracted_heads": by_measure(Measure.CONTRACTED_HEADS),
}


def by_level(view: PolicyView, total_fen: int, members: Sequence[MemberFacts]) -> Split:
    """Share an amount by `alliance/split/level_shares`, inside a level by `alliance/split/level_basis`.

    A primary member, and a hospital whose level is primary, shares in the primary part; other hospitals in the part of
    their level. So the secondary hospitals, which carry the stable patients, can have a part of their own.

    Args:
        view: The policy.
        total_fen: The amount, fen; negative: a deficit.
        members: The members in the order of their ids.

    Raises:
        TongchouError: As `split_among_members` says; `alliance.level_missing` if a hospital's level is not known.
    """
    name = "alliance/split/level_shares"
    with view.recording() as reads:
        view.text("alliance/split/mode")
        shares = {part: view.e4(name, level_part=part) for part in (*_PARTS, "reserve")}
        rules = {part: _basis_rule(view, part) for part in _PARTS if shares[part]}
    require_whole(name, shares)
    parts = split_largest_remainder(total_fen, shares)
    of_part: dict[str, list[MemberFacts]] = {part: [] for part in _PARTS}
    for member in members:
        of_part[_part_of(member)].append(member)
    shared, steps = [], []
    for part, own in of_part.items():
        if part not in rules:
            shared.append(dict.fromkeys((member.institution_id for member in own), 0))
            continue
        basis = rules[part](own)
        shares_fen = share_part(parts[part], basis)
        shared.append(shares_fen)
        title = INSTITUTION_LEVEL[part]
        steps.append(
            part_step(
                f"alliance.split.fixed_by_level.{part}",
                Text(f"{title.zh}部分（按{basis.title.zh}）", f"Part of {title.en} members, by {basis.title.en}"),
                parts[part],
                basis,
                shares_fen,
            )
        )
    return make_split("fixed_by_level", total_fen, shared, parts["reserve"], reads, tuple(steps))


def _basis_rule(view: PolicyView, part: str) -> BasisRule:
    name = "alliance/split/level_basis"
    chosen = view.text(name, level_part=part)
    rule = _BASES.get(chosen)
    if rule is None:
        raise unknown_choice(name, chosen)
    return rule


def _part_of(member: MemberFacts) -> str:
    if member.is_primary:
        return "primary"
    if member.level not in _PARTS:
        raise TongchouError(
            "alliance.level_missing",
            what=Text("成员医院的等级未知", "the level of a member hospital is not known"),
            where=f"{member.institution_id}: {member.level!r}",
            why=Text("按级别分配时，每家医院须属于一个级别", "each hospital shares in the part of its level"),
            remedy=Text("在机构表中补上等级", "supply the level in the table of institutions"),
        )
    return member.level
