"""Comparisons with a threshold, by the operator that the policy names."""

import operator
from collections.abc import Callable
from fractions import Fraction

_COMPARISONS: dict[str, Callable[[Fraction | int, Fraction | int], bool]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def holds(comparison: str, value: Fraction | int, bound: Fraction | int) -> bool:
    """Return whether a value stands to a bound as `lt`, `le`, `gt` or `ge` says; both are compared exactly."""
    return _COMPARISONS[comparison](value, bound)


SIGNS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥"}
"""The operators as an explanation shows them."""
