"""What was found in settlement lists, to send back: a line a list, as the reply of 4104 gives it."""

from typing import IO

import polars as pl

from tongchou.schema.list_fields import document_table_names, list_fields

LISTS = {
    "case_id": pl.String,
    "institution_id": pl.String,
    "institution_name": pl.String,
    "settled_on": pl.Date,
    "settlement_number": pl.String,
    "person_id": pl.String,
}
"""The columns of the lists that a feedback is for; persons are pseudonyms."""

FOUND = {
    "case_id": pl.String,
    "table": pl.String,
    "column": pl.String,
    "check": pl.String,
    "severity": pl.String,
    "sentence": pl.String,
    "value": pl.String,
}
"""The columns of the findings: `severity` is `error` (the list is refused) or `warning`."""

_LEVELS = {"error": "E", "warning": "W"}
_PASSED, _FAILED = "1", "0"


def found_in_intake(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the lake's findings of stays in the columns `FOUND`; what the row was is not among them.

    Args:
        findings: Rows of the lake's table `findings`, with the `column_name` that each is about.
    """
    is_refused = pl.col("handling") == "set_aside"
    return findings.filter(pl.col("case_id").is_not_null()).select(
        "case_id",
        pl.col("table_name").alias("table"),
        pl.col("column_name").alias("column"),
        pl.col("code").alias("check"),
        pl.when(is_refused).then(pl.lit("error")).otherwise(pl.lit("warning")).alias("severity"),
        pl.col("what_zh").alias("sentence"),
        pl.lit(None, dtype=pl.String).alias("value"),
    )


def write_feedback(lists: pl.DataFrame, found: pl.DataFrame, version: str, file: IO[bytes]) -> int:
    """Write the result of the checks, a line a list in the order of the lists, and return how many.

    A list passes unless an error was found in it. A field that identifies a person is named, its value never.

    Args:
        lists: Rows of the schema `LISTS`, one a list, those without a finding too.
        found: Rows of the schema `FOUND`; such as belong to none of the lists are left out.
        version: What the checks are called, for `qltctrl_ver`.
        file: An open file.
    """
    detail = found.join(_names(), on=["table", "column"], how="left", maintain_order="left").select(
        "case_id",
        (pl.col("severity") == "error").alias("is_error"),
        pl.struct(
            pl.coalesce("name", pl.concat_str("table", "column", separator=".", ignore_nulls=True)).alias(
                "exam_data_fld"
            ),
            pl.concat_str("check", "sentence", separator=" ", ignore_nulls=True).alias("qltctrl_chkrslt"),
            pl.col("severity").replace(_LEVELS).alias("err_lv"),
            _flag(pl.col("severity") == "error").alias("retn_flag"),
            pl.when(pl.col("grade").is_null() | (pl.col("grade") != "identity")).then("value").alias("init_val"),
        ).alias("detailinfo"),
    )
    grouped = detail.group_by("case_id", maintain_order=True).agg("detailinfo", pl.col("is_error").any())
    lines = lists.join(grouped, on="case_id", how="left", maintain_order="left").with_columns(
        pl.col("is_error").fill_null(value=False),
        pl.col("detailinfo").fill_null(pl.lit([], dtype=grouped.schema["detailinfo"])),
    )
    has_found = pl.col("detailinfo").list.len() > 0
    lines.select(
        pl.col("institution_id").alias("fixmedins_code"),
        pl.col("institution_name").alias("fixmedins_name"),
        pl.col("settled_on").dt.strftime("%Y%m").alias("setl_ym"),
        pl.col("settlement_number").alias("setl_id"),
        pl.col("person_id").alias("psn_no"),
        pl.when("is_error").then(pl.lit(_FAILED)).otherwise(pl.lit(_PASSED)).alias("qltctrl_rslt"),
        pl.when("is_error").then(pl.lit("E")).when(has_found).then(pl.lit("W")).alias("err_lv"),
        _flag(pl.col("is_error")).alias("retn_flag"),
        pl.lit(version).alias("qltctrl_ver"),
        "detailinfo",
    ).write_ndjson(file)
    return lines.height


def _flag(is_so: pl.Expr) -> pl.Expr:
    return pl.when(is_so).then(pl.lit("1")).otherwise(pl.lit("0"))


def _names() -> pl.DataFrame:
    fields = [(table, field) for table in document_table_names() for field in list_fields(table)]
    return pl.DataFrame(
        [(table, field.column, field.names.get("interface"), field.grade) for table, field in fields],
        schema=dict.fromkeys(("table", "column", "name", "grade"), pl.String),
        orient="row",
    )
