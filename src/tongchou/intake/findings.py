"""Findings: faults of rows turned into rows of the lake table `findings`."""

import polars as pl
import pyarrow as pa

from tongchou.core.text import Language, Text
from tongchou.intake.faults import FAULTS, REPAIRED, SUM_FAULTS
from tongchou.intake.repairing import REPAIR_SEPARATOR
from tongchou.privacy.redaction import scrubbed, shown
from tongchou.schema.contract import Table
from tongchou.schema.results import FINDINGS
from tongchou.schema.states import FEE_CATEGORY

_GIVEN_AT_THE_END = ("finding_id", "batch_id")
LANDED_FINDINGS = pa.schema(
    [
        *(field for field in FINDINGS.arrow_schema if field.name not in _GIVEN_AT_THE_END),
        pa.field("column_name", pa.string()),
    ]
)
"""The columns of a finding before it has its number and batch, and the column that it is about, if it is about one."""

_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_LISTED = Text("、", ", ")


def findings(table: Table, faulty: pl.DataFrame) -> pa.Table:
    """Return findings of the schema `LANDED_FINDINGS`, in the order of the faults.

    Args:
        table: The table whose rows are faulty.
        faulty: A row per fault: `source`, `row_key`, `case_id`, `row` of the row, and `code`, `column`, `value`,
            `expected` of the fault.
    """
    sentences = [_sentences(table, *pair) for pair in faulty.select("code", "column").unique().iter_rows()]
    schema = dict.fromkeys(("code", "column", "what_zh", "what_en", "remedy_zh", "remedy_en"), pl.String)
    is_sum = pl.col("code").is_in(SUM_FAULTS)
    worded = (
        faulty.join(pl.DataFrame(sentences, schema=schema, orient="row"), on=["code", "column"], maintain_order="left")
        .with_columns(
            pl.when(is_sum).then(_yuan_text(name)).otherwise(pl.col(name)).fill_null("").alias(name)
            for name in ("value", "expected")
        )
        .with_columns(_unsaid(table, name, faulty) for name in ("value", "expected"))
        .with_columns(_filled(name) for name in ("what_zh", "what_en", "remedy_zh", "remedy_en"))
        .with_columns(
            pl.lit(table.name).alias("table_name"),
            # A category of fees is no column, nor is nothing.
            pl.when(pl.col("column").is_in(["", *FEE_CATEGORY]).not_()).then("column").alias("column_name"),
            pl.when(pl.col("code") == REPAIRED)
            .then(pl.lit("repaired"))
            .otherwise(pl.lit("set_aside"))
            .alias("handling"),
        )
    )
    return worded.select(LANDED_FINDINGS.names).to_arrow().cast(LANDED_FINDINGS)


def _sentences(table: Table, code: str, column: str) -> tuple[str, ...]:
    fault = FAULTS[code]
    words = {language: _words(table, column, language) for language in _LANGUAGES}
    texts = [
        _said(text.in_language(language), words[language]) for text in (fault.what, fault.remedy) for language in words
    ]
    return code, column, *texts


def _said(template: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        template = template.replace("{" + name + "}", word)
    return template


def _words(table: Table, column: str, language: Language) -> dict[str, str]:
    """Return what a sentence says of a column, of several joined by `REPAIR_SEPARATOR`, or of a fee category."""
    if column in FEE_CATEGORY:
        return {"title": FEE_CATEGORY[column].in_language(language)}
    contracts = [table.column(name) for name in column.split(REPAIR_SEPARATOR) if name]
    listed = _LISTED.in_language(language)
    words = {
        "title": listed.join(contract.title.in_language(language) for contract in contracts),
        "name": listed.join(contract.name for contract in contracts),
    }
    if len(contracts) == 1:
        contract = contracts[0]
        bounds = [(contract.minimum, "≥"), (contract.maximum, "≤")]
        allowed = [f"{value} {name.in_language(language)}" for value, name in contract.values.items()]
        allowed += [f"{sign} {bound}" for bound, sign in bounds if bound is not None]
        words["allowed"] = listed.join(allowed)
        words["note"] = contract.note.in_language(language) if contract.note else ""
    return words


def _unsaid(table: Table, name: str, faulty: pl.DataFrame) -> pl.Expr:
    """Return a value as it may be said, by the column that the fault is shown at."""
    said, concerned = scrubbed(pl.col(name)), set(faulty.get_column("column"))
    for column in table.columns:
        if column.name in concerned:
            is_own = (pl.col("column") == column.name) & ~pl.col("code").is_in(SUM_FAULTS)
            said = pl.when(is_own).then(shown(column, pl.col(name))).otherwise(said)
    return said.fill_null("").alias(name)


def _filled(name: str) -> pl.Expr:
    text = pl.col(name)
    for placeholder, source in (("{value}", "value"), ("{expected}", "expected"), ("{key}", "row_key")):
        text = text.str.replace(placeholder, pl.col(source), literal=True)
    return text.alias(name)


def _yuan_text(name: str) -> pl.Expr:
    fen = pl.col(name).cast(pl.Int64, strict=False)
    rest = (fen.abs() % 100).cast(pl.String).str.zfill(2)
    sign = pl.when(fen < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str([sign, (fen.abs() // 100).cast(pl.String), pl.lit("."), rest])
