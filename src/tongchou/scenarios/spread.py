"""A drawn distribution in a few figures, with the error that the number of draws leaves."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongchou.core.money import E4, FenArray, divide_half_up

PERCENTILES = (5, 50, 95)


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution of whole numbers (fen, or months x 10,000).

    Attributes:
        deterministic: The figure with every shock at no change.
        mean: The mean of the draws, half up.
        mean_error: The standard error of that mean by the number of draws, rounded up.
        percentiles: P5, P50, P95: the least drawn figure that at least so many per cent do not exceed.
        worst: The least drawn figure.
        deficit_e4: Share of the draws below zero x 10,000.
        deficit_error_e4: Its standard error x 10,000, rounded up; with none or all below zero the bound of 3 / draws
            that holds with 95 % confidence.
    """

    deterministic: int
    mean: int
    mean_error: int
    percentiles: tuple[int, int, int]
    worst: int
    deficit_e4: int
    deficit_error_e4: int

    def as_json(self, unit: str) -> dict[str, Any]:
        """Return the figures for machines, named with their unit (`fen` or `e4`)."""
        figures = {"deterministic": self.deterministic, "mean": self.mean, "mean_error": self.mean_error}
        figures |= {f"p{percent}": value for percent, value in zip(PERCENTILES, self.percentiles, strict=True)}
        return {
            **{f"{name}_{unit}": value for name, value in {**figures, "worst": self.worst}.items()},
            "deficit_probability_e4": self.deficit_e4,
            "deficit_probability_error_e4": self.deficit_error_e4,
        }


def spread(drawn: FenArray, deterministic: int) -> Spread:
    """Return the figures of a drawn column."""
    draws = len(drawn)
    ordered = np.sort(drawn)
    below = int((drawn < 0).sum())
    low, middle, high = (int(ordered[-(-draws * percent // 100) - 1]) for percent in PERCENTILES)
    share = below / draws
    # Of none, or of all, the standard error would be zero; three in the number of draws bounds what was not seen.
    error = math.sqrt(share * (1 - share) / draws) if 0 < below < draws else 3 / draws
    return Spread(
        deterministic=deterministic,
        mean=divide_half_up(sum(map(int, drawn)), draws),
        mean_error=math.ceil(float(np.std(drawn)) / math.sqrt(draws)),
        percentiles=(low, middle, high),
        worst=int(ordered[0]),
        deficit_e4=divide_half_up(below * E4, draws),
        deficit_error_e4=math.ceil(error * E4),
    )
