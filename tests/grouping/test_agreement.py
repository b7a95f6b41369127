"""How far two schemes agree is counted case by case, level by level."""

from pathlib import Path

import pytest
from tests.grouping.cases import batch, case
from tests.grouping.conftest import TINY, write_scheme

from tongchou.grouping.grouper import Grouper
from tongchou.grouping.review.agreement import Agreement, Disagreement, compare_schemes
from tongchou.grouping.schemes.reading import load_scheme

CASES = (
    case("J15.900"),
    case("J15.900"),
    case("J15.900 I10"),
    case("J12.0 R57"),
    case("S01 S72"),
    case("P07", age_years=0, age_days=3, birth_weight_g=900),
    case("Q00"),
    case("J15.900", sex=None),
)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Grouper:
    """The tiny scheme, with I10 no CC, newborns not told apart and no trauma."""
    folder = write_scheme(
        tmp_path_factory.mktemp("schemes") / "other",
        cc_csv="exclusion,codes\nlung,J96\n",
        adrg_csv=TINY["adrg.csv"].replace("any_dx(dx) & weight_g<1500 & age_days<=28", "never"),
        mdc_csv=TINY["mdc.csv"].replace("principal(dx) & distinct_sites(any_dx)>=2", "never"),
    )
    return Grouper(load_scheme(folder))


@pytest.fixture(scope="module")
def agreement(tiny: Grouper, other: Grouper) -> Agreement:
    return compare_schemes(tiny, other, [batch(*CASES[:3]), batch(*CASES[3:])])


def test_cases_are_counted_at_every_level(agreement: Agreement) -> None:
    assert agreement.overall.case_count == 8
    assert agreement.overall.agreed_counts == {"status": 7, "mdc": 7, "adrg": 6, "drg": 5}
    assert agreement.overall.share_e4("adrg") == 7_500


def test_cases_are_told_apart_by_the_mdc_of_the_first_scheme(agreement: Agreement) -> None:
    counts = {mdc: (agreed.case_count, agreed.agreed_counts["drg"]) for mdc, agreed in agreement.by_mdc.items()}
    assert counts == {"0000": (2, 2), "MDCE": (4, 3), "MDCP": (1, 0), "MDCZ": (1, 0)}


def test_disagreements_stand_with_both_results_the_most_frequent_first(tiny: Grouper, other: Grouper) -> None:
    rows = [*CASES, case("J15.900 I10")]
    first, *rest = compare_schemes(tiny, other, [batch(*rows)]).disagreements
    assert first == Disagreement(("grouped", "MDCE", "ES1", "ES13"), ("grouped", "MDCE", "ES1", "ES15"), 2)
    assert [(each.first[3], each.second[3], each.case_count) for each in rest] == [
        ("PS19", "PV19", 1),
        ("ZJ19", "0000", 1),
    ]


def test_only_as_many_disagreements_are_returned_as_are_asked_for(tiny: Grouper, other: Grouper) -> None:
    assert len(compare_schemes(tiny, other, [batch(*CASES)], most_disagreements=1).disagreements) == 1


def test_a_scheme_agrees_with_itself(tiny: Grouper) -> None:
    agreement = compare_schemes(tiny, tiny, [batch(*CASES)])
    assert agreement.disagreements == ()
    assert {agreement.overall.share_e4(level) for level in ("status", "mdc", "adrg", "drg")} == {10_000}


def test_without_cases_nothing_disagrees(tiny: Grouper) -> None:
    agreement = compare_schemes(tiny, tiny, [])
    assert (agreement.overall.case_count, agreement.overall.share_e4("drg"), agreement.by_mdc) == (0, 10_000, {})


def test_another_status_without_a_group_is_a_disagreement_too(tmp_path: Path, tiny: Grouper) -> None:
    unchecked = Grouper(load_scheme(write_scheme(tmp_path / "no", checks_csv="order,check,rule,name_zh,name_en\n")))
    agreement = compare_schemes(tiny, unchecked, [batch(case("Q00", sex=None))])
    (found,) = agreement.disagreements
    assert (found.first[0], found.second[0]) == ("invalid", "ungrouped")
    assert agreement.overall.agreed_counts == {"status": 0, "mdc": 1, "adrg": 1, "drg": 1}
