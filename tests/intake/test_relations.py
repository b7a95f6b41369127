"""Keys, references and whole settlement lists: one batch with a fault of each kind."""

import json

import pytest

from tongchou.schema.tables import CASES, DIAGNOSES, FEE_ITEMS, FEES, INSTITUTIONS, PERSONS


def faulty_batch(sound):
    case, diagnosis = sound["cases"][1], sound["diagnoses"][2]
    fee, line = sound["fees"][2], sound["fee_items"][0]
    numbers = [n for n in range(1, 15) for _ in range(2 if n in (5, 6) else 1)]
    cases = [case | {"case_id": f"K{n:02}", "person_id": "P2"} for n in numbers]
    diagnoses = [diagnosis | {"case_id": f"K{n:02}"} for n in range(1, 15)]
    fees = [fee | {"case_id": f"K{n:02}"} for n in range(1, 15) if n != 13]
    by_id = {row["case_id"]: row for row in cases}
    by_id["K02"]["institution_id"] = "H9"
    by_id["K03"]["person_id"] = "P9"
    by_id["K04"]["person_id"] = "P3"
    by_id["K05"]["department"] = "内科"
    diagnoses[6]["seq"] = "2"
    fees[7]["amount_fen"] = "4999"
    diagnoses += [
        diagnosis | {"case_id": "K10", "seq": "2", "code": "bad code"},
        diagnosis | {"case_id": "K11"},
        diagnosis | {"case_id": "K99"},
    ]
    by_id["K12"]["institution_id"] = "H3"
    consultation = line | {"category": "consultation", "amount_fen": "2500"}
    lines = [
        consultation | {"case_id": "K01"},
        consultation | {"case_id": "K01", "line_no": "2"},
        consultation | {"case_id": "K09"},
        consultation | {"case_id": "K14", "amount_fen": "5000"},
        line | {"case_id": "K14", "line_no": "2", "category": "bed", "amount_fen": "1"},
    ]
    other = sound["institutions"][1]
    return {
        "institutions": [
            *sound["institutions"],
            other,
            other | {"institution_id": "H3"},
            other | {"institution_id": "H3", "bed_count": "1"},
        ],
        "persons": [*sound["persons"], sound["persons"][1] | {"person_id": "P3", "born_on": "unknown"}],
        "cases": cases,
        "diagnoses": diagnoses,
        "fees": fees,
        "fee_items": lines,
    }


@pytest.fixture(scope="module")
def taken(tmp_path_factory, duckdb_engine, counter_at, sound_rows):
    counter = counter_at(tmp_path_factory.mktemp("relations"), duckdb_engine)
    return counter, counter.take(faulty_batch(sound_rows()))


def found(taken, code):
    return {(f["table_name"], f["row_key"]): f for f in taken[0].findings(code)}


def test_sound_cases_are_taken(taken):
    assert taken[0].keys(CASES) == ["K01", "K06", "K11", "K13"]


def test_rows_of_a_case_are_taken_with_it_or_not_at_all(taken):
    assert taken[0].keys(DIAGNOSES) == ["K01|1", "K06|1", "K11|1", "K13|1"]
    assert taken[0].keys(FEES) == ["K01|consultation", "K06|consultation", "K11|consultation"]
    assert taken[0].keys(FEE_ITEMS) == ["K01|1", "K01|2"]
    aside = found(taken, "intake.case_set_aside")
    assert {key for table, key in aside if table == "diagnoses"} == {
        f"K{n:02}|{2 if n == 7 else 1}" for n in (2, 3, 4, 5, 7, 8, 9, 10, 12, 14)
    }
    finding = aside["fee_items", "K09|1"]
    assert finding["what_zh"] == "结算清单 K09 被搁置，本行随之搁置"
    assert finding["what_en"] == "settlement list K09 was set aside, and this row with it"
    assert finding["remedy_zh"] == "更正后将整张清单重新交入"


def test_every_row_is_taken_or_set_aside(taken):
    counter, report = taken
    assert {t.table_name: (t.row_count, t.taken_count, t.set_aside_count) for t in report.tables} == {
        "institutions": (5, 2, 3),
        "persons": (3, 2, 1),
        "cases": (16, 4, 12),
        "diagnoses": (17, 4, 13),
        "fees": (13, 3, 10),
        "fee_items": (5, 2, 3),
    }
    aside = {(f["table_name"], f["source"]) for f in counter.findings() if f["handling"] == "set_aside"}
    assert len(aside) == report.set_aside_count == 42


def test_report_counts_findings_by_code(taken):
    assert taken[1].findings == {
        "intake.case_set_aside": 23,
        "intake.duplicate_key": 4,
        "intake.fee_lines_not_summing": 2,
        "intake.fees_not_summing": 1,
        "intake.incomplete_case": 1,
        "intake.malformed_code": 1,
        "intake.no_principal_diagnosis": 1,
        "intake.not_a_date": 1,
        "intake.repeated_row": 3,
        "intake.unknown_case": 1,
        "intake.unknown_institution": 2,
        "intake.unknown_person": 2,
    }


def test_duplicate_keys_that_differ_are_all_set_aside(taken):
    findings = [f for f in taken[0].findings("intake.duplicate_key") if f["table_name"] == "cases"]
    assert {finding["source"] for finding in findings} == {"cases-1.csv:6", "cases-1.csv:7"}
    assert findings[0]["what_zh"] == "主键 K05 在本批中出现多次且内容不同"
    assert findings[0]["what_en"] == "the key K05 is in this batch more than once, with different content"
    assert findings[0]["remedy_en"] == "keep only the row that is right and hand it in again"


def test_of_equal_rows_one_is_taken(taken):
    finding = found(taken, "intake.repeated_row")["cases", "K06"]
    assert finding["source"] == "cases-1.csv:9"
    assert finding["what_zh"] == "主键 K06 的这一行与本批另一行完全相同，只保留一行"
    assert taken[0].keys(INSTITUTIONS) == ["H1|2020-01-01", "H2|2020-01-01"]


def test_unknown_institution(taken):
    findings = found(taken, "intake.unknown_institution")
    assert set(findings) == {("cases", "K02"), ("cases", "K12")}
    finding = findings["cases", "K02"]
    assert finding["what_zh"] == "机构代码（institution_id）H9 不在定点医疗机构中"
    assert finding["what_en"] == "institution (institution_id) H9 is not among the institutions"
    assert finding["remedy_zh"] == "更正代码，或在 institutions 中补上该机构"
    assert json.loads(finding["row"])["total_fen"] == 5000


def test_person_that_is_unknown_or_set_aside(taken):
    assert taken[0].keys(PERSONS) == ["P1", "P2"]
    findings = found(taken, "intake.unknown_person")
    assert {key: finding["what_zh"] for key, finding in findings.items()} == {
        ("cases", "K03"): "参保人（假名）（person_id）P9 不在参保人中",
        ("cases", "K04"): "参保人（假名）（person_id）P3 不在参保人中",
    }


def test_orphan_diagnosis(taken):
    (finding,) = found(taken, "intake.unknown_case").values()
    assert (finding["row_key"], finding["case_id"]) == ("K99|1", "K99")
    assert finding["what_zh"] == "结算清单号（case_id）K99 不存在"
    assert finding["remedy_en"] == "correct it, or add the settlement list to cases"


def test_case_without_a_principal_diagnosis(taken):
    (finding,) = found(taken, "intake.no_principal_diagnosis").values()
    assert finding["what_zh"] == "结算清单 K07 没有主要诊断"
    assert finding["remedy_en"] == "add the diagnosis with seq 1 to diagnoses and hand the list in again"


def test_fees_not_summing_to_the_total(taken):
    (finding,) = found(taken, "intake.fees_not_summing").values()
    assert (finding["table_name"], finding["row_key"]) == ("cases", "K08")
    assert finding["what_zh"] == "各收费类别合计 49.99 元，与医疗费总额 50.00 元不符"
    assert finding["what_en"] == "the fee categories sum to 49.99 yuan, the total is 50.00 yuan"
    assert finding["remedy_zh"] == "核对 fees 与 total_fen，使两者相等"


def test_fee_lines_not_summing_to_their_category(taken):
    findings = found(taken, "intake.fee_lines_not_summing")
    assert {key: finding["what_zh"] for key, finding in findings.items()} == {
        ("cases", "K09"): "诊察费（02）的明细合计 25.00 元，与该类合计 50.00 元不符",
        ("cases", "K14"): "床位费（01）的明细合计 0.01 元，与该类合计 0.00 元不符",
    }


def test_case_with_a_row_that_cannot_be_read_is_incomplete(taken):
    (finding,) = found(taken, "intake.incomplete_case").values()
    assert finding["row_key"] == "K10"
    assert finding["what_en"] == "rows of settlement list K10 were set aside, so it cannot be settled"
    assert ("diagnoses", "K10|2") in found(taken, "intake.malformed_code")


def test_findings_are_numbered_in_the_order_of_tables_and_rows(taken):
    findings = taken[0].findings()
    batch_id = taken[1].batch_id
    assert [f["finding_id"] for f in findings] == [f"{batch_id[:16]}-{n:08d}" for n in range(1, 43)]
    assert list(dict.fromkeys(f["table_name"] for f in findings)) == [
        "institutions",
        "persons",
        "cases",
        "diagnoses",
        "fees",
        "fee_items",
    ]
