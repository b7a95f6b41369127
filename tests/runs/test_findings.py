"""What is found out about cases before they are priced, where the data or the order of stays are odd."""

from pathlib import Path

import pytest
from tests.runs.agreeing import write_values
from tests.runs.conftest import settle_region
from tests.runs.test_settle import rows_of

from tongchou.core.errors import TongchouError
from tongchou.intake import take_in
from tongchou.runs.region import Region
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
