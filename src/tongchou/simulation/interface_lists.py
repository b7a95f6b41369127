"""A made-up region's stays as complete settlement lists: times, wards, nursing, doctors, receipts, identities."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
import yaml

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.writers.core_lists import core_lists
from tongchou.intake.writers.wire_values import wire_frame
from tongchou.simulation.interface_money import classed_fees, head_amounts, payments

_AREA_LENGTH = 6
_DAY = 24 * 60
_NEWBORN_DAYS = 28
_PHYSICIANS = 400
_SURGERY = ("0", "1", "2", "3", "4", "5", "6", "7", "80", "81", "82", "83", "84", "85", "86")
"""How the codes of operations begin that are done in anaesthesia; the others are examinations and treatments."""
_VENTILATION = "96.7"


def complete_lists(
    tables: Mapping[str, pl.DataFrame], people: pl.DataFrame, names: Mapping[str, str], seed: int
) -> dict[str, pl.DataFrame]:
    """Return stays as settlement lists that the checks find nothing wrong with, as far as the stays allow it.

    Args:
        tables: As `core_lists` has them.
        people: The identities of the persons, of `identities`.
        names: The name of each diagnosis and operation code; a code without one is named by itself.
        seed: Any whole number from 0.

    Returns:
        Rows by document table, as the interface writes them.
    """
    rules = _rules()
    cases = tables["cases"]
    rng = np.random.default_rng([seed, 2, cases.height])
    frames = core_lists(tables)
    stays = _stays(cases, tables["procedures"], rng)
    heads = frames["settlement_lists"].with_columns(_area(tables["persons"], rules))
    frames["settlement_lists"] = _heads(heads, cases, stays, people, tables["institutions"])
    diagnoses = frames["list_diagnoses"].join(
        stays.select(DOCUMENT, "sex"), on=DOCUMENT, how="left", maintain_order="left"
    )
    frames["list_diagnoses"] = (
        diagnoses.with_columns(_code(rules))
        .drop("sex")
        .with_columns(_named(names), pl.lit("1").alias("admission_condition"))
    )
    numbers = stays.select("case_id", DOCUMENT)
    fees = numbers.join(tables["fees"], on="case_id", maintain_order="left")
    frames["list_fees"] = classed_fees(fees, stays)
    frames["list_payments"] = payments(stays)
    frames["list_operations"] = _operations(frames["list_operations"], stays, names)
    frames["list_intensive_care"] = _intensive_care(stays)
    return frames


def _stays(cases: pl.DataFrame, procedures: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the times of each stay: admitted, discharged, in intensive care."""
    ventilated = procedures.filter(pl.col("code").str.starts_with(_VENTILATION)).select("case_id").unique()
    count = cases.height
    is_intensive = pl.col("icu_hours") > 0
    minutes = pl.Series(rng.integers(8 * 60, 11 * 60, count)), pl.Series(rng.integers(13 * 60, 17 * 60, count))
    return (
        cases.with_row_index(DOCUMENT, offset=1)
        .with_columns(
            pl.col(DOCUMENT).cast(pl.Int64),
            # Whole days of intensive care fit only into a stay that begins at night.
            _at("admitted_on", pl.when(is_intensive).then(10).otherwise(minutes[0])).alias("admitted_at"),
            _at("discharged_on", pl.when(is_intensive).then(_DAY - 10).otherwise(minutes[1])).alias("discharged_at"),
            pl.col("case_id").is_in(ventilated["case_id"].implode()).alias("is_ventilated"),
            pl.Series("physician", rng.integers(1, _PHYSICIANS, count)),
        )
        .with_columns((pl.col("admitted_at") + pl.duration(minutes=10)).alias("entered_at"))
        .with_columns(
            pl.min_horizontal(
                pl.col("entered_at") + pl.duration(hours=pl.col("icu_hours")), pl.col("discharged_at")
            ).alias("left_at")
        )
    )


def _heads(
    heads: pl.DataFrame, cases: pl.DataFrame, stays: pl.DataFrame, people: pl.DataFrame, institutions: pl.DataFrame
) -> pl.DataFrame:
    known = cases.select("person_id").join(people, on="person_id", how="left", maintain_order="left")
    facts = stays.join(_receivers(institutions), on="institution_id", how="left", maintain_order="left")
    number = pl.col("case_id").str.extract(r"(\d+)$")
    age, days = pl.col("age_years"), pl.col("age_days")
    is_newborn = days.is_not_null() & (days <= _NEWBORN_DAYS)
    is_sent_on = pl.col("discharge_way").is_in(["transfer", "transfer_primary"])
    special = pl.min_horizontal("los_days", (pl.col("icu_hours") + 23) // 24)
    grade_1 = (pl.col("los_days") - special) // 4
    grade_2 = (pl.col("los_days") - special - grade_1) // 2
    weight = pl.coalesce("birth_weight_g", pl.lit(3200)) // 10 * 10
    made = (
        facts.select(
            DOCUMENT,
            pl.lit(1, dtype=pl.Int64).alias(SEQUENCE),
            pl.format("M{}", number).alias("visit_number"),
            pl.format("Z{}", number).alias("case_number"),
            pl.format("PJ{}", number).alias("receipt_code"),
            number.alias("receipt_number"),
            pl.format("LS{}", number).alias("business_number"),
            "admitted_at",
            "discharged_at",
            (pl.col("settled_on").cast(pl.Datetime("ms")) + pl.duration(hours=33)).alias("declared_at"),
            pl.lit("resident_card").alias("identity_type"),
            pl.lit("CHN").alias("nationality"),
            pl.lit("01").alias("ethnic_group"),
            _occupation(age).alias("occupation"),
            pl.lit("other").alias("contact_relation"),
            pl.when(is_newborn).then(pl.lit("normal")).alias("newborn_admission_type"),
            pl.when(is_newborn).then(weight).alias("birth_weight_g"),
            pl.when(is_newborn).then(weight).alias("admission_weight_g"),
            pl.lit("western").alias("treatment_kind"),
            pl.col("department").alias("admission_department"),
            pl.when(pl.col("is_ventilated") & (pl.col("ventilator_hours") > 0))
            .then(pl.min_horizontal(pl.col("ventilator_hours") * 60, pl.col("los_days") * _DAY - _DAY // 2))
            .alias("ventilator_minutes"),
            special.alias("special_nursing_days"),
            grade_1.alias("nursing_1_days"),
            grade_2.alias("nursing_2_days"),
            (pl.col("los_days") - special - grade_1 - grade_2).alias("nursing_3_days"),
            pl.when(is_sent_on).then("receiver_name").alias("receiving_institution_name"),
            pl.when(is_sent_on).then("receiver_id").alias("receiving_institution_id"),
            pl.lit("none").alias("readmission_plan"),
            pl.lit("王虚构").alias("doctor_name"),
            _physician(0).alias("doctor_code"),
            _physician(1).alias("nurse_code"),
            pl.lit("drg").alias("payment_method"),
            pl.lit("云栖县医疗保障局").alias("agency_name"),
            pl.lit("李虚构").alias("agency_operator"),
            pl.lit("医保办").alias("filling_department"),
            pl.lit("张虚构").alias("filled_by"),
            pl.lit("submitted").alias("list_state"),
        )
        .hstack(head_amounts(cases))
        .with_columns(known.drop("person_id").with_columns(pl.col("address").alias("contact_address")))
    )
    written = wire_frame("settlement_lists", made)
    kept = [name for name in heads.columns if name not in written.columns]
    return written.hstack(heads.select(kept))


@cache
def _rules() -> Mapping[str, Any]:
    pack = files("tongchou").joinpath("packs", "simulation", "lists.yaml")
    rules: dict[str, Any] = yaml.safe_load(pack.read_text(encoding="utf-8"))
    return rules


def _area(persons: pl.DataFrame, rules: Mapping[str, Any]) -> pl.Expr:
    """Return the insured area of lists; one that the field has no room for gets a number of its own."""
    named = sorted(area for area in persons["area_id"].unique().to_list() if len(area) > _AREA_LENGTH)
    numbers = {area: f"{rules['area_prefix']}{place:02d}" for place, area in enumerate(named, 1)}
    return pl.col("insured_area_id").replace(list(numbers), list(numbers.values()))


def _code(rules: Mapping[str, Any]) -> pl.Expr:
    """Return the code of a diagnosis as lists write it."""
    code, is_principal = pl.col("code"), pl.col(SEQUENCE) == 1
    principal = rules["principal"]
    main = pl.when(is_principal).then(code.replace(list(principal), list(principal.values())))
    others = [
        pl.when((pl.col("sex") == sex) & code.str.contains(rules[name]["pattern"])).then(pl.lit(rules[name]["code"]))
        for sex, name in (("male", "men"), ("female", "women"))
    ]
    return pl.coalesce(main, *others, code).alias("code")


def _receivers(institutions: pl.DataFrame) -> pl.DataFrame:
    """Return another institution for each one."""
    known = institutions.select("institution_id", pl.col("name_zh").alias("receiver_name")).unique(
        "institution_id", keep="first", maintain_order=True
    )
    others = known.select(pl.all().shift(1, fill_value=None)).with_columns(
        pl.col("institution_id").fill_null(known["institution_id"][-1]),
        pl.col("receiver_name").fill_null(known["receiver_name"][-1]),
    )
    return known.select("institution_id").hstack(others.rename({"institution_id": "receiver_id"}))


def _operations(operations: pl.DataFrame, stays: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    times = stays.select(DOCUMENT, "admitted_at", "discharged_at", "physician", "institution_id")
    facts = operations.join(times, on=DOCUMENT, how="left", maintain_order="left")
    length = (pl.col("discharged_at") - pl.col("admitted_at")).dt.total_minutes()
    # All operations of a stay lie in its middle half, one after another.
    start = length // 4 + (pl.col(SEQUENCE) - 1) * (length // 2) // pl.len().over(DOCUMENT)
    lasts = (length // 2) // pl.len().over(DOCUMENT)
    began = pl.col("admitted_at") + pl.duration(minutes=start + lasts // 4)
    ended = pl.col("admitted_at") + pl.duration(minutes=start + lasts // 4 + pl.min_horizontal(lasts // 2, 90))
    under = pl.any_horizontal(pl.col("code").str.starts_with(first) for first in _SURGERY)
    made = facts.select(
        began.dt.date().alias("operated_on"),
        began.alias("began_at"),
        ended.alias("ended_at"),
        pl.lit("赵虚构").alias("surgeon_name"),
        _physician(2).alias("surgeon_code"),
        pl.when(under).then(pl.lit("general")).alias("anaesthesia"),
        pl.when(under).then(pl.lit("孙虚构")).alias("anaesthetist_name"),
        pl.when(under).then(_physician(3)).alias("anaesthetist_code"),
        pl.when(under).then(began - pl.duration(minutes=lasts // 8)).alias("anaesthesia_began_at"),
        pl.when(under).then(ended + pl.duration(minutes=lasts // 8)).alias("anaesthesia_ended_at"),
    )
    return operations.with_columns(_named(names)).hstack(wire_frame("list_operations", made))


def _intensive_care(stays: pl.DataFrame) -> pl.DataFrame:
    made = stays.filter(pl.col("icu_hours") > 0).select(
        DOCUMENT,
        pl.lit(1, dtype=pl.Int64).alias(SEQUENCE),
        pl.when(pl.col("age_years") < 14).then(pl.lit("picu")).otherwise(pl.lit("sicu")).alias("ward_type"),
        "entered_at",
        "left_at",
        (pl.col("left_at") - pl.col("entered_at")).dt.total_minutes().alias("stay_minutes"),
    )
    return wire_frame("list_intensive_care", made)


def _at(day: str, minutes: pl.Expr) -> pl.Expr:
    return pl.col(day).cast(pl.Datetime("ms")) + pl.duration(minutes=minutes)


def _physician(shift: int) -> pl.Expr:
    number = (pl.col("physician") + shift * 7) % _PHYSICIANS
    return pl.format("D{}{}", pl.col("institution_id").str.tail(6), number.cast(pl.String).str.zfill(5))


def _occupation(age: pl.Expr) -> pl.Expr:
    state = pl.when(age < 6).then(pl.lit("other")).when(age < 18).then(pl.lit("student"))
    return state.when(age >= 60).then(pl.lit("retired")).otherwise(pl.lit("farmer"))


def _named(names: Mapping[str, str]) -> pl.Expr:
    return pl.col("code").replace(list(names), list(names.values())).alias("name")
