"""The rule language of a grouping scheme as a tree; `rule_parser` reads it, the scheme manual describes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Subject = Literal["principal", "any_dx", "secondary", "no_dx", "main_op", "any_op", "other_op", "no_op"]
Number = Literal[
    "sex",
    "age_years",
    "age_days",
    "weight_g",
    "admission_weight_g",
    "los_days",
    "icu_hours",
    "crrt_hours",
    "ventilator_hours",
]
Word = Literal["discharge_way", "department"]
Mark = Literal["day_surgery", "multi_site", "new_technique"]

SUBJECTS: tuple[str, ...] = get_args(Subject)
NUMBERS: tuple[str, ...] = get_args(Number)
WORDS: tuple[str, ...] = get_args(Word)
MARKS: tuple[str, ...] = get_args(Mark)
DIAGNOSIS_SUBJECTS = ("principal", "any_dx", "secondary", "no_dx")
WEIGHTS = ("weight_g", "admission_weight_g")
"""Numbers of which 0 says that nobody weighed: it is known and meets no comparison."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A test that is always, or never, met."""

    is_met: bool


@dataclass(frozen=True, slots=True)
class CodeTest:
    """Whether the codes of `subject` meet a list.

    Attributes:
        owner: The group whose list it is, empty for a list of the whole scheme; `None` as the rule is read, before
            `scheme_lists` has found out.
        part: The numbered part of the list; 0 for a list without parts.
    """

    subject: Subject
    list_name: str
    owner: str | None = None
    part: int = 0


@dataclass(frozen=True, slots=True)
class SiteTest:
    """Whether the diagnoses fall into at least `minimum` different sites of an MDC (`owner`)."""

    minimum: int
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """Whether a known number lies within whole-number bounds, both inclusive; `None` is no bound."""

    number: Number
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whether a text of the case is one of some words."""

    field: Word
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """Whether the case is marked so."""

    mark: Mark


@dataclass(frozen=True, slots=True)
class Known:
    """Whether the case has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    """The rule must not be met."""

    rule: "Rule"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part must be met."""

    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part suffices."""

    parts: tuple["Rule", ...]


Test = Constant | CodeTest | SiteTest | Between | OneOf | Marked | Known
Rule = Test | Not | AllOf | AnyOf


def tests_of(rule: Rule) -> Iterator[Test]:
    """Yield the single tests that a rule is made of, in order."""
    if isinstance(rule, AllOf | AnyOf):
        for part in rule.parts:
            yield from tests_of(part)
    elif isinstance(rule, Not):
        yield from tests_of(rule.rule)
    else:
        yield rule


def conjuncts(rule: Rule) -> Iterator[Rule]:
    """Yield the parts that must all be met for a rule to be met."""
    if isinstance(rule, AllOf):
        for part in rule.parts:
            yield from conjuncts(part)
    else:
        yield rule
