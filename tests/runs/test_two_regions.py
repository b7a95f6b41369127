"""Two regions that differ in everything a policy can say settle the same cases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from examples.second_region import place_below
from tests.runs.conftest import PERIOD, settle_region
from tests.runs.test_settle import rows_of

from tongchou.access.subject import subject_of
from tongchou.core.explanation import explanation_as_text
from tongchou.intake import take_in
from tongchou.records.users import Grant, add_user
from tongchou.runs.dip_cases import lake_cases
from tongchou.runs.explain import newest_run, open_run
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region, open_region
from tongchou.schema.results import GROUPED, PRICED
from tongchou.store.engines import open_engine
from tongchou.workplace.dip_grouping import group_dip_cases
from tongchou.workplace.place import open_workplace
from tongchou.workplace.settings import Settings

FIRST, SECOND = "demo_city", "demo_points_city"


def under_another_city(region: Region, folder: Path, city: str) -> Region:
    """Place a county's data and its own figures below another city, as the example does, and take them in."""
    place_below(region.folder, folder, city)
    moved = open_region(folder)
    with open_engine("duckdb") as engine:
        take_in([folder / "landing"], moved.lake, engine)
    return moved


@pytest.fixture(scope="module")
def second(taken_in: Region, tmp_path_factory: pytest.TempPathFactory) -> tuple[Region, RunRecord]:
    region = under_another_city(taken_in, tmp_path_factory.mktemp("second") / "county", SECOND)
    return region, settle_region(region)


def test_the_same_cases_are_paid_by_rate_in_one_and_by_points_in_the_other(
    settled: tuple[Region, RunRecord], second: tuple[Region, RunRecord]
) -> None:
    by_rate, by_points = (rows_of(region, PRICED).to_pylist() for region, _ in (settled, second))
    assert sorted(row["case_id"] for row in by_rate) == sorted(row["case_id"] for row in by_points)
    assert all(row["points_e2"] is None and row["weight_source"] != "catalogue" for row in by_rate)
    assert all(row["points_e2"] is not None and row["base_rate_fen"] == 0 for row in by_points)
    assert {row["weight_source"] for row in by_points} <= {"catalogue", "none"}
    assert sum(row["total_fen"] for row in by_rate) == sum(row["total_fen"] for row in by_points)


def test_the_fund_pays_its_budget_to_the_fen_where_the_value_follows_from_the_pool(
    second: tuple[Region, RunRecord],
) -> None:
    region, record = second
    rows = rows_of(region, PRICED).to_pylist()
    budget = sum(
        region.policy().at(PERIOD.end).fen("payment/drg/base_rate/budget", insurance_type=kind)
        for kind in ("employee", "resident")
    )
    assert sum(row["fund_fen"] for row in rows) == budget
    assert list(record.pools) == ["joint"]
    (pool,) = record.summary.pools
    assert (pool.pool, pool.source, pool.left_fen) == ("joint", "settlement", 0)
    assert pool.pool_fen == pool.payable_fen == sum(row["payable_fen"] for row in rows)


def test_every_case_has_one_dip_group_and_its_run_keeps_the_catalogue(second: tuple[Region, RunRecord]) -> None:
    region, record = second
    groups = rows_of(region, GROUPED).to_pylist()
    assert {row["status"] for row in groups} <= {"grouped", "ungrouped"}
    assert all(row["drg"] and row["score_e2"] for row in groups if row["status"] == "grouped")
    assert (region.run_folder(record.run_id) / "catalogue" / "groups.csv").is_file()


def test_a_case_paid_by_points_is_explained_with_its_value(second: tuple[Region, RunRecord]) -> None:
    region, record = second
    with open_engine("duckdb") as engine:
        step = open_run(region, newest_run(region), engine).case(record.summary.sample_case or "")
    rules = [each.rule for each in step.walk()]
    assert {"grouping.dip", "payment.points.case", "payment.points.value", "payment.drg.weight"} <= set(rules)
    assert "payment.drg.base_rate" not in rules
    assert "DIP" in explanation_as_text(step, "en")
    read = {parameter.name for each in step.walk() for parameter in each.parameters}
    assert {"payment/points/pool_base", "payment/points/value/source", "payment/drg/level_factor"} <= read


def test_no_line_of_code_names_a_region() -> None:
    source = Path(__file__).parents[2] / "src" / "tongchou"
    # The commands' help shows by example how a pack is named.
    files = [path for path in source.rglob("*.py") if path.parent.name != "cli"]
    words = (FIRST, SECOND, "云泽", "澜江")
    naming = [path for path in files if any(word in path.read_text(encoding="utf-8") for word in words)]
    assert naming == []


def test_a_case_brought_from_outside_has_the_group_of_the_run_that_measured_the_catalogue(
    second: tuple[Region, RunRecord],
) -> None:
    region, record = second
    place = open_workplace(Settings(region=region.folder), now=lambda: datetime(2026, 3, 2, tzinfo=UTC))
    with place.records.writing() as session:
        user = add_user(
            session, "officer", "x", [Grant("insurer_officer")], password_hash="", by="test", at=place.now()
        )
        officer = subject_of(session, user, place.today)
    with place.facts() as facts:
        cases = lake_cases(facts.lake, facts.snapshot)
    assert cases is not None
    ready, found = group_dip_cases(place, officer, cases.to_dicts())
    place.close()
    assert (ready.run_id, ready.period) == (record.run_id, "2025")
    groups = {
        row["case_id"]: (row["drg"], row["score_e2"], row["auxiliary_e4"])
        for row in rows_of(region, GROUPED).to_pylist()
    }
    brought = dict(zip(cases.get_column("case_id"), found, strict=True))
    assert {
        each: (row["group"] or "", row["score_e2"], row["factor_e4"]) for each, row in brought.items() if each in groups
    } == groups
