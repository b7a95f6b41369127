"""A search: the smallest change of factors, rates or split that meets the stated constraints, to the fen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.scenarios.demands import Demand, Reference, demands_of, reference_of
from tongchou.scenarios.model import Model, Outcome, Values, price_model, stay_income
from tongchou.scenarios.results import RunResults
from tongchou.scenarios.search_order import Find, SearchOrder
from tongchou.scenarios.solver import conflict, conflict_error, least_change, shortfall
from tongchou.scenarios.split_model import split_model

_AROUND = 3
"""How many whole units around the solver's answer are tested exactly, each way."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a search found.

    Attributes:
        find: What was searched for.
        present: The values of the scenario's policy.
        outcome: The values found and what the model says they come to, in whole fen.
        reference: The base that the constraints are measured against.
        demands: Every inequality; the outcome meets all of them exactly.
        explanation: The search in words.
    """

    find: Find
    present: Values
    outcome: Outcome
    reference: Reference
    demands: tuple[Demand, ...]
    explanation: Step

    @property
    def fund_residual_fen(self) -> int:
        """By how much the fund's part of stays differs from the base's, exactly."""
        return self.outcome.fund_fen - self.reference.fund_fen

    def written(self) -> dict[str, Decimal]:
        """Return the values as a policy writes them."""
        decimals = 2 if self.find == "base_rates" else 4
        return {name: Decimal(value).scaleb(-decimals) for name, value in self.outcome.values.items()}

    def as_json(self) -> dict[str, Any]:
        """Return the proposal for machines."""
        return {
            "find": self.find,
            "present": dict(self.present),
            "proposed": dict(self.outcome.values),
            "unit": "fen" if self.find == "base_rates" else "e4",
            "fund_fen": {
                "base": self.reference.fund_fen,
                "proposed": self.outcome.fund_fen,
                "difference": self.fund_residual_fen,
            },
            "demands": [
                {"zh": each.label.zh, "en": each.label.en, "is_met": each.is_met(self.outcome)} for each in self.demands
            ],
        }


def search(
    scenario_id: str, order: SearchOrder, base: RunResults, tried: RunResults, around: RunResults | None = None
) -> Proposal:
    """Find the smallest weighted change of the scenario's values that meets every constraint exactly.

    Args:
        scenario_id: The scenario, for the sentence of a search without solution.
        order: What is searched for.
        base: The base, which constraints are measured against.
        tried: The scenario, from whose values the change is measured.
        around: The run that the model is made from: the scenario's, or that of an earlier proposal, in which cases
            that change their kind have changed it.

    Raises:
        TongchouError: `scenarios.infeasible` with a smallest set of constraints that conflict;
            `scenarios.too_narrow` if they could hold, but not with whole units.
    """
    present = _model(order.find, tried).present
    model = _model(order.find, around or tried)
    return propose(scenario_id, order, present, model, reference_of(base, incomes_of(order.find, base)))


def propose(scenario_id: str, order: SearchOrder, present: Values, model: Model, reference: Reference) -> Proposal:
    """Find the smallest weighted change of the present values under a model; as `search` says."""
    demands = demands_of(order, model, reference)
    weights = {name: bounds.weight_e4 for name, bounds in order.ranges.items()}
    near = least_change(present, demands, weights)
    found = None if near is None else _best(near, present, model, demands, weights)
    if found is None:
        conflicting = conflict(present, demands)
        if conflicting:
            raise conflict_error(scenario_id, present, conflicting)
        raise _too_narrow(scenario_id, model, demands, near)
    step = _step(order, present, found, reference, demands)
    return Proposal(order.find, present, found, reference, tuple(demands), step)


def incomes_of(find: Find, run: RunResults) -> dict[str, int]:
    """Return each institution's income of a run, as the model of a search counts it; fen."""
    incomes = {key: stay_income(sums) for key, sums in run.by(lambda cell: cell.institution_id).items()}
    if find == "split":
        for each in run.record.summary.institutions:
            incomes[each.institution_id] = incomes.get(each.institution_id, 0) + each.share_fen
    return incomes


def outcome_of(find: Find, values: Values, run: RunResults) -> Outcome:
    """Return what a run really came to, in the shape of a model's outcome."""
    return Outcome(values, run.total.fund_fen, incomes_of(find, run))


def _model(find: Find, run: RunResults) -> Model:
    return split_model(run) if find == "split" else price_model(run, find)


def _best(
    near: Values, present: Values, model: Model, demands: Sequence[Demand], weights_e4: Mapping[str, int]
) -> Outcome | None:
    """Return the cheapest whole values around the solver's answer that meet every demand exactly."""

    def cost(values: Values) -> tuple[int, ...]:
        change = sum(weights_e4[name] * abs(value - present[name]) for name, value in values.items())
        return (change, *values.values())

    for values in sorted(_around(near), key=cost):
        outcome = model.outcome(values)
        if all(demand.is_met(outcome) for demand in demands):
            return outcome
    return None


def _around(near: Values) -> Iterator[dict[str, int]]:
    steps = range(-_AROUND, _AROUND + 1)
    for moves in product(steps, repeat=len(near)):
        values = {name: near[name] + move for name, move in zip(near, moves, strict=True)}
        if min(values.values()) >= 0 and any(values.values()):
            yield values


def _too_narrow(scenario_id: str, model: Model, demands: Sequence[Demand], near: Values | None) -> TongchouError:
    missed = ""
    if near is not None:
        outcome = model.outcome(near)
        missed = "; ".join(
            f"{each.label} ({shortfall(each, each.least - each.measure(outcome))})"
            for each in demands
            if not each.is_met(outcome)
        )
    return TongchouError(
        "scenarios.too_narrow",
        what=Text("约束窄于一个最小单位", "the constraints are narrower than a whole unit"),
        where=f"{scenario_id}: {missed or '-'}",
        why=Text("系数只到万分之一，费率只到分", "factors have four decimals, rates two"),
        remedy=Text("放宽容差", "allow a wider tolerance"),
    )


def _step(order: SearchOrder, present: Values, found: Outcome, reference: Reference, demands: Sequence[Demand]) -> Step:
    shown = format_yuan if order.find == "base_rates" else format_e4
    residual = format_yuan(found.fund_fen - reference.fund_fen)
    return Step(
        f"scenarios.search.{order.find}",
        Text("求解", "Search"),
        Text(
            f"满足全部 {len(demands)} 项约束；模型中基金与现行相差 {residual} 元",
            f"all {len(demands)} demands are met; in the model the fund differs from the base by {residual} yuan",
        ),
        facts=(
            *(
                Fact(Text.plain(name), f"{shown(present[name])} → {shown(value)}")
                for name, value in found.values.items()
            ),
            *(Fact(Text("约束", "demand"), str(each.label)) for each in demands if each.measure(found) == each.least),
        ),
    )
