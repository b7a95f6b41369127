"""The worked numbers, to the fen and to the hundredth of a point."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
import yaml
from tests.worked import CASES

from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.grouping.dip.cases import COLUMNS
from tongchou.grouping.dip.classes import classify
from tongchou.grouping.dip.figures import variation_e4, weighted_mean
from tongchou.grouping.dip.measuring import points_e2, relative_weight_e4
from tongchou.grouping.dip.points import (
    case_fen,
    case_points_e2,
    deviate,
    deviate_column,
    settlement_point_value_e4,
)
from tongchou.grouping.dip.rules import Bound, Deviation, Score
from tongchou.grouping.dip.rules_reading import national_rules

WORKED = yaml.load((CASES / "grouping" / "dip.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
CITY = Deviation(Bound("le", 4_000), Bound("ge", 25_000), Bound("gt", 50_000))
YEAR_WEIGHTS = {"2023": 1, "2024": 2, "2025": 7}


def _points(written: str) -> int:
    return yuan_to_fen(Decimal(written))


@pytest.mark.parametrize("case", WORKED["scores"], ids=str)
def test_points_of_a_group_by_the_three_methods(case: dict[str, Any]) -> None:
    # Five cases a year: a mean of yearly means does not look at how many there were.
    mean = weighted_mean((YEAR_WEIGHTS[year], 5, 5 * yuan_to_fen(yuan)) for year, yuan in case["means"].items())
    total = Fraction(yuan_to_fen(case["total"]))
    score = Score(case["method"], int(case["unit"]), False, "", yuan_to_fen(case.get("quota", "0")))
    reference = Fraction(yuan_to_fen(case["reference"])) if "reference" in case else None
    assert relative_weight_e4(mean, total) == ratio_to_e4(case["rw"])
    assert points_e2(mean, total, reference, score) == _points(case["points"])


@pytest.mark.parametrize("case", WORKED["point_values"], ids=str)
def test_settlement_point_value(case: dict[str, str]) -> None:
    value = settlement_point_value_e4(yuan_to_fen(case["fund"]), ratio_to_e4(case["ratio"]), _points(case["points"]))
    assert value == ratio_to_e4(case["value"])


@pytest.mark.parametrize("case", WORKED["deviations"], ids=str)
def test_what_a_deviating_cost_is_paid(case: dict[str, str]) -> None:
    found = deviate(yuan_to_fen(case["cost"]), 1_436_400, national_rules().deviation)
    points = case_points_e2(140_000, found.coefficient_e4)
    assert (found.ratio_e4, found.band) == (ratio_to_e4(case["x"]), case["band"])
    assert points == _points(case["points"])
    assert case_fen(points, 106_250, 10_800) == yuan_to_fen(case["yuan"])


def _bounds(name: str, deviation: Deviation) -> list[tuple[dict[str, str], Deviation]]:
    return [(case, deviation) for case in WORKED[name]]


@pytest.mark.parametrize(
    ("case", "deviation"), _bounds("bounds", national_rules().deviation) + _bounds("city", CITY), ids=str
)
def test_the_bounds_are_met_exactly(case: dict[str, str], deviation: Deviation) -> None:
    cost = yuan_to_fen(case["cost"])
    found = deviate(cost, 1_000_000, deviation)
    assert (found.coefficient_e4, found.band) == (ratio_to_e4(case["coefficient"]), case["band"])
    column = deviate_column(
        pl.DataFrame({"total_fen": [cost, None, cost, cost], "level_mean_fen": [1_000_000, 1_000_000, None, 0]}),
        deviation,
    )
    assert column.row(0) == (found.ratio_e4, found.band, found.coefficient_e4)
    assert column.row(1) == column.row(2) == (None, None, None)
    assert column.row(3) == (0, "normal", 10_000)


@pytest.mark.parametrize("case", WORKED["variations"], ids=lambda case: case["cv"])
def test_the_coefficient_of_variation(case: dict[str, Any]) -> None:
    costs = [int(cost) for cost in case["costs"]]
    assert variation_e4(len(costs), sum(costs), sum(cost * cost for cost in costs)) == ratio_to_e4(case["cv"])


def test_one_case_and_a_group_without_cost_do_not_vary() -> None:
    assert variation_e4(1, 5, 25) == variation_e4(3, 0, 0) == 0


@pytest.mark.parametrize("case", WORKED["classes"], ids=lambda case: str(case["case"]))
def test_the_class_in_every_auxiliary_catalogue(case: dict[str, dict[str, str]]) -> None:
    given = case["case"]
    row = {name: given.get(name) for name in COLUMNS if name != "diagnoses"}
    frame = pl.DataFrame([row], schema=dict.fromkeys(row, pl.String)).with_columns(
        pl.col(name).cast(COLUMNS[name]) for name in row if COLUMNS[name] == pl.Int64
    )
    cases = frame.with_columns(pl.Series("row", [0], pl.UInt32), pl.lit(1_000_000, pl.Int64).alias("mean_fen"))
    diagnoses = pl.DataFrame(
        {"row": [0], "diagnoses": [given["diagnoses"].split()]}, schema_overrides={"row": pl.UInt32}
    )
    rules = national_rules()
    found = classify(cases, diagnoses, rules).row(0, named=True)
    classes = {each.name: found[each.name] for each in rules.auxiliaries}
    assert classes == dict.fromkeys(classes) | case["expected"]


def test_the_default_rules_carry_the_figures_that_the_documents_state() -> None:
    rules, stated = national_rules(), WORKED["settings"]
    assert {str(year): str(weight) for year, weight in rules.year_weights.items()} == stated["year_weights"]
    assert (str(rules.core.cases), str(rules.mixed.cases)) == (stated["core_cases"], stated["mixed_cases"])
    assert rules.related_raise_e4 == ratio_to_e4(stated["related_raise"])
    assert rules.drift_share_e4 == ratio_to_e4(stated["drift_share"])
    (cci,) = (each for each in rules.auxiliaries if each.name == "cci")
    factors = {each.name: each.factor_e4 for each in cci.classes}
    assert factors == {name: ratio_to_e4(factor) for name, factor in stated["cci"].items()}
    gate, watch = stated["gate"], stated["watch"]
    assert (rules.gate.cv_e4, rules.gate.reduction_e4) == (ratio_to_e4(gate["cv"]), ratio_to_e4(gate["reduction"]))
    for name in ("low_standard", "over_long"):
        assert list(getattr(rules.watch, f"{name}_e4")) == [ratio_to_e4(each) for each in watch[name]]
    assert rules.watch.mortality_below_e4 == ratio_to_e4(watch["mortality_below"])
    for name in ("readmission_days", "extreme_sigma", "upcoding_sigma"):
        assert str(getattr(rules.watch, name)) == watch[name]
