"""The cases of a region's lake as DIP reads them: codes as lists, fees by kind, the hospital's level."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from tongchou.grouping.dip.cases import COLUMNS
from tongchou.schema.tables import CASES, DIAGNOSES, FEES, INSTITUTIONS, PROCEDURES
from tongchou.store.lake import Lake, Snapshot

_DRUGS = ("western_medicine", "herbal_pieces", "chinese_patent_medicine")
_TREATMENTS = ("treatment", "surgery")


def lake_cases(lake: Lake, snapshot: Snapshot) -> pl.DataFrame | None:
    """Return all cases of a snapshot with fees by kind and the level of the hospital on the day of discharge.

    `None` where the lake holds no cases.
    """
    cases = _table(lake, snapshot, CASES.name)
    if cases is None:
        return None
    found = cases.with_columns(pl.col("discharged_on").dt.year().cast(pl.Int64).alias("year"))
    for table, name in ((DIAGNOSES.name, "diagnoses"), (PROCEDURES.name, "procedures")):
        rows = _table(lake, snapshot, table)
        if rows is None:
            found = found.with_columns(pl.lit(None, dtype=COLUMNS[name]).alias(name))
            continue
        lists = rows.sort("case_id", "seq").group_by("case_id", maintain_order=True).agg(pl.col("code").alias(name))
        found = found.join(lists, on="case_id", how="left")
    fees = _table(lake, snapshot, FEES.name)
    if fees is not None:
        found = found.join(_parts(fees), on="case_id", how="left")
    institutions = _table(lake, snapshot, INSTITUTIONS.name)
    if institutions is not None:
        found = found.join(_levels(cases, institutions), on="case_id", how="left")
    wanted = found.select(name for name in COLUMNS if name in found.collect_schema().names())
    return wanted.sort("case_id").collect()


def _table(lake: Lake, snapshot: Snapshot, name: str) -> pl.LazyFrame | None:
    files = lake.files(name, snapshot)
    return pl.scan_parquet(files) if files else None


def _parts(fees: pl.LazyFrame) -> pl.LazyFrame:
    def part(categories: Sequence[str], name: str) -> pl.Expr:
        return pl.col("amount_fen").filter(pl.col("category").is_in(categories)).sum().alias(name)

    return fees.group_by("case_id").agg(
        part(_DRUGS, "drug_fen"), part(("consumables",), "consumable_fen"), part(_TREATMENTS, "treatment_fen")
    )


def _levels(cases: pl.LazyFrame, institutions: pl.LazyFrame) -> pl.LazyFrame:
    last = pl.col("valid_until").fill_null(date.max)
    return (
        cases.select("case_id", "institution_id", "discharged_on")
        .join(institutions.select("institution_id", "valid_from", "valid_until", "level"), on="institution_id")
        .filter((pl.col("valid_from") <= pl.col("discharged_on")) & (last >= pl.col("discharged_on")))
        .select("case_id", "level")
        .unique("case_id", keep="any")
    )
