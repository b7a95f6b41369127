"""What a check calls unreachable is unreachable: random schemes, flooded with cases, never give such a group."""

from itertools import product
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.grouping.cases import case
from tests.grouping.small_schemes import MANIFEST, small_tables

from tongchou.grouping.grouper import Grouper
from tongchou.grouping.review.scheme_check import check_scheme
from tongchou.grouping.schemes.reading import build_scheme

LISTS = (
    "list, kind, codes\n"
    "a, dx, A01.000\nab, dx, A01.000 B01.000\nbc, dx, B01.000 C01.000\nall, dx, %\n"
    "p, op, 01.0100\npq, op, 01.0100 02.0200\nr, op, 03.0300\nnot_principal_dx, dx, C01.000\n"
)
_DIAGNOSES = product(("principal", "any_dx", "secondary", "no_dx"), ("a", "ab", "bc"))
_OPERATIONS = product(("main_op", "any_op", "other_op", "no_op"), ("p", "pq", "r"))
_CODES = [f"{subject}({name})" for subject, name in (*_DIAGNOSES, *_OPERATIONS)]
_AGES = ["age_years<10", "age_years>=10", "5<=age_years<=10", "known(age_years)"]
TESTS = st.sampled_from([*_CODES, *_AGES, "day_surgery", "sex=1", "always", "never", "principal(all)"])
RULES = st.recursive(
    TESTS,
    lambda rules: st.one_of(
        rules.map(lambda rule: f"!({rule})"),
        st.tuples(rules, rules).map(lambda pair: f"({pair[0]} & {pair[1]})"),
        st.tuples(rules, rules).map(lambda pair: f"({pair[0]} | {pair[1]})"),
    ),
    max_leaves=4,
)
SEVERITIES = st.sampled_from(["always", "mcc", "mcc_or_cc", "cc", "none"])
DRGS = st.lists(st.tuples(SEVERITIES, st.one_of(st.just(""), RULES)), min_size=1, max_size=3)
ADRGS = st.lists(st.tuples(RULES, DRGS), min_size=2, max_size=4)
MDCS = st.lists(st.tuples(RULES, st.sampled_from(["next", "stop"]), ADRGS), min_size=1, max_size=2)


def _cases() -> list[dict[str, Any]]:
    """Return the cases of every mixture of what the rules can tell apart."""
    diagnoses = ("", "A01.000", "B01.000", "C01.000", "D01.000", "A01.000 M01.000", "B01.000 A01.000 K01.000")
    diagnoses += ("C01.000 B01.000", "D01.000 A01.000", "A01.000 C01.000 M01.000", "D01.000 K01.000 M01.000")
    operations = ("", "01.0100", "02.0200", "03.0300", "02.0200 01.0100", "09.0900 03.0300 02.0200")
    ages: tuple[int | None, ...] = (None, 4, 5, 10, 11)
    return [
        case(dx, op, age_years=age, sex=sex, day_surgery=day)
        for (dx, op, age), (sex, day) in product(
            product(diagnoses, operations, ages), (("male", True), ("female", False), (None, None))
        )
    ]


CASES = _cases()


@given(st.one_of(st.none(), RULES), MDCS)
@example(
    None,
    [("always", "next", [("principal(a)", [("always", "")]), ("!principal(a) & principal(all)", [("always", "")])])],
)
@settings(max_examples=40)
def test_no_case_comes_to_a_group_that_is_called_unreachable(check: str | None, mdcs: list[Any]) -> None:
    content = {"lists": LISTS, "mcc": "exclusion, codes\n1, M01.000", "cc": "exclusion, codes\n1, K01.000"}
    content |= {"mdc": "mdc, rule, if_none\n", "adrg": "mdc, adrg, rule\n", "drg": "adrg, drg, severity, rule\n"}
    content["checks"] = f"check, rule\nodd, {check}" if check else ""
    for letter, (gate, if_none, adrgs) in zip("EF", mdcs, strict=False):
        content["mdc"] += f"MDC{letter}, {gate}, {if_none}\n"
        for number, (rule, drgs) in enumerate(adrgs):
            content["adrg"] += f"MDC{letter}, {letter}S{number}, {rule}\n"
            for place, (severity, further) in enumerate(drgs):
                content["drg"] += f"{letter}S{number}, {letter}S{number}{place}, {severity}, {further}\n"
    tables = small_tables(content, MANIFEST)
    scheme = build_scheme(tables)
    found = check_scheme(tables, scheme)
    shut = {finding.where for finding in found if finding.check.startswith("unreachable")}
    silent = {finding.where.split()[-1] for finding in found if finding.check == "check_never_met"}
    grouper = Grouper(scheme)
    for each in CASES:
        result = grouper.group_one(each)
        assert shut.isdisjoint((result.mdc, result.adrg, result.drg)), (each, result)
        assert result.decided_by not in silent
