"""What cases are worth: in fen where a rate is paid, in points where points are (payment formulas §3–§6).

Both ways answer the same questions, so that the kinds of cases are decided once for all methods. Points of a case
are rounded to two decimals, the multiple that they follow to four (§6.4).
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from tongchou.core.money import E4, FenArray, divide_column_half_up, multiply_columns, scale_column
from tongchou.payment.cases import formulas

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

POINTS = 100
"""Points are kept x 100."""


class Worth(Protocol):
    """What cases are worth, in the unit of the method: fen, or points x 100."""

    @property
    def reference(self) -> FenArray:
        """What a case's cost is compared with, fen; 0 where there is nothing to compare with."""

    @property
    def normal(self) -> Whole:
        """The worth of the case's group."""

    def by_item(self, cost: FenArray) -> Whole:
        """Return the worth of a case's own cost."""

    def beyond(self, cost: FenArray, threshold_e4: Whole) -> Whole:
        """Return the group's worth and that of the cost beyond a multiple of the reference."""

    def raised(self, cost: FenArray, addition_e4: int) -> Whole:
        """Return the group's worth times the multiple and an addition."""

    def amount(self, fen: FenArray) -> Whole:
        """Return the worth of an amount of money."""


class RateWorth:
    """Worth in fen, against the payment standard.

    Args:
        standard: The payment standard of each case, fen.
    """

    def __init__(self, standard: FenArray) -> None:
        self.reference = standard
        self.normal: Whole = standard

    def by_item(self, cost: FenArray) -> Whole:
        """Return the cost itself."""
        return cost

    def beyond(self, cost: FenArray, threshold_e4: Whole) -> Whole:
        """Return S x [1 + (cost / S - threshold)]."""
        return formulas.excess_over_threshold(cost, self.reference, threshold_e4)

    def raised(self, cost: FenArray, addition_e4: int) -> Whole:
        """Return S x (cost / S + addition)."""
        return cost + scale_column(self.reference, addition_e4)

    def amount(self, fen: FenArray) -> Whole:
        """Return the amount itself."""
        return fen


class PointsWorth:
    """Worth in points x 100, against the mean cost of the case's group.

    Args:
        score_e2: Points of each case's group x 100.
        auxiliary_e4: Factor of the auxiliary catalogue.
        reference: Mean cost of the group (at the hospital's level, where the method says so), fen; 0 if unknown.
        unit: Points of a case of mean cost (100 or 1,000).
        mean_fen: Mean cost of all cases, fen: what `unit` points stand for.
    """

    def __init__(self, score_e2: Whole, auxiliary_e4: Whole, reference: FenArray, *, unit: int, mean_fen: int) -> None:
        self._score, self._auxiliary = score_e2, auxiliary_e4
        self._unit, self._mean = unit, mean_fen
        self.reference = reference
        self.normal = scale_column(score_e2, auxiliary_e4)

    def by_item(self, cost: FenArray) -> Whole:
        """Return the group's points times cost over reference; those of the money where there is no reference."""
        return np.where(self.reference > 0, self._times(self._multiple(cost)), self.amount(cost))

    def beyond(self, cost: FenArray, threshold_e4: Whole) -> Whole:
        """Return the group's points times (multiple - threshold + 1)."""
        return self._times(self._multiple(cost) - threshold_e4 + E4)

    def raised(self, cost: FenArray, addition_e4: int) -> Whole:
        """Return the group's points times (multiple + addition)."""
        return self._times(self._multiple(cost) + addition_e4)

    def amount(self, fen: FenArray) -> Whole:
        """Return the points that an amount would be worth at the mean cost of all cases."""
        product = multiply_columns(fen, np.asarray(self._unit * POINTS, dtype=np.int64))
        return divide_column_half_up(product, np.int64(self._mean))

    def _multiple(self, cost: FenArray) -> Whole:
        # What has no reference has no multiple; nothing that follows from it is taken.
        compared = np.where(self.reference > 0, cost, 0)
        product = multiply_columns(compared, np.asarray(E4, dtype=np.int64))
        return divide_column_half_up(product, np.maximum(self.reference, 1))

    def _times(self, multiple_e4: Whole) -> Whole:
        return scale_column(self._score, self._auxiliary, multiple_e4)
