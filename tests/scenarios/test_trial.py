"""A trial settles base and scenario side by side; what a scenario does not change stays to the fen."""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace

import openpyxl
import pytest
from tests.scenarios.conftest import tried

from tongchou.core.errors import TongchouError
from tongchou.runs.order import PRICED_FILE, Order
from tongchou.runs.region import Period, Region
from tongchou.runs.settle import settle
from tongchou.scenarios.behaviour import respond
from tongchou.scenarios.changed import trial_step
from tongchou.scenarios.comparison import Comparison, compare
from tongchou.scenarios.page import render_page
from tongchou.scenarios.results import read_results
from tongchou.scenarios.scenario import Scenario
from tongchou.scenarios.tables import Line, Section
from tongchou.scenarios.trial import Trial
from tongchou.scenarios.workbook import write_workbook
from tongchou.store.engines import open_engine

ScenarioOf = Callable[..., Scenario]

SAME = """changes:
  - parameter: payment/drg/level_factor
    value: {tertiary: 1.1, secondary: 1, primary: 0.85}
    from: 2025-01-01
    reason: 与现行相同
"""


@pytest.fixture(scope="module")
def comparison(example: Trial) -> Comparison:
    return compare(example)


def by_key(section: Section) -> dict[str, Line]:
    return {line.key: line for line in section.lines}


def test_a_neutral_scenario_changes_nothing_to_the_fen(scenario_of: ScenarioOf, county: Region) -> None:
    for rest in ("changes: []\n", SAME):
        trial = tried(scenario_of(rest), county)
        assert trial.base.record.run_id != trial.tried.record.run_id
        assert trial.base.record.table_hashes == trial.tried.record.table_hashes
        assert {
            difference
            for section in compare(trial).sections
            for line in section.lines
            for difference in line.difference
        } <= {0, None}
        assert trial_step(trial).outcome.en == "the same as the base, to the fen"


def test_the_shadow_run_pays_what_the_real_run_pays(own_county: Region, scenario_of: ScenarioOf) -> None:
    trial = tried(scenario_of("changes: []\n", region=own_county), own_county)
    with open_engine("duckdb") as engine:
        paid = settle(Order(own_county, Period(2025)), engine)
    assert paid.state == "posted"
    assert paid.table_hashes == trial.tried.record.table_hashes
    assert not (own_county.run_folder(paid.run_id) / PRICED_FILE).exists()


def test_totals_are_the_sums_of_their_lines_and_the_same_in_every_table(comparison: Comparison, example: Trial) -> None:
    for name in ("fund", "institutions", "groups"):
        section = comparison.section(name)
        assert section.total is not None
        for position, measure in enumerate(section.measures):
            if measure.is_summed:
                for side in ("base", "scenario", "difference"):
                    whole = getattr(section.total, side)[position]
                    assert whole == sum(getattr(line, side)[position] for line in section.lines)
    sides = {"base": example.base, "scenario": example.tried}
    for side, run in sides.items():
        for name in ("fund", "institutions", "groups"):
            section = comparison.section(name)
            total = getattr(section.total, side)
            assert total[section.column("fund")] == run.total.fund_fen
            assert total[section.column("result")] == run.total.result_fen
            assert total[section.column("cases")] == run.record.summary.case_count
        burden = comparison.section("burden")
        parts = sum(getattr(line, side)[burden.column("patient")] for line in burden.lines)
        assert parts == run.total.patient_fen
        alliances = comparison.section("alliances")
        for line in alliances.lines:
            of = dict(zip([m.name for m in alliances.measures], getattr(line, side), strict=True))
            assert of["kept"] + of["returned"] == of["surplus"] == of["budget"] - of["actual"]
            assert of["members"] + of["reserve"] == of["kept"]


def test_the_example_moves_money_to_the_primary_level(comparison: Comparison, example: Trial) -> None:
    levels = {cell.institution_id: cell.level for cell in example.base.cells}
    institutions = comparison.section("institutions")
    moved = {
        level: sum(
            line.difference[institutions.column("fund")] or 0
            for line in institutions.lines
            if levels.get(line.key) == level
        )
        for level in ("tertiary", "secondary", "primary")
    }
    assert moved["tertiary"] < 0 < moved["primary"]
    assert moved["secondary"] == 0
    ranking = [line.difference[0] for line in comparison.section("ranking").lines]
    assert ranking == sorted(ranking, reverse=True)
    assert ranking[0] > 0 > ranking[-1]


def test_changed_parameters_carry_the_old_value_and_its_source(comparison: Comparison) -> None:
    changed = {(each.tried.name, each.tried.key): each for each in comparison.changed}
    primary = changed["payment/drg/level_factor", "level=primary"]
    assert primary.base is not None
    assert (primary.base.value, primary.tried.value) == ("0.85", "0.95")
    assert primary.base.source.article == "等级系数"
    assert primary.tried.source.title == "情景 level-factors / scenario level-factors"
    assert primary.tried.source.article.startswith("缩小等级系数差距")
    step = trial_step(comparison.trial)
    assert {read.name for read in step.parameters} == {"payment/drg/level_factor", "benefit/inpatient/ratio"}


def test_a_change_that_the_settlement_does_not_read_is_said_to_have_no_effect(
    scenario_of: ScenarioOf, county: Region
) -> None:
    # The county's rate follows from its budget.
    rest = """changes:
  - parameter: payment/drg/base_rate/value
    value: {employee: 9000, resident: 9000}
    from: 2025-01-01
    reason: r
"""
    comparison = compare(tried(scenario_of(rest), county))
    assert comparison.unread == ("payment/drg/base_rate/value",)
    assert comparison.changed == ()
    assert trial_step(comparison.trial).rejected[0].en.startswith("the parameter payment/drg/base_rate/value")


def test_the_order_of_hospitals_changes_nothing(example: Trial, comparison: Comparison) -> None:
    cells, institutions = list(example.tried.cells), list(example.tried.record.summary.institutions)
    random.Random(3).shuffle(cells)
    random.Random(4).shuffle(institutions)
    record = example.tried.record
    summary = replace(record.summary, institutions=tuple(institutions))
    shuffled = replace(example.tried, cells=tuple(cells), record=replace(record, summary=summary))
    assert compare(replace(example, tried=shuffled)).sections == comparison.sections
    responses = example.scenario.responses
    assert responses is not None
    assert respond(example.base, shuffled, responses) == respond(example.base, example.tried, responses)


def test_a_second_scenario_takes_the_base_as_it_is(scenario_of: ScenarioOf, county: Region, example: Trial) -> None:
    path = county.run_folder(example.base.record.run_id) / "run.json"
    before = path.stat().st_mtime_ns
    tried(scenario_of("changes: []\n", "another"), county)
    assert path.stat().st_mtime_ns == before


def test_a_run_without_its_cases_is_refused(own_county: Region, scenario_of: ScenarioOf, example: Trial) -> None:
    run = own_county.run_folder(example.base.record.run_id)
    (run / PRICED_FILE).unlink()
    with open_engine("duckdb") as engine, pytest.raises(TongchouError) as refused:
        read_results(own_county, Period(2025), None, example.base.record, engine)
    assert refused.value.code == "scenarios.no_cases"
    shutil.copy(county_file(own_county, example), run / PRICED_FILE)
    with open_engine("duckdb") as engine, pytest.raises(TongchouError) as refused:
        read_results(own_county, Period(2025), None, example.base.record, engine)
    assert refused.value.code == "scenarios.does_not_add_up"


def county_file(region: Region, example: Trial):
    """The cases of the other run: they are as many, and their money is not the record's."""
    return region.run_folder(example.tried.record.run_id) / PRICED_FILE


def test_the_workbook_holds_numbers_and_its_totals_are_those_of_the_comparison(
    comparison: Comparison, tmp_path
) -> None:
    path = tmp_path / "c.xlsx"
    write_workbook(comparison, None, path)
    first = path.read_bytes()
    write_workbook(comparison, None, path)
    assert path.read_bytes() == first
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames[0] == "情景 Scenario"
    rows = list(book["基金 Fund"].iter_rows(values_only=True))
    total = next(row for row in rows if row[0] and str(row[0]).startswith("合计"))
    fund = comparison.section("fund")
    assert fund.total is not None
    position = fund.column("fund")
    shown = total[1 + 3 * position : 4 + 3 * position]
    assert [round(value * 100) for value in shown] == [
        fund.total.base[position],
        fund.total.scenario[position],
        fund.total.difference[position],
    ]
    assert all(isinstance(value, int | float) for value in shown)


def test_the_page_loads_nothing_and_shows_every_table(comparison: Comparison, example: Trial) -> None:
    assert example.scenario.responses is not None
    page = render_page(comparison, respond(example.base, example.tried, example.scenario.responses))
    assert "src=" not in page.partition("<script>")[0]
    for section in comparison.sections:
        assert section.title.zh in page
    assert "假设：弹性" in page
    data = page.rpartition("const data = ")[2].partition(";\n")[0]
    assert len(json.loads(data)["names"]) == len(json.loads(data)["values"]) > 1
