"""Every grouping can answer why, and the answer is the one that grouping gives."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.grouping.cases import case
from tests.grouping.conftest import write_scheme

from tongchou.core.explanation import Step, explanation_as_json, explanation_as_text
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.reasons.case_reading import CaseReader
from tongchou.grouping.reasons.rule_test import codes_hit, is_met
from tongchou.grouping.schemes.library import find_scheme
from tongchou.grouping.schemes.reading import build_scheme, load_scheme
from tongchou.grouping.schemes.rules import CodeTest
from tongchou.grouping.schemes.scheme import SEVERITIES, Scheme
from tongchou.grouping.schemes.tables import SchemeTables, read_tables
from tongchou.schema.states import GROUPING_STATUS

# A scheme with every test of the rule language, QY, an MDC that stops, and lists that bar principal codes.
ALL_TESTS = {
    "lists_csv": "list,kind,codes\nvalid,op,33.5 32.4 47\nnot_principal_dx,dx,J18.9\nnot_principal_op,op,47.9\n",
    "mdc_csv": """order,mdc,rule,if_none,name_zh,name_en
1,MDCA,main_op(valid) & !new_technique,,先期,pre-MDC
2,MDCZ,principal(dx) & distinct_sites(any_dx)>=2,stop,多发伤,multiple trauma
3,MDCE,principal(dx),,呼吸,respiratory
4,MDCX,always,,其他,other
""",
    "mdc_codes_csv": "mdc,list,codes\nMDCZ,dx,S\nMDCZ,site:head,S0\nMDCZ,site:leg,S7-S8\nMDCE,dx,J\nMDCX,site:arm,S4\n",
    "adrg_csv": """mdc,order,adrg,outcome,rule,name_zh,name_en
MDCA,1,AA1,,main_op(op),移植,transplant
MDCZ,1,ZB1,,any_op(op) & other_op(op2),创伤手术,surgery for trauma
MDCE,1,EB1,,principal(dx) & (part(1) | (part(2) & part(3))),胸部手术,chest operation
MDCE,2,EQY,ambiguous,any_op(valid) & icu_hours<24,歧义病案,ambiguous case
MDCE,3,EQZ,ambiguous,any_op(valid),歧义病案,ambiguous case
MDCE,4,ES1,,any_dx(dx) & no_dx(bad),肺炎,pneumonia
MDCX,1,XB1,,"secondary(ES1.dx) & !sex=2 & discharge_way in (death, transfer) & department in (ICU)",转出,sent on
MDCX,2,XC1,,known(department) & multi_site & los_days>3 & 1500<=weight_g<2500,多处,several sites
MDCX,3,XD1,,no_op(XZ1.op) & ventilator_hours>=96,通气,ventilation
MDCX,4,XZ1,,!any_op(op) & !(age_years<6 | crrt_hours>=1),其余,the rest
""",
    "adrg_codes_csv": """adrg,list,part,codes
AA1,op,,33.5
ZB1,op,,47
ZB1,op2,,32
EB1,dx,,J
EB1,op,1,32.4
EB1,op,2,34.0
EB1,op,3,34.1
ES1,dx,,J12-J18 !J17
ES1,bad,,R57
XZ1,op,,99
""",
    "drg_csv": """adrg,order,drg,severity,rule,name_zh,name_en
AA1,1,AA19,always,,移植,transplant
ZB1,1,ZB11,mcc,,创伤手术,surgery for trauma
EB1,1,EB11,mcc,los_days>2,胸部手术伴严重并发症,chest operation with MCC
EB1,2,EB13,mcc_or_cc,,胸部手术伴并发症,chest operation with CC
EB1,3,EB15,none,age_years>17,胸部手术,chest operation
EQZ,1,EQZ9,always,,歧义,ambiguous
ES1,1,ES11,mcc,,肺炎伴严重并发症,pneumonia with MCC
ES1,2,ES13,cc,,肺炎伴并发症,pneumonia with CC
ES1,3,ES15,always,,肺炎,pneumonia
XB1,1,XB19,always,,转出,sent on
XC1,1,XC19,always,,多处,several sites
XD1,1,XD13,cc,,通气伴并发症,ventilation with CC
XD1,2,XD19,always,,通气,ventilation
XZ1,1,XZ11,mcc,day_surgery,其余日间,the rest by day
XZ1,2,XZ13,mcc_or_cc,admission_weight_g>2000,其余重,the rest heavy
XZ1,3,XZ15,none,,其余,the rest
""",
}
ONE_MDC = {"mdc_codes_csv": "mdc,list,codes\n", "adrg_codes_csv": "adrg,list,part,codes\nES1,dx,,J12\n"}
MANIFEST = """
name: all-tests
title: {zh: 全语言方案, en: a scheme with every test}
publisher: test
edition: "1"
base: ""
valid_from: 2025-01-01
purpose: payment
code_match: prefix
settings: {day_surgery: no_severity}
"""

rows = st.fixed_dictionaries(
    {
        "sex": st.sampled_from(("male", "2", "男", 1, None, "9", [])),
        "age_years": st.sampled_from((0, 5, 40, "70", None, "x", 1.5)),
        "diagnoses": st.lists(
            st.sampled_from(
                ("J15.900", "j18.900", "J17", "S01.0", "S72", "S42", "R57.000", "J96.000", "I10", "X", "", "Ｊ12.0")
            ),
            max_size=5,
        )
        | st.sampled_from((None, "J12.0", ("J12.0", "I10"), {"J12.0": 1}, 5, ["J12.0", None, []])),
        "procedures": st.lists(st.sampled_from(("33.51", "32.41", "34.01", "34.1", "47.9", "99.1", "x")), max_size=4),
    },
    optional={
        "age_days": st.sampled_from((3, 28, 29, "5", None)),
        "birth_weight_g": st.sampled_from((0, 1499, "1500", 2000, 3000)),
        "department": st.sampled_from(("ICU", "0401", "", " ICU ")),
        "los_days": st.sampled_from((0, 3, "4", -1)),
        "discharge_way": st.sampled_from(("death", "5", "home", "transfer", "odd", [])),
        "admission_weight_g": st.sampled_from((0, 2001)),
        "icu_hours": st.sampled_from((0, 24)),
        "crrt_hours": st.sampled_from((0, 1)),
        "ventilator_hours": st.sampled_from((95, 96)),
        "day_surgery": st.sampled_from((True, False, "是", 0)),
        "multi_site": st.sampled_from((True, "1", "")),
        "new_technique": st.booleans(),
        "ward": st.just("7"),
    },
)


@pytest.fixture(scope="module")
def every_tables(tmp_path_factory: pytest.TempPathFactory) -> SchemeTables:
    folder = tmp_path_factory.mktemp("schemes") / "all-tests"
    return read_tables(write_scheme(folder, scheme_yaml=MANIFEST, **ALL_TESTS))


@pytest.fixture(scope="module")
def every(every_tables: SchemeTables) -> Grouper:
    return Grouper(build_scheme(every_tables))


def _steps(root: Step, rule: str) -> list[Step]:
    return [step for step in root.walk() if step.rule == rule]


def _step(root: Step, rule: str) -> Step:
    (step,) = _steps(root, rule)
    return step


def _facts(step: Step) -> list[tuple[str, str]]:
    return [(fact.label.en, fact.value_in_language("en")) for fact in step.facts]


_DECIDED = {"no_mdc": "no MDC is open", "no_adrg": "no ADRG fits", "adrg": "ADRG", "drg": "DRG"}


def _assert_told_as_grouped(grouper: Grouper, row: dict[str, Any]) -> None:
    grouped, root = grouper.group_one(row), grouper.explain(row)
    told = dict(_facts(root))
    assert tuple(told[name] for name in ("status", "MDC", "ADRG", "DRG", "decided by")) == (
        GROUPING_STATUS[grouped.status].en,
        grouped.mdc,
        grouped.adrg,
        grouped.drg,
        _DECIDED.get(grouped.decided_by, grouped.decided_by),
    )
    drgs = [step.outcome.en.partition(" ")[0] for step in _steps(root, "grouping.drg")]
    assert drgs == ([grouped.drg] if grouped.status == "grouped" or grouped.drg == "EQZ9" else [])
    assert len(_steps(root, "grouping.ambiguous")) == (grouped.status == "ambiguous")


@settings(max_examples=500)
@given(row=rows)
def test_the_explanation_comes_to_the_result_of_grouping(every: Grouper, row: dict[str, Any]) -> None:
    _assert_told_as_grouped(every, row)


TESTS = (
    *("always", "never", "day_surgery", "multi_site", "new_technique", "part(1)", "part(2)", "part(3)"),
    *(
        f"{subject}({name})"
        for subject in ("principal", "any_dx", "secondary", "no_dx")
        for name in ("MDCE.dx", "ES1.dx")
    ),
    *(f"{subject}({name})" for subject in ("main_op", "any_op", "other_op", "no_op") for name in ("valid", "AA1.op")),
    *("distinct_sites(any_dx)>=1", "distinct_sites(any_dx)>=2", "sex=1", "sex=2", "age_years<6", "age_years>=5"),
    *("0<age_days<=28", "1500<=weight_g<2000", "admission_weight_g<5000", "los_days>3", "los_days=0", "icu_hours<24"),
    *("discharge_way in (death, transfer)", "department in (ICU, 0401)", "known(department)", "known(age_days)"),
    *("known(discharge_way)", "known(weight_g)", "any_op(listed)", "no_op(listed)"),
)
rules = st.recursive(
    st.sampled_from(TESTS),
    lambda inner: st.one_of(
        inner.map("!({})".format),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' & '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' | '.join(parts)})"),
    ),
    max_leaves=5,
)


gates = rules.filter(lambda rule: "part(" not in rule)


@settings(max_examples=150, deadline=None)
@given(gate=gates, rule=rules, drg_rule=rules, severity=st.sampled_from(SEVERITIES), some=st.lists(rows, min_size=8))
def test_rules_of_every_shape_are_told_as_they_group(
    every_tables: SchemeTables, gate: str, rule: str, drg_rule: str, severity: str, some: list[dict[str, Any]]
) -> None:
    changes = {"MDCX": {"rule": gate}, "EB1": {"rule": rule}, "EB13": {"rule": drg_rule, "severity": severity}}
    tables = {
        name: [row | changes.get(row.get(name.removesuffix(".csv"), ""), {}) for row in rows]
        for name, rows in every_tables.tables.items()
    }
    grouper = Grouper(build_scheme(SchemeTables(every_tables.manifest, tables)))
    for row in some:
        _assert_told_as_grouped(grouper, row)


def _codes(scheme: Scheme, kind: str, owner: str) -> list[str]:
    cells = [cell for key, cells in scheme.lists[kind].items() if key.owner == owner for cell in cells]  # type: ignore[index]
    return [pattern.partition("-")[0] for cell in cells for pattern in cell.split() if not pattern.startswith("!")]


def test_cases_aimed_at_every_group_of_a_whole_scheme_are_told_as_they_are_grouped() -> None:
    random, scheme = Random(7), find_scheme("chs-drg-category")
    grouper = Grouper(scheme)
    # All codes are learnt at once: one by one takes long.
    for kind, table in (("dx", grouper.compiled.diagnoses), ("op", grouper.compiled.procedures)):
        table.numbers([code for key in scheme.lists[kind] for code in _codes(scheme, kind, key.owner)])
    severe = [cell.patterns.split()[0].partition("-")[0] for cell in scheme.severity]
    reached = set()
    for mdc in scheme.mdcs:
        for adrg in mdc.adrgs:
            own = (_codes(scheme, "dx", adrg.code), _codes(scheme, "dx", mdc.code), _codes(scheme, "op", adrg.code))
            for _ in range(3):
                diagnosis, gate, operation = ([random.choice(codes)] if codes else [] for codes in own)
                row = case("") | {
                    "sex": random.choice((1, 2)),
                    "age_years": 0 if mdc.code == "MDCP" else 40,
                    "age_days": 3,
                    "birth_weight_g": random.choice((900, 1800, 2300, 3300)),
                    "diagnoses": [*random.choice(((diagnosis or gate), gate)), *diagnosis, random.choice(severe)],
                    "procedures": operation + random.choice(([], ["39.61"])),
                }
                _assert_told_as_grouped(grouper, row)
                reached.add(grouper.group_one(row).adrg)
    assert len(reached) > 200


def test_an_ordinary_case_names_the_rule_the_lists_and_what_was_rejected(tiny: Grouper) -> None:
    root = tiny.explain(case("J15.900 I10.x00"))
    assert root.outcome.zh == "ES13 肺炎伴并发症"
    adrg = _step(root, "grouping.adrg")
    assert adrg.outcome.en == "ES1 pneumonia"
    assert _facts(adrg) == [("rule", "principal(dx)"), ("the principal diagnosis in list ES1 dx", "J15.900")]
    assert [text.en for text in adrg.rejected] == [
        "EB1 chest operation: wants any procedure in list EB1 op part 1 or (any procedure in list EB1 op part 2 and "
        "any procedure in list EB1 op part 3); the case: met in no way"
    ]
    drg = _step(root, "grouping.drg")
    assert [text.zh for text in drg.rejected] == ["ES11 肺炎伴严重并发症：要求伴 MCC；病例：CC"]


def test_severity_says_what_counted_and_what_was_excluded_by_which_table(tiny: Grouper) -> None:
    severity = _step(tiny.explain(case("J15.900 J96.000 I10 R57.1 X00")), "grouping.severity")
    assert severity.outcome.en == "MCC"
    assert _facts(severity) == [("counted", "I10 CC"), ("counted", "R57.1 MCC"), ("neither MCC nor CC", "X00")]
    assert [text.en for text in severity.rejected] == [
        "J96.000 is MCC but excluded by table lung of the principal diagnosis J15.900"
    ]


def test_day_surgery_without_severity_is_said(every: Grouper) -> None:
    severity = _step(every.explain(case("X J96.000", day_surgery=True)), "grouping.severity")
    assert severity.outcome.en == "none"
    assert severity.rejected[0].en == "the scheme rules: day surgery counts as without CC and MCC"


def test_gates_that_are_shut_are_named_with_the_reason_where_it_is_not_the_diagnosis(tiny: Grouper) -> None:
    root = tiny.explain(case("P07.3", "47.0900", age_years=3))
    (entered, others) = _steps(root, "grouping.mdc")
    assert entered.outcome.en == "MDCA pre-MDC"
    assert [text.en for text in others.rejected] == [
        "MDCP newborn: wants age, years: 0; the case: 3",
        "MDCs that are not open (the principal diagnosis is not in their list): MDCZ MDCE",
    ]


def test_an_ungrouped_case_says_that_no_gate_is_open_and_what_to_check(tiny: Grouper) -> None:
    root = tiny.explain(case("Q00.000"))
    assert root.outcome.en == "no group fits"
    mdc = _step(root, "grouping.mdc")
    assert mdc.outcome.en == "no MDC is open to the case"
    assert _facts(mdc)[0][1] == "that the principal diagnosis is the right one"


def test_a_case_that_falls_through_shows_each_mdc_it_entered(tiny: Grouper) -> None:
    root = tiny.explain(case("J15.900", "47.0900"))
    assert [step.outcome.en for step in _steps(root, "grouping.mdc")] == ["MDCA pre-MDC", "MDCE respiratory"]
    assert _steps(root, "grouping.adrg")[0].outcome.en == "none fits; the case goes on to the next MDC"


def test_an_mdc_that_ends_the_search_says_so(every: Grouper) -> None:
    root = every.explain(case("S01 S72"))
    assert dict(_facts(root))["decided by"] == "no ADRG fits"
    assert "no further" in _step(root, "grouping.adrg").outcome.en


def test_an_adrg_that_no_drg_completes_is_rejected_with_the_reasons(every: Grouper) -> None:
    rejected = _step(every.explain(case("J12.0 I10", "34.01 34.1")), "grouping.adrg").rejected
    assert rejected == ()
    rejected = _step(every.explain(case("J12.0", "34.01 34.1", age_years=9)), "grouping.adrg").rejected
    assert "EB15 胸部手术：要求年龄（岁）不低于 18；病例：9" in rejected[0].zh
    assert "没有 DRG 收治" in rejected[0].zh


def test_an_ambiguous_case_says_what_to_check(every: Grouper) -> None:
    root = every.explain(case("J12.0", "47.0", icu_hours=3))
    assert root.outcome.zh == "EQY 歧义病案"
    step = _step(root, "grouping.ambiguous")
    assert [fact.label.zh for fact in step.facts] == ["请核对"] * 3


def test_an_invalid_case_names_the_check_and_is_not_tried_against_any_group(tiny: Grouper) -> None:
    root = tiny.explain(case("J15.900", age_years=None))
    assert root.outcome.en == "the case's data are not valid: the age is not known"
    rules = [step.rule for step in root.walk()]
    assert rules == ["grouping", "grouping.values", "grouping.checks", "grouping.codes", "grouping.scheme"]
    checks = _step(root, "grouping.checks")
    assert [fact.label.en for fact in checks.facts] == ["the sex is not known", "the check's rule"]


def test_values_used_unreadable_and_unused_are_told_apart(tiny: Grouper) -> None:
    values = _step(tiny.explain(case("J15.900", age_days="soon", los_days=4, ward="7")), "grouping.values")
    assert _facts(values) == [
        ("age, days", "not known ('soon' cannot be read)"),
        ("age, years", "40"),
        ("sex", "male"),
        ("birth weight, g", "not known"),
    ]
    assert values.facts[0].value_in_language("zh") == "未知（写作“soon”，读不出）"
    assert [text.en for text in values.rejected] == [
        "days in hospital: not used by this scheme",
        "ward: not used by this scheme",
    ]


def test_codes_read_otherwise_and_codes_without_effect_are_named(tiny: Grouper) -> None:
    for _ in range(2):  # the second time the code is known as it is written
        codes = _step(tiny.explain(case("ｊ15.900 X00", "47.0900.")), "grouping.codes")
        assert _facts(codes) == [("ｊ15.900 is read as", "J15.900"), ("47.0900. is read as", "47.0900")]
        assert [text.en.partition(":")[0] for text in codes.rejected] == ["X00"]
    assert _step(tiny.explain(case("J15.900")), "grouping.codes").outcome.en == "all known as they are written"


def test_a_code_barred_as_principal_diagnosis_is_said(every: Grouper) -> None:
    codes = _step(every.explain(case("J18.900")), "grouping.codes")
    assert (
        codes.rejected[0].en == "J18.900: the scheme does not take it as principal diagnosis; there it decides nothing"
    )


def test_a_barred_principal_diagnosis_is_in_no_list_as_such_and_in_its_lists_as_any(every: Grouper) -> None:
    facts = CaseReader(every.scheme, every.compiled).read(case("J18.900"))
    as_principal, as_any = CodeTest("principal", "dx", "ES1"), CodeTest("any_dx", "dx", "ES1")
    assert (codes_hit(as_principal, facts), is_met(as_principal, facts)) == ((), False)
    assert ([code.read_as for code in codes_hit(as_any, facts)], is_met(as_any, facts)) == (["J18.900"], True)


@pytest.mark.parametrize(
    ("subject", "is_first_in", "is_rest_in", "is_none_in"),
    [
        ("principal", True, False, False),
        ("secondary", False, True, False),
        ("any_dx", True, True, False),
        ("no_dx", False, False, True),
        ("main_op", True, False, False),
        ("other_op", False, True, False),
        ("any_op", True, True, False),
        ("no_op", False, False, True),
    ],
)
def test_a_subject_looks_at_its_own_codes(
    every: Grouper, subject: Any, is_first_in: bool, is_rest_in: bool, is_none_in: bool
) -> None:
    test = CodeTest(subject, "dx", "ES1") if "op" not in subject else CodeTest(subject, "op", "AA1")
    reader = CaseReader(every.scheme, every.compiled)
    rows = (case("J12 X", "33.5 1"), case("X J12", "1 33.5"), case("X X", "1 1"))
    assert [is_met(test, reader.read(row)) for row in rows] == [is_first_in, is_rest_in, is_none_in]


def test_a_gate_that_asks_for_another_group_s_list_is_named_one_by_one(tmp_path: Path) -> None:
    mdcs = "order,mdc,rule,if_none,name_zh,name_en\n1,MDCE,principal(ES1.dx),,呼吸,respiratory\n"
    adrgs = "mdc,order,adrg,outcome,rule,name_zh,name_en\nMDCE,1,ES1,,always,肺炎,pneumonia\n"
    drgs = "adrg,order,drg,severity,rule,name_zh,name_en\nES1,1,ES15,always,,肺炎,pneumonia\n"
    folder = write_scheme(tmp_path / "one", mdc_csv=mdcs, adrg_csv=adrgs, drg_csv=drgs, **ONE_MDC)
    mdc = _step(Grouper(load_scheme(folder)).explain(case("Q00")), "grouping.mdc")
    assert [text.en for text in mdc.rejected] == [
        "MDCE respiratory: wants the principal diagnosis in list ES1 dx; the case: Q00"
    ]


def test_the_fingerprint_and_the_notice_of_a_learning_scheme_stand_in_every_explanation(
    tiny: Grouper, every: Grouper
) -> None:
    root = tiny.explain(case("J15.900"))
    assert dict(_facts(_step(root, "grouping.scheme")))["fingerprint of the scheme"] == tiny.scheme.fingerprint[:16]
    assert "for tests only" in dict(_facts(root))["notice"]
    assert "notice" not in dict(_facts(every.explain(case("J15.900"))))


def test_both_languages_and_the_json_form_say_the_same_steps(tiny: Grouper) -> None:
    root = tiny.explain(case("J15.900"))
    assert len(explanation_as_text(root, "zh").splitlines()) == len(explanation_as_text(root, "en").splitlines())
    json = explanation_as_json(root)
    assert json["format"] == "tongchou.explanation/1"
    assert json["explanation"]["outcome"] == {"zh": "ES15 肺炎", "en": "ES15 pneumonia"}


def test_a_scheme_that_is_found_compiled_explains_as_one_that_is_read(tmp_path: Path, tiny: Grouper) -> None:
    folder = write_scheme(tmp_path / "tiny")
    row = case("ｊ15.900 I10", "47.09")
    assert Grouper.find(str(folder)).explain(row) == Grouper.find(str(folder)).explain(row) == tiny.explain(row)
