"""Every column of every table says how near it is to a person."""

import pytest

from tongchou.schema.contract import Column, Grade, Kind, Table
from tongchou.schema.results import RESULT_TABLES
from tongchou.schema.tables import INPUT_TABLES

TABLES = {table.name: table for table in (*INPUT_TABLES, *RESULT_TABLES)}
GRADES = {
    "institutions": {
        "public": "institution_id valid_from valid_until name_zh name_en level kind area_id bed_count",
    },
    "alliances": {
        "public": "alliance_id name_zh name_en alliance_type area_id",
    },
    "alliance_members": {
        "public": "alliance_id valid_from valid_until role",
        "administrative": "institution_id",
    },
    "persons": {
        "person": "person_id",
        "clinical": "sex born_on chronic_diseases",
        "administrative": "insurance_type area_id",
    },
    "cases": {
        "person": "case_id person_id",
        "administrative": "institution_id insurance_type settled_on",
        "clinical": "sex age_years age_days birth_weight_g department admission_route "
        "admitted_on discharged_on los_days discharge_way icu_hours ventilator_hours",
        "cost": "total_fen self_paid_fen first_self_pay_fen over_limit_fen",
    },
    "diagnoses": {
        "person": "case_id",
        "clinical": "seq code",
    },
    "procedures": {
        "person": "case_id",
        "clinical": "seq code",
    },
    "fees": {
        "person": "case_id",
        "clinical": "category",
        "cost": "amount_fen",
    },
    "fee_items": {
        "person": "case_id",
        "clinical": "line_no category item_code charged_on quantity_e4",
        "cost": "unit_price_fen amount_fen",
    },
    "visits": {
        "person": "visit_id person_id",
        "administrative": "institution_id insurance_type",
        "clinical": "visited_on kind diagnosis",
        "cost": "total_fen fund_fen",
    },
    "referrals": {
        "person": "referral_id person_id from_case_id to_case_id",
        "clinical": "direction requested_on accepted_on state",
        "administrative": "from_institution_id to_institution_id",
    },
    "contracts": {
        "person": "person_id",
        "administrative": "institution_id valid_from valid_until follow_up_count",
    },
    "exam_results": {
        "person": "exam_id person_id case_id recognised_exam_id",
        "administrative": "institution_id",
        "clinical": "item_code examined_on is_recognisable",
        "cost": "price_fen",
    },
    "special_reviews": {
        "person": "review_id case_id",
        "administrative": "applied_on reason",
    },
    "review_opinions": {
        "person": "review_id expert_id",
        "administrative": "institution_id opinion amount_fen",
    },
    "new_technology_uses": {
        "person": "case_id",
        "clinical": "item_code",
        "cost": "amount_fen",
    },
    "service_events": {
        "person": "event_id person_id case_id",
        "clinical": "kind occurred_on disease item units days days_before",
        "administrative": "institution_id partner_institution_id insurance_type",
        "cost": "total_fen in_scope_fen cost_price_fen",
    },
    "outcomes": {
        "person": "outcome_id person_id event_id",
        "clinical": "measure valid_from valid_until value_e4",
        "administrative": "institution_id",
    },
    "budget_adjustments": {
        "administrative": "adjustment_id alliance_id year reason amount_fen agreed_on document",
    },
    "deficit_reasons": {
        "administrative": "reason_id alliance_id year reason amount_fen evidence decision recorded_on",
    },
    "surplus_reviews": {
        "administrative": "alliance_id year decision recorded_on document",
    },
    "surplus_uses": {
        "administrative": "use_id alliance_id year purpose amount_fen used_on document",
    },
    "member_assessments": {
        "administrative": "alliance_id institution_id year measure amount_e4",
    },
    "village_clinics": {
        "administrative": "institution_id township_id",
        "public": "valid_from valid_until",
    },
    "risk_claims": {
        "administrative": "claim_id alliance_id institution_id reason cost_fen payment_fen claimed_on",
        "person": "subject",
    },
    "fund_applications": {
        "administrative": "application_id fund area_id institution_id purpose "
        "amount_fen score_e4 cost_per_weight_fen received_before_fen applied_on",
    },
    "clearing_adjustments": {
        "administrative": "adjustment_id institution_id kind state decided_on amount_fen reason document",
    },
    "grouped": {
        "administrative": "run_id",
        "person": "case_id",
        "clinical": "status mdc adrg drg score_e2 auxiliary_e4",
        "cost": "level_mean_fen",
    },
    "priced": {
        "administrative": "run_id institution_id insurance_type month",
        "person": "case_id person_id",
        "clinical": "drg",
        "cost": "weight_e4 weight_source base_rate_fen factor_e4 standard_fen reference_fen case_kind "
        "points_e2 modifier_e4 total_fen excluded_fen payable_fen patient_fen fund_fen hospital_result_fen",
    },
    "settlement_lines": {
        "administrative": "run_id institution_id line amount_fen rule",
    },
    "priced_events": {
        "administrative": "run_id purpose month method rule payer_kind payer_id payee_kind payee_id",
        "person": "subject",
        "cost": "event_kind amount_fen",
    },
    "journal": {
        "administrative": "entry_id leg run_id booked_on account amount_fen rule memo reverses",
    },
    "ledger_log": {
        "administrative": "position entry_id leaf_hash",
    },
    "tree_heads": {
        "administrative": "log size algorithm root frontier signed_on key_id public_key signature",
    },
    "ledger_periods": {
        "administrative": "sequence period state changed_on changed_by reason",
    },
    "findings": {
        "administrative": "finding_id batch_id table_name source handling code remedy_zh remedy_en",
        "person": "row_key case_id what_zh what_en row",
    },
    "finding_fields": {
        "administrative": "finding_id column_name",
    },
}
"""Whoever adds a column says here what it is: a grade is decided, not come by."""


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_the_grade_that_was_decided(name: str) -> None:
    decided = {column: grade for grade, columns in GRADES.get(name, {}).items() for column in columns.split()}
    assert {column.name: TABLES[name].grade_of(column.name).value for column in TABLES[name].columns} == decided


def test_no_table_of_the_lake_holds_identity() -> None:
    grades = {table.grade_of(column.name) for table in TABLES.values() for column in table.columns}
    assert Grade.IDENTITY not in grades


def test_what_refers_to_a_person_or_a_list_is_graded_as_a_person() -> None:
    for table in TABLES.values():
        for column in table.columns:
            if column.references in {"persons.person_id", "cases.case_id"} or column.name in {"person_id", "case_id"}:
                assert table.grade_of(column.name) is Grade.PERSON, (table.name, column.name)


def test_column_that_says_nothing_takes_the_grade_of_its_table_and_amounts_among_clinical_facts_are_cost() -> None:
    some = TABLES["cases"].title
    own = Table("t", some, some, ("a",), (Column("a", Kind.TEXT, some), Column("b_fen", Kind.FEN, some)))
    assert (own.grade_of("a"), own.grade_of("b_fen")) == (Grade.CLINICAL, Grade.COST)
    with pytest.raises(KeyError):
        own.grade_of("c")
