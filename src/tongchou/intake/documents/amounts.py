"""The money of a stay: totals, what the patient pays in full, first, and over the price limits."""

import polars as pl

from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.documents.kept_batch import KeptBatch
from tongchou.intake.documents.settlement_split import FirstSelfPay
from tongchou.schema.list_fields import dictionary

_POOLED = ("employee_pooled", "resident_pooled")
_PARTS = ("own_pay_fen", "first_self_pay_fen", "over_limit_fen")


def fee_categories(batch: KeptBatch) -> pl.DataFrame:
    """Return the fee categories of documents with their sums, fen: `_document`, `category`, `amount_fen`.

    The classes of a front page are counted in the categories that the dictionary names; a class that is part of
    another is not added.
    """
    categories = {each.state: each.category for each in dictionary("front_page_fee").values() if each.category}
    pages = batch.frames["front_page_fees"].with_columns(
        pl.col("fee_class").replace_strict(categories, default=None, return_dtype=pl.String).alias("category")
    )
    columns = (DOCUMENT, "category", "amount_fen")
    both = pl.concat([batch.frames["list_fees"].select(columns), pages.select(columns)])
    given = both.filter(pl.col("category").is_not_null() & pl.col("amount_fen").is_not_null())
    return given.group_by(DOCUMENT, "category", maintain_order=True).agg(pl.col("amount_fen").sum())


def stay_amounts(
    batch: KeptBatch, fees: pl.DataFrame, replies: pl.DataFrame, lines: pl.DataFrame, split: FirstSelfPay
) -> pl.DataFrame:
    """Return the money of each document, fen: `_document`, `total_fen` and the three parts a patient bears alone.

    The parts are those of the settlement reply; else the sums of the lines, where every line says them; else what the
    list says: the 自费 column of its categories is paid in full, what 个人自费 has beyond it is first self-pay, where
    the region counts it there.

    Args:
        batch: The documents.
        fees: Their categories, of `fee_categories`.
        replies: Settlement replies, one per settlement number.
        lines: Fee lines with the number of the document.
        split: In which amount of a list the first self-pay is.
    """
    totals = fees.group_by(DOCUMENT).agg(pl.col("amount_fen").sum().alias("_fees"))
    own = pl.col("own_pay_fen")
    columns = (
        batch.frames["list_fees"]
        .group_by(DOCUMENT)
        .agg(pl.when(own.is_not_null().all()).then(own.sum()).alias("_column_own"))
    )
    by_line = lines.group_by(DOCUMENT).agg(
        pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(f"_lines_{name}") for name in _PARTS
    )
    said = replies.select("settlement_number", *(pl.col(name).alias(f"_reply_{name}") for name in _PARTS))
    joined = batch.frames[HEAD].select(DOCUMENT, "settlement_number", "total_fen", "person_own_pay_fen")
    for sums in (totals, columns, by_line):
        joined = joined.join(sums, on=DOCUMENT, how="left", maintain_order="left")
    joined = joined.join(said, on="settlement_number", how="left", maintain_order="left")
    has_reply = pl.any_horizontal(pl.col(f"_reply_{name}").is_not_null() for name in _PARTS)
    has_lines = pl.all_horizontal(pl.col(f"_lines_{name}").is_not_null() for name in _PARTS)
    listed = _listed_parts(split)

    def part(name: str) -> pl.Expr:
        by_reply = pl.when(has_reply).then(pl.col(f"_reply_{name}").fill_null(0))
        return by_reply.when(has_lines).then(pl.col(f"_lines_{name}")).otherwise(listed[name])

    return joined.select(
        DOCUMENT,
        pl.coalesce("total_fen", "_fees").alias("total_fen"),
        part("own_pay_fen").alias("self_paid_fen"),
        part("first_self_pay_fen").alias("first_self_pay_fen"),
        part("over_limit_fen").alias("over_limit_fen"),
    )


def pooled_fund(batch: KeptBatch, replies: pl.DataFrame) -> pl.DataFrame:
    """Return what the pooled fund paid of each document, fen: by the reply, else by the list's payments."""
    paid = (
        batch.frames["list_payments"]
        .group_by(DOCUMENT)
        .agg(pl.col("amount_fen").filter(pl.col("fund").is_in(_POOLED)).sum().alias("_paid"))
    )
    joined = batch.frames[HEAD].select(DOCUMENT, "settlement_number")
    joined = joined.join(paid, on=DOCUMENT, how="left", maintain_order="left")
    known = replies.select("settlement_number", "pooled_fund_fen", "fund_total_fen")
    joined = joined.join(known, on="settlement_number", how="left", maintain_order="left")
    return joined.select(DOCUMENT, pl.coalesce("pooled_fund_fen", "fund_total_fen", "_paid").alias("fund_fen"))


def _listed_parts(split: FirstSelfPay) -> dict[str, pl.Expr]:
    own, column = pl.col("person_own_pay_fen"), pl.col("_column_own")
    beyond = (own - column).clip(lower_bound=0).fill_null(0) if split == "own_pay" else pl.lit(0, pl.Int64)
    return {
        "own_pay_fen": pl.coalesce(column, own) if split == "own_pay" else pl.coalesce(own, column),
        "first_self_pay_fen": beyond,
        "over_limit_fen": pl.lit(0, pl.Int64),
    }
