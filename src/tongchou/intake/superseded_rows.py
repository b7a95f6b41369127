"""Rows of our own tables that leave: taken out of their table, kept in the history with the reason."""

from collections.abc import Mapping

import polars as pl

from tongchou.intake.case_checks import CASE_TABLES
from tongchou.intake.lake_rows import rows_of
from tongchou.intake.resubmission import Resubmission, keys_of
from tongchou.intake.staging import AT
from tongchou.intake.workbench import Workbench
from tongchou.schema.contract import Table
from tongchou.schema.correction_tables import SUPERSEDED_ROWS
from tongchou.schema.tables import CASES, INPUT_TABLES
from tongchou.store.lake import Batch, Lake, Snapshot


def supersede_rows(batch: Batch, bench: Workbench, resubmission: Resubmission) -> int:
    """Take out the rows of the lake that rows of a batch correct, before these are written.

    Args:
        batch: The batch.
        bench: Its rows, checked.
        resubmission: Which of them come again.

    Returns:
        How many rows come in the place of others; a settlement list that comes again counts once.
    """
    leaving: dict[str, pl.DataFrame] = {}
    cases = _taken(bench, resubmission, CASES).get_column("case_id")
    count = len(cases)
    for table in INPUT_TABLES:
        if table in CASE_TABLES:
            former = resubmission.of_cases(table, cases)
        else:
            former = resubmission.before(table, _taken(bench, resubmission, table))
            count += former.height
        if former.height:
            leaving[table.name] = former
    keep_rows(batch, resubmission.lake, resubmission.snapshot, leaving, "corrected")
    for table in INPUT_TABLES:
        if table.name in leaving:
            batch.remove_keys(table, keys_of(table, leaving[table.name]))
    return count


def keep_rows(batch: Batch, lake: Lake, snapshot: Snapshot, rows: Mapping[str, pl.DataFrame], reason: str) -> int:
    """Keep rows that leave their tables in the history, and return how many.

    Args:
        batch: The batch that does it.
        lake: The lake, its lock held.
        snapshot: Its state before the batch.
        rows: The rows by table.
        reason: Why, one of `ROW_LEFT`.
    """
    tables = {table.name: table for table in INPUT_TABLES}
    parts = []
    for name, each in rows.items():
        if each.is_empty():
            continue
        table = tables[name]
        key = pl.concat_str([pl.col(column).cast(pl.String) for column in table.key], separator="|")
        case = pl.col("case_id") if "case_id" in each.columns else pl.lit(None, pl.String)
        row = pl.struct(table.arrow_schema.names).struct.json_encode()
        said = each.select(key.alias("row_key"), case.alias("case_id"), row.alias("row"))
        parts.append(said.with_columns(pl.lit(name).alias("table_name")).sort("row_key"))
    if not parts:
        return 0
    left = pl.concat(parts)
    names = ["table_name", "row_key"]
    before = rows_of(lake, snapshot, SUPERSEDED_ROWS).select(*names, "version")
    there = before.join(left.lazy().select(names), on=names, how="semi")
    known = there.group_by(names).agg(pl.col("version").max()).collect()
    kept = left.join(known, on=names, how="left", maintain_order="left").with_columns(
        pl.col("version").fill_null(0) + 1,
        pl.lit(reason).alias("reason"),
        pl.lit(batch.batch_id).alias("superseded_by"),
    )
    schema = SUPERSEDED_ROWS.arrow_schema
    plain = kept.select(schema.names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)
    return batch.write(SUPERSEDED_ROWS, plain.to_reader())


def _taken(bench: Workbench, resubmission: Resubmission, table: Table) -> pl.DataFrame:
    """Return the rows of a table that come again, differ, and are taken."""
    names = table.arrow_schema.names
    if table.name not in bench.staged:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    again = (
        pl.col("case_id").is_in(pl.Series(resubmission.cases, dtype=pl.String).implode())
        if table is CASES
        else pl.col(AT).is_in(pl.Series(resubmission.corrected.get(table.name, []), dtype=pl.Int64).implode())
    )
    is_set_aside = pl.col(AT).is_in(pl.Series(bench.set_aside(table)).implode())
    return pl.scan_parquet(bench.staged[table.name].rows_file).filter(again & ~is_set_aside).select(names).collect()
