"""The budget point value (预算点值), measured before the year (payment formulas §6.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up
from tongchou.core.text import Text
from tongchou.payment.cases.points_value import no_points
from tongchou.policy import PolicyView

_YEAR_WEIGHTS = "payment/points/value/year_weights"


@dataclass(frozen=True, slots=True)
class GroupVolume:
    """A group's expected volume.

    Attributes:
        points_e4: Points of one case (RW) x 10,000.
        cases: How many cases.
    """

    points_e4: int
    cases: int


@dataclass(frozen=True, slots=True)
class BudgetPointValue:
    """A measured point value.

    Attributes:
        value_e4: Yuan of a point x 10,000, rounded half up once: what `payment/points/value/budget` may be set to.
        cost_fen: The weighted mean of the years' cost, rounded half up; for the eye, the value does not use it.
        step: The explanation.
    """

    value_e4: int
    cost_fen: int
    step: Step


def budget_point_value(
    view: PolicyView, pool: str, cost_fen: Mapping[int, int], groups: Mapping[str, GroupVolume]
) -> BudgetPointValue:
    """Return the weighted mean of the yearly inpatient cost over the sum of points x cases.

    Args:
        view: The policy; `payment/points/value/year_weights` weighs the years, e.g. 1:2:7.
        pool: Which pool it is for, for the explanation.
        cost_fen: The inpatient cost of each year, by its offset: 0 is the latest, -1 and -2 the years before, fen.
        groups: The volume of each group.

    Raises:
        TongchouError: `payment.no_points` if the groups have no points; `payment.budget_value_weights` if the weights
            of the years given are all zero.
    """
    points_e4 = sum(group.points_e4 * group.cases for group in groups.values())
    if points_e4 <= 0:
        raise no_points(pool)
    with view.recording() as reads:
        weights = {year: view.whole(_YEAR_WEIGHTS, year_offset=str(year)) for year in sorted(cost_fen)}
    if not sum(weights.values()):
        raise TongchouError(
            "payment.budget_value_weights",
            what=Text("无法加权各年费用", "the years' cost cannot be weighed"),
            where=_YEAR_WEIGHTS,
            why=Text("所给各年的权数全为零", "the weights of the years given are all zero"),
            remedy=Text("改正权数，或补充其他年份的费用", "correct the weights, or give the cost of other years"),
        )
    mean = Fraction(sum(weight * cost_fen[year] for year, weight in weights.items()), sum(weights.values()))
    # Fen over points x 10,000: times 10,000 for points, over 100 for yuan, times 10,000 for the four decimals.
    value_e4 = round_half_up(mean * E4 * E4 / (points_e4 * 100))
    cost = round_half_up(mean)
    step = Step(
        "payment.points.budget_value",
        Text("预算点值测算", "Budget point value, measured"),
        Text(f"{format_e4(value_e4)} 元/分", f"{format_e4(value_e4)} yuan a point"),
        facts=(
            Fact(Text("资金池", "pool"), pool),
            *(
                Fact(Text(f"{year} 年费用（元）× 权数", f"cost of year {year}, yuan, x weight"), f"{amount} × {weight}")
                for year, weight in weights.items()
                for amount in (format_yuan(cost_fen[year]),)
            ),
            Fact(Text("加权平均费用（元）", "weighted mean cost, yuan"), format_yuan(cost)),
            Fact(Text("总分值", "all points"), format_e4(points_e4)),
        ),
        parameters=tuple(reads),
    )
    return BudgetPointValue(value_e4, cost, step)
