"""The rule language of a grouping scheme, read by a parser into a tree.

A rule is made of tests joined by `&` (all), `|` (any) and parentheses:

| test | true when |
| --- | --- |
| `always` | always |
| `principal(L)` | the principal diagnosis is in list L |
| `any_dx(L)`, `secondary(L)` | any diagnosis, any but the principal one, is in list L |
| `main_op(L)` | the principal procedure is in list L |
| `any_op(L)`, `no_op(L)` | any procedure, none of the procedures, is in list L |
| `part(N)` | any procedure is in part N of the list `op` |
| `distinct_sites(any_dx)>=N` | the diagnoses fall into at least N of the lists named `site:…` |
| `sex=1`, `sex=2` | the patient is male, female |
| `age_days<=28`, `1500<=weight_g<2000`, `age_years=0` | the value is known and within the bounds |

The list `valid` is the scheme's list of operating-room procedures; every other list belongs to the MDC or the
ADRG that the rule is for.
"""

import re
from dataclasses import dataclass
from typing import Literal

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

Subject = Literal["principal", "any_dx", "secondary", "main_op", "any_op", "no_op"]
Measure = Literal["sex", "age_years", "age_days", "weight_g"]

DIAGNOSIS_SUBJECTS = ("principal", "any_dx", "secondary")
_SUBJECTS = (*DIAGNOSIS_SUBJECTS, "main_op", "any_op", "no_op")
_MEASURES = ("sex", "age_years", "age_days", "weight_g")

_TOKEN = re.compile(r"\s*(?:(<=|>=|<|>|=|&|\||\(|\))|(\d+)|([a-z_][a-z_0-9]*))")


@dataclass(frozen=True, slots=True)
class Always:
    """The test that is always met."""


@dataclass(frozen=True, slots=True)
class CodeTest:
    """Whether the codes of `subject` meet a list."""

    subject: Subject
    list_name: str


@dataclass(frozen=True, slots=True)
class PartTest:
    """Whether any procedure is in one numbered part of the list `op`."""

    part: int


@dataclass(frozen=True, slots=True)
class SiteTest:
    """Whether the diagnoses fall into at least `minimum` different sites."""

    minimum: int


@dataclass(frozen=True, slots=True)
class Between:
    """Whether a known value lies within whole-number bounds, both inclusive; `None` is no bound."""

    measure: Measure
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part must be met."""

    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part suffices."""

    parts: tuple["Rule", ...]


Rule = Always | CodeTest | PartTest | SiteTest | Between | AllOf | AnyOf


def parse_rule(text: str, where: str) -> Rule:
    """Read a rule.

    Args:
        text: The rule as written in the scheme.
        where: Where it stands, for the error's sentence.

    Raises:
        TongchouError: `grouping.rule` if it does not follow the language.
    """
    return _Parser(text, where).whole()


def tests_of(rule: Rule) -> list[Rule]:
    """Return the single tests that a rule is made of, in order."""
    if isinstance(rule, AllOf | AnyOf):
        return [test for part in rule.parts for test in tests_of(part)]
    return [rule]


class _Parser:
    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._tokens = self._split()
        self._at = 0

    def whole(self) -> Rule:
        rule = self._any_of()
        if self._at < len(self._tokens):
            raise self._wrong(f"{self._tokens[self._at]!r}")
        return rule

    def _split(self) -> list[str]:
        tokens, position = [], 0
        text = self._text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._wrong(f"{text[position:]!r}")
            tokens.append(match.group(match.lastindex or 0))
            position = match.end()
        return tokens

    def _any_of(self) -> Rule:
        parts = [self._all_of()]
        while self._take("|"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all_of(self) -> Rule:
        parts = [self._test()]
        while self._take("&"):
            parts.append(self._test())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _test(self) -> Rule:
        if self._take("("):
            rule = self._any_of()
            self._expect(")")
            return rule
        word = self._next()
        if word == "always":
            return Always()
        if word in _SUBJECTS:
            return CodeTest(word, self._argument())  # type: ignore[arg-type]
        if word == "part":
            return PartTest(self._whole_number(self._argument()))
        if word == "distinct_sites":
            self._argument()
            self._expect(">=")
            return SiteTest(self._whole_number(self._next()))
        return self._between(word)

    def _between(self, word: str) -> Rule:
        low: int | None = None
        high: int | None = None
        if word.isdigit():
            low, word = int(word) + {"<=": 0, "<": 1}[self._operator("<=", "<")], self._next()
        if word not in _MEASURES:
            raise self._wrong(f"{word!r}")
        if self._peek() in ("<=", "<", ">=", ">", "="):
            operator, value = self._next(), self._whole_number(self._next())
            if operator == "=":
                low = high = value
            elif operator in ("<=", "<"):
                high = value - (operator == "<")
            else:
                low = value + (operator == ">")
        if low is None and high is None:
            raise self._wrong(f"{word!r}")
        return Between(word, low, high)  # type: ignore[arg-type]

    def _argument(self) -> str:
        self._expect("(")
        argument = self._next()
        self._expect(")")
        return argument

    def _operator(self, *allowed: str) -> str:
        word = self._next()
        if word not in allowed:
            raise self._wrong(f"{word!r}")
        return word

    def _whole_number(self, word: str) -> int:
        if not word.isdigit():
            raise self._wrong(f"{word!r}")
        return int(word)

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> str:
        word = self._peek()
        if word is None:
            raise self._wrong("…")
        self._at += 1
        return word

    def _take(self, word: str) -> bool:
        if self._peek() == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._wrong(f"{self._peek()!r} ≠ {word!r}")

    def _wrong(self, near: str) -> TongchouError:
        return TongchouError(
            "grouping.rule",
            what=Text("分组规则无法读懂", "the grouping rule cannot be read"),
            where=f"{self._where}: {self._text}",
            why=Text(f"在 {near} 处不符合规则语言", f"it does not follow the rule language at {near}"),
            remedy=Text("按方案手册中的规则语言改写", "write it in the rule language of the scheme manual"),
        )
