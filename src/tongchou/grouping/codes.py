"""Code lists: cells of exact codes, prefixes and ranges, and what a code belongs to.

A pattern is a whole code where the scheme matches exactly, else a prefix (`I21`, `47.0`). Where the scheme matches
by prefix, `I20-I25` is an inclusive range of prefixes of the same length and `!I24.1` takes away what the other
patterns of its cell took.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

CodeMatch = Literal["exact", "prefix"]
_EXACT = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A cell that a code belongs to, with the length of the pattern that took it (the longer, the closer)."""

    cell: int
    length: int


class CodeCells:
    """Answers which of many cells of patterns a code belongs to.

    Args:
        cells: The patterns of each cell, blank-separated.
        match: Whether patterns are whole codes or prefixes.
    """

    def __init__(self, cells: Sequence[str], match: CodeMatch) -> None:
        self._taken: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._left_out: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._ranges: list[tuple[str, str, int]] = []
        for number, patterns in enumerate(cells):
            for pattern in patterns.split():
                self._add(pattern, number, match)

    def _add(self, pattern: str, number: int, match: CodeMatch) -> None:
        if match == "exact":
            self._taken[_EXACT][pattern].append(number)
        elif pattern.startswith("!"):
            self._left_out[len(pattern) - 1][pattern[1:]].append(number)
        elif "-" in pattern:
            low, _, high = pattern.partition("-")
            self._ranges.append((low, high, number))
        else:
            self._taken[len(pattern)][pattern].append(number)

    def hits(self, code: str) -> list[Hit]:
        """Return the cells that a code belongs to, by cell number."""
        found: dict[int, int] = {}
        for number, length in self._matches(code):
            found[number] = max(length, found.get(number, 0))
        for length, table in self._left_out.items():
            for number in table.get(code[:length], ()):
                found.pop(number, None)
        return [Hit(number, found[number]) for number in sorted(found)]

    def _matches(self, code: str) -> Iterable[tuple[int, int]]:
        for length, table in self._taken.items():
            for number in table.get(code if length == _EXACT else code[:length], ()):
                yield number, length
        for low, high, number in self._ranges:
            if low <= code[: len(low)] <= high:
                yield number, len(low)
