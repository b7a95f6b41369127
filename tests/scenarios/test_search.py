"""A search meets its constraints exactly in whole units, changes least, and names what conflicts."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.scenarios.conftest import tried

from tongchou.core.errors import TongchouError
from tongchou.core.money import E4
from tongchou.runs.order import Order
from tongchou.runs.region import Period, Region
from tongchou.runs.settle import settle
from tongchou.scenarios.demands import Reference, demands_of
from tongchou.scenarios.model import Linear, Part, PriceModel, price_model
from tongchou.scenarios.proposal import search_verified, verify, write_proposal
from tongchou.scenarios.scenario import Scenario
from tongchou.scenarios.search import Proposal, outcome_of, propose, search
from tongchou.scenarios.search_order import (
    Descending,
    FundChange,
    LevelResult,
    NoMemberBelow,
    Range,
    SearchOrder,
)
from tongchou.scenarios.solver import conflict
from tongchou.scenarios.split_model import split_model
from tongchou.scenarios.trial import Trial, run_starting_point, trial_run
from tongchou.store.engines import open_engine

ScenarioOf = Callable[..., Scenario]
LEVELS = ("tertiary", "secondary", "primary")


def factors(
    *constraints, least: int = 8_000, most: int = 13_000, primary: tuple[int, int] | None = None
) -> SearchOrder:
    ranges = {level: Range(least, most, E4) for level in LEVELS}
    if primary:
        ranges["primary"] = Range(*primary, E4)
    return SearchOrder("level_factors", ranges, tuple(constraints))


NEUTRAL = FundChange("budget", 0, 20)
ORDER = Descending("order", LEVELS)


def test_the_present_is_kept_where_it_meets_every_constraint(example: Trial) -> None:
    found = search("s", factors(NEUTRAL, ORDER), example.base, example.base)
    assert found.outcome.values == found.present == {"tertiary": 11_000, "secondary": 10_000, "primary": 8_500}
    assert found.fund_residual_fen == 0


def test_a_higher_primary_factor_is_balanced_by_the_others_to_within_the_tolerance(example: Trial) -> None:
    order = factors(NEUTRAL, ORDER, NoMemberBelow("members", -1_000), primary=(9_500, 11_000))
    found = search("s", order, example.base, example.base)
    values, base = found.outcome.values, example.base.total.fund_fen
    assert values["primary"] == 9_500
    assert values["tertiary"] >= values["secondary"] >= values["primary"]
    assert abs(found.fund_residual_fen) * E4 <= 20 * base
    for institution, income in found.outcome.incomes_fen.items():
        assert income * E4 >= found.reference.incomes_fen[institution] * (E4 - 1_000)


def test_the_model_at_the_present_is_the_run_to_the_fen_and_moves_as_its_form(example: Trial) -> None:
    for find in ("level_factors", "base_rates"):
        model = price_model(example.base, find)
        outcome = model.outcome(model.present)
        assert outcome.fund_fen == example.base.total.fund_fen == model.fund.at(model.present)
        assert outcome.incomes_fen == outcome_of(find, model.present, example.base).incomes_fen
        moved = {name: value + 321 for name, value in model.present.items()}
        assert abs(model.outcome(moved).fund_fen - model.fund.at(moved)) <= len(model.parts)
        incomes = model.incomes
        for key, income in model.outcome(moved).incomes_fen.items():
            assert abs(income - incomes[key].at(moved)) <= len(model.parts)


def test_the_modelled_run_is_the_real_one_but_for_cases_that_change_their_kind(
    county: Region, scenario_of: ScenarioOf
) -> None:
    scenario = scenario_of(
        """changes: []
search:
  find: level_factors
  bounds: {tertiary: {least: 0.9, most: 1.3}, secondary: {least: 0.9, most: 1.3}, primary: {least: 0.9, most: 1.1}}
  constraints: [{name: budget, kind: fund_change, target: 0.005, tolerance: 0.001}]
""",
        "verified",
    )
    assert scenario.search is not None
    with open_engine("duckdb") as engine:
        trial = run_starting_point(scenario, county, engine)
        assert trial.base is trial.tried
        proposal, verification = search_verified(
            trial, scenario.search, scenario.folder(county) / "proposal", engine, lambda stage: None
        )
    assert verification.missed == ()
    assert abs(verification.model_error_fen) <= trial.base.total.cases
    low, high = (trial.base.total.fund_fen * (E4 + part) for part in (40, 60))
    assert low <= verification.fund_fen * E4 <= high
    assert proposal.outcome.values["primary"] == 9_000


def test_a_proposal_is_a_pack_that_settle_takes(own_county: Region, scenario_of: ScenarioOf) -> None:
    scenario = scenario_of(
        """changes:
  - {parameter: payment/drg/low/threshold, value: 0.3, from: 2025-01-01, reason: r}
search:
  find: base_rates
  bounds: {employee: {least: 5000.55, most: 15000}, resident: {least: 5000, most: 15000}}
  constraints: [{name: budget, kind: fund_change, target: -0.01, tolerance: 0.001}]
""",
        region=own_county,
    )
    assert scenario.search is not None
    with open_engine("duckdb") as engine:
        trial = run_starting_point(scenario, own_county, engine)
        proposal = search(scenario.scenario_id, scenario.search, trial.base, trial.tried)
        folder = write_proposal(trial, proposal, own_county.folder / "proposed")
        record = settle(Order(own_county, Period(2025), policy=folder), engine)
        run = trial_run(own_county, trial.base, folder, engine, lambda stage: None)
    assert run.record.table_hashes == record.table_hashes
    reads = {(read.name, read.key): read for read in record.reads}
    rate = reads["payment/drg/base_rate/value", "insurance_type=resident"]
    assert rate.source.title.endswith("proposal of scenario trial")
    assert rate.value == f"{proposal.outcome.values['resident'] / 100:.2f}"
    assert reads["payment/drg/low/threshold", ""].value == "0.3"
    check = verify(proposal, run)
    assert check.model_error_fen == proposal.outcome.fund_fen - run.total.fund_fen


def test_the_split_is_modelled_as_the_settlement_shares(example: Trial) -> None:
    model = split_model(example.base)
    assert model.outcome(model.present).incomes_fen == outcome_of("split", model.present, example.base).incomes_fen


def test_a_split_that_is_found_sums_to_one_and_to_what_is_kept(example: Trial) -> None:
    order = SearchOrder(
        "split",
        {
            "primary": Range(4_000, 5_501, E4),
            "hospitals": Range(2_000, 6_000, E4),
            "reserve": Range(500, 2_000, 2 * E4),
        },
        (Descending("order", ("primary", "hospitals", "reserve")), NoMemberBelow("members", -1_000)),
    )
    found = search("s", order, example.base, example.base)
    assert sum(found.outcome.values.values()) == E4
    assert found.outcome.values["primary"] == 5_501
    # A change of the reserve costs twice that of the hospitals' part.
    assert found.outcome.values["reserve"] == 1_000
    assert found.fund_residual_fen == 0
    kept = sum(each.kept_fen for each in example.base.record.summary.alliances)
    shares = sum(found.outcome.incomes_fen.values()) - sum(split_model(example.base).fixed_incomes_fen.values())
    assert abs(shares - kept * 9_000 // E4) <= 1


def test_constraints_that_conflict_are_named_and_no_others(example: Trial) -> None:
    order = factors(NEUTRAL, ORDER, NoMemberBelow("members", -9_000), least=9_990, primary=(12_000, 13_000))
    with pytest.raises(TongchouError) as refused:
        search("s", order, example.base, example.base)
    assert refused.value.code == "scenarios.infeasible"
    assert "primary at least 1.2000" in refused.value.why.en
    assert "budget" in refused.value.why.en
    assert "members" not in refused.value.why.en
    assert "primary 不低于 1.2000" in refused.value.why.zh


def test_a_conflict_is_a_smallest_one(example: Trial) -> None:
    model = price_model(example.base, "level_factors")
    reference = Reference(
        example.base.total.fund_fen,
        outcome_of("level_factors", model.present, example.base).incomes_fen,
        {key: sums.total_fen for key, sums in example.base.by(lambda cell: cell.institution_id).items()},
        {cell.institution_id: cell.level for cell in example.base.cells},
    )
    order = factors(
        NEUTRAL,
        ORDER,
        NoMemberBelow("members", -100),
        LevelResult("primary", "primary", 9_000),
        least=5_000,
        most=20_000,
    )
    demands = demands_of(order, model, reference)
    found = conflict(model.present, demands)
    assert 1 < len(found) < len(demands)
    assert conflict(model.present, found) == found
    for demand in found:
        assert conflict(model.present, [each for each in found if each is not demand]) == []


def test_a_tolerance_narrower_than_a_whole_unit_is_told_as_such(example: Trial) -> None:
    order = factors(FundChange("exact", 1, 0), least=8_400, most=11_100)
    with pytest.raises(TongchouError) as refused:
        search("s", order, example.base, example.base)
    assert refused.value.code == "scenarios.too_narrow"
    assert "exact" in refused.value.where


def test_a_split_by_contribution_cannot_be_searched_for(
    county: Region, scenario_of: ScenarioOf, example: Trial
) -> None:
    rest = """changes:
  - {parameter: alliance/split/mode, value: contribution, from: 2025-01-01, reason: r}
"""
    trial = tried(scenario_of(rest), county)
    with pytest.raises(TongchouError) as refused:
        split_model(trial.tried)
    assert refused.value.code == "scenarios.no_fixed_split"


def test_the_order_of_hospitals_changes_no_proposal(example: Trial) -> None:
    order = factors(NEUTRAL, ORDER, primary=(9_500, 11_000))
    turned = replace(example.base, cells=tuple(reversed(example.base.cells)))
    one, other = (search("s", order, example.base, run) for run in (example.base, turned))
    assert one.outcome == other.outcome


def test_the_explanation_shows_present_and_proposed_values(example: Trial) -> None:
    found: Proposal = search("s", factors(NEUTRAL, primary=(9_500, 9_600)), example.base, example.base)
    facts = {fact.label.en: fact.value for fact in found.explanation.facts}
    assert facts["primary"] == "0.8500 → 0.9500"
    assert found.as_json()["proposed"]["primary"] == 9_500
    assert all(demand["is_met"] for demand in found.as_json()["demands"])


def small_model(moving: list[int], fixed: int) -> PriceModel:
    parts = tuple(
        Part(f"H{number}", LEVELS[number % 3], 10_000, 10_000, amount) for number, amount in enumerate(moving)
    )
    incomes = {f"H{number}": fixed + amount for number, amount in enumerate(moving)}
    return PriceModel(dict.fromkeys(LEVELS, 10_000), sum(moving), incomes, parts)


@given(
    moving=st.lists(st.integers(10**6, 10**11), min_size=3, max_size=7),
    fixed=st.integers(0, 10**9),
    target=st.integers(-300, 300),
    tolerance=st.integers(0, 100),
    least=st.integers(9_000, 10_400),
)
@settings(max_examples=80, deadline=None)
def test_what_is_found_meets_every_constraint_in_whole_numbers(moving, fixed, target, tolerance, least) -> None:
    model = small_model(moving, fixed)
    income = dict(model.fixed_incomes_fen)
    levels = {f"H{number}": LEVELS[number % 3] for number in range(len(moving))}
    reference = Reference(sum(moving), income, income, levels)
    constraints = (FundChange("f", target, tolerance), NoMemberBelow("m", -500), ORDER)
    order = factors(*constraints, least=9_000, primary=(least, 13_000))
    try:
        found = propose("s", order, model.present, model, reference)
    except TongchouError as refused:
        assert refused.code in {"scenarios.infeasible", "scenarios.too_narrow"}
        # Nothing on a coarse grid meets them either.
        demands = demands_of(order, model, reference)
        for values in product(range(9_000, 11_001, 200), repeat=3):
            outcome = model.outcome(dict(zip(LEVELS, values, strict=True)))
            assert not all(demand.is_met(outcome) for demand in demands)
        return
    values, outcome = found.outcome.values, model.outcome(found.outcome.values)
    assert found.outcome == outcome
    fund = sum(moving)
    assert abs(outcome.fund_fen * E4 - fund * (E4 + target)) <= fund * tolerance
    assert all(new * E4 >= income[key] * (E4 - 500) for key, new in outcome.incomes_fen.items())
    assert values["tertiary"] >= values["secondary"] >= values["primary"] >= least


def test_forms_add_and_turn() -> None:
    one, other = Linear(Fraction(1), {"a": Fraction(2)}), Linear(Fraction(3), {"b": Fraction(4)})
    assert (one + other).at({"a": 10, "b": 100}) == 424
    assert (-one).at({"a": 10}) == -21
