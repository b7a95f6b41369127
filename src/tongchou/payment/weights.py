"""The weight of every group that occurs, and where it comes from (payment formulas §2)."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from io import StringIO
from typing import Literal

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.money import E4, ratio_to_e4, round_half_up
from tongchou.core.text import Text

WeightSource = Literal["measured", "adrg", "table", "neighbour", "catalogue"]

ADRG_LENGTH = 3
"""Characters of a group's code that name its ADRG (payment formulas §2.3)."""


@dataclass(frozen=True, slots=True)
class GroupWeight:
    """A group's weight.

    Attributes:
        drg: The group.
        weight_e4: Its weight x 10,000; never zero.
        source: How it was found.
        basis: The group, ADRG or table that it was taken from.
        case_count: Cases that a measured weight rests on; 0 for a loaded one.
        mean_fen: Their mean cost; 0 for a loaded one.
        cv_e4: Their coefficient of variation x 10,000, on whole yuan; 0 for a loaded one.
    """

    drg: str
    weight_e4: int
    source: WeightSource
    basis: str
    case_count: int = 0
    mean_fen: int = 0
    cv_e4: int = 0


@dataclass(frozen=True, slots=True)
class GroupYear:
    """What the cases of a group in one year say: kept for measuring, and in all.

    Attributes:
        year_weight: The policy's weight of that year (e.g. 1 : 2 : 7).
        case_count: Cases kept after exclusions and trimming.
        cost_fen: Their total cost.
        cost_yuan, square_yuan: Sums of whole yuan and of their squares, for the variation.
        all_count, all_cost_fen: All grouped cases, before exclusions and trimming.
    """

    drg: str
    year: int
    year_weight: int
    case_count: int
    cost_fen: int
    cost_yuan: int
    square_yuan: int
    all_count: int
    all_cost_fen: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """Weights measured from a region's own cases, with the quality of the grouping.

    Attributes:
        weights: By group.
        mean_fen: Mean cost of a kept case, years weighted.
        riv_e4: Variance of cost that the groups explain, x 10,000 (RIV), on whole yuan.
    """

    weights: Mapping[str, GroupWeight]
    mean_fen: int
    riv_e4: int


def measure(years: Sequence[GroupYear], min_cases: int) -> Measurement:
    """Measure the weight of every group: its mean cost over the mean cost of all cases.

    A group with fewer kept cases than `min_cases` takes the mean of its ADRG; one whose ADRG has no kept case
    either takes the mean of all its own cases. The weights are then normalised so that the kept cases' mean
    weight is 1.

    Args:
        years: One entry per group and year.
        min_cases: Fewest kept cases on which a group's own weight may rest.

    Raises:
        TongchouError: `payment.no_cases` if no case is left to measure from.
    """
    kept = sum(year.case_count for year in years)
    if not kept:
        raise TongchouError(
            "payment.no_cases",
            what=Text("没有可供测算权重的病例", "there are no cases to measure weights from"),
            where="payment/drg/weights",
            why=Text("所有病例都未入组或被排除", "every case is ungrouped or excluded"),
            remedy=Text("检查分组结果与测算排除条件", "check the grouping and the exclusions"),
        )
    mean = _mean(_kept(years))
    drgs = sorted({year.drg for year in years})
    raw = {drg: _measured(drg, years, min_cases, mean) for drg in drgs}
    counts = {drg: sum(y.case_count for y in years if y.drg == drg) for drg in drgs}
    factor = normalising_factor({drg: weight for drg, (weight, _) in raw.items()}, counts, Fraction(kept))
    weights = {
        drg: replace(found, weight_e4=max(1, round_half_up(weight * factor * E4)))
        for drg, (weight, found) in raw.items()
    }
    return Measurement(weights, round_half_up(mean), _explained(years))


def normalising_factor(weights: Mapping[str, Fraction], counts: Mapping[str, int], total: Fraction) -> Fraction:
    """Return k such that the cases' weights, each times k, sum to `total` (payment formulas §2.2 step 8)."""
    return total / sum(weights[drg] * count for drg, count in counts.items())


def read_weight_table(text: str, name: str) -> dict[str, GroupWeight]:
    """Read a published table of weights: CSV with the columns `drg` and `weight`.

    Raises:
        Problems: `payment.weight_table` for every row that has no group, no positive weight, more than four
            decimals, or a group that was there before; or when a column is missing.
    """
    reader = csv.DictReader(StringIO(text, newline=None))
    try:
        columns, rows = reader.fieldnames or (), list(reader)
    except csv.Error as error:
        raise Problems([_table_problem(name, Text(f"无法读取：{error}", f"it cannot be read: {error}"))]) from error
    if not {"drg", "weight"} <= set(columns):
        raise Problems([_table_problem(name, Text("缺少列 drg、weight", "the columns drg and weight are missing"))])
    weights: dict[str, GroupWeight] = {}
    problems: list[TongchouError] = []
    for line, row in enumerate(rows, start=2):
        drg, written = (row["drg"] or "").strip(), (row["weight"] or "").strip()
        try:
            weight_e4 = ratio_to_e4(Decimal(written))
        except (InvalidOperation, OverflowError, ValueError, TongchouError):
            weight_e4 = 0
        if not drg or weight_e4 <= 0 or drg in weights:
            why = Text(
                f"病组“{drg}”、权重“{written}”：须有病组、不重复、权重为正且不超过四位小数",
                f"group '{drg}', weight '{written}': a group, once, with a positive weight of at most four decimals",
            )
            problems.append(_table_problem(f"{name}:{line}", why))
            continue
        weights[drg] = GroupWeight(drg, weight_e4, "table", name)
    if problems:
        raise Problems(problems)
    return weights


def nearest_neighbour(drg: str, table: Mapping[str, GroupWeight]) -> GroupWeight | None:
    """Return the weight of the group of the same ADRG whose severity is nearest, or None if the table has none.

    Between two equally near, the later code (the less severe) is taken.
    """
    siblings = [code for code in table if code[:ADRG_LENGTH] == drg[:ADRG_LENGTH]]
    if not siblings:
        return None
    nearest = min(sorted(siblings, reverse=True), key=lambda code: abs(ord(code[-1]) - ord(drg[-1])))
    return replace(table[nearest], drg=drg, source="neighbour", basis=nearest)


def complete(
    table: Mapping[str, GroupWeight],
    occurring: Iterable[str],
    fallback: str | None,
    measured: Mapping[str, GroupWeight],
) -> dict[str, GroupWeight]:
    """Return the weight of every group that occurs, by a table and the policy's stated fallback.

    Args:
        table: The loaded weights.
        occurring: The groups that must have a weight.
        fallback: `neighbour_then_measured`, `measured`, or None where the policy states none.
        measured: Weights measured from the region's own cases, for the fallback.
    """
    found: dict[str, GroupWeight] = {}
    for drg in occurring:
        weight = table.get(drg)
        if weight is None and fallback == "neighbour_then_measured":
            weight = nearest_neighbour(drg, table)
        if weight is None and fallback is not None:
            weight = measured.get(drg)
        if weight is not None:
            found[drg] = weight
    return found


def _measured(drg: str, years: Sequence[GroupYear], min_cases: int, mean: Fraction) -> tuple[Fraction, GroupWeight]:
    own = [year for year in years if year.drg == drg]
    family = [year for year in years if year.drg[:ADRG_LENGTH] == drg[:ADRG_LENGTH]]
    source: WeightSource = "measured"
    basis, rows = drg, own
    figures = _kept(own)
    if sum(year.case_count for year in own) < min_cases:
        if any(year.case_count for year in family):
            source, basis, rows = "adrg", drg[:ADRG_LENGTH], family
            figures = _kept(family)
        else:
            figures = [(y.year, y.year_weight, y.all_count, y.all_cost_fen) for y in own]
    cost = _mean(figures)
    count = sum(year.case_count for year in rows)
    found = GroupWeight(drg, 0, source, basis, count, round_half_up(cost), _variation(rows))
    return cost / mean, found


def _kept(years: Iterable[GroupYear]) -> list[tuple[int, int, int, int]]:
    return [(year.year, year.year_weight, year.case_count, year.cost_fen) for year in years]


def _mean(figures: Iterable[tuple[int, int, int, int]]) -> Fraction:
    """Return the mean of (year, weight of the year, count, sum) entries: the yearly means, weighted by year."""
    counts: dict[tuple[int, int], int] = {}
    totals: dict[tuple[int, int], int] = {}
    for year, year_weight, count, total in figures:
        key = (year, year_weight)
        counts[key] = counts.get(key, 0) + count
        totals[key] = totals.get(key, 0) + total
    filled = [key for key, count in counts.items() if count]
    weighted = sum((Fraction(totals[key] * key[1], counts[key]) for key in filled), Fraction(0))
    return weighted / sum(year_weight for _, year_weight in filled)


def _variation(years: Sequence[GroupYear]) -> int:
    count = sum(year.case_count for year in years)
    total = sum(year.cost_yuan for year in years)
    if count < 2 or not total:
        return 0
    squares = sum(year.square_yuan for year in years)
    variance = (Decimal(squares) - Decimal(total) * total / count) / (count - 1)
    return int((max(variance, Decimal(0)).sqrt() * count / total * E4).to_integral_value())


def _explained(years: Sequence[GroupYear]) -> int:
    count = sum(year.case_count for year in years)
    total = sum(year.cost_yuan for year in years)
    squares = sum(year.square_yuan for year in years)
    all_variation = squares - Fraction(total * total, count)
    by_group: dict[str, list[int]] = {}
    for year in years:
        sums = by_group.setdefault(year.drg, [0, 0])
        sums[0] += year.case_count
        sums[1] += year.cost_yuan
    within = squares - sum((Fraction(cost * cost, n) for n, cost in by_group.values() if n), Fraction(0))
    return round_half_up((1 - within / all_variation) * E4) if all_variation else 0


def _table_problem(where: str, why: Text) -> TongchouError:
    return TongchouError(
        "payment.weight_table",
        what=Text("权重表有误", "the weight table has an error"),
        where=where,
        why=why,
        remedy=Text("改正该行后重新载入", "correct the row and load the table again"),
    )
