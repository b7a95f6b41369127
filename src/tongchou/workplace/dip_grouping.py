"""Grouping what a caller brings by the region's DIP catalogue: cases, why, and what if they were coded otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from tongchou.access.subject import Subject
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.grouping.dip.brought import BROUGHT_FIELDS, brought_cases
from tongchou.grouping.dip.explain import explain_dip
from tongchou.grouping.dip.grouper import GROUPED_COLUMNS, DipGrouper
from tongchou.grouping.exchange.result_file import write_results
from tongchou.grouping.review.what_if import Change, changed_cases
from tongchou.runs.dip_case_files import case_batches, mended_codes
from tongchou.runs.groupings import DIP
from tongchou.workplace.case_bounds import require_bounded, require_few
from tongchou.workplace.dip_at_hand import ReadyDip
from tongchou.workplace.place import Workplace

Case = Mapping[str, Any]
DipGroup = Mapping[str, Any]
"""A case's row of `dip.grouper.GROUPED_COLUMNS`."""

COMPARED = ("status", "group", "factor_e4", "points_e2")
"""The columns by which a variant is compared with the case as it is."""


RESULT_SCHEMA = pa.schema(
    [pa.field(name, pa.string() if kind == pl.String else pa.int64()) for name, kind in GROUPED_COLUMNS.items()]
)
"""`dip.grouper.GROUPED_COLUMNS` as a file has them."""

_AT_ONCE = 100_000
"""Cases of a file that are worked on at once: what they need beside the file stays bounded."""


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


def brought(cases: Sequence[Case]) -> pl.DataFrame:
    """Return cases as `DipGrouper.group` reads them (`brought_cases`), their codes mended as those of a file."""
    frame = brought_cases(cases)
    return frame.with_columns(mended_codes(frame.get_column(name)) for name in ("diagnoses", "procedures"))


def group_dip_cases(place: Workplace, subject: Subject, cases: Sequence[Case]) -> tuple[ReadyDip, list[DipGroup]]:
    """Return the DIP groups of cases, in their order, and by what they were grouped.

    Raises:
        TongchouError: `access.refused`; `runs.no_catalogue`; `workplace.no_dip_catalogue`.
    """
    place.admit(subject, "grouping.group", "brought", where="group")
    ready = place.at_hand.dip.ready()
    rows: list[DipGroup] = list(ready.grouper.group(brought(cases)).iter_rows(named=True))
    return ready, rows


def group_dip_file(place: Workplace, subject: Subject, cases: Path, out: Path) -> Mapping[str, int]:
    """Group a case file by the catalogue into a result file (`RESULT_SCHEMA`), row for row.

    Args:
        place: The place.
        subject: Who asks.
        cases: The file, `.csv` or `.parquet`, as docs/dip.md says.
        out: The result, `.csv` or `.parquet`.

    Returns:
        How many cases have each status.

    Raises:
        TongchouError: As `group_dip_cases`; `runs.dip_case_file` if the file cannot be read;
            `workplace.case_file_large`.
        Problems: `grouping.dip_cases` for what is wrong with the cases.
    """
    place.admit(subject, "grouping.group", "brought", where="file")
    grouper = place.at_hand.dip.ready().grouper
    require_bounded(cases)
    return write_results(_grouped(grouper, cases), RESULT_SCHEMA, out)


def _grouped(grouper: DipGrouper, cases: Path) -> Iterator[pa.RecordBatch]:
    seen = 0
    for batch in case_batches(cases):
        seen += batch.height
        require_few(seen, cases.name)
        for part in batch.iter_slices(_AT_ONCE):
            yield from group_rows(grouper, part).to_arrow().cast(RESULT_SCHEMA).to_batches()


def group_rows(grouper: DipGrouper, cases: pl.DataFrame) -> pl.DataFrame:
    """Return the groups of cases row for row, whatever their ids are: one may be missing, or stand twice.

    Raises:
        Problems: `grouping.dip_cases` for what else is wrong with them.
    """
    numbers = pl.int_range(cases.height, eager=True).cast(pl.String).alias("case_id")
    found = grouper.group(cases.with_columns(numbers) if "case_id" in cases.columns else cases)
    return found.with_columns(cases.get_column("case_id"))


def explain_dip_group(place: Workplace, subject: Subject, case: Case) -> Step:
    """Return why a case is in its DIP group and has its points.

    Raises:
        TongchouError: As `group_dip_cases`.
    """
    place.admit(subject, "grouping.group", "brought", where="group")
    return explain_dip(place.at_hand.dip.ready().grouper, brought([case]))


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
    groups = ready.grouper.group(brought([changed for _, changed in variants])).to_dicts()
    return ready, [
        DipOutcome(words, group, tuple(name for name in COMPARED if group[name] != groups[0][name]))
        for (words, _), group in zip(variants, groups, strict=True)
    ]
