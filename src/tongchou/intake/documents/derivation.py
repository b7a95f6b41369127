"""Derivation: the rows of the core tables that documents give, with the number of the document that gave each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from tongchou.intake.documents import amounts, stays
from tongchou.intake.documents.completion import adding_up, lines_of_lists
from tongchou.intake.documents.conversion import LIST_KINDS, is_outpatient
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.documents.finding_rows import all_found, found_rows
from tongchou.intake.documents.kept_batch import LIST_ID, KeptBatch
from tongchou.intake.documents.known_facts import KnownFacts
from tongchou.intake.documents.settlement_split import FirstSelfPay
from tongchou.schema.polars_types import POLARS_TYPE
from tongchou.schema.states import INSURANCE_TYPE, SEX
from tongchou.schema.tables import CASES, DIAGNOSES, FEE_ITEMS, FEES, PERSONS, PROCEDURES, REFERRALS, VISITS

CORE_TABLES = (PERSONS, CASES, DIAGNOSES, PROCEDURES, FEES, FEE_ITEMS, VISITS, REFERRALS)
"""The tables that documents give rows of, in the order in which references between them can be checked."""

DOCUMENT_ONLY = "intake.document_only"
REFERRAL_ONLY = "intake.referral_only"
ASSUMED_OTHER = "intake.assumed_other"

_LEVELS = {"primary": 1, "secondary": 2, "tertiary": 3}


@dataclass(frozen=True, slots=True)
class Derived:
    """What documents gave.

    Attributes:
        rows: Rows by core table, with `_document` before the contract's columns; a table without rows is left out.
        cases: What was made of each document: `_document`, `case_id` (of a case or visit).
        found: Findings: documents of which nothing could be made, values that were assumed.
    """

    rows: Mapping[str, pl.DataFrame]
    cases: pl.DataFrame
    found: pl.DataFrame


def derive(batch: KeptBatch, facts: KnownFacts, split: FirstSelfPay) -> Derived:
    """Return the core rows of documents.

    Of a settlement list with a stay comes a case, of one of a chronic treatment a visit; of front pages, claims and
    messages a case where they are complete, else they are kept as documents. Of a referral filing comes a referral
    where person and both institutions are known. Lines and replies give nothing by themselves.
    """
    if batch.kind == "referral":
        return _referrals(batch, facts)
    if batch.kind not in LIST_KINDS:
        return Derived({}, _made(pl.DataFrame(), "case_id"), all_found([]))
    outpatient = is_outpatient(dict(batch.frames))
    stay_batch = _only(batch, pl.col(DOCUMENT).is_in(outpatient.implode()).not_())
    categories = amounts.fee_categories(stay_batch)
    lines = adding_up(stay_batch.lists, categories, lines_of_lists(stay_batch.lists, facts))
    money = amounts.stay_amounts(stay_batch, categories, facts.replies, lines, split)
    made = stays.cases(stay_batch, money)
    found = []
    if batch.kind != "settlement_list":
        made, incomplete = _complete_cases(made)
        found.append(found_rows(DOCUMENT_ONLY, incomplete))
        stay_batch = _only(stay_batch, pl.col(DOCUMENT).is_in(made.get_column(DOCUMENT).implode()))
        lines = lines.join(made.select(DOCUMENT), on=DOCUMENT, how="semi")
        categories = categories.join(made.select(DOCUMENT), on=DOCUMENT, how="semi")
    else:
        found += [
            found_rows(ASSUMED_OTHER, stay_batch.lists.filter(pl.col(name).is_null()), column=name)
            for name in ("admission_route", "discharge_way")
        ]
    visits = _visits(_only(batch, pl.col(DOCUMENT).is_in(outpatient.implode())), facts)
    rows = {
        PERSONS.name: _persons(batch, pl.concat([made.select(DOCUMENT), visits.select(DOCUMENT)])),
        CASES.name: made,
        DIAGNOSES.name: stays.diagnoses(stay_batch),
        PROCEDURES.name: stays.procedures(stay_batch),
        FEES.name: stays.fees(stay_batch, categories),
        FEE_ITEMS.name: stays.fee_items(stay_batch, lines),
        VISITS.name: visits,
    }
    cases = pl.concat([_made(made, "case_id"), _made(visits, "visit_id")])
    return Derived({name: _typed(name, each) for name, each in rows.items() if each.height}, cases, all_found(found))


def _only(batch: KeptBatch, wanted: pl.Expr) -> KeptBatch:
    frames = {name: rows.filter(wanted) for name, rows in batch.frames.items()}
    return replace(batch, heads=batch.heads.filter(wanted), frames=frames)


def _complete_cases(made: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    optional = ("age_days", "birth_weight_g", "department")
    needed = [pl.col(name).is_not_null() for name in made.columns if name not in optional]
    known = [pl.col("sex").is_in(list(SEX)), pl.col("insurance_type").is_in(list(INSURANCE_TYPE))]
    is_complete = pl.all_horizontal(*needed, *known).fill_null(value=False)
    return made.filter(is_complete), made.filter(~is_complete)


def _persons(batch: KeptBatch, wanted: pl.DataFrame) -> pl.DataFrame:
    rows = batch.lists.join(wanted, on=DOCUMENT, how="semi").select(
        DOCUMENT,
        "person_id",
        "sex",
        "born_on",
        "insurance_type",
        pl.col("insured_area_id").alias("area_id"),
        pl.lit(None, pl.String).alias("chronic_diseases"),
    )
    return rows.drop_nulls(["person_id", "sex", "born_on", "insurance_type", "area_id"])


def _visits(batch: KeptBatch, facts: KnownFacts) -> pl.DataFrame:
    treated = (
        batch.frames["list_chronic_treatments"]
        .sort(DOCUMENT, "_seq")
        .group_by(DOCUMENT, maintain_order=True)
        .agg(pl.col("diagnosis_code").first().alias("diagnosis"))
    )
    funds = amounts.pooled_fund(batch, facts.replies)
    sums = amounts.fee_categories(batch).group_by(DOCUMENT).agg(pl.col("amount_fen").sum().alias("_fees"))
    lists = batch.lists.join(batch.heads.select(DOCUMENT, LIST_ID), on=DOCUMENT, maintain_order="left")
    for part in (treated, funds, sums):
        lists = lists.join(part, on=DOCUMENT, how="left", maintain_order="left")
    return lists.select(
        DOCUMENT,
        pl.col(LIST_ID).alias("visit_id"),
        "person_id",
        "institution_id",
        "insurance_type",
        pl.coalesce("chronic_visited_on", "settled_from").alias("visited_on"),
        pl.lit("chronic").alias("kind"),
        "diagnosis",
        pl.coalesce("total_fen", "_fees").alias("total_fen"),
        "fund_fen",
    )


def _referrals(batch: KeptBatch, facts: KnownFacts) -> Derived:
    """Return referrals as filed; where no direction is said, down to a level below the sender's, else up."""
    levels = facts.levels.with_columns(pl.col("level").replace_strict(_LEVELS, default=0).alias("_rank"))
    sender = levels.select(pl.col("institution_id"), pl.col("_rank").alias("_from"))
    receiver = levels.select(pl.col("institution_id").alias("to_institution_id"), pl.col("_rank").alias("_to"))
    filings = batch.frames["referral_filings"].drop("institution_id", strict=False)
    filings = filings.join(batch.heads.select(DOCUMENT, LIST_ID, "institution_id"), on=DOCUMENT, maintain_order="left")
    joined = filings.join(sender, on="institution_id", how="left", maintain_order="left")
    joined = joined.join(receiver, on="to_institution_id", how="left", maintain_order="left")
    is_known = pl.col("person_id").is_in(facts.persons.get_column("person_id").implode())
    is_whole = (is_known & pl.all_horizontal(pl.col("_from", "_to", "referred_on").is_not_null())).fill_null(
        value=False
    )
    direction = pl.when(pl.col("_to") < pl.col("_from")).then(pl.lit("down")).otherwise(pl.lit("up"))
    made = joined.filter(is_whole).select(
        DOCUMENT,
        pl.col(LIST_ID).alias("referral_id"),
        "person_id",
        pl.coalesce("direction", direction).alias("direction"),
        pl.col("institution_id").alias("from_institution_id"),
        "to_institution_id",
        pl.lit(None, pl.String).alias("from_case_id"),
        pl.lit(None, pl.String).alias("to_case_id"),
        pl.col("referred_on").alias("requested_on"),
        "accepted_on",
        pl.col("state").fill_null("requested"),
    )
    found = found_rows(REFERRAL_ONLY, joined.filter(~is_whole), table="referral_filings")
    rows = {REFERRALS.name: _typed(REFERRALS.name, made)} if made.height else {}
    return Derived(rows, _made(pl.DataFrame(), "case_id"), all_found([found]))


def _made(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    schema = {DOCUMENT: pl.Int64, "case_id": pl.String}
    return rows.select(DOCUMENT, pl.col(key).alias("case_id")) if rows.width else pl.DataFrame(schema=schema)


def _typed(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    table = next(table for table in CORE_TABLES if table.name == name)
    return rows.select(DOCUMENT, *(pl.col(c.name).cast(POLARS_TYPE[c.kind]) for c in table.columns))
