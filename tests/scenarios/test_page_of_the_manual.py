"""The manual names every key that a scenario file knows."""

from pathlib import Path

import pytest

from tongchou.scenarios.risk_order import FIGURES
from tongchou.scenarios.search_order import CONSTRAINT_KEYS, UNKNOWNS

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*FIGURES, *UNKNOWNS, *CONSTRAINT_KEYS])
def test_the_manual_names(name: str) -> None:
    assert f"`{name}" in PAGE


@pytest.mark.parametrize("figures", [*FIGURES.values(), *CONSTRAINT_KEYS.values()])
def test_the_manual_names_the_figures_of(figures: tuple[str, ...]) -> None:
    assert all(figure in PAGE for figure in figures)
