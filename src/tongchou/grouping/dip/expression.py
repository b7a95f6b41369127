"""Operation expressions of a catalogue: `+` all of, `/` any of, parentheses; `/` binds closer."""

import itertools
import re

from tongchou.core.text import Text
from tongchou.grouping.dip.problems import expression_problem

Alternatives = tuple[frozenset[str], ...]
"""Ways to meet an expression: sets of operations of which one must be on the case as a whole."""

NO_OPERATION: Alternatives = (frozenset(),)
"""The expression of a conservative group: no operation that counts."""

MOST_ALTERNATIVES = 256
_TOKEN = re.compile(r"\s*([+/()]|[0-9A-Za-z.]+)")


def parse_expression(text: str) -> Alternatives:
    """Read an operation expression.

    `47.01+54.21` asks for both, `47.01/47.09` for either, `47.01+54.21/54.51` for 47.01 and one of the others. An
    empty expression asks for none. The result is in order, without sets that hold another one as a part.

    Raises:
        TongchouError: `grouping.dip_expression` with the place where it cannot be read, or for an expression of
            more than `MOST_ALTERNATIVES` ways.
    """
    tokens = _tokens(text)
    if not tokens:
        return NO_OPERATION
    ways, rest = _all_of(text, tokens)
    if rest:
        raise expression_problem(text, Text(f"多出“{rest[0]}”", f"'{rest[0]}' stands where nothing may follow"))
    least = [way for way in ways if not any(other < way for other in ways)]
    return tuple(sorted(least, key=sorted))


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            sign = text[at:].strip()[0]
            raise expression_problem(text, Text(f"不认识“{sign}”", f"'{sign}' is not known"))
        tokens.append(found[1])
        at = found.end()
    return tokens


def _all_of(text: str, tokens: list[str]) -> tuple[set[frozenset[str]], list[str]]:
    ways, rest = _any_of(text, tokens)
    while rest and rest[0] == "+":
        more, rest = _any_of(text, rest[1:])
        ways = {left | right for left, right in itertools.product(ways, more)}
        if len(ways) > MOST_ALTERNATIVES:
            why = Text(f"组合超过 {MOST_ALTERNATIVES} 种", f"it can be met in more than {MOST_ALTERNATIVES} ways")
            raise expression_problem(text, why)
    return ways, rest


def _any_of(text: str, tokens: list[str]) -> tuple[set[frozenset[str]], list[str]]:
    ways, rest = _one(text, tokens)
    while rest and rest[0] == "/":
        more, rest = _one(text, rest[1:])
        ways = ways | more
    return ways, rest


def _one(text: str, tokens: list[str]) -> tuple[set[frozenset[str]], list[str]]:
    if not tokens or tokens[0] in "+/)":
        found = tokens[0] if tokens else Text("结尾", "the end")
        zh, en = (found, found) if isinstance(found, str) else (found.zh, found.en)
        raise expression_problem(text, Text(f"应为手术编码，却是“{zh}”", f"a code is missing before '{en}'"))
    if tokens[0] != "(":
        return {frozenset([tokens[0]])}, tokens[1:]
    ways, rest = _all_of(text, tokens[1:])
    if not rest or rest[0] != ")":
        raise expression_problem(text, Text("括号没有闭合", "a parenthesis is not closed"))
    return ways, rest[1:]
