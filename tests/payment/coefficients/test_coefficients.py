"""Institution coefficients: every way by worked examples, and what holds whatever the figures."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.payment import coefficients
from tongchou.payment.coefficients.group_level import Mean
from tongchou.payment.coefficients.historic import GroupHistory

STABLE = view_with({"payment/drg/coefficient/yearly_change": "0.1", "payment/drg/coefficient/convergence_years": "4"})


def mean(written: Sequence[str]) -> Mean:
    return Mean(int(written[0]), yuan_to_fen(written[1]))


@worked("payment/coefficients/level_table.yaml")
def test_by_level_and_grade(case: Worked) -> None:
    found = coefficients.level_table(case.view, case.given["grade"])
    assert found.value_e4 == ratio_to_e4(case.expect["coefficient"])
    assert [read.key for read in found.explanation.parameters] == [f"grade={case.given['grade']}"]


@worked("payment/coefficients/historic.yaml")
def test_by_historic_cost(case: Worked) -> None:
    groups = [GroupHistory(int(n), yuan_to_fen(own), yuan_to_fen(city)) for n, own, city in case.given["groups"]]
    found = coefficients.historic(case.view, "H1", groups)
    assert found.value_e4 == ratio_to_e4(case.expect["coefficient"])
    assert bool(found.explanation.rejected) == ("moved" in case.expect)


@worked("payment/coefficients/group_level.yaml")
def test_of_a_group(case: Worked) -> None:
    found = coefficients.group_level("H1", "FM19", mean(case.given["own"]), mean(case.given["city"]))
    assert found.value_e4 == ratio_to_e4(case.expect["coefficient"])


@worked("payment/coefficients/mixed.yaml")
def test_mixed_of_level_and_hospital(case: Worked) -> None:
    levels = [mean(each) for each in case.given["levels"]]
    found = coefficients.mixed(case.view, "H1", "FM19", mean(case.given["own"]), levels, mean(case.given["city"]))
    assert found.value_e4 == ratio_to_e4(case.expect["coefficient"])
    assert len(found.explanation.rejected) == int(case.expect["words"])
    assert len(found.explanation.parameters) == 5


@worked("payment/coefficients/composition.yaml")
def test_composed(case: Worked) -> None:
    parts = {part: ratio_to_e4(value) for part, value in case.given.items()}
    if "refused" in case.expect:
        with pytest.raises(Problems) as refused:
            coefficients.composition(case.view, "H1", parts)
        assert [each.code for each in refused.value.problems] == ["payment.coefficient_weights"] * 2
        return
    assert coefficients.composition(case.view, "H1", parts).value_e4 == ratio_to_e4(case.expect["coefficient"])


@worked("payment/coefficients/bonus.yaml")
def test_of_bonuses(case: Worked) -> None:
    parts = {part: ratio_to_e4(value) for part, value in case.given.items()}
    assert coefficients.bonus(case.view, "H1", parts).value_e4 == ratio_to_e4(case.expect["coefficient"])


@worked("payment/coefficients/limit_change.yaml")
def test_the_yearly_change_is_limited(case: Worked) -> None:
    measured, last = ratio_to_e4(case.given["measured"]), ratio_to_e4(case.given["last"])
    found = coefficients.limit_change(case.view, measured, last)
    assert found.value_e4 == ratio_to_e4(case.expect["coefficient"])
    assert bool(found.explanation.rejected) == ("limited" in case.expect)


@worked("payment/coefficients/converge.yaml")
def test_converging_to_one(case: Worked) -> None:
    found = coefficients.converge(case.view, ratio_to_e4(case.given["start"]), int(case.given["years"]))
    assert found.value_e4 == ratio_to_e4(case.expect["coefficient"])


@worked("payment/coefficients/level_bands.yaml")
def test_levels_that_leave_their_bands_are_warned_of(case: Worked) -> None:
    # F19 is a label of the source and no group's code; any words do.
    report = coefficients.leaving_bands(case.view, "F19", {level: yuan_to_fen(p) for level, p in case.given.items()})
    found = {each.level: each.difference_e4 for each in report.differences}
    assert found == {level: ratio_to_e4(each) for level, each in case.expect["differences"].items()}
    assert [each.level for each in report.differences if each.leaves_band] == case.expect["leaving"]
    assert len(report.explanation.rejected) == len(case.expect["leaving"])


def test_a_primary_level_group_is_paid_the_same_everywhere() -> None:
    assert coefficients.same_price("ES31").value_e4 == 10_000


def test_what_there_is_nothing_to_measure_by_is_refused() -> None:
    view = view_with({"payment/drg/coefficient/band/base": "secondary"})
    for measure in (
        lambda: coefficients.historic(view, "H1", []),
        lambda: coefficients.mixed(view, "H1", "FM19", Mean(0, 0), [], Mean(0, 0)),
        lambda: coefficients.leaving_bands(view, "F19", {"tertiary": 1}),
    ):
        with pytest.raises(TongchouError, match=r"payment\.no_coefficient_basis"):
            measure()


def test_a_part_that_is_missing_is_not_zero() -> None:
    with pytest.raises(TongchouError) as refused:
        coefficients.bonus(view_with({}), "H1", {"cmi": 1, "luck": 2})
    assert refused.value.code == "payment.coefficient_parts"
    assert "luck" in refused.value.where
    assert "specialty" in refused.value.where


@given(measured=st.integers(1_000, 40_000), last=st.integers(3_000, 20_000))
def test_a_limited_coefficient_lies_between_the_measured_and_last_years(measured: int, last: int) -> None:
    value = coefficients.limit_change(STABLE, measured, last).value_e4
    assert min(measured, last) <= value <= max(measured, last)
    assert abs(value - last) * 10 <= last + 5


@given(start=st.integers(3_000, 20_000), years=st.integers(0, 6))
def test_every_step_comes_nearer_to_one(start: int, years: int) -> None:
    now, then = (coefficients.converge(STABLE, start, each).value_e4 for each in (years, years + 1))
    assert abs(then - 10_000) <= abs(now - 10_000)
    assert coefficients.converge(STABLE, start, 4).value_e4 == 10_000
