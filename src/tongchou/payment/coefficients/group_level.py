"""Coefficients of a hospital for one group: its own mean over the city's, alone or mixed with its level's."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.explanation import Fact
from tongchou.core.money import E4, format_yuan
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.coefficients.coefficient import Coefficient, explained, no_basis, ratio_fact, within
from tongchou.policy import PolicyView

_MIXED = "payment/drg/coefficient/mixed"


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean cost of some cases.

    Attributes:
        case_count: How many; 0 for none.
        mean_fen: Their mean cost, fen.
    """

    case_count: int
    mean_fen: int


def group_level(institution_id: str, drg: str, own: Mean, city: Mean) -> Coefficient:
    """Return the hospital's mean of a group over the city's; 1 for a new institution or a new group."""
    title = Text("病组机构系数", "Coefficient of a group")
    facts = (_who(institution_id, drg), _mean_fact(_OWN, own), _mean_fact(_CITY, city))
    if not own.case_count or not city.case_count:
        new = Text("新机构或新病组，取 1", "a new institution or group: 1 is taken")
        return explained("group_level", title, Fraction(1), facts, (), (new,))
    return explained("group_level", title, Fraction(own.mean_fen, city.mean_fen), facts)


def mixed(
    view: PolicyView, institution_id: str, drg: str, own: Mean, levels: Sequence[Mean], city: Mean
) -> Coefficient:
    """Return w x (level mean / city mean) + (1 - w) x (own mean / city mean).

    w is `payment/drg/coefficient/mixed/level_share`. A mean of too few cases (`few_cases`, `few_operator`) is not
    used: the level's is borrowed from the nearest level that has enough, and is 1 where none has; the hospital's is
    replaced by the level's part. The result is kept between `lower` and `upper`.

    Args:
        view: The policy.
        institution_id: The hospital.
        drg: The group.
        own: The hospital's cases of it.
        levels: The cases of its own level first, then those of the others, the nearest first.
        city: All cases of it.

    Raises:
        TongchouError: `payment.no_coefficient_basis` for a group that the city has no case of.
    """
    if city.mean_fen <= 0:
        raise no_basis(f"{institution_id} {drg}", Text("全市没有该病组的病例", "the city has no case of the group"))
    with view.recording() as reads:
        share = Fraction(view.e4(f"{_MIXED}/level_share"), E4)
        few, operator = view.whole(f"{_MIXED}/few_cases"), view.text(f"{_MIXED}/few_operator")
        lower, upper = view.e4(f"{_MIXED}/lower"), view.e4(f"{_MIXED}/upper")
    if operator not in ("le", "lt"):
        raise unknown_choice(f"{_MIXED}/few_operator", operator)
    least = few + 1 if operator == "le" else few
    usable = [mean for mean in levels if mean.case_count >= max(1, least)]
    of_level = Fraction(usable[0].mean_fen, city.mean_fen) if usable else Fraction(1)
    has_own = own.case_count >= max(1, least)
    of_own = Fraction(own.mean_fen, city.mean_fen) if has_own else of_level
    value, moved = within(share * of_level + (1 - share) * of_own, lower, upper)
    facts = (
        _who(institution_id, drg),
        _mean_fact(_OWN, own),
        _mean_fact(_CITY, city),
        ratio_fact(Text("等级部分", "the level's part"), of_level),
        ratio_fact(Text("医院部分", "the hospital's part"), of_own),
    )
    rejected = (*_level_words(levels, usable), *(() if has_own else (_OWN_TOO_FEW,)), *moved)
    return explained(
        "mixed", Text("等级与医院混合系数", "Coefficient mixed of level and hospital"), value, facts, reads, rejected
    )


def _level_words(levels: Sequence[Mean], usable: Sequence[Mean]) -> tuple[Text, ...]:
    if not usable:
        return (Text("各等级病例数均过少，等级部分取 1", "no level has enough cases: the level's part is 1"),)
    if usable[0] is not levels[0]:
        return (Text("本等级病例数过少，借用相邻等级", "its own level has too few cases: borrowed from the nearest"),)
    return ()


_OWN_TOO_FEW = Text("本院病例数过少，以等级部分代替", "the hospital has too few cases: the level's part instead")
_OWN, _CITY = Text("本院均值", "the hospital's mean"), Text("全市均值", "the city's mean")


def _who(institution_id: str, drg: str) -> Fact:
    return Fact(Text("机构与病组", "institution and group"), f"{institution_id} {drg}")


def _mean_fact(label: Text, mean: Mean) -> Fact:
    words = Text(f"{label.zh}（元）/ 例数", f"{label.en}, yuan / cases")
    return Fact(words, f"{format_yuan(mean.mean_fen)} / {mean.case_count}")
