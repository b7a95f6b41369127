"""What people browse sums, to the fen, to what the run's record says."""

import pytest

from tongchou.browse.budget_use import budget_uses
from tongchou.browse.cases import CaseFilter, case_page
from tongchou.browse.cells import cells_of
from tongchou.browse.overview import overview
from tongchou.browse.quality import finding_page, finding_sums, intake_batches
from tongchou.browse.rows import OpenRun, finished_runs
from tongchou.browse.sums import case_sums
from tongchou.core.errors import TongchouError


@pytest.mark.parametrize("by", ["institution_id", "drg", "case_kind", "month", "insurance_type"])
def test_every_drill_down_sums_to_the_run(run: OpenRun, by: str) -> None:
    summary = run.record.summary
    sums = case_sums(cells_of(run), by, {})  # type: ignore[arg-type]
    assert sum(each.case_count for each in sums) == summary.case_count
    assert sum(each.fund_fen for each in sums) == sum(each.fund_fen for each in summary.institutions)
    assert sum(each.total_fen for each in sums) == sum(each.charges_fen for each in summary.institutions)
    assert sum(each.hospital_result_fen for each in sums) == sum(each.result_fen for each in summary.institutions)


def test_an_institutions_groups_are_its_own(run: OpenRun) -> None:
    each = max(run.record.summary.institutions, key=lambda one: one.case_count)
    groups = case_sums(cells_of(run), "drg", {"institution_id": [each.institution_id]})
    assert sum(group.case_count for group in groups) == each.case_count
    assert sum(group.hospital_result_fen for group in groups) == each.result_fen
    assert {group.key for group in groups if group.key} <= set(run.group_names)


def test_months_of_the_budget_sum_to_the_budget_and_its_use(run: OpenRun) -> None:
    for use, figures in zip(budget_uses(run, None), run.record.summary.alliances, strict=True):
        assert sum(month.budget_fen for month in use.months) == figures.base_fen
        assert use.used_fen == figures.actual_fen
        assert use.months[-1].used_fen == figures.actual_fen
        assert use.forecast.basis == "whole_year"


def test_the_overview_counts_each_stay_once(run: OpenRun) -> None:
    levels = {place.institution_id: place.level for place in run.places.values()}
    seen = overview(run.record, cells_of(run), levels, budget_uses(run, None), is_standing=True)
    assert sum(month.stays for month in seen.care) == run.record.summary.case_count
    assert all(month.primary_stays <= month.stays for month in seen.care)
    assert 0 < seen.primary_share_e4 < 10_000
    assert sum(flow.requested for flow in seen.flows) == cells_of(run).referrals["referral_count"].sum()


@pytest.mark.parametrize("order", ["result", "total", "fund", "case_id"])
def test_pages_hold_every_case_once_in_order(run: OpenRun, order: str) -> None:
    seen: list[str] = []
    values: list[int] = []
    column = {"result": "hospital_result_fen", "total": "total_fen", "fund": "fund_fen", "case_id": "case_id"}[order]
    cursor = None
    while True:
        page = case_page(run, CaseFilter(), order, 97, cursor)  # type: ignore[arg-type]
        seen += [row["case_id"] for row in page.rows]
        values += [row[column] for row in page.rows]
        cursor = page.cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == run.record.summary.case_count
    assert values == sorted(values, reverse=order in {"total", "fund"})


def test_a_page_of_a_group_holds_that_group(run: OpenRun) -> None:
    institution = run.record.summary.institutions[0].institution_id
    wanted = max(case_sums(cells_of(run), "drg", {}), key=lambda each: each.case_count)
    rows = case_page(run, CaseFilter(drg=wanted.key), "result", 1000).rows
    assert len(rows) == wanted.case_count
    none = case_page(run, CaseFilter(institution_ids=[]), "result", 10)
    assert not none.rows
    assert none.cursor is None
    own = case_page(run, CaseFilter(institution_ids=[institution]), "case_id", 10).rows
    assert {row["institution_id"] for row in own} <= {institution}


@pytest.mark.parametrize("cursor", ["", "result", "total:1:C1", "result:x:C1", "result:1:"])
def test_a_cursor_of_another_list_is_refused(run: OpenRun, cursor: str) -> None:
    with pytest.raises(TongchouError) as refused:
        case_page(run, CaseFilter(), "result", 10, cursor)
    assert refused.value.code == "browse.bad_cursor"


def test_findings_are_counted_by_batch_and_kind(run: OpenRun) -> None:
    (batch,) = intake_batches(run.region, run.engine)
    assert batch.rows["cases"] > 0
    sums = finding_sums(run.region, run.engine, batch.batch_id)
    assert sum(each.count for each in sums) == batch.finding_count
    assert len(finding_page(run.region, run.engine, batch.batch_id, size=5)) == min(5, batch.finding_count)


def test_the_standing_run_is_listed_first(run: OpenRun) -> None:
    first = finished_runs(run.region)[0]
    assert first.is_standing
    assert first.record.run_id == run.run_id


def test_the_cells_of_all_institutions_are_all_cells(run: OpenRun) -> None:
    cells = cells_of(run)
    assert cells.of(run.places).cases.equals(cells.cases)
    halves = sorted(run.places)
    first, second = cells.of(halves[::2]), cells.of(halves[1::2])
    assert first.cases.height + second.cases.height == cells.cases.height
