"""Service events and outcome records are taken in by their contracts as every other table is."""

import pytest

from tongchou.schema.service_tables import OUTCOMES, SERVICE_EVENTS

EVENTS = [
    {
        "event_id": "E1",
        "kind": "exam_reuse",
        "occurred_on": "2025-03-05",
        "institution_id": "H2",
        "partner_institution_id": "H1",
        "person_id": "P1",
        "item": "pathology",
        "cost_price_yuan": "120.00",
    },
    {
        "event_id": "E2",
        "kind": "bed_day_stay",
        "occurred_on": "2025-03-31",
        "institution_id": "H1",
        "partner_institution_id": "",
        "person_id": "",
        "item": "psychiatry",
        "cost_price_yuan": "",
    },
]
RECORD = {"outcome_id": "O1", "measure": "contract_score", "institution_id": "H2", "valid_from": "2025-01-01"}


@pytest.fixture
def people(sound):
    return {name: sound[name] for name in ("institutions", "persons")}


def test_events_and_records_are_taken_in(counter, people):
    report = counter.take({**people, "service_events": EVENTS, "outcomes": [{**RECORD, "value_e4": "8200"}]})
    assert report.set_aside_count == 0
    first, second = counter.held(SERVICE_EVENTS)
    assert (first["kind"], first["partner_institution_id"], first["cost_price_fen"]) == ("exam_reuse", "H1", 12_000)
    assert (second["days"], second["person_id"], second["cost_price_fen"]) == (None, None, None)
    (record,) = counter.held(OUTCOMES)
    assert (record["institution_id"], record["value_e4"], record["person_id"]) == ("H2", 8_200, None)


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("kind", "by_magic", "intake.unknown_value"),
        ("partner_institution_id", "H9", "intake.unknown_institution"),
        ("person_id", "P9", "intake.unknown_person"),
        ("cost_price_yuan", "-1.00", "intake.negative_amount"),
        ("occurred_on", "", "intake.missing_value"),
    ],
)
def test_an_event_with_a_fault_is_set_aside_and_the_other_kept(counter, people, column, written, code):
    counter.take({**people, "service_events": [EVENTS[0] | {column: written}, EVENTS[1]]})
    assert counter.keys(SERVICE_EVENTS) == ["E2"]
    assert [finding["table_name"] for finding in counter.findings(code)] == ["service_events"]


def test_a_record_of_an_event_that_was_never_handed_in_is_set_aside(counter, people):
    record = {**RECORD, "measure": "functional_gain", "event_id": "E9", "value_e4": "35000"}
    counter.take({**people, "service_events": EVENTS, "outcomes": [record]})
    assert counter.held(OUTCOMES) == []
    assert [finding["source"] for finding in counter.findings("intake.unknown_event")] == ["outcomes-1.csv:2"]
