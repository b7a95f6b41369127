"""The base rate: yuan per weight (payment formulas §3)."""

from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up
from tongchou.core.text import Text
from tongchou.policy.view import PolicyView
from tongchou.schema.states import INSURANCE_TYPE


@dataclass(frozen=True, slots=True)
class BaseRate:
    """The base rate of one insurance type, with how it was found.

    Attributes:
        rate_fen: Fen per weight of 1.
        step: The explanation.
    """

    rate_fen: int
    step: Step


def base_rate(view: PolicyView, insurance_type: str, weight_e4: int) -> BaseRate:
    """Return the base rate of an insurance type.

    From a table, it is the policy's value. From the budget, R = (B / q) / W with B the DRG budget of the year, q
    the actual compensation ratio and W the predicted weight; rounded once, to the fen.

    Args:
        view: The policy on the last day of the settled period.
        insurance_type: `employee` or `resident`.
        weight_e4: The total weight of the type's cases x 10,000; growth is added by the policy.

    Raises:
        TongchouError: `payment.no_weight_sum` if the rate follows from a budget and there is no weight to divide
            by; `policy.no_value` for a missing parameter.
    """
    with view.recording() as reads:
        if view.text("payment/drg/base_rate/source") == "table":
            rate = view.fen("payment/drg/base_rate/value", insurance_type=insurance_type)
            facts: tuple[Fact, ...] = ()
        else:
            rate, facts = _from_budget(view, insurance_type, weight_e4)
    return BaseRate(rate, _explained(insurance_type, rate, facts, tuple(reads)))


def rate_from_budget(budget_fen: int, compensation_e4: int, weight_e4: int, growth_e4: int) -> int:
    """Return R = (B / q) / (W x (1 + growth)), fen per weight, half up.

    >>> rate_from_budget(238_000_000_000, 7_000, 3_100_000_000, 0)
    1096774
    """
    predicted = Fraction(weight_e4 * (E4 + growth_e4), E4 * E4)
    return round_half_up(Fraction(budget_fen * E4, compensation_e4) / predicted)


def _from_budget(view: PolicyView, insurance_type: str, weight_e4: int) -> tuple[int, tuple[Fact, ...]]:
    budget = view.fen("payment/drg/base_rate/budget", insurance_type=insurance_type)
    compensation = view.e4("payment/drg/base_rate/compensation_ratio", insurance_type=insurance_type)
    growth = view.e4("payment/drg/base_rate/weight_growth")
    if weight_e4 <= 0:
        raise TongchouError(
            "payment.no_weight_sum",
            what=Text("无法由预算测算费率", "no base rate can follow from the budget"),
            where=insurance_type,
            why=Text("该险种没有入组病例，总权重为零", "the insurance type has no grouped case, its weight is zero"),
            remedy=Text(
                "检查入库数据，或将 payment/drg/base_rate/source 设为 table",
                "check the data taken in, or set payment/drg/base_rate/source to table",
            ),
        )
    facts = (
        Fact(Text("病例总权重", "total weight of the cases"), format_e4(weight_e4)),
        Fact(Text("预算（元）", "budget, yuan"), format_yuan(budget)),
    )
    return rate_from_budget(budget, compensation, weight_e4, growth), facts


def _explained(insurance_type: str, rate: int, facts: tuple[Fact, ...], reads: tuple[ParameterRead, ...]) -> Step:
    title = INSURANCE_TYPE[insurance_type]
    return Step(
        "payment.drg.base_rate",
        Text(f"费率（{title.zh}）", f"Base rate ({title.en})"),
        Text(f"{format_yuan(rate)} 元/权重", f"{format_yuan(rate)} yuan per weight"),
        facts,
        reads,
    )
