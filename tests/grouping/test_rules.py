"""The rule language is parsed, never evaluated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.grouping.rules import AllOf, Always, AnyOf, Between, CodeTest, PartTest, SiteTest, parse_rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("always", Always()),
        ("main_op(valid)", CodeTest("main_op", "valid")),
        ("no_op(valid)", CodeTest("no_op", "valid")),
        ("sex=2", Between("sex", 2, 2)),
        ("weight_g<1500", Between("weight_g", None, 1499)),
        ("weight_g>=2500", Between("weight_g", 2500, None)),
        ("1500<=weight_g<2000", Between("weight_g", 1500, 1999)),
        ("age_days<=28", Between("age_days", None, 28)),
        ("any_op(op) & any_op(op2)", AllOf((CodeTest("any_op", "op"), CodeTest("any_op", "op2")))),
        (
            "principal(dx) & (part(1) | (part(2) & part(3)))",
            AllOf((CodeTest("principal", "dx"), AnyOf((PartTest(1), AllOf((PartTest(2), PartTest(3))))))),
        ),
        ("principal(dx) & distinct_sites(any_dx)>=2", AllOf((CodeTest("principal", "dx"), SiteTest(2)))),
    ],
)
def test_every_construct_is_read(text: str, rule: object) -> None:
    assert parse_rule(text, "X") == rule


@pytest.mark.parametrize(
    "text", ["", "principal", "principal(dx", "principal(dx) &", "age_days", "weight_g<x", "__import__(os)", "sex=1)"]
)
def test_what_is_not_in_the_language_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(TongchouError) as caught:
        parse_rule(text, "AA1")
    assert caught.value.code == "grouping.rule"
    assert "AA1" in caught.value.where


@given(st.text(max_size=40))
def test_any_text_is_either_a_rule_or_a_sentence(text: str) -> None:
    try:
        parse_rule(text, "X")
    except TongchouError as error:
        assert error.code == "grouping.rule"


@given(st.integers(0, 9999))
def test_chained_comparisons_are_inclusive_whole_bounds(low: int) -> None:
    assert parse_rule(f"{low}<age_days<={low + 5}", "X") == Between("age_days", low + 1, low + 5)
