"""Other ways of measuring weights, by the worked numbers of the field."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worked import Worked, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import ratio_to_e4, round_half_up, yuan_to_fen
from tongchou.payment import weight_adjustment as adjustment
from tongchou.payment.weight_adjustment import COST_CLASSES, Fences

WAYS = {
    "iqr": lambda costs: adjustment.iqr_fences(costs, 15_000),
    "log_deviation": lambda costs: adjustment.log_deviation_fences(costs, 3),
    "plain_deviation": lambda costs: adjustment.plain_deviation_fences(costs, 3),
    "percentile": lambda costs: adjustment.percentile_fences(costs, 250, 9_750, 5),
}


@worked("payment/weight_trimming.yaml")
def test_trimming(case: Worked) -> None:
    costs = [yuan_to_fen(each) for each in case.given["costs"]]
    fences = WAYS[case.given["way"]](costs)
    kept = fences.keep(costs)
    found = {
        "low": round_half_up(fences.low),
        "high": round_half_up(fences.high),
        "mean": round_half_up(adjustment.mean_cost(kept)),
    }
    wanted = {name: yuan_to_fen(case.expect[name]) for name in found if name in case.expect}
    assert {name: found[name] for name in wanted} == wanted
    assert len(kept) == int(case.expect["kept"])
    if "variation" in case.expect:
        assert adjustment.variation_e4(kept) == ratio_to_e4(case.expect["variation"])


def test_mean_and_variation_before_trimming() -> None:
    yuan = [6200, 6900, 7400, 8000, 8300, 8600, 8800, 9100, 9400, 9800, 10100, 11200, 39000]
    costs = [each * 100 for each in yuan]
    assert round_half_up(adjustment.mean_cost(costs)) == 1_098_462
    assert adjustment.variation_e4(costs) == 7_761


def test_two_groups_explain_097_of_the_variance() -> None:
    groups = [[400_000, 500_000, 600_000], [1_800_000, 2_000_000, 2_200_000]]
    assert adjustment.variance_explained_e4(groups) == 9_712
    assert adjustment.variance_explained_e4([[5, 5], [5]]) == 0


@worked("payment/structure_weight.yaml")
def test_a_weight_by_cost_structure(case: Worked) -> None:
    group, overall = (
        {name: yuan_to_fen(each) for name, each in zip(COST_CLASSES, case.given[key], strict=True)}
        for key in ("group", "overall")
    )
    shares = {name: ratio_to_e4(each) for name, each in zip(COST_CLASSES, case.given["shares"], strict=True)}
    assert adjustment.structure_weight(group, overall, shares) == ratio_to_e4(case.expect["weight"])


def test_a_structure_that_is_not_whole_is_refused() -> None:
    ones, shares = dict.fromkeys(COST_CLASSES, 100), dict.fromkeys(COST_CLASSES, 2_000)
    for group, overall, parts in (
        ({"medical": 1}, ones, shares),
        (ones, ones, shares | {"medical": 2_001}),
        (ones, ones | {"nursing": 0}, shares),
    ):
        with pytest.raises(TongchouError, match=r"payment\.cost_structure"):
            adjustment.structure_weight(group, overall, parts)
    # A class without a share may be without cost.
    without = shares | {"nursing": 0, "medical": 4_000}
    assert adjustment.structure_weight(ones, ones | {"nursing": 0}, without) == 10_000


def test_experts_changes_are_normalised_by_095() -> None:
    counts = {"A": 1_000, "B": 500, "C": 100}
    found = adjustment.normalise({"A": 6_000, "B": 14_200, "C": 40_000}, {"A": 6_600, "B": 14_800, "C": 40_000}, counts)
    assert found.factor == Fraction(95, 100)
    # 0.627, 1.406 and 3.800: the total is 1,710 again.
    assert found.weights_e4 == {"A": 6_270, "B": 14_060, "C": 38_000}
    assert sum(counts[group] * weight for group, weight in found.weights_e4.items()) == 17_100_000


def test_small_groups_are_not_trimmed_and_too_much_is_never_cut() -> None:
    assert adjustment.percentile_fences([1, 2, 3, 4], 250, 9_750, 5) is None
    costs = {"A": list(range(1, 101)), "B": [1, 1_000]}
    fences = {"A": Fences(Fraction(4), Fraction(98)), "B": None}
    kept = adjustment.trim_groups(costs, fences, 500)
    assert (len(kept["A"]), kept["B"]) == (95, (1, 1_000))
    with pytest.raises(TongchouError, match=r"payment\.no_trimming"):
        adjustment.trim_groups(costs, fences, 490)


def test_what_has_no_logarithm_or_no_case_is_refused() -> None:
    for measure in (
        lambda: adjustment.log_deviation_fences([100, 0], 3),
        lambda: adjustment.mean_cost([]),
        lambda: adjustment.iqr_fences([], 15_000),
    ):
        with pytest.raises(TongchouError, match=r"payment\.no_trimming"):
            measure()


costs_of = st.lists(st.integers(1, 10**9), min_size=1, max_size=30)


@given(costs=costs_of, data=st.data())
def test_fences_do_not_depend_on_the_order_of_cases(costs: list[int], data: st.DataObject) -> None:
    other = data.draw(st.permutations(costs))
    assert adjustment.iqr_fences(costs, 15_000) == adjustment.iqr_fences(other, 15_000)
    assert adjustment.quantile(costs, Fraction(0)) == min(costs)
    assert adjustment.quantile(costs, Fraction(1)) == max(costs)


@given(st.dictionaries(st.sampled_from("ABCD"), st.tuples(*[st.integers(1, 10**6)] * 3), min_size=1))
def test_a_normalised_total_differs_by_no_more_than_the_roundings(rows: dict[str, tuple[int, int, int]]) -> None:
    before, after, counts = ({group: row[at] for group, row in rows.items()} for at in range(3))
    found = adjustment.normalise(before, after, counts)
    total = sum(counts[group] * before[group] for group in rows)
    assert sum(counts[group] * after[group] for group in rows) * found.factor == total
    for group in rows:
        assert found.weights_e4[group] >= 1
        exact = after[group] * found.factor
        assert abs(found.weights_e4[group] - exact) <= Fraction(1, 2) or (exact < 1 and found.weights_e4[group] == 1)
