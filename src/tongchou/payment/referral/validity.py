"""Whether a referral is valid (payment formulas §9): every failed test is a reason, none is passed over in silence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tongchou.core.explanation import Deferred, Explanation, Fact, ParameterRead, Step, told
from tongchou.core.text import Text
from tongchou.payment.comparison import holds
from tongchou.payment.referral.stay import LEVEL_ORDER, Referral, Stay
from tongchou.policy import PolicyView
from tongchou.schema.states import INSTITUTION_LEVEL, REFERRAL_DIRECTION, REFERRAL_STATE

_STATES = ("accepted", "arrived", "completed")


class Reason(StrEnum):
    """Why a referral is not valid."""

    NOT_ACCEPTED = "not_accepted"
    NO_STAY_BEFORE = "no_stay_before"
    NO_STAY_AFTER = "no_stay_after"
    OTHER_PERSON = "other_person"
    OTHER_INSTITUTION = "other_institution"
    ADMITTED_BEFORE_DISCHARGE = "admitted_before_discharge"
    GAP_TOO_LONG = "gap_too_long"
    LEVEL_NOT_AS_STATED = "level_not_as_stated"
    FILED_TOO_LATE = "filed_too_late"
    FILING_EXPIRED = "filing_expired"
    STAY_TAKEN = "stay_taken"
    CIRCLE = "circle"

    @property
    def label(self) -> Text:
        """The reason for people."""
        return _LABELS[self]


_LABELS = {
    Reason.NOT_ACCEPTED: Text("转诊未达到有效状态", "the referral has not reached the state from which it counts"),
    Reason.NO_STAY_BEFORE: Text("没有对应的转出前住院", "there is no stay before it"),
    Reason.NO_STAY_AFTER: Text("没有对应的接收后住院", "there is no stay after it"),
    Reason.OTHER_PERSON: Text("住院不属于被转诊人", "a stay is another person's"),
    Reason.OTHER_INSTITUTION: Text("住院机构与转诊单不符", "a stay was not at the institution that the referral names"),
    Reason.ADMITTED_BEFORE_DISCHARGE: Text("接收入院早于转出出院", "admitted at the receiver before the discharge"),
    Reason.GAP_TOO_LONG: Text("出院至入院间隔超过规定", "too many days between discharge and admission"),
    Reason.LEVEL_NOT_AS_STATED: Text("两方等级与所填方向不符", "the levels do not differ in the stated direction"),
    Reason.FILED_TOO_LATE: Text("申请晚于规定时间", "filed too late"),
    Reason.FILING_EXPIRED: Text("备案已过有效期", "the filing had expired at admission"),
    Reason.STAY_TAKEN: Text("住院已属于另一次转诊", "a stay belongs to another referral already"),
    Reason.CIRCLE: Text("与其他转诊首尾相接成环", "it would close a circle of referrals"),
}


@dataclass(frozen=True, slots=True)
class ValidityTerms:
    """By what a referral is judged.

    Attributes:
        states: The states that count.
        from_outpatients: `counted` or `rejected`: what becomes of a referral that names no stay before it.
        gap_days: Most days between discharge and admission, by direction.
        gap_operator: `le` or `lt`.
        filing: `before_admission`, `by_admission` or `any_time`.
        filing_days: Days that a filing is valid, by direction.
        filing_operator: `le` or `lt`.
        reads: The parameters read.
    """

    states: tuple[str, ...]
    from_outpatients: str
    gap_days: Mapping[str, int]
    gap_operator: str
    filing: str
    filing_days: Mapping[str, int]
    filing_operator: str
    reads: tuple[ParameterRead, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A referral with what was found of it.

    Attributes:
        referral: The referral.
        sender: The stay before it, if there is one.
        receiver: The stay after it, if there is one.
        reasons: Why it is not valid; empty where it is.
        why: The explanation.
    """

    referral: Referral
    sender: Stay | None
    receiver: Stay | None
    reasons: tuple[Reason, ...]
    why: Explanation

    @property
    def step(self) -> Step:
        """The explanation, written out."""
        return told(self.why)


def read_validity(view: PolicyView) -> ValidityTerms:
    """Read `payment/referral/validity` once, to judge many referrals by."""
    with view.recording() as reads:
        first = view.text("payment/referral/validity/state")
        return ValidityTerms(
            states=_STATES[_STATES.index(first) :],
            from_outpatients=view.text("payment/referral/validity/from_outpatients"),
            gap_days=_by_direction(view, "payment/referral/validity/gap_days"),
            gap_operator=view.text("payment/referral/validity/gap_operator"),
            filing=view.text("payment/referral/validity/filing"),
            filing_days=_by_direction(view, "payment/referral/validity/filing_days"),
            filing_operator=view.text("payment/referral/validity/filing_operator"),
            reads=tuple(reads),
        )


def judge(terms: ValidityTerms, referral: Referral, sender: Stay | None, receiver: Stay | None) -> Judgement:
    """Judge a referral by all tests; a test whose facts are missing is not made, the missing fact is the reason.

    Args:
        terms: What is asked.
        referral: The referral.
        sender: The stay that it names before it; None where it names none or it is not known.
        receiver: The stay that it names after it; likewise.
    """
    reasons = tuple(_failed(terms, referral, sender, receiver))
    why = Deferred(_step, (terms, referral, sender, receiver, reasons))
    return Judgement(referral, sender, receiver, reasons, why)


def judgement_step(reasons: tuple[Reason, ...], why: Explanation) -> Step:
    """Return the explanation of a judgement with other reasons than it was made with."""
    basis = told(why)
    return Step(basis.rule, basis.title, _outcome(reasons), basis.facts, basis.parameters, _texts(reasons))


def _failed(terms: ValidityTerms, referral: Referral, sender: Stay | None, receiver: Stay | None) -> Iterator[Reason]:
    if referral.state not in terms.states:
        yield Reason.NOT_ACCEPTED
    if sender is None and (referral.is_of_stay or terms.from_outpatients == "rejected"):
        yield Reason.NO_STAY_BEFORE
    if receiver is None:
        yield Reason.NO_STAY_AFTER
    known = [stay for stay in (sender, receiver) if stay]
    if any(stay.person_id != referral.person_id for stay in known):
        yield Reason.OTHER_PERSON
    if (sender and sender.institution_id != referral.from_institution_id) or (
        receiver and receiver.institution_id != referral.to_institution_id
    ):
        yield Reason.OTHER_INSTITUTION
    if sender and receiver:
        yield from _failed_between(terms, referral, sender, receiver)
    if receiver:
        if not _is_as_stated(referral, sender.level if sender else referral.from_level, receiver.level):
            yield Reason.LEVEL_NOT_AS_STATED
        yield from _failed_filing(terms, referral, receiver)


def _failed_between(terms: ValidityTerms, referral: Referral, sender: Stay, receiver: Stay) -> Iterator[Reason]:
    gap = (receiver.admitted_on - sender.discharged_on).days
    if gap < 0:
        yield Reason.ADMITTED_BEFORE_DISCHARGE
    elif not holds(terms.gap_operator, gap, terms.gap_days[referral.direction]):
        yield Reason.GAP_TOO_LONG


def _is_as_stated(referral: Referral, from_level: str | None, to_level: str) -> bool:
    if from_level is None or referral.from_institution_id == referral.to_institution_id:
        return False
    steps = LEVEL_ORDER.index(to_level) - LEVEL_ORDER.index(from_level)
    return steps > 0 if referral.direction == "up" else steps < 0


def _failed_filing(terms: ValidityTerms, referral: Referral, receiver: Stay) -> Iterator[Reason]:
    days = (receiver.admitted_on - referral.requested_on).days
    least = {"before_admission": 1, "by_admission": 0, "any_time": days}[terms.filing]
    if days < least:
        yield Reason.FILED_TOO_LATE
    elif days >= 0 and not holds(terms.filing_operator, days, terms.filing_days[referral.direction]):
        yield Reason.FILING_EXPIRED


def _step(
    terms: ValidityTerms,
    referral: Referral,
    sender: Stay | None,
    receiver: Stay | None,
    reasons: tuple[Reason, ...],
) -> Step:
    facts = [
        Fact(Text("方向", "direction"), REFERRAL_DIRECTION[referral.direction]),
        Fact(Text("状态", "state"), REFERRAL_STATE[referral.state]),
        Fact(Text("申请日期", "filed on"), referral.requested_on.isoformat()),
    ]
    if sender:
        label = Text("转出前住院（等级，出院日期）", "stay before (level, discharge)")
        facts.append(Fact(label, _stay_words(sender, sender.discharged_on.isoformat())))
    if receiver:
        label = Text("接收后住院（等级，入院日期）", "stay after (level, admission)")
        facts.append(Fact(label, _stay_words(receiver, receiver.admitted_on.isoformat())))
    title = Text(f"转诊 {referral.referral_id} 的有效性", f"Validity of referral {referral.referral_id}")
    return Step("payment.referral.validity", title, _outcome(reasons), tuple(facts), terms.reads, _texts(reasons))


def _stay_words(stay: Stay, day: str) -> str:
    return f"{stay.case_id} ({INSTITUTION_LEVEL[stay.level]}, {day})"


def _outcome(reasons: tuple[Reason, ...]) -> Text:
    return Text("无效", "not valid") if reasons else Text("有效", "valid")


def _texts(reasons: tuple[Reason, ...]) -> tuple[Text, ...]:
    return tuple(reason.label for reason in reasons)


def _by_direction(view: PolicyView, name: str) -> dict[str, int]:
    return {direction: view.whole(name, referral_direction=direction) for direction in REFERRAL_DIRECTION}
