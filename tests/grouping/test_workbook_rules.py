"""The rule mini-language of a bureau's workbook: every construct, and nothing but them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.grouping.exchange.workbook_rules import all_of, any_of, one_test, translate_rule
from tongchou.grouping.schemes.rule_parser import parse_rule
from tongchou.grouping.schemes.rules import AllOf, AnyOf, Rule


def _name(place: str, name: str) -> str:
    return f"{name}.{place}"


def _read(text: str) -> str:
    return str(translate_rule(text, lambda _place, name: name.lower()))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("is_pd1(case,'B00')", "principal(b00)"),
        ('is_sd1( case , "Y00" )', "secondary(y00)"),
        ("is_pd2(case, 'BR1')", "principal(br1)"),
        ("is_sd2(case, 'YC1')", "secondary(yc1)"),
        ("is_op2(case, 'AC1_01') and is_op2(case, 'AC1_02') ", "any_op(ac1_01) & any_op(ac1_02)"),
        ("multi_wound(case)", "principal(dx) & distinct_sites(any_dx)>=2"),
        ("case.gender == 2", "sex=2"),
        ("1 == case.gender", "sex=1"),
        ("case.age == 0", "age_years=0"),
        ("case.age >= 18", "age_years>=18"),
        ("17 > case.age", "age_years<17"),
        ("6 < case.age <= 14", "6<age_years<=14"),
        ("14 >= case.age > 6", "6<age_years<=14"),
        ("case.newborn_age_month == 0", "age_days<=28"),
        ("1 <= case.newborn_age_month <= 12", "age_years=0 & age_days>=29"),
        ("0 <= case.newborn_age_month <= 12", "age_years=0"),
        ("0 < case.newborn_birth_weight < 1500", "weight_g<1500"),
        ("1500 <= case.newborn_birth_weight <2500", "1500<=weight_g<2500"),
        ("2500 <= case.newborn_birth_weight", "weight_g>=2500"),
        ("0 < case.newborn_birth_weight", "weight_g>0"),
        ("1", "always"),
        ("0", "never"),
        ("0 or is_pd2(case,'A')", "principal(a)"),
        ("1 and is_pd2(case,'A')", "principal(a)"),
        ("0 and is_pd2(case,'A')", "never"),
        ("1 or is_pd2(case,'A')", "always"),
        ("case.age > 6 and case.age > 6", "age_years>6"),
        ("is_pd2(case,'A') or is_sd2(case,'A') and 1", "principal(a) | secondary(a)"),
        ("(is_pd2(case,'A') or is_sd2(case,'B')) and is_op2(case,'C')", "(principal(a) | secondary(b)) & any_op(c)"),
        ("is_pd2(case,'A') or is_sd2(case,'B') and is_op2(case,'C')", "principal(a) | (secondary(b) & any_op(c))"),
        (
            "case.age == 0 and 0 <= case.newborn_age_month <= 12 and is_pd1(case, 'P00')",
            "age_years=0 & principal(p00)",
        ),
    ],
)
def test_each_construct_is_said_in_the_scheme_language(written: str, read: str) -> None:
    assert _read(written) == read
    parse_rule(read, "here")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "-1",
        "2",
        "1 1",
        "case",
        "case.age",
        "case.weight > 5",
        "case.gender == 3",
        "case.gender >= 1",
        "case.newborn_age_month == 3",
        "case.age == case.gender",
        "1 < 2",
        "1 < 2 < case.age",
        "1 < case.age > 2",
        "1 == case.age == 1",
        "is_pd3(case,'A')",
        "is_pd2('A')",
        "is_pd2(case, A)",
        "is_pd2(case, 'A B')",
        "is_pd2(case, 'A'",
        "is_pd2(case, 'A') and",
        "is_pd2（case，'A'）",
        "not is_pd2(case,'A')",
        "__import__('os').system('true')",
        "case.__class__",
        "(" * 2000 + "1" + ")" * 2000,
        "1 or " * 5000 + "1",
        "case.age > 9999999999",
        "case.age > 1.5",
    ],
)
def test_anything_else_cannot_be_read(written: str) -> None:
    with pytest.raises(TongchouError) as caught:
        _read(written)
    assert caught.value.code == "grouping.workbook_rule"
    assert written[:20] in caught.value.where


def test_each_test_asks_for_a_list_of_the_right_table() -> None:
    rule = translate_rule("is_pd1(case,'B00') and is_sd2(case,'X') or is_op2(case,'X')", _name)
    assert str(rule) == "(principal(B00.mdc_dx) & secondary(X.adrg_dx)) | any_op(X.adrg_op)"


def test_joining_keeps_what_stands_in_parentheses_together() -> None:
    either = any_of([one_test("a"), one_test("b")])
    assert str(all_of([either, one_test("c")])) == "(a | b) & c"
    assert str(any_of([all_of([one_test("a"), one_test("c")]), either])) == "(a & c) | a | b"
    assert str(all_of([])) == "always"
    assert str(any_of([])) == "never"


@given(st.text(max_size=60))
def test_no_text_does_anything_but_be_read_or_refused(written: str) -> None:
    try:
        parse_rule(_read(written), "here")
    except TongchouError as error:
        assert error.code == "grouping.workbook_rule"


_ATOMS = {
    "is_pd2(case,'A')": "principal(a)",
    "is_sd2(case,'B')": "secondary(b)",
    "is_op2(case,'C')": "any_op(c)",
    "case.gender == 1": "sex=1",
    "case.age > 6": "age_years>6",
    "1": "always",
    "0": "never",
}
_RULES = st.recursive(
    st.sampled_from(sorted(_ATOMS)),
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner),
    max_leaves=12,
)


def _written(tree: Any) -> str:
    return tree if isinstance(tree, str) else f"({_written(tree[0])} {tree[1]} {_written(tree[2])})"


def _meant(tree: Any, facts: dict[Rule, bool]) -> bool:
    if isinstance(tree, str):
        return facts[parse_rule(_ATOMS[tree], "here")]
    sides = [_meant(tree[0], facts), _meant(tree[2], facts)]
    return all(sides) if tree[1] == "and" else any(sides)


def _said(rule: Rule, facts: dict[Rule, bool]) -> bool:
    if isinstance(rule, AllOf):
        return all(_said(part, facts) for part in rule.parts)
    if isinstance(rule, AnyOf):
        return any(_said(part, facts) for part in rule.parts)
    return facts[rule]


@given(_RULES, st.lists(st.booleans(), min_size=5, max_size=5))
def test_a_rule_means_what_it_meant(tree: Any, truths: list[bool]) -> None:
    tests = [parse_rule(text, "here") for text in _ATOMS.values()]
    facts = dict(zip(tests, [*truths, True, False], strict=True))
    assert _said(parse_rule(_read(_written(tree)), "here"), facts) == _meant(tree, facts)
