"""The core tables of a region as settlement lists: what is known of a stay, as the document tables hold it."""

from collections.abc import Callable, Mapping

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.typed_batch import typed_schema
from tongchou.intake.writers.wire_values import wire_frame

Revealed = Callable[[pl.Series], pl.Series]
"""Gives the person numbers behind pseudonyms; who may do that is not decided here."""

_MINUTES = 60


def core_lists(tables: Mapping[str, pl.DataFrame], reveal: Revealed | None = None) -> dict[str, pl.DataFrame]:
    """Return the stays of core tables as rows of the document tables, as the interface writes them.

    The stays are numbered from 1 in their order; a stay's settlement number is its case id without the institution
    that it begins with.

    Args:
        tables: Rows of `cases`, `diagnoses`, `procedures`, `fees`, `persons` and `institutions`, of the columns of
            their contracts; names of codes are not among them and are written as the codes.
        reveal: Gives person numbers for pseudonyms; None writes the pseudonyms.
    """
    cases = tables["cases"].with_row_index(DOCUMENT, offset=1).with_columns(pl.col(DOCUMENT).cast(pl.Int64))
    numbers = cases.select("case_id", DOCUMENT)
    details = {name: numbers.join(tables[name], on="case_id") for name in ("diagnoses", "procedures", "fees")}
    frames = {
        "settlement_lists": _heads(cases, tables, details, reveal),
        "list_diagnoses": details["diagnoses"].select(
            DOCUMENT,
            pl.col("seq").alias(SEQUENCE),
            "code",
            pl.col("code").alias("name"),
            pl.lit("western").alias("diagnosis_type"),
            (pl.col("seq") == 1).alias("is_principal"),
        ),
        "list_operations": details["procedures"].select(
            DOCUMENT,
            pl.col("seq").alias(SEQUENCE),
            "code",
            pl.col("code").alias("name"),
            pl.when(pl.col("seq") == 1).then(pl.lit("main")).otherwise(pl.lit("other")).alias("operation_rank"),
        ),
        "list_fees": details["fees"].select(
            DOCUMENT, pl.int_range(1, pl.len() + 1).over(DOCUMENT).alias(SEQUENCE), "category", "amount_fen"
        ),
    }
    return {table: wire_frame(table, rows.sort(DOCUMENT, SEQUENCE)) for table, rows in frames.items()}


def _heads(
    cases: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    details: Mapping[str, pl.DataFrame],
    reveal: Revealed | None,
) -> pl.DataFrame:
    persons = tables["persons"].select("person_id", "born_on", pl.col("area_id").alias("insured_area_id"))
    known = tables["institutions"].sort("valid_from").unique("institution_id", keep="last", maintain_order=True)
    institutions = known.select("institution_id", "level", pl.col("name_zh").alias("institution_name"))
    counts = [
        details[name].group_by(DOCUMENT).len(count).with_columns(pl.col(count).cast(pl.Int64))
        for name, count in (("diagnoses", "diagnosis_count"), ("procedures", "operation_count"))
    ]
    heads = cases.join(persons, on="person_id", how="left", maintain_order="left")
    heads = heads.join(institutions, on="institution_id", how="left", maintain_order="left")
    for each in counts:
        heads = heads.join(each, on=DOCUMENT, how="left", maintain_order="left")
    person = pl.col("person_id") if reveal is None else pl.lit(reveal(heads["person_id"]))
    of_institution = pl.col("institution_id") + "-"
    named = heads.with_columns(
        pl.lit(1, dtype=pl.Int64).alias(SEQUENCE),
        person.alias("person_number"),
        pl.when(pl.col("case_id").str.starts_with(of_institution))
        .then(pl.col("case_id").str.slice(pl.col("institution_id").str.len_chars() + 1))
        .otherwise("case_id")
        .alias("settlement_number"),
        pl.col("admitted_on").cast(pl.Datetime("ms")).alias("admitted_at"),
        pl.col("discharged_on").cast(pl.Datetime("ms")).alias("discharged_at"),
        pl.col("admitted_on").alias("settled_from"),
        pl.col("discharged_on").alias("settled_until"),
        pl.col("settled_on").cast(pl.Datetime("ms")).alias("declared_at"),
        pl.col("department").alias("discharge_department"),
        pl.when(pl.col("ventilator_hours") > 0).then(pl.col("ventilator_hours") * _MINUTES).alias("ventilator_minutes"),
        pl.col("level").alias("settlement_level"),
        pl.lit("inpatient").alias("care_kind"),
        pl.col("self_paid_fen").alias("person_own_pay_fen"),
        pl.col("operation_count").fill_null(0),
    )
    columns = [name for name in typed_schema("settlement_lists") if name in named.columns]
    return named.select(columns)
