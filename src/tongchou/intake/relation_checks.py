"""What a table's rows owe each other and other tables: one row per key, and references that lead somewhere."""

import narwhals as nw
import numpy as np
import polars as pl
import pyarrow as pa

from tongchou.core.text import Text
from tongchou.intake.faults import REPEATED_ROW, UNKNOWN_REFERENCE
from tongchou.intake.resubmission import Resubmission
from tongchou.intake.staging import AT, CONTENT
from tongchou.intake.workbench import Workbench, faulty
from tongchou.schema.contract import Column, Table
from tongchou.schema.tables import CASES, INPUT_TABLES
from tongchou.store.engine import Frame

_TABLES = {table.name: table for table in INPUT_TABLES}


def check_relations(bench: Workbench, table: Table, resubmission: Resubmission | None = None) -> list[Text]:
    """Find rows of a table whose key another row has, or whose references lead nowhere.

    Of rows with one key that are equal the first is kept. Of rows that differ none is: which of them is right cannot
    be known, and must not depend on their order. A row whose key is in the lake is taken only as a correction. A
    reference must lead to a row of the lake or to a sound one of the batch, so the tables referred to are checked
    before.

    Args:
        bench: What is worked on.
        table: The table.
        resubmission: Says what becomes of rows whose key is in the lake; where there is none, none is taken.

    Returns:
        Notices of references that could not be checked because the table they name was never handed in.
    """
    found = _key_faults(bench, table, resubmission)
    notices = []
    for column in table.columns:
        if column.references is None:
            continue
        target_name, key = column.references.split(".")
        target = _TABLES[target_name]
        if bench.is_known(target):
            found.append(_stray_references(bench, table, column, target, key))
        else:
            notices.append(
                Text(
                    f"表 {target.name}（{target.title.zh}）从未交入，{table.name}.{column.name} 未作核对",
                    f"{target.name} was never handed in, so {table.name}.{column.name} was not checked",
                )
            )
    bench.add_faults(table, *found)
    return notices


def _key_faults(bench: Workbench, table: Table, resubmission: Resubmission | None) -> list[Frame]:
    key = list(table.key)
    counts = ("first", "low", "high")
    repeated = bench.land(
        bench.rows(table)
        .group_by(key)
        .agg(
            nw.len().alias("rows"),
            nw.col(AT).min().alias("first"),
            nw.col(CONTENT).min().alias("low"),
            nw.col(CONTENT).max().alias("high"),
        )
        .filter(nw.col("rows") > 1),
        pa.schema([table.arrow_schema.field(name) for name in key] + [(name, pa.int64()) for name in counts]),
    )
    found: list[Frame] = []
    rows = bench.rows(table).select(AT, *key)
    if repeated.row_count:
        several = rows.join(repeated.frame, on=key)
        is_same = nw.col("low") == nw.col("high")
        found.append(faulty(several.filter(~is_same), "intake.duplicate_key"))
        found.append(faulty(several.filter(is_same, nw.col(AT) != nw.col("first")), REPEATED_ROW))
    if bench.is_in_lake(table):
        known = rows.join(bench.in_lake(table).select(key), on=key, how="semi")
        if resubmission is None:
            found.append(faulty(known, "intake.key_exists"))
        else:
            found += _resubmitted(bench, table, known, resubmission)
    return found


def _resubmitted(bench: Workbench, table: Table, known: Frame, resubmission: Resubmission) -> list[Frame]:
    at = pa.schema([(AT, pa.int64())])
    numbers = [batch[AT].to_numpy() for batch in bench.engine.stream(known.select(AT))]
    if not sum(len(each) for each in numbers):
        return []
    again = np.concatenate(numbers)
    staged = {name: pl.scan_parquet(each.rows_file) for name, each in bench.staged.items()}
    if table is CASES:
        judged = resubmission.judge_cases(staged, again)
        bench.leave(resubmission.cases)
    else:
        judged = resubmission.judge(table, staged[table.name], again)
    return [
        faulty(bench.engine.local(pa.table({AT: rows.to_arrow()}, schema=at)), code)
        for code, rows in judged.items()
        if len(rows)
    ]


def _stray_references(bench: Workbench, table: Table, column: Column, target: Table, key: str) -> Frame:
    named = bench.rows(table).filter(~nw.col(column.name).is_null()).select(AT, nw.col(column.name).alias("_named"))
    for known in _known(bench, target, key):
        named = named.join(known, left_on="_named", right_on=key, how="anti")
    return faulty(named, UNKNOWN_REFERENCE[target.name], column=column.name, value="_named")


def _known(bench: Workbench, target: Table, key: str) -> list[Frame]:
    known = []
    if bench.is_in_batch(target):
        if target.name == CASES.name:
            # What belongs to a case that is set aside goes with it, by `case_checks`; it is no orphan.
            known += [bench.rows(target).select(key), bench.row_findings(target).select(key)]
        else:
            known.append(bench.sound_rows(target).select(key))
    if bench.is_in_lake(target):
        known.append(bench.in_lake(target).select(key))
    return known
