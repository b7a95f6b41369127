"""Weighing: the weight of every group that occurs, and the base rates where a rate is paid."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import narwhals as nw

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import ParameterRead, Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.payment.base_rate import BaseRate, base_rate
from tongchou.payment.cases.assessor import no_weight
from tongchou.payment.measuring import group_years
from tongchou.payment.weights import GroupWeight, Measurement, complete, measure, read_weight_table
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts
from tongchou.store.engine import Frame


@dataclass(frozen=True, slots=True)
class Weighing:
    """The weights and base rates of a run.

    Attributes:
        weights: Of every group that occurs in the period.
        riv_e4: Variance explained by the groups x 10,000; None where nothing was measured.
        totals_e4: Total weight of the grouped cases by insurance type, of the types that have any.
        base_rates: By the same insurance types.
        reads: The parameters that decided how weights are found.
        mean_fen: Mean cost of the region's kept cases, fen; 0 where nothing was measured.
    """

    weights: Mapping[str, GroupWeight]
    riv_e4: int | None
    totals_e4: Mapping[str, int]
    base_rates: Mapping[str, BaseRate]
    reads: tuple[ParameterRead, ...]
    mean_fen: int = 0


@dataclass(frozen=True, slots=True)
class Measuring:
    """Which cases weights are measured from.

    Attributes:
        min_cases: Cases that a group needs for a weight of its own.
        max_los_days: Longer stays are left out.
        min_cost_fen: Cheaper stays are left out.
        iqr_multiplier_e4: How far the fences lie from the quartiles, in interquartile ranges x 10,000.
    """

    min_cases: int
    max_los_days: int
    min_cost_fen: int
    iqr_multiplier_e4: int


@dataclass(frozen=True, slots=True)
class WeightTerms:
    """By what the policy finds weights; where two policies give the same terms, the same cases weigh the same.

    Attributes:
        deciding_date: The column of a case that decides its year.
        year_weights: The years to measure from and how much each counts.
        source: `measured` or `table`.
        table: The weight table's name; None where weights are measured.
        fallback: What stands in for a weight that is missing; None where the policy states nothing.
        by_rate: Whether a rate is paid, rather than points.
        measuring: How weights are measured; None where nothing is.
        reads: The parameters that decided it.
    """

    deciding_date: str
    year_weights: Mapping[int, int]
    source: str
    table: str | None
    fallback: str | None
    by_rate: bool
    measuring: Measuring | None
    reads: tuple[ParameterRead, ...]


def read_weight_terms(view: PolicyView, year_weights: Mapping[int, int]) -> WeightTerms:
    """Read by what weights are found.

    Where points are paid, the groups' means are needed beside their weights: they are measured even where the weights
    come from a table.

    Args:
        view: The policy on the last day of the period.
        year_weights: The years to measure from and how much each counts.
    """
    with view.recording() as reads:
        source = view.text("payment/drg/weights/source")
        fallback = view.text("payment/drg/weights/missing") if view.has("payment/drg/weights/missing") else None
        by_rate = view.text("payment/inpatient/method") == "drg_rate"
        needs_measuring = source == "measured" or fallback is not None or not by_rate
        measuring = _read_measuring(view) if needs_measuring else None
        table = view.text("payment/drg/weights/table") if source == "table" else None
    deciding = view.text("payment/deciding_date")
    return WeightTerms(deciding, year_weights, source, table, fallback, by_rate, measuring, tuple(reads))


def weigh_catalogue(facts: Facts, known: Mapping[str, GroupWeight], period_cases: Frame) -> Weighing:
    """Take the weights of the groups that occur in the period from a DIP catalogue.

    Args:
        facts: The region's tables.
        known: The catalogue's weights.
        period_cases: Grouped cases of the period: `drg, insurance_type`.
    """
    counts = _occurring(facts, period_cases)
    weights = {group: known[group] for group in sorted({group for group, _ in counts})}
    return Weighing(weights, None, _totals(counts, weights), {}, ())


def weigh(
    facts: Facts, view: PolicyView, terms: WeightTerms, years: Frame, period_cases: Frame, weight_tables: Path
) -> Weighing:
    """Find the weight of every group that occurs in the period, and the base rates where a rate is paid.

    Args:
        facts: The region's tables.
        view: The policy on the last day of the period.
        terms: By what it finds weights.
        years: Grouped cases of all years to measure from: `case_id, drg, year, los_days, total_fen`.
        period_cases: Grouped cases of the period: `drg, insurance_type`.
        weight_tables: The folder of loaded weight tables.

    Raises:
        TongchouError: `payment.no_weight` if a group has no weight and the policy states no fallback;
            `runs.no_weight_table` if the policy names a table that was not loaded.
    """
    measurement = _measure(facts, terms.measuring, terms.year_weights, years) if terms.measuring else None
    measured = measurement.weights if measurement else {}
    table = _weight_table(weight_tables, terms.table) if terms.table is not None else measured
    occurring = _occurring(facts, period_cases)
    groups = sorted({drg for drg, _ in occurring})
    weights = complete(table, groups, terms.fallback, measured)
    missing = [drg for drg in groups if drg not in weights]
    if missing:
        raise no_weight(missing)
    if not terms.by_rate:
        weights = {drg: _with_mean(weight, measured.get(drg)) for drg, weight in weights.items()}
    totals = _totals(occurring, weights)
    mean, riv = (measurement.mean_fen, measurement.riv_e4) if measurement else (0, None)
    return Weighing(weights, riv, totals, rates_of(view, terms, totals), terms.reads, mean)


def rates_of(view: PolicyView, terms: WeightTerms, totals_e4: Mapping[str, int]) -> dict[str, BaseRate]:
    """Return the base rate of each insurance type by its total weight; none where points are paid."""
    return {kind: base_rate(view, kind, total) for kind, total in totals_e4.items()} if terms.by_rate else {}


def weight_step(weighing: Weighing, drg: str) -> Step:
    """Explain where the weight of a group comes from."""
    weight = weighing.weights[drg]
    sources = {
        "measured": Text(
            f"由 {weight.case_count} 例测算，例均 {format_yuan(weight.mean_fen)} 元，"
            f"变异系数 {format_e4(weight.cv_e4)}",
            f"measured from {weight.case_count} cases, mean {format_yuan(weight.mean_fen)} yuan, "
            f"CV {format_e4(weight.cv_e4)}",
        ),
        "adrg": Text(
            f"本组例数不足，借用 {weight.basis} 全组 {weight.case_count} 例的均值 {format_yuan(weight.mean_fen)} 元",
            f"too few cases of the group: mean of the whole ADRG {weight.basis}, {weight.case_count} cases, "
            f"{format_yuan(weight.mean_fen)} yuan",
        ),
        "table": Text(f"取自权重表 {weight.basis}", f"from the weight table {weight.basis}"),
        "catalogue": Text("取自 DIP 病种目录库", "from the DIP catalogue"),
        "neighbour": Text(
            f"权重表没有本组，借用相邻组 {weight.basis}",
            f"the table does not hold the group; borrowed from its neighbour {weight.basis}",
        ),
    }
    where = sources[weight.source]
    value = format_e4(weight.weight_e4)
    return Step(
        "payment.drg.weight",
        Text(f"权重（{drg}）", f"Weight ({drg})"),
        Text(f"{value}，{where.zh}", f"{value}, {where.en}"),
        parameters=tuple(read for read in weighing.reads if _bears_on(read.name, weight.source)),
    )


def _totals(counts: Mapping[tuple[str, str], int], weights: Mapping[str, GroupWeight]) -> dict[str, int]:
    totals: dict[str, int] = defaultdict(int)
    for (group, kind), cases in counts.items():
        totals[kind] += cases * weights[group].weight_e4
    return dict(sorted(totals.items()))


def _with_mean(weight: GroupWeight, measured: GroupWeight | None) -> GroupWeight:
    """Return a loaded weight with the mean, the cases and the variation that the region's own cases give it."""
    if weight.mean_fen or measured is None:
        return weight
    return replace(weight, case_count=measured.case_count, mean_fen=measured.mean_fen, cv_e4=measured.cv_e4)


def _bears_on(parameter: str, source: str) -> bool:
    """Return whether a parameter of the weights had a part in a weight of this source."""
    name = parameter.removeprefix("payment/drg/weights/")
    if name == "source":
        return True
    return {"table": name == "table", "neighbour": name in {"table", "missing"}}.get(source, name != "table")


def _read_measuring(view: PolicyView) -> Measuring:
    return Measuring(
        min_cases=view.whole("payment/drg/weights/min_cases"),
        max_los_days=view.whole("payment/drg/weights/max_los"),
        min_cost_fen=view.fen("payment/drg/weights/min_cost"),
        iqr_multiplier_e4=view.e4("payment/drg/weights/iqr_multiplier"),
    )


def _measure(facts: Facts, measuring: Measuring, year_weights: Mapping[int, int], years: Frame) -> Measurement:
    figures = group_years(
        facts.engine,
        years,
        year_weights=year_weights,
        max_los_days=measuring.max_los_days,
        min_cost_fen=measuring.min_cost_fen,
        iqr_multiplier_e4=measuring.iqr_multiplier_e4,
        min_cases=measuring.min_cases,
    )
    return measure(figures, measuring.min_cases)


def _weight_table(folder: Path, name: str) -> dict[str, GroupWeight]:
    path = folder / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.csv"))) or "-"
        raise TongchouError(
            "runs.no_weight_table",
            what=Text(f"权重表 {name} 没有载入", f"the weight table {name} was not loaded"),
            where=f"weights/{name}.csv",
            why=Text(f"已载入的有：{known}", f"those loaded are: {known}"),
            remedy=Text("用 tongchou weights import 载入", "load it with tongchou weights import"),
        )
    return read_weight_table(path.read_text(encoding="utf-8-sig"), name)


def _occurring(facts: Facts, period_cases: Frame) -> dict[tuple[str, str], int]:
    counted = period_cases.group_by("drg", "insurance_type").agg(nw.len().cast(nw.Int64).alias("n"))
    rows = facts.engine.collect(counted.sort("drg", "insurance_type")).to_pylist()
    return {(row["drg"], row["insurance_type"]): row["n"] for row in rows}
