"""The four bases of a budget: prior year and growth, income, three years' history, heads x visits x cost."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from tongchou.alliance.choices import require_whole, unknown_choice
from tongchou.alliance.facts import AllianceFacts
from tongchou.alliance.package import Package
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.schema.states import INSURANCE_TYPE


@dataclass(frozen=True, slots=True)
class Basis:
    """A budget before written adjustments.

    Attributes:
        base_fen: The budget.
        comparison_fen: What a surplus is measured against; never more than the budget.
        inputs: The figures that went in.
    """

    base_fen: int
    comparison_fen: int
    inputs: tuple[Fact, ...]


def measure_basis(view: PolicyView, package: Package, facts: AllianceFacts) -> tuple[str, Basis]:
    """Return the name of the rule `alliance/budget/base` and what it gives.

    Raises:
        TongchouError: `alliance.unknown_choice` if the rule's name is none of the four; `alliance.heads_differ`,
            `alliance.not_in_total_cost` and `alliance.shares_not_whole` as the rules say.
    """
    method = view.text("alliance/budget/base")
    rule = _RULES.get(method)
    if rule is None:
        raise unknown_choice("alliance/budget/base", method)
    return method, rule(view, package, facts)


def _prior_year_growth(view: PolicyView, package: Package, facts: AllianceFacts) -> Basis:
    del package, facts
    prior = view.fen("alliance/budget/prior_year_payments")
    growth_e4 = view.e4("alliance/budget/growth")
    base = scale(prior, E4 + growth_e4)
    inputs = (
        Fact(Text("上年支付（元）", "prior-year payments, yuan"), format_yuan(prior)),
        Fact(Text("增长率", "growth"), format_e4(growth_e4)),
    )
    match view.text("alliance/budget/comparison"):
        case "grown_base":
            return Basis(base, base, inputs)
        case "prior_year":
            return Basis(base, min(prior, base), inputs)
        case other:
            raise unknown_choice("alliance/budget/comparison", other)


def _income_based(view: PolicyView, package: Package, facts: AllianceFacts) -> Basis:
    """Heads x financing per head x (1 - reserve - catastrophic insurance) x package share, rounded once a type."""
    if package.controlled == "total_cost":
        raise TongchouError(
            "alliance.not_in_total_cost",
            what=Text("按筹资测算的预算不能与总费用比较", "a budget from income cannot be held against total cost"),
            where=facts.alliance_id,
            why=Text("筹资只含基金收入，不含个人负担", "income is the fund's money, without what patients pay"),
            remedy=Text(
                "将 alliance/budget/controlled 设为 fund_payment，或改用其他基数",
                "set alliance/budget/controlled to fund_payment, or choose another base",
            ),
        )
    if sum(facts.insured.values()) != facts.heads:
        raise TongchouError(
            "alliance.heads_differ",
            what=Text("分险种人数之和不等于打包人数", "the heads by insurance type do not sum to the package's heads"),
            where=f"{facts.alliance_id}: {sum(facts.insured.values())} / {facts.heads}",
            why=Text("每种保险的筹资标准不同", "each insurance type is financed at its own rate"),
            remedy=Text("补齐参保人的险种", "supply the insurance type of every insured person"),
        )
    reserve = view.e4("alliance/budget/income/reserve_share")
    catastrophic = view.e4("alliance/budget/income/catastrophic_share")
    packaged = view.e4("alliance/budget/income/package_share")
    base, inputs = 0, []
    for kind, heads in sorted(facts.insured.items()):
        if heads:
            per_head = view.fen("alliance/budget/income/financing_per_head", insurance_type=kind)
            part = scale(heads * per_head, E4 - reserve - catastrophic, packaged)
            base += part
            title = INSURANCE_TYPE[kind]
            label = Text(
                f"{title.zh}（人数 / 人均筹资 / 打包额，元）", f"{title.en} (heads / per head / package, yuan)"
            )
            inputs.append(Fact(label, f"{heads} / {format_yuan(per_head)} / {format_yuan(part)}"))
    return Basis(base, base, tuple(inputs))


def _history(view: PolicyView, package: Package, facts: AllianceFacts) -> Basis:
    """Three years' payments by weight x (1 + growth), rounded once."""
    del package, facts
    name = "alliance/budget/history/year_weights"
    weights = {year: view.e4(name, budget_year=year) for year in ("-1", "-2", "-3")}
    require_whole(name, weights)
    paid = {
        year: view.fen("alliance/budget/history/payments", budget_year=year)
        for year, weight in weights.items()
        if weight
    }
    growth = _growth(view)
    weighted = Fraction(sum(weights[year] * amount for year, amount in paid.items()), E4)
    base = round_half_up(weighted * (1 + growth))
    inputs = (
        *(
            Fact(
                Text(f"{year} 年支付（元 × 权重）", f"payments of year {year}, yuan x weight"),
                f"{format_yuan(amount)} × {format_e4(weights[year])}",
            )
            for year, amount in paid.items()
        ),
        Fact(Text("采用的增长率", "growth taken"), format_e4(round_half_up(growth * E4))),
    )
    return Basis(base, base, inputs)


def _growth(view: PolicyView) -> Fraction:
    """Return the growth of the budget: the least of income, expenditure and cap, or the first two weighted, capped."""
    name = "alliance/budget/history/growth"
    series = {each: view.e4(name, growth_series=each) for each in ("income", "expenditure")}
    cap = Fraction(view.e4("alliance/budget/history/growth_cap"), E4)
    match view.text("alliance/budget/history/growth_rule"):
        case "minimum":
            return min(cap, Fraction(min(series.values()), E4))
        case "weighted":
            weighting = "alliance/budget/history/growth_weights"
            weights = {each: view.e4(weighting, growth_series=each) for each in series}
            require_whole(weighting, weights)
            return min(cap, Fraction(sum(weights[each] * series[each] for each in series), E4 * E4))
        case other:
            raise unknown_choice("alliance/budget/history/growth_rule", other)


def _heads_visits_cost(view: PolicyView, package: Package, facts: AllianceFacts) -> Basis:
    base = 0
    inputs = [Fact(Text("人数", "heads"), str(facts.heads))]
    for kind in package.kinds:
        visits_e4 = view.e4("alliance/budget/visits_per_head", kind=kind)
        cost = view.fen("alliance/budget/fund_per_visit", kind=kind)
        part = scale(facts.heads * cost, visits_e4)
        base += part
        zh, en = _KINDS[kind].zh, _KINDS[kind].en
        inputs.append(Fact(Text(f"{zh}部分（元）", f"{en} part, yuan"), format_yuan(part)))
    return Basis(base, base, tuple(inputs))


_KINDS = {"inpatient": Text("住院", "inpatient"), "outpatient": Text("门诊", "outpatient")}
_RULES: dict[str, Callable[[PolicyView, Package, AllianceFacts], Basis]] = {
    "prior_year_growth": _prior_year_growth,
    "income_based": _income_based,
    "history": _history,
    "heads_visits_cost": _heads_visits_cost,
}
