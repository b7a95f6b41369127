"""What every mode of the split is made of: parts of an amount, each shared among its members by a basis."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tongchou.alliance.facts import Measure, MemberFacts
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_yuan, split_largest_remainder
from tongchou.core.text import Text


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


@dataclass(frozen=True, slots=True)
class Basis:
    """What the members of a part share by.

    Attributes:
        amounts: Institution -> its amount, in any unit that is the same for all.
        title: The basis in words.
        rejected: What was tried instead and not taken.
    """

    amounts: Mapping[str, int]
    title: Text
    rejected: tuple[Text, ...] = ()


BasisRule = Callable[[Sequence[MemberFacts]], Basis]


def by_measure(measure: Measure) -> BasisRule:
    """Return the rule that members share by one measure."""
    return lambda members: Basis({each.institution_id: each.amount(measure) for each in members}, measure.label)


def by_technical_help(members: Sequence[MemberFacts]) -> Basis:
    """Share by down-referrals and recognised exams; where no member gave any, by case weight."""
    given = {
        each.institution_id: each.amount(Measure.DOWN_REFERRALS) + each.amount(Measure.RECOGNISED_EXAMS)
        for each in members
    }
    if any(given.values()):
        return Basis(given, Text("技术帮扶（下转＋互认）", "technical help (down-referrals + recognised exams)"))
    weights = {each.institution_id: each.amount(Measure.CASE_WEIGHT) for each in members}
    return Basis(weights, Measure.CASE_WEIGHT.label, (_NO_HELP,))


def by_scores(scores: Mapping[str, Fraction], title: Text, rejected: tuple[Text, ...] = ()) -> Basis:
    """Return a basis of exact scores, over one common denominator so that they are whole numbers."""
    common = math.lcm(*(score.denominator for score in scores.values()))
    return Basis({key: int(score * common) for key, score in scores.items()}, title, rejected)


def share_part(part_fen: int, basis: Basis) -> dict[str, int]:
    """Share a part by its basis, to the fen; an odd fen between equal remainders goes to the smaller id.

    Raises:
        TongchouError: `alliance.no_basis` if there is something to share and nothing to share it by.
    """
    amounts = dict(sorted(basis.amounts.items()))
    if part_fen == 0:
        return dict.fromkeys(amounts, 0)
    if not any(amounts.values()):
        raise TongchouError(
            "alliance.no_basis",
            what=Text(f"没有可用的分配依据：{basis.title.zh}", f"nothing to share by: {basis.title.en}"),
            where=f"{', '.join(amounts) or '-'}: {format_yuan(part_fen)}",
            why=Text(
                "应分部分没有成员或依据全部为零",
                "the part has no member, or the basis is zero for all of them",
            ),
            remedy=Text("补齐数据，或改用其他分配方式", "supply the figures, or choose another mode of split"),
        )
    return split_largest_remainder(part_fen, amounts)


def make_split(
    mode: str,
    total_fen: int,
    shares: Iterable[Mapping[str, int]],
    reserve_fen: int,
    reads: Sequence[ParameterRead],
    children: tuple[Step, ...],
    rejected: tuple[Text, ...] = (),
) -> Split:
    """Return the shares of all parts together, explained."""
    members_fen = dict(sorted((member, fen) for part in shares for member, fen in part.items()))
    to_members = format_yuan(sum(members_fen.values()))
    reserve = format_yuan(reserve_fen)
    explanation = Step(
        f"alliance.split.{mode}",
        Text("成员分配", "Split among members"),
        Text(
            f"{format_yuan(total_fen)} 元：成员 {to_members} 元，统筹管理资金 {reserve} 元",
            f"{format_yuan(total_fen)} yuan: members {to_members}, reserve {reserve}",
        ),
        facts=tuple(
            Fact(Text(f"{member}（元）", f"{member}, yuan"), format_yuan(fen)) for member, fen in members_fen.items()
        ),
        parameters=tuple(reads),
        rejected=rejected,
        children=children,
    )
    return Split(members_fen, reserve_fen, explanation)


def part_step(rule: str, title: Text, part_fen: int, basis: Basis, shared: Mapping[str, int]) -> Step:
    """Explain one part: each member's basis and share."""
    return Step(
        rule,
        title,
        Text(f"{format_yuan(part_fen)} 元", f"{format_yuan(part_fen)} yuan"),
        facts=tuple(
            Fact(
                Text(f"{institution_id}（依据 / 元）", f"{institution_id} (basis / yuan)"),
                f"{amount} / {format_yuan(shared[institution_id])}",
            )
            for institution_id, amount in basis.amounts.items()
        ),
        rejected=basis.rejected,
    )


_NO_HELP = Text(
    "各医院下转人次与互认次数均为零，改按病例总权重分配",
    "no hospital made down-referrals or had exams recognised: shared by total case weight instead",
)
