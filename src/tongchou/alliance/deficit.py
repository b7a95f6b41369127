"""A deficit (超支): never compensated, borne by the alliance, or shared, and for which reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tongchou.alliance.choices import unknown_choice
from tongchou.alliance.outcome import Outcome, Slice, compared, cut, make_outcome, make_slice
from tongchou.alliance.records import DeficitReason, Finding
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, divide_half_up, format_yuan, scale
from tongchou.core.text import Text
from tongchou.policy import Bands, PolicyView
from tongchou.schema.states import DECISION, DEFICIT_REASON

_TEST = "alliance/deficit/reasons"
_CLASS = "alliance/deficit/reason_class"


@dataclass(frozen=True, slots=True)
class _Tested:
    """The part of a deficit that the fund shares, and how it was found."""

    reasonable_fen: int
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    rejected: tuple[Text, ...]


def share_deficit(view: PolicyView, base_fen: int, actual_fen: int, reasons: Sequence[DeficitReason]) -> Outcome:
    """Divide a deficit between the alliance and the fund by the rule `alliance/deficit/rule`.

    * `shared` (合理超支分担): `alliance/deficit/fund_share` gives the fund's ratio of each slice. Where
      `alliance/deficit/reasons` is `tested`, only the reasonable part is cut into the slices: what accepted reasons
      of a kind that the policy calls reasonable explain, at most the deficit. The rest is the alliance's.
    * `not_compensated` (超支不补) and `self_borne` (超支自负): the fund bears nothing. The two words of different
      contracts come to the same amounts; reasons are not looked at.

    Args:
        view: The policy that the year is settled by.
        base_fen: The budget.
        actual_fen: Fund use, above the budget.
        reasons: Reasons given, in any order.

    Raises:
        TongchouError: `alliance.unknown_choice`.
    """
    deficit = actual_fen - base_fen
    with view.recording() as reads:
        rule = view.text("alliance/deficit/rule")
        match rule:
            case "shared":
                tested = _test(view, deficit, reasons)
                bands = view.bands("alliance/deficit/fund_share")
                slices = _slices(bands, base_fen, deficit, tested.reasonable_fen)
            case "not_compensated" | "self_borne":
                tested = _Tested(deficit, (), (), (_FUND_BEARS_NOTHING[rule],))
                slices = (make_slice(0, None, -deficit, E4, -deficit),)
            case other:
                raise unknown_choice("alliance/deficit/rule", other)
    outcome = make_outcome(
        f"alliance.deficit.{rule}",
        -deficit,
        base_fen,
        slices,
        compared(base_fen, actual_fen),
        reads,
        tested.rejected,
        tested.steps,
    )
    return replace(outcome, unreasonable_fen=deficit - tested.reasonable_fen, findings=tested.findings)


def _slices(bands: Bands, base_fen: int, deficit: int, reasonable: int) -> tuple[Slice, ...]:
    shared = tuple(
        make_slice(lower, upper, -amount, E4 - fund_ratio, scale(amount, fund_ratio) - amount)
        for lower, upper, amount, fund_ratio in cut(bands, base_fen, reasonable)
    )
    rest = deficit - reasonable
    if not rest:
        return shared
    return (*shared, make_slice(divide_half_up(reasonable * E4, base_fen), None, -rest, E4, -rest))


def _test(view: PolicyView, deficit: int, reasons: Sequence[DeficitReason]) -> _Tested:
    match view.text(_TEST):
        case "not_tested":
            unread = (_NOT_TESTED,) if reasons else ()
            return _Tested(deficit, (), (), unread)
        case "tested":
            pass
        case other:
            raise unknown_choice(_TEST, other)
    explained, steps, findings = 0, [], []
    for each in sorted(reasons, key=lambda reason: reason.reason_id):
        counted = _counted(view, each)
        explained += counted
        steps.append(_reason_step(each, counted))
        if each.decision == "pending":
            findings.append(_pending(each))
    reasonable = min(deficit, explained)
    rejected = (_TOO_MUCH,) if explained > deficit else ()
    return _Tested(reasonable, tuple(steps), tuple(findings), rejected)


def _counted(view: PolicyView, reason: DeficitReason) -> int:
    match view.text(_CLASS, deficit_reason=reason.reason):
        case "reasonable":
            return reason.amount_fen if reason.decision == "accepted" else 0
        case "unreasonable":
            return 0
        case other:
            raise unknown_choice(_CLASS, other)


def _reason_step(reason: DeficitReason, counted: int) -> Step:
    title, amount = DEFICIT_REASON[reason.reason], format_yuan(counted)
    refused = Text(
        f"{DECISION[reason.decision].zh}，或政策不认可此类原因，不计入合理超支",
        f"{DECISION[reason.decision].en}, or of a kind that the policy does not call reasonable: not shared",
    )
    return Step(
        f"alliance.deficit.reason.{reason.reason}",
        Text(f"超支原因：{title.zh}", f"Reason: {title.en}"),
        Text(f"合理部分 {amount} 元", f"{amount} yuan reasonable"),
        facts=(
            Fact(Text("原因编号", "reason's number"), reason.reason_id),
            Fact(Text("涉及金额（元）", "explains, yuan"), format_yuan(reason.amount_fen)),
            Fact(Text("证明材料", "evidence"), reason.evidence),
            Fact(Text("认定结论", "decision"), DECISION[reason.decision]),
        ),
        rejected=() if counted or not reason.amount_fen else (refused,),
    )


def _pending(reason: DeficitReason) -> Finding:
    amount = format_yuan(reason.amount_fen)
    return Finding(
        "alliance.reason_pending",
        reason.reason_id,
        Text(
            f"超支原因尚未认定，{amount} 元暂由医联体承担：请尽快认定",
            f"a reason is not decided yet and the alliance bears its {amount} yuan for now: decide it",
        ),
        reason.amount_fen,
    )


_NOT_TESTED = Text("政策不要求认定超支原因，所报原因未影响分担", "the policy tests no reasons: they change nothing")
_TOO_MUCH = Text("认定的原因合计超过超支额，以超支额为限", "accepted reasons explain more than the deficit: cut to it")
_FUND_BEARS_NOTHING = {
    "not_compensated": Text("协议约定超支不补，基金不分担", "no deficit is compensated: the fund bears nothing"),
    "self_borne": Text("协议约定超支自负，由医联体承担", "the contract lets the alliance bear its deficit alone"),
}
