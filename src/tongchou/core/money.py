"""Exact money: integer fen, stated rounding, splits that sum to the whole.

Amounts are int fen (分). Ratios, weights and coefficients are scaled integers `_e4` (value x 10,000).
Every rounding here is half up on the magnitude (四舍五入), so that a correction cancels what it corrects.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

E4 = 10_000
"""The scale of a ratio, weight or coefficient in an `_e4` column."""

FenArray = npt.NDArray[np.int64]

_INT64_MAX = int(np.iinfo(np.int64).max)
_Key = TypeVar("_Key")


def yuan_to_fen(yuan: Decimal | int | str) -> int:
    """Return whole fen of an amount in yuan.

    Raises:
        TongchouError: `money.fraction_of_fen` if the amount has more than two decimals.
    """
    return _scaled(Decimal(yuan), 100, "money.fraction_of_fen", Text("金额的小数超过两位", "more than two decimals"))


def ratio_to_e4(ratio: Decimal | int | str) -> int:
    """Return a ratio, weight or coefficient times 10,000.

    Raises:
        TongchouError: `money.fraction_of_e4` if it has more than four decimals.
    """
    return _scaled(Decimal(ratio), E4, "money.fraction_of_e4", Text("比率的小数超过四位", "more than four decimals"))


def fen_to_yuan(fen: int) -> Decimal:
    """Return the amount in yuan, with two decimals."""
    return Decimal(fen).scaleb(-2)


def format_yuan(fen: int) -> str:
    """Return the amount in yuan for reading: `-1,234.56`."""
    return f"{fen_to_yuan(fen):,.2f}"


def format_ten_thousand(fen: int) -> str:
    """Return the amount in units of 10,000 yuan (万元) for reading, rounded half up to two decimals."""
    return f"{Decimal(divide_half_up(fen, 10_000)).scaleb(-2):,.2f}"


def format_e4(ratio_e4: int) -> str:
    """Return a scaled ratio as a decimal number with four decimals: `0.9500`."""
    return f"{Decimal(ratio_e4).scaleb(-4):.4f}"


def divide_half_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded half up on the magnitude; the denominator must be positive."""
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def round_half_up(value: Fraction) -> int:
    """Return the whole number nearest to a fraction, halves away from zero."""
    return divide_half_up(value.numerator, value.denominator)


def scale(fen: int, *ratios_e4: int) -> int:
    """Return an amount times one or more scaled ratios, rounded once at the end."""
    return divide_half_up(reduce(lambda product, ratio: product * ratio, ratios_e4, fen), E4 ** len(ratios_e4))


def scale_column(fen: FenArray, *ratios_e4: FenArray | int) -> FenArray:
    """Return a column of amounts times scaled ratios, rounded once: the column form of `scale`.

    Raises:
        TongchouError: `money.overflow` if a product could leave 64 bits; nothing is returned then.
    """
    product = fen
    for ratio in ratios_e4:
        product = multiply_columns(product, np.asarray(ratio, dtype=np.int64))
    return divide_column_half_up(product, np.int64(E4 ** len(ratios_e4)))


def divide_column_half_up(numerator: FenArray, denominator: FenArray | np.int64) -> FenArray:
    """Return a column of quotients rounded half up on the magnitude; denominators must be positive."""
    magnitude = np.abs(numerator)
    whole, rest = np.divmod(magnitude, denominator)
    rounded = whole + (rest >= denominator - rest)
    return np.where(numerator < 0, -rounded, rounded).astype(np.int64)


def split_largest_remainder(total_fen: int, shares: Mapping[_Key, int]) -> dict[_Key, int]:
    """Split an amount by whole-number shares so that the parts sum to it, to the fen.

    Each part is first rounded down; the fen left over go one each to the largest remainders, ties to the key
    that comes first. A negative amount is split as its magnitude is and the signs turned.

    Args:
        total_fen: The amount, fen.
        shares: Non-negative weights in any unit, at least one of them positive.

    Raises:
        TongchouError: `money.no_shares` if no share is positive, or one is negative.
    """
    whole = sum(shares.values())
    if whole <= 0 or min(shares.values()) < 0:
        raise TongchouError(
            "money.no_shares",
            what=Text("金额无法分摊", "the amount cannot be split"),
            where=", ".join(str(key) for key in shares) or "-",
            why=Text("份额须为非负数且不能全为零", "shares must not be negative and one of them must be positive"),
            remedy=Text("检查分配依据的数据", "check the figures that the split is based on"),
        )
    magnitude = abs(total_fen)
    parts = {key: magnitude * share // whole for key, share in shares.items()}
    left = magnitude - sum(parts.values())
    by_remainder = sorted(shares, key=lambda key: -(magnitude * shares[key] % whole))
    for key in by_remainder[:left]:
        parts[key] += 1
    sign = 1 if total_fen >= 0 else -1
    return {key: sign * part for key, part in parts.items()}


def multiply_columns(left: FenArray, right: FenArray) -> FenArray:
    """Return the product of two columns.

    Raises:
        TongchouError: `money.overflow` if a product could leave 64 bits.
    """
    if left.size and right.size:
        bound = int(np.abs(left).max()) * int(np.abs(right).max())
        if bound > _INT64_MAX:
            raise TongchouError(
                "money.overflow",
                what=Text("金额超出可计算范围", "an amount is too large to compute with"),
                where=f"|{int(np.abs(left).max())}| x |{int(np.abs(right).max())}|",
                why=Text("乘积超过 64 位整数", "the product would leave 64-bit whole numbers"),
                remedy=Text("检查单位（分、元）是否用错", "check whether fen and yuan were confused"),
            )
    return left * right


def _scaled(value: Decimal, factor: int, code: str, why: Text) -> int:
    scaled = value * factor
    if scaled != scaled.to_integral_value():
        raise TongchouError(
            code,
            what=Text(f"数值 {value} 不能精确表示", f"the value {value} cannot be kept exactly"),
            where=str(value),
            why=why,
            remedy=Text("按规定位数四舍五入后再填", "round it to the stated number of decimals first"),
        )
    return int(scaled)
