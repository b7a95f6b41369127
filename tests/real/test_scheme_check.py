"""What is known to be wrong with the published tables of CHS-DRG 1.1 is found, and nothing that is not there."""

import re
from pathlib import Path

import pytest

from tongchou.grouping.exchange.code_set_import import import_code_set
from tongchou.grouping.exchange.table_import import import_tables
from tongchou.grouping.review.findings import Finding
from tongchou.grouping.review.scheme_check import check_scheme
from tongchou.grouping.schemes.code_set import CodeSet
from tongchou.grouping.schemes.reading import build_scheme

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
TABLES = SHARED / "chs-drg" / "chs-drg-1.1"

pytestmark = pytest.mark.skipif(not TABLES.is_dir(), reason="the published grouping tables are not on this machine")


@pytest.fixture(scope="module")
def code_set() -> CodeSet:
    return import_code_set(SHARED / "codes", "yb-2.0")


@pytest.fixture(scope="module")
def findings(code_set: CodeSet) -> list[Finding]:
    tables = import_tables(TABLES, SHARED / "codes")
    return check_scheme(tables, build_scheme(tables), code_set=code_set)


def _counts(findings: list[Finding], check: str) -> dict[str, int]:
    """Return the first number of the sentences of a check, by place."""
    found = {each.where: re.search(r"[\d,]+", each.sentence.en) for each in findings if each.check == check}
    return {where: int(number[0].replace(",", "")) for where, number in found.items() if number}


def test_every_group_can_be_reached(findings: list[Finding]) -> None:
    assert [finding for finding in findings if finding.severity == "error"] == []


def test_diagnoses_that_come_to_no_medical_group_are_counted(findings: list[Finding]) -> None:
    counts = _counts(findings, "diagnosis_without_adrg")
    assert sum(counts.values()) == 154
    assert counts["MDCO"] == 29


def test_burns_that_do_not_get_into_their_mdc_are_counted(findings: list[Finding]) -> None:
    assert _counts(findings, "diagnosis_not_let_in")["MDCW"] == 121


def test_codes_outside_the_edition_are_named(findings: list[Finding]) -> None:
    counts = _counts(findings, "code_outside_code_set")
    assert counts == {"mdc_codes.csv": 4, "adrg_codes.csv": 4, "exclusions.csv": 3}


def test_the_order_that_is_not_the_codes_is_noted(findings: list[Finding]) -> None:
    (finding,) = (each for each in findings if each.check == "code_order")
    assert finding.sentence.en == "FF2 comes before FF1, against the order of their codes"


def test_codes_of_the_clinical_edition_are_translated_as_published(code_set: CodeSet) -> None:
    assert (len(code_set.names["dx"]), len(code_set.names["op"])) == (33_304, 13_686)
    assert code_set.translate("dx", "A01.000x002") == "A01.003"
    assert code_set.translate("dx", "B06.801") == "B06.801+J17.1*"
    assert all(code in code_set.names[kind] for kind in ("dx", "op") for code in code_set.maps[kind].values())
