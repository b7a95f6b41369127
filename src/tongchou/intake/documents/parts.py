"""Which parts that came beside it a document was completed from, so that what changes with a later part is known."""

import polars as pl

from tongchou.core.hashing import hash_text
from tongchou.intake.documents.completion import lines_of_lists
from tongchou.intake.documents.conversion import HEAD, LIST_KINDS
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.documents.kept_batch import KeptBatch
from tongchou.intake.documents.known_facts import KnownFacts

FILLABLE = (
    "person_id",
    "insurance_type",
    "total_fen",
    "account_pay_fen",
    "cash_pay_fen",
    "sex",
    "born_on",
    "insured_area_id",
)
"""The columns of a head row that completion fills."""

COMPLETED = {
    DOCUMENT: pl.Int64,
    "completed_columns": pl.String,
    "given_person_id": pl.String,
    "is_person_certain": pl.Boolean,
    "parts": pl.String,
}
"""A row per document: the columns that were filled, the person it names itself, and the hash of the parts used."""

_FEES = "list_fees"
_UNNAMED = ("list_id", "seq")
_BESIDE_A_LINE = ("visit_number", "settled_from", "settled_until", "_sender", "settlements")


def parts_used(given: KeptBatch, completed: KeptBatch, facts: KnownFacts) -> pl.DataFrame:
    """Return what documents were completed from, of the schema `COMPLETED`; none for kinds that become no case.

    Args:
        given: The documents as they came.
        completed: The same documents, completed.
        facts: What they were completed from.
    """
    if given.kind not in LIST_KINDS:
        return pl.DataFrame(schema=COMPLETED)
    after = {name: pl.col(f"{name}_after") for name in FILLABLE}
    joined = given.lists.select(DOCUMENT, "settlement_number", *FILLABLE).join(
        completed.lists.select(DOCUMENT, *FILLABLE), on=DOCUMENT, suffix="_after", maintain_order="left"
    )
    joined = joined.join(given.heads.select(DOCUMENT, "is_person_certain"), on=DOCUMENT, maintain_order="left")
    own_fees = given.frames[_FEES].get_column(DOCUMENT).unique()
    filled_fees = completed.frames[_FEES].filter(~pl.col(DOCUMENT).is_in(own_fees.implode()))
    with_fees = pl.col(DOCUMENT).is_in(filled_fees.get_column(DOCUMENT).unique().implode())
    differs = {name: ~pl.col(name).eq_missing(after[name]) for name in FILLABLE}
    named = [pl.when(differs[name]).then(pl.lit(name)) for name in FILLABLE]
    values = [pl.when(differs[name]).then(after[name].cast(pl.String)) for name in FILLABLE]
    joined = joined.with_columns(
        pl.concat_str(*named, pl.when(with_fees).then(pl.lit(_FEES)), separator="|", ignore_nulls=True).alias("_named"),
        pl.concat_str(*values, separator="|", ignore_nulls=True).alias("_values"),
    )
    replies = facts.replies.select(
        "settlement_number", _hashed(facts.replies.drop(_UNNAMED, strict=False)).alias("_reply")
    )
    joined = joined.join(replies, on="settlement_number", how="left", maintain_order="left")
    joined = joined.join(_lines(given, completed, facts), on=DOCUMENT, how="left", maintain_order="left")
    told = pl.concat_str("_values", pl.col("_reply", "_lines").fill_null(""), separator="/")
    return joined.select(
        DOCUMENT,
        pl.when(pl.col("_named") != "").then("_named").alias("completed_columns"),
        pl.col("person_id").alias("given_person_id"),
        "is_person_certain",
        pl.when(told != "//").then(told.map_elements(hash_text, pl.String)).alias("parts"),
    )


def as_given(completed: KeptBatch, filled: pl.DataFrame) -> KeptBatch:
    """Return documents as they came, from how they were completed and what `parts_used` said of them."""
    lists = completed.lists.join(filled.drop("is_person_certain"), on=DOCUMENT, how="left", maintain_order="left")
    names = pl.concat_str(pl.lit("|"), pl.col("completed_columns").fill_null(""), pl.lit("|"))
    without = lists.filter(names.str.contains(f"|{_FEES}|", literal=True)).get_column(DOCUMENT)
    emptied = []
    for name in FILLABLE:
        is_filled = names.str.contains(f"|{name}|", literal=True)
        # Only of the person may the list itself have said something else.
        before = pl.col("given_person_id") if name == "person_id" else pl.lit(None)
        emptied.append(pl.when(is_filled).then(before).otherwise(pl.col(name)).alias(name))
    fees = completed.frames[_FEES].filter(~pl.col(DOCUMENT).is_in(without.implode()))
    return completed.with_frames({HEAD: lists.with_columns(emptied).select(completed.lists.columns), _FEES: fees})


def _lines(given: KeptBatch, completed: KeptBatch, facts: KnownFacts) -> pl.DataFrame:
    lines = lines_of_lists(completed.lists, facts)
    if lines.is_empty():
        return pl.DataFrame(schema={DOCUMENT: pl.Int64, "_lines": pl.String})
    own = lines.drop(DOCUMENT, *_UNNAMED, *_BESIDE_A_LINE, strict=False)
    ordered = lines.select(DOCUMENT, "line_number", _hashed(own).alias("_line")).sort(DOCUMENT, "line_number", "_line")
    return ordered.group_by(DOCUMENT, maintain_order=True).agg(pl.col("_line").str.join(",").alias("_lines"))


def _hashed(rows: pl.DataFrame) -> pl.Series:
    ordered = rows.select(sorted(rows.columns))
    return ordered.hash_rows(seed=1).cast(pl.String)
