"""What points are worth: the pool of a year over all points, or a stated value (payment formulas §5, §6.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, round_half_up, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.comparison import holds
from tongchou.policy.view import PolicyView
from tongchou.schema.states import INSURANCE_TYPE

POINT_E6 = 1_000_000
JOINT = "joint"
"""The pool of all insurance types together."""

ValueSource = Literal["settlement", "fixed", "corridor_low", "corridor_high"]


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """One pool's year.

    Attributes:
        points_e6: Points of each hospital's cases, with its coefficient, x 1,000,000.
        others_fen: What patients and others paid for the same cases, fen.
    """

    points_e6: Mapping[str, int]
    others_fen: int


@dataclass(frozen=True, slots=True)
class PointValue:
    """What the points of one pool are worth.

    Attributes:
        pool: Insurance type, or `joint`.
        fen_per_point: Fen of one point, exact.
        source: `settlement` where it follows from the pool, `fixed` where it was stated, `corridor_low` and
            `corridor_high` where the settlement value left the corridor.
        pool_fen: What is to be shared by the points, fund and others together, fen.
        gross_fen: What each hospital's points come to; they sum to `pool_fen` at a settlement value.
        left_fen: What the pool has left over (negative: lacks) at a stated value, fen.
        step: The explanation.
    """

    pool: str
    fen_per_point: Fraction
    source: ValueSource
    pool_fen: int
    gross_fen: Mapping[str, int]
    left_fen: int
    step: Step


def pool_of(view: PolicyView, insurance_type: str) -> str:
    """Return the pool that an insurance type's cases belong to."""
    return JOINT if view.text("payment/points/pools") == "joint" else insurance_type


def value_points(view: PolicyView, pool: str, facts: PoolFacts) -> PointValue:
    """Return the value of one pool's points.

    v = (F + O) / P, with F the fund's budget and O what others paid, or F over the compensation ratio; kept unrounded.
    Hospitals' parts are split by the largest remainder, so that they sum to the pool to the fen. A fixed value, or a
    bound of the corridor around the budget value, is taken as stated: each hospital's points times it, half up.

    Where `payment/points/value/alarm` and a budget value are given, a settlement value that falls further below the
    budget value is reported in the step's `rejected`: the usual alarm of point inflation. It changes no amount.

    Raises:
        TongchouError: `payment.no_points` if the pool has no points.
    """
    points = sum(facts.points_e6.values())
    if points <= 0:
        raise no_points(pool)
    with view.recording() as reads:
        total, inputs = _pool_fen(view, pool, facts.others_fen)
        settled = Fraction(total * POINT_E6, points)
        source, value = _value(view, pool, settled)
        alarm = _alarm(view, pool, settled)
    if source == "settlement":
        gross = split_largest_remainder(total, dict(sorted(facts.points_e6.items())))
    else:
        gross = {hospital: round_half_up(value * each / POINT_E6) for hospital, each in sorted(facts.points_e6.items())}
    step = Step(
        "payment.points.value",
        Text(f"点值（{_pool_name(pool).zh}）", f"Point value ({_pool_name(pool).en})"),
        Text(
            f"{_yuan_of(value)} 元/分，{_SOURCES[source].zh}", f"{_yuan_of(value)} yuan a point, {_SOURCES[source].en}"
        ),
        facts=(
            *inputs,
            Fact(Text("可分配总额（元）", "to be shared, yuan"), format_yuan(total)),
            Fact(Text("总分值（含机构系数）", "all points, with coefficients"), format_e4(divide_half_up(points, 100))),
        ),
        parameters=tuple(reads),
        rejected=alarm,
    )
    return PointValue(pool, value, source, total, gross, total - sum(gross.values()), step)


def _pool_fen(view: PolicyView, pool: str, others_fen: int) -> tuple[int, tuple[Fact, ...]]:
    types = list(INSURANCE_TYPE) if pool == JOINT else [pool]
    budgets = {kind: view.fen("payment/drg/base_rate/budget", insurance_type=kind) for kind in types}
    fund = Fact(Text("基金预算（元）", "the fund's budget, yuan"), format_yuan(sum(budgets.values())))
    if view.text("payment/points/pool_base") == "fund_and_others":
        others = Fact(Text("个人及其他支付（元）", "paid by patients and others, yuan"), format_yuan(others_fen))
        return sum(budgets.values()) + others_fen, (fund, others)
    ratios = {kind: view.e4("payment/drg/base_rate/compensation_ratio", insurance_type=kind) for kind in types}
    total = sum((Fraction(budgets[kind] * E4, ratios[kind]) for kind in types), Fraction(0))
    return round_half_up(total), (fund,)


def _value(view: PolicyView, pool: str, settled: Fraction) -> tuple[ValueSource, Fraction]:
    how = view.text("payment/points/value/source")
    if how == "settlement":
        return "settlement", settled
    budget = _budget(view, pool)
    if how == "fixed":
        return "fixed", budget
    reach = Fraction(view.e4("payment/points/value/corridor"), E4)
    low, high = budget * (1 - reach), budget * (1 + reach)
    if settled < low:
        return "corridor_low", low
    if settled > high:
        return "corridor_high", high
    return "settlement", settled


def _budget(view: PolicyView, pool: str) -> Fraction:
    # Yuan of a point x 10,000 is fen of a point x 100.
    return Fraction(view.e4("payment/points/value/budget", pool=pool), 100)


def _alarm(view: PolicyView, pool: str, settled: Fraction) -> tuple[Text, ...]:
    if not (view.has("payment/points/value/alarm") and view.has("payment/points/value/budget")):
        return ()
    budget = _budget(view, pool)
    limit = view.e4("payment/points/value/alarm")
    if not holds(view.text("payment/points/value/alarm_operator"), budget - settled, budget * Fraction(limit, E4)):
        return ()
    low, stated, fall = _yuan_of(settled), _yuan_of(budget), format_e4(limit)
    return (
        Text(
            f"预警：结算点值 {low} 低于预算点值 {stated}，跌幅越过 {fall}，请核查是否冲点",
            f"alarm: the settlement value {low} is below the budget value {stated} beyond {fall}: "
            "look for inflated points",
        ),
    )


def _yuan_of(value: Fraction) -> str:
    return format_e4(round_half_up(value * 100))


def _pool_name(pool: str) -> Text:
    return INSURANCE_TYPE.get(pool, Text("合并", "joint"))


def no_points(pool: str) -> TongchouError:
    """Return the error of a pool without points, whose value cannot be computed."""
    return TongchouError(
        "payment.no_points",
        what=Text("无法计算点值", "no point value can be computed"),
        where=pool,
        why=Text("该资金池没有任何分值", "the pool has no points"),
        remedy=Text("检查入库数据与分组结果", "check the data taken in and the grouping"),
    )


_SOURCES: dict[ValueSource, Text] = {
    "settlement": Text("结算点值", "the settlement value"),
    "fixed": Text("事先公布的固定点值", "fixed beforehand"),
    "corridor_low": Text("低于区间，取下限", "the lower bound of the corridor"),
    "corridor_high": Text("高于区间，取上限", "the upper bound of the corridor"),
}
