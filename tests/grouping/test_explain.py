"""Every grouping can answer why."""

from tests.grouping.cases import batch, case

from tongchou.core.explanation import Step, explanation_as_json, explanation_as_text
from tongchou.grouping.explain import explain_grouping
from tongchou.grouping.matcher import Matcher


def _steps(root: Step, rule: str) -> list[Step]:
    return [step for step in root.walk() if step.rule == rule]


def test_an_ordinary_case_names_the_rule_the_lists_and_what_was_rejected(tiny: Matcher) -> None:
    root = explain_grouping(tiny, batch(case("J15.900 I10.x00")))
    assert root.outcome.zh == "ES13 肺炎伴并发症"
    adrg = _steps(root, "grouping.adrg")[-1]
    assert adrg.outcome.en == "ES1 pneumonia"
    assert [fact.value for fact in adrg.facts] == ["principal(dx)", "J15.900"]
    assert [text.en for text in adrg.rejected] == [
        "EB1 chest operation: principal(dx) & (part(1) | (part(2) & part(3)))"
    ]


def test_an_excluded_complication_names_the_table_that_excluded_it(tiny: Matcher) -> None:
    root = explain_grouping(tiny, batch(case("J15.900 J96.000")))
    (severity,) = _steps(root, "grouping.severity")
    assert severity.outcome.en == "none"
    assert "excluded by table lung of the principal diagnosis J15.900" in severity.rejected[0].en


def test_an_ungrouped_case_says_that_no_gate_is_open(tiny: Matcher) -> None:
    root = explain_grouping(tiny, batch(case("Q00.000")))
    assert root.outcome.en == "no group fits"
    assert _steps(root, "grouping.mdc")[-1].outcome.en == "no MDC is open to the case"


def test_a_case_that_falls_through_shows_each_mdc_it_entered(tiny: Matcher) -> None:
    root = explain_grouping(tiny, batch(case("J15.900", "47.0900")))
    assert [step.outcome.en for step in _steps(root, "grouping.mdc")] == ["MDCA pre-MDC", "MDCE respiratory"]


def test_an_invalid_case_is_not_tried_against_any_group(tiny: Matcher) -> None:
    root = explain_grouping(tiny, batch(case("J15.900", sex=None)))
    assert [step.rule for step in root.walk()] == ["grouping", "grouping.validity"]


def test_the_notice_of_a_learning_scheme_stands_in_every_explanation(tiny: Matcher) -> None:
    root = explain_grouping(tiny, batch(case("J15.900")))
    assert any("for tests only" in fact.value for fact in root.facts)


def test_both_languages_and_the_json_form_say_the_same_steps(tiny: Matcher) -> None:
    root = explain_grouping(tiny, batch(case("J15.900")))
    assert len(explanation_as_text(root, "zh").splitlines()) == len(explanation_as_text(root, "en").splitlines())
    json = explanation_as_json(root)
    assert json["format"] == "tongchou.explanation/1"
    assert json["explanation"]["outcome"] == {"zh": "ES15 肺炎", "en": "ES15 pneumonia"}
