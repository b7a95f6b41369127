"""What people agree and decide about an alliance's year: written adjustments, reasons of a deficit, a review."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.schema.states import BUDGET_ADJUSTMENT_REASON, DECISION, DEFICIT_REASON, SURPLUS_REVIEW_DECISION


@dataclass(frozen=True, slots=True)
class BudgetAdjustment:
    """A change of the year's budget by written protocol (书面协议调整).

    Attributes:
        adjustment_id: Its number.
        reason: A key of `BUDGET_ADJUSTMENT_REASON`.
        amount_fen: Added to the budget; negative: taken off it.
        agreed_on: The day the protocol was signed.
        document: The protocol.
    """

    adjustment_id: str
    reason: str
    amount_fen: int
    agreed_on: date
    document: str

    def __post_init__(self) -> None:
        """Refuse a change without a known reason or a document.

        Raises:
            TongchouError: `alliance.bad_record`.
        """
        require_known(self.adjustment_id, self.reason, BUDGET_ADJUSTMENT_REASON)
        require_written(self.adjustment_id, self.document)


@dataclass(frozen=True, slots=True)
class DeficitReason:
    """A reason given for a deficit, with what was decided about it.

    Attributes:
        reason_id: Its number.
        reason: A key of `DEFICIT_REASON`.
        amount_fen: The part of the deficit that it explains.
        evidence: What proves it.
        decision: `pending`, `accepted` or `refused`.
    """

    reason_id: str
    reason: str
    amount_fen: int
    evidence: str
    decision: str

    def __post_init__(self) -> None:
        """Refuse a reason that is unknown, without evidence, or of an amount below zero.

        Raises:
            TongchouError: `alliance.bad_record`.
        """
        require_known(self.reason_id, self.reason, DEFICIT_REASON)
        require_known(self.reason_id, self.decision, DECISION)
        require_written(self.reason_id, self.evidence)
        require_not_negative(self.reason_id, self.amount_fen)


@dataclass(frozen=True, slots=True)
class SurplusReview:
    """The quality review of a high surplus.

    Attributes:
        decision: `pending`, `released` or `returned`.
        document: The paper that says so.
    """

    decision: str
    document: str

    def __post_init__(self) -> None:
        """Refuse an unknown decision.

        Raises:
            TongchouError: `alliance.bad_record`.
        """
        require_known(self.document, self.decision, SURPLUS_REVIEW_DECISION)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that people must look at; it changes no amount by itself.

    Attributes:
        code: Stable identifier, `alliance.…`.
        subject: The reason, claim, use or application; empty where it is the alliance itself.
        sentence: What is the matter and what to do.
        amount_fen: The amount concerned.
    """

    code: str
    subject: str
    sentence: Text
    amount_fen: int


def require_not_negative(record: str, *amounts_fen: int) -> None:
    """Refuse a record with an amount below zero.

    Raises:
        TongchouError: `alliance.bad_record`.
    """
    below = [amount for amount in amounts_fen if amount < 0]
    if below:
        shown = f"{record}: {format_yuan(below[0])}"
        raise _bad_record(shown, Text("金额为负", "an amount is below zero"), Text("改正金额", "correct the amount"))


def require_unique(ids: Sequence[str]) -> None:
    """Refuse records that have a number twice, for each would count twice.

    Raises:
        TongchouError: `alliance.bad_record`.
    """
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        why = Text("同一编号出现两次，会重复计入", "a number that stands twice would count twice")
        raise _bad_record(", ".join(twice), why, Text("删除重复的记录", "remove the duplicates"))


def require_known(record: str, value: str, known: Collection[str]) -> None:
    """Refuse a record with a word that is none of those known.

    Raises:
        TongchouError: `alliance.bad_record`.
    """
    if value not in known:
        why = Text(f"{value!r} 不在 {'、'.join(known)} 之内", f"{value!r} is none of {', '.join(known)}")
        raise _bad_record(record, why, Text("改正取值", "correct the value"))


def require_written(record: str, document: str) -> None:
    """Refuse a record without a document.

    Raises:
        TongchouError: `alliance.bad_record`.
    """
    if not document.strip():
        why = Text("没有书面材料", "there is no document")
        raise _bad_record(record, why, Text("补上协议或证明材料", "name the agreement or the evidence"))


def _bad_record(where: str, why: Text, remedy: Text) -> TongchouError:
    return TongchouError(
        "alliance.bad_record",
        what=Text("医联体的协议或认定记录不成立", "a record of the alliance cannot be used"),
        where=where,
        why=why,
        remedy=remedy,
    )
