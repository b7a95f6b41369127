"""The base of a trial is the real run where it stands; what a trial takes from it comes out as if computed anew."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.runs.test_conservation import _pack
from tests.scenarios.conftest import EXAMPLE, tried

from tongchou.runs.alliance_year import package_year
from tongchou.runs.groupings import DrgGrouping
from tongchou.runs.order import Order
from tongchou.runs.paying import weigh_cases
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Period, Region, open_region
from tongchou.runs.settle import settle
from tongchou.runs.trials import real_or_trial, try_out
from tongchou.scenarios.comparison import compare
from tongchou.scenarios.scenario import read_scenario
from tongchou.scenarios.trial import Trial
from tongchou.schema.results import PRICED, PRICED_EVENTS, SETTLEMENT_LINES
from tongchou.store.engines import open_engine

YEAR = Period(2025)
TOP_UP, POOL = "payment/referral/top_up/rate", "alliance/risk_pool/opening_balance"
LEVELS = {"payment/drg/level_factor": "{tertiary: 1.05, secondary: 1, primary: 0.95}"}
CHANGES: Mapping[str, tuple[Mapping[str, str], str]] = {
    "the price of cases": (LEVELS, PRICED.name),
    "an event's method": ({"payment/events/expert_fee/fee": "777"}, PRICED_EVENTS.name),
    "what several methods share": (
        {"payment/events/fund_share": "{default: {default: {default: 0.31}}}"},
        PRICED_EVENTS.name,
    ),
    "heads, which nobody paid": (
        {"payment/events/heads/paid": "{contracted_head: not_paid, disease_head: paid}"},
        PRICED_EVENTS.name,
    ),
    "a top-up of referrals, of which there was no rate": ({TOP_UP: "0.05"}, SETTLEMENT_LINES.name),
    "a risk pool, of which there was no balance": ({POOL: "1000"}, SETTLEMENT_LINES.name),
}
"""What is changed: the values, and a table that comes out otherwise for it."""
POINTS = {
    "payment/inpatient/method": "drg_points",
    "payment/points/unit": "100",
    "payment/points/pools": "by_insurance_type",
    "payment/points/pool_base": "fund_and_others",
    "payment/points/value/source": "settlement",
    "payment/points/value/budget": "{default: 103.25}",
    "payment/points/factor_on_cost": "applied",
}
WEIGHED: Mapping[str, tuple[Mapping[str, str], set[str]]] = {
    "the price of cases": ({"payment/drg/level_factor": "{tertiary: 1.03, secondary: 1, primary: 0.97}"}, set()),
    "the base rate": ({"payment/drg/base_rate/budget": "{default: 1234567}"}, set()),
    "how weights are measured": ({"payment/drg/weights/min_cases": "9"}, {"weights"}),
    "what is paid, for points need the groups' means": (POINTS, {"weights"}),
    "whose care a package covers": ({"alliance/package/population": "contracted"}, {"package"}),
}
"""What is changed: the values, and what has to be computed anew for it."""


@pytest.fixture(scope="module")
def posted(county: Region, tmp_path_factory: pytest.TempPathFactory) -> tuple[Region, RunRecord]:
    folder = tmp_path_factory.mktemp("posted") / "county"
    shutil.copytree(county.folder, folder, ignore=shutil.ignore_patterns("runs", "scenarios"))
    region = open_region(folder)
    with open_engine("duckdb") as engine:
        return region, settle(Order(region, YEAR), engine)


def test_a_scenario_after_a_posted_run_is_compared_as_with_a_base_that_was_tried(
    posted: tuple[Region, RunRecord], example: Trial
) -> None:
    region, record = posted
    trial = tried(read_scenario(EXAMPLE, region), region)
    assert trial.base.record == record
    assert example.base.record.run_id.endswith("-trial")
    assert trial.tried.record.table_hashes == example.tried.record.table_hashes
    assert trial.tried.record.reads == example.tried.record.reads
    assert set(record.reads) == set(example.base.record.reads)
    one, other = compare(trial), compare(example)
    assert one.sections == other.sections
    assert (one.changed, one.unread) == (other.changed, other.unread)
    assert trial.base.alliances == example.base.alliances


@pytest.mark.slow
@pytest.mark.parametrize("what", CHANGES)
def test_a_trial_beside_a_finished_run_is_what_it_is_from_nothing(
    what: str, posted: tuple[Region, RunRecord], tmp_path: Path
) -> None:
    region, record = posted
    values, table = CHANGES[what]
    pack = _pack(tmp_path / "trial", dict(values))
    with open_engine("duckdb") as engine:
        beside = try_out(Order(region, YEAR, policy=pack), engine, finished=record)
        shadow = settle(Order(region, YEAR, policy=pack, is_shadow=True), engine)
    assert beside.table_hashes == shadow.table_hashes
    assert beside.table_hashes[table] != record.table_hashes[table]
    assert beside.reads == shadow.reads
    assert beside.summary == shadow.summary
    assert not beside.file_hashes


@pytest.mark.slow
def test_a_changed_rate_of_referrals_and_pool_comes_out_otherwise_beside_a_trial(
    posted: tuple[Region, RunRecord], tmp_path: Path
) -> None:
    region, _ = posted
    ratio = f"{POOL.rpartition('/')[0]}/contribution_ratio"
    packs = [
        _pack(tmp_path / rate, {TOP_UP: rate, ratio: part, POOL: "1000"})
        for rate, part in (("0.05", "0.005"), ("0.07", "0.006"))
    ]
    orders = [Order(region, YEAR, policy=pack) for pack in packs]
    with open_engine("duckdb") as engine:
        first = try_out(orders[0], engine)
        beside = try_out(orders[1], engine, finished=first)
        shadow = settle(replace(orders[1], is_shadow=True), engine)
    assert beside.table_hashes == shadow.table_hashes
    assert beside.table_hashes[SETTLEMENT_LINES.name] != first.table_hashes[SETTLEMENT_LINES.name]
    assert beside.table_hashes[PRICED_EVENTS.name] == first.table_hashes[PRICED_EVENTS.name]


def test_groups_and_events_are_not_computed_again_where_only_the_price_of_cases_changes(
    county: Region, example: Trial, posted: tuple[Region, RunRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(DrgGrouping, "stage", refuse)
    monkeypatch.setattr("tongchou.runs.money_beside.event_money", refuse)
    pack = _pack(tmp_path / "trial", {"payment/drg/level_factor": "{tertiary: 1.04, secondary: 1, primary: 0.96}"})
    with open_engine("duckdb") as engine:
        for region, finished in (posted, (county, example.base.record)):
            record = try_out(Order(region, YEAR, policy=pack), engine, finished=finished)
            assert record.table_hashes[PRICED.name] != finished.table_hashes[PRICED.name]
            assert record.table_hashes[PRICED_EVENTS.name] == finished.table_hashes[PRICED_EVENTS.name]


def test_a_real_run_that_followed_from_something_else_is_no_base(
    posted: tuple[Region, RunRecord], tmp_path: Path
) -> None:
    shutil.copytree(posted[0].folder, tmp_path / "county")
    region = open_region(tmp_path / "county")
    order = Order(region, YEAR)
    with open_engine("duckdb") as engine:
        assert real_or_trial(order, engine).run_id == posted[1].run_id
        settle(replace(order, policy=_pack(tmp_path / "trial", dict(LEVELS))), engine)
        base = real_or_trial(order, engine)
    assert base.run_id.endswith("-trial")
    assert base.table_hashes == posted[1].table_hashes


@pytest.mark.slow
@pytest.mark.parametrize("what", WEIGHED)
def test_weights_and_years_of_packages_are_taken_only_where_the_policy_cannot_change_them(
    what: str, posted: tuple[Region, RunRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    _noting(monkeypatch, computed, "tongchou.runs.computing.weigh_cases", weigh_cases, "weights")
    _noting(monkeypatch, computed, "tongchou.runs.settlement.package_year", package_year, "package")
    region, record = posted
    values, anew = WEIGHED[what]
    order = Order(region, YEAR, policy=_pack(tmp_path / "trial", dict(values)))
    with open_engine("duckdb") as engine:
        beside = try_out(order, engine, finished=record)
        assert set(computed) == anew
        shadow = settle(replace(order, is_shadow=True), engine)
    assert beside.table_hashes == shadow.table_hashes
    assert (beside.weights, beside.weight_totals_e4) == (shadow.weights, shadow.weight_totals_e4)
    assert (beside.mean_fen, beside.riv_e4, beside.pools) == (shadow.mean_fen, shadow.riv_e4, shadow.pools)
    assert (beside.package_years, beside.reads) == (shadow.package_years, shadow.reads)


def test_nothing_is_taken_from_a_run_over_other_facts_or_of_other_software(
    posted: tuple[Region, RunRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    _noting(monkeypatch, computed, "tongchou.runs.computing.weigh_cases", weigh_cases, "weights")
    _noting(monkeypatch, computed, "tongchou.runs.settlement.package_year", package_year, "package")
    region, record = posted
    versions = {**record.inputs.versions, "visits": record.inputs.versions["visits"] + 1}
    for number, inputs in enumerate((replace(record.inputs, versions=versions), replace(record.inputs, software="-"))):
        computed.clear()
        pack = _pack(tmp_path / str(number), {"payment/drg/level_factor": f"{{default: 1.0{number + 1}}}"})
        with open_engine("duckdb") as engine:
            try_out(Order(region, YEAR, policy=pack), engine, finished=replace(record, inputs=inputs))
        assert set(computed) == {"weights", "package"}


def _noting(
    monkeypatch: pytest.MonkeyPatch, computed: list[str], place: str, function: Callable[..., Any], name: str
) -> None:
    def noted(*given: object) -> object:
        computed.append(name)
        return function(*given)

    monkeypatch.setattr(place, noted)
