"""The range of the fund's and the alliances' results under shocks: drawn years (Monte Carlo), whole fen at the end.

In every draw income, stays, outpatient care and other payments are multiplied by the shocks that apply to them; each
amount is rounded half up once, to the fen. The alliances' surplus is shared by the policy's own bands. Base and
scenario are drawn with the same shocks, so their difference is the policy's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongchou.alliance.budget import measure_budget
from tongchou.alliance.facts import AllianceFacts
from tongchou.alliance.package import measure_fund_use
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, FenArray, divide_column_half_up, format_e4, format_yuan, multiply_columns
from tongchou.core.text import Text
from tongchou.scenarios.alliance_draws import kept_of_draws
from tongchou.scenarios.drawing import E9, Draws, amounts_at, draw, factors_e9
from tongchou.scenarios.results import RunResults
from tongchou.scenarios.risk_order import TARGETS, RiskOrder, Shock
from tongchou.scenarios.spread import Spread, spread

_MONTHS = 12
Factors = Mapping[str, FenArray]
"""The factor of each amount of `TARGETS` in every draw, x 10^9."""


@dataclass(frozen=True, slots=True)
class AllianceRisk:
    """An alliance's range.

    Attributes:
        alliance_id: The alliance.
        surplus: Its surplus; negative: deficit.
        kept: What it keeps; negative: what it bears.
    """

    alliance_id: str
    surplus: Spread
    kept: Spread


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one shock alone does, all others at no change.

    Attributes:
        shock: Its name.
        deviation_fen: Standard deviation of the fund's result, fen.
        share_e4: Its share of the sum of all shocks' variances x 10,000; None where nothing varies.
        mean_fen: By how much it moves the fund's mean result.
    """

    shock: str
    deviation_fen: int
    share_e4: int | None
    mean_fen: int


@dataclass(frozen=True, slots=True)
class PolicyRisk:
    """The ranges under one policy.

    Attributes:
        run_id: The trial run that they start from.
        fund: The fund's result of the year: income less all it pays, the alliances' shares among it.
        months_e4: Months that the balance at the year's end pays for x 10,000.
        alliances: Of each alliance.
        contributions: Of each shock to the fund's result.
    """

    run_id: str
    fund: Spread
    months_e4: Spread
    alliances: tuple[AllianceRisk, ...]
    contributions: tuple[Contribution, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the ranges for machines."""
        return {
            "run": self.run_id,
            "fund_result": self.fund.as_json("fen"),
            "months_payable": self.months_e4.as_json("e4"),
            "alliances": {
                each.alliance_id: {"surplus": each.surplus.as_json("fen"), "kept": each.kept.as_json("fen")}
                for each in self.alliances
            },
            "contributions": {
                each.shock: {
                    "deviation_fen": each.deviation_fen,
                    "variance_share_e4": each.share_e4,
                    "mean_fen": each.mean_fen,
                }
                for each in self.contributions
            },
        }


@dataclass(frozen=True, slots=True)
class Risk:
    """The range of the base and of the scenario, with all that was assumed."""

    base: PolicyRisk
    tried: PolicyRisk
    explanation: Step


def fund_risk(order: RiskOrder, base: RunResults, tried: RunResults) -> Risk:
    """Draw the years and return the ranges of base and scenario.

    Raises:
        TongchouError: As `drawing.draw` and `alliance_draws.kept_of_draws` say.
    """
    drawn = draw(order.shocks, order.correlations, order.seed, order.draws)
    base_risk = _policy_risk(order, drawn, base)
    tried_risk = base_risk if tried is base else _policy_risk(order, drawn, tried)
    return Risk(base_risk, tried_risk, _step(order))


@dataclass(frozen=True, slots=True)
class _Years:
    """The drawn years of one policy, a column each; fen."""

    fund: FenArray
    paid: FenArray
    surplus: Mapping[str, FenArray]
    kept: Mapping[str, FenArray]


def _policy_risk(order: RiskOrder, drawn: Mapping[str, Draws], run: RunResults) -> PolicyRisk:
    years = _years(order, run, _factors(order, drawn, order.shocks, order.draws))
    still = _years(order, run, _factors(order, {}, (), 1))
    return PolicyRisk(
        run.record.run_id,
        spread(years.fund, int(still.fund[0])),
        spread(_months(order, years), int(_months(order, still)[0])),
        tuple(
            AllianceRisk(
                key,
                spread(years.surplus[key], int(still.surplus[key][0])),
                spread(years.kept[key], int(still.kept[key][0])),
            )
            for key in years.surplus
        ),
        _contributions(order, drawn, run, int(still.fund[0])),
    )


def _factors(order: RiskOrder, drawn: Mapping[str, Draws], shocks: tuple[Shock, ...], draws: int) -> Factors:
    factors = {
        target: factors_e9([drawn[shock.name] for shock in shocks if target in shock.applies_to], draws)
        for target in TARGETS
    }
    if order.inpatient_pays == "fixed_budget":
        # More or dearer stays lower the rate; what the fund pays for them stays the budget.
        factors["inpatient"] = np.full(draws, E9, dtype=np.int64)
    return factors


def _years(order: RiskOrder, run: RunResults, factors: Factors) -> _Years:
    paid = (
        amounts_at(run.total.fund_fen, factors["inpatient"])
        + amounts_at(run.outpatient_fund_fen, factors["outpatient"])
        + amounts_at(order.fund.other_fen, factors["other"])
    )
    surplus: dict[str, FenArray] = {}
    kept: dict[str, FenArray] = {}
    for alliance in run.alliances:
        surplus[alliance.alliance_id], own = _alliance_years(run, alliance, factors)
        kept[alliance.alliance_id] = own
        paid = paid + own
    return _Years(amounts_at(order.fund.income_fen, factors["income"]) - paid, paid, surplus, kept)


def _alliance_years(run: RunResults, alliance: AllianceFacts, factors: Factors) -> tuple[FenArray, FenArray]:
    """Return surplus (negative: deficit) and what is kept of it in every draw."""
    budget = measure_budget(run.view, alliance)
    actual, _ = measure_fund_use(run.view, alliance)
    inpatient = alliance.fund_use.inpatient_inside_fen + alliance.fund_use.inpatient_outside_fen
    used = amounts_at(inpatient, factors["inpatient"]) + amounts_at(actual - inpatient, factors["outpatient"])
    surplus = np.maximum(0, budget.comparison_fen - used) - np.maximum(0, used - budget.base_fen)
    return surplus, kept_of_draws(run.view, budget.base_fen, budget.comparison_fen, used)


def _months(order: RiskOrder, years: _Years) -> FenArray:
    """Return (balance + result) / (payments / 12) x 10,000, half up: the months payable at the year's end (M60)."""
    twelve = multiply_columns(order.fund.balance_fen + years.fund, np.asarray(_MONTHS * E4, dtype=np.int64))
    return divide_column_half_up(twelve, np.maximum(1, years.paid))


def _contributions(
    order: RiskOrder, drawn: Mapping[str, Draws], run: RunResults, still_fen: int
) -> tuple[Contribution, ...]:
    alone = {
        shock.name: _years(order, run, _factors(order, drawn, (shock,), order.draws)).fund for shock in order.shocks
    }
    variances = {name: float(np.var(fund)) for name, fund in alone.items()}
    whole = sum(variances.values())
    return tuple(
        Contribution(
            name,
            round(variances[name] ** 0.5),
            round(variances[name] / whole * E4) if whole else None,
            spread(fund, still_fen).mean - still_fen,
        )
        for name, fund in alone.items()
    )


def _step(order: RiskOrder) -> Step:
    fund = order.fund
    pays = {
        "fixed_rate": Text("费率不变，量增则支出增", "the rate holds: more stays cost more"),
        "fixed_budget": Text("预算不变，量增则费率降", "the budget holds: more stays lower the rate"),
    }[order.inpatient_pays]
    return Step(
        "scenarios.risk",
        Text("基金风险抽样", "Drawn range of the fund's risk"),
        Text(f"抽样 {order.draws:,} 次，种子 {order.seed}", f"{order.draws:,} draws, seed {order.seed}"),
        facts=(
            Fact(Text("基金收入（元）", "income, yuan"), f"{format_yuan(fund.income_fen)}（{fund.source}）"),
            Fact(Text("年初结存（元）", "balance at the start, yuan"), format_yuan(fund.balance_fen)),
            Fact(Text("其他支出（元）", "other payments, yuan"), format_yuan(fund.other_fen)),
            Fact(Text("住院支付", "payment of stays"), str(pays)),
            *(_shock_fact(shock) for shock in order.shocks),
            *(
                Fact(Text("秩相关", "rank correlation"), f"{each.one}–{each.other}: {format_e4(each.rank_e4)}")
                for each in order.correlations
            ),
        ),
    )


def _shock_fact(shock: Shock) -> Fact:
    figures = [f"{name} {format_e4(value)}" for name, value in shock.figures_e4.items()]
    figures += [f"{format_e4(value)}: {format_e4(probability)}" for value, probability in shock.outcomes_e4]
    written = f"{shock.distribution} ({', '.join(figures)}) → {', '.join(shock.applies_to)}; {shock.source}"
    return Fact(Text(f"冲击 {shock.name}", f"shock {shock.name}"), written)
