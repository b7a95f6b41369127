"""What a case would be if it were coded otherwise, and what would make it graver."""

from pathlib import Path

import pytest
from tests.grouping.cases import case
from tests.grouping.conftest import TINY, write_scheme

from tongchou.core.errors import TongchouError
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.review.severity_options import severity_options
from tongchou.grouping.review.what_if import (
    Change,
    DiagnosisAdded,
    DiagnosisDropped,
    FieldSet,
    PrincipalReplaced,
    PrincipalSwapped,
    ProcedureAdded,
    ProcedureDropped,
    ProcedureMadePrincipal,
    Together,
    what_if,
)
from tongchou.grouping.schemes.reading import load_scheme

PNEUMONIA = case("J15.900 I10.x00", "47.0900")


def test_the_case_as_it_is_comes_first_and_each_variant_is_made_from_it(tiny: Grouper) -> None:
    changes = [DiagnosisAdded("R57.000"), DiagnosisDropped("I10.x00")]
    original, added, dropped = what_if(tiny, PNEUMONIA, changes)
    assert (original.case, original.grouped, original.differs_in) == (PNEUMONIA, tiny.group_one(PNEUMONIA), ())
    assert (original.grouped.drg, added.grouped.drg, dropped.grouped.drg) == ("ES13", "ES11", "ES15")
    assert added.differs_in == dropped.differs_in == ("drg",)
    assert PNEUMONIA["diagnoses"] == ["J15.900", "I10.x00"]


@pytest.mark.parametrize(
    ("change", "diagnoses", "procedures", "words"),
    [
        (PrincipalReplaced("J16.0"), ["J16.0", "I10.x00"], ["47.0900"], "principal diagnosis J16.0"),
        (PrincipalReplaced("i10.x00"), ["i10.x00"], ["47.0900"], "principal diagnosis i10.x00"),
        (
            PrincipalSwapped(1),
            ["I10.x00", "J15.900"],
            ["47.0900"],
            "principal diagnosis and secondary diagnosis 1 (I10.x00) change places",
        ),
        (DiagnosisAdded("R57"), ["J15.900", "I10.x00", "R57"], ["47.0900"], "secondary diagnosis R57 added"),
        (DiagnosisDropped("I10.X00"), ["J15.900"], ["47.0900"], "diagnosis I10.X00 dropped"),
        (ProcedureAdded("33.5"), ["J15.900", "I10.x00"], ["47.0900", "33.5"], "procedure 33.5 added"),
        (ProcedureDropped("47.0900"), ["J15.900", "I10.x00"], [], "procedure 47.0900 dropped"),
        (
            Together((ProcedureAdded("33.5"), ProcedureMadePrincipal("33.5"))),
            ["J15.900", "I10.x00"],
            ["33.5", "47.0900"],
            "procedure 33.5 added; principal procedure 33.5",
        ),
    ],
)
def test_a_change_of_codes(
    tiny: Grouper, change: Change, diagnoses: list[str], procedures: list[str], words: str
) -> None:
    variant = what_if(tiny, PNEUMONIA, [change])[1]
    assert (variant.case["diagnoses"], variant.case["procedures"]) == (diagnoses, procedures)
    assert variant.description.en == words
    assert variant.grouped == tiny.group_one(variant.case)


def test_a_field_can_be_set_and_made_unknown(tiny: Grouper) -> None:
    _, infant, unknown = what_if(tiny, PNEUMONIA, [FieldSet("age_years", 0), FieldSet("sex", None)])
    assert (infant.grouped.status, infant.grouped.decided_by) == ("invalid", "no_age_days")
    assert infant.differs_in == ("status", "mdc", "adrg", "drg")
    assert (unknown.grouped.decided_by, unknown.description.en) == ("no_sex", "sex: not known")


def test_a_change_that_changes_no_group_says_so(tiny: Grouper) -> None:
    assert what_if(tiny, PNEUMONIA, [ProcedureDropped("47.0900")])[1].differs_in == ()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (PrincipalSwapped(0), "0"),
        (PrincipalSwapped(2), "2"),
        (DiagnosisDropped("A00"), "A00"),
        (ProcedureDropped("1"), "1"),
        (ProcedureMadePrincipal("1"), "1"),
        (FieldSet("colour", 1), "colour"),
        (FieldSet("diagnoses", []), "diagnoses"),
    ],
)
def test_a_change_that_does_not_go_with_the_case_is_refused(tiny: Grouper, change: Change, where: str) -> None:
    with pytest.raises(TongchouError) as problem:
        what_if(tiny, PNEUMONIA, [change])
    assert (problem.value.code, problem.value.where) == ("grouping.what_if", where)


def test_a_case_without_lists_can_be_changed(tiny: Grouper) -> None:
    variant = what_if(tiny, {"sex": 1, "age_years": 40}, [PrincipalReplaced("J15.900")])[1]
    assert variant.grouped.drg == "ES15"


def test_options_are_what_raises_severity_and_changes_the_drg(tiny: Grouper) -> None:
    found = severity_options(tiny, case("J12.000"))
    assert [(option.code, option.level, option.grouped.drg) for option in found.options] == [
        ("J96.0", "mcc", "ES11"),
        ("R57", "mcc", "ES11"),
        ("I10", "cc", "ES13"),
        ("J96", "cc", "ES13"),
    ]
    assert found.found_count == 4
    assert "高套编码" in found.warning.zh


def test_what_the_principal_diagnosis_excludes_is_no_option(tiny: Grouper) -> None:
    assert [option.code for option in severity_options(tiny, case("J15.000")).options] == ["R57", "I10"]


def test_a_case_with_cc_has_mcc_as_its_only_options_and_one_with_mcc_none(tiny: Grouper) -> None:
    assert {option.level for option in severity_options(tiny, case("J12.0 I10")).options} == {"mcc"}
    assert severity_options(tiny, case("J12.0 R57")).options == ()


def test_a_code_that_moves_the_case_to_another_adrg_is_no_option(tmp_path: Path) -> None:
    folder = write_scheme(
        tmp_path / "newborns",
        cc_csv="exclusion,codes\nx,P07 P22\n",
        drg_csv=TINY["drg.csv"].replace("PV1,1,PV19,always", "PV1,1,PV13,cc") + "PV1,2,PV15,always,,其他,other\n",
    )
    newborn = case("P36", age_years=0, age_days=3, birth_weight_g=1400)
    options = severity_options(Grouper(load_scheme(folder)), newborn).options
    assert [(option.code, option.grouped.drg) for option in options] == [("P22", "PV13")]


def test_where_severity_does_not_split_the_group_there_is_no_option(tiny: Grouper) -> None:
    for row in (case("J12.0", "33.5"), case("Q00"), case(""), case("J12.0", sex=None)):
        found = severity_options(tiny, row)
        assert (found.options, found.found_count) == ((), 0)


def test_only_the_named_codes_are_tried_and_as_many_are_shown_as_asked_for(tiny: Grouper) -> None:
    found = severity_options(tiny, case("J12.0"), codes=["i10.x00", "R57.100", "Z00", "i10.x00"], most=1)
    assert [option.code for option in found.options] == ["R57.100"]
    assert found.found_count == 2


def test_ranges_are_shown_category_by_category(tmp_path: Path) -> None:
    folder = write_scheme(tmp_path / "ranges", cc_csv="exclusion,codes\nx,A08-A11 !A09 S02.8-S02.9\n")
    options = severity_options(Grouper(load_scheme(folder)), case("J12.0")).options
    assert [option.code for option in options if option.level == "cc"] == ["A08", "A10", "A11", "S02.8", "S02.9"]
