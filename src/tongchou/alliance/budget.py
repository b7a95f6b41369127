"""The year's budget of an alliance (总额预算): its base, what was agreed since, what is taken off it first."""

from collections.abc import Iterator
from dataclasses import dataclass

from tongchou.alliance.bases import measure_basis
from tongchou.alliance.facts import AllianceFacts
from tongchou.alliance.package import Package, read_package
from tongchou.alliance.records import BudgetAdjustment
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, round_half_up, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.schema.states import BUDGET_ADJUSTMENT_REASON

_FULL_SCORE_E4 = 100 * E4


@dataclass(frozen=True, slots=True)
class Budget:
    """An alliance's budget.

    Attributes:
        base_fen: The budget: fund use above it is a deficit.
        comparison_fen: Fund use below it is a surplus; never more than the budget.
        explanation: How both came about.
        adjustments_fen: Sum of the written adjustments in it.
        deducted_fen: What was taken off it first for care elsewhere.
        value_forfeited_fen: The value part that the score did not earn.
    """

    base_fen: int
    comparison_fen: int
    explanation: Step
    adjustments_fen: int = 0
    deducted_fen: int = 0
    value_forfeited_fen: int = 0


def measure_budget(view: PolicyView, facts: AllianceFacts) -> Budget:
    """Return the budget by the rule `alliance/budget/base`.

    * `prior_year_growth` (罗湖 type): prior-year payments x (1 + growth). `alliance/budget/comparison` says
      what a surplus is measured against: `grown_base`, the budget itself, or `prior_year`, the prior year's
      payments (or the budget, where growth is negative and the budget is the smaller).
    * `income_based`: heads x financing per head x (1 - reserve - catastrophic insurance) x package share, each
      insurance type rounded half up to the fen.
    * `history`: the weighted payments of three years x (1 + growth), rounded once; growth is the least of the
      fund's income, its expenditure and the contract's cap, or the first two weighted and capped.
    * `heads_visits_cost` (总额预付): heads x visits per head x fund per visit, each kind of care rounded half
      up to the fen; outpatient care only where `alliance/package/outpatient` is `included`.

    Then, in this order: written adjustments are added to the budget and to what a surplus is measured against; the
    value part (`alliance/budget/value_share`) is earned by the quality score; where `alliance/package/outside` is
    `deducted_first`, care elsewhere is taken off; where `alliance/budget/controlled` is `total_cost`, the amounts
    become the fund's money by the year's actual compensation ratio, so that cost shifted to patients makes no surplus.

    Raises:
        TongchouError: `alliance.unknown_choice` if a rule's name is none of these; `alliance.no_budget` if
            the budget is not positive; `alliance.adjustment_late` if one was agreed after the year.
    """
    package = read_package(view)
    with view.recording() as reads:
        method, basis = measure_basis(view, package, facts)
        value_share_e4 = view.e4("alliance/budget/value_share")
    steps = [_adjustment_step(view, each) for each in facts.adjustments]
    adjusted = sum(each.amount_fen for each in facts.adjustments)
    base, comparison = basis.base_fen + adjusted, basis.comparison_fen + adjusted
    _require_positive(facts, comparison)
    forfeited, value_steps = _value_part(view, base, value_share_e4)
    deducted = package.deducted_fen(facts)
    steps += value_steps
    base, comparison = (_in_fund_money(package, facts, amount - forfeited - deducted) for amount in (base, comparison))
    steps += _package_steps(package, facts, deducted)
    _require_positive(facts, comparison)
    explanation = Step(
        f"alliance.budget.{method}",
        Text("总额预算", "Budget"),
        Text(
            f"预算 {format_yuan(base)} 元，结余比较基数 {format_yuan(comparison)} 元",
            f"budget {format_yuan(base)} yuan, surplus measured against {format_yuan(comparison)} yuan",
        ),
        facts=basis.inputs,
        parameters=_unique((*package.reads, *reads)),
        children=tuple(steps),
    )
    return Budget(base, comparison, explanation, adjusted, deducted, forfeited)


def _in_fund_money(package: Package, facts: AllianceFacts, amount: int) -> int:
    return round_half_up(amount * package.fund_part(facts))


def _require_positive(facts: AllianceFacts, comparison: int) -> None:
    if comparison <= 0:
        raise TongchouError(
            "alliance.no_budget",
            what=Text("医联体预算不是正数", "the alliance's budget is not positive"),
            where=f"{facts.alliance_id}: {format_yuan(comparison)}",
            why=Text("结余率和超支率以预算为分母", "surplus and deficit rates are ratios of the budget"),
            remedy=Text(
                "检查预算参数、参保人数、书面调整和先行扣除额",
                "check the budget parameters, the number of heads, adjustments and what is deducted first",
            ),
        )


def _adjustment_step(view: PolicyView, adjustment: BudgetAdjustment) -> Step:
    if adjustment.agreed_on > view.on:
        raise TongchouError(
            "alliance.adjustment_late",
            what=Text("预算调整在年度结束后才签订", "a budget adjustment was agreed after the year"),
            where=f"{adjustment.adjustment_id}: {adjustment.agreed_on.isoformat()} > {view.on.isoformat()}",
            why=Text("预算只能在年度内以书面协议调整", "a budget is adjusted within its year, by written protocol"),
            remedy=Text("改正日期，或列入次年", "correct the date, or count it in the next year"),
        )
    reason = BUDGET_ADJUSTMENT_REASON[adjustment.reason]
    amount = format_yuan(adjustment.amount_fen)
    return Step(
        f"alliance.budget.adjustment.{adjustment.reason}",
        Text(f"书面调整：{reason.zh}", f"Written adjustment: {reason.en}"),
        Text(f"{amount} 元", f"{amount} yuan"),
        facts=(
            Fact(Text("调整编号", "adjustment"), adjustment.adjustment_id),
            Fact(Text("签订日期", "agreed on"), adjustment.agreed_on.isoformat()),
            Fact(Text("协议", "document"), adjustment.document),
        ),
    )


def _value_part(view: PolicyView, base: int, share_e4: int) -> tuple[int, list[Step]]:
    """Return what the score does not earn of the value part (总额为框架、价值为补充), with its step if there is one."""
    if not share_e4:
        return 0, []
    with view.recording() as reads:
        score_e4 = view.e4("alliance/quality/score")
    at_stake = scale(base, share_e4)
    earned = divide_half_up(at_stake * score_e4, _FULL_SCORE_E4)
    amounts = tuple(format_yuan(each) for each in (at_stake, earned, at_stake - earned))
    step = Step(
        "alliance.budget.value_part",
        Text("预算中的价值部分", "Value part of the budget"),
        Text(
            f"{amounts[0]} 元中按得分取得 {amounts[1]} 元，未取得 {amounts[2]} 元",
            f"of {amounts[0]} yuan the score earns {amounts[1]}, {amounts[2]} are not earned",
        ),
        facts=(Fact(Text("质量得分", "quality score"), format_e4(score_e4)),),
        parameters=tuple(reads),
    )
    return at_stake - earned, [step]


def _package_steps(package: Package, facts: AllianceFacts, deducted: int) -> Iterator[Step]:
    if package.outside == "deducted_first":
        yield Step(
            "alliance.budget.outside_deducted",
            Text("先行扣除在其他机构的支出", "Care elsewhere deducted first"),
            Text(f"扣除 {format_yuan(deducted)} 元", f"{format_yuan(deducted)} yuan deducted"),
        )
    if package.controlled == "total_cost":
        ratio = format_e4(round_half_up(package.fund_part(facts) * E4))
        yield Step(
            "alliance.budget.in_fund_money",
            Text("总费用折算为基金金额", "Total cost as the fund's money"),
            Text(f"按当年实际补偿比 {ratio} 折算", f"by the year's actual compensation ratio, {ratio}"),
        )


def _unique(reads: tuple[ParameterRead, ...]) -> tuple[ParameterRead, ...]:
    return tuple(dict.fromkeys(reads))
