"""What groups cost: their own cost, their part of indirect cost, and a part for risk."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worked import Worked, view_with, worked

from tongchou.core.errors import Problems
from tongchou.core.money import format_yuan, ratio_to_e4, yuan_to_fen
from tongchou.payment.group_cost import GroupFigures, group_costs

VIEW = view_with(
    {
        "payment/group_cost/driver": {"labour": "physician_hours"},
        "payment/group_cost/risk_by": "cost",
        "payment/group_cost/risk_ratio": "0.10",
    }
)
FIGURES = GroupFigures(100, 10_000, {"physician_hours": 3})


@worked("payment/group_cost.yaml")
def test_a_group_costs_its_own_its_part_of_the_pools_and_its_risk(case: Worked) -> None:
    groups = {
        name: GroupFigures(
            yuan_to_fen(own["direct"]),
            ratio_to_e4(own["weight"]),
            {driver: int(units) for driver, units in own["units"].items()},
        )
        for name, own in case.given["groups"].items()
    }
    pools = {name: yuan_to_fen(amount) for name, amount in case.given["pools"].items()}
    costs = group_costs(case.view, groups, pools, yuan_to_fen(case.given["base_rate"]))
    assert costs.keys() == case.expect.keys()
    for name, expected in case.expect.items():
        cost, wanted = costs[name], {each: yuan_to_fen(amount) for each, amount in expected.items()}
        assert {**cost.indirect_fen, "risk": cost.risk_fen, "total": cost.total_fen} == {
            each: amount for each, amount in wanted.items() if each != "rejected"
        }
        assert format_yuan(wanted["rejected"]) in cost.step.rejected[0].en
        assert {read.name.rpartition("/")[2] for read in cost.step.parameters} == {"driver", "risk_by", "risk_ratio"}


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any), st.integers(0, 10**12))
def test_the_parts_of_a_pool_sum_to_it(units: list[int], pool: int) -> None:
    groups = {str(number): replace(FIGURES, units={"physician_hours": each}) for number, each in enumerate(units)}
    costs = group_costs(VIEW, groups, {"labour": pool}, 1)
    assert sum(cost.indirect_fen["labour"] for cost in costs.values()) == pool


def test_a_group_whose_units_are_not_given_is_refused_and_all_such_groups_are_named() -> None:
    groups = {"A": replace(FIGURES, units={}), "B": FIGURES, "C": replace(FIGURES, units={"exam_count": 1})}
    with pytest.raises(Problems) as refused:
        group_costs(VIEW, groups, {"labour": 5}, 1)
    assert [each.where for each in refused.value.problems] == ["A: physician_hours", "C: physician_hours"]
