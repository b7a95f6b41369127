"""A coefficient by an institution's level and grade; and the groups that every level is paid the same for."""

from fractions import Fraction

from tongchou.core.explanation import Fact
from tongchou.core.money import E4
from tongchou.core.text import Text
from tongchou.payment.coefficients.coefficient import Coefficient, explained
from tongchou.policy import PolicyView


def level_table(view: PolicyView, grade: str) -> Coefficient:
    """Return the coefficient of a grade by `payment/drg/coefficient/level_table`.

    Raises:
        TongchouError: `policy.unknown_dimension_value` for a grade that is none, `policy.no_value_for_key` for one
            that the table leaves out.
    """
    with view.recording() as reads:
        value_e4 = view.e4("payment/drg/coefficient/level_table", grade=grade)
    facts = (Fact(Text("等级与等次", "level and grade"), grade),)
    return explained("level_table", Text("等级系数", "Coefficient by level"), Fraction(value_e4, E4), facts, reads)


def same_price(drg: str) -> Coefficient:
    """Return the coefficient of a primary-level group (基层病种): 1 at every level, same disease, same price."""
    facts = (Fact(Text("基层病种", "primary-level group"), drg),)
    return explained("same_price", Text("同病同价", "Same disease, same price"), Fraction(1), facts)
