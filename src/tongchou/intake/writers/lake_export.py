"""The settlement lists of a region's lake as one file of the interface."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.lake_rows import rows_of
from tongchou.intake.writers.core_lists import Revealed, core_lists
from tongchou.intake.writers.interface_json import ListTransaction, write_lists
from tongchou.schema.contract import Table
from tongchou.schema.tables import CASES, DIAGNOSES, FEES, INSTITUTIONS, PERSONS, PROCEDURES
from tongchou.store.lake import Lake, Snapshot

_CHUNK = 20_000
"""Lists that are made at a time."""


def export_lists(
    lake: Lake,
    transaction: ListTransaction,
    file: Path,
    case_ids: Sequence[str] | None = None,
    reveal: Revealed | None = None,
) -> int:
    """Write the lists of a lake, a line each, in the order of their case ids, and return how many.

    The file stands whole or not at all; one of its name is replaced.

    Args:
        lake: The region's facts.
        transaction: The version of the list.
        file: Where to.
        case_ids: The lists wanted; None for all.
        reveal: Gives person numbers for pseudonyms; None writes the pseudonyms.

    Raises:
        TongchouError: `intake.export_no_cases` if a list that is wanted is not there, or there is none at all.
    """
    snapshot = lake.snapshot()
    known = _scan(lake, snapshot, CASES).select("case_id").collect()["case_id"].sort()
    wanted = known if case_ids is None else pl.Series(sorted(set(case_ids)), dtype=pl.String)
    missing = wanted.filter(~wanted.is_in(known.implode()))
    if not len(wanted) or len(missing):
        raise _no_cases(missing)
    around = {table.name: _scan(lake, snapshot, table).collect() for table in (PERSONS, INSTITUTIONS)}
    half = file.with_name(f".{file.name}.part")
    written = 0
    try:
        with half.open("wb") as stream:
            for start in range(0, len(wanted), _CHUNK):
                part = wanted.slice(start, _CHUNK).implode()
                rows = {
                    table.name: _scan(lake, snapshot, table).filter(pl.col("case_id").is_in(part)).collect()
                    for table in (CASES, DIAGNOSES, PROCEDURES, FEES)
                }
                rows[CASES.name] = rows[CASES.name].sort("case_id")
                written += write_lists(core_lists({**around, **rows}, reveal), transaction, stream)
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
    return written


def _scan(lake: Lake, snapshot: Snapshot, table: Table) -> pl.LazyFrame:
    return rows_of(lake, snapshot, table).select(table.arrow_schema.names)


def _no_cases(missing: pl.Series) -> TongchouError:
    count = len(missing)
    return TongchouError(
        "intake.export_no_cases",
        what=Text("没有可导出的结算清单", "there are no settlement lists to write"),
        where=", ".join(missing.head(5)) or "-",
        why=Text(
            f"库中没有其中 {count:,} 张清单" if count else "库中还没有结算清单",
            f"{count:,} of the lists asked for are not in the lake"
            if count
            else "the lake has no settlement lists yet",
        ),
        remedy=Text(
            "检查清单号，或先用 tongchou intake 入库", "check the case ids, or take files in with tongchou intake"
        ),
    )
