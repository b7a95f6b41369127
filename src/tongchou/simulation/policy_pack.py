"""The region's own policy pack: the money parameters that follow from what was generated."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np

from tongchou.core.money import E4, divide_half_up, fen_to_yuan
from tongchou.policy import PolicyView
from tongchou.simulation.chunk import World
from tongchou.simulation.county import PLACES
from tongchou.simulation.stay_tables import INSURANCE
from tongchou.simulation.totals import Totals

Value = Decimal | int | Mapping[str, Decimal | int]


def write_policy_pack(
    folder: Path, totals: Totals, world: World, city: PolicyView, seed: int, rng: np.random.Generator
) -> None:
    """Write `pack.yaml` and the parameters of the county's pack into a new folder."""
    roster = world.county.roster
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text(
        f"# Invented by the region generator, seed {seed}. No value is any real county's.\n"
        f"id: {roster.pack}\n"
        f"name: {{zh: {roster.county.zh}（虚构）, en: {roster.county.en} (invented)}}\n"
        f"level: county\n"
        f"parent: {roster.parent_pack}\n",
        encoding="utf-8",
    )
    values = {**_payment(totals, world, city), **_alliance(totals, world), **_scores(world, rng)}
    for name, value in values.items():
        file = folder / "parameters" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_dated(value, roster.year, seed), encoding="utf-8")


def _payment(totals: Totals, world: World, city: PolicyView) -> dict[str, Value]:
    """Budgets by which the standards of all hospitals together come to about their cost."""
    growth_e4 = city.e4("payment/drg/base_rate/weight_growth")
    level_e4 = _mean_level_factor_e4(totals, world, city)
    ratios = {kind: totals.compensation_e4(number) for number, kind in enumerate(INSURANCE)}
    budgets = {}
    for number, kind in enumerate(INSURANCE):
        cost = int(totals.cost_fen[number].sum())
        predicted = divide_half_up(cost * (E4 + growth_e4), level_e4)
        budgets[kind] = fen_to_yuan(divide_half_up(predicted * ratios[kind], E4))
    return {
        "payment/drg/base_rate/budget": budgets,
        "payment/drg/base_rate/compensation_ratio": {kind: _ratio(e4) for kind, e4 in ratios.items()},
    }


def _alliance(totals: Totals, world: World) -> dict[str, Value]:
    figures = world.county.budget
    inpatient, outpatient = int(totals.fund_fen.sum()), totals.visit_fund_fen
    kept_e4 = E4 - round(figures.alliance_surplus_rate * E4)
    growth_e4 = round(figures.prior_year_growth * E4)
    budget = divide_half_up((inpatient + outpatient) * E4, kept_e4)
    return {
        "alliance/budget/prior_year_payments": fen_to_yuan(divide_half_up(budget * E4, E4 + growth_e4)),
        "alliance/budget/growth": _ratio(growth_e4),
        "alliance/budget/visits_per_head": {
            "inpatient": _ratio(divide_half_up(totals.cases * E4, totals.persons)),
            "outpatient": _ratio(divide_half_up(totals.visits * E4, totals.persons)),
        },
        "alliance/budget/fund_per_visit": {
            "inpatient": fen_to_yuan(divide_half_up(inpatient, totals.cases)),
            "outpatient": fen_to_yuan(divide_half_up(outpatient, max(totals.visits, 1))),
        },
    }


def _scores(world: World, rng: np.random.Generator) -> dict[str, Value]:
    figures = world.county.budget.assessment_score
    scored = [i.institution_id for i in world.roster.institutions if i.place in PLACES]
    drawn = rng.integers(figures.lowest, figures.highest + 1, len(scored))
    return {
        "alliance/quality/score": world.county.budget.quality_score,
        "settlement/assessment/score": {
            "default": figures.default,
            **{institution_id: int(score) for institution_id, score in zip(scored, drawn, strict=True)},
        },
    }


def _mean_level_factor_e4(totals: Totals, world: World, city: PolicyView) -> int:
    """Return the mean level factor over the weight, taking cost less the place's price level as the weight."""
    weight = factor = 0
    for number, place in enumerate(PLACES):
        figures = world.county.roster.places[place]
        base = round(int(totals.cost_fen[:, number].sum()) / figures.cost_factor)
        weight += base
        factor += base * city.e4("payment/drg/level_factor", level=figures.level)
    return divide_half_up(factor, weight)


def _ratio(e4: int) -> Decimal:
    return Decimal(e4).scaleb(-4)


def _dated(value: Value, year: int, seed: int) -> str:
    if isinstance(value, Mapping):
        lines = "".join(f"\n      {key}: {part}" for key, part in value.items())
    else:
        lines = f" {value}"
    return (
        "values:\n"
        f"  - from: {year}-01-01\n"
        f"    value:{lines}\n"
        f"    source: {{title: 'invented by the region generator, seed {seed}'}}\n"
    )
