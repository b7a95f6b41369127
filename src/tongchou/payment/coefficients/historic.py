"""A coefficient by what a hospital's cases cost before, against what the same cases cost in the whole city."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.explanation import Fact
from tongchou.core.text import Text
from tongchou.payment.coefficients.coefficient import Coefficient, explained, no_basis, within
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class GroupHistory:
    """A hospital's cases of one group over the years measured.

    Attributes:
        case_count: Its cases.
        own_mean_fen: Their mean cost.
        city_mean_fen: The mean cost of all hospitals' cases of the group.
    """

    case_count: int
    own_mean_fen: int
    city_mean_fen: int


def historic(view: PolicyView, institution_id: str, groups: Sequence[GroupHistory]) -> Coefficient:
    """Return a hospital's cost over what its cases cost in the city: sum n x own mean / sum n x city mean.

    It is kept between `payment/drg/coefficient/historic/lower` and `upper`.

    Raises:
        TongchouError: `payment.no_coefficient_basis` for a hospital without cases.
    """
    own = sum(group.case_count * group.own_mean_fen for group in groups)
    city = sum(group.case_count * group.city_mean_fen for group in groups)
    if city <= 0:
        raise no_basis(institution_id, Text("测算期内没有病例", "it had no case in the years measured"))
    with view.recording() as reads:
        lower = view.e4("payment/drg/coefficient/historic/lower")
        upper = view.e4("payment/drg/coefficient/historic/upper")
    value, moved = within(Fraction(own, city), lower, upper)
    facts = (
        Fact(Text("病例数", "cases"), str(sum(group.case_count for group in groups))),
        Fact(Text("病组数", "groups"), str(len(groups))),
    )
    title = Text("历史费用系数", "Coefficient by historic cost")
    return explained("historic", title, value, facts, reads, moved)
