"""How far two schemes come to the same groups on the same cases."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from tongchou.core.money import E4, divide_half_up
from tongchou.grouping.grouper import Grouper

LEVELS = ("status", "mdc", "adrg", "drg")
"""The columns of a result that are compared, from the coarsest to the finest."""

_COLUMNS = [f"{side}_{level}" for side in ("first", "second") for level in LEVELS]

Result = tuple[str, ...]
"""Status, MDC, ADRG and DRG of a case."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """How many of some cases both schemes put alike.

    Attributes:
        case_count: The cases.
        agreed_counts: How many have the same status, MDC, ADRG and DRG (`LEVELS`).
    """

    case_count: int
    agreed_counts: dict[str, int]

    def share_e4(self, level: str) -> int:
        """Return the share of cases that agree at a level x 10,000, rounded half up; 10,000 of no cases at all."""
        return divide_half_up(self.agreed_counts[level] * E4, self.case_count) if self.case_count else E4


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Results of the two schemes that are not the same, and how many cases have them."""

    first: Result
    second: Result
    case_count: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of two schemes.

    Attributes:
        overall: Of all cases.
        by_mdc: Of the cases of each MDC of the first scheme; those without one stand under what it calls that.
        disagreements: Pairs of results that differ, the most frequent first.
    """

    overall: Agreed
    by_mdc: dict[str, Agreed]
    disagreements: tuple[Disagreement, ...]


def compare_schemes(
    first: Grouper, second: Grouper, cases: Iterable[pa.RecordBatch], most_disagreements: int = 20
) -> Agreement:
    """Group cases by two schemes and count where the results are the same.

    Args:
        first: The scheme that the cases are told apart by.
        second: The other scheme.
        cases: Batches of cases, as `Grouper.group` takes them.
        most_disagreements: How many kinds of disagreement are returned.
    """
    pairs: Counter[tuple[Result, Result]] = Counter()
    for batch in cases:
        results = [grouper.group(batch) for grouper in (first, second)]
        columns = [result.column(level).dictionary_decode() for result in results for level in LEVELS]
        counted = pa.table(columns, names=_COLUMNS).group_by(_COLUMNS).aggregate([([], "count_all")])
        for *names, count in zip(*(counted.column(name).to_pylist() for name in (*_COLUMNS, "count_all")), strict=True):
            pairs[tuple(names[: len(LEVELS)]), tuple(names[len(LEVELS) :])] += count
    mdcs = sorted({one[LEVELS.index("mdc")] for one, _ in pairs})
    return Agreement(
        overall=_agreed(pairs),
        by_mdc={mdc: _agreed({pair: n for pair, n in pairs.items() if pair[0][1] == mdc}) for mdc in mdcs},
        disagreements=tuple(
            Disagreement(one, other, count)
            for (one, other), count in sorted(pairs.items(), key=lambda each: (-each[1], each[0]))
            if one != other
        )[:most_disagreements],
    )


def _agreed(pairs: dict[tuple[Result, Result], int]) -> Agreed:
    agreed = {
        level: sum(count for (one, other), count in pairs.items() if one[place] == other[place])
        for place, level in enumerate(LEVELS)
    }
    return Agreed(sum(pairs.values()), agreed)
