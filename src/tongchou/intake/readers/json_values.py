"""One JSON document as Python values, its numbers as they were written."""

import json
from decimal import Decimal
from typing import Any

import orjson

from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import BROKEN, KEY_GIVEN_TWICE
from tongchou.intake.readers.given_twice import GivenTwice, refuse_contradictions

DEEPEST = 64
"""The deepest nesting of a document that is read."""

_EXACT_BELOW = 1e9
# Nine digits before the point and the six behind it that an interface allows are fifteen, which a binary number keeps.

TEXT_KINDS: frozenset[type] = frozenset((str, type(None)))
"""What needs no conversion."""

NESTED_KINDS: frozenset[type] = frozenset((dict, list))
"""What is no value of a field."""

_NUL = b"\\u0000"


class NotReadable(Exception):  # not an error of the program: what a document is set aside for
    """A document that is none.

    Args:
        reason: Why, without showing any value of it.
        check: The code of it.
    """

    def __init__(self, reason: Text, check: str = BROKEN) -> None:
        super().__init__(reason.en)
        self.reason = reason
        self.check = check


class NotExact(Exception):
    """A number has more digits than were kept; the document is to be read again with `parse_exactly`."""


def parse(content: bytes) -> Any:  # noqa: ANN401  # whatever the document holds
    """Return a document's value; a number is an `int` or a `float`.

    Raises:
        NotReadable: If it is not JSON, nested deeper than `DEEPEST`, or says two things under one name.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise NotReadable(_not_json(error.pos)) from None
    if content.count(b"{") + content.count(b"[") > DEEPEST:
        _refuse_depth(value)
    try:
        refuse_contradictions(content, value)
    except GivenTwice as problem:
        raise NotReadable(problem.reason, KEY_GIVEN_TWICE) from None
    return _without_nul(value) if _NUL in content else value


def parse_exactly(content: bytes) -> Any:  # noqa: ANN401
    """Return a document's value; every number is its text, as written.

    Raises:
        NotReadable: As `parse`.
    """
    parse(content)  # the standard library follows any depth and takes what JSON does not have
    try:
        value = json.loads(content.decode(), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise NotReadable(_not_json(0)) from None
    return _without_nul(value) if _NUL in content else value


def as_text(value: object) -> str | None:
    """Return a value as text: a truth value as 1 or 0, a number in plain digits, nothing for a list or an object.

    Raises:
        NotExact: For a fraction or a very large number whose digits a binary number may not have kept.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not -_EXACT_BELOW < value < _EXACT_BELOW:
            raise NotExact
        written = repr(value)
        return format(Decimal(written), "f") if "e" in written else written
    return None


def _not_json(position: int) -> Text:
    return Text(
        f"不是完整的 JSON（第 {position + 1} 个字符处）",
        f"it is not complete JSON (at character {position + 1})",
    )


def _refuse_depth(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for each in level for inner in _contained(each) if isinstance(inner, dict | list)]
        if not level:
            return
    raise NotReadable(Text(f"嵌套超过 {DEEPEST} 层", f"it is nested deeper than {DEEPEST}"))


def _contained(value: object) -> Any:  # noqa: ANN401
    return value.values() if isinstance(value, dict) else value


def _without_nul(value: Any) -> Any:  # noqa: ANN401
    """Return a value with nothing in the place of every text that holds the character NUL."""
    if isinstance(value, str):
        return None if "\0" in value else value
    if isinstance(value, dict):
        return {name: _without_nul(inner) for name, inner in value.items() if "\0" not in name}
    if isinstance(value, list):
        return [_without_nul(inner) for inner in value]
    return value
