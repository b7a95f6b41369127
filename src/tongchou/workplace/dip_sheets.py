"""Sheets of cases where the region pays by DIP: amounts in yuan, the hospital's level, and the catalogue's points."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from tongchou.access.subject import Subject
from tongchou.core.text import Text
from tongchou.grouping.dip.brought import BROUGHT_FIELDS
from tongchou.grouping.dip.grouper import DipGrouper
from tongchou.schema.states import INSTITUTION_LEVEL
from tongchou.workplace.case_sheets import SHEET_CHUNK, Columns, Sheet, as_cases
from tongchou.workplace.dip_grouping import brought, group_rows
from tongchou.workplace.place import Workplace

AMOUNTS = {
    "total_fen": Text("总费用（元）", "cost, yuan"),
    "drug_fen": Text("药品费（元）", "drugs, yuan"),
    "treatment_fen": Text("治疗与手术费（元）", "treatment and surgery, yuan"),
}
"""Columns of a case that hold money, as people give it."""

_FEN = re.compile(r"_fen$|[（(]分[）)]$")
"""Ends the name of a column whose amounts are in fen."""
_UNIT = re.compile(r"^[¥￥]|元$")
_NUMBER = re.compile(r"[0-9]{1,12}(?:[.][0-9]{1,20})?")
_SLIP = Decimal("0.000001")
"""Of a fen: what a sum of parts may be beside whole fen where a workbook kept it as a binary fraction."""
_LEVELS = {
    **{level: level for level in INSTITUTION_LEVEL},
    **{words.zh: level for level, words in INSTITUTION_LEVEL.items()},
    "一级": "primary",
}
_GRADE = re.compile(r"(三级|二级|一级)[特甲乙丙]等$")


@dataclass(frozen=True, slots=True)
class GroupedSheet:
    """The groups of a sheet.

    Attributes:
        rows: `dip.grouper.GROUPED_COLUMNS`, row for row.
        unread: How many cases have an amount or a level that was given and could not be read, by column.
    """

    rows: pl.DataFrame
    unread: Mapping[str, int]


def group_dip_sheet(
    place: Workplace,
    subject: Subject,
    sheet: Sheet,
    columns: Columns,
    level: str | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> GroupedSheet:
    """Group the cases of a sheet by the catalogue of today's policy.

    Args:
        place: The place.
        subject: Who asks.
        sheet: The sheet.
        columns: Which columns hold what of `BROUGHT_FIELDS`. Amounts are in yuan; in fen where the column's own name
            ends with `_fen` or `（分）`. One that is not to be read, or is no whole number of fen, is unknown.
        level: The level of the hospital, for cases of which no column says it.
        advance: Called with how many cases are grouped, and how many there are.

    Raises:
        TongchouError: `access.refused`; `runs.no_catalogue`; `workplace.no_dip_catalogue`.
    """
    place.admit(subject, "grouping.group", "brought", where="sheet")
    grouper = place.at_hand.dip.ready().grouper
    cases = as_cases(sheet, columns, ("case_id", *BROUGHT_FIELDS))
    in_fen = {name: bool(_FEN.search((columns.get(name) or ("",))[0].strip())) for name in AMOUNTS}
    levels = {**_LEVELS, **{level: level for level in _known_levels(grouper)}}
    unread: Counter[str] = Counter()
    parts: list[pl.DataFrame] = []
    done = 0
    for batch in cases.to_batches(max_chunksize=SHEET_CHUNK):
        rows = batch.to_pylist()
        read = [_case(row, in_fen, levels, level) for row in rows]
        for row, case in zip(rows, read, strict=True):
            unread.update(name for name in (*AMOUNTS, "level") if row[name] and case[name] is None)
        ids = pl.Series("case_id", [row["case_id"] for row in rows], dtype=pl.String)
        parts.append(group_rows(grouper, brought(read).with_columns(ids)))
        done += len(rows)
        advance(done, cases.num_rows)
    return GroupedSheet(pl.concat(parts), dict(unread))


def _known_levels(grouper: DipGrouper) -> list[str]:
    """Return the levels of hospitals that the catalogue has means of, which may be the region's own words."""
    return grouper.catalogue.tables["level_means"].get_column("level").drop_nulls().unique().to_list()


def _case(
    row: dict[str, Any], in_fen: Mapping[str, bool], levels: Mapping[str, str], level: str | None
) -> dict[str, Any]:
    amounts = {name: _fen(row[name], 1 if is_fen else 100) for name, is_fen in in_fen.items()}
    return {**row, **amounts, "level": _level(row["level"], levels) if row["level"] else level}


def _level(written: str, levels: Mapping[str, str]) -> str | None:
    return levels.get(written) or levels.get(_GRADE.sub(r"\1", written.casefold()))


def _fen(written: str | None, fen: int) -> int | None:
    """Return an amount as fen, of a unit of so many; None for none, and for what is no whole number of them."""
    text = _UNIT.sub("", (written or "").replace(",", "").strip()).strip()
    if not _NUMBER.fullmatch(text):
        return None
    exact = Decimal(text) * fen
    whole = exact.to_integral_value()
    return int(whole) if abs(exact - whole) <= _SLIP else None
