"""A case beyond the cap keeps what is excluded and every factor; which points carry the institution's coefficient."""

from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from tests.payment.cases.test_rate import SCHEMA, assessor, row

from tongchou.payment.cases.methods import DrgPoints

COSTLY = row(total_fen=9_000_000, excluded_fen=1_000_000)


def _assessed(in_points: bool, **changes: object) -> dict[str, Any]:
    chosen = assessor(**changes)  # type: ignore[arg-type]
    if in_points:
        chosen = replace(chosen, method=DrgPoints(100, 1_000_000))
    batch = chosen.assess(pa.RecordBatch.from_pylist([COSTLY], schema=SCHEMA))
    (found,) = batch.to_pylist()
    assert found["case_kind"] == "high"
    assert found["discharged_on"] == date(2025, 6, 30)
    return found


@pytest.mark.parametrize(("quality_e4", "payable"), [(10_000, 2_635_290), (9_000, 2_371_761)])
def test_by_rate_the_standard_and_the_excluded_amount_times_the_factors(quality_e4: int, payable: int) -> None:
    assert _assessed(in_points=False, quality_e4={"h": quality_e4})["capped_worth"] == payable


@pytest.mark.parametrize(("quality_e4", "points_e2"), [(10_000, 24_200), (9_000, 21_780)])
def test_by_points_those_of_the_group_and_of_the_excluded_amount_times_the_factors(
    quality_e4: int, points_e2: int
) -> None:
    # 142 points of the group, and 10,000 yuan at 100 yuan a point of the mean cost.
    found = _assessed(in_points=True, quality_e4={"h": quality_e4})
    assert found["capped_worth"] == points_e2
    assert found["capped_points_e6"] == points_e2 * 10_500


@pytest.mark.parametrize(("method", "factor_e4"), [("by_item", 10_000), ("mean", 10_500)])
def test_points_of_an_unstable_group_follow_the_cost_where_it_is_paid_by_item(method: str, factor_e4: int) -> None:
    chosen = assessor(unstable_method=method, unstable_cases=30, unstable_cv_e4=10_000)
    chosen = replace(chosen, method=DrgPoints(100, 1_000_000), factor_on_cost=False)
    (found,) = chosen.assess(pa.RecordBatch.from_pylist([row()], schema=SCHEMA)).to_pylist()
    assert found["case_kind"] == "unstable"
    assert found["points_e6"] == found["worth"] * factor_e4
