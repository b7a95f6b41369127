"""The kinds of cases, in the order in which they are tested (payment formulas §4)."""

from enum import StrEnum


class CaseKind(StrEnum):
    """How a case is paid; the values of the column `case_kind`. The first kind whose test is met decides."""

    UNGROUPED = "ungrouped"
    BED_DAY = "bed_day"
    REVIEW_BY_ITEM = "review_by_item"
    REVIEW_ADJUSTED = "review_adjusted"
    EARLY_DEATH = "early_death"
    SHORT_STAY = "short_stay"
    LONG_STAY = "long_stay"
    UNSTABLE = "unstable"
    INCOMPLETE = "incomplete"
    PANEL = "panel"
    HIGH = "high"
    HIGH_OVER_CAP = "high_over_cap"
    LOW = "low"
    CHEAP = "cheap"
    NORMAL = "normal"


KINDS = tuple(CaseKind)
"""The kinds by their number in columns of the kernels."""

BY_ITEM = frozenset(
    {
        CaseKind.REVIEW_BY_ITEM,
        CaseKind.EARLY_DEATH,
        CaseKind.SHORT_STAY,
        CaseKind.LONG_STAY,
        CaseKind.LOW,
    }
)
"""Kinds whose worth is the case's own cost."""
