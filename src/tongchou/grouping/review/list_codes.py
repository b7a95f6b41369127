"""The codes of a scheme's lists, spelt out so that lists can be compared.

A list of prefixes names no codes. Where a code edition is at hand its codes are taken; otherwise every prefix that
the scheme writes stands for the codes that begin with it and with no longer one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from string import ascii_uppercase, digits

from tongchou.grouping.engine.conditions import CodeFact
from tongchou.grouping.schemes.codes import CodeCells, CodeMatch
from tongchou.grouping.schemes.scheme import NOT_PRINCIPAL, SCHEME_WIDE, Kind, ListKey, Scheme

ANY_OTHER = "…"
"""Stands for all codes that a scheme does not write."""

_MOST_OF_A_RANGE = 5_000


class ListCodes:
    """The codes of each list of a scheme.

    Args:
        scheme: The scheme.
        editions: The codes of the code edition by kind; empty where none is at hand.
    """

    def __init__(self, scheme: Scheme, editions: Mapping[Kind, Iterable[str]]) -> None:
        self.of: dict[Kind, dict[ListKey, frozenset[str]]] = {}
        match = scheme.manifest.code_match
        for kind, lists in scheme.lists.items():
            written = [cell for cells in lists.values() for cell in cells]
            self.of[kind] = _codes_of_lists(lists, match, _all_codes(written, match, editions.get(kind, ())))
        self._principal = {kind: self._without_barred(kind) for kind in scheme.lists}

    def of_fact(self, fact: CodeFact) -> frozenset[str]:
        """Return the codes by which a fact holds: as principal code, those that may not steer are left out."""
        return (self._principal if fact.place == "first" else self.of)[fact.kind][fact.key]

    def _without_barred(self, kind: Kind) -> dict[ListKey, frozenset[str]]:
        barred = self.of[kind].get(ListKey(SCHEME_WIDE, NOT_PRINCIPAL[kind]))
        return {key: codes - barred for key, codes in self.of[kind].items()} if barred else self.of[kind]


def _all_codes(cells: Iterable[str], match: CodeMatch, edition: Iterable[str]) -> list[str]:
    codes = dict.fromkeys(edition)
    if match == "exact" or not codes:
        written = (pattern.removeprefix("!") for cell in cells for pattern in cell.split())
        codes |= dict.fromkeys(code for pattern in written for code in spelt_out(pattern, match))
        # A pattern of every code takes more than the codes that are written.
        codes[ANY_OTHER] = None
    codes.pop("", None)
    return list(codes)


def spelt_out(pattern: str, match: CodeMatch) -> Iterator[str]:
    """Yield the code of a pattern, without the sign of a prefix; of a range, its prefixes one by one."""
    low, dash, high = pattern.partition("-")
    if match == "exact" or not dash:
        yield pattern.removesuffix("%")
        return
    yield from dict.fromkeys((low, high))
    same = next((at for at, (first, last) in enumerate(zip(low, high, strict=False)) if first != last), len(low))
    places = [*low[:same], *(_between(first, last) for first, last in zip(low[same:], high[same:], strict=False))]
    count = prod(len(place) for place in places)
    if len(low) == len(high) and count <= _MOST_OF_A_RANGE:
        for letters in product(*places):
            prefix = "".join(letters)
            if low < prefix < high:
                yield prefix


def _between(first: str, last: str) -> str:
    """Return the signs that can stand at a place of a range after the first that changes: all of their kind."""
    for kind in (digits, ascii_uppercase):
        if first in kind and last in kind:
            return kind
    return first if first == last else first + last


def _codes_of_lists(
    lists: Mapping[ListKey, tuple[str, ...]], match: CodeMatch, codes: Iterable[str]
) -> dict[ListKey, frozenset[str]]:
    owners = [key for key, cells in lists.items() for _ in cells]
    cells = CodeCells([cell for cells in lists.values() for cell in cells], match)
    found: dict[ListKey, set[str]] = defaultdict(set)
    for code in codes:
        for hit in cells.hits(code):
            found[owners[hit.cell]].add(code)
    return {key: frozenset(found.get(key, ())) for key in lists}
