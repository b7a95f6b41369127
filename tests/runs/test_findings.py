"""What is found out about cases before they are priced, where the data or the order of stays are odd."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.runs.agreeing import write_values
from tests.runs.conftest import settle_region
from tests.runs.test_settle import rows_of

from tongchou.core.errors import TongchouError
from tongchou.intake import take_in
from tongchou.policy import PolicyView
from tongchou.runs.findings import _readmissions
from tongchou.runs.frames import Facts
from tongchou.runs.region import Period, Region
from tongchou.schema.results import PRICED
from tongchou.schema.tables import CASES
from tongchou.store.engines import open_engine


def hand_in(region: Region, table: str, text: str) -> None:
    """Take in one more file of a table."""
    file = Path(region.folder / "landing" / f"{table}-more.csv")
    file.write_text(text, encoding="utf-8")
    with open_engine("duckdb") as engine:
        report = take_in([file], region.lake, engine)
    assert report.tables[0].set_aside_count == 0


def test_new_technologies_that_cost_as_much_as_the_case_are_paid_by_their_share(region: Region) -> None:
    case = rows_of(region, CASES).to_pylist()[0]
    write_values(region.policy_folder, {"payment/new_technology/share": "{NT1: 0.7}"})
    hand_in(region, "new_technology_uses", f"case_id,item_code,amount_fen\n{case['case_id']},NT1,{case['total_fen']}\n")
    settle_region(region)
    (row,) = (each for each in rows_of(region, PRICED).to_pylist() if each["case_id"] == case["case_id"])
    assert row["excluded_fen"] == (case["total_fen"] * 7 + 5) // 10


def test_new_technologies_that_cost_more_than_the_case_are_refused_by_its_number(region: Region) -> None:
    case = rows_of(region, CASES).to_pylist()[0]
    write_values(region.policy_folder, {"payment/new_technology/share": "{default: 0.7}"})
    uses = [f"{case['case_id']},NT1,{case['total_fen']}", f"{case['case_id']},NT2,1"]
    hand_in(region, "new_technology_uses", "\n".join(["case_id,item_code,amount_fen", *uses]) + "\n")
    with pytest.raises(TongchouError) as caught:
        settle_region(region)
    assert caught.value.code == "runs.new_technology_above_total"
    assert caught.value.where == case["case_id"]


def _came_back(view: PolicyView, region: Region, stays: Mapping[str, tuple[int, int]]) -> set[str]:
    """Return the stays of one person in one group, by days of June, after which the person came back."""
    rows = [
        {"case_id": each, "person_id": "P", "admitted_on": date(2025, 6, first), "discharged_on": date(2025, 6, last)}
        for each, (first, last) in stays.items()
    ]
    groups = [{"case_id": each, "status": "grouped", "drg": "AA11"} for each in stays]
    with open_engine("duckdb") as engine:
        facts = Facts(engine, region.lake, region.lake.snapshot())
        cases, grouped = (engine.local(pa.Table.from_pylist(each)) for each in (rows, groups))
        return set(engine.collect(_readmissions(facts, view, cases, grouped))["case_id"].to_pylist())


@pytest.mark.parametrize(
    ("stays", "paid_in_part"),
    [
        ({"A": (1, 3), "B": (10, 12), "C": (20, 22)}, {"A", "B"}),
        ({"A": (1, 9), "B": (5, 12)}, set()),
        ({"A": (1, 9), "B": (9, 12)}, {"A"}),
        ({"A": (5, 5), "B": (5, 5)}, {"A"}),
        ({"A": (5, 8), "B": (5, 5)}, {"B"}),
        ({"A": (1, 2), "B": (17, 18)}, {"A"}),
        ({"A": (1, 2), "B": (18, 18)}, set()),
    ],
)
def test_of_stays_in_one_group_the_earlier_is_paid_in_part(
    region: Region, stays: Mapping[str, tuple[int, int]], paid_in_part: set[str]
) -> None:
    write_values(region.policy_folder, {"payment/readmission/days": "15"})
    assert _came_back(region.policy().at(Period(2025).end), region, stays) == paid_in_part
