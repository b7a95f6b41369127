"""Alerts on one case, at two levels of cost and one of the stay."""

import pytest
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import TongchouError
from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.payment.case_alerts import CaseFigures, case_alerts


@worked("payment/case_alerts.yaml")
def test_cost_is_near_or_over_and_a_stay_is_long_by_the_bounds_and_their_operators(case: Worked) -> None:
    given = case.given
    figures = CaseFigures(
        "C1",
        yuan_to_fen(given["cost"]),
        yuan_to_fen(given["standard"]),
        int(given["days"]),
        ratio_to_e4(given["median"]),
    )
    found = case_alerts(case.view, figures)
    assert (found.cost, found.stay) == (case.expect["cost"], case.expect["stay"])
    assert len(found.step.rejected) == (found.cost == "near")
    assert len(found.step.parameters) == 6


@pytest.mark.parametrize("figures", [CaseFigures("C1", 1, 0, 1, 10_000), CaseFigures("C1", 1, 1, 1, 0)])
def test_a_case_with_nothing_to_compare_with_is_refused_and_not_in_order(figures: CaseFigures) -> None:
    with pytest.raises(TongchouError, match=r"payment\.alert_figures"):
        case_alerts(view_with({}), figures)
