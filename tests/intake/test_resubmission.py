"""Rows of our own tables that come again: known, a correction of the former row, or refused with what to do."""

import json

import pytest

from tongchou.intake.deliveries.history import history_of
from tongchou.schema.correction_tables import SUPERSEDED_ROWS
from tongchou.schema.review_tables import CLEARING_ADJUSTMENTS
from tongchou.schema.tables import CASES, DIAGNOSES, FEE_ITEMS, INSTITUTIONS, PERSONS, VISITS


def of_case(sound, case_id):
    parts = {name: [dict(row) for row in rows if row.get("case_id") == case_id] for name, rows in sound.items()}
    return {name: rows for name, rows in parts.items() if rows}


def test_a_corrected_institution_takes_the_place_of_its_row_and_the_former_is_kept(counter, sound):
    counter.take(sound)
    corrected = sound["institutions"][0] | {"bed_count": "600"}
    report = counter.take({"institutions": [corrected, sound["institutions"][1]]}, "2")
    assert (report.findings, report.corrected) == ({"intake.known_row": 1}, 1)
    beds = {row["institution_id"]: row["bed_count"] for row in counter.held(INSTITUTIONS)}
    assert beds == {"H1": 600, "H2": 40}
    (former,) = counter.held(SUPERSEDED_ROWS)
    assert (former["table_name"], former["row_key"], former["version"]) == ("institutions", "H1|2020-01-01", 1)
    assert json.loads(former["row"])["bed_count"] == 500
    counter.take({"institutions": [corrected | {"bed_count": "700"}]}, "3")
    assert sorted(row["version"] for row in counter.held(SUPERSEDED_ROWS)) == [1, 2]


def test_a_register_that_says_more_of_a_person_corrects_the_row(counter, sound):
    counter.take(sound)
    counter.take({"persons": [sound["persons"][1] | {"chronic_diseases": "diabetes"}]}, "2")
    assert {row["person_id"]: row["chronic_diseases"] for row in counter.held(PERSONS)}["P2"] == "diabetes"


def test_a_faulty_correction_leaves_the_former_row_standing(counter, sound):
    counter.take(sound)
    before = counter.held(PERSONS)
    report = counter.take({"persons": [sound["persons"][1] | {"sex": "?"}]}, "2")
    assert report.set_aside_count == 1
    assert counter.held(PERSONS) == before
    assert "superseded_rows" not in counter.lake.snapshot().versions


def test_a_list_that_comes_again_whole_takes_the_place_of_the_former(counter, sound):
    counter.take(sound)
    again = of_case(sound, "C1")
    again["diagnoses"] = [again["diagnoses"][0]]
    again["cases"][0]["discharge_way"] = "death"
    again["procedures"][0]["code"] = "47.0100"
    report = counter.take(again, "2")
    assert (report.findings, report.corrected) == ({}, 1)
    assert counter.keys(DIAGNOSES) == ["C1|1", "C2|1"]
    assert {row["case_id"]: row["discharge_way"] for row in counter.held(CASES)} == {"C1": "death", "C2": "transfer"}
    assert counter.keys(FEE_ITEMS) == ["C1|1", "C1|2", "C1|3"]
    left = {(row["table_name"], row["row_key"]) for row in counter.held(SUPERSEDED_ROWS)}
    assert {("cases", "C1"), ("diagnoses", "C1|2"), ("procedures", "C1|1"), ("fee_items", "C1|3")} <= left
    assert {row["case_id"] for row in counter.held(SUPERSEDED_ROWS)} == {"C1"}
    history = history_of(counter.lake, "C1")
    assert {row.reason for row in history.rows} == {"corrected"}
    assert [row.row["discharge_way"] for row in history.rows if row.table_name == "cases"] == ["home"]
    assert counter.take(again, "3").is_repeated


def test_a_list_that_comes_again_with_amounts_that_differ_is_refused_and_the_former_stands(counter, sound):
    counter.take(sound)
    again = of_case(sound, "C1")
    again["cases"][0]["total_fen"] = "30001"
    report = counter.take(again, "2")
    assert report.findings["intake.fees_not_summing"] >= 1
    assert {row["case_id"]: row["total_fen"] for row in counter.held(CASES)} == {"C1": 30000, "C2": 5000}
    assert counter.keys(DIAGNOSES) == ["C1|1", "C1|2", "C2|1"]


def test_a_row_of_another_institution_is_not_corrected(counter, sound):
    counter.take(sound)
    again = of_case(sound, "C1")
    again["cases"][0]["institution_id"] = "H2"
    report = counter.take(again, "2")
    assert report.findings["intake.key_of_another"] == 1
    assert {row["case_id"]: row["institution_id"] for row in counter.held(CASES)} == {"C1": "H1", "C2": "H2"}


def test_sums_that_were_decided_are_not_written_over(counter, sound):
    counter.take(sound)
    row = {
        "adjustment_id": "A1",
        "institution_id": "H1",
        "kind": "penalty",
        "state": "decided",
        "amount_fen": "100",
        "decided_on": "2025-03-01",
        "reason": "查实多收",
    }
    names = CLEARING_ADJUSTMENTS.arrow_schema.names
    row = {name: row.get(name, "") for name in names}
    first = counter.take({"clearing_adjustments": [row]}, "2")
    if first.set_aside_count:
        pytest.fail(str(counter.findings()))
    report = counter.take({"clearing_adjustments": [row | {"amount_fen": "200"}]}, "3")
    assert report.findings == {"intake.decision_exists": 1}
    assert counter.held(CLEARING_ADJUSTMENTS)[0]["amount_fen"] == 100


def test_a_visit_that_comes_again_is_corrected(counter, sound):
    counter.take(sound)
    visit = {
        "visit_id": "V1",
        "person_id": "P1",
        "institution_id": "H2",
        "insurance_type": "employee",
        "visited_on": "2025-03-01",
        "kind": "ordinary",
        "diagnosis": "I10.x00",
        "total_fen": "1000",
        "fund_fen": "500",
    }
    counter.take({"visits": [visit]}, "2")
    assert counter.take({"visits": [visit | {"fund_fen": "600"}]}, "3").corrected == 1
    assert [row["fund_fen"] for row in counter.held(VISITS)] == [600]
