"""What a catalogue is made of: formed groups, means, points, aggregates, auxiliary catalogues."""

from decimal import Decimal

import polars as pl
import pytest
from tests.grouping.dip.making import changed_rules, made_cases

from tongchou.core.errors import Problems, TongchouError
from tongchou.grouping.dip.building import build_catalogue

APPENDIX, ADHESIOLYSIS, BIOPSY, INJECTION, XRAY = "47.0100", "54.5100", "45.1400", "99.2100", "89.0300"
SMALL = changed_rules(("threshold: 15 ", "threshold: 3 "), ("minimum: 5 ", "minimum: 2 "))


def _counts(rows: list[tuple[object, ...]], rules: object = SMALL) -> dict[str, int]:
    groups = build_catalogue(made_cases(rows), rules).groups  # type: ignore[arg-type]
    return dict(groups.select("group", "cases").iter_rows())


def test_core_groups_are_diagnosis_and_operation_at_the_threshold() -> None:
    rows = [("K35.800", "", 100)] * 3 + [("K35.801", APPENDIX, 900)] * 3 + [("K35.900", APPENDIX, 900)] * 2
    assert _counts(rows) == {"K35.8:conservative": 3, "K35.8:47.01": 3, "K35:surgery": 2}


def test_a_related_operation_forms_its_own_group_from_a_raise_of_ten_percent() -> None:
    alone = [("K35.800", APPENDIX, 1_000)] * 3
    raised = [("K35.800", f"{APPENDIX} {ADHESIOLYSIS}", 1_100)] * 3
    not_raised = [("K35.800", f"{APPENDIX} {ADHESIOLYSIS}", 1_099)] * 3
    assert _counts(alone + raised) == {"K35.8:47.01": 3, "K35.8:47.01+54.51": 3}
    assert _counts(alone + not_raised) == {"K35.8:47.01": 6}


def test_a_combination_without_its_principal_operation_alone_has_nothing_to_be_raised_above() -> None:
    assert _counts([("K35.800", f"{APPENDIX} {ADHESIOLYSIS}", 1_100)] * 4) == {"K35.8:47.01": 4}


def test_a_related_group_below_the_threshold_falls_to_its_principal_operation() -> None:
    alone = [("K35.800", APPENDIX, 1_000)] * 3
    assert _counts([*alone, *[("K35.800", f"{APPENDIX} {ADHESIOLYSIS}", 5_000)] * 2]) == {"K35.8:47.01": 5}


def test_what_its_related_group_leaves_below_the_threshold_is_no_core_group() -> None:
    rows = [("K35.800", APPENDIX, 1_000)] * 2 + [("K35.800", f"{APPENDIX} {ADHESIOLYSIS}", 2_000)] * 3
    assert _counts(rows) == {"K35.8:47.01+54.51": 3, "K35:surgery": 2}


def test_examinations_do_not_count_as_operations() -> None:
    assert _counts([("K35.800", XRAY, 100)] * 3) == {"K35.8:conservative": 3}


def test_mixed_groups_climb_the_ladder_and_the_last_rung_takes_all() -> None:
    rows = [
        ("K35.800", "", 100),  # K35:conservative with the next
        ("K35.900", "", 100),
        ("K36.x00", "", 100),  # K3: with the next
        ("K37.x00", "", 100),
        ("K80.200", "", 100),  # K: with the next
        ("K92.200", "", 100),
        ("K50.000", BIOPSY, 100),  # alone of its treatment: its chapter
        ("J18.900", INJECTION, 100),
    ]
    assert _counts(rows) == {
        "K35:conservative": 2,
        "K3:conservative": 2,
        "K:conservative": 2,
        "K00-K93:diagnostic": 1,
        "J00-J99:therapeutic": 1,
    }


def test_the_heaviest_operation_is_the_way_of_treatment() -> None:
    rows = [("K35.800", f"{INJECTION} {BIOPSY} {APPENDIX}", 100)] * 2
    assert _counts(rows) == {"K35:surgery": 2}


def test_cases_without_a_usable_principal_diagnosis_are_ungrouped_with_a_reason() -> None:
    rows = [("K35.800", "", 100)] * 3 + [("", "", 100), ("???", "", 100), ("D49.900", "", 100)]
    built = build_catalogue(made_cases(rows), SMALL)
    assert built.ungrouped == {"no_principal_diagnosis": 1, "unknown_diagnosis": 2}
    assert built.case_count == 6


def test_a_category_alone_forms_no_core_group() -> None:
    assert _counts([("K35", "", 100)] * 4) == {"K35:conservative": 4}


def test_the_threshold_is_a_mean_of_the_years() -> None:
    rows = [("K35.800", "", 100, year) for year in (2024, 2025) for _ in range(3)]
    assert _counts(rows) == {"K35.8:conservative": 6}
    assert _counts(rows[1:]) == {"K35:conservative": 5}


def test_a_mean_weighs_years_and_points_follow_from_it() -> None:
    rows = [("K35.800", "", yuan, year) for year, yuan in ((2023, 12_500), (2024, 13_000), (2025, 13_500))] * 3
    rows += [("J18.900", "", yuan, year) for year, yuan in ((2023, 5_700), (2024, 5_700), (2025, 5_700))] * 3
    groups = build_catalogue(made_cases(rows), SMALL).groups
    figures = {row["group"]: row for row in groups.iter_rows(named=True)}
    assert figures["K35.8:conservative"]["mean_fen"] == 1_330_000
    assert figures["K35.8:conservative"]["rw_e4"] == 14_000  # M is 9,500
    assert figures["K35.8:conservative"]["score_e2"] == 140_000
    assert figures["J18.9:conservative"]["score_e2"] == 60_000


def test_points_over_a_reference_group_and_over_a_quota() -> None:
    rows = [("K35.800", "", 13_300)] * 3 + [("J18.900", "", 12_800)] * 3
    reference = ("threshold: 15 ", "threshold: 3 "), ("method: mean ", "method: reference ")
    named = changed_rules(*reference, ("reference_group: ", "reference_group: J18.9:conservative "))
    assert build_catalogue(made_cases(rows), named).groups.get_column("score_e2").to_list() == [100_000, 103_906]
    quota = changed_rules(reference[0], ("method: mean ", "method: quota "), ("quota_yuan: ", "quota_yuan: 100 "))
    assert build_catalogue(made_cases(rows), quota).groups.get_column("score_e2").to_list() == [12_800, 13_300]
    absent = changed_rules(*reference, ("reference_group: ", "reference_group: A00.0:conservative "))
    with pytest.raises(TongchouError, match="dip_rules"):
        build_catalogue(made_cases(rows), absent)


def test_long_stays_trifling_costs_and_the_ends_of_a_large_group_do_not_weigh_on_its_mean() -> None:
    rows = [("K35.800", "", 1_000)] * 40 + [("K35.800", "", 1), ("K35.800", "", 90_000), ("K35.800", "", 80_000)]
    los_days = [5] * 41 + [61, 5]
    built = build_catalogue(made_cases(rows, los_days=los_days), SMALL)
    # 1 yuan is not measured, nor is the long stay; of the other 41 one is cut at each end, where costs are equal none.
    assert built.groups.select("cases", "mean_fen").row(0) == (43, 100_000)
    assert built.tables["group_years"].select("cases", "measured_cases", "measured_fen").row(0) == (43, 40, 4_000_000)


def test_aggregates_sum_to_the_groups_on_both_levels() -> None:
    rows = [("K35.800", "", 100)] * 3 + [("K35.800", APPENDIX, 900)] * 3 + [("K35.900", APPENDIX, 950)] * 3
    rows += [("K35.900", "", 70)] * 2 + [("J18.900", "", 300), ("Z51.100", INJECTION, 600)]
    built = build_catalogue(made_cases(rows), SMALL)
    groups = built.groups.with_columns(points_e2=pl.col("score_e2") * pl.col("cases"))
    for level in (1, 2):
        sums = built.tables["aggregates"].filter(pl.col("aggregate_level") == level)
        assert sums.get_column("groups").sum() == groups.height
        for name in ("cases", "cost_fen", "points_e2"):
            assert sums.get_column(name).sum() == groups.get_column(name).sum()
    keys = dict(built.tables["aggregates"].group_by("aggregate_level").agg(pl.col("key").sort()).iter_rows())
    assert keys == {
        1: ["J00-J99", "K35", "Z00-Z99"],
        2: [
            "J00-J99:conservative",
            "K35.8:conservative",
            "K35.8:surgery",
            "K35.9:surgery",
            "K35:conservative",
            "Z00-Z99:therapeutic",
        ],
    }


def test_drugs_and_consumables_have_weights_of_their_own() -> None:
    cases = made_cases(
        [("K35.800", "", 1_000)] * 3 + [("J18.900", "", 3_000)] * 3, drug_fen=[10_000] * 3 + [30_000] * 3
    )
    groups = build_catalogue(cases, SMALL).groups
    assert groups.select("drug_rw_e4", "consumable_rw_e4").rows() == [(15_000, None), (5_000, None)]


def test_the_mean_at_a_hospital_level_is_that_of_the_last_year() -> None:
    rows = [("K35.800", "", yuan, year) for year, yuan in ((2024, 1_000), (2025, 2_000), (2025, 3_000))] * 2
    cases = made_cases(rows, level=["tertiary", "tertiary", "primary"] * 2)
    means = build_catalogue(cases, SMALL).tables["level_means"]
    assert means.rows() == [
        ("K35.8:conservative", "primary", 2, 300_000),
        ("K35.8:conservative", "tertiary", 2, 200_000),
    ]


def _wide(children: int, adults: int) -> pl.DataFrame:
    rows = [("K35.800", "", 1_000)] * adults + [("K35.800", "", 10_000)] * children
    return made_cases(rows, age_years=[30] * adults + [3] * children)


def test_a_wide_group_opens_the_catalogue_that_splits_its_costs() -> None:
    built = build_catalogue(_wide(5, 10), SMALL)
    gates = {row["auxiliary"]: row for row in built.tables["gates"].iter_rows(named=True)}
    assert gates["age"]["split_cv_e4"] == 0
    assert [name for name, row in gates.items() if row["is_open"]] == ["age"]
    # 10,000 over the mean of 4,000
    assert built.tables["auxiliaries"].rows() == [("K35.8:conservative", "age", "1-6", 5, 1_000_000, 25_000)]


def test_a_class_of_too_few_cases_opens_nothing() -> None:
    assert not build_catalogue(_wide(4, 10), SMALL).tables["gates"].get_column("is_open").any()


def test_a_group_that_is_not_wide_is_not_tried_and_one_named_by_the_rules_neither() -> None:
    narrow = made_cases([("K35.800", "", 1_000), ("K35.800", "", 1_200)] * 3)
    assert build_catalogue(narrow, SMALL).tables["gates"].is_empty()
    named = changed_rules(
        ("threshold: 15 ", "threshold: 3 "), ("not_applicable: [] ", "not_applicable: ['K35.8:conservative'] ")
    )
    assert build_catalogue(_wide(5, 10), named).tables["gates"].is_empty()


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        (made_cases([("K35.800", "", 1)]).drop("year", "total_fen"), "(year, total_fen): columns are missing"),
        (pl.concat([made_cases([("K35.800", "", 1)])] * 2), "C0000"),
        (made_cases([("K35.800", "", -1)]), "negative amount"),
        (made_cases([("K35.800", "", 1)]).with_columns(year=None), "1 cases have no value"),
        (made_cases([("K35.800", "", 1)]).with_columns(total_fen=pl.lit("x")), "the column must be Int64"),
        (made_cases([("K35.800", "", 1, 2022), ("K35.800", "", 1, 2025)]), "no weight in the rules for 2022"),
        (made_cases([]), "no cases"),
        (made_cases([("K35.800", "", 0)]), "no case is grouped and has a cost"),
    ],
)
def test_cases_that_cannot_be_used_are_refused_in_a_sentence(cases: pl.DataFrame, words: str) -> None:
    with pytest.raises(TongchouError) as refused:
        build_catalogue(cases, SMALL)
    assert refused.value.code == "grouping.dip_cases"
    assert words in str(refused.value)


def test_every_problem_of_the_cases_is_told_at_once() -> None:
    cases = made_cases([("K35.800", "", -1), ("K35.800", "", -2)]).with_columns(case_id=pl.lit("X"))
    with pytest.raises(Problems) as refused:
        build_catalogue(cases, SMALL)
    assert len(refused.value.problems) == 2


def test_a_cost_keeps_its_fen() -> None:
    cases = made_cases([("K35.800", "", 1)] * 3).with_columns(total_fen=pl.Series([1_000_01, 1_000_01, 1_000_02]))
    groups = build_catalogue(cases, SMALL).groups
    assert groups.get_column("mean_fen").to_list() == [100_001]
    assert Decimal(groups.get_column("cost_fen")[0]) == 300_004
