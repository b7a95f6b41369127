"""Exact money: scaling, rounding and splitting."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.core.money import (
    divide_column_half_up,
    divide_half_up,
    format_yuan,
    ratio_to_e4,
    scale,
    scale_column,
    split_largest_remainder,
    yuan_to_fen,
)

FEN = st.integers(-(10**11), 10**11)
SHARES = st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any)


def test_a_synergy_bonus_of_five_percent_is_rounded_half_up() -> None:
    assert scale(1_635_290, 500) == 81_765  # 16,352.90 x 5 % = 817.645 -> 817.65


def test_halves_go_away_from_zero_in_both_directions() -> None:
    assert [divide_half_up(n, 2) for n in (-3, -1, 1, 3)] == [-2, -1, 1, 2]


@given(st.lists(FEN, max_size=20), st.integers(0, 10**6))
def test_the_column_form_equals_the_single_form(amounts: list[int], ratio: int) -> None:
    column = scale_column(np.array(amounts, dtype=np.int64), ratio)
    assert column.tolist() == [scale(amount, ratio) for amount in amounts]


@given(st.lists(st.tuples(st.integers(-(10**17), 10**17), st.integers(1, 10**9)), max_size=20))
def test_column_division_rounds_like_single_division(pairs: list[tuple[int, int]]) -> None:
    numerators = np.array([n for n, _ in pairs], dtype=np.int64)
    denominators = np.array([d for _, d in pairs], dtype=np.int64)
    assert divide_column_half_up(numerators, denominators).tolist() == [divide_half_up(n, d) for n, d in pairs]


def test_a_product_beyond_64_bits_is_refused_not_wrapped() -> None:
    with pytest.raises(TongchouError) as caught:
        scale_column(np.array([10**15], dtype=np.int64), 10**5)
    assert caught.value.code == "money.overflow"


@given(FEN, SHARES)
def test_parts_of_a_split_sum_to_the_whole(total: int, shares: list[int]) -> None:
    parts = split_largest_remainder(total, dict(enumerate(shares)))
    assert sum(parts.values()) == total


@given(FEN, SHARES)
def test_a_part_is_never_more_than_a_fen_from_its_exact_share(total: int, shares: list[int]) -> None:
    parts = split_largest_remainder(total, dict(enumerate(shares)))
    assert all(abs(parts[i] * sum(shares) - total * share) < sum(shares) for i, share in enumerate(shares))


def test_the_worked_split_of_twelve_million() -> None:
    assert split_largest_remainder(1_200_000_000, {"primary": 6, "lead": 3, "reserve": 1}) == {
        "primary": 720_000_000,
        "lead": 360_000_000,
        "reserve": 120_000_000,
    }


def test_an_odd_fen_goes_to_the_first_of_equals() -> None:
    assert split_largest_remainder(100, {"a": 1, "b": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}


@pytest.mark.parametrize("shares", [{}, {"a": 0}, {"a": -1, "b": 2}])
def test_a_split_without_positive_shares_is_refused(shares: dict[str, int]) -> None:
    with pytest.raises(TongchouError) as caught:
        split_largest_remainder(1, shares)
    assert caught.value.code == "money.no_shares"


def test_yuan_with_a_fraction_of_a_fen_are_refused() -> None:
    assert yuan_to_fen("12.30") == 1230
    with pytest.raises(TongchouError) as caught:
        yuan_to_fen("12.305")
    assert caught.value.code == "money.fraction_of_fen"


def test_a_ratio_finer_than_four_decimals_is_refused() -> None:
    assert ratio_to_e4(Decimal("0.95")) == 9500
    with pytest.raises(TongchouError):
        ratio_to_e4("0.00005")


def test_amounts_are_written_with_separators_and_two_decimals() -> None:
    assert format_yuan(-123_456_789) == "-1,234,567.89"
