"""k-anonymity: columns made coarser until hardly anyone stands alone, and the rows of those who still do suppressed.

Every combination of steps of the hierarchies is tried. Of those that suppress no more than is allowed, the one that
loses least is taken; if none does, the one that suppresses least. A class is all rows that tell the same of every
quasi-identifier; it must hold k different persons, so it never has fewer than k rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import polars as pl

from tongchou.privacy.generalising import Level

Hierarchy = Sequence[Level]


@dataclass(frozen=True, slots=True)
class Trial:
    """One combination of steps.

    Attributes:
        steps: Quasi-identifier to the number of its step, 0 the finest.
        suppressed_count: Rows in classes of fewer than k persons.
        loss_e4: The information lost, 0 nothing, 10,000 everything: a suppressed row counts as all, a kept one as the
            mean of how far its columns went up.
    """

    steps: Mapping[str, int]
    suppressed_count: int
    loss_e4: int


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Rows that are k-anonymous.

    Attributes:
        rows: The quasi-identifiers made coarser, and a flag `is_kept` for every row that came in, in order.
        chosen: The combination that was taken.
        trials: By the sum of steps, the combination that suppresses least.
    """

    rows: pl.DataFrame
    chosen: Trial
    trials: tuple[Trial, ...]


def anonymise(
    rows: pl.DataFrame, person: str, hierarchies: Mapping[str, Hierarchy], k: int, suppressed_at_most_e4: int
) -> Anonymous:
    """Make rows k-anonymous.

    Args:
        rows: The rows, with the column of persons and the quasi-identifiers.
        person: The column that tells persons apart.
        hierarchies: Quasi-identifier to its steps, the finest first.
        k: How many persons a class must hold, 2 or more.
        suppressed_at_most_e4: The share of rows that may be suppressed, in ten-thousandths.
    """
    coded = _Coded(rows, person, hierarchies)
    trials = [coded.trial(steps, k) for steps in product(*(range(len(levels)) for levels in hierarchies.values()))]
    allowed = rows.height * suppressed_at_most_e4 // 10_000
    fitting = [trial for trial in trials if trial.suppressed_count <= allowed]
    if fitting:
        chosen = min(fitting, key=lambda trial: (trial.loss_e4, trial.suppressed_count))
    else:
        chosen = min(trials, key=lambda trial: (trial.suppressed_count, trial.loss_e4))
    told = rows.select(
        levels[chosen.steps[name]].applied(pl.col(name)).alias(name) for name, levels in hierarchies.items()
    )
    steps = tuple(chosen.steps.values())
    by_height: dict[int, Trial] = {}
    for trial in trials:
        height = sum(trial.steps.values())
        if height not in by_height or trial.suppressed_count < by_height[height].suppressed_count:
            by_height[height] = trial
    return Anonymous(
        told.with_columns(coded.is_kept(steps, k).alias("is_kept")),
        chosen,
        tuple(by_height[height] for height in sorted(by_height)),
    )


class _Coded:
    """Rows whose values are numbered at every step, so that classes are told apart by one whole number."""

    def __init__(self, rows: pl.DataFrame, person: str, hierarchies: Mapping[str, Hierarchy]) -> None:
        self._names = list(hierarchies)
        self._heights = [max(1, len(levels) - 1) for levels in hierarchies.values()]
        self._row_count = rows.height
        self._persons = rows.get_column(person).rank("dense").fill_null(0).cast(pl.Int64)
        self._codes: list[list[pl.Series]] = []
        self._sizes: list[list[int]] = []
        for name, levels in hierarchies.items():
            told = [rows.select(level.applied(pl.col(name)).alias(name)).to_series() for level in levels]
            # A constant comes back as one value.
            whole = [each if each.len() == rows.height else each.new_from_index(0, rows.height) for each in told]
            codes = [each.rank("dense").fill_null(0).cast(pl.Int64) for each in whole]
            self._codes.append(codes)
            self._sizes.append([code.n_unique() + 1 for code in codes])

    def classes(self, steps: Sequence[int]) -> pl.Series:
        classes = pl.Series([0], dtype=pl.Int64).new_from_index(0, self._row_count)
        for codes, sizes, step in zip(self._codes, self._sizes, steps, strict=True):
            classes = classes * sizes[step] + codes[step]
        return classes.alias("class")

    def is_kept(self, steps: Sequence[int], k: int) -> pl.Series:
        frame = pl.DataFrame([self.classes(steps), self._persons.alias("person")])
        large = frame.group_by("class").agg(pl.col("person").n_unique().alias("n")).filter(pl.col("n") >= k)
        return frame.get_column("class").is_in(large.get_column("class").implode())

    def trial(self, steps: Sequence[int], k: int) -> Trial:
        suppressed = self._row_count - int(self.is_kept(steps, k).sum())
        named = dict(zip(self._names, steps, strict=True))
        if not self._row_count:
            return Trial(named, 0, 0)
        up = sum(step * 10_000 // height for step, height in zip(steps, self._heights, strict=True)) // len(steps)
        kept = self._row_count - suppressed
        return Trial(named, suppressed, (kept * up + suppressed * 10_000) // self._row_count)
