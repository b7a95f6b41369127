"""Money saved on repeat exams where a result was reused (payment formulas §10.6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.events.paying import money, number, yuan_text


@dataclass(frozen=True, slots=True)
class ReusedExam:
    """One recognised use of a result, instead of the exam again.

    Attributes:
        event_id: The use.
        price_fen: The price of the exam that was not made, at who used the result, fen.
        fee_fen: What was paid for the use, fen; 0 where it was free.
    """

    event_id: str
    price_fen: int
    fee_fen: int


@dataclass(frozen=True, slots=True)
class ExamSavings:
    """What reuse saved.

    Attributes:
        saved_fen: Prices avoided less fees paid; negative if the fees were more.
        step: The explanation.
    """

    saved_fen: int
    step: Step


def exam_savings(uses: Sequence[ReusedExam]) -> ExamSavings:
    """Return the sum of (price avoided - fee paid); a use that cost more than the exam lowers it and is named."""
    avoided, paid = sum(use.price_fen for use in uses), sum(use.fee_fen for use in uses)
    dearer = tuple(
        Text(
            f"{use.event_id}：使用费比重做检查贵 {format_yuan(use.fee_fen - use.price_fen)} 元，照实计入",
            f"{use.event_id}: the fee is {format_yuan(use.fee_fen - use.price_fen)} yuan above the exam's price; "
            "counted as it is",
        )
        for use in uses
        if use.fee_fen > use.price_fen
    )
    facts: tuple[Fact, ...] = (
        number("互认使用次数", "uses", len(uses)),
        money("免做检查的价格", "prices avoided", avoided),
        money("支付的使用费", "fees paid", paid),
    )
    title = Text("节省的重复检查金额", "Saved on repeat exams")
    step = Step("payment.events.exam_savings", title, yuan_text(avoided - paid), facts, (), dearer)
    return ExamSavings(avoided - paid, step)
