"""The money of made-up lists: what the fund pays, what is in which class, and every fee as a line of its own."""

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.writers.wire_values import wire_frame

_FUND_TENTHS = 7
"""What the fund of these made-up settlements pays of ten fen within coverage; no policy is behind it."""
_FEN_E6 = 10_000
_WHOLE_E4 = 10_000


def in_scope() -> pl.Expr:
    """Return what of a case is within coverage, fen, over the columns of `cases`."""
    return pl.col("total_fen") - pl.col("self_paid_fen") - pl.col("over_limit_fen") - pl.col("first_self_pay_fen")


def fund() -> pl.Expr:
    """Return what the fund pays of a case, fen, rounded down, over the columns of `cases`."""
    return in_scope() * _FUND_TENTHS // 10


def head_amounts(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the amounts of the heads of lists, in the order of the cases.

    The first self-pay is in what the patient pays alone (个人自费), what is over the limit in the other part.
    """
    own = pl.col("self_paid_fen") + pl.col("first_self_pay_fen")
    return cases.select(
        own.alias("person_own_pay_fen"),
        (pl.col("total_fen") - fund() - own).alias("person_self_pay_fen"),
        pl.lit(0, pl.Int64).alias("account_pay_fen"),
        (pl.col("total_fen") - fund()).alias("cash_pay_fen"),
    )


def payments(cases: pl.DataFrame) -> pl.DataFrame:
    """Return what the pooled fund paid of each list, as the interface writes it."""
    is_employee = pl.col("insurance_type") == "employee"
    rows = cases.select(
        DOCUMENT,
        pl.lit(1, pl.Int64).alias(SEQUENCE),
        pl.when(is_employee).then(pl.lit("employee_pooled")).otherwise(pl.lit("resident_pooled")).alias("fund"),
        fund().alias("amount_fen"),
    )
    return wire_frame("list_payments", rows)


def classed_fees(fees: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Return the fee categories of lists with their classes, as the interface writes them.

    What is paid in full by the patient is taken from the categories in their order until it is used up, then what is
    paid first (class B); the rest is class A.

    Args:
        fees: `_document`, `category`, `amount_fen`.
        cases: `_document` and the columns of `cases`.
    """
    parts = cases.select(DOCUMENT, "self_paid_fen", "first_self_pay_fen")
    joined = fees.join(parts, on=DOCUMENT, how="left", maintain_order="left")
    until = pl.col("amount_fen").cum_sum().over(DOCUMENT)
    joined = joined.with_columns(until.alias("_until"), (until - pl.col("amount_fen")).alias("_from"))

    def share(begin: pl.Expr, end: pl.Expr) -> pl.Expr:
        overlap = pl.min_horizontal(end, "_until") - pl.max_horizontal(begin, "_from")
        return overlap.clip(lower_bound=0)

    own = share(pl.lit(0, pl.Int64), pl.col("self_paid_fen"))
    first = share(pl.col("self_paid_fen"), pl.col("self_paid_fen") + pl.col("first_self_pay_fen"))
    rows = joined.with_columns(own.alias("own_pay_fen"), first.alias("class_b_fen")).select(
        DOCUMENT,
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(DOCUMENT).alias(SEQUENCE),
        "category",
        "amount_fen",
        (pl.col("amount_fen") - pl.col("own_pay_fen") - pl.col("class_b_fen")).alias("class_a_fen"),
        "class_b_fen",
        "own_pay_fen",
        pl.lit(0, pl.Int64).alias("other_fen"),
    )
    return wire_frame("list_fees", rows)


def fee_lines(cases: pl.DataFrame, fees: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Return the fee lines of lists, as the interface writes them: a stay's items, else a line a category.

    Args:
        cases: `_document`, the columns of `cases`, and `visit_number` and `person_number` as the lists write them.
        fees: Rows of `fees` of the cases.
        items: Rows of `fee_items` of some of the cases.
    """
    own = items.select(
        "case_id", "line_no", "category", "item_code", "charged_on", "quantity_e4", "unit_price_fen", "amount_fen"
    )
    others = fees.join(items.select("case_id").unique(), on="case_id", how="anti").join(
        cases.select("case_id", pl.col("admitted_on").alias("charged_on")), on="case_id"
    )
    summed = others.select(
        "case_id",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("case_id").alias("line_no"),
        "category",
        pl.col("category").alias("item_code"),
        "charged_on",
        pl.lit(_WHOLE_E4, pl.Int64).alias("quantity_e4"),
        pl.col("amount_fen").alias("unit_price_fen"),
        "amount_fen",
    )
    named = cases.select(DOCUMENT, "case_id", "visit_number", "person_number")
    rows = pl.concat([own, summed]).join(named, on="case_id").sort(DOCUMENT, "line_no")
    made = rows.select(
        DOCUMENT,
        pl.col("line_no").alias(SEQUENCE),
        pl.format("{}-{}", "case_id", "line_no").alias("line_number"),
        "visit_number",
        "person_number",
        pl.lit("21").alias("care_type"),
        pl.col("charged_on").cast(pl.Datetime("ms")).alias("charged_at"),
        pl.col("item_code").alias("catalogue_code"),
        pl.col("item_code").alias("local_code"),
        "amount_fen",
        "quantity_e4",
        (pl.col("unit_price_fen") * _FEN_E6).alias("unit_price_e6"),
        "category",
    )
    return wire_frame("list_fee_lines", made)
