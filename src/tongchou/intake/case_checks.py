"""A settlement list is taken whole or not at all: a case with its diagnoses, procedures, fees and fee lines.

A case is set aside if it has a fault, if rows that belong to it have one, if it has no principal diagnosis, or if
its amounts do not agree; with it go all its rows of the batch. A list of which the lake holds a part already is
checked against that part, and the batch's rows of it are taken together or not at all.
"""

from collections.abc import Sequence

import narwhals as nw
import pyarrow as pa

from tongchou.core.text import Text
from tongchou.intake.faults import KNOWN_ROW, REPEATED_ROW
from tongchou.intake.staging import AT
from tongchou.intake.workbench import Landed, Workbench, faulty
from tongchou.schema.contract import Table
from tongchou.schema.states import FEE_CATEGORY
from tongchou.schema.tables import CASES, DIAGNOSES, FEE_ITEMS, FEES, PROCEDURES
from tongchou.store.engine import Frame

CASE_TABLES = (CASES, DIAGNOSES, PROCEDURES, FEES, FEE_ITEMS)
"""The tables whose rows make up a settlement list."""

_CASE_ID = pa.schema([("case_id", pa.string())])
_DIFFERING = pa.schema(
    [
        *((name, pa.string()) for name in ("case_id", "_code", "_column")),
        *((name, pa.int64()) for name in ("found_fen", "expected_fen")),
    ]
)
"""Amounts of a case that do not agree: the fault, and the fee category whose lines do not, else an empty text."""


def check_cases(bench: Workbench) -> list[Text]:
    """Find the cases of a batch that cannot be taken, and set aside every row of theirs.

    To be called when the keys and references of all `CASE_TABLES` have been checked.

    Returns:
        Notices of checks that could not be made because a table was never handed in.
    """
    in_batch = [table for table in CASE_TABLES if bench.is_in_batch(table)]
    notices = _check_whole_cases(bench, _faulty_cases(bench, in_batch))
    refused = _faulty_cases(bench, in_batch)
    for table in in_batch if refused.row_count else ():
        rows = bench.sound_rows(table).select(AT, "case_id").join(refused.frame, on="case_id", how="semi")
        if table is CASES:
            bench.add_faults(table, faulty(rows, "intake.incomplete_case"))
        else:
            bench.add_faults(table, faulty(rows, "intake.case_set_aside", column="case_id", value="case_id"))
    return notices


def _faulty_cases(bench: Workbench, tables: Sequence[Table]) -> Landed:
    """Return every case that has a fault so far, or a row with one; a row that is there already is none."""
    found = [bench.engine.scan([], _CASE_ID)]
    for table in tables:
        if bench.has_faults(table):
            faults = bench.faults(table).filter(~nw.col("_code").is_in([REPEATED_ROW, KNOWN_ROW])).select(AT)
            found.append(bench.rows(table).select(AT, "case_id").join(faults, on=AT, how="semi").select("case_id"))
            found.append(bench.row_findings(table).filter(~nw.col("case_id").is_null()).select("case_id"))
    return bench.land(nw.concat(found).unique(), _CASE_ID)


def _check_whole_cases(bench: Workbench, refused: Landed) -> list[Text]:
    """Find cases without a principal diagnosis or with amounts that differ, among those without a fault so far."""
    compared, notices = _compared_amounts(bench)
    # Each comparison by itself: together their sums would be in memory at once.
    landed = [bench.land(each.join(refused.frame, on="case_id", how="anti"), _DIFFERING) for each in compared]
    if bench.is_in_batch(CASES):
        bench.add_faults(CASES, _without_principal_diagnosis(bench, refused.frame))
    if any(differing.row_count for differing in landed):
        amounts = nw.concat([differing.frame for differing in landed])
        for table in (CASES, FEES, FEE_ITEMS):
            if bench.is_in_batch(table):
                bench.add_faults(table, _shown_at(bench, table, amounts))
            if table is CASES:
                # Only where the lake has the case, what differs is shown at the fees of the batch.
                amounts = amounts.join(bench.rows(CASES).select("case_id"), on="case_id", how="anti")
    return notices


def _without_principal_diagnosis(bench: Workbench, refused: Frame) -> Frame:
    cases = bench.sound_rows(CASES).select(AT, "case_id").join(refused, on="case_id", how="anti")
    for diagnoses in (bench.sound_rows(DIAGNOSES), bench.in_lake(DIAGNOSES)):
        principal = diagnoses.filter(nw.col("seq") == 1).select("case_id")
        cases = cases.join(principal, on="case_id", how="anti")
    return faulty(cases, "intake.no_principal_diagnosis")


def _compared_amounts(bench: Workbench) -> tuple[list[Frame], list[Text]]:
    differing: list[Frame] = []
    notices = []
    if not bench.is_known(FEES):
        notices.append(_unchecked(FEES, "收费类别与医疗费总额未作核对", "categories were not checked against totals"))
    else:
        differing.append(_differing_totals(bench))
        if bench.is_known(FEE_ITEMS):
            differing.append(_differing_categories(bench))
        else:
            told = _unchecked(FEE_ITEMS, "收费明细与类别合计未作核对", "fee lines were not checked against categories")
            notices.append(told)
    return differing, notices


def _differing_totals(bench: Workbench) -> Frame:
    """Compare the sum of a case's fee categories with its total, for cases that have fees."""
    sums = _both(bench, FEES, "amount_fen").group_by("case_id").agg(_sum("amount_fen", "found_fen"))
    totals = _both(bench, CASES, "total_fen").select("case_id", nw.col("total_fen").alias("expected_fen"))
    return _differing(sums.join(totals, on="case_id"), "intake.fees_not_summing", nw.lit(""))


def _differing_categories(bench: Workbench) -> Frame:
    """Compare the sum of a case's fee lines with each category, for cases that have fee lines."""
    none, amount = nw.lit(0).cast(nw.Int64), nw.col("amount_fen")
    columns = ("case_id", "category", "found_fen", "expected_fen")
    lines = _both(bench, FEE_ITEMS, "category", "amount_fen")
    fees = _both(bench, FEES, "category", "amount_fen")
    both = nw.concat(
        [
            lines.with_columns(amount.alias("found_fen"), none.alias("expected_fen")).select(columns),
            fees.with_columns(none.alias("found_fen"), amount.alias("expected_fen")).select(columns),
        ]
    )
    uneven = bench.land(_uneven_cases(both), _CASE_ID).frame.join(lines, on="case_id", how="semi")
    sums = (
        both.join(uneven, on="case_id", how="semi")
        .group_by("case_id", "category")
        .agg(_sum("found_fen", "found_fen"), _sum("expected_fen", "expected_fen"))
    )
    return _differing(sums, "intake.fee_lines_not_summing", nw.col("category"))


def _uneven_cases(both: Frame) -> Frame:
    """Return the cases of which any category has another sum of lines than of fees.

    A row per case with a column per category takes a third of the memory of a row per case and category.
    """
    net = nw.col("found_fen") - nw.col("expected_fen")
    by_category = [
        nw.when(nw.col("category") == category).then(net).otherwise(nw.lit(0)).sum().cast(nw.Int64).alias(category)
        for category in FEE_CATEGORY
    ]
    differs = [nw.col(category) != 0 for category in FEE_CATEGORY]
    nets = both.group_by("case_id").agg(*by_category)
    return nets.filter(nw.any_horizontal(*differs, ignore_nulls=True)).select("case_id")


def _differing(amounts: Frame, code: str, column: nw.Expr) -> Frame:
    found = amounts.filter(nw.col("found_fen") != nw.col("expected_fen"))
    return found.with_columns(nw.lit(code).alias("_code"), column.alias("_column")).select(_DIFFERING.names)


def _shown_at(bench: Workbench, table: Table, differing: Frame) -> Frame:
    rows = bench.sound_rows(table).select(AT, "case_id").join(differing, on="case_id")
    return faulty(rows, nw.col("_code"), column=nw.col("_column"), value="found_fen", expected="expected_fen")


def _both(bench: Workbench, table: Table, *columns: str) -> Frame:
    """Return sound rows of the batch, and those of the lake that belong to a case with such rows in the batch."""
    sound = bench.sound_rows(table).select("case_id", *columns)
    if not bench.is_in_lake(table):
        return sound
    concerned = nw.concat([bench.sound_rows(other).select("case_id") for other in (CASES, FEES, FEE_ITEMS)]).unique()
    before = bench.in_lake(table).select("case_id", *columns).join(concerned, on="case_id", how="semi")
    return nw.concat([sound, before])


def _sum(column: str, name: str) -> nw.Expr:
    # DuckDB widens sums; amounts stay whole fen.
    return nw.col(column).sum().cast(nw.Int64).alias(name)


def _unchecked(table: Table, zh: str, en: str) -> Text:
    return Text(f"表 {table.name}（{table.title.zh}）从未交入，{zh}", f"{table.name} was never handed in, so {en}")
