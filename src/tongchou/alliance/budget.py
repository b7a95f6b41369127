"""The year's budget of an alliance (总额预算) and the fund use that is held against it."""

from dataclasses import dataclass

from tongchou.alliance.facts import AllianceFacts
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class Budget:
    """An alliance's budget.

    Attributes:
        base_fen: The budget: fund use above it is a deficit.
        comparison_fen: Fund use below it is a surplus; never more than the budget.
        explanation: How both came about.
    """

    base_fen: int
    comparison_fen: int
    explanation: Step


def measure_budget(view: PolicyView, facts: AllianceFacts) -> Budget:
    """Return the budget by the rule `alliance/budget/base`.

    * `prior_year_growth` (罗湖 type): prior-year payments x (1 + growth). `alliance/budget/comparison` says
      what a surplus is measured against: `grown_base`, the budget itself, or `prior_year`, the prior year's
      payments (or the budget, where growth is negative and the budget is the smaller).
    * `heads_visits_cost` (总额预付): heads x visits per head x fund per visit, each kind of care rounded half
      up to the fen; outpatient care only where `alliance/package/outpatient` is `included`.

    Raises:
        TongchouError: `alliance.unknown_choice` if a rule's name is none of these; `alliance.no_budget` if
            the budget is not positive.
    """
    with view.recording() as reads:
        method = view.text("alliance/budget/base")
        match method:
            case "prior_year_growth":
                base, comparison, inputs = _prior_year_growth(view)
            case "heads_visits_cost":
                base, inputs = _heads_visits_cost(view, facts.heads)
                comparison = base
            case _:
                raise unknown_choice("alliance/budget/base", method)
    if comparison <= 0:
        raise TongchouError(
            "alliance.no_budget",
            what=Text("医联体预算不是正数", "the alliance's budget is not positive"),
            where=f"{facts.alliance_id}: {format_yuan(comparison)}",
            why=Text("结余率和超支率以预算为分母", "surplus and deficit rates are ratios of the budget"),
            remedy=Text("检查预算参数和参保人数", "check the budget parameters and the number of heads"),
        )
    explanation = Step(
        f"alliance.budget.{method}",
        Text("总额预算", "Budget"),
        Text(
            f"预算 {format_yuan(base)} 元，结余比较基数 {format_yuan(comparison)} 元",
            f"budget {format_yuan(base)} yuan, surplus measured against {format_yuan(comparison)} yuan",
        ),
        facts=inputs,
        parameters=tuple(reads),
    )
    return Budget(base, comparison, explanation)


def measure_fund_use(view: PolicyView, facts: AllianceFacts) -> tuple[int, Step]:
    """Return the fund use that counts against the budget, fen, with its explanation.

    Stays count wherever the package's people were treated; outpatient care counts where
    `alliance/package/outpatient` is `included`.
    """
    use = facts.fund_use
    with view.recording() as reads:
        population = _population(view)
        with_outpatient = _has_outpatient(view)
    outpatient = use.outpatient_inside_fen + use.outpatient_outside_fen
    actual = use.inpatient_inside_fen + use.inpatient_outside_fen + (outpatient if with_outpatient else 0)
    step = Step(
        "alliance.fund_use",
        Text("打包人群的基金支出", "Fund use of the package's people"),
        Text(f"实际支出 {format_yuan(actual)} 元", f"{format_yuan(actual)} yuan used"),
        facts=(
            Fact(population, str(facts.heads)),
            Fact(
                Text("住院：成员机构（元）", "inpatient at members, yuan"),
                format_yuan(use.inpatient_inside_fen),
            ),
            Fact(
                Text("住院：其他机构（元）", "inpatient elsewhere, yuan"),
                format_yuan(use.inpatient_outside_fen),
            ),
            Fact(
                Text("门诊：成员机构（元）", "outpatient at members, yuan"),
                format_yuan(use.outpatient_inside_fen),
            ),
            Fact(
                Text("门诊：其他机构（元）", "outpatient elsewhere, yuan"),
                format_yuan(use.outpatient_outside_fen),
            ),
        ),
        parameters=tuple(reads),
        rejected=()
        if with_outpatient
        else (Text("门诊不在打包范围内，未计入", "outpatient care is not in the package"),),
    )
    return actual, step


def unknown_choice(parameter: str, choice: str) -> TongchouError:
    """Return the error of a text parameter whose value names no rule that is known."""
    return TongchouError(
        "alliance.unknown_choice",
        what=Text(f"不认识的取值 {choice!r}", f"the value {choice!r} names no rule"),
        where=parameter,
        why=Text("该参数只能取文档列出的值", "the parameter takes only the values listed in its file"),
        remedy=Text("改正政策文件中的取值", "correct the value in the policy file"),
    )


def _prior_year_growth(view: PolicyView) -> tuple[int, int, tuple[Fact, ...]]:
    prior = view.fen("alliance/budget/prior_year_payments")
    growth_e4 = view.e4("alliance/budget/growth")
    base = scale(prior, E4 + growth_e4)
    inputs = (
        Fact(Text("上年支付（元）", "prior-year payments, yuan"), format_yuan(prior)),
        Fact(Text("增长率", "growth"), format_e4(growth_e4)),
    )
    match view.text("alliance/budget/comparison"):
        case "grown_base":
            return base, base, inputs
        case "prior_year":
            return base, min(prior, base), inputs
        case other:
            raise unknown_choice("alliance/budget/comparison", other)


def _heads_visits_cost(view: PolicyView, heads: int) -> tuple[int, tuple[Fact, ...]]:
    kinds = ("inpatient", "outpatient") if _has_outpatient(view) else ("inpatient",)
    base = 0
    inputs = [Fact(Text("人数", "heads"), str(heads))]
    for kind in kinds:
        visits_e4 = view.e4("alliance/budget/visits_per_head", kind=kind)
        cost = view.fen("alliance/budget/fund_per_visit", kind=kind)
        part = scale(heads * cost, visits_e4)
        base += part
        zh, en = _KINDS[kind].zh, _KINDS[kind].en
        inputs.append(Fact(Text(f"{zh}部分（元）", f"{en} part, yuan"), format_yuan(part)))
    return base, tuple(inputs)


def _population(view: PolicyView) -> Text:
    match view.text("alliance/package/population"):
        case "insured_in_area":
            return Text("辖区参保人数", "heads insured in the area")
        case "contracted":
            return Text("签约人数", "heads contracted with the alliance")
        case other:
            raise unknown_choice("alliance/package/population", other)


def _has_outpatient(view: PolicyView) -> bool:
    match view.text("alliance/package/outpatient"):
        case "included":
            return True
        case "excluded":
            return False
        case other:
            raise unknown_choice("alliance/package/outpatient", other)


_KINDS = {"inpatient": Text("住院", "inpatient"), "outpatient": Text("门诊", "outpatient")}
