"""Exact figures: means over weighted years, variation, and where a group is trimmed."""

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt, prod

from tongchou.core.money import E4


def weighted_mean(years: Iterable[tuple[int, int, int]]) -> Fraction:
    """Return the mean of yearly means, weighted by year (payment formulas §6.2); 0 where there is no case.

    A year without cases takes no part; the other years keep their weights.

    Args:
        years: For each year its weight, its cases and their cost in fen.

    Example:
        >>> weighted_mean([(1, 1, 1_250_000), (2, 1, 1_300_000), (7, 1, 1_350_000)])
        Fraction(1330000, 1)
    """
    filled = [(weight, cases, cost) for weight, cases, cost in years if cases]
    whole = sum(weight for weight, _, _ in filled)
    if not whole:
        return Fraction(0)
    # One fraction at the end: a sum of fractions looks for a common divisor at every step.
    below = prod(cases for _, cases, _ in filled)
    return Fraction(sum(weight * cost * (below // cases) for weight, cases, cost in filled), below * whole)


def variation_e4(cases: int, total: int, squares: int) -> int:
    """Return the coefficient of variation x 10,000 (sample deviation over mean), half up.

    Args:
        cases: Number of cases; fewer than two vary by 0.
        total: Sum of their costs, whole yuan.
        squares: Sum of the squares.
    """
    if cases < 2 or not total:
        return 0
    spread = cases * squares - total * total
    scaled = 4 * E4 * E4 * cases * spread // ((cases - 1) * total * total)
    # floor(sqrt(4v)) + 1 halved is sqrt(v) rounded half up.
    return (isqrt(scaled) + 1) // 2
