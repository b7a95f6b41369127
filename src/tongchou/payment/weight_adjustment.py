"""Ways of measuring weights beside the usual one: other trimmings, adjustment by cost structure, keeping the total.

Costs are fen and stay exact; the only figures that cannot be are logarithms and roots, which are decimals of 28
digits. Trimming is for measuring only: a case that is cut is still paid (payment formulas §2.2, §2.4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tongchou.core.errors import TongchouError
from tongchou.core.money import E4, format_e4, round_half_up
from tongchou.core.text import Text
from tongchou.payment.weights import normalising_factor

COST_CLASSES = ("medical", "nursing", "technology", "drugs_and_consumables", "management")
"""The classes of cost of the structure adjustment: 医疗, 护理, 医技, 药耗, 管理."""


@dataclass(frozen=True, slots=True)
class Fences:
    """The costs between which a case is kept for measuring, both inclusive, fen."""

    low: Fraction
    high: Fraction

    def keep(self, costs_fen: Iterable[int]) -> tuple[int, ...]:
        """Return the costs that lie between the fences, in their order."""
        return tuple(cost for cost in costs_fen if self.low <= cost <= self.high)


@dataclass(frozen=True, slots=True)
class Normalised:
    """Weights changed so that the cases' total weight stays.

    Attributes:
        factor: k, exact.
        weights_e4: Group -> its weight times k, x 10,000, half up.
    """

    factor: Fraction
    weights_e4: Mapping[str, int]


def quantile(costs_fen: Sequence[int], part: Fraction) -> Fraction:
    """Return a quantile, interpolated linearly between the neighbours of position part x (n - 1).

    >>> quantile([1, 2, 3, 5], Fraction(3, 4))
    Fraction(7, 2)
    """
    ordered = sorted(_require_some(costs_fen))
    position = part * (len(ordered) - 1)
    at = int(position)
    above = ordered[min(at + 1, len(ordered) - 1)]
    return ordered[at] + (above - ordered[at]) * (position - at)


def iqr_fences(costs_fen: Sequence[int], multiplier_e4: int) -> Fences:
    """Return Q1 - m x IQR and Q3 + m x IQR."""
    first, third = quantile(costs_fen, Fraction(1, 4)), quantile(costs_fen, Fraction(3, 4))
    reach = (third - first) * Fraction(multiplier_e4, E4)
    return Fences(first - reach, third + reach)


def percentile_fences(costs_fen: Sequence[int], lower_e4: int, upper_e4: int, min_cases: int) -> Fences | None:
    """Return two percentiles as fences; None, keep all, for a group of fewer than `min_cases` cases."""
    if len(costs_fen) < min_cases:
        return None
    return Fences(quantile(costs_fen, Fraction(lower_e4, E4)), quantile(costs_fen, Fraction(upper_e4, E4)))


def plain_deviation_fences(costs_fen: Sequence[int], deviations: int) -> Fences:
    """Return the mean and so many sample standard deviations to both sides; one outlier widens its own fence."""
    mean, deviation = _moments([Decimal(cost) for cost in _require_some(costs_fen)])
    return Fences(Fraction(mean - deviations * deviation), Fraction(mean + deviations * deviation))


def log_deviation_fences(costs_fen: Sequence[int], deviations: int) -> Fences:
    """Return the same on the logarithms of the costs, carried back to fen.

    Raises:
        TongchouError: `payment.no_trimming` for a cost that is not positive, which has no logarithm.
    """
    if min(_require_some(costs_fen)) <= 0:
        raise _no_trimming(Text("费用不为正，没有对数", "a cost is not positive and has no logarithm"))
    mean, deviation = _moments([Decimal(cost).ln() for cost in costs_fen])
    low, high = (mean - deviations * deviation).exp(), (mean + deviations * deviation).exp()
    return Fences(Fraction(low), Fraction(high))


def trim_groups(
    costs_fen: Mapping[str, Sequence[int]], fences: Mapping[str, Fences | None], most_cut_e4: int
) -> dict[str, tuple[int, ...]]:
    """Return the costs of every group that are kept for measuring.

    Args:
        costs_fen: Group -> the costs of its cases, fen.
        fences: Group -> its fences; None keeps all.
        most_cut_e4: The part of all cases that may be cut at most, x 10,000, inclusive.

    Raises:
        TongchouError: `payment.no_trimming` if more than that would be cut.
    """
    kept = {}
    for group, costs in costs_fen.items():
        own = fences[group]
        kept[group] = tuple(costs) if own is None else own.keep(costs)
    total = sum(len(costs) for costs in costs_fen.values())
    cut = total - sum(len(costs) for costs in kept.values())
    if cut * E4 > most_cut_e4 * total:
        share = format_e4(round_half_up(Fraction(cut * E4, total)))
        raise _no_trimming(Text(f"裁剪比例 {share} 超过上限", f"the part cut, {share}, is above the limit"))
    return kept


def mean_cost(costs_fen: Sequence[int]) -> Fraction:
    """Return the exact mean, fen."""
    return Fraction(sum(_require_some(costs_fen)), len(costs_fen))


def variation_e4(costs_fen: Sequence[int]) -> int:
    """Return the coefficient of variation (sample standard deviation over mean) x 10,000, half up."""
    mean, deviation = _moments([Decimal(cost) for cost in _require_some(costs_fen)])
    return round_half_up(Fraction(deviation / mean * E4))


def variance_explained_e4(groups_fen: Iterable[Sequence[int]]) -> int:
    """Return the part of the variance of cost that the groups explain (RIV) x 10,000; 0 where nothing varies."""
    groups = [tuple(costs) for costs in groups_fen if costs]
    everything = [cost for costs in groups for cost in costs]
    whole = _squares(everything)
    within = sum((_squares(costs) for costs in groups), Fraction(0))
    return round_half_up((1 - within / whole) * E4) if whole else 0


def structure_weight(
    group_means_fen: Mapping[str, int], overall_means_fen: Mapping[str, int], target_shares_e4: Mapping[str, int]
) -> int:
    """Return a weight by cost structure: the sum over classes of target share x (group's mean / overall mean).

    Args:
        group_means_fen: The group's mean cost by class (`COST_CLASSES`), fen.
        overall_means_fen: The mean of all cases by class, fen.
        target_shares_e4: The share that each class is to have x 10,000; they sum to 1.

    Returns:
        The weight x 10,000, rounded once, half up.

    Raises:
        TongchouError: `payment.cost_structure` for a class that is missing, shares that do not sum to 1, or a class
            with a share of which no case has a cost.
    """
    for figures in (group_means_fen, overall_means_fen, target_shares_e4):
        if figures.keys() != set(COST_CLASSES):
            missing = ", ".join(sorted(figures.keys() ^ set(COST_CLASSES)))
            raise _cost_structure(Text(f"费用类别不全或多余：{missing}", f"classes missing or unknown: {missing}"))
    if sum(target_shares_e4.values()) != E4:
        raise _cost_structure(Text("目标占比合计不为 1", "the target shares do not sum to 1"))
    total = Fraction(0)
    for name in COST_CLASSES:
        share, overall = target_shares_e4[name], overall_means_fen[name]
        if share and overall <= 0:
            raise _cost_structure(Text(f"全部病例没有 {name} 费用", f"no case has a cost of {name}"))
        total += Fraction(share * group_means_fen[name], overall) if share else 0
    return round_half_up(total)


def normalise(before_e4: Mapping[str, int], after_e4: Mapping[str, int], counts: Mapping[str, int]) -> Normalised:
    """Return adjusted weights times k, so that the cases' total weight is what it was before the adjustment.

    Each weight is rounded by itself, so the total of the rounded ones may differ from it by their roundings; no weight
    becomes zero.

    Args:
        before_e4: Group -> weight x 10,000 before.
        after_e4: Group -> weight x 10,000 after the adjustment; the same groups.
        counts: Group -> cases.
    """
    total = sum((Fraction(before_e4[group] * counts[group]) for group in counts), Fraction(0))
    factor = normalising_factor({group: Fraction(weight) for group, weight in after_e4.items()}, counts, total)
    weights = {group: max(1, round_half_up(weight * factor)) for group, weight in after_e4.items()}
    return Normalised(factor, weights)


def _moments(values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """Return mean and sample standard deviation; no deviation of a single value."""
    mean = sum(values, Decimal(0)) / len(values)
    if len(values) == 1:
        return mean, Decimal(0)
    squares = sum(((value - mean) ** 2 for value in values), Decimal(0))
    return mean, (squares / (len(values) - 1)).sqrt()


def _squares(costs_fen: Sequence[int]) -> Fraction:
    """Return the sum of squared deviations from the mean."""
    if not costs_fen:
        return Fraction(0)
    return sum(cost * cost for cost in costs_fen) - Fraction(sum(costs_fen) ** 2, len(costs_fen))


def _require_some(costs_fen: Sequence[int]) -> Sequence[int]:
    if not costs_fen:
        raise _no_trimming(Text("没有病例", "there is no case"))
    return costs_fen


def _no_trimming(why: Text) -> TongchouError:
    return TongchouError(
        "payment.no_trimming",
        what=Text("无法裁剪或测算费用", "the costs cannot be trimmed or measured"),
        where="payment/drg/weights",
        why=why,
        remedy=Text("检查测算数据与裁剪办法", "check the data and the way of trimming"),
    )


def _cost_structure(why: Text) -> TongchouError:
    return TongchouError(
        "payment.cost_structure",
        what=Text("无法按费用结构调整权重", "the weight cannot be adjusted by cost structure"),
        where="payment/drg/weights",
        why=why,
        remedy=Text(f"给出各类费用：{'、'.join(COST_CLASSES)}", f"give every class: {', '.join(COST_CLASSES)}"),
    )
