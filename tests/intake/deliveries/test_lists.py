"""Lists handed in: what becomes of them, to the fen."""

import polars as pl
import pytest
from tests.intake.deliveries.plain import (
    INSTITUTION,
    fee_lines,
    fen,
    filing,
    platform_list,
    settlement_list,
    settlement_reply,
    write,
)

CASE = f"{INSTITUTION}-S7"


def codes(desk, handling="set_aside"):
    rows = desk.rows("findings")
    return set(rows.filter(pl.col("handling") == handling)["code"].to_list()) if rows.width else set()


def test_a_list_becomes_a_case_with_diagnoses_operations_and_fees(desk):
    document = settlement_list(7)
    report = desk.hand_in([document])
    assert report.count.as_json() == {"received": 1, "accepted": 1, "set_aside": 0, "repeated": 0}
    (case,) = desk.rows("cases").to_dicts()
    (head,) = document["tables"]["settlement_lists"]
    fees = document["tables"]["list_fees"]
    assert case["case_id"] == CASE
    assert case["total_fen"] == sum(fen(row["amount_fen"]) for row in fees)
    assert case["self_paid_fen"] == fen(head["person_own_pay_fen"])
    assert (case["first_self_pay_fen"], case["over_limit_fen"]) == (0, 0)
    assert (case["sex"], case["insurance_type"], case["discharge_way"]) == ("male", "resident", "home")
    assert case["ventilator_hours"] == 37  # 1/13/24, whole hours
    assert desk.rows("diagnoses").sort("seq")["code"].to_list()[1:] == ["I10.x00", "E11.900"]
    assert desk.rows("fees").height == len(fees)
    assert desk.rows("persons").height == 1
    assert desk.rows("settlement_lists")["case_id"].to_list() == [CASE]


def test_no_column_of_the_lake_holds_who_it_was(desk):
    desk.hand_in([settlement_list(7, address="甲县某街一号"), settlement_list(8, sex="7")])
    for name, rows in desk.dump().items():
        text = repr(rows)
        for planted in ("张三丰", "3201011940", "李四", "13800138000", "王五", "钱七", "某街", "B0000007"):
            assert planted not in text, (name, planted)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sex": "7"}, "Q03"),
        ({"discharged_at": None}, "Q01"),
        ({"cash_pay_fen": "1.001"}, "Q02"),
        ({"discharged_at": "2020-01-01 00:00:00"}, "intake.discharged_before_admission"),
        ({"institution_id": "H99999999999"}, "intake.unknown_institution"),
        ({"insurance_type": "3"}, "intake.unknown_value"),
        ({"settlement_number": None}, "intake.nameless_document"),
        ({"los_days": "300"}, "intake.los_mismatch"),
    ],
)
def test_a_list_with_a_fault_is_set_aside_whole_with_its_code(desk, changes, code):
    report = desk.hand_in([settlement_list(7, **changes), settlement_list(8)])
    assert report.count.as_json() == {"received": 2, "accepted": 1, "set_aside": 1, "repeated": 0}
    assert code in codes(desk)
    for table, key in (
        ("cases", "case_id"),
        ("fees", "case_id"),
        ("settlement_lists", "list_id"),
        ("documents", "list_id"),
    ):
        assert set(desk.rows(table)[key].to_list()) == {f"{INSTITUTION}-S8"}, table
    assert desk.rows("persons").height == 1


def test_a_list_without_principal_diagnosis_is_set_aside(desk):
    document = settlement_list(7)
    document["tables"]["list_diagnoses"] = []
    assert desk.hand_in([document]).count.set_aside == 1
    assert "intake.no_principal_diagnosis" in codes(desk)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 3, 0, 1)])
def test_a_list_of_4101a_is_completed_from_what_comes_with_it_in_whatever_order(desk, order):
    known = settlement_list(5, person_number="320000000007", sex="1", born_on="1947-03-08", insurance_type="390")
    documents = [known, platform_list(7), settlement_reply(7), fee_lines(7)]
    report = desk.hand_in([documents[place] for place in order])
    assert report.count.accepted == 4, report
    case = desk.rows("cases").filter(pl.col("case_id") == CASE).to_dicts()[0]
    full = settlement_list(7)["tables"]
    own = fen(full["settlement_lists"][0]["person_own_pay_fen"])
    assert case["total_fen"] == sum(fen(row["amount_fen"]) for row in full["list_fees"])
    assert case["first_self_pay_fen"] == own // 4
    assert case["over_limit_fen"] == own // 8
    assert case["self_paid_fen"] == own - own // 4 - own // 8
    assert case["sex"] == "male"
    fees = desk.rows("fees").filter(pl.col("case_id") == CASE).sort("category")["amount_fen"].to_list()
    assert sorted(fees) == sorted(fen(row["amount_fen"]) for row in full["list_fees"])
    items = desk.rows("fee_items")
    assert items.height == len(full["list_fees"]) + 2
    assert items["amount_fen"].min() < 0


def test_what_cannot_be_completed_says_what_to_hand_in_and_is_taken_once_it_came(desk):
    first = desk.hand_in([platform_list(7)], "first")
    assert first.count.set_aside == 1
    assert {"intake.person_unknown", "intake.money_missing"} <= codes(desk)
    remedies = " ".join(desk.rows("findings")["remedy_zh"].to_list())
    assert "2304" in remedies
    assert "persons" in remedies
    assert first.late.waiting.lists == 1
    beside = desk.hand_in([settlement_list(5, person_number="320000000007"), settlement_reply(7)], "beside")
    assert (beside.late.taken, beside.late.waiting.lists) == (1, 0)
    again = desk.hand_in([platform_list(7)], "first")
    assert again.count.repeated == 1
    assert CASE in desk.rows("cases")["case_id"].to_list()


def test_an_outpatient_list_becomes_a_visit(desk):
    document = settlement_list(7, admitted_at=None, discharged_at=None, los_days=None, chronic_visited_on="2025-03-04")
    document["tables"]["list_chronic_treatments"] = [{"diagnosis_name": "高血压", "diagnosis_code": "I10.x00"}]
    report = desk.hand_in([document])
    assert report.count.accepted == 1, codes(desk)
    (visit,) = desk.rows("visits").to_dicts()
    paid = fen(document["tables"]["list_payments"][0]["amount_fen"])
    assert (visit["visit_id"], visit["kind"], visit["diagnosis"], visit["fund_fen"]) == (
        CASE,
        "chronic",
        "I10.x00",
        paid,
    )
    assert not desk.rows("cases").width


def front_page(number, **changes):
    document = settlement_list(number, settlement_number=None, **changes)
    return {**document, "kind": "front_page", "transaction": "hqms"}


def test_a_front_page_of_a_stay_with_a_list_is_kept_beside_it(desk):
    desk.hand_in([settlement_list(7)], "lists")
    report = desk.hand_in([front_page(7)], "pages")
    assert report.count.accepted == 1
    assert codes(desk, "noted") == {"intake.stay_known"}
    assert desk.rows("cases").height == 1
    assert desk.rows("settlement_lists").sort("document")["document"].to_list() == ["front_page", "settlement_list"]


def test_a_front_page_without_money_is_kept_and_not_settled(desk):
    page = front_page(7)
    del page["tables"]["list_fees"]
    report = desk.hand_in([page])
    assert report.count.accepted == 1
    assert codes(desk, "noted") == {"intake.document_only"}
    assert not desk.rows("cases").width


def test_a_referral_filing_becomes_a_referral_where_everybody_is_known(desk):
    desk.hand_in([settlement_list(7)], "lists")
    person = "320000000007"
    documents = [
        filing(person_number=person),
        filing(person_number=person, to_institution_id="H33000000001"),
    ]
    report = desk.hand_in(documents, "referrals")
    assert report.count.accepted == 2, codes(desk)
    (referral,) = desk.rows("referrals").to_dicts()
    assert (referral["direction"], referral["to_institution_id"]) == ("up", "H11010100002")
    assert codes(desk, "noted") == {"intake.referral_only"}


def test_a_register_of_the_platforms_numbers_completes_lists_and_is_not_kept(desk):
    register = desk.root / "insured_persons-1.csv"
    register.write_text(
        "person_number,sex,born_on,insurance_type,area_id\n320000000007,male,1947-03-08,resident,320381\n",
        encoding="utf-8",
    )
    lists = write(desk.root / "lists.ndjson", [platform_list(7), settlement_reply(7)])
    report = desk.take(register, lists)
    assert report.count.accepted == 2, codes(desk)
    (case,) = desk.rows("cases").to_dicts()
    assert case["age_years"] == 77 or case["age_years"] == 78
    assert "320000000007" not in repr(desk.dump())
    again = desk.take(register, lists)
    assert again.tables.is_repeated
