"""The choice between groups, by hand and against a slow and plain reading of the rule."""

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.grouping.dip.making import changed_rules, made_cases

from tongchou.core.explanation import explanation_as_text
from tongchou.grouping.dip.building import build_catalogue
from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.explain import explain_dip
from tongchou.grouping.dip.expression import parse_expression
from tongchou.grouping.dip.grouper import DipGrouper
from tongchou.grouping.dip.matching import KINDS

RULES = changed_rules(("threshold: 15 ", "threshold: 3 "), ("minimum: 5 ", "minimum: 2 "))
BUILT = build_catalogue(made_cases([("K35.800", "", 100)] * 3), RULES)


def published(*groups: tuple[str, str, str, str, int]) -> Catalogue:
    """Return a catalogue of given groups: code, kind, diagnosis, operations, mean in yuan; mixed ones are surgery."""
    rows = [
        {
            "group": group,
            "kind": kind,
            "diagnosis": diagnosis,
            "operations": operations,
            "treatment": "surgery",
            "choice_mean_fen": yuan * 100,
            "mean_fen": yuan * 100,
            "rw_e4": 10_000,
            "score_e2": 100_000,
        }
        for group, kind, diagnosis, operations, yuan in groups
    ]
    table = pl.DataFrame(rows, schema=BUILT.groups.schema).sort("group")
    return Catalogue(RULES, (2025,), 0, {}, 1, {**BUILT.tables, "groups": table})


CHOICE = published(
    ("one", "core", "K35.8", "47.01", 1_000),
    ("other", "core", "K35.8", "54.51", 2_000),
    ("both", "core", "K35.8", "47.01+54.51", 9_000),
    ("either", "basic", "K35.8", "47.01/47.09", 1_000),
    ("rest", "mixed", "K35", "", 500),
)


@pytest.mark.parametrize(
    ("procedures", "yuan", "group"),
    [
        ("47.01 54.51", 1_000, "both"),  # most operations matched, however far the cost
        ("47.01", 500, "one"),  # equally near: core before basic
        ("47.09", 500, "either"),
        ("47.01 45.13", 500, "one"),  # an operation that no group asks for does not keep it out
        ("46.03", 500, "rest"),  # no core group fits: mixed
        ("46.03 54.51", 9_000, "other"),
        ("47.01 47.01 47.01", 1_000, "one"),  # an operation given again counts once
    ],
)
def test_the_documented_order_of_choice(procedures: str, yuan: int, group: str) -> None:
    grouped = DipGrouper(CHOICE).group(made_cases([("K35.800", procedures, yuan)]))
    assert grouped.get_column("group").to_list() == [group]


def test_between_groups_that_match_alike_the_nearest_mean_is_chosen_and_then_the_first_code() -> None:
    catalogue = published(("a", "core", "K35.8", "47.01", 1_000), ("b", "core", "K35.8", "54.51", 3_000))
    cases = made_cases([("K35.800", "47.01 54.51", yuan) for yuan in (1_900, 2_000, 2_100)])
    assert DipGrouper(catalogue).group(cases).get_column("group").to_list() == ["a", "a", "b"]
    unknown = cases.with_columns(total_fen=None)
    assert DipGrouper(catalogue).group(unknown).get_column("group").to_list() == ["a", "a", "a"]


def test_a_case_without_any_group_is_ungrouped_with_a_reason() -> None:
    cases = made_cases([("K35.800", "", 1), ("K99.900", "47.01", 1), ("", "47.01", 1), ("K35.800", "47.01", 1)])
    grouped = DipGrouper(CHOICE).group(cases)
    assert grouped.get_column("status").to_list() == ["ungrouped"] * 3 + ["grouped"]
    assert grouped.get_column("reason").to_list() == [
        "no_group",
        "unknown_diagnosis",
        "no_principal_diagnosis",
        None,
    ]
    assert grouped.select("score_e2", "factor_e4", "points_e2").rows()[:3] == [(None, None, None)] * 3


def test_no_cases_give_no_groups() -> None:
    assert DipGrouper(CHOICE).group(made_cases([])).is_empty()


def test_the_explanation_names_what_was_matched_and_what_was_not() -> None:
    step = explain_dip(DipGrouper(CHOICE), made_cases([("K35.800", "47.01 45.13 89.03", 600)]))
    zh, en = (explanation_as_text(step, language) for language in ("zh", "en"))
    assert "one（核心病种），1,000.00 分" in zh
    assert "other：手术不符（54.51）" in zh
    assert "89.03 does not count" in en
    assert "one, operations matched and distance to its mean 1,000.00: 1, 400.00" in en


def test_the_explanation_climbs_the_ladder_aloud() -> None:
    mixed = explain_dip(DipGrouper(CHOICE), made_cases([("K35.800", "46.03", 1)]))
    assert "none fits; on to mixed groups" in explanation_as_text(mixed, "en")
    nothing = explain_dip(DipGrouper(CHOICE), made_cases([("J18.900", "45.13", 1)]))
    assert "未入组：目录中没有可入的病种" in explanation_as_text(nothing, "zh")
    bad = explain_dip(DipGrouper(CHOICE), made_cases([("", "", 1)]))
    assert "there is no principal diagnosis" in explanation_as_text(bad, "en")


def _plainly(catalogue: Catalogue, case: dict[str, Any]) -> str | None:
    """Return a case's group by reading the rule case by case."""
    if not case["diagnoses"]:
        return None
    done = {code[:5] for code in case["procedures"] if not code.startswith("89")}
    principal = case["diagnoses"][0]
    met = []
    for row in catalogue.groups.iter_rows(named=True):
        ways = parse_expression(row["operations"])
        if row["kind"] == "mixed" or row["diagnosis"] != principal[:5] or not any(way <= done for way in ways):
            continue
        matched = max(len(way) for way in ways if way <= done)
        if bool(done) == bool(row["operations"]):
            distance = abs(case["total_fen"] - row["choice_mean_fen"])
            met.append((-matched, distance, KINDS.index(row["kind"]), row["group"]))
    if met:
        return min(met)[-1]
    kinds = {"45.13": 1, "99.21": 2}
    treatment = ("conservative", "diagnostic", "therapeutic", "surgery")[
        max((kinds.get(op, 3) for op in done), default=0)
    ]
    known = set(catalogue.groups.get_column("group").to_list())
    chapter = {"K": "K00-K93", "J": "J00-J99"}[principal[0]]
    rungs = (f"{key}:{treatment}" for key in (principal[:3], principal[:2], principal[:1], chapter))
    return next((rung for rung in rungs if rung in known), None)


DIAGNOSES = st.sampled_from(["K35.800", "K35.801", "K35.900", "K36.x00", "K80.200", "J18.900", ""])
OPERATIONS = st.lists(st.sampled_from(["47.0100", "47.0900", "54.5100", "45.1300", "99.2100", "89.0300"]), max_size=3)
ROWS = st.lists(
    st.tuples(DIAGNOSES, OPERATIONS.map(" ".join), st.integers(1, 3_000), st.integers(2023, 2025)),
    min_size=1,
    max_size=50,
).filter(lambda rows: any(row[0] for row in rows))
NEUTRAL = changed_rules(
    ("threshold: 15 ", "threshold: 3 "),
    ("per: year ", "per: catalogue "),
    ("minimum: 5 ", "minimum: 2 "),
    ("total_mean: all_cases ", "total_mean: groups "),
    ("min_cost_yuan: 5 ", "min_cost_yuan: 0 "),
)
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(ROWS, ROWS)
def test_cases_are_grouped_as_the_rule_reads(rows: list[Any], others: list[Any]) -> None:
    catalogue = build_catalogue(made_cases(rows), NEUTRAL)
    for cases in (made_cases(rows), made_cases(others)):
        grouped = DipGrouper(catalogue).group(cases)
        assert grouped.get_column("case_id").to_list() == cases.get_column("case_id").to_list()
        assert grouped.get_column("group").to_list() == [
            _plainly(catalogue, case) for case in cases.iter_rows(named=True)
        ]


@QUICK
@given(ROWS, st.randoms(use_true_random=False))
def test_what_holds_of_every_catalogue(rows: list[Any], order: Any) -> None:
    cases = made_cases(rows)
    built = build_catalogue(cases, NEUTRAL)
    groups = built.groups

    # Every case is in exactly one group, or ungrouped with a reason; grouping again finds the same counts.
    assert groups.get_column("cases").sum() + sum(built.ungrouped.values()) == cases.height
    again = DipGrouper(built).group(cases).drop_nulls("group")
    assert dict(again.group_by("group").agg(pl.len()).iter_rows()) == dict(groups.select("group", "cases").iter_rows())

    # Core groups reach the threshold.
    assert (groups.filter(pl.col("kind") == "core").get_column("cases") >= 3).all()

    # Points keep their sum: half of 0.0001 of RW a case is half of 10 hundredths of a point.
    grouped = int(groups.get_column("cases").sum())
    points = sum(score * count for score, count in groups.select("score_e2", "cases").iter_rows())
    assert abs(points - 100_000 * grouped) <= 5 * grouped

    # The order of cases, and codes given twice, change nothing.
    shuffled = list(rows)
    order.shuffle(shuffled)
    doubled = [(dx, f"{ops} {ops}", yuan, year) for dx, ops, yuan, year in shuffled]
    other = build_catalogue(made_cases(doubled), NEUTRAL)
    assert all(built.tables[name].equals(other.tables[name]) for name in built.tables)
    assert (built.mean_fen, built.ungrouped) == (other.mean_fen, other.ungrouped)


@QUICK
@given(ROWS)
def test_points_keep_their_sum_in_one_year_measured_whole(rows: list[Any]) -> None:
    one_year = [(dx, ops, yuan + 5, 2025) for dx, ops, yuan, _ in rows]
    groups = build_catalogue(made_cases(one_year), RULES).groups
    grouped = int(groups.get_column("cases").sum())
    points = sum(score * count for score, count in groups.select("score_e2", "cases").iter_rows())
    assert abs(points - 100_000 * grouped) <= 5 * grouped
