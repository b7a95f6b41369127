"""A list that comes again with other content takes the place of the former, and the history shows both."""

import json
import os
from datetime import date

import polars as pl
from tests.intake.deliveries.plain import INSTITUTION, fee_lines, filing, settlement_list, settlement_reply, write

from tongchou.intake.deliveries.history import history_of

LIST = f"{INSTITUTION}-S1"
TOLD = ("findings", "finding_fields", "received_files", "field_counts")
"""What tells of every file that came, whatever became of it."""
OF_A_LIST = ("cases", "diagnoses", "procedures", "fees", "settlement_lists", "list_diagnoses", "list_fees")


def withdrawal(number):
    head = {"settlement_number": f"S{number}", "person_number": f"32{number:010d}", "institution_id": INSTITUTION}
    tables = {"settlement_lists": [{**head, "list_state": "0"}]}
    return {"kind": "settlement_list", "transaction": "4102", "tables": tables}


def without(dump, *tables):
    return {name: rows for name, rows in dump.items() if name not in tables}


def test_a_corrected_list_changes_exactly_that_list_and_the_history_shows_both(desk):
    desk.hand_in([settlement_list(1), settlement_list(2), settlement_list(3)], "first")
    before = {name: desk.rows(name) for name in OF_A_LIST}
    corrected = settlement_list(1, discharge_way="5")
    corrected["tables"]["list_diagnoses"].pop()
    report = desk.hand_in([corrected], "second")
    assert report.count.as_json() == {"received": 1, "accepted": 1, "set_aside": 0, "repeated": 0}
    assert [file.corrected for file in report.files] == [1]
    for name, rows in before.items():
        key = "case_id" if "case_id" in rows.columns and name != "settlement_lists" else "list_id"
        after = desk.rows(name)
        others = pl.col(key) != LIST
        assert after.filter(others).sort(pl.all()).equals(rows.filter(others).sort(pl.all())), name
    assert desk.rows("cases").filter(pl.col("case_id") == LIST)["discharge_way"].to_list() == ["death"]
    assert desk.rows("diagnoses").filter(pl.col("case_id") == LIST).height == 2
    assert before["diagnoses"].filter(pl.col("case_id") == LIST).height == 3
    (correction,) = history_of(desk.lake, LIST).corrections
    assert (correction.version, correction.kind, correction.difference_fen) == (1, "replaces", 0)
    assert correction.rows["cases"][0]["discharge_way"] == "home"
    assert len(correction.rows["list_diagnoses"]) == 3
    changed = {(change["table"], change["column"]) for change in correction.changes}
    assert ("settlement_lists", "discharge_way") in changed
    assert {table for table, _ in changed} == {"settlement_lists", "list_diagnoses"}
    by_column = {change["column"]: change for change in correction.changes}
    assert (by_column["discharge_way"]["old"], by_column["discharge_way"]["new"]) == ("home", "death")
    assert desk.rows("findings")["code"].to_list() == ["intake.list_corrected"]


def test_a_folder_with_lists_and_corrections_again_changes_nothing(desk):
    paths = []
    for place, documents in enumerate(
        ([settlement_list(1), settlement_list(2)], [settlement_list(1, discharge_way="5")], [withdrawal(2)])
    ):
        paths.append(write(desk.root / f"{place}.ndjson", documents))
        os.utime(paths[-1], (1_700_000_000 + place, 1_700_000_000 + place))
    first = desk.take(*reversed(paths))
    assert [file.name for file in first.files] == ["0.ndjson", "1.ndjson", "2.ndjson"]
    before = desk.dump()
    assert len(before["superseded_documents"]) == len(before["corrections"]) == 2
    again = desk.take(*paths)
    assert all(file.is_repeated for file in again.files)
    assert desk.dump() == before


def test_a_version_that_was_corrected_is_not_taken_again_in_whatever_file_it_comes(desk):
    desk.hand_in([settlement_list(1)], "first")
    desk.hand_in([settlement_list(1, discharge_way="5")], "second")
    report = desk.hand_in([settlement_list(1), settlement_list(2)], "third")
    assert report.count.as_json() == {"received": 2, "accepted": 1, "set_aside": 0, "repeated": 1}
    assert "intake.superseded_list" in desk.rows("findings")["code"].to_list()
    assert desk.rows("cases").filter(pl.col("case_id") == LIST)["discharge_way"].to_list() == ["death"]


def test_a_correction_that_is_faulty_leaves_the_former_list_standing(desk):
    desk.hand_in([settlement_list(1)], "first")
    before = without(desk.dump(), *TOLD)
    report = desk.hand_in([settlement_list(1, sex="7")], "second")
    assert report.count.set_aside == 1
    assert without(desk.dump(), *TOLD) == before


def test_versions_count_and_their_totals_add_up(desk):
    desk.hand_in([settlement_list(1)], "first")
    total = desk.rows("cases")["total_fen"].to_list()
    for place in (2, 3):
        changed = settlement_list(1)
        (head,) = changed["tables"]["settlement_lists"]
        fee = changed["tables"]["list_fees"][1]
        more = f"{float(fee['amount_fen']) + place:.2f}"
        fee["amount_fen"] = fee["class_a_fen"] = more
        head["person_self_pay_fen"] = f"{float(head['person_self_pay_fen']) + place:.2f}"
        desk.hand_in([changed], f"version {place}")
        total += desk.rows("cases")["total_fen"].to_list()
    found = history_of(desk.lake, LIST)
    assert [each.version for each in found.corrections] == [1, 2]
    assert [each.difference_fen for each in found.corrections] == [total[1] - total[0], total[2] - total[1]]
    assert total == [total[0], total[0] + 200, total[0] + 300]
    assert found.standing["received_batch"] == found.corrections[-1].batch_id


def test_a_withdrawn_list_is_gone_and_kept_in_the_history(desk):
    desk.hand_in([settlement_list(1), settlement_list(2)], "first")
    report = desk.hand_in([withdrawal(1), withdrawal(7)], "second")
    assert report.count.as_json() == {"received": 2, "accepted": 1, "set_aside": 1, "repeated": 0}
    assert sorted(desk.rows("findings")["code"]) == ["intake.list_withdrawn", "intake.nothing_to_withdraw"]
    for name in OF_A_LIST:
        assert LIST not in json.dumps(desk.rows(name).to_dicts(), default=str), name
    found = history_of(desk.lake, LIST)
    assert found.standing is None
    (correction,) = found.corrections
    assert (correction.kind, correction.replaced_by) == ("withdraws", None)
    assert correction.difference_fen == -correction.rows["cases"][0]["total_fen"]
    again = desk.hand_in([settlement_list(1, filled_by="新", discharge_way="5")], "third")
    assert again.count.accepted == 1
    desk.hand_in([settlement_list(1, discharge_way="4")], "fourth")
    assert [each.version for each in history_of(desk.lake, LIST).corrections] == [1, 2]


def test_a_change_of_state_alone_brings_no_list(desk):
    document = withdrawal(1)
    document["tables"]["settlement_lists"][0]["list_state"] = "1"
    assert desk.hand_in([document]).count.set_aside == 1
    assert desk.rows("findings")["code"].to_list() == ["intake.state_only"]


def test_a_list_takes_the_place_of_the_case_made_of_its_front_page(desk):
    page = settlement_list(1)
    page |= {"kind": "front_page", "transaction": "front_page"}
    desk.hand_in([page], "page")
    (case,) = desk.rows("cases")["case_id"].to_list()
    report = desk.hand_in([settlement_list(1)], "list")
    assert report.count.accepted == 1
    assert desk.rows("cases")["case_id"].to_list() == [LIST] != [case]
    (correction,) = history_of(desk.lake, LIST).corrections
    assert (correction.document, correction.replaced_by, correction.kind) == ("front_page", LIST, "replaces")


def test_a_corrected_reply_takes_the_place_of_the_former_and_changes_its_case(desk):
    desk.hand_in([settlement_list(1), settlement_reply(1)], "first")
    before = desk.rows("cases").to_dicts()[0]
    changed = settlement_reply(1)
    changed["tables"]["settlement_replies"][0]["first_self_pay_fen"] = "0.01"
    report = desk.hand_in([changed], "second")
    assert (report.count.accepted, [file.corrected for file in report.files]) == (1, [1])
    assert report.late.completed == 1
    after = desk.rows("cases").to_dicts()[0]
    assert {name for name in after if after[name] != before[name]} == {"first_self_pay_fen"}
    assert after["first_self_pay_fen"] == 1
    (correction,) = history_of(desk.lake, "S1").corrections
    assert (correction.document, correction.kind) == ("settlement_reply", "replaces")
    assert [change["column"] for change in correction.changes] == ["first_self_pay_fen"]
    settled = desk.dump()
    assert desk.hand_in([changed], "third").files[0].is_repeated
    assert desk.hand_in([settlement_reply(1)], "first reply alone").count.repeated == 1
    assert without(desk.dump(), *TOLD) == without(settled, *TOLD)


def test_a_corrected_fee_line_counts_once_and_the_former_is_in_the_history(desk):
    desk.hand_in([settlement_list(1), fee_lines(1)], "first")
    lines = fee_lines(1)["tables"]["list_fee_lines"]
    (old_document,) = desk.rows("documents").filter(pl.col("document") == "fee_lines")["list_id"].to_list()
    corrected = {**lines[1], "local_code": "L2", "catalogue_code": "X2"}
    message = {"kind": "fee_lines", "transaction": "2301", "tables": {"list_fee_lines": [corrected, lines[2]]}}
    report = desk.hand_in([message], "second")
    assert ([file.corrected for file in report.files], report.late.completed) == ([1], 1)
    items = desk.rows("fee_items")
    assert items.height == len(lines)
    assert items["amount_fen"].sum() == desk.rows("cases")["total_fen"].sum()
    assert sorted(items["item_code"].to_list()) == ["X1"] * (len(lines) - 1) + ["X2"]
    (correction,) = history_of(desk.lake, old_document).corrections
    assert {change["column"] for change in correction.changes} == {"local_code", "catalogue_code"}
    assert [row["line_number"] for row in correction.rows["list_fee_lines"]] == [lines[1]["line_number"]]
    settled = desk.dump()
    again = desk.hand_in([fee_lines(1), settlement_reply(9)], "third")
    assert (again.count.repeated, again.late.completed) == (1, 0)
    assert desk.dump()["fee_items"] == settled["fee_items"]
    whole = fee_lines(1)
    whole["tables"]["list_fee_lines"][1] = corrected
    for place, row in enumerate(whole["tables"]["list_fee_lines"]):
        row["catalogue_code"] = f"Y{place}"
    assert desk.hand_in([whole], "fourth").files[0].corrected == len(lines) + 1
    assert desk.rows("documents").filter(pl.col("document") == "fee_lines").height == 1
    assert desk.rows("fee_items").height == len(lines)


def test_lines_of_one_file_that_contradict_each_other_are_both_set_aside(desk):
    other = fee_lines(1)
    other["tables"]["list_fee_lines"][1]["local_code"] = "L9"
    report = desk.hand_in([fee_lines(1), other, fee_lines(2)])
    assert report.count.as_json() == {"received": 3, "accepted": 1, "set_aside": 2, "repeated": 0}
    assert set(desk.rows("findings")["code"]) == {"intake.list_given_twice"}


def test_a_filing_that_comes_again_with_other_words_corrects_the_former(desk):
    desk.hand_in([settlement_list(1), filing()], "first")
    (before,) = desk.rows("referrals").to_dicts()
    report = desk.hand_in([filing(state="accepted", accepted_on="2025-03-05")], "second")
    assert [file.corrected for file in report.files] == [1]
    (after,) = desk.rows("referrals").to_dicts()
    assert after["referral_id"] == before["referral_id"]
    assert {name for name in after if after[name] != before[name]} == {"state", "accepted_on"}
    (correction,) = history_of(desk.lake, after["referral_id"]).corrections
    assert correction.rows["referrals"][0]["state"] == before["state"]
    assert desk.hand_in([filing(to_institution_id="H33000000001")], "another").count.accepted == 1
    assert desk.rows("referral_filings").height == 2


def test_the_day_of_a_correction_is_kept(desk):
    desk.hand_in([settlement_list(1)], "first")
    desk.hand_in([settlement_list(1, discharge_way="5")], "second")
    assert desk.rows("corrections")["corrected_on"].to_list() == [date.today()]  # noqa: DTZ011
