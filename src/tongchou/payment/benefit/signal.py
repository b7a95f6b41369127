"""The price signal of a ratio (支付比例的价格信号): by how much visits are expected to shift when it changes."""

from dataclasses import dataclass

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, divide_half_up, format_e4, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class VisitShift:
    """An expected change of visits; a forecast, never a payment.

    Attributes:
        change_e4: The change of the ratio x 10,000, as the policy measures it.
        shift_e4: The expected relative change of visits x 10,000; negative: fewer.
        explanation: How it came about.
    """

    change_e4: int
    shift_e4: int
    explanation: Step


def expected_shift(view: PolicyView, before_e4: int, after_e4: int) -> VisitShift:
    """Return the expected relative change of visits at a level whose ratio changes.

    It is the change of the ratio x the elasticity. Sources do not say whether a change of 10 % means points or a part
    of the ratio before, so `benefit/signal/change_in` decides: 0.70 to 0.80 is 0.10 in points and 0.1429 in percent.

    Args:
        view: The policy.
        before_e4: The ratio before x 10,000.
        after_e4: The ratio after x 10,000.

    Raises:
        TongchouError: `benefit.no_ratio_before` for a relative change of a ratio of zero; `policy.no_value`.
    """
    with view.recording() as reads:
        elasticity = view.e4("benefit/signal/elasticity")
        measured_in = view.text("benefit/signal/change_in")
    change = after_e4 - before_e4
    if measured_in == "percent":
        if before_e4 <= 0:
            raise _no_ratio_before(before_e4)
        change = divide_half_up(change * E4, before_e4)
    shift = scale(change, elasticity)
    step = Step(
        "payment.benefit.signal",
        Text("就诊量预测", "Expected shift of visits"),
        Text(f"就诊量变化 {format_e4(shift)}", f"visits change by {format_e4(shift)}"),
        facts=(
            Fact(Text("原比例 / 新比例", "ratio before / after"), f"{format_e4(before_e4)} / {format_e4(after_e4)}"),
            Fact(Text("比例变化", "change of the ratio"), format_e4(change)),
        ),
        parameters=tuple(reads),
    )
    return VisitShift(change, shift, step)


def _no_ratio_before(before_e4: int) -> TongchouError:
    return TongchouError(
        "benefit.no_ratio_before",
        what=Text("无法计算比例的相对变化", "the relative change of the ratio cannot be computed"),
        where=format_e4(before_e4),
        why=Text("原比例为零", "the ratio before is zero"),
        remedy=Text("把 benefit/signal/change_in 设为 points", "set benefit/signal/change_in to points"),
    )
