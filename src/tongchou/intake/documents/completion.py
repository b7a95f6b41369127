"""Completion: what a list of 4101A leaves to the platform, filled from persons, settlement replies and fee lines."""

from collections.abc import Sequence

import polars as pl

from tongchou.intake.documents import amounts
from tongchou.intake.documents.conversion import HEAD, is_outpatient
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
FEE_LINES_INCOMPLETE = "intake.fee_lines_incomplete"
FEE_CATEGORY_UNKNOWN = "intake.fee_category_unknown"
REPLY_DIFFERS = "intake.reply_differs"

_PERSON = {"sex": "sex", "born_on": "born_on", "insurance_type": "insurance_type", "insured_area_id": "area_id"}
_MONEY = {"account_pay_fen": "account_pay_fen", "cash_pay_fen": "cash_pay_fen"}


def complete(batch: KeptBatch, facts: KnownFacts) -> tuple[KeptBatch, pl.DataFrame]:
    """Return settlement lists with what is known of them elsewhere, and findings of what is still missing.

    Filled are, where the list leaves them empty: the person's pseudonym and money from the reply of its settlement
    number; sex, date of birth, insurance type and area from the person; fee categories from the fee lines of its visit,
    refunds netted. Nothing that the list says is changed, and lines that do not add up to it are left aside until the
    others come. Documents of other kinds are returned as they are.
    """
    if batch.kind != "settlement_list":
        return batch, all_found([])
    own = batch.frames["list_fees"]
    lists = _with_person(_with_reply(batch, facts.replies), facts.persons)
    come = lines_of_lists(lists, facts)
    lines = adding_up(lists, own, come)
    fees = _fees(own, lines)
    lists = _with_totals(lists, fees, lines)
    completed = batch.with_frames({HEAD: lists, "list_fees": fees})
    partly = lists.join(come, on=DOCUMENT, how="semi").join(lines, on=DOCUMENT, how="anti")
    found = [found_rows(FEE_LINES_INCOMPLETE, partly), _differing_replies(lists, own, facts.replies)]
    found.append(_visits_without_fund(completed, facts.replies))
    return completed, all_found([*found, *_still_missing(lists, fees, lines, facts.replies, partly)])


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


def adding_up(lists: pl.DataFrame, categories: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of the lists whose lines are all there: they add up to its categories and to its total.

    Lines come day by day, so that some of them may be there before the others; what they are taken for must not depend
    on which came first.

    Args:
        lists: Head rows.
        categories: Rows with `_document`, `category`, `amount_fen` as the documents say them; may be none.
        lines: Fee lines with the number of the document.
    """
    if lines.is_empty():
        return lines
    key = [DOCUMENT, "category"]
    said = categories.filter(pl.col("amount_fen").is_not_null()).join(lines, on=DOCUMENT, how="semi")
    billed = said.group_by(key).agg(pl.col("amount_fen").sum().alias("_billed"))
    charged = lines.group_by(key).agg(pl.col("amount_fen").sum().alias("_charged"))
    uncategorised = lines.filter(pl.col("category").is_null()).select(DOCUMENT)
    both = charged.join(said, on=DOCUMENT, how="semi").join(billed, on=key, how="full", coalesce=True)
    differs = pl.col("_billed").fill_null(0) != pl.col("_charged").fill_null(0)
    uneven = both.filter(differs).join(uncategorised, on=DOCUMENT, how="anti").select(DOCUMENT)
    sums = charged.group_by(DOCUMENT).agg(pl.col("_charged").sum())
    totals = lists.select(DOCUMENT, "total_fen").join(
        billed.group_by(DOCUMENT).agg(pl.col("_billed").sum()), on=DOCUMENT, how="left"
    )
    whole = pl.coalesce("total_fen", "_billed")
    short = sums.join(totals, on=DOCUMENT).filter(whole.is_not_null() & (whole != pl.col("_charged"))).select(DOCUMENT)
    return lines.join(pl.concat([uneven, short]), on=DOCUMENT, how="anti")


def _differing_replies(lists: pl.DataFrame, fees: pl.DataFrame, replies: pl.DataFrame) -> pl.DataFrame:
    """Find lists that give their categories, of which the reply has another total: what the list says counts."""
    sums = fees.group_by(DOCUMENT).agg(pl.col("amount_fen").sum().alias("_fees"))
    replied = replies.select("settlement_number", pl.col("total_fen").alias("_reply")).drop_nulls()
    joined = lists.join(sums, on=DOCUMENT).join(replied, on="settlement_number")
    return found_rows(
        REPLY_DIFFERS, joined.filter(pl.col("_fees") != pl.col("_reply")), column="total_fen", value=pl.col("_reply")
    )


def _visits_without_fund(batch: KeptBatch, replies: pl.DataFrame) -> pl.DataFrame:
    """Find outpatient lists of which neither they nor a reply say what the pooled fund paid."""
    outpatient = is_outpatient(dict(batch.frames))
    funds = amounts.pooled_fund(batch, replies).filter(pl.col(DOCUMENT).is_in(outpatient.implode()))
    return found_rows(
        MONEY_MISSING, funds.filter(pl.col("fund_fen").is_null()), table="list_payments", column="amount_fen"
    )


def _sender() -> pl.Expr:
    return pl.col("institution_id").alias("_sender")


def _with_reply(batch: KeptBatch, replies: pl.DataFrame) -> pl.DataFrame:
    columns = ["settlement_number", "person_id", "insurance_type", "total_fen", *_MONEY]
    known = replies.select(columns).rename({name: f"_{name}" for name in columns[1:]})
    lists = batch.lists.with_columns(batch.heads.get_column("is_person_certain"))
    given = batch.frames["list_fees"].filter(pl.col("amount_fen").is_not_null()).get_column(DOCUMENT)
    joined = lists.join(known, on="settlement_number", how="left", maintain_order="left").with_columns(
        # A list's own categories are its total; a reply that says another does not make it a list that adds up nowhere.
        pl.when(~pl.col(DOCUMENT).is_in(given.unique().implode())).then("_total_fen").alias("_total_fen")
    )
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
    lists: pl.DataFrame, fees: pl.DataFrame, lines: pl.DataFrame, replies: pl.DataFrame, partly: pl.DataFrame
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
    without = lists.filter(~pl.col(DOCUMENT).is_in(with_fees.implode())).join(partly, on=DOCUMENT, how="anti")
    has_lines = pl.col(DOCUMENT).is_in(with_lines.implode())
    found.append(found_rows(FEE_LINES_MISSING, without.filter(~has_lines)))
    found.append(found_rows(FEE_CATEGORY_UNKNOWN, without.filter(has_lines)))
    return found


def _split_by_lines(lines: pl.DataFrame) -> pl.Series:
    """Return documents of which every line says what of it the patient pays in full, first, and over the limit."""
    split = pl.all_horizontal(pl.col("own_pay_fen", "first_self_pay_fen", "over_limit_fen").is_not_null())
    return lines.group_by(DOCUMENT).agg(split.all().alias("is_split")).filter("is_split").get_column(DOCUMENT)
