"""The rule mini-language of a bureau's grouping workbook, read by a tokenizer and a parser of its own; never `eval`.

A rule looks like `is_pd2(case, 'FM1') and 1500 <= case.newborn_birth_weight < 2500`. What is read here is a closed
list, and comes out as text of the scheme's rule language:

| in the workbook | in the scheme |
| --- | --- |
| `is_pd1(case,'B00')`, `is_sd1(…)` | `principal(…)`, `secondary(…)` of a list of an MDC |
| `is_pd2(case,'FM1')`, `is_sd2(…)` | `principal(…)`, `secondary(…)` of a list of an ADRG |
| `is_op2(case,'FM1')` | `any_op(…)` of a list of an ADRG |
| `multi_wound(case)` | `principal(dx) & distinct_sites(any_dx)>=2` |
| `case.gender`, `case.age`, `case.newborn_birth_weight` | `sex`, `age_years`, `weight_g` |
| `case.newborn_age_month` 0; 1 to 12; 0 to 12 | `age_days<=28`; `age_years=0 & age_days>=29`; `age_years=0` |
| `and`, `or`, parentheses, `1`, `0` | `&`, `|`, parentheses, `always`, `never` |
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

ListPlace = Literal["mdc_dx", "adrg_dx", "adrg_op"]
"""The table of the workbook that a list is in."""

ListName = Callable[[ListPlace, str], str]
"""Returns how the scheme names a list of the workbook, as the rule in question has to name it."""

_TESTS: dict[str, tuple[str, ListPlace]] = {
    "is_pd1": ("principal", "mdc_dx"),
    "is_sd1": ("secondary", "mdc_dx"),
    "is_pd2": ("principal", "adrg_dx"),
    "is_sd2": ("secondary", "adrg_dx"),
    "is_op2": ("any_op", "adrg_op"),
}
_MULTIPLE_WOUNDS = "multi_wound"
_CASE = "case"
_NUMBERS = {"gender": "sex", "age": "age_years", "newborn_birth_weight": "weight_g"}
_MONTHS = "newborn_age_month"
# A month is 28 days old or less (0), or counted within the first year (1 to 12).
_MONTH_RULES = {
    (0, 0): ("age_days<=28",),
    (1, 12): ("age_years=0", "age_days>=29"),
    (0, 12): ("age_years=0",),
}
_TOKEN = re.compile(r"\s*(?:(<=|>=|==|<|>|\(|\)|,|\.)|('\w+'|\"\w+\")|([A-Za-z_]\w*|\d+))", re.ASCII)
_COMPARISONS = ("<=", ">=", "==", "<", ">")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
_LONGEST = 5_000
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule of the scheme language, kept in parts so that it can be joined to others without needless parentheses.

    Attributes:
        joint: `&` or `|`: what stands between the parts.
        parts: The parts, each complete in itself; one part alone is never `always` beside others.
    """

    joint: Literal["&", "|"]
    parts: tuple[str, ...]

    def __str__(self) -> str:
        """Return the rule as the scheme writes it."""
        return f" {self.joint} ".join(self.parts)


ALWAYS = RuleText("&", ("always",))
NEVER = RuleText("&", ("never",))


def one_test(text: str) -> RuleText:
    """Return a rule of one test."""
    return RuleText("&", (text,))


def all_of(rules: Iterable[RuleText]) -> RuleText:
    """Join rules that must all be met; what is said twice is said once."""
    return _joined("&", rules, neutral=ALWAYS, decisive=NEVER)


def any_of(rules: Iterable[RuleText]) -> RuleText:
    """Join rules of which one suffices; what is said twice is said once."""
    return _joined("|", rules, neutral=NEVER, decisive=ALWAYS)


def translate_rule(text: str, lists: ListName) -> RuleText:
    """Read a rule of the workbook and say it in the scheme's rule language.

    Args:
        text: The rule as the cell holds it.
        lists: How the scheme names the lists that the rule names; its errors pass through.

    Raises:
        TongchouError: `grouping.workbook_rule` if the rule uses anything but the constructs of the mini-language.
    """
    return _Parser(text, lists).whole()


def _joined(joint: Literal["&", "|"], rules: Iterable[RuleText], *, neutral: RuleText, decisive: RuleText) -> RuleText:
    parts: dict[str, None] = {}
    weighty = [rule for rule in rules if rule != neutral]
    if decisive in weighty:
        return decisive
    if len(weighty) == 1:
        return weighty[0]
    for rule in weighty:
        if rule.joint == joint or len(rule.parts) == 1:
            parts |= dict.fromkeys(rule.parts)
        else:
            parts[f"({rule})"] = None
    return RuleText(joint, tuple(parts)) if parts else neutral


class _Parser:
    def __init__(self, text: str, lists: ListName) -> None:
        self._text = text
        self._lists = lists
        if len(text) > _LONGEST:
            raise self._wrong(text[:40])
        self._tokens = self._split()
        self._at = 0
        self._depth = 0

    def whole(self) -> RuleText:
        rule = self._any_of()
        if self._at < len(self._tokens):
            raise self._wrong(self._tokens[self._at])
        return rule

    def _split(self) -> list[str]:
        tokens, position = [], 0
        text = self._text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._wrong(text[position : position + 40].strip())
            tokens.append(match.group(match.lastindex or 0))
            position = match.end()
        return tokens

    def _any_of(self) -> RuleText:
        rules = [self._all_of()]
        while self._take("or"):
            rules.append(self._all_of())
        return any_of(rules)

    def _all_of(self) -> RuleText:
        rules = [self._one()]
        while self._take("and"):
            rules.append(self._one())
        return all_of(rules)

    def _one(self) -> RuleText:
        if self._take("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise self._wrong("((((…")
            rule = self._any_of()
            self._expect(")")
            self._depth -= 1
            return rule
        word = self._peek()
        if word == _MULTIPLE_WOUNDS:
            self._next()
            self._expect("(", _CASE, ")")
            return RuleText("&", ("principal(dx)", "distinct_sites(any_dx)>=2"))
        if word in _TESTS:
            return self._code_test(self._next())
        return self._constant_or_comparison()

    def _code_test(self, function: str) -> RuleText:
        subject, place = _TESTS[function]
        self._expect("(", _CASE, ",")
        quoted = self._next()
        if quoted[0] not in "'\"":
            raise self._wrong(quoted)
        self._expect(")")
        return one_test(f"{subject}({self._lists(place, quoted[1:-1])})")

    def _constant_or_comparison(self) -> RuleText:
        start = self._at
        operands, comparisons = [self._operand()], []
        while self._peek() in _COMPARISONS:
            comparisons.append(self._next())
            operands.append(self._operand())
        written = " ".join(self._tokens[start : self._at])
        fields = [place for place, operand in enumerate(operands) if isinstance(operand, str)]
        if not comparisons and operands[0] in (0, 1):
            return ALWAYS if operands[0] else NEVER
        # A number on each side of the field at most: more would compare numbers with each other.
        if not comparisons or len(fields) != 1 or len(operands) > 3 or (len(operands) == 3 and fields != [1]):
            raise self._wrong(written)
        bounds = []
        for left, right, comparison in zip(operands, operands[1:], comparisons, strict=False):
            bounds.append((comparison, right) if isinstance(left, str) else (_MIRRORED[comparison], left))
        return self._bounded(str(operands[fields[0]]), bounds, written)  # type: ignore[arg-type]

    def _operand(self) -> int | str:
        word = self._next()
        if word.isdecimal() and len(word) < 10:
            return int(word)
        if word != _CASE:
            raise self._wrong(word)
        self._expect(".")
        field = self._next()
        if field not in (*_NUMBERS, _MONTHS):
            raise self._wrong(f"case.{field}")
        return field

    def _bounded(self, field: str, bounds: list[tuple[str, int]], written: str) -> RuleText:
        """Say that a number of the case lies within bounds, each a comparison with the number on its left."""
        low: tuple[str, int] | None = None
        high: tuple[str, int] | None = None
        for comparison, value in bounds:
            if comparison == "==" and len(bounds) == 1:
                low, high = (">=", value), ("<=", value)
            elif comparison in (">", ">=") and low is None:
                low = (comparison, value)
            elif comparison in ("<", "<=") and high is None:
                high = (comparison, value)
            else:
                raise self._wrong(written)
        least = low[1] + (low[0] == ">") if low else None
        most = high[1] - (high[0] == "<") if high else None
        if field == _MONTHS:
            rule = _MONTH_RULES.get((least, most))  # type: ignore[arg-type]
            if rule is None:
                raise self._wrong(written)
            return RuleText("&", rule)
        number = _NUMBERS[field]
        if number == "sex" and (least != most or least not in (1, 2)):
            raise self._wrong(written)
        if most is not None and most < (least or 0):
            return NEVER
        if number == "weight_g" and high and (least or 0) <= 1:
            # A weight of 0 is no weight in the scheme language, and meets no comparison.
            low = least = None
        if least is not None and least == most:
            return one_test(f"{number}={least}")
        if low and high:
            return one_test(f"{low[1]}{_MIRRORED[low[0]]}{number}{high[0]}{high[1]}")
        comparison, value = low or high or (">=", 0)
        return one_test(f"{number}{comparison}{value}")

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

    def _expect(self, *words: str) -> None:
        for word in words:
            if not self._take(word):
                raise self._wrong(self._peek() or "…")

    def _wrong(self, near: str) -> TongchouError:
        return TongchouError(
            "grouping.workbook_rule",
            what=Text("工作簿中的规则无法读懂", "a rule of the workbook cannot be read"),
            where=self._text[:200],
            why=Text(f"在“{near}”处不是规则语言中的写法", f"at '{near}' it says nothing that the rule language knows"),
            remedy=Text(
                "只用 is_pd1、is_sd1、is_pd2、is_sd2、is_op2、multi_wound、case.gender、case.age、"
                "case.newborn_age_month、case.newborn_birth_weight、and、or、0、1，标点用半角",
                "use only is_pd1, is_sd1, is_pd2, is_sd2, is_op2, multi_wound, case.gender, case.age, "
                "case.newborn_age_month, case.newborn_birth_weight, and, or, 0, 1, with half-width punctuation",
            ),
        )
