"""A purpose sees what it may see, and two purposes cannot be joined."""

from datetime import date

import polars as pl
import pytest

from tongchou.core.errors import TongchouError
from tongchou.privacy.pseudonyms import Pseudonymiser
from tongchou.privacy.views import purpose_named, purposes, view
from tongchou.schema.contract import Grade
from tongchou.schema.results import RESULT_TABLES
from tongchou.schema.tables import CASES, INPUT_TABLES, PERSONS

MAKER = Pseudonymiser(bytes(32), "R1")
PEOPLE = pl.DataFrame(
    {
        "person_id": ["P1", "P2"],
        "sex": ["male", "female"],
        "born_on": [date(1950, 3, 1), date(1980, 7, 9)],
        "insurance_type": ["employee", "resident"],
        "area_id": ["A1", "A2"],
        "chronic_diseases": ["hypertension", None],
    }
)


def test_settlement_sees_everything_of_the_lake():
    shown = view(PERSONS, PEOPLE, purpose_named("settlement"))
    assert shown.rows.equals(PEOPLE)


def test_supervision_sees_a_month_of_birth():
    assert view(PERSONS, PEOPLE, purpose_named("supervision")).rows["born_on"].to_list() == ["1950-03", "1980-07"]


def test_research_sees_other_pseudonyms_a_year_of_birth_and_no_area():
    shown = view(PERSONS, PEOPLE, purpose_named("research"), MAKER).rows
    assert shown["born_on"].to_list() == ["1950", "1980"]
    assert shown["area_id"].to_list() == ["***", "***"]
    assert shown["chronic_diseases"].to_list() == ["hypertension", None]
    assert not set(shown["person_id"]) & set(PEOPLE["person_id"])
    assert all(each.startswith("R") for each in shown["person_id"])


def test_the_same_person_has_one_pseudonym_in_all_tables_of_a_purpose():
    own = pl.DataFrame(
        {"case_id": ["C1"], "person_id": ["P2"], "total_fen": [123_456], "admitted_on": [date(2025, 5, 6)]}
    )
    cases = view(CASES, own, purpose_named("research"), MAKER).rows
    people = view(PERSONS, PEOPLE, purpose_named("research"), MAKER).rows
    assert cases["person_id"][0] == people["person_id"][1]
    assert (cases["total_fen"][0], cases["admitted_on"][0]) == (120_000, "2025-05")


def test_what_a_purpose_may_not_see_is_left_out_and_refused_where_it_is_asked_for():
    stays = pl.DataFrame({"case_id": ["C1"], "settled_on": [date(2025, 5, 6)]})
    research = purpose_named("research")
    shown = view(CASES, stays, research, MAKER)
    assert shown.rows.columns == ["case_id"]
    assert shown.treated == {"case_id": "rekeyed", "settled_on": "refused"}
    with pytest.raises(TongchouError) as error:
        view(CASES, stays, research, MAKER, ["case_id", "settled_on"])
    assert error.value.code == "privacy.refused"
    with pytest.raises(TongchouError) as error:
        view(CASES, stays, research)
    assert error.value.code == "privacy.no_key"
    with pytest.raises(TongchouError) as error:
        purpose_named("curiosity")
    assert error.value.code == "privacy.unknown_purpose"


def test_every_purpose_says_something_of_every_grade_and_identity_is_never_shown():
    for purpose in purposes().values():
        assert set(purpose.grades) == set(Grade)
        assert purpose.grades[Grade.IDENTITY] == "refused"
        for table in (*INPUT_TABLES, *RESULT_TABLES):
            for column in table.columns:
                purpose.treatment(table, column.name)


def test_research_never_sees_a_whole_date_or_a_number_of_the_lake():
    research = purpose_named("research")
    for table in INPUT_TABLES:
        for column in table.columns:
            treatment = research.treatment(table, column.name)
            if table.grade_of(column.name) is Grade.PERSON:
                assert treatment in {"rekeyed", "refused"}, (table.name, column.name)
            if column.kind == "date" and table.grade_of(column.name) is Grade.CLINICAL:
                assert treatment in {"month", "year", "refused"}, (table.name, column.name)
