"""Weights: measured (payment-formulas §2), loaded, and borrowed."""

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.core.errors import Problems, TongchouError
from tongchou.grouping.schemes.library import find_tables
from tongchou.payment.measuring import group_years
from tongchou.payment.weights import (
    GroupWeight,
    GroupYear,
    complete,
    measure,
    nearest_neighbour,
    normalising_factor,
    read_weight_table,
)
from tongchou.store.engines import open_engine

THIRTEEN = [6_200, 6_900, 7_400, 8_000, 8_300, 8_600, 8_800, 9_100, 9_400, 9_800, 10_100, 11_200, 39_000]


def _figures(costs: dict[str, list[int]], **changes: int) -> list[GroupYear]:
    rows = [
        {"case_id": f"{drg}{number}", "drg": drg, "year": 2025, "los_days": 5, "total_fen": yuan * 100}
        for drg, yuans in costs.items()
        for number, yuan in enumerate(yuans)
    ]
    schema = pa.schema(
        [("case_id", pa.string()), ("drg", pa.string()), ("year", pa.int64()), ("los_days", pa.int64()),
         ("total_fen", pa.int64())]
    )  # fmt: skip
    parameters = {"max_los_days": 60, "min_cost_fen": 500, "iqr_multiplier_e4": 15_000, "min_cases": 5} | changes
    with open_engine("duckdb") as engine:
        frame = engine.local(pa.Table.from_pylist(rows, schema=schema))
        return group_years(engine, frame, year_weights={2025: 1}, **parameters)


def test_the_thirteen_cases_lose_their_outlier_to_the_interquartile_fences() -> None:
    (year,) = _figures({"AA11": THIRTEEN})
    assert (year.all_count, year.case_count, year.cost_fen) == (13, 12, 10_380_000)
    assert Fraction(year.cost_fen, year.case_count) == 865_000
    measured = measure([year], 5).weights["AA11"]
    assert measured.cv_e4 == 1_631  # 0.163 in payment-formulas §2.4


def test_a_cost_on_the_fence_is_kept() -> None:
    (year,) = _figures({"AA11": [*THIRTEEN[:-1], 12_500]})
    assert year.case_count == 13


def test_long_stays_and_trifling_costs_are_excluded_from_measuring_only() -> None:
    (year,) = _figures({"AA11": [100, 200, 300, 400, 500]}, min_cost_fen=10_000)
    assert (year.all_count, year.case_count) == (5, 4)


def test_groups_below_the_least_number_are_not_trimmed() -> None:
    (year,) = _figures({"AA11": [100, 100, 100, 9_000]})
    assert year.case_count == 4


def test_riv_of_the_worked_example() -> None:
    figures = _figures({"AA11": [4_000, 5_000, 6_000], "BB11": [18_000, 20_000, 22_000]})
    assert measure(figures, 1).riv_e4 == 9_712


def test_normalising_keeps_the_total_of_the_worked_example() -> None:
    weights = {"a": Fraction(66, 100), "b": Fraction(148, 100), "c": Fraction(4)}
    counts = {"a": 1_000, "b": 500, "c": 100}
    k = normalising_factor(weights, counts, Fraction(1_710))
    assert k == Fraction(95, 100)
    assert [weights[drg] * k for drg in "abc"] == [Fraction(627, 1000), Fraction(1_406, 1000), Fraction(38, 10)]


def _year(drg: str, costs: list[int], year: int = 2025, weight: int = 1) -> GroupYear:
    return GroupYear(
        drg, year, weight, len(costs), sum(costs), sum(c // 100 for c in costs), sum((c // 100) ** 2 for c in costs),
        len(costs), sum(costs),
    )  # fmt: skip


def test_years_count_by_their_weights() -> None:
    years = [_year("A", [1_250_000], 2023, 1), _year("A", [1_300_000], 2024, 2), _year("A", [1_350_000], 2025, 7)]
    assert measure(years, 1).weights["A"].mean_fen == 1_330_000  # payment-formulas §6.2


def test_a_group_with_too_few_cases_takes_its_adrg_and_says_so() -> None:
    measured = measure([_year("AA11", [100] * 9), _year("AA13", [400]), _year("BB19", [100] * 10)], 5)
    borrowed = measured.weights["AA13"]
    assert (borrowed.source, borrowed.basis, borrowed.mean_fen, borrowed.case_count) == ("adrg", "AA1", 130, 10)


def test_without_any_case_there_is_nothing_to_measure() -> None:
    with pytest.raises(TongchouError) as caught:
        measure([], 5)
    assert caught.value.code == "payment.no_cases"


COSTS = st.dictionaries(
    st.sampled_from(["AA11", "AA13", "AA15", "BB19", "CC11", "CC15"]),
    st.lists(st.integers(6, 50_000), min_size=1, max_size=25),
    min_size=1,
)


@settings(max_examples=30, deadline=None)
@given(COSTS)
def test_measured_weights_are_positive_and_have_a_mean_of_one_over_kept_cases(costs: dict[str, list[int]]) -> None:
    figures = _figures(costs)
    measured = measure(figures, 5)
    kept = sum(year.case_count for year in figures)
    total = sum(measured.weights[year.drg].weight_e4 * year.case_count for year in figures)
    assert all(weight.weight_e4 > 0 for weight in measured.weights.values())
    assert abs(total - 10_000 * kept) <= kept  # each weight is rounded to four decimals
    assert set(measured.weights) == set(costs)


@settings(max_examples=20, deadline=None)
@given(COSTS, st.randoms(use_true_random=False))
def test_the_order_of_cases_changes_no_weight(costs: dict[str, list[int]], random: object) -> None:
    shuffled = {drg: random.sample(many, len(many)) for drg, many in costs.items()}  # type: ignore[attr-defined]
    assert _figures(costs) == _figures(shuffled)


def test_a_table_is_read_exactly() -> None:
    table = read_weight_table("drg,weight,name\nAA19,18.2858,心脏移植\n", "t")
    assert table == {"AA19": GroupWeight("AA19", 182_858, "table", "t")}


@pytest.mark.parametrize("label", ["F19", "E11", "K25", "E78"])
def test_a_free_label_is_neither_refused_for_its_shape_nor_taken_for_a_group_of_the_scheme(label: str) -> None:
    # C22: such labels look like diagnoses. A local table may use them; no group of CHS-DRG is called so.
    assert set(read_weight_table(f"drg,weight\n{label},1.2\n", "t")) == {label}
    tables = find_tables("chs-drg-category").tables
    named = {row[name] for name in ("adrg", "drg") for row in tables[f"{name}.csv"]}
    assert len(named) > 600
    assert label not in named


def test_every_bad_row_of_a_table_is_reported() -> None:
    with pytest.raises(Problems) as caught:
        read_weight_table("drg,weight\nAA19,0\n,1\nBB19,x\nCC19,1\nCC19,2\nDD19,1.23456\n", "t")
    assert [problem.where for problem in caught.value.problems] == ["t:2", "t:3", "t:4", "t:6", "t:7"]


def test_a_table_without_its_columns_is_refused() -> None:
    with pytest.raises(Problems):
        read_weight_table("code,rw\n", "t")


TABLE = {code: GroupWeight(code, weight, "table", "t") for code, weight in [("ES11", 9), ("ES15", 5), ("AA19", 7)]}


def test_a_missing_group_borrows_from_the_nearest_severity_of_its_adrg() -> None:
    found = nearest_neighbour("ES13", TABLE)
    assert found is not None
    assert (found.drg, found.weight_e4, found.source, found.basis) == ("ES13", 5, "neighbour", "ES15")
    assert nearest_neighbour("BB19", TABLE) is None


def test_the_stated_fallback_decides_and_without_one_nothing_is_made_up() -> None:
    measured = {"BB19": GroupWeight("BB19", 3, "measured", "BB19", 8)}
    occurring = ["AA19", "BB19", "ES13"]
    assert set(complete(TABLE, occurring, None, measured)) == {"AA19"}
    assert {d: w.source for d, w in complete(TABLE, occurring, "measured", measured).items()} == {
        "AA19": "table",
        "BB19": "measured",
    }
    full = complete(TABLE, occurring, "neighbour_then_measured", measured)
    assert {drg: weight.source for drg, weight in full.items()} == {
        "AA19": "table",
        "BB19": "measured",
        "ES13": "neighbour",
    }
