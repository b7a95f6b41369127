"""Inverted ratios (报销比例倒挂): where a higher level pays better than a lower one for the same person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from itertools import combinations, product

from tongchou.core.money import format_e4
from tongchou.core.text import Text
from tongchou.payment.benefit.facts import Care, Person
from tongchou.payment.benefit.ratio import pay_ratio
from tongchou.payment.benefit.states import CARE_KIND, CONTRACT, DISEASE_KINDS, ENTRY, WORK_STATUS
from tongchou.payment.benefit.terms import BenefitTerms
from tongchou.schema.states import INSTITUTION_LEVEL, INSURANCE_TYPE


@dataclass(frozen=True, slots=True)
class Inversion:
    """A pair of levels of which the higher pays better.

    Attributes:
        kind: The kind of care, a key of `states.CARE_KIND`.
        disease: The disease, where the kind names one.
        lower: The lower level.
        higher: The higher level.
        lower_e4: The lower level's ratio x 10,000.
        higher_e4: The higher level's ratio x 10,000.
        persons: For whom, in words; at least one.
    """

    kind: str
    disease: str
    lower: str
    higher: str
    lower_e4: int
    higher_e4: int
    persons: tuple[Text, ...]

    @property
    def sentence(self) -> Text:
        """The finding in words."""
        kind, lower, higher = CARE_KIND[self.kind], INSTITUTION_LEVEL[self.lower], INSTITUTION_LEVEL[self.higher]
        disease = f" {self.disease}" if self.disease else ""
        ratios = (format_e4(self.higher_e4), format_e4(self.lower_e4))
        gap = format_e4(self.higher_e4 - self.lower_e4)
        return Text(
            f"{kind.zh}{disease}：{higher.zh}支付比例 {ratios[0]} 高于{lower.zh} {ratios[1]}（差 {gap}），"
            f"不利于留在基层；涉及 {'；'.join(person.zh for person in self.persons)}",
            f"{kind.en}{disease}: {higher.en} pays {ratios[0]}, more than {lower.en} with {ratios[1]} (by {gap}), "
            f"which keeps patients from the lower level; for {'; '.join(person.en for person in self.persons)}",
        )


def inverted_ratios(terms: BenefitTerms) -> tuple[Inversion, ...]:
    """Return every pair of levels at which the higher level's ratio is above the lower one's for the same person.

    All kinds of care for which the policy gives ratios by level are compared in the region, for every insurance type,
    work status, contract and beginning of care. Which level an institution has is data, never inferred: a community
    centre registered as secondary counts as secondary. People with the same two ratios share one finding.

    Raises:
        TongchouError: `policy.no_value` if a kind of care has ratios for some people or levels only.
    """
    found: dict[tuple[str, str, str, str, int, int], list[Text]] = {}
    for kind, disease in _kinds(terms):
        for person, entry in _persons(terms, kind):
            ratios = [
                (level, pay_ratio(terms.ratio, person, _care(terms, kind, disease, level, entry)).ratio_e4)
                for level in INSTITUTION_LEVEL
            ]
            for (higher, higher_e4), (lower, lower_e4) in combinations(ratios, 2):
                if higher_e4 > lower_e4:
                    key = (kind, disease, lower, higher, lower_e4, higher_e4)
                    found.setdefault(key, []).append(_words(person, entry))
    return tuple(Inversion(*key, persons=tuple(persons)) for key, persons in found.items())


def _kinds(terms: BenefitTerms) -> Iterator[tuple[str, str]]:
    """Yield the kinds of care whose ratio differs by level, with each disease that is listed."""
    if terms.ratio.inpatient_e4.is_given:
        yield "inpatient", ""
    if terms.ratio.rehabilitation_e4.is_given:
        yield "rehabilitation", ""
    if terms.ratio.outpatient_e4.is_given:
        yield "outpatient", ""
    for disease in terms.ratio.chronic_e4.outermost:
        yield "chronic", disease


def _persons(terms: BenefitTerms, kind: str) -> Iterator[tuple[Person, str]]:
    knows_retired = terms.ratio.retired_gain_e4.is_given
    for insurance, status, contract, entry in product(INSURANCE_TYPE, WORK_STATUS, CONTRACT, ENTRY):
        if status == "retired" and (insurance == "resident" or not knows_retired):
            continue
        if kind in DISEASE_KINDS and entry == "first_visit":
            continue  # a chronic disease is known before the visit
        yield Person(insurance, status, contract), entry


def _care(terms: BenefitTerms, kind: str, disease: str, level: str, entry: str) -> Care:
    noon = datetime.combine(terms.on, time(12))
    return Care("-", kind, level, terms.on, noon, 0, entry=entry, disease=disease)


def _words(person: Person, entry: str) -> Text:
    parts = (
        INSURANCE_TYPE[person.insurance_type],
        *((WORK_STATUS[person.work_status],) if person.insurance_type == "employee" else ()),
        CONTRACT[person.contract],
        ENTRY[entry],
    )
    return Text("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))
