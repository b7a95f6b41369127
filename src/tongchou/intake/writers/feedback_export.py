"""The feedback on a region's settlement lists: those that stand, and those that were set aside last time they came."""

from typing import IO

import polars as pl

from tongchou.intake.lake_rows import rows_of
from tongchou.intake.writers.quality_feedback import LISTS, found_in_intake, write_feedback
from tongchou.schema.list_tables import LIST_TABLES
from tongchou.schema.results import FINDING_FIELDS, FINDINGS
from tongchou.schema.tables import INSTITUTIONS
from tongchou.store.lake import Lake, Snapshot

_HEADS = LIST_TABLES["settlement_lists"]
_BESIDE = ("list_fee_lines", "settlement_replies", "referral_filings")
_OF_LISTS = [name for name in LIST_TABLES if name not in _BESIDE]


def export_feedback(lake: Lake, version: str, file: IO[bytes], institution_id: str | None = None) -> int:
    """Write what was found in the lists of a lake, a line a list by its number, and return how many lists there are.

    Of a list that stands the findings of the batch that brought it count; of one that does not, those of the batch in
    which it came last. A list without a number cannot be told of and is in the quality report alone.

    Args:
        lake: The region's facts.
        version: What the checks are called.
        file: An open file.
        institution_id: The institution whose lists are wanted; None for all.
    """
    snapshot = lake.snapshot()
    names = rows_of(lake, snapshot, INSTITUTIONS).sort("valid_from").group_by("institution_id").agg(pl.last("name_zh"))
    known = names.collect()
    standing = _standing(lake, snapshot)
    found = _found(lake, snapshot, standing)
    lists = pl.concat([standing, _set_aside(found, standing, known)])
    if institution_id is not None:
        lists = lists.filter(pl.col("institution_id") == institution_id)
    named = lists.join(known.rename({"name_zh": "institution_name"}), on="institution_id", how="left")
    told = named.sort("case_id").select(pl.col(name).cast(kind) for name, kind in LISTS.items())
    return write_feedback(told, found_in_intake(found), version, file)


def _standing(lake: Lake, snapshot: Snapshot) -> pl.DataFrame:
    heads = rows_of(lake, snapshot, _HEADS).filter(pl.col("document") == "settlement_list")
    return heads.select(
        pl.col("list_id").alias("case_id"),
        "institution_id",
        pl.col("settled_until").alias("settled_on"),
        "settlement_number",
        "person_id",
        "received_batch",
    ).collect()


def _found(lake: Lake, snapshot: Snapshot, standing: pl.DataFrame) -> pl.DataFrame:
    """Return the findings that count: of each list those of one batch."""
    places = {write.batch_id: write.sequence for write in lake.batches()}
    fields = rows_of(lake, snapshot, FINDING_FIELDS)
    of_lists = rows_of(lake, snapshot, FINDINGS).filter(pl.col("table_name").is_in(_OF_LISTS))
    findings = of_lists.join(fields, on="finding_id", how="left").collect()
    batches = standing.select("case_id", "received_batch")
    placed = findings.join(batches, on="case_id", how="left").with_columns(
        pl.col("batch_id").replace_strict(places, default=-1, return_dtype=pl.Int64).alias("_place")
    )
    is_last = pl.col("_place") == pl.col("_place").max().over("case_id")
    counts = (
        pl.when(pl.col("received_batch").is_null())
        .then(is_last)
        .otherwise(pl.col("batch_id") == pl.col("received_batch"))
    )
    return placed.filter(counts).sort("finding_id")


def _set_aside(found: pl.DataFrame, standing: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the lists that do not stand; institution and number are what their id is made of."""
    aside = found.filter(pl.col("received_batch").is_null() & (pl.col("handling") == "set_aside"))
    day = pl.col("row").str.json_path_match("$.settled_until").str.to_date("%Y-%m-%d", strict=False)
    lists = aside.drop_nulls("case_id").group_by("case_id").agg(day.drop_nulls().first().alias("settled_on"))
    parts = pl.col("case_id").str.splitn("-", 2)
    return (
        lists.with_columns(
            parts.struct.field("field_0").alias("institution_id"),
            parts.struct.field("field_1").alias("settlement_number"),
            pl.lit(None, pl.String).alias("person_id"),
            pl.lit(None, pl.String).alias("received_batch"),
        )
        .join(known.select("institution_id"), on="institution_id", how="semi")
        .select(standing.columns)
    )
