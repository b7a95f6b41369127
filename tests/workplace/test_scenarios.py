"""Scenarios as acts: made, run by the desk, read as far as somebody may see them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from tests.settled_place import County, county, finished  # noqa: F401
from tests.workplace.test_policy_changes import FACTOR, code_of

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.grouping.schemes.library import scheme_folders
from tongchou.records import run_orders
from tongchou.records.models import RunOrder
from tongchou.workplace.run_ordering import order_run, ordered_run, ordered_runs, review_run
from tongchou.workplace.scenario_files import FormChange, ScenarioForm
from tongchou.workplace.scenario_orders import cancel_trial, resume_trial, trial_order
from tongchou.workplace.scenario_work import (
    make_scenario,
    result_of,
    results_beside,
    run_scenario,
    scenario_of,
    scenarios_of,
    workbook_of,
)
from tongchou.workplace.settlement_reading import runs_of

FORM = ScenarioForm(
    "primary-only",
    Text("只提高基层系数", "primary only"),
    "2025",
    [FormChange(FACTOR, "{tertiary: 1.1, secondary: 1, primary: 1}", date(2025, 1, 1), None, "试算")],
)


@pytest.mark.slow
def test_two_scenarios_are_run_compared_and_masked(
    county: County,  # noqa: F811
    finished: Callable[[RunOrder], RunOrder],  # noqa: F811
) -> None:
    place = county.place
    make_scenario(place, county.researcher, FORM)
    assert code_of(lambda: result_of(place, county.officer, "primary-only")) == "workplace.not_tried"
    listed = [(line.file.scenario_id, line.file.origin) for line in scenarios_of(place, county.supervisor)]
    assert listed == [("primary-only", "region"), ("level-factors", "example")]
    orders = [run_scenario(place, county.officer, each) for each, _ in listed]
    assert [finished(order).state for order in orders] == ["computed", "computed"]
    left, right = results_beside(place, county.officer, "primary-only", "level-factors")
    for result in (left, right):
        sections = result["sections"]
        whole = sections["institutions"]["total"]["fund_fen"]
        assert whole == sections["fund"]["total"]["fund_fen"]
        for side in ("base", "scenario", "difference"):
            assert whole[side] == sum(line["fund_fen"][side] for line in sections["institutions"]["lines"])
    assert {"responses", "risk"} <= right.keys()

    book = openpyxl.load_workbook(workbook_of(place, county.officer, "primary-only"))
    assert {"基金 Fund", "机构 Institutions"} <= set(book.sheetnames)
    # Names and small groups are hidden from research, and the workbook holds both.
    seen = result_of(place, county.researcher, "primary-only")["sections"]
    names = {line["name"]["zh"] for line in left["sections"]["institutions"]["lines"]}
    assert not names & {line["name"]["zh"] for each in ("institutions", "ranking") for line in seen[each]["lines"]}
    assert all(line["cases"]["base"] == 0 or line["cases"]["base"] >= 5 for line in seen["groups"]["lines"])
    assert seen["fund"] == left["sections"]["fund"]
    assert code_of(lambda: workbook_of(place, county.researcher, "primary-only")) == "access.refused"
    # Trials are no settlements: not listed, not reviewed.
    assert ordered_runs(place, county.officer) == []
    assert code_of(lambda: ordered_run(place, county.officer, orders[0].order_id)) == "records.not_found"
    done = trial_order(place, county.officer, orders[0].order_id)
    given = (place, county.approver, done.order_id, done.version)
    assert code_of(lambda: review_run(*given)) == "records.not_found"
    assert not [record for record, _ in runs_of(place, county.officer) if record.run_id.endswith("-trial")]
    # A damaged result is told.
    folder = next(place.region.folder.glob("scenarios/primary-only-*"))
    (folder / "result.json").write_bytes((folder / "result.json").read_bytes()[:200])
    assert code_of(lambda: result_of(place, county.officer, "primary-only")) == "workplace.bad_result"


def test_a_scenario_is_for_whom_the_rights_name(county: County) -> None:  # noqa: F811
    place = county.place
    for other in (county.hospital, county.supervisor):
        assert code_of(lambda other=other: make_scenario(place, other, FORM)) == "access.refused"
        assert code_of(lambda other=other: run_scenario(place, other, "level-factors")) == "access.refused"
    assert code_of(lambda: scenarios_of(place, county.hospital)) == "access.refused"
    assert scenario_of(place, county.supervisor, "level-factors").file.change_count == 2


def test_what_is_wrong_with_a_scenario_is_told_by_its_place_and_nothing_kept(county: County) -> None:  # noqa: F811
    place = county.place
    text = """id: bad-one
name: {zh: 坏, en: bad}
base: {region: elsewhere, period: 2025}
changes:
  - {parameter: payment/drg/level_factor, value: {tertiary: 9}, from: 2025-01-01, reason: x}
  - {parameter: no/such, value: 1, from: 2024-01-01, reason: x}
"""
    with pytest.raises(Problems) as caught:
        make_scenario(place, county.officer, text)
    found = {(each.code, each.where) for each in caught.value.problems}
    assert ("policy.out_of_bounds", "scenario: changes[0].value.tertiary") in found
    assert {"scenarios.other_region", "scenarios.unknown_parameter"} <= {code for code, _ in found}
    assert not any(str(Path("/tmp")) in where for _, where in found)
    assert not list(place.region.folder.glob("scenarios/*"))
    for words in ("", "[", "- 1", "id: 1", "{" * 3_000):
        with pytest.raises(TongchouError):
            make_scenario(place, county.officer, words)


def test_a_scenario_stays_as_it_was_made(county: County) -> None:  # noqa: F811
    place = county.place
    line = make_scenario(place, county.officer, FORM)
    assert make_scenario(place, county.officer, line.file.content).file == line.file
    other = ScenarioForm("primary-only", FORM.name, "2025", [])
    assert code_of(lambda: make_scenario(place, county.officer, other)) == "workplace.scenario_taken"
    assert scenario_of(place, county.officer, "primary-only").file == line.file
    for name in ("../region", "nothing", "."):
        assert code_of(lambda name=name: scenario_of(place, county.officer, name)) == "workplace.no_scenario"


def test_a_trial_waits_is_cancelled_and_taken_up_like_a_run(county: County) -> None:  # noqa: F811
    place = county.place
    order = run_scenario(place, county.researcher, "level-factors")
    assert trial_order(place, county.supervisor, order.order_id).state == "planned"
    assert cancel_trial(place, county.researcher, order.order_id).state == "cancelled"
    again = (place, county.researcher, order.order_id)
    assert code_of(lambda: resume_trial(*again)) == "records.step_not_possible"
    run = order_run(place, county.officer, "2025")
    assert code_of(lambda: cancel_trial(place, county.officer, run.order_id)) == "records.not_found"
    assert [each.order_id for each in ordered_runs(place, county.officer)] == [run.order_id]


def test_who_runs_scenarios_with_names_hidden_stops_only_his_own(county: County) -> None:  # noqa: F811
    place = county.place
    order = run_scenario(place, county.officer, "level-factors")
    given = (place, county.researcher, order.order_id)
    assert code_of(lambda: cancel_trial(*given)) == "access.refused"
    assert code_of(lambda: resume_trial(*given)) == "access.refused"
    assert trial_order(place, county.researcher, order.order_id).state == "planned"
    with place.records.writing() as session:
        details = {**order.details, "about": "a change of policy"}
        measured = run_orders.order_run(session, "2025", details, order.ordered_by, place.now())
    assert trial_order(place, county.officer, measured.order_id).state == "planned"
    asked = (place, county.researcher, measured.order_id)
    assert code_of(lambda: trial_order(*asked)) == "records.not_found"


def test_a_run_names_a_scheme_that_is_at_hand_and_no_folder(county: County) -> None:  # noqa: F811
    place = county.place
    (folder,) = {next(iter(scheme_folders().values()))}
    for scheme in (str(folder), "../schemes/x", ""):
        assert code_of(lambda scheme=scheme: order_run(place, county.officer, "2025", scheme)) == "grouping.no_scheme"
    assert order_run(place, county.officer, "2025", next(iter(scheme_folders()))).state == "planned"
