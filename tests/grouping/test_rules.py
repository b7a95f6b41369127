"""The rule language is parsed, never evaluated: every test of the manual, what binds closer, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.grouping.schemes.rule_parser import parse_rule
from tongchou.grouping.schemes.rules import (
    MARKS,
    NUMBERS,
    SUBJECTS,
    AllOf,
    AnyOf,
    Between,
    CodeTest,
    Constant,
    Known,
    Marked,
    Not,
    OneOf,
    Rule,
    SiteTest,
    conjuncts,
)
from tongchou.grouping.schemes.rules import (
    tests_of as single_tests_of,
)

DX, OP = CodeTest("principal", "dx"), CodeTest("main_op", "op")
DAY = Marked("day_surgery")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("always", Constant(is_met=True)),
        ("never", Constant(is_met=False)),
        *((f"{subject}(x)", CodeTest(subject, "x")) for subject in SUBJECTS),  # type: ignore[arg-type]
        ("main_op(valid)", CodeTest("main_op", "valid")),
        ("any_op(AH1.op)", CodeTest("any_op", "op", "AH1")),
        ("any_op(肺叶切除)", CodeTest("any_op", "肺叶切除")),
        ("part(3)", CodeTest("any_op", "op", part=3)),
        ("distinct_sites(any_dx)>=2", SiteTest(2)),
        ("sex=2", Between("sex", 2, 2)),
        ("weight_g<1500", Between("weight_g", 1, 1499)),
        ("admission_weight_g<=1499", Between("admission_weight_g", 1, 1499)),
        ("weight_g>=2500", Between("weight_g", 2500, None)),
        ("1500<=weight_g<2000", Between("weight_g", 1500, 1999)),
        ("age_days<=28", Between("age_days", None, 28)),
        ("28<age_days<=365", Between("age_days", 29, 365)),
        ("los_days>60", Between("los_days", 61, None)),
        ("2<age_years", Between("age_years", 3, None)),
        *((f"{number}=7", Between(number, 7, 7)) for number in NUMBERS),  # type: ignore[arg-type]
        ("discharge_way in (death, transfer)", OneOf("discharge_way", ("death", "transfer"))),
        ("department in (ICU,0401, A03.01, 心内科)", OneOf("department", ("ICU", "0401", "A03.01", "心内科"))),
        *((mark, Marked(mark)) for mark in MARKS),  # type: ignore[arg-type]
        ("known(age_days)", Known("age_days")),
        ("known(department)", Known("department")),
    ],
)
def test_every_test_of_the_language_is_read(text: str, rule: Rule) -> None:
    assert parse_rule(text, "X") == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("principal(dx) & main_op(op) | day_surgery", AnyOf((AllOf((DX, OP)), DAY))),
        ("day_surgery | principal(dx) & main_op(op)", AnyOf((DAY, AllOf((DX, OP))))),
        ("(day_surgery | principal(dx)) & main_op(op)", AllOf((AnyOf((DAY, DX)), OP))),
        ("!principal(dx) & main_op(op)", AllOf((Not(DX), OP))),
        ("!(principal(dx) & main_op(op))", Not(AllOf((DX, OP)))),
        ("!!day_surgery", Not(Not(DAY))),
        (" \tday_surgery\n|principal( dx )&main_op(op) ", AnyOf((DAY, AllOf((DX, OP))))),
        ("day_surgery|principal(dx)|main_op(op)", AnyOf((DAY, DX, OP))),
    ],
)
def test_not_binds_closer_than_and_and_and_closer_than_or(text: str, rule: Rule) -> None:
    assert parse_rule(text, "X") == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "principal",
        "principal(dx",
        "principal(dx) &",
        "principal(dx) main_op(op)",
        "principal(dx.)",
        "principal(a.b.c)",
        "principal(site:head)",
        "age_days",
        "age_months<3",
        "weight_g<x",
        "weight_g<1500g",
        "weight_g<-1",
        "age_years<9999999999",
        "age_years==3",
        "1<age_years>3",
        "1<=age_years=3",
        "3>age_years",
        "sex=1)",
        "sex=男",
        "discharge_way=death",
        "discharge_way in death",
        "discharge_way in ()",
        "department in (ICU,)",
        "department in (A.)",
        "part(one)",
        "distinct_sites(dx)>=2",
        "distinct_sites(any_dx)>2",
        "known(principal)",
        "always()",
        "_(dx)",
        "principal(_)",
        "__import__(os)",
        "always; never",
        "always && always",
        "²<age_years",
        "(" * 20_000,
        "!" * 20_000 + "always",
        "(" * 5_000 + "always" + ")" * 5_000,
        "always | " * 20_000 + "always",
    ],
)
def test_what_is_not_in_the_language_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(TongchouError) as caught:
        parse_rule(text, "AA1")
    assert caught.value.code == "grouping.rule"
    assert caught.value.where.startswith("AA1: ")
    assert len(str(caught.value)) < 2_000


@pytest.mark.parametrize(
    ("text", "near"), [("principal(dx", "None"), ("principal(dx) ; always", "; always"), ("los_days>many", "many")]
)
def test_the_sentence_says_where_the_rule_stops_making_sense(text: str, near: str) -> None:
    with pytest.raises(TongchouError) as caught:
        parse_rule(text, "AA1")
    assert near in caught.value.why.en


def test_long_and_deep_rules_are_read_up_to_a_stated_measure() -> None:
    many = parse_rule(" | ".join(["main_op(op)"] * 1_400), "X")
    assert isinstance(many, AnyOf)
    assert len(many.parts) == 1_400
    assert parse_rule("(" * 99 + "always" + ")" * 99, "X") == Constant(is_met=True)


def test_the_tests_of_a_rule_and_what_must_all_be_met_are_told_apart() -> None:
    rule = parse_rule("principal(dx) & (day_surgery | !main_op(op)) & (sex=1 & known(department))", "X")
    assert list(single_tests_of(rule)) == [DX, DAY, OP, Between("sex", 1, 1), Known("department")]
    assert list(conjuncts(rule)) == [DX, AnyOf((DAY, Not(OP))), Between("sex", 1, 1), Known("department")]


WORDS = st.sampled_from(
    [
        *(*SUBJECTS, *NUMBERS, *MARKS, "always", "never", "part", "known", "distinct_sites", "discharge_way", "in"),
        *("department", "dx", "op", "AH1", ".", ",", "(", ")", "&", "|", "!", "<", "<=", "=", ">", ">=", "1", "死亡"),
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=25).map(" ".join), st.lists(WORDS).map("".join)))
def test_any_text_is_either_a_rule_or_a_sentence(text: str) -> None:
    try:
        rule = parse_rule(text, "X")
    except TongchouError as error:
        assert error.code == "grouping.rule"
    else:
        assert list(single_tests_of(rule))


@given(st.integers(0, 9_999), st.booleans(), st.integers(0, 9_999), st.booleans())
def test_chained_comparisons_become_inclusive_whole_bounds(low: int, over: bool, high: int, under: bool) -> None:
    text = f"{low}{'<' if over else '<='}age_days{'<' if under else '<='}{high}"
    assert parse_rule(text, "X") == Between("age_days", low + over, high - under)
