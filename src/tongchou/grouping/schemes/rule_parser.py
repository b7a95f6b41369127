"""Reading the rule language: a tokenizer and a parser by recursive descent; never `eval`.

`!` binds closest, then `&`, then `|`. The scheme manual lists the tests.
"""

import re

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.schemes.rules import (
    MARKS,
    NUMBERS,
    SUBJECTS,
    WEIGHTS,
    WORDS,
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
    Subject,
)

_TOKEN = re.compile(r"\s*(?:(<=|>=|<|>|=|&|\||!|\(|\)|,|\.)|([A-Za-z0-9_一-鿿]+))")
_UPWARD = ("<=", "<")
_COMPARISONS = (*_UPWARD, ">=", ">", "=")
_SUBJECT_OF_PART: Subject = "any_op"
_PART_LIST = "op"
_LONGEST = 20_000
_DEEPEST = 100


def parse_rule(text: str, where: str) -> Rule:
    """Read a rule.

    Args:
        text: The rule as written in the scheme.
        where: Where it stands, for the error's sentence.

    Raises:
        TongchouError: `grouping.rule` if it does not follow the language.
    """
    return _Parser(text, where).whole()


class _Parser:
    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        if len(text) > _LONGEST:
            raise self._wrong(f"{text[:40]!r}")
        self._tokens = self._split()
        self._at = 0
        self._depth = 0

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
                raise self._wrong(f"{text[position : position + 40]!r}")
            tokens.append(match.group(match.lastindex or 0))
            position = match.end()
        return tokens

    def _any_of(self) -> Rule:
        parts = [self._all_of()]
        while self._take("|"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all_of(self) -> Rule:
        parts = [self._one()]
        while self._take("&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self) -> Rule:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong("((((…")
        if self._take("!"):
            rule: Rule = Not(self._one())
        elif self._take("("):
            rule = self._any_of()
            self._expect(")")
        else:
            rule = self._test(self._next())
        self._depth -= 1
        return rule

    def _test(self, word: str) -> Rule:
        if word in ("always", "never"):
            return Constant(word == "always")
        if word in SUBJECTS:
            return self._code_test(word)
        if word == "part":
            return CodeTest(_SUBJECT_OF_PART, _PART_LIST, part=self._whole_number(self._argument()))
        if word == "distinct_sites":
            if self._argument() != "any_dx":
                raise self._wrong("distinct_sites(…)")
            self._expect(">=")
            return SiteTest(self._whole_number(self._next()))
        if word == "known":
            return Known(self._known())
        if word in MARKS:
            return Marked(word)  # type: ignore[arg-type]
        if word in WORDS:
            return OneOf(word, self._words())  # type: ignore[arg-type]
        return self._between(word)

    def _code_test(self, subject: str) -> CodeTest:
        self._expect("(")
        name, owner = self._name(), None
        if self._take("."):
            owner, name = name, self._name()
        self._expect(")")
        return CodeTest(subject, name, owner)  # type: ignore[arg-type]

    def _known(self) -> str:
        field = self._argument()
        if field not in (*NUMBERS, *WORDS):
            raise self._wrong(f"{field!r}")
        return field

    def _words(self) -> tuple[str, ...]:
        self._expect("in")
        self._expect("(")
        words = [self._word()]
        while self._take(","):
            words.append(self._word())
        self._expect(")")
        return tuple(words)

    def _word(self) -> str:
        # Codes of departments have dots: A03.01.
        parts = [self._name()]
        while self._take("."):
            parts.append(self._name())
        return ".".join(parts)

    def _between(self, word: str) -> Rule:
        low: int | None = None
        high: int | None = None
        if word.isdecimal():
            operator = self._next()
            if operator not in _UPWARD:
                raise self._wrong(f"{operator!r}")
            low, word = self._whole_number(word) + (operator == "<"), self._next()
        if word not in NUMBERS:
            raise self._wrong(f"{word!r}")
        if self._peek() in (_COMPARISONS if low is None else _UPWARD):
            operator, value = self._next(), self._whole_number(self._next())
            if operator == "=":
                low = high = value
            elif operator in _UPWARD:
                high = value - (operator == "<")
            else:
                low = value + (operator == ">")
        if low is None and high is None:
            raise self._wrong(f"{word!r}")
        if word in WEIGHTS:
            low = max(low or 0, 1)
        return Between(word, low, high)  # type: ignore[arg-type]

    def _argument(self) -> str:
        self._expect("(")
        argument = self._name()
        self._expect(")")
        return argument

    def _name(self) -> str:
        word = self._next()
        if not word.replace("_", "").isalnum():
            raise self._wrong(f"{word!r}")
        return word

    def _whole_number(self, word: str) -> int:
        if not word.isdecimal() or len(word) > 9:
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
            where=f"{self._where}: {self._text[:200]}",
            why=Text(f"在 {near} 处不符合规则语言", f"it does not follow the rule language at {near}"),
            remedy=Text("按方案手册中的规则语言改写", "write it in the rule language of the scheme manual"),
        )
