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


@worked("payment/weight_moments.yaml")
def test_mean_deviation_and_quartiles(case: Worked) -> None:
    costs = [yuan_to_fen(each) for each in case.given["costs"]]
    mean = adjustment.mean_cost(costs)
    found = {
        "mean": round_half_up(mean),
        "deviation": round_half_up(adjustment.plain_deviation_fences(costs, 1).high - mean),
        "first_quartile": adjustment.quantile(costs, Fraction(1, 4)),
        "third_quartile": adjustment.quantile(costs, Fraction(3, 4)),
    }
    wanted = {name: yuan_to_fen(case.expect[name]) for name in found if name in case.expect}
    assert {name: found[name] for name in wanted} == wanted
    assert adjustment.variation_e4(costs) == ratio_to_e4(case.expect["variation"])


@worked("payment/variance_explained.yaml")
def test_the_part_of_the_variance_that_groups_explain(case: Worked) -> None:
    groups = [[yuan_to_fen(each) for each in costs] for costs in case.given["groups"]]
    total, within = Fraction(case.expect["total"]), Fraction(case.expect["within"])
    assert sum(map(_squares, groups)) == within
    assert _squares([cost for costs in groups for cost in costs]) == total
    assert adjustment.variance_explained_e4(groups) == ratio_to_e4(case.expect["riv"])
    assert adjustment.variance_explained_e4(groups) == round_half_up((1 - within / total) * 10_000)


def test_where_nothing_varies_nothing_is_explained() -> None:
    assert adjustment.variance_explained_e4([[5, 5], [5]]) == 0


def _squares(costs_fen: list[int]) -> Fraction:
    """Return the sum of squared deviations in square yuan."""
    mean = adjustment.mean_cost(costs_fen)
    return sum(((cost - mean) / 100) ** 2 for cost in costs_fen)  # type: ignore[return-value]


@worked("payment/structure_weight.yaml")
def test_a_weight_by_cost_structure(case: Worked) -> None:
    group, overall = (
        {name: yuan_to_fen(each) for name, each in zip(COST_CLASSES, case.given[key], strict=True)}
        for key in ("group", "overall")
    )
    shares = {name: ratio_to_e4(each) for name, each in zip(COST_CLASSES, case.given["shares"], strict=True)}
    assert adjustment.structure_weight(group, overall, shares) == ratio_to_e4(case.expect["weight"])
    for name, ratio in zip(COST_CLASSES, case.expect.get("ratios", ()), strict=False):
        alone = dict.fromkeys(COST_CLASSES, 0) | {name: 10_000}
        assert adjustment.structure_weight(group, overall, alone) == ratio_to_e4(ratio)


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


@worked("payment/weight_normalising.yaml")
def test_weights_are_normalised_to_the_total_before(case: Worked) -> None:
    counts = {group: int(row[0]) for group, row in case.given["groups"].items()}
    before, after = ({group: ratio_to_e4(row[at]) for group, row in case.given["groups"].items()} for at in (1, 2))
    found = adjustment.normalise(before, after, counts)
    assert found.factor == Fraction(case.expect["factor"])
    assert found.weights_e4 == {group: ratio_to_e4(weight) for group, weight in case.expect["weights"].items()}
    for weights, total in ((before, "before"), (after, "after"), (found.weights_e4, "total")):
        assert sum(counts[group] * weight for group, weight in weights.items()) == ratio_to_e4(case.expect[total])


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
