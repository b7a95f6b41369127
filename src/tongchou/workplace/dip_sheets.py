"""Sheets of cases where the region pays by DIP: amounts in yuan, the hospital's level, and the catalogue's points."""

import re
from collections.abc import Callable
from typing import Any

import polars as pl

from tongchou.access.subject import Subject
from tongchou.grouping.dip.brought import BROUGHT_FIELDS
from tongchou.schema.states import INSTITUTION_LEVEL
from tongchou.workplace.case_sheets import SHEET_CHUNK, Columns, Sheet, as_cases
from tongchou.workplace.dip_grouping import brought
from tongchou.workplace.place import Workplace

AMOUNTS = ("total_fen", "drug_fen", "treatment_fen")
"""Columns of a case that hold money."""

_YUAN = re.compile(r"([0-9]{1,10})(?:[.]([0-9]{1,2}))?")
_LEVEL_WORDS = {words.zh: level for level, words in INSTITUTION_LEVEL.items()}


def group_dip_sheet(
    place: Workplace,
    subject: Subject,
    sheet: Sheet,
    columns: Columns,
    level: str | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> pl.DataFrame:
    """Group the cases of a sheet by the catalogue of today's policy.

    Args:
        place: The place.
        subject: Who asks.
        sheet: The sheet.
        columns: Which columns hold what of `BROUGHT_FIELDS`. Amounts are in yuan; in fen where the column's own name
            ends with `_fen`. One that is not to be read, or has more than two decimals, is unknown.
        level: The level of the hospital, for cases of which no column says it.
        advance: Called with how many cases are grouped, and how many there are.

    Returns:
        `dip.grouper.GROUPED_COLUMNS`, row for row.

    Raises:
        TongchouError: `access.refused`; `runs.no_catalogue`; `workplace.no_dip_catalogue`.
    """
    place.admit(subject, "grouping.group", "brought", where="sheet")
    grouper = place.at_hand.dip.ready().grouper
    cases = as_cases(sheet, columns, ("case_id", *BROUGHT_FIELDS))
    in_fen = {name: (columns.get(name) or ("",))[0].endswith("_fen") for name in AMOUNTS}
    parts: list[pl.DataFrame] = []
    done = 0
    for batch in cases.to_batches(max_chunksize=SHEET_CHUNK):
        rows = batch.to_pylist()
        found = grouper.group(brought([_case(row, in_fen, level) for row in rows]))
        # Cases that are brought are numbered: the same id may stand in several rows.
        parts.append(found.with_columns(pl.Series("case_id", [row["case_id"] for row in rows], dtype=pl.String)))
        done += len(rows)
        advance(done, cases.num_rows)
    return pl.concat(parts)


def _case(row: dict[str, Any], in_fen: dict[str, bool], level: str | None) -> dict[str, Any]:
    amounts = {name: row[name] if is_fen else _fen(row[name]) for name, is_fen in in_fen.items()}
    written = row["level"] or level or ""
    return {**row, **amounts, "level": _LEVEL_WORDS.get(written, written)}


def _fen(written: str | None) -> int | None:
    found = _YUAN.fullmatch((written or "").replace(",", "").strip("¥￥ "))
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None
