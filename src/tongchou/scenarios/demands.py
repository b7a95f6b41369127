"""The constraints of a search as demands: each a linear form that is at least some amount, and its exact test."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from tongchou.core.money import E4, format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.scenarios.model import Linear, Model, Outcome
from tongchou.scenarios.results import RunResults
from tongchou.scenarios.search_order import Descending, FundChange, LevelResult, NoMemberBelow, SearchOrder


@dataclass(frozen=True, slots=True)
class Demand:
    """One inequality.

    Attributes:
        label: The constraint and what it demands of whom.
        form: What must be at least `least`, for the solver.
        measure: The same in whole numbers, of an outcome.
        least: What it must reach, exactly.
        unit: What it is measured in.
    """

    label: Text
    form: Linear
    measure: Callable[[Outcome], int]
    least: Fraction
    unit: Literal["fen", "e4"]

    def is_met(self, outcome: Outcome) -> bool:
        """Return whether an outcome meets it, exactly."""
        return self.measure(outcome) >= self.least


@dataclass(frozen=True, slots=True)
class Reference:
    """What changes are measured against: the base. Fen."""

    fund_fen: int
    incomes_fen: Mapping[str, int]
    charges_fen: Mapping[str, int]
    levels: Mapping[str, str]


def reference_of(base: RunResults, incomes_fen: Mapping[str, int]) -> Reference:
    """Return the reference of a search from the base's run and its institutions' incomes."""
    sums = base.by(lambda cell: cell.institution_id)
    levels = {cell.institution_id: cell.level for cell in base.cells}
    return Reference(base.total.fund_fen, incomes_fen, {key: each.total_fen for key, each in sums.items()}, levels)


def demands_of(order: SearchOrder, model: Model, reference: Reference) -> list[Demand]:
    """Return every inequality that a search must meet, bounds of the unknowns first."""
    demands = list(_bounds(order))
    if order.find == "split":
        demands += _whole(order)
    for constraint in order.constraints:
        match constraint:
            case FundChange():
                demands += _fund_change(constraint, model, reference)
            case NoMemberBelow():
                demands += _no_member_below(constraint, model, reference)
            case LevelResult():
                demands += _level_result(constraint, model, reference)
            case Descending():
                demands += _descending(constraint, order)
    return demands


def _bounds(order: SearchOrder) -> Iterator[Demand]:
    for name, bounds in order.ranges.items():
        shown = format_yuan if order.find == "base_rates" else format_e4
        form = Linear(Fraction(0), {name: Fraction(1)})
        low, high = shown(bounds.least), shown(bounds.most)
        yield Demand(
            Text(f"{name} 不低于 {low}", f"{name} at least {low}"),
            form,
            _value(name),
            Fraction(bounds.least),
            _unit(order),
        )
        label = Text(f"{name} 不高于 {high}", f"{name} at most {high}")
        yield Demand(label, -form, _negative(_value(name)), Fraction(-bounds.most), _unit(order))


def _whole(order: SearchOrder) -> Iterator[Demand]:
    form = Linear(Fraction(0), {name: Fraction(1) for name in order.ranges})

    def whole(outcome: Outcome) -> int:
        return sum(outcome.values.values())

    yield Demand(Text("各部分之和为 1", "the parts sum to 1"), form, whole, Fraction(E4), _unit(order))
    yield Demand(Text("各部分之和为 1", "the parts sum to 1"), -form, _negative(whole), Fraction(-E4), _unit(order))


def _fund_change(constraint: FundChange, model: Model, reference: Reference) -> Iterator[Demand]:
    low, high = (
        Fraction(reference.fund_fen * (E4 + constraint.target_e4 + sign * constraint.tolerance_e4), E4)
        for sign in (-1, 1)
    )

    def fund(outcome: Outcome) -> int:
        return outcome.fund_fen

    target, tolerance = format_e4(constraint.target_e4), format_e4(constraint.tolerance_e4)
    label = Text(
        f"{constraint.name}：基金变动 {target} ± {tolerance}", f"{constraint.name}: fund change {target} ± {tolerance}"
    )
    yield Demand(_with(label, "（下限）", " (least)"), model.fund, fund, low, "fen")
    yield Demand(_with(label, "（上限）", " (most)"), -model.fund, _negative(fund), -high, "fen")


def _no_member_below(constraint: NoMemberBelow, model: Model, reference: Reference) -> Iterator[Demand]:
    change = format_e4(constraint.least_e4)
    for key, form in model.incomes.items():
        least = Fraction(reference.incomes_fen.get(key, 0) * (E4 + constraint.least_e4), E4)
        label = Text(
            f"{constraint.name}：{key} 收入变动不低于 {change}",
            f"{constraint.name}: income of {key} not below {change}",
        )
        yield Demand(label, form, _income(key), least, "fen")


def _level_result(constraint: LevelResult, model: Model, reference: Reference) -> Iterator[Demand]:
    keys = [key for key, level in sorted(reference.levels.items()) if level == constraint.level]
    charges = sum(reference.charges_fen[key] for key in keys)
    incomes = model.incomes
    form = sum((incomes[key] for key in keys), Linear(Fraction(-charges), {}))

    def result(outcome: Outcome) -> int:
        return sum(outcome.incomes_fen[key] for key in keys) - charges

    least = format_e4(constraint.least_e4)
    label = Text(
        f"{constraint.name}：{constraint.level} 盈亏率不低于 {least}",
        f"{constraint.name}: result of {constraint.level} institutions not below {least} of charges",
    )
    yield Demand(label, form, result, Fraction(charges * constraint.least_e4, E4), "fen")


def _descending(constraint: Descending, order: SearchOrder) -> Iterator[Demand]:
    for upper, lower in pairwise(constraint.unknowns):
        label = Text(f"{constraint.name}：{upper} ≥ {lower}", f"{constraint.name}: {upper} ≥ {lower}")
        form = Linear(Fraction(0), {upper: Fraction(1), lower: Fraction(-1)})
        yield Demand(label, form, _gap(upper, lower), Fraction(0), _unit(order))


def _unit(order: SearchOrder) -> Literal["fen", "e4"]:
    return "fen" if order.find == "base_rates" else "e4"


def _value(name: str) -> Callable[[Outcome], int]:
    return lambda outcome: outcome.values[name]


def _gap(upper: str, lower: str) -> Callable[[Outcome], int]:
    return lambda outcome: outcome.values[upper] - outcome.values[lower]


def _income(key: str) -> Callable[[Outcome], int]:
    return lambda outcome: outcome.incomes_fen[key]


def _negative(measure: Callable[[Outcome], int]) -> Callable[[Outcome], int]:
    return lambda outcome: -measure(outcome)


def _with(label: Text, zh: str, en: str) -> Text:
    return Text(label.zh + zh, label.en + en)
