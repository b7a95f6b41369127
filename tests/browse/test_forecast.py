"""A year that is not over is forecast by last year's months, or evenly."""

import pytest

from tongchou.browse.budget_use import BudgetUse, use_of
from tongchou.core.text import Text

NAME = Text("某医共体", "an alliance")


def used(months: dict[int, int], before: list[int] | None = None, base: int = 1_200) -> BudgetUse:
    spent = {f"2025-{month:02d}": (fen, 0) for month, fen in months.items()}
    last = {f"2024-{number:02d}": (fen, 0) for number, fen in enumerate(before, 1)} if before else None
    return use_of("A1", NAME, base, "2025", spent, last)


def test_even_months_without_a_year_before() -> None:
    seen = used({1: 100, 2: 120, 3: 80})
    assert (seen.forecast.basis, seen.forecast.used_fen, seen.forecast.surplus_fen) == ("even", 1_200, 0)


def test_last_years_months_weigh_those_to_come() -> None:
    seen = used({1: 100, 2: 100}, [50, 50, *[100] * 10])
    assert (seen.forecast.basis, seen.forecast.used_fen) == ("last_year", 2_200)
    assert seen.forecast.surplus_fen == -1_000


def test_a_whole_year_is_not_forecast() -> None:
    seen = used(dict.fromkeys(range(1, 13), 90))
    assert (seen.forecast.basis, seen.forecast.used_fen, seen.forecast.surplus_fen) == ("whole_year", 1_080, 120)


def test_months_to_come_have_no_use_and_all_months_a_part_of_the_budget() -> None:
    seen = used({1: 100, 2: 100}, base=1_000)
    assert [month.used_fen for month in seen.months[:4]] == [100, 200, None, None]
    assert sum(month.budget_fen for month in seen.months) == 1_000
    assert seen.months[-1].allowed_fen == 1_000


@pytest.mark.parametrize("before", [[0] * 12, [10] * 11])
def test_a_last_year_that_cannot_weigh_is_left_out(before: list[int]) -> None:
    assert used({1: 100}, before).forecast.basis == "even"
