"""Points of grouped cases: auxiliary factors, deviation; clues about hospitals."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from tests.grouping.dip.making import changed_rules, made_cases

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import explanation_as_text
from tongchou.grouping.dip.building import build_catalogue
from tongchou.grouping.dip.explain import explain_dip
from tongchou.grouping.dip.grouper import DipGrouper
from tongchou.grouping.dip.watch import watch_hospitals

RULES = changed_rules(("threshold: 15 ", "threshold: 3 "), ("minimum: 5 ", "minimum: 2 "))


def _wide() -> pl.DataFrame:
    """Return a group whose costs age and comorbidity both split: 1,000 yuan, or 10,000 for sick children."""
    rows = [("K35.800", "", 1_000)] * 10 + [("K35.800 I50.900", "", 10_000)] * 5
    return made_cases(rows, age_years=[30] * 10 + [3] * 5, level=["primary"] * 15, los_days=[4] * 15)


def test_of_several_factors_the_highest_is_taken() -> None:
    grouper = DipGrouper(build_catalogue(_wide(), RULES))
    grouped = grouper.group(_wide())
    # The index gives 1.1 as the rules state; age and severity give 10,000 / 4,000: the first by name is told.
    factors = grouped.select("auxiliary", "class", "factor_e4").unique().sort("factor_e4").rows()
    assert factors == [("cci", "none", 10_000), ("age", "1-6", 25_000)]
    said = explanation_as_text(explain_dip(grouper, _wide().tail(1)), "en")
    assert "Auxiliary catalogues: the highest, 2.5000" in said
    assert "Charlson-type index: general: 1.1000" in said


def test_points_are_score_times_factor_times_coefficient() -> None:
    grouper = DipGrouper(build_catalogue(_wide(), RULES))
    rows = [("K35.800", "", yuan) for yuan in (1_000, 4_000, 9_000, 21_000)]
    cases = made_cases(rows, age_years=[3, 40, 40, 40], level=["primary"] * 4)
    grouped = grouper.group(cases)
    assert grouped.get_column("level_mean_fen").to_list() == [400_000] * 4
    assert grouped.select("ratio_e4", "band", "coefficient_e4").rows() == [
        (2_500, "low", 2_500),
        (10_000, "normal", 10_000),
        (22_500, "high", 12_500),
        (52_500, "panel", 42_500),
    ]
    # The group's score is 1,000 points.
    assert grouped.get_column("points_e2").to_list() == [62_500, 100_000, 125_000, 425_000]


def test_without_a_level_the_deviation_is_unknown_and_said_to_be() -> None:
    grouper = DipGrouper(build_catalogue(_wide(), RULES))
    case = made_cases([("K35.800", "", 1)], age_years=[40])
    grouped = grouper.group(case)
    assert grouped.select("ratio_e4", "band", "coefficient_e4", "points_e2").rows() == [(None, None, None, 100_000)]
    assert "费用偏差：不判断" in explanation_as_text(explain_dip(grouper, case), "zh")


def _stays(*stays: tuple[str, str, int, int, int, str]) -> pl.DataFrame:
    """Return cases: hospital, person, yuan, day of admission, days in hospital, way of discharge."""
    start = date(2025, 1, 1)
    columns: dict[str, list[Any]] = {
        "institution_id": [stay[0] for stay in stays],
        "person_id": [stay[1] for stay in stays],
        "admitted_on": [start + timedelta(days=stay[3]) for stay in stays],
        "discharged_on": [start + timedelta(days=stay[3] + stay[4]) for stay in stays],
        "los_days": [stay[4] for stay in stays],
        "discharge_way": [stay[5] for stay in stays],
    }
    return made_cases([("K35.800", "", stay[2]) for stay in stays], **columns)


def _clues(*stays: tuple[str, str, int, int, int, str]) -> dict[str, dict[str, int]]:
    catalogue = build_catalogue(_stays(*[("H", f"P{n}", 1_000, 0, 10, "home") for n in range(40)]), RULES)
    cases = _stays(*stays)
    clues = watch_hospitals(cases, DipGrouper(catalogue).group(cases), catalogue)
    return {row["institution_id"]: row for row in clues.iter_rows(named=True)}


def test_a_return_within_31_days_of_leaving_is_a_readmission() -> None:
    clues = _clues(
        ("A", "P1", 1_000, 0, 10, "home"),
        ("A", "P1", 1_000, 41, 10, "home"),  # 31 days after leaving
        ("B", "P2", 1_000, 0, 10, "home"),
        ("B", "P2", 1_000, 42, 10, "home"),  # 32
        ("C", "P3", 1_000, 0, 10, "home"),
        ("D", "P3", 1_000, 12, 10, "home"),  # another hospital
    )
    assert {name: row["readmission"] for name, row in clues.items()} == {"A": 1, "B": 0, "C": 0, "D": 0}
    assert clues["A"]["points_per_case_e4"] == 5_000


@pytest.mark.parametrize(("yuan", "points"), [(299, 3), (300, 2), (499, 2), (500, 1), (699, 1), (700, 0)])
def test_a_low_cost_is_graded(yuan: int, points: int) -> None:
    clue = _clues(("A", "P", yuan, 0, 10, "home"))["A"]
    assert (clue["low_standard"], clue["points"]) == (int(points > 0), points)


@pytest.mark.parametrize(("days", "points"), [(15, 0), (16, 1), (20, 1), (21, 2), (30, 2), (31, 3)])
def test_a_long_stay_is_graded(days: int, points: int) -> None:
    clue = _clues(("A", "P", 1_000, 0, days, "home"))["A"]
    assert (clue["over_long"], clue["points"]) == (int(points > 0), points)


def test_a_death_in_a_group_of_low_mortality_is_a_clue() -> None:
    assert _clues(("A", "P", 1_000, 0, 10, "death"))["A"]["death_risk"] == 1


def test_a_cost_beyond_the_spread_of_its_group_is_a_clue() -> None:
    rows = [("H", f"P{n}", yuan, 0, 10, "home") for n, yuan in enumerate([900, 1_100] * 10)]
    catalogue = build_catalogue(_stays(*rows), RULES)
    cv = catalogue.groups.get_column("cv_e4")[0]
    assert cv == 1026
    cases = _stays(*[(name, name, yuan, 0, 10, "home") for name, yuan in (("A", 1_307), ("B", 1_308), ("C", 1_411))])
    clues = watch_hospitals(cases, DipGrouper(catalogue).group(cases), catalogue)
    assert clues.select("extreme_cost", "suspected_upcoding").rows() == [(0, 0), (1, 0), (1, 1)]


def test_watching_needs_its_columns() -> None:
    catalogue = build_catalogue(_wide(), RULES)
    with pytest.raises(TongchouError, match="institution_id"):
        watch_hospitals(_wide(), DipGrouper(catalogue).group(_wide()), catalogue)
