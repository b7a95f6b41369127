"""Findings in documents turned into rows of the lake table `findings`, without any identity value."""

import polars as pl

from tongchou.intake.deliveries.members import Members
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.kept_batch import LIST_ID, KeptBatch
from tongchou.intake.documents.words import DocumentChecks, words_of
from tongchou.intake.findings import LANDED_FINDINGS
from tongchou.privacy.redaction import MASK
from tongchou.schema.list_fields import list_fields

LANDED = {DOCUMENT: pl.Int64, **dict.fromkeys(LANDED_FINDINGS.names, pl.String)}
"""Findings before they are written, with the number of the document."""

_SAID = ("what_zh", "what_en", "remedy_zh", "remedy_en")
_NOTHING = "{}"


def document_findings(
    found: pl.DataFrame, batch: KeptBatch, blocked: pl.Series, source: Members, checks: DocumentChecks
) -> pl.DataFrame:
    """Return findings of the schema `LANDED`, in the order in which they were found.

    Args:
        found: Findings of the schema `FOUND`.
        batch: The documents, without identity: a finding holds the row that it is about as it is kept.
        blocked: Numbers of the documents that are set aside.
        source: The files that the documents came in.
        checks: Whose findings they are.
    """
    if found.is_empty():
        return pl.DataFrame(schema=LANDED)
    heads = batch.heads.select(DOCUMENT, "_place", LIST_ID)
    rows = pl.concat([_with_rows(part, batch) for part in found.partition_by("table", maintain_order=True)])
    return worded(
        rows.join(heads, on=DOCUMENT, how="left", maintain_order="left").with_columns(
            pl.col(DOCUMENT).is_in(blocked.implode()).alias("is_blocked")
        ),
        source,
        checks,
    )


def worded(rows: pl.DataFrame, source: Members, checks: DocumentChecks) -> pl.DataFrame:
    """Return findings with their sentences.

    Args:
        rows: Columns of `FOUND`, `_place`, `list_id`, `row`, `is_blocked`.
        source: The files that the documents came in.
        checks: Whose findings they are.
    """
    kinds = rows.select("check", "table", "column").unique()
    sentences = pl.DataFrame(
        [(check, name, column, *_sentences(check, name, column, checks)) for check, name, column in kinds.iter_rows()],
        schema=dict.fromkeys(("check", "table", "column", *_SAID), pl.String),
        orient="row",
    )
    joined = rows.join(sentences, on=["check", "table", "column"], how="left", maintain_order="left")
    key = pl.coalesce(LIST_ID, "_place")
    shown = {name: pl.col(name.strip("{}")).fill_null("") for name in ("{value}", "{expected}")}
    shown |= {"{key}": key, "{seq}": pl.col(SEQUENCE).cast(pl.String).fill_null("-")}
    filled = joined.with_columns(_filled(name, shown) for name in _SAID)
    return filled.select(
        DOCUMENT,
        pl.col("table").alias("table_name"),
        pl.concat_str(source.name(), pl.lit(":"), "_place").alias("source"),
        key.alias("row_key"),
        pl.col(LIST_ID).alias("case_id"),
        pl.when("is_blocked").then(pl.lit("set_aside")).otherwise(pl.lit("noted")).alias("handling"),
        pl.col("check").alias("code"),
        *_SAID,
        pl.col("row").fill_null(_NOTHING),
        pl.when(pl.col("column") != "").then("column").alias("column_name"),
    ).select(list(LANDED))


def _with_rows(found: pl.DataFrame, batch: KeptBatch) -> pl.DataFrame:
    """Add the row that each finding is about, JSON; where the whole document is meant, its first row."""
    rows = batch.frames[found.item(0, "table")]
    if not rows.height:
        return found.with_columns(pl.lit(None, pl.String).alias("row"))
    concerned = rows.join(found.select(DOCUMENT).unique(), on=DOCUMENT, how="semi")
    given = [column.name for column in concerned if column.null_count() < concerned.height and column.name[0] != "_"]
    # A row of which nothing could be read is an empty one.
    said = pl.struct(given).struct.json_encode() if given else pl.lit(_NOTHING)
    texts = concerned.select(DOCUMENT, SEQUENCE, said.alias("row"))
    first = texts.group_by(DOCUMENT).agg(pl.col(SEQUENCE).min()).rename({SEQUENCE: "_first"})
    placed = found.join(first, on=DOCUMENT, how="left", maintain_order="left")
    placed = placed.with_columns(pl.coalesce(SEQUENCE, "_first").alias("_first"))
    joined = placed.join(
        texts.unique([DOCUMENT, SEQUENCE]),
        left_on=[DOCUMENT, "_first"],
        right_on=[DOCUMENT, SEQUENCE],
        how="left",
        maintain_order="left",
    )
    return joined.select(*found.columns, "row")


def _sentences(check: str, table: str, column: str, checks: DocumentChecks) -> list[str]:
    words = words_of(check, checks)
    fields = {field.column: field for field in list_fields(table)}
    is_identity = column in fields and fields[column].grade == "identity"
    said = []
    for text in (words.what, words.remedy):
        for language in ("zh", "en"):
            title = fields[column].title.in_language(language) if column in fields else column
            sentence = text.in_language(language).replace("{title}", title).replace("{name}", column)
            if is_identity:
                sentence = sentence.replace("{value}", MASK).replace("{expected}", MASK)
            said.append(sentence)
    return said


def _filled(name: str, shown: dict[str, pl.Expr]) -> pl.Expr:
    text = pl.col(name)
    for placeholder, value in shown.items():
        text = text.str.replace(placeholder, value, literal=True)
    return text.alias(name)
