"""Drawing the shocks: factors (1 + change) as whole numbers, from one recorded seed."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tongchou.core.errors import TongchouError
from tongchou.core.money import E4, FenArray, divide_column_half_up
from tongchou.core.text import Text
from tongchou.scenarios.risk_order import Correlation, Shock

E9 = 1_000_000_000
"""The scale of a drawn factor."""

Draws = npt.NDArray[np.float64]


def draw(shocks: Sequence[Shock], correlations: Sequence[Correlation], seed: int, draws: int) -> dict[str, Draws]:
    """Return the drawn change of every shock, in the order of the draws.

    Each shock has a stream of its own, spawned from the seed in the order of the shocks' names, so the draws of one do
    not depend on the figures of another. Correlated shocks keep their own draws, put into another order: that of
    correlated normal scores, by rank (after Iman and Conover); the rank correlation comes out near the one asked for.

    Raises:
        TongchouError: `scenarios.correlation` if the correlations contradict one another.
    """
    ordered = sorted(shocks, key=lambda shock: shock.name)
    streams = np.random.SeedSequence(seed).spawn(len(ordered) + 1)
    drawn = {
        shock.name: _sample(shock, np.random.default_rng(stream), draws)
        for shock, stream in zip(ordered, streams[1:], strict=True)
    }
    if correlations:
        names = [shock.name for shock in ordered]
        scores = _correlated_scores(names, correlations, np.random.default_rng(streams[0]), draws)
        tied = {name for each in correlations for name in (each.one, each.other)}
        for number, name in enumerate(names):
            if name in tied:
                ranks = np.argsort(np.argsort(scores[:, number], kind="stable"), kind="stable")
                drawn[name] = np.sort(drawn[name])[ranks]
    return drawn


def factors_e9(changes: Sequence[Draws], draws: int) -> FenArray:
    """Return the product of (1 + change) of several shocks, not below zero, rounded once to nine decimals."""
    product = np.ones(draws)
    for change in changes:
        product = product * np.maximum(0.0, 1.0 + change)
    return np.rint(product * E9).astype(np.int64)


def amounts_at(fen: int, factor_e9: FenArray) -> FenArray:
    """Return an amount times each factor, exact in whole numbers, rounded half up once, to the fen.

    >>> amounts_at(12_345, np.array([E9, 2 * E9])).tolist()
    [12345, 24690]
    """
    # amount x factor leaves 64 bits for a province's money: whole billions of fen go without division.
    billions, rest = divmod(fen, E9)
    return np.int64(billions) * factor_e9 + divide_column_half_up(np.int64(rest) * factor_e9, np.int64(E9))


def _sample(shock: Shock, generator: np.random.Generator, draws: int) -> Draws:
    figure = {name: value / E4 for name, value in shock.figures_e4.items()}
    match shock.distribution:
        case "normal":
            return figure["mean"] + figure["sd"] * generator.standard_normal(draws)
        case "lognormal":
            return _lognormal(figure, generator, draws)
        case "triangular":
            if shock.figures_e4["least"] == shock.figures_e4["most"]:
                return np.full(draws, figure["mode"])
            return generator.triangular(figure["least"], figure["mode"], figure["most"], draws)
        case "beta":
            width = figure["most"] - figure["least"]
            return figure["least"] + width * generator.beta(figure["alpha"], figure["beta"], draws)
        case _:
            values = np.array([value for value, _ in shock.outcomes_e4]) / E4
            chances = np.array([probability for _, probability in shock.outcomes_e4]) / E4
            return generator.choice(values, size=draws, p=chances / chances.sum())


def _lognormal(figure: Mapping[str, float], generator: np.random.Generator, draws: int) -> Draws:
    """Return draws whose 1 + change is lognormal, with the mean and the standard deviation of the change as stated."""
    mean = 1 + figure["mean"]
    variance = math.log1p((figure["sd"] / mean) ** 2)
    return mean * np.exp(math.sqrt(variance) * generator.standard_normal(draws) - variance / 2) - 1


def _correlated_scores(
    names: Sequence[str], correlations: Sequence[Correlation], generator: np.random.Generator, draws: int
) -> Draws:
    matrix = np.eye(len(names))
    for each in correlations:
        one, other = names.index(each.one), names.index(each.other)
        # A rank correlation of r needs normal scores correlated by 2 sin(pi r / 6).
        matrix[one, other] = matrix[other, one] = 2 * math.sin(math.pi * each.rank_e4 / E4 / 6)
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError as error:
        pairs = ", ".join(f"{each.one}–{each.other} {each.rank_e4 / E4}" for each in correlations)
        raise TongchouError(
            "scenarios.correlation",
            what=Text("各项相关互相矛盾", "the correlations contradict one another"),
            where=pairs,
            why=Text("没有一组冲击能同时有这些相关", "no shocks can have all of them at once"),
            remedy=Text("减小其中的相关", "make some of them smaller"),
        ) from error
    scores: Draws = generator.standard_normal((draws, len(names))) @ root.T
    return scores
