"""Rules in the form that the matcher works on: literals over numbered facts of a case, joined by all and any.

A fact is one yes-or-no question about a case: whether a number lies within bounds, whether any procedure is in a
list, whether two body sites are hurt. Negation is pushed down to the facts, words become numbers, and what is
always or never met is folded away.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tongchou.grouping.schemes.rules import (
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
    tests_of,
)
from tongchou.grouping.schemes.scheme import ListKey, Scheme

Place = Literal["first", "rest", "any"]
"""Which codes of a case a fact looks at: the principal one, those after it, all."""


@dataclass(frozen=True, slots=True)
class NumberFact:
    """Whether a number of the case is known and lies within bounds, both inclusive."""

    field: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class CodeFact:
    """Whether the codes at a place of the case meet a list."""

    kind: Literal["dx", "op"]
    place: Place
    key: ListKey


@dataclass(frozen=True, slots=True)
class SiteFact:
    """Whether the diagnoses fall into at least `minimum` of an MDC's sites."""

    owner: str
    minimum: int


Fact = NumberFact | CodeFact | SiteFact


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fact that must hold, or must not."""

    fact: Fact
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions of which all, or any, must be met."""

    needs_all: bool
    parts: tuple["Condition", ...]


Condition = bool | Wanted | Junction

HIGHEST = 2**31 - 1
_PLACES: dict[str, tuple[Literal["dx", "op"], Place, bool]] = {
    "principal": ("dx", "first", True),
    "secondary": ("dx", "rest", True),
    "any_dx": ("dx", "any", True),
    "no_dx": ("dx", "any", False),
    "main_op": ("op", "first", True),
    "other_op": ("op", "rest", True),
    "any_op": ("op", "any", True),
    "no_op": ("op", "any", False),
}


class Vocabulary:
    """The words of text fields (ways of discharge, departments) that a scheme asks for, as numbers."""

    def __init__(self, scheme: Scheme) -> None:
        self.words: dict[str, dict[str, int]] = {}
        for rule in all_rules(scheme):
            for test in tests_of(rule):
                if isinstance(test, OneOf):
                    known = self.words.setdefault(test.field, {})
                    for word in test.words:
                        known.setdefault(word, len(known) + 1)

    def number(self, field: str, word: str) -> int:
        """Return the number of a word; 0 for one that no rule asks for."""
        return self.words.get(field, {}).get(word, 0)


def all_rules(scheme: Scheme) -> Iterator[Rule]:
    """Yield every rule of a scheme: of its checks, MDCs, ADRGs and DRGs."""
    for check in scheme.checks:
        yield check.rule
    for mdc in scheme.mdcs:
        yield mdc.rule
        for adrg in mdc.adrgs:
            yield adrg.rule
            for drg in adrg.drgs:
                yield drg.rule


def condition_of(rule: Rule, vocabulary: Vocabulary, *, is_wanted: bool = True) -> Condition:
    """Return a rule, or its negation, as a condition."""
    match rule:
        case Constant(is_met):
            return is_met == is_wanted
        case Not(inner):
            return condition_of(inner, vocabulary, is_wanted=not is_wanted)
        case AllOf(parts) | AnyOf(parts):
            needs_all = isinstance(rule, AllOf) == is_wanted
            return joined((condition_of(part, vocabulary, is_wanted=is_wanted) for part in parts), needs_all=needs_all)
        case CodeTest():
            kind, place, wants_hit = _PLACES[rule.subject]
            key = ListKey(rule.owner or "", rule.list_name, rule.part)
            return Wanted(CodeFact(kind, place, key), wants_hit == is_wanted)
        case SiteTest(minimum, owner):
            return Wanted(SiteFact(owner or "", minimum), is_wanted)
        case Between(field, low, high):
            return Wanted(NumberFact(field, low or 0, HIGHEST if high is None else high), is_wanted)
        case Known(field):
            return Wanted(NumberFact(field, 0, HIGHEST), is_wanted)
        case Marked(mark):
            return Wanted(NumberFact(mark, 1, HIGHEST), is_wanted)
        case OneOf(field, words):
            numbers = (vocabulary.number(field, word) for word in words)
            facts = (Wanted(NumberFact(field, number, number), is_wanted) for number in numbers)
            return joined(facts, needs_all=not is_wanted)


def joined(parts: Iterator[Condition], *, needs_all: bool) -> Condition:
    """Join conditions by all or any: flat, without repetition, constants folded away."""
    kept: dict[Condition, None] = {}
    for part in parts:
        if isinstance(part, bool):
            if part != needs_all:
                return part
        elif isinstance(part, Junction) and part.needs_all == needs_all:
            kept |= dict.fromkeys(part.parts)
        else:
            kept[part] = None
    if not kept:
        return needs_all
    return next(iter(kept)) if len(kept) == 1 else Junction(needs_all, tuple(kept))


def all_parts(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions that must all be met for one to be met."""
    if isinstance(condition, Junction) and condition.needs_all:
        return condition.parts
    return () if condition is True else (condition,)


def facts_of(condition: Condition) -> Iterator[Fact]:
    """Yield the facts that a condition looks at."""
    if isinstance(condition, Wanted):
        yield condition.fact
    elif isinstance(condition, Junction):
        for part in condition.parts:
            yield from facts_of(part)
