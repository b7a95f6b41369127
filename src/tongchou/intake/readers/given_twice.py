"""Objects of JSON that say two things under one name: a parser keeps the last and says nothing."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from tongchou.core.text import Text
from tongchou.intake.readers.interface_names import ENVELOPE_NAMES, TRANSACTIONS, table_names

_ABOVE_NODES = 2
"""The document and its `input` or `output`, in which the nodes stand."""

_BLANKS = (b"\n", b"\t", b"\r", b'" ')
_SPACED_COLON = re.compile(rb'"[ \t\r\n]+:')


class GivenTwice(Exception):  # not an error of the program: what a document is set aside for
    """Two values stand under one name.

    Args:
        reason: Which name, where it is one of the interface; others might be values themselves.
    """

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


def refuse_contradictions(content: bytes, value: object) -> None:
    """Refuse a document in which a name is given twice in one object, with different values.

    The same value twice is no contradiction. As many names as colons behind a quotation mark show without looking any
    closer that none is given twice.

    Args:
        content: The document; JSON that was parsed before.
        value: What it was parsed to.

    Raises:
        GivenTwice: If it says two things under one name.
    """
    is_spaced = any(blank in content for blank in _BLANKS) and _SPACED_COLON.search(content) is not None
    if is_spaced or content.count(b'":') != _count_names(value):
        json.loads(content, object_pairs_hook=without_contradiction, parse_float=Decimal)


def without_contradiction(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's names and values; for `object_pairs_hook` of `json.loads`.

    Raises:
        GivenTwice: If a name stands there with different values.
    """
    made = dict(pairs)
    if len(made) != len(pairs):
        for name, value in pairs:
            if made[name] != value:
                raise GivenTwice(_reason(name))
    return made


def _count_names(value: object) -> int:
    """Return how many names stand in a document, its nodes and their rows; in what rows hold none are looked for."""
    count = 0
    level = [value]
    for _ in range(_ABOVE_NODES):
        inside: list[object] = []
        for each in level:
            if type(each) is dict:
                count += len(each)
                inside += [inner for inner in each.values() if type(inner) is dict or type(inner) is list]
            elif type(each) is list:
                inside += each
        level = inside
    for node in level:
        if type(node) is dict:
            count += len(node)
        elif type(node) is list:
            count += sum([len(row) for row in node if type(row) is dict])
    return count


def _reason(name: str) -> Text:
    if name in _known_names():
        return Text(f"{name} 写了两次，取值不同", f"{name} is given twice, with different values")
    return Text("有一项写了两次，取值不同", "a name is given twice, with different values")


@cache
def _known_names() -> frozenset[str]:
    names = set(ENVELOPE_NAMES)
    for transaction in TRANSACTIONS.values():
        names |= transaction.nodes.keys()
        for table in transaction.nodes.values():
            names |= table_names(table).known | table_names(table).replies.keys()
    return frozenset(names)
