"""Trial settlements (预结算): who would pay what for a stay or visit that a caller describes; nothing is booked."""

from tongchou.access.subject import Subject
from tongchou.payment.benefit import BenefitResult, BenefitTerms, Person, settle_benefit
from tongchou.payment.benefit.trial import Bill, CareTried, YearSoFar, care_tried, position_before
from tongchou.workplace.place import Workplace


def settle_with(terms: BenefitTerms, person: Person, tried: CareTried, bill: Bill, so_far: YearSoFar) -> BenefitResult:
    """Settle a care by terms that are at hand; never blocks.

    Raises:
        TongchouError: As `care_tried` and `settle_benefit`.
    """
    care = care_tried(tried, bill)
    return settle_benefit(terms, person, care, position_before(care, so_far))


def settle_trial(
    place: Workplace, subject: Subject, person: Person, tried: CareTried, bill: Bill, so_far: YearSoFar
) -> BenefitResult:
    """Settle a care by the region's policy of its day.

    Raises:
        TongchouError: `access.refused`; as `settle_with`.
    """
    place.admit(subject, "trial.settle", "brought", where="trial")
    return settle_with(place.at_hand.terms(tried.day), person, tried, bill, so_far)
