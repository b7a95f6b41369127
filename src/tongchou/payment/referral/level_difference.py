"""What a change of level does to a payment standard (payment formulas §10.3)."""

from fractions import Fraction

from tongchou.core.money import E4, round_half_up
from tongchou.payment.referral.stay import LEVEL_ORDER
from tongchou.policy import PolicyView


def level_differences(view: PolicyView, base: str) -> dict[str, int]:
    """Return by how much each level's standard differs from a base level's, x 10,000, rounded half up.

    It is the level's factor (`payment/drg/level_factor`) over the base level's, less 1.
    """
    factors = {level: view.e4("payment/drg/level_factor", level=level) for level in LEVEL_ORDER}
    return {level: round_half_up(Fraction(factors[level], factors[base]) * E4) - E4 for level in LEVEL_ORDER}
