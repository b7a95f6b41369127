"""Code lists: cells of exact codes, prefixes and ranges, and what a code belongs to.

Where a scheme matches whole codes, a pattern is a whole code, or with `%` at its end a prefix. Where it matches by
prefix every pattern is a prefix (`I21`, `47.0`) and `I20-I25` is an inclusive range of prefixes of the same length.
In both, `!I24.1` (or `!I20-I25`) takes away what the other patterns of its cell took.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

CodeMatch = Literal["exact", "prefix"]
_PREFIX_SIGN = "%"
_EXCEPT_SIGN = "!"


def _lists() -> dict[str, list[int]]:
    return defaultdict(list)


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
        self._taken, self._left_out = _Patterns(match), _Patterns(match)
        for number, patterns in enumerate(cells):
            for pattern in patterns.split():
                if pattern.startswith(_EXCEPT_SIGN):
                    self._left_out.add(pattern[1:], number)
                else:
                    self._taken.add(pattern, number)

    def hits(self, code: str) -> list[Hit]:
        """Return the cells that a code belongs to, by cell number; "no code" belongs to none."""
        if not code:
            return []
        found: dict[int, int] = {}
        for number, length in self._taken.matches(code):
            found[number] = max(length, found.get(number, 0))
        for number, _ in self._left_out.matches(code):
            found.pop(number, None)
        return [Hit(number, found[number]) for number in sorted(found)]

    def whole_codes(self) -> Iterator[str]:
        """Yield the codes that are written out in the cells: all that an exact list without prefixes can hold."""
        yield from self._taken.whole

    @property
    def has_prefixes(self) -> bool:
        """Whether a pattern takes codes that are not written out."""
        return bool(self._taken.prefixes or self._taken.ranges)


class _Patterns:
    """The patterns that take codes into cells, or those that take them out again."""

    def __init__(self, match: CodeMatch) -> None:
        self._match = match
        self.whole: dict[str, list[int]] = defaultdict(list)
        self.prefixes: dict[int, dict[str, list[int]]] = defaultdict(_lists)
        # By their length and, where low and high share it, their first character.
        self.ranges: dict[tuple[int, str], list[tuple[str, str, int]]] = defaultdict(list)

    def add(self, pattern: str, number: int) -> None:
        if self._match == "exact" and not pattern.endswith(_PREFIX_SIGN):
            self.whole[pattern].append(number)
        elif self._match == "prefix" and "-" in pattern:
            low, _, high = pattern.partition("-")
            initial = low[:1] if low[:1] == high[:1] else ""
            self.ranges[len(low), initial].append((low, high, number))
        else:
            prefix = pattern.removesuffix(_PREFIX_SIGN)
            self.prefixes[len(prefix)][prefix].append(number)

    def matches(self, code: str) -> Iterator[tuple[int, int]]:
        for number in self.whole.get(code, ()):
            yield number, len(code)
        for length, table in self.prefixes.items():
            for number in table.get(code[:length], ()):
                yield number, length
        for (length, initial), ranges in self.ranges.items():
            if initial and not code.startswith(initial):
                continue
            start = code[:length]
            for low, high, number in ranges:
                if low <= start <= high:
                    yield number, length
