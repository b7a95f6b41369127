"""What the platform answered to the settlement of made-up stays: replies of 2304, a line each."""

from typing import IO

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.writers.wire_values import wire_frame
from tongchou.schema.list_fields import list_fields
from tongchou.simulation.interface_money import fund, in_scope

_LINES = "list_fee_lines"


def write_replies(heads: pl.DataFrame, cases: pl.DataFrame, file: IO[bytes]) -> int:
    """Write a reply for each stay and return how many.

    Total = fully self-paid + over the limit + first self-pay + within coverage = fund + patient's part, to the fen.

    Args:
        heads: Rows of `settlement_lists`, as the interface writes them.
        cases: The rows of `cases` of the same stays in the same order.
        file: An open file.
    """
    amounts = cases.select(
        "total_fen",
        pl.col("self_paid_fen").alias("own_pay_fen"),
        "over_limit_fen",
        "first_self_pay_fen",
        in_scope().alias("in_scope_fen"),
        pl.lit(0, dtype=pl.Int64).alias("deductible_fen"),
        fund().alias("pooled_fund_fen"),
        fund().alias("fund_total_fen"),
        (pl.col("total_fen") - fund()).alias("person_part_fen"),
        pl.lit(0, dtype=pl.Int64).alias("account_pay_fen"),
        (pl.col("total_fen") - fund()).alias("cash_pay_fen"),
    )
    names = {
        "settlement_number": "setl_id",
        "visit_number": "mdtrt_id",
        "person_number": "psn_no",
        "total_fen": "medfee_sumamt",
        "own_pay_fen": "fulamt_ownpay_amt",
        "over_limit_fen": "overlmt_selfpay",
        "first_self_pay_fen": "preselfpay_amt",
        "in_scope_fen": "inscp_scp_amt",
        "deductible_fen": "act_pay_dedc",
        "pooled_fund_fen": "hifp_pay",
        "fund_total_fen": "fund_pay_sumamt",
        "person_part_fen": "psn_part_amt",
        "account_pay_fen": "acct_pay",
        "cash_pay_fen": "psn_cash_pay",
    }
    said = heads.sort(DOCUMENT).select("settlement_number", "visit_number", "person_number")
    rows = said.hstack(wire_frame("settlement_replies", amounts)).with_columns(
        pl.when(cases["insurance_type"] == "employee").then(pl.lit("310")).otherwise(pl.lit("390")).alias("insutype")
    )
    detail = pl.struct(
        (pl.col("insutype") + "100").alias("fund_pay_type"), pl.col("pooled_fund_fen").alias("fund_payamt")
    )
    output = pl.struct(
        pl.struct(*(pl.col(column).alias(name) for column, name in names.items()), "insutype").alias("setlinfo"),
        pl.concat_list(detail).alias("setldetail"),
    )
    rows.select(pl.lit("2304").alias("infno"), pl.lit("0").alias("infcode"), output.alias("output")).write_ndjson(file)
    return rows.height


def write_fee_lines(lines: pl.DataFrame, file: IO[bytes]) -> int:
    """Write fee lines with what the platform answered of them, a request of 2301 a stay, and return how many requests.

    Args:
        lines: Rows of `list_fee_lines` as the interface writes them, with `_document`.
        file: An open file.
    """
    names = {field.column: field.names.get("interface", field.names.get("reply")) for field in list_fields(_LINES)}
    held = [pl.col(name).alias(wire) for name, wire in names.items() if wire and name in lines.columns]
    rows = lines.select(DOCUMENT, pl.struct(held).alias("feedetail"))
    visits = rows.group_by(DOCUMENT, maintain_order=True).agg("feedetail")
    visits.select(pl.lit("2301").alias("infno"), pl.struct("feedetail").alias("input")).write_ndjson(file)
    return visits.height
