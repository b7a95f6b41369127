"""Basic insurance (基本医保): scope, deductible, ratio and caps make the fund's part of a person's care."""

from dataclasses import dataclass

from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.benefit.deductible import StayDeductible, stay_deductible
from tongchou.payment.benefit.facts import Care, Person
from tongchou.payment.benefit.position import Position
from tongchou.payment.benefit.ratio import PayRatio, pay_ratio
from tongchou.payment.benefit.states import PLACE_OF_CARE
from tongchou.payment.benefit.terms import BenefitTerms, PotTerms, Reading

_CHRONIC = "chronic"


@dataclass(frozen=True, slots=True)
class VisitDeductible:
    """The deductible of a visit.

    Attributes:
        amount_fen: What the patient still pays first.
        target_fen: The policy's amount for the visit or the year.
        earlier_fen: What was already paid of it in the year.
        reads: The parameters read.
    """

    amount_fen: int
    target_fen: int
    earlier_fen: int
    reads: tuple[ParameterRead, ...]

    def step(self) -> Step:
        """Return how the deductible came about."""
        amount = format_yuan(self.amount_fen)
        return Step(
            "payment.benefit.deductible",
            Text("起付线", "Deductible"),
            Text(f"{amount} 元", f"{amount} yuan"),
            facts=(
                Fact(Text("起付标准（元）", "deductible, yuan"), format_yuan(self.target_fen)),
                Fact(Text("本年度已付（元）", "already paid this year, yuan"), format_yuan(self.earlier_fen)),
            ),
            parameters=self.reads,
        )


@dataclass(frozen=True, slots=True)
class BasicPart:
    """What basic insurance pays of a person's care; amounts in fen.

    Attributes:
        fund_fen: The fund's part.
        deductible_paid_fen: What of the deductible the care used up: min(D', in-scope cost).
        deductible: The deductible.
        ratio: The ratio.
        by_ratio_fen: (in-scope cost - deductible) x ratio, before any cap.
        room_fen: What the caps still left; None where there is none.
        counts_to_cap: Whether the fund's part counts towards the yearly cap.
        care: The care.
        reads: The parameters that the caps were read from.
    """

    fund_fen: int
    deductible_paid_fen: int
    deductible: StayDeductible | VisitDeductible
    ratio: PayRatio
    by_ratio_fen: int
    room_fen: int | None
    counts_to_cap: bool
    care: Care
    reads: tuple[ParameterRead, ...]

    def step(self) -> Step:
        """Return how the fund's part came about."""
        return _explained(self)


def pot_of(care: Care) -> str:
    """Return the pot (额度) whose deductible and cap outpatient care uses: `outpatient`, `chronic/M01600`.

    >>> from datetime import date, datetime
    >>> on = date(2025, 3, 1)
    >>> pot_of(Care("V1", "chronic", "primary", on, datetime(2025, 3, 1), 10_000, disease="M01600"))
    'chronic/M01600'
    """
    return f"{care.kind}/{care.disease}" if care.disease else care.kind


def basic_part(terms: BenefitTerms, person: Person, care: Care, position: Position) -> BasicPart:
    """Return what basic insurance pays: (in-scope cost - D') x ratio, rounded once, up to what the caps leave.

    Raises:
        TongchouError: `policy.no_value` for a parameter that the care needs and the policy does not give.
    """
    deductible: StayDeductible | VisitDeductible
    if care.is_stay:
        deductible = stay_deductible(terms.deductible, person, care, position)
    else:
        deductible = _visit_deductible(terms.pots, person, care, position)
    ratio = pay_ratio(terms.ratio, person, care)
    in_scope = care.in_scope_fen
    paid = min(deductible.amount_fen, in_scope)
    by_ratio = scale(in_scope - paid, ratio.ratio_e4)
    reading = Reading()
    counts_to_cap = reading.of(terms.pots.cap_covers, care.kind) == "counted"
    rooms = [*_pot_room(terms.pots, person, care, position, reading)]
    if counts_to_cap and reading.of(terms.pots.cap_rule, person.insurance_type) == "yearly":
        cap = reading.of(terms.pots.cap_fen, person.insurance_type)
        rooms.append(max(0, cap - position.basic_fund_fen))
    room = min(rooms, default=None)
    fund = by_ratio if room is None else min(by_ratio, room)
    return BasicPart(fund, paid, deductible, ratio, by_ratio, room, counts_to_cap, care, reading.reads)


def _visit_deductible(terms: PotTerms, person: Person, care: Care, position: Position) -> VisitDeductible:
    reading = Reading()
    target = earlier = 0
    if care.kind == _CHRONIC:
        target = reading.of(terms.chronic_deductible_fen, care.disease, person.insurance_type)
        if reading.of(terms.chronic_deductible_shared) == "all_diseases":
            paid = position.pot_deductible_fen
            earlier = sum(amount for pot, amount in paid.items() if pot.startswith(f"{_CHRONIC}/"))
        else:
            earlier = position.pot_deductible_fen.get(pot_of(care), 0)
    elif care.kind == "outpatient":
        target = reading.of(terms.outpatient_deductible_fen, person.insurance_type, care.level)
        if reading.of(terms.outpatient_deductible_per) == "year":
            earlier = position.pot_deductible_fen.get(pot_of(care), 0)
    # Drugs for the two diseases are paid from the first yuan.
    return VisitDeductible(max(0, target - earlier), target, earlier, reading.reads)


def _pot_room(terms: PotTerms, person: Person, care: Care, position: Position, reading: Reading) -> tuple[int, ...]:
    if care.is_stay:
        return ()
    if care.kind == _CHRONIC:
        cap = reading.of(terms.chronic_cap_fen, care.disease, person.insurance_type)
    elif care.kind == "two_disease":
        cap = reading.of(terms.two_disease_cap_fen, person.insurance_type, care.disease)
    else:
        cap = reading.of(terms.outpatient_cap_fen, person.insurance_type)
    return (max(0, cap - position.pot_fund_fen.get(pot_of(care), 0)),)


def _explained(part: BasicPart) -> Step:
    care = part.care
    fund = format_yuan(part.fund_fen)
    facts = [
        Fact(Text("总费用（元）", "total cost, yuan"), format_yuan(care.total_fen)),
        Fact(
            Text("全自费 / 先行自付 / 超限价（元）", "self-paid / first self-pay / over limits, yuan"),
            " / ".join(map(format_yuan, (care.self_paid_fen, care.first_self_pay_fen, care.over_limit_fen))),
        ),
        Fact(Text("政策范围内费用（元）", "in-scope cost, yuan"), format_yuan(care.in_scope_fen)),
        Fact(Text("按比例应付（元）", "by the ratio, yuan"), format_yuan(part.by_ratio_fen)),
    ]
    if care.place != "local":
        words = Text(
            "就医地目录、参保地待遇、就医地管理",
            "catalogue and management of the place of care, benefit of the insured place",
        )
        facts.insert(0, Fact(PLACE_OF_CARE[care.place], str(words)))
    rejected: tuple[Text, ...] = ()
    if part.room_fen is not None:
        facts.append(Fact(Text("限额余额（元）", "left under the caps, yuan"), format_yuan(part.room_fen)))
        if part.fund_fen < part.by_ratio_fen:
            rest = format_yuan(part.by_ratio_fen - part.fund_fen)
            rejected = (Text(f"超出限额的 {rest} 元不予支付", f"{rest} yuan beyond the caps are not paid"),)
    return Step(
        "payment.benefit.basic",
        Text("基本医保统筹基金", "Basic insurance fund"),
        Text(f"{fund} 元", f"{fund} yuan"),
        facts=tuple(facts),
        parameters=part.reads,
        rejected=rejected,
        children=(part.deductible.step(), part.ratio.step()),
    )
