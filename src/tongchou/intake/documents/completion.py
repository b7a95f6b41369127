"""Completion: what a list of 4101A leaves to the platform, filled from persons, settlement replies and fee lines."""

from collections.abc import Sequence

import polars as pl

from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.finding_rows import all_found, found_rows
from tongchou.intake.documents.kept_batch import KeptBatch
from tongchou.intake.documents.known_facts import KnownFacts
from tongchou.intake.documents.typed_batch import column_type
from tongchou.schema.list_fields import list_fields

PERSON_UNKNOWN = "intake.person_unknown"
MONEY_MISSING = "intake.money_missing"
INSTITUTION_MISSING = "intake.institution_missing"
FEE_LINES_MISSING = "intake.fee_lines_missing"
FEE_CATEGORY_UNKNOWN = "intake.fee_category_unknown"

_PERSON = {"sex": "sex", "born_on": "born_on", "insurance_type": "insurance_type", "insured_area_id": "area_id"}
_MONEY = {"account_pay_fen": "account_pay_fen", "cash_pay_fen": "cash_pay_fen"}


def complete(batch: KeptBatch, facts: KnownFacts) -> tuple[KeptBatch, pl.DataFrame]:
    """Return settlement lists with what is known of them elsewhere, and findings of what is still missing.

    Filled are, where the list leaves them empty: the person's pseudonym and money from the reply of its settlement
    number; sex, date of birth, insurance type and area from the person; fee categories from the fee lines of its visit,
    refunds netted. Nothing that the list says is changed. Documents of other kinds are returned as they are.
    """
    if batch.kind != "settlement_list":
        return batch, all_found([])
    lists = _with_person(_with_reply(batch, facts.replies), facts.persons)
    lines = lines_of_lists(lists, facts)
    fees = _fees(batch.frames["list_fees"], lines)
    lists = _with_totals(lists, fees, lines)
    completed = batch.with_frames({HEAD: lists, "list_fees": fees})
    return completed, all_found(_still_missing(lists, fees, lines, facts.replies))


def lines_of_lists(lists: pl.DataFrame, facts: KnownFacts) -> pl.DataFrame:
    """Return the fee lines of lists with the number of the document.

    Lines belong to a visit. Where a visit was settled more than once, a list has those of its own period.
    """
    settled = facts.replies.group_by("visit_number").agg(pl.col("settlement_number").n_unique().alias("settlements"))
    listed = lists.filter(pl.col("visit_number").is_not_null())
    listed = listed.select(DOCUMENT, "visit_number", "settled_from", "settled_until", _sender())
    joined = listed.join(facts.lines, on="visit_number").join(settled, on="visit_number", how="left")
    # Lines may come without saying whose they are; a visit number is the platform's and names one visit.
    joined = joined.filter(pl.col("institution_id").is_null() | (pl.col("institution_id") == pl.col("_sender")))
    charged = pl.col("charged_at").dt.date()
    is_within = charged.is_between(pl.col("settled_from"), pl.col("settled_until")).fill_null(value=True)
    return joined.filter((pl.col("settlements").fill_null(1) < 2) | is_within)


def _sender() -> pl.Expr:
    return pl.col("institution_id").alias("_sender")


def _with_reply(batch: KeptBatch, replies: pl.DataFrame) -> pl.DataFrame:
    columns = ["settlement_number", "person_id", "insurance_type", "total_fen", *_MONEY]
    known = replies.select(columns).rename({name: f"_{name}" for name in columns[1:]})
    lists = batch.lists.with_columns(batch.heads.get_column("is_person_certain"))
    joined = lists.join(known, on="settlement_number", how="left", maintain_order="left")
    is_certain = pl.col("is_person_certain") | pl.col("_person_id").is_null()
    filled = joined.with_columns(
        pl.when(is_certain).then("person_id").otherwise("_person_id").alias("person_id"),
        *(pl.coalesce(name, f"_{name}").alias(name) for name in ("insurance_type", "total_fen", *_MONEY)),
    )
    return filled.select(batch.lists.columns)


def _with_person(lists: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    known = persons.select("person_id", *(pl.col(theirs).alias(f"_{ours}") for ours, theirs in _PERSON.items()))
    joined = lists.join(known, on="person_id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce(name, f"_{name}").alias(name) for name in _PERSON).select(lists.columns)


def _fees(fees: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return fee categories, for lists that give none those of their lines, if every line has its category."""
    uncertain = lines.filter(pl.col("category").is_null() | pl.col("amount_fen").is_null()).get_column(DOCUMENT)
    own = fees.get_column(DOCUMENT).unique()
    summed = (
        lines.filter(~pl.col(DOCUMENT).is_in(uncertain.implode()) & ~pl.col(DOCUMENT).is_in(own.implode()))
        .group_by(DOCUMENT, "category")
        .agg(pl.col("amount_fen").sum())
        .sort(DOCUMENT, "category")
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(DOCUMENT).alias(SEQUENCE))
    )
    if summed.is_empty():
        return fees
    types = {field.column: column_type(field) for field in list_fields("list_fees")}
    absent = [pl.lit(None, types[name]).alias(name) for name in fees.columns if name not in summed.columns]
    return pl.concat([fees, summed.with_columns(absent).select(fees.columns)])


def _with_totals(lists: pl.DataFrame, fees: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Fill totals with the sum of the fee categories, else of the lines."""
    sums = [
        each.group_by(DOCUMENT).agg(pl.col("amount_fen").sum().alias(name))
        for name, each in (("_fees", fees), ("_lines", lines.filter(pl.col("amount_fen").is_not_null())))
    ]
    joined = lists.join(sums[0], on=DOCUMENT, how="left", maintain_order="left")
    joined = joined.join(sums[1], on=DOCUMENT, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("total_fen", "_fees", "_lines").alias("total_fen")).select(lists.columns)


def _still_missing(
    lists: pl.DataFrame, fees: pl.DataFrame, lines: pl.DataFrame, replies: pl.DataFrame
) -> Sequence[pl.DataFrame]:
    found = [found_rows(PERSON_UNKNOWN, lists.filter(pl.col(name).is_null()), column=name) for name in _PERSON]
    found.append(found_rows(INSTITUTION_MISSING, lists.filter(pl.col("institution_id").is_null())))
    found.append(found_rows(MONEY_MISSING, lists.filter(pl.col("total_fen").is_null()), column="total_fen"))
    replied = replies.get_column("settlement_number")
    whole_lines = _split_by_lines(lines)
    unsplit = lists.filter(
        pl.col("person_own_pay_fen").is_null()
        & ~pl.col("settlement_number").is_in(replied.implode())
        & ~pl.col(DOCUMENT).is_in(whole_lines.implode())
        & pl.col("total_fen").is_not_null()
    )
    found.append(found_rows(MONEY_MISSING, unsplit, column="person_own_pay_fen"))
    with_fees, with_lines = fees.get_column(DOCUMENT).unique(), lines.get_column(DOCUMENT).unique()
    without = lists.filter(~pl.col(DOCUMENT).is_in(with_fees.implode()))
    has_lines = pl.col(DOCUMENT).is_in(with_lines.implode())
    found.append(found_rows(FEE_LINES_MISSING, without.filter(~has_lines)))
    found.append(found_rows(FEE_CATEGORY_UNKNOWN, without.filter(has_lines)))
    return found


def _split_by_lines(lines: pl.DataFrame) -> pl.Series:
    """Return documents of which every line says what of it the patient pays in full, first, and over the limit."""
    split = pl.all_horizontal(pl.col("own_pay_fen", "first_self_pay_fen", "over_limit_fen").is_not_null())
    return lines.group_by(DOCUMENT).agg(split.all().alias("is_split")).filter("is_split").get_column(DOCUMENT)
