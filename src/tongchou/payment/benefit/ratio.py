"""The fund's ratio for a person's care (支付比例): by kind and level, with what raises it and what lowers it."""

from dataclasses import dataclass

from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_e4
from tongchou.core.text import Text
from tongchou.payment.benefit.facts import Care, Person
from tongchou.payment.benefit.states import CARE_KIND, CONTRACT, ENTRY, PLACE_OF_CARE
from tongchou.payment.benefit.terms import RatioTerms, Reading
from tongchou.schema.states import INSTITUTION_LEVEL


@dataclass(frozen=True, slots=True)
class PayRatio:
    """The ratio by which the fund pays, x 10,000.

    `ratio_e4 = max(0, max(base, min(base + gains, maximum)) - cut)`.

    Attributes:
        ratio_e4: What applies.
        base_e4: By kind of care, insurance type (or disease) and level.
        retired_gain_e4: Retirees' extra points.
        gain_e4: Points for contract and first visit.
        maximum_e4: The ratio that gains may reach.
        away_cut_e4: Points taken off away from home.
        level: The level whose ratio applies; of a tele-service it may be the other side's.
        care: The care.
        person: The person.
        reads: The parameters read.
    """

    ratio_e4: int
    base_e4: int
    retired_gain_e4: int
    gain_e4: int
    maximum_e4: int
    away_cut_e4: int
    level: str
    care: Care
    person: Person
    reads: tuple[ParameterRead, ...]

    def step(self) -> Step:
        """Return how the ratio came about."""
        return _explained(self)


def pay_ratio(terms: RatioTerms, person: Person, care: Care) -> PayRatio:
    """Return the ratio for a person's care.

    Gains are points (百分点) added to the base up to the maximum; a base that is above the maximum by itself stays.
    Away from home the insured place's base and retirees' points apply, less the cut by how the care was filed; the
    points for contract and first visit are for care in the region. A tele-service has the offline ratio.

    Raises:
        TongchouError: `policy.no_value`; `benefit.unknown_disease` for a disease that the policy does not list.
    """
    reading = Reading()
    level = care.level
    if care.expert_level and reading.of(terms.tele_ratio_of) == "expert_side":
        level = care.expert_level
    base = _base(terms, person, care, level, reading)
    retired = gain = cut = 0
    if person.work_status == "retired":
        retired = reading.of(terms.retired_gain_e4, care.kind, level)
    if care.place == "local":
        gain = reading.of(terms.gain_e4, care.kind, person.contract, care.entry, level)
    else:
        cut = reading.of(terms.away_cut_e4, care.place)
    maximum = reading.of(terms.maximum_e4, person.insurance_type)
    raised = max(base, min(base + retired + gain, maximum))
    ratio = max(0, raised - cut)
    return PayRatio(ratio, base, retired, gain, maximum, cut, level, care, person, reading.reads)


def _base(terms: RatioTerms, person: Person, care: Care, level: str, reading: Reading) -> int:
    insurance = person.insurance_type
    if care.kind == "chronic":
        return reading.of(terms.chronic_e4, care.disease, insurance, level)
    if care.kind == "two_disease":
        return reading.of(terms.two_disease_e4, insurance, care.disease)
    if care.kind == "outpatient":
        return reading.of(terms.outpatient_e4, insurance, level)
    if care.kind == "rehabilitation" and reading.of(terms.rehabilitation_terms) == "own":
        return reading.of(terms.rehabilitation_e4, insurance, level)
    return reading.of(terms.inpatient_e4, insurance, level)


def _explained(found: PayRatio) -> Step:
    care, person = found.care, found.person
    level, kind = INSTITUTION_LEVEL[found.level], CARE_KIND[care.kind]
    facts = [
        Fact(Text(f"标准比例（{kind.zh}，{level.zh}）", f"ratio ({kind.en}, {level.en})"), format_e4(found.base_e4))
    ]
    if found.retired_gain_e4:
        facts.append(Fact(Text("退休人员增加", "added for retirees"), format_e4(found.retired_gain_e4)))
    if found.gain_e4:
        contract, entry = CONTRACT[person.contract], ENTRY[care.entry]
        label = Text(f"签约与首诊增加（{contract.zh}，{entry.zh}）", f"added ({contract.en}, {entry.en})")
        facts.append(Fact(label, format_e4(found.gain_e4)))
    rejected: tuple[Text, ...] = ()
    wished = found.base_e4 + found.retired_gain_e4 + found.gain_e4
    if wished > max(found.base_e4, found.maximum_e4):
        rejected = (
            Text(
                f"合计 {format_e4(wished)} 超过上限 {format_e4(found.maximum_e4)}",
                f"together {format_e4(wished)}, above the maximum of {format_e4(found.maximum_e4)}",
            ),
        )
    if care.place != "local":
        place = PLACE_OF_CARE[care.place]
        facts.append(Fact(Text(f"{place.zh}降低", f"{place.en}: lowered by"), format_e4(found.away_cut_e4)))
    if care.expert_level:
        expert = INSTITUTION_LEVEL[care.expert_level]
        facts.append(Fact(Text("远程医疗，诊断方等级", "tele-service, level that diagnoses"), str(expert)))
    return Step(
        "payment.benefit.ratio",
        Text("支付比例", "Ratio"),
        Text.plain(format_e4(found.ratio_e4)),
        facts=tuple(facts),
        parameters=found.reads,
        rejected=rejected,
    )
