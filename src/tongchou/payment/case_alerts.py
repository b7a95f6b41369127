"""Alerts on one case: its cost against the payment standard, its stay against the median (payment formulas §10.10)."""

from dataclasses import dataclass
from typing import Literal

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.payment.comparison import holds
from tongchou.policy import PolicyView

CostAlert = Literal["none", "near", "over"]
StayAlert = Literal["none", "long"]


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """What a case has come to so far.

    Attributes:
        case_id: Which case.
        cost_fen: Its cost, fen.
        standard_fen: The payment standard of its group at its hospital, fen.
        days: Days of the stay.
        median_days_e4: The median stay of its group, days x 10,000.
    """

    case_id: str
    cost_fen: int
    standard_fen: int
    days: int
    median_days_e4: int


@dataclass(frozen=True, slots=True)
class CaseAlerts:
    """The alerts on a case.

    Attributes:
        cost: `over` the standard by more than is allowed, `near` it, or `none`.
        stay: `long` or `none`.
        step: The explanation.
    """

    cost: CostAlert
    stay: StayAlert
    step: Step


def case_alerts(view: PolicyView, figures: CaseFigures) -> CaseAlerts:
    """Return the alerts on a case; all comparisons are exact, without rounding.

    Cost is `over` beyond `payment/alerts/cost/over` x standard, else `near` beyond `payment/alerts/cost/near` x
    standard; the stay is `long` beyond `payment/alerts/stay/long` x median. Each has its operator, `gt` or `ge`.

    Raises:
        TongchouError: `payment.alert_figures` if the standard or the median is not positive.
    """
    if figures.standard_fen <= 0 or figures.median_days_e4 <= 0:
        raise _nothing_to_compare_with(figures)
    with view.recording() as reads:
        over = view.e4("payment/alerts/cost/over"), view.text("payment/alerts/cost/over_operator")
        near = view.e4("payment/alerts/cost/near"), view.text("payment/alerts/cost/near_operator")
        long = view.e4("payment/alerts/stay/long"), view.text("payment/alerts/stay/long_operator")
    is_over = _is_beyond(over, figures.cost_fen, figures.standard_fen)
    is_near = _is_beyond(near, figures.cost_fen, figures.standard_fen)
    is_long = _is_beyond(long, figures.days * E4, figures.median_days_e4)
    cost: CostAlert = "over" if is_over else "near" if is_near else "none"
    stay: StayAlert = "long" if is_long else "none"
    step = Step(
        "payment.alerts",
        Text("病例预警", "Alerts on a case"),
        Text(f"费用：{_COST[cost].zh}；住院日：{_STAY[stay].zh}", f"cost {_COST[cost].en}, stay {_STAY[stay].en}"),
        facts=(
            Fact(Text("病例", "case"), figures.case_id),
            Fact(Text("费用（元）", "cost, yuan"), format_yuan(figures.cost_fen)),
            Fact(Text("支付标准（元）", "payment standard, yuan"), format_yuan(figures.standard_fen)),
            Fact(Text("住院日", "days of the stay"), str(figures.days)),
            Fact(Text("住院日中位数", "median stay, days"), format_e4(figures.median_days_e4)),
        ),
        parameters=tuple(reads),
        rejected=(Text("未达超标预警", "not beyond the bound of the over alert"),) if cost == "near" else (),
    )
    return CaseAlerts(cost, stay, step)


def _is_beyond(bound: tuple[int, str], value: int, measure: int) -> bool:
    multiple_e4, operator = bound
    return holds(operator, value * E4, measure * multiple_e4)


def _nothing_to_compare_with(figures: CaseFigures) -> TongchouError:
    return TongchouError(
        "payment.alert_figures",
        what=Text("病例无法预警", "a case cannot be checked for alerts"),
        where=figures.case_id,
        why=Text("没有支付标准或住院日中位数可比", "there is no payment standard or median stay to compare with"),
        remedy=Text(
            "先分组并计算支付标准；不入组病例不预警", "group and price the case first; leave ungrouped ones out"
        ),
    )


_COST: dict[CostAlert, Text] = {
    "none": Text("正常", "in order"),
    "near": Text("临近支付标准上限", "near the bound"),
    "over": Text("超标", "over the bound"),
}
_STAY: dict[StayAlert, Text] = {"none": Text("正常", "in order"), "long": Text("过长", "long")}
