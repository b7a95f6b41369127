"""The stages of a run that work on every case: group, weigh, price. Each leaves one staged file."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import ParameterRead, Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.grouping.grouper import Grouper
from tongchou.payment.base_rate import BaseRate, base_rate
from tongchou.payment.measuring import group_years
from tongchou.payment.pricing import Pricer, no_weight
from tongchou.payment.weights import GroupWeight, Measurement, complete, measure, read_weight_table
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts, grouping_input
from tongchou.schema.contract import Table
from tongchou.schema.results import GROUPED, PRICED
from tongchou.store.engine import Frame

_GROUP_COLUMNS = tuple(name for name in GROUPED.arrow_schema.names if name != "run_id")


@dataclass(frozen=True, slots=True)
class Weighing:
    """The weights and base rates of a run.

    Attributes:
        weights: Of every group that occurs in the period.
        measurement: What the region's own cases say; None where nothing was measured.
        totals_e4: Total weight of the grouped cases by insurance type, of the types that have any.
        base_rates: By the same insurance types.
        reads: The parameters that decided how weights are found.
    """

    weights: Mapping[str, GroupWeight]
    measurement: Measurement | None
    totals_e4: Mapping[str, int]
    base_rates: Mapping[str, BaseRate]
    reads: tuple[ParameterRead, ...]


def stage_groups(facts: Facts, cases: Frame, grouper: Grouper, run_id: str, path: Path) -> int:
    """Group the cases into a staged file and return how many there are."""
    kernel = grouper.batches

    def grouped(batch: pa.RecordBatch) -> pa.RecordBatch:
        result = kernel.group(batch)
        named = {name: result.column(name).cast(pa.string()) for name in _GROUP_COLUMNS}
        columns = {"run_id": pa.repeat(run_id, len(batch)), **named}
        return pa.RecordBatch.from_pydict(columns, schema=GROUPED.arrow_schema)

    frame = grouping_input(facts, cases, grouper.columns)
    rows = facts.engine.map_batches(frame, grouped, GROUPED.arrow_schema)
    return _stage(rows, GROUPED, path)


def stage_prices(facts: Facts, frame: Frame, pricer: Pricer, path: Path) -> int:
    """Price the cases of a frame (`pricing_input`) into a staged file and return how many there are."""
    homeless = facts.engine.collect(
        frame.filter(nw.col("level").is_null()).select("institution_id").unique().sort("institution_id").head(5)
    )
    if homeless.num_rows:
        raise TongchouError(
            "runs.institution_not_valid",
            what=Text("有清单所属机构在当日没有有效记录", "a case's institution has no record valid on its day"),
            where=", ".join(homeless["institution_id"].to_pylist()),
            why=Text("没有机构等级就不能定价", "without a level the case cannot be priced"),
            remedy=Text("补充机构表的有效期", "complete the periods of validity in the table of institutions"),
        )
    return _stage(facts.engine.map_batches(frame, pricer.price, PRICED.arrow_schema), PRICED, path)


def weigh(
    facts: Facts, view: PolicyView, year: int, years: Frame, period_cases: Frame, weight_tables: Path
) -> Weighing:
    """Find the weight of every group that occurs in the period, and the base rates.

    Args:
        facts: The region's tables.
        view: The policy on the last day of the period.
        year: The settled year.
        years: Grouped cases of all years to measure from: `case_id, drg, year, los_days, total_fen`.
        period_cases: Grouped cases of the period: `drg, insurance_type`.
        weight_tables: The folder of loaded weight tables.

    Raises:
        TongchouError: `payment.no_weight` if a group has no weight and the policy states no fallback;
            `runs.no_weight_table` if the policy names a table that was not loaded.
    """
    with view.recording() as reads:
        source = view.text("payment/drg/weights/source")
        fallback = view.text("payment/drg/weights/missing") if view.has("payment/drg/weights/missing") else None
        needs_measuring = source == "measured" or fallback is not None
        measurement = _measure(facts, view, year, years) if needs_measuring else None
        table: Mapping[str, GroupWeight]
        if source == "table":
            table = _weight_table(weight_tables, view.text("payment/drg/weights/table"))
        else:
            assert measurement is not None  # noqa: S101 - measured just above
            table = measurement.weights
    occurring = _occurring(facts, period_cases)
    groups = sorted({drg for drg, _ in occurring})
    weights = complete(table, groups, fallback, measurement.weights if measurement else {})
    missing = [drg for drg in groups if drg not in weights]
    if missing:
        raise no_weight(missing)
    totals: dict[str, int] = defaultdict(int)
    for (drg, kind), cases in occurring.items():
        totals[kind] += cases * weights[drg].weight_e4
    rates = {kind: base_rate(view, kind, total) for kind, total in totals.items()}
    return Weighing(weights, measurement, totals, rates, tuple(reads))


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


def _bears_on(parameter: str, source: str) -> bool:
    """Return whether a parameter of the weights had a part in a weight of this source."""
    name = parameter.removeprefix("payment/drg/weights/")
    if name == "source":
        return True
    return {"table": name == "table", "neighbour": name in {"table", "missing"}}.get(source, name != "table")


def measured_years(view: PolicyView, year: int) -> dict[int, int]:
    """Return the years to measure from and their weights; years of weight zero are left out."""
    offsets = {
        offset: view.whole("payment/drg/weights/year_weights", year_offset=str(offset)) for offset in (0, -1, -2)
    }
    return {year + offset: weight for offset, weight in offsets.items() if weight}


def _measure(facts: Facts, view: PolicyView, year: int, years: Frame) -> Measurement:
    min_cases = view.whole("payment/drg/weights/min_cases")
    figures = group_years(
        facts.engine,
        years,
        year_weights=measured_years(view, year),
        max_los_days=view.whole("payment/drg/weights/max_los"),
        min_cost_fen=view.fen("payment/drg/weights/min_cost"),
        iqr_multiplier_e4=view.e4("payment/drg/weights/iqr_multiplier"),
        min_cases=min_cases,
    )
    return measure(figures, min_cases)


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


def _stage(rows: pa.RecordBatchReader, table: Table, path: Path) -> int:
    written = 0
    with pq.ParquetWriter(path, table.arrow_schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)
            written += batch.num_rows
    return written
