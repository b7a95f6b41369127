"""What a retained surplus was spent on (留用结余的使用), checked against what the policy permits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongchou.alliance.choices import unknown_choice
from tongchou.alliance.records import Finding, require_known, require_not_negative, require_unique, require_written
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_yuan, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.schema.states import SURPLUS_PURPOSE

_PERMITTED = "alliance/surplus/permitted_use"


@dataclass(frozen=True, slots=True)
class SurplusUse:
    """One expense out of a retained surplus.

    Attributes:
        use_id: Its number.
        purpose: A key of `SURPLUS_PURPOSE`.
        amount_fen: The amount, fen.
        used_on: The day.
        document: The paper behind it.
    """

    use_id: str
    purpose: str
    amount_fen: int
    used_on: date
    document: str

    def __post_init__(self) -> None:
        """Refuse a use of unknown purpose, without a document, or of an amount below zero.

        Raises:
            TongchouError: `alliance.bad_record`.
        """
        require_known(self.use_id, self.purpose, SURPLUS_PURPOSE)
        require_written(self.use_id, self.document)
        require_not_negative(self.use_id, self.amount_fen)


@dataclass(frozen=True, slots=True)
class PurposeRow:
    """The uses for one purpose.

    Attributes:
        purpose: A key of `SURPLUS_PURPOSE`.
        used_fen: Their sum.
        cap_fen: Most that may be spent on it; nothing where it is forbidden.
    """

    purpose: str
    used_fen: int
    cap_fen: int


@dataclass(frozen=True, slots=True)
class UseReport:
    """A year's retained surplus and what became of it; `used_fen + left_fen = retained_fen`.

    Attributes:
        retained_fen: What the alliance kept of the year.
        used_fen: The sum of all uses, permitted or not.
        left_fen: What is left; negative where more was spent than kept.
        rows: The purposes that were used, in the order in which `SURPLUS_PURPOSE` has them.
        findings: Forbidden uses, purposes above their cap, and spending above what was kept.
        explanation: The check, with every parameter read.
    """

    retained_fen: int
    used_fen: int
    left_fen: int
    rows: tuple[PurposeRow, ...]
    findings: tuple[Finding, ...]
    explanation: Step


def check_uses(view: PolicyView, retained_fen: int, uses: Sequence[SurplusUse]) -> UseReport:
    """Check the uses of a year's retained surplus.

    A purpose is permitted or forbidden by `alliance/surplus/permitted_use`; a permitted one may take
    `alliance/surplus/use_cap` of what was kept, rounded half up to the fen, the cap included. Nothing is changed:
    the check reports.

    Args:
        view: The policy on the last day of the year that the surplus is of.
        retained_fen: What the alliance kept; a deficit counts as nothing kept.
        uses: The uses, in any order.

    Raises:
        TongchouError: `alliance.bad_record` for a number that stands twice; `alliance.unknown_choice`.
    """
    require_unique([use.use_id for use in uses])
    kept = max(0, retained_fen)
    rows, findings = [], []
    with view.recording() as reads:
        for purpose in SURPLUS_PURPOSE:
            own = [use for use in uses if use.purpose == purpose]
            if not own:
                continue
            row = PurposeRow(purpose, sum(use.amount_fen for use in own), _cap(view, purpose, kept))
            rows.append(row)
            findings += _forbidden(own) if _is_forbidden(view, purpose) else _above_cap(row)
    used = sum(row.used_fen for row in rows)
    if used > kept:
        findings.append(_overspent(used, kept))
    explanation = Step(
        "alliance.surplus.use",
        Text("留用结余的使用", "Use of the retained surplus"),
        Text(
            f"留用 {format_yuan(kept)} 元，已用 {format_yuan(used)} 元，问题 {len(findings)} 项",
            f"{format_yuan(kept)} yuan kept, {format_yuan(used)} used, {len(findings)} findings",
        ),
        facts=tuple(_row_fact(row) for row in rows),
        parameters=tuple(reads),
    )
    return UseReport(kept, used, kept - used, tuple(rows), tuple(findings), explanation)


def _is_forbidden(view: PolicyView, purpose: str) -> bool:
    match view.text(_PERMITTED, surplus_purpose=purpose):
        case "permitted":
            return False
        case "forbidden":
            return True
        case other:
            raise unknown_choice(_PERMITTED, other)


def _cap(view: PolicyView, purpose: str, kept: int) -> int:
    if _is_forbidden(view, purpose):
        return 0
    return scale(kept, view.e4("alliance/surplus/use_cap", surplus_purpose=purpose))


def _forbidden(uses: Sequence[SurplusUse]) -> list[Finding]:
    return [
        Finding(
            "alliance.use_forbidden",
            use.use_id,
            Text(
                f"留用结余不得用于{SURPLUS_PURPOSE[use.purpose].zh}（{format_yuan(use.amount_fen)} 元）：请退回或改列",
                f"a retained surplus must not go to {SURPLUS_PURPOSE[use.purpose].en} "
                f"({format_yuan(use.amount_fen)} yuan): pay it back or book it elsewhere",
            ),
            use.amount_fen,
        )
        for use in uses
    ]


def _above_cap(row: PurposeRow) -> list[Finding]:
    above = row.used_fen - row.cap_fen
    if above <= 0:
        return []
    name, amount = SURPLUS_PURPOSE[row.purpose], format_yuan(above)
    sentence = Text(
        f"{name.zh}超出上限 {amount} 元：请压减或报批",
        f"{name.en} is {amount} yuan above its cap: reduce it or ask leave",
    )
    return [Finding("alliance.use_above_cap", row.purpose, sentence, above)]


def _overspent(used: int, kept: int) -> Finding:
    amount = format_yuan(used - kept)
    sentence = Text(
        f"支出超过留用结余 {amount} 元：请补足来源",
        f"{amount} yuan more were spent than kept: name where they come from",
    )
    return Finding("alliance.use_above_surplus", "", sentence, used - kept)


def _row_fact(row: PurposeRow) -> Fact:
    name = SURPLUS_PURPOSE[row.purpose]
    label = Text(f"{name.zh}（元：已用 / 上限）", f"{name.en} (yuan: used / cap)")
    return Fact(label, f"{format_yuan(row.used_fen)} / {format_yuan(row.cap_fen)}")
