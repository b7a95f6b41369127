"""Lists of codes by their beginnings: prefixes, inclusive ranges of prefixes, and exceptions."""

from collections.abc import Mapping

from tongchou.core.text import Text
from tongchou.grouping.dip.problems import rules_problem


class CodeLists:
    """Answers which of some named lists a code belongs to.

    A list holds patterns separated by blanks: `I21` takes every code that begins so, `I60-I64` an inclusive range
    of beginnings of the same length, `!I21.4` gives back what the other patterns of its list took.

    Args:
        lists: Patterns by the name of the list.
        where: What to name in a refusal.

    Raises:
        TongchouError: `grouping.dip_rules` for a range whose ends are not of the same length and in order.
    """

    def __init__(self, lists: Mapping[str, str], where: str) -> None:
        self._prefixes: dict[str, list[str]] = {}
        self._ranges: list[tuple[str, str, str]] = []
        self._given_back: list[tuple[str, str]] = []
        for name, patterns in lists.items():
            for pattern in patterns.split():
                if pattern.startswith("!"):
                    self._given_back.append((pattern[1:], name))
                    continue
                low, dash, high = pattern.partition("-")
                if not dash:
                    self._prefixes.setdefault(pattern, []).append(name)
                    continue
                if len(low) != len(high) or low > high:
                    why = Text(
                        f"区间 {pattern} 两端须等长且由小到大", f"the ends of {pattern} must be alike and in order"
                    )
                    raise rules_problem(f"{where}.{name}", why)
                self._ranges.append((low, high, name))
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})

    def of(self, code: str) -> dict[str, int]:
        """Return the lists that a code belongs to, each with the length of the pattern that took it."""
        found: dict[str, int] = {}
        for length in self._lengths:
            found |= dict.fromkeys(self._prefixes.get(code[:length], ()), length)
        for low, high, name in self._ranges:
            if low <= code[: len(low)] <= high:
                found[name] = max(len(low), found.get(name, 0))
        for prefix, name in self._given_back:
            if code.startswith(prefix):
                found.pop(name, None)
        return found

    def closest(self, code: str) -> str | None:
        """Return the list that takes a code by the longest pattern; between equals, the first by name."""
        found = self.of(code)
        return min(found, key=lambda name: (-found[name], name)) if found else None
