"""Which kind a case is of, and what it is worth by its kind (payment formulas §4)."""

import numpy as np
import numpy.typing as npt

from tongchou.core.money import FenArray, scale_column
from tongchou.payment.cases import formulas
from tongchou.payment.cases.kinds import BY_ITEM, KINDS, CaseKind
from tongchou.payment.cases.stays import REVIEW_DECISIONS, Flags, Stays, Whole
from tongchou.payment.cases.terms import DISCHARGE_WAYS, LEVELS, NOT_GROUPED, CaseTerms
from tongchou.payment.cases.worth import Worth


def high_thresholds(stays: Stays, weight_e4: Whole, terms: CaseTerms) -> Whole:
    """Return the multiple from which each case is extremely costly: by its level and its group's weight."""
    thresholds = np.zeros(len(weight_e4), dtype=np.int64)
    for number, level in enumerate(LEVELS):
        rows = stays.level == number
        bands = terms.deviation.high_e4[level]
        uppers = np.array([upper for _, upper, _ in bands.slices if upper is not None], dtype=np.int64)
        values = np.array([value for _, _, value in bands.slices], dtype=np.int64)
        side = "left" if bands.includes_upper else "right"
        thresholds[rows] = values[np.searchsorted(uppers, weight_e4[rows], side=side)]  # type: ignore[call-overload]
    return thresholds


def decide_kinds(
    stays: Stays, worth: Worth, threshold_e4: Whole, bed_day_fen: Whole, unstable: Flags, terms: CaseTerms
) -> Whole:
    """Return the number of each case's kind: the first in the order of `CaseKind` whose test is met.

    Args:
        stays: The cases.
        worth: What they are worth.
        threshold_e4: The multiple from which each is extremely costly.
        bed_day_fen: What a case paid by bed-days comes to; below zero where it is none.
        unstable: Whether the case's group is unstable.
        terms: The policy.
    """
    exceptions, deviation = terms.exceptions, terms.deviation
    cost, reference = stays.cost, worth.reference
    is_compared = reference > 0
    incomplete = [DISCHARGE_WAYS.index(way) for way in exceptions.incomplete_ways]
    died_early = (stays.discharge_way == DISCHARGE_WAYS.index("death")) & (stays.los_days <= 1)
    tests: dict[CaseKind, Flags] = {
        CaseKind.UNGROUPED: ~stays.grouped,
        CaseKind.BED_DAY: bed_day_fen >= 0,
        CaseKind.REVIEW_BY_ITEM: stays.review == REVIEW_DECISIONS.index("by_item"),
        CaseKind.REVIEW_ADJUSTED: stays.review == REVIEW_DECISIONS.index("adjusted"),
        CaseKind.EARLY_DEATH: died_early & exceptions.early_death,
        CaseKind.SHORT_STAY: stays.los_days <= exceptions.short_stay_days,
        CaseKind.LONG_STAY: stays.los_days > exceptions.long_stay_days,
        CaseKind.UNSTABLE: unstable,
        CaseKind.INCOMPLETE: np.isin(stays.discharge_way, incomplete),
        CaseKind.HIGH: is_compared & formulas.exceeds(cost, reference, threshold_e4, or_equals=deviation.high_includes),
        CaseKind.LOW: is_compared
        & formulas.falls_below(cost, reference, deviation.low.at_e4, or_equals=deviation.low.includes),
    }
    if deviation.panel is not None:
        panel = deviation.panel
        tests[CaseKind.PANEL] = is_compared & formulas.exceeds(cost, reference, panel.at_e4, or_equals=panel.includes)
    if deviation.cheap is not None:
        cheap = deviation.cheap
        is_cheap = formulas.falls_below(cost, reference, cheap.at_e4, or_equals=cheap.includes)
        tests[CaseKind.CHEAP] = is_compared & is_cheap
    ordered = [kind for kind in KINDS if kind in tests]
    numbers = np.select(
        [tests[kind] for kind in ordered], [KINDS.index(kind) for kind in ordered], KINDS.index(CaseKind.NORMAL)
    )
    return numbers.astype(np.int64)


def worth_by_kind(
    kind: Whole,
    stays: Stays,
    worth: Worth,
    threshold_e4: Whole,
    bed_day_fen: Whole,
    group_mean_fen: FenArray,
    terms: CaseTerms,
) -> Whole:
    """Return what each case is worth, in the unit of the method, before modifiers and exclusions.

    Args:
        kind: Number of each case's kind.
        stays: The cases.
        worth: What their groups are worth.
        threshold_e4: The multiple from which each is extremely costly.
        bed_day_fen: What a case paid by bed-days comes to.
        group_mean_fen: Mean cost of the case's group, for unstable groups that are paid by it.
        terms: The policy.
    """
    deviation, exceptions = terms.deviation, terms.exceptions
    cost = stays.cost
    by_item = worth.by_item(cost)
    high = by_item
    if deviation.high_method == "excess_over_threshold":
        high = worth.beyond(cost, threshold_e4)
    unstable = {"by_item": by_item, "mean": worth.amount(group_mean_fen)}.get(exceptions.unstable_method, worth.normal)
    ungrouped_e4 = np.array([*(exceptions.ungrouped_e4[state] for state in NOT_GROUPED), 0], dtype=np.int64)
    worths: dict[CaseKind, npt.NDArray[np.int64]] = {
        CaseKind.UNGROUPED: worth.amount(scale_column(cost, ungrouped_e4[stays.grouping])),
        CaseKind.BED_DAY: worth.amount(np.maximum(bed_day_fen, 0)),
        CaseKind.REVIEW_ADJUSTED: worth.amount(stays.review_fen),
        CaseKind.UNSTABLE: unstable,
        CaseKind.INCOMPLETE: np.minimum(worth.normal, by_item),
        CaseKind.PANEL: high,
        CaseKind.HIGH: high,
        CaseKind.CHEAP: worth.raised(cost, deviation.cheap_addition_e4),
        **dict.fromkeys(BY_ITEM, by_item),
    }
    return np.choose(kind, [worths.get(each, worth.normal) for each in KINDS]).astype(np.int64)
