"""Grouping what a caller brings by the region's DIP catalogue: cases, why, and what if they were coded otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongchou.access.subject import Subject
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.grouping.dip.brought import BROUGHT_FIELDS, brought_cases
from tongchou.grouping.dip.explain import explain_dip
from tongchou.grouping.review.what_if import Change, changed_cases
from tongchou.runs.groupings import DIP
from tongchou.workplace.dip_at_hand import ReadyDip
from tongchou.workplace.place import Workplace

Case = Mapping[str, Any]
DipGroup = Mapping[str, Any]
"""A case's row of `dip.grouper.GROUPED_COLUMNS`."""

COMPARED = ("status", "group", "factor_e4", "points_e2")
"""The columns by which a variant is compared with the case as it is."""


@dataclass(frozen=True, slots=True)
class DipOutcome:
    """A variant of a case with its group.

    Attributes:
        description: What was changed.
        group: The group.
        differs_in: In which columns of `COMPARED` its result is not that of the case as it is.
    """

    description: Text
    group: DipGroup
    differs_in: tuple[str, ...]


def is_by_dip(place: Workplace, scheme: str | None) -> bool:
    """Return whether cases are grouped by DIP: today's policy pays by it, and no DRG scheme is named."""
    return scheme in {None, DIP} and place.at_hand.dip.is_paid_by()


def group_dip_cases(place: Workplace, subject: Subject, cases: Sequence[Case]) -> tuple[ReadyDip, list[DipGroup]]:
    """Return the DIP groups of cases, in their order, and by what they were grouped.

    Raises:
        TongchouError: `access.refused`; `runs.no_catalogue`; `workplace.no_dip_catalogue`.
    """
    place.admit(subject, "grouping.group", "brought", where="group")
    ready = place.at_hand.dip.ready()
    rows: list[DipGroup] = list(ready.grouper.group(brought_cases(cases)).iter_rows(named=True))
    return ready, rows


def explain_dip_group(place: Workplace, subject: Subject, case: Case) -> Step:
    """Return why a case is in its DIP group and has its points.

    Raises:
        TongchouError: As `group_dip_cases`.
    """
    place.admit(subject, "grouping.group", "brought", where="group")
    return explain_dip(place.at_hand.dip.ready().grouper, brought_cases([case]))


def dip_what_ifs(
    place: Workplace, subject: Subject, case: Case, changes: Sequence[Change]
) -> tuple[ReadyDip, list[DipOutcome]]:
    """Return the DIP groups of a case as it is and of each change.

    Raises:
        TongchouError: `grouping.what_if`; as `group_dip_cases`.
    """
    place.admit(subject, "grouping.what_if", "brought", where="what-if")
    ready = place.at_hand.dip.ready()
    variants = changed_cases(case, changes, BROUGHT_FIELDS)
    groups = ready.grouper.group(brought_cases([changed for _, changed in variants])).to_dicts()
    return ready, [
        DipOutcome(words, group, tuple(name for name in COMPARED if group[name] != groups[0][name]))
        for (words, _), group in zip(variants, groups, strict=True)
    ]
