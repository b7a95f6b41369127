"""The patient's benefit (待遇): who pays what for a person's stay or visit, and the person's position afterwards.

`read_benefit_terms` reads the policy of a day once; `settle_benefit` settles one care by it, for a trial (预结算) as
for the real thing; `replay` settles a year; `inverted_ratios` checks the policy itself; `expected_shift` says what a
change of a ratio is expected to do.

Beside it stand health points (健康积分), which some regions grant for follow-ups and vaccinations. They are no
insurance money: they pay nothing here, and no amount of this room becomes points. What an institution leaves out of
its bill (a waived registration fee of a referred patient) is no benefit either: it is not in the total cost.
"""

from tongchou.payment.benefit.facts import Care, Person, Referral
from tongchou.payment.benefit.inversions import Inversion, inverted_ratios
from tongchou.payment.benefit.position import LayerUse, Position
from tongchou.payment.benefit.replaying import PersonCare, replay
from tongchou.payment.benefit.settling import BenefitResult, Payer, settle_benefit
from tongchou.payment.benefit.signal import VisitShift, expected_shift
from tongchou.payment.benefit.terms import BenefitTerms, read_benefit_terms

__all__ = [
    "BenefitResult",
    "BenefitTerms",
    "Care",
    "Inversion",
    "LayerUse",
    "Payer",
    "Person",
    "PersonCare",
    "Position",
    "Referral",
    "VisitShift",
    "expected_shift",
    "inverted_ratios",
    "read_benefit_terms",
    "replay",
    "settle_benefit",
]
