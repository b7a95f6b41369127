"""Rules tested on one case, straight from the scheme's text: the plain way, beside the compiled one."""

from tongchou.grouping.reasons.case_reading import CaseCode, CaseFacts, CodesOfCase, ListId
from tongchou.grouping.schemes.rules import (
    DIAGNOSIS_SUBJECTS,
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
from tongchou.grouping.schemes.scheme import SITE_PREFIX

_PRINCIPAL, _OTHERS = ("principal", "main_op"), ("secondary", "other_op")
NEGATED = ("no_dx", "no_op")
"""Subjects whose test is met when no code is in the list."""


def is_met(rule: Rule, facts: CaseFacts) -> bool:
    """Return whether a rule, its lists resolved, is met by a case."""
    match rule:
        case CodeTest():
            return _is_code_test_met(rule, facts)
        case AllOf(parts):
            return all(is_met(part, facts) for part in parts)
        case AnyOf(parts):
            return any(is_met(part, facts) for part in parts)
        case Not(inner):
            return not is_met(inner, facts)
        case Constant(met):
            return met
        case Between(field, low, high):
            number = facts.numbers[field]
            return number >= (low or 0) and (high is None or number <= high)
        case Known(field):
            return facts.numbers[field] >= 0
        case Marked(mark):
            return facts.numbers[mark] > 0
        case OneOf(field, words):
            return any(facts.numbers[field] == facts.words[field][word] for word in words)
        case SiteTest(minimum):
            return len(sites_hurt(rule, facts)) >= minimum


def unmet_part(rule: Rule, facts: CaseFacts) -> Rule | None:
    """Return the first part that must be met and is not; `None` if the rule is met."""
    return next((part for part in conjuncts(rule) if not is_met(part, facts)), None)


def list_of(test: CodeTest) -> ListId:
    """Return the list that a test looks at."""
    return (test.owner or "", test.list_name, test.part)


def codes_looked_at(test: CodeTest, facts: CaseFacts) -> tuple[CaseCode, ...]:
    """Return the codes of a case that a test looks at."""
    side = _side(test, facts)
    if test.subject in _PRINCIPAL:
        return side.codes[:1]
    return side.codes[1:] if test.subject in _OTHERS else side.codes


def codes_hit(test: CodeTest, facts: CaseFacts) -> tuple[CaseCode, ...]:
    """Return the codes, of those that a test looks at, that are in its list."""
    if test.subject in _PRINCIPAL and _side(test, facts).is_barred:
        return ()
    return tuple(code for code in codes_looked_at(test, facts) if list_of(test) in code.lists)


def sites_hurt(test: SiteTest, facts: CaseFacts) -> tuple[str, ...]:
    """Return the body sites of the MDC that the diagnoses fall into."""
    return tuple(
        sorted(
            {name for owner, name, _ in facts.diagnoses.every if owner == test.owner and name.startswith(SITE_PREFIX)}
        )
    )


def _is_code_test_met(test: CodeTest, facts: CaseFacts) -> bool:
    side = _side(test, facts)
    if test.subject in _PRINCIPAL:
        return list_of(test) in side.first
    if test.subject in _OTHERS:
        return list_of(test) in side.rest
    return (list_of(test) in side.every) != (test.subject in NEGATED)


def _side(test: CodeTest, facts: CaseFacts) -> CodesOfCase:
    return facts.diagnoses if test.subject in DIAGNOSIS_SUBJECTS else facts.procedures
