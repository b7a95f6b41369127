"""From documents to the facts that are settled: cases with diagnoses, procedures, fees and fee lines."""

import polars as pl

from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.kept_batch import LIST_ID, KeptBatch

_WESTERN = "western"
_HALF_A_FEN_E6 = 5_000
_FEN_E6 = 10_000


def cases(batch: KeptBatch, amounts: pl.DataFrame) -> pl.DataFrame:
    """Return a row of `cases` per document, with its number.

    Ages are full years at admission, and days where that is less than one; the days in hospital are those that the
    document says, else the difference of the days, a stay within a day being one; hours of intensive care and of the
    ventilator are whole hours begun and ended, minutes beyond them left out; ways that are not said are `other`.
    """
    intensive = batch.frames["list_intensive_care"].with_columns(
        pl.coalesce("stay_minutes", (pl.col("left_at") - pl.col("entered_at")).dt.total_minutes()).alias("minutes")
    )
    minutes = intensive.group_by(DOCUMENT).agg(pl.col("minutes").sum())
    lists = batch.lists.join(batch.heads.select(DOCUMENT, LIST_ID), on=DOCUMENT, maintain_order="left")
    lists = lists.drop("total_fen").join(amounts, on=DOCUMENT, how="left", maintain_order="left")
    lists = lists.join(minutes, on=DOCUMENT, how="left", maintain_order="left")
    admitted, discharged = pl.col("admitted_at").dt.date(), pl.col("discharged_at").dt.date()
    stayed = (discharged - admitted).dt.total_days().clip(lower_bound=1)
    years = pl.coalesce(full_years(pl.col("born_on"), admitted), pl.col("age_years"), _infant())
    days = pl.coalesce((admitted - pl.col("born_on")).dt.total_days(), pl.col("age_days"))
    return lists.select(
        DOCUMENT,
        pl.col(LIST_ID).alias("case_id"),
        "person_id",
        "institution_id",
        "insurance_type",
        "sex",
        years.alias("age_years"),
        pl.when(years == 0).then(days).alias("age_days"),
        pl.when(pl.col("birth_weight_g") > 0).then("birth_weight_g").alias("birth_weight_g"),
        pl.col("discharge_department").alias("department"),
        pl.col("admission_route").fill_null("other"),
        admitted.alias("admitted_on"),
        discharged.alias("discharged_on"),
        pl.coalesce("settled_until", pl.col("declared_at").dt.date(), discharged).alias("settled_on"),
        pl.coalesce("los_days", stayed).alias("los_days"),
        pl.col("discharge_way").fill_null("other"),
        (pl.col("minutes").fill_null(0) // 60).alias("icu_hours"),
        (pl.col("ventilator_minutes").fill_null(0) // 60).alias("ventilator_hours"),
        "total_fen",
        "self_paid_fen",
        "first_self_pay_fen",
        "over_limit_fen",
    )


def full_years(born_on: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return the full years between a birth and a day."""
    is_before = day.dt.month().cast(pl.Int32) * 100 + day.dt.day() < (
        born_on.dt.month().cast(pl.Int32) * 100 + born_on.dt.day()
    )
    return (day.dt.year() - born_on.dt.year() - is_before.cast(pl.Int32)).cast(pl.Int64)


def diagnoses(batch: KeptBatch) -> pl.DataFrame:
    """Return rows of `diagnoses`: the western ones, the principal first, the others as they stand."""
    kind = pl.col("diagnosis_type")
    rows = batch.frames["list_diagnoses"].filter((kind.is_null() | (kind == _WESTERN)) & pl.col("code").is_not_null())
    is_other = ~pl.col("is_principal").fill_null(value=False)
    return _numbered(batch, rows.sort(DOCUMENT, is_other, SEQUENCE))


def procedures(batch: KeptBatch) -> pl.DataFrame:
    """Return rows of `procedures`: the main operation first, the others as they stand."""
    rows = batch.frames["list_operations"].filter(pl.col("code").is_not_null())
    is_other = (pl.col("operation_rank") != "main").fill_null(value=True)
    return _numbered(batch, rows.sort(DOCUMENT, is_other, SEQUENCE))


def fees(batch: KeptBatch, categories: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `fees` of categories by document."""
    return categories.join(_case_ids(batch), on=DOCUMENT, maintain_order="left").select(
        DOCUMENT, "case_id", "category", "amount_fen"
    )


def fee_items(batch: KeptBatch, lines: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `fee_items` for documents of which every line is whole.

    Lines stand in the order of their time and number; unit prices are rounded to the fen, half up.
    """
    code = pl.coalesce("catalogue_code", "local_code")
    needed = ("category", "amount_fen", "charged_at", "quantity_e4", "unit_price_e6")
    is_whole = pl.all_horizontal(pl.col(name).is_not_null() for name in needed) & code.is_not_null()
    broken = lines.filter(~is_whole).get_column(DOCUMENT).unique()
    whole = lines.filter(~pl.col(DOCUMENT).is_in(broken.implode())).sort(DOCUMENT, "charged_at", "line_number")
    return whole.join(_case_ids(batch), on=DOCUMENT, maintain_order="left").select(
        DOCUMENT,
        "case_id",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(DOCUMENT).alias("line_no"),
        "category",
        code.alias("item_code"),
        pl.col("charged_at").dt.date().alias("charged_on"),
        "quantity_e4",
        ((pl.col("unit_price_e6") + _HALF_A_FEN_E6) // _FEN_E6).alias("unit_price_fen"),
        "amount_fen",
    )


def _infant() -> pl.Expr:
    return pl.when(pl.col("age_days").is_not_null()).then(pl.lit(0, pl.Int64))


def _case_ids(batch: KeptBatch) -> pl.DataFrame:
    listed = batch.frames[HEAD].select(DOCUMENT)
    return batch.heads.join(listed, on=DOCUMENT, how="semi").select(DOCUMENT, pl.col(LIST_ID).alias("case_id"))


def _numbered(batch: KeptBatch, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.join(_case_ids(batch), on=DOCUMENT, maintain_order="left").select(
        DOCUMENT, "case_id", pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(DOCUMENT).alias("seq"), "code"
    )
