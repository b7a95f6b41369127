"""Findings are said in both languages, with names for states and nothing of anybody's identity."""

import re
from dataclasses import replace

import polars as pl
import pytest
from tests.intake.checks.cases import looked_at
from tests.intake.checks.clean import identity_number, one, reference

from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.checks.running import check_documents
from tongchou.intake.checks.sentences import finding_text, worded

CATALOGUE = own_catalogue()


def _sentence(base: str, changes: dict[str, object], check: str) -> dict[str, str]:
    found = check_documents(one(base, changes), reference(), CATALOGUE).filter(pl.col("check") == check)
    return worded(found, CATALOGUE).row(0, named=True)


def test_a_finding_names_what_was_found_and_what_it_should_agree_with() -> None:
    said = _sentence("list", {"settlement_lists": {"los_days": 4}}, "Q07")
    assert said["what_zh"] == "实际住院天数为 4，按入出院日期应为 5"
    assert said["what_en"] == "4 days in hospital, but 5 by the dates"
    assert said["level"] == "blocks"
    assert "当日入出院计 1 天" in said["remedy_zh"]


def test_states_and_columns_are_named() -> None:
    said = _sentence("list", {"settlement_lists": {"receiving_institution_id": "H9"}}, "Q59c")
    assert said["what_zh"] == "离院方式 医嘱离院 不是转院，而填了拟接收机构代码"
    assert said["what_en"] == "the way of leaving home by order is no transfer, and receiving institution is given"


def test_parameters_stand_in_the_sentence() -> None:
    said = _sentence("list", {"settlement_lists": {"age_years": 121}}, "Q10b")
    assert said["what_zh"] == "年龄 121 岁大于 120 岁"


def test_every_finding_has_its_sentence_in_both_languages_and_nothing_stays_open() -> None:
    found, _, _ = looked_at()
    said = worded(found, CATALOGUE)
    assert said.height == found.height
    for row in said.iter_rows(named=True):
        for column in ("what_zh", "what_en", "remedy_zh", "remedy_en"):
            assert row[column]
            assert not re.search(r"[{}]", row[column]), row


def test_no_finding_holds_what_is_identity() -> None:
    found, _, _ = looked_at()
    text = worded(found, CATALOGUE).write_csv()
    for word in ("张三丰", "李四", "王五", "13812345678", "1381234567", "John", "买买提", "19680315001", "19491231002"):
        assert word not in text
    assert "3201051968" not in text


@pytest.mark.parametrize("column", ["person_name", "identity_number", "contact_phone", "surgeon_code", "doctor_name"])
def test_the_value_of_an_identity_column_is_not_said_whatever_stands_in_the_finding(column: str) -> None:
    table = "list_operations" if column == "surgeon_code" else "settlement_lists"
    row = {"table": table, "_seq": 1, "column": column, "value": "SECRET", "expected": "SECRET"}
    check = CATALOGUE.checks["Q02"]
    what, remedy = finding_text(check, row)
    assert "SECRET" not in f"{what}{remedy}"


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ("person_name || identity_number", ""),
        ("upper(l.Identity_Number)", ""),
        ("l", ""),
        ("concat(l.*)", ""),
        ("cast(l as varchar)", ""),
        ("to_json(r)", "select document, null as seq from lists"),
        ("(select any_value(s) from settlement_lists as s)", ""),
        ("r.given", "select document, null as seq, person_name as given from lists"),
        ("r.given", "select document, null as seq, Person_Name as given from lists"),
    ],
)
def test_a_check_cannot_show_identity_even_if_its_pack_says_so(value: str, rows: str) -> None:
    check = replace(CATALOGUE.checks["Q07"], id="Z", value=value, expected=value, rows=rows)
    catalogue = replace(CATALOGUE, checks={"Z": check})
    found = check_documents(one("list", {"settlement_lists": {"los_days": 4}}), reference(), catalogue)
    assert found.select("value", "expected").row(0) == (None, None)


def test_the_identity_numbers_of_these_tests_are_right() -> None:
    # The example of GB 11643.
    from datetime import date

    assert identity_number(date(1949, 12, 31), "female", "110105")[:16] == "1101051949123100"
