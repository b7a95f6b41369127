"""After a list was withdrawn or replaced no row of the lake names a case that is not there."""

import json

import polars as pl
import pytest
from tests.intake.deliveries.plain import INSTITUTION, settlement_list
from tests.intake.deliveries.test_corrections import withdrawal

from tongchou.intake import take_in
from tongchou.schema.tables import INPUT_TABLES

CASE = f"{INSTITUTION}-S1"
HISTORY = ("superseded_documents", "superseded_rows", "corrections", "findings")


def hand_in_rows(desk, rows):
    paths = []
    for name, listed in rows.items():
        path = desk.root / "own" / f"{name}-1.csv"
        path.parent.mkdir(exist_ok=True)
        pl.DataFrame(listed).write_csv(path)
        paths.append(path)
    report = take_in(paths, desk.lake, desk.engine)
    assert report.findings == {}, desk.rows("findings").select("code", "what_en").rows()


def naming(desk, case_id):
    """Return the tables that name a case, but for those that tell what was."""
    found = set()
    for name in desk.lake.snapshot().versions:
        if name not in HISTORY and case_id in json.dumps(desk.rows(name).to_dicts(), default=str):
            found.add(name)
    return found


@pytest.fixture
def named(desk):
    """A desk with a case that rows of other tables name."""
    desk.hand_in([settlement_list(1), settlement_list(2)], "lists")
    person = desk.rows("cases").filter(pl.col("case_id") == CASE)["person_id"].item()
    exam = {
        "exam_id": "E1",
        "person_id": person,
        "institution_id": INSTITUTION,
        "case_id": CASE,
        "item_code": "X1",
        "examined_on": "2025-02-01",
        "price_fen": "100",
        "is_recognisable": "true",
        "recognised_exam_id": "",
    }
    referral = {
        "referral_id": "R1",
        "person_id": person,
        "direction": "up",
        "from_institution_id": INSTITUTION,
        "to_institution_id": "H11010100002",
        "from_case_id": CASE,
        "to_case_id": f"{INSTITUTION}-S2",
        "requested_on": "2025-02-01",
        "accepted_on": "",
        "state": "requested",
    }
    review = {"review_id": "A1", "case_id": CASE, "applied_on": "2025-03-01", "reason": "long_stay"}
    opinion = {
        "review_id": "A1",
        "expert_id": "E9",
        "institution_id": "H11010100002",
        "opinion": "by_item",
        "amount_fen": "0",
    }
    rows = {"exam_results": [exam], "referrals": [referral], "special_reviews": [review], "review_opinions": [opinion]}
    hand_in_rows(desk, rows)
    return desk


def test_a_withdrawal_reaches_every_row_that_names_the_case(named):
    assert naming(named, CASE) >= {"cases", "exam_results", "referrals", "special_reviews"}
    report = named.hand_in([withdrawal(1)], "withdrawal")
    assert report.count.accepted == 1
    assert naming(named, CASE) == set()
    assert named.rows("exam_results")["case_id"].to_list() == [None]
    (referral,) = named.rows("referrals").to_dicts()
    assert (referral["from_case_id"], referral["to_case_id"]) == (None, f"{INSTITUTION}-S2")
    assert named.rows("special_reviews").height == named.rows("review_opinions").height == 0
    kept = named.rows("superseded_rows")
    assert set(kept["table_name"]) == {"exam_results", "referrals", "special_reviews", "review_opinions"}
    assert set(kept["reason"]) == {"case_left"}
    by_table = {row["table_name"]: json.loads(row["row"]) for row in kept.to_dicts()}
    assert by_table["referrals"]["from_case_id"] == by_table["special_reviews"]["case_id"] == CASE
    told = named.rows("findings").filter(pl.col("code").str.contains("case"))
    assert sorted(zip(told["table_name"], told["handling"], strict=True)) == [
        ("exam_results", "noted"),
        ("referrals", "noted"),
        ("review_opinions", "set_aside"),
        ("special_reviews", "set_aside"),
    ]


def test_a_corrected_list_keeps_the_rows_that_name_it(named):
    before = naming(named, CASE)
    named.hand_in([settlement_list(1, discharge_way="5")], "corrected")
    assert naming(named, CASE) == before
    assert named.rows("special_reviews").height == 1


def test_rows_that_name_the_case_of_a_front_page_follow_to_its_list(desk):
    page = settlement_list(1) | {"kind": "front_page", "transaction": "front_page"}
    desk.hand_in([page], "page")
    (row,) = desk.rows("cases").to_dicts()
    assert row["case_id"] != CASE
    hand_in_rows(
        desk,
        {
            "special_reviews": [
                {"review_id": "A1", "case_id": row["case_id"], "applied_on": "2025-03-01", "reason": "long_stay"}
            ]
        },
    )
    desk.hand_in([settlement_list(1)], "list")
    assert desk.rows("special_reviews")["case_id"].to_list() == [CASE]
    assert naming(desk, row["case_id"]) == set()


def test_every_column_that_names_a_case_is_looked_after():
    from tongchou.intake.deliveries.cases_left import _naming

    naming_one = {
        (table.name, column.name)
        for table in INPUT_TABLES
        for column in table.columns
        if "case_id" in column.name and table.name not in ("cases", "diagnoses", "procedures", "fees", "fee_items")
    }
    assert naming_one <= {(table.name, column.name) for table in INPUT_TABLES for column in _naming(table)}
