"""The point value that a year begins with."""

import pytest
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_e4, ratio_to_e4, yuan_to_fen
from tongchou.payment.cases.budget_value import GroupVolume, budget_point_value


@worked("payment/budget_value.yaml")
def test_the_weighted_mean_cost_over_all_points(case: Worked) -> None:
    cost = {int(year): yuan_to_fen(amount) for year, amount in case.given["cost"].items()}
    groups = {
        name: GroupVolume(ratio_to_e4(own["points"]), int(own["cases"])) for name, own in case.given["groups"].items()
    }
    found = budget_point_value(case.view, "employee", cost, groups)
    assert (format_e4(found.value_e4), found.cost_fen) == (case.expect["value"], yuan_to_fen(case.expect["cost"]))
    assert len(found.step.parameters) == len(cost)


def test_no_points_and_no_weights_are_refused() -> None:
    view = view_with({"payment/points/value/year_weights": {"default": 0}})
    with pytest.raises(TongchouError, match=r"payment\.no_points"):
        budget_point_value(view, "joint", {0: 1}, {"A": GroupVolume(10_000, 0)})
    with pytest.raises(TongchouError, match=r"payment\.budget_value_weights"):
        budget_point_value(view, "joint", {0: 1}, {"A": GroupVolume(10_000, 1)})
