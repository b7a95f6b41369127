"""The payment formulas for one case, over columns of whole numbers (payment formulas §3, §3.2, §4).

Every amount is fen, every ratio, weight and coefficient is scaled by 10,000. Each formula rounds once, half up.
"""

import numpy as np
import numpy.typing as npt

from tongchou.core.money import E4, FenArray, multiply_columns, scale_column

Flags = npt.NDArray[np.bool_]


def payment_standard(base_rate: FenArray, weight_e4: FenArray, factor_e4: FenArray) -> FenArray:
    """Return base rate x weight x institution coefficient: the payment standard S."""
    return scale_column(base_rate, weight_e4, factor_e4)


def exceeds(cost: FenArray, standard: FenArray, threshold_e4: FenArray | int, *, or_equals: bool) -> Flags:
    """Return whether cost / standard is above a threshold, without dividing."""
    left, right = _compared(cost, standard, threshold_e4)
    return left >= right if or_equals else left > right


def falls_below(cost: FenArray, standard: FenArray, threshold_e4: int, *, or_equals: bool) -> Flags:
    """Return whether cost / standard is below a threshold, without dividing."""
    left, right = _compared(cost, standard, threshold_e4)
    return left <= right if or_equals else left < right


def excess_over_threshold(cost: FenArray, standard: FenArray, threshold_e4: FenArray) -> FenArray:
    """Return S x [1 + (cost / S - threshold)]: the standard and the cost beyond the threshold.

    The cost between the standard and the threshold stays with the hospital.
    """
    return cost - scale_column(standard, threshold_e4 - E4)


def fund_part_by_item(total: FenArray, outside_scope: FenArray, deductible: FenArray, ratio_e4: FenArray) -> FenArray:
    """Return what the fund would pay by item: (total - outside scope - deductible) x ratio, not below zero.

    Args:
        total: Total cost.
        outside_scope: Fully self-paid, first self-pay and over-limit amounts together.
        deductible: The deductible of this stay.
        ratio_e4: The policy's ratio for this insurance type and level.
    """
    return scale_column(np.maximum(0, total - outside_scope - deductible), ratio_e4)


def fund_part_on_standard(
    payable: FenArray, outside_scope: FenArray, deductible: FenArray, ratio_e4: FenArray
) -> FenArray:
    """Return method A: (payable - outside scope - deductible) x ratio; may be negative."""
    return scale_column(payable - outside_scope - deductible, ratio_e4)


def fund_part_less_patient(payable: FenArray, patient: FenArray) -> FenArray:
    """Return method B: payable less the patient's burden; may be negative."""
    return payable - patient


def _compared(cost: FenArray, standard: FenArray, threshold_e4: FenArray | int) -> tuple[FenArray, FenArray]:
    threshold = np.asarray(threshold_e4, dtype=np.int64)
    return multiply_columns(cost, np.asarray(E4, dtype=np.int64)), multiply_columns(standard, threshold)
