"""Grouping what a caller brings: one case, many, a file of them; nothing of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tongchou.access.subject import Subject
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.grouping.engine.case_fields import column_of
from tongchou.grouping.engine.places import Grouped
from tongchou.grouping.exchange.case_file import open_cases
from tongchou.grouping.exchange.result_file import write_results
from tongchou.grouping.review.what_if import Change, what_if
from tongchou.workplace.at_hand import Ready
from tongchou.workplace.case_bounds import counted, require_bounded
from tongchou.workplace.place import Workplace

Case = Mapping[str, Any]
ResultKind = Literal["csv", "parquet"]

MOST_CASES = 1_000
"""Cases of one request; more go as a file."""


@dataclass(frozen=True, slots=True)
class GroupedCase:
    """A case's group, and what it means for payment.

    Attributes:
        grouped: The result.
        name: The DRG's name; None where there is none.
        weight_e4: Its weight in the year's run x 10,000; None where no run grouped by this scheme has it.
        standards_fen: Rate x weight by insurance type, before any coefficient; empty where no rate is paid.
    """

    grouped: Grouped
    name: Text | None
    weight_e4: int | None
    standards_fen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A variant of a case with its group.

    Attributes:
        description: What was changed.
        case: The group.
        differs_in: In what its result is not that of the case as it is.
    """

    description: Text
    case: GroupedCase
    differs_in: tuple[str, ...]


def group_with(ready: Ready, case: Case) -> GroupedCase:
    """Return the group of a case; never blocks, never an error."""
    return _priced(ready, ready.grouper.group_one(case))


def group_case(place: Workplace, subject: Subject, case: Case, scheme: str | None = None) -> tuple[Ready, GroupedCase]:
    """Return the group of one case, and by what it was grouped.

    Args:
        place: The place.
        subject: Who asks.
        case: The case (`case_fields`).
        scheme: A scheme at hand; that of today's policy if not given.

    Raises:
        TongchouError: `access.refused`; `grouping.no_scheme`; `workplace.no_drg_scheme`.
    """
    place.admit(subject, "grouping.group", "brought", where="group")
    ready = place.at_hand.ready(scheme)
    return ready, group_with(ready, case)


def explain_group(place: Workplace, subject: Subject, case: Case, scheme: str | None = None) -> Step:
    """Return why a case is in its group.

    Raises:
        TongchouError: As `group_case`.
    """
    place.admit(subject, "grouping.group", "brought", where="group")
    return place.at_hand.ready(scheme).grouper.explain(case)


def group_cases(
    place: Workplace, subject: Subject, cases: Sequence[Case], scheme: str | None = None
) -> tuple[Ready, list[GroupedCase]]:
    """Return the groups of cases, in their order.

    Raises:
        TongchouError: As `group_case`.
    """
    place.admit(subject, "grouping.group", "brought", where="batch")
    ready = place.at_hand.ready(scheme)
    return ready, [group_with(ready, case) for case in cases]


def group_file(
    place: Workplace, subject: Subject, cases: Path, out: Path, scheme: str | None = None
) -> Mapping[str, int]:
    """Group a case file into a result file, row for row.

    Args:
        place: The place.
        subject: Who asks.
        cases: The file, `.csv` or `.parquet`.
        out: The result, `.csv` or `.parquet`.
        scheme: As of `group_case`.

    Returns:
        How many cases have each status.

    Raises:
        TongchouError: As `group_case`; `grouping.case_file` if the file cannot be read; `workplace.case_file_large`.
    """
    place.admit(subject, "grouping.group", "brought", where="file")
    ready = place.at_hand.ready(scheme)
    require_bounded(cases)
    fields = [column_of(field) for field in ready.grouper.compiled.fields]
    batches = open_cases(cases, fields).batches(lambda done, total: None)
    # One thread: the other processor goes on answering.
    results = ready.grouper.stream(counted(batches, cases.name), workers=1)
    return write_results(results, ready.grouper.batches.result_schema, out)


def what_ifs(
    place: Workplace, subject: Subject, case: Case, changes: Sequence[Change], scheme: str | None = None
) -> tuple[Ready, list[Outcome]]:
    """Return the groups of a case as it is and of each change.

    Raises:
        TongchouError: `access.refused`; `grouping.what_if`; as `group_case`.
    """
    place.admit(subject, "grouping.what_if", "brought", where="what-if")
    ready = place.at_hand.ready(scheme)
    variants = what_if(ready.grouper, case, changes)
    return ready, [Outcome(each.description, _priced(ready, each.grouped), each.differs_in) for each in variants]


def _priced(ready: Ready, grouped: Grouped) -> GroupedCase:
    name = ready.names.get(grouped.drg)
    prices = ready.prices
    if prices is None or grouped.status != "grouped":
        return GroupedCase(grouped, name, None, {})
    return GroupedCase(grouped, name, prices.weights_e4.get(grouped.drg), prices.standards_fen(grouped))
