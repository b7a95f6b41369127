"""A run read back for comparison: sums of its priced cases, and the figures of its record."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

import narwhals as nw

from tongchou.alliance.facts import AllianceFacts
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.runs.alliance_year import alliance_facts, package_year
from tongchou.runs.finished import finished_rows, kept_file
from tongchou.runs.frames import Facts, institutions_of
from tongchou.runs.groupings import names_of_groups
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Period, Region, RegionPolicy
from tongchou.runs.year import alliances, visits_of
from tongchou.schema.results import PRICED
from tongchou.store.engine import Engine, Frame
from tongchou.store.engines import open_engine
from tongchou.store.lake import Snapshot

_Key = TypeVar("_Key")

KEYS = ("institution_id", "insurance_type", "drg", "base_rate_fen", "factor_e4")
"""What the cases are summed by."""

SUMS = ("weight_e4", "standard_fen", "total_fen", "payable_fen", "patient_fen", "fund_fen", "hospital_result_fen")
"""What is summed."""


@dataclass(frozen=True, slots=True)
class CaseSums:
    """Sums over priced cases; amounts in fen.

    Attributes:
        cases: How many.
        weight_e4: Their weight x 10,000.
        total_fen: What was billed.
        payable_fen: What is payable in all.
        patient_fen: The patients' part.
        fund_fen: The fund's part.
        result_fen: The hospitals' gain or loss.
        moving_fen: What of the payable amount moves in proportion to rate x factor, of the cases for which the fund
            pays: standards of normal cases, less what extremely costly cases are paid below their cost.
    """

    cases: int = 0
    weight_e4: int = 0
    total_fen: int = 0
    payable_fen: int = 0
    patient_fen: int = 0
    fund_fen: int = 0
    result_fen: int = 0
    moving_fen: int = 0

    def __add__(self, other: "CaseSums") -> "CaseSums":
        """Return the sums of both."""
        return add((self, other))


@dataclass(frozen=True, slots=True)
class Cell:
    """The cases of one institution, insurance type and group that were priced at one rate and factor.

    Attributes:
        institution_id: The institution.
        level: Its level at the period's end.
        insurance_type: The insurance type.
        drg: The group; empty for ungrouped cases.
        base_rate_fen: The base rate, fen per weight; 0 for ungrouped cases.
        factor_e4: The institution coefficient x 10,000.
        sums: The sums.
    """

    institution_id: str
    level: str
    insurance_type: str
    drg: str
    base_rate_fen: int
    factor_e4: int
    sums: CaseSums


@dataclass(frozen=True, slots=True)
class RunResults:
    """What a run came to.

    Attributes:
        record: Its record.
        cells: The sums of its priced cases, in any order.
        view: The policy on the period's last day, by which the year was settled.
        read_alliances: Reads the year of each alliance, as its settlement saw it; a comparison does not ask for it.
        outpatient_fund_fen: The fund's part of the period's outpatient settlements, which no scenario re-prices.
        group_names: The name of each group of its scheme.
    """

    record: RunRecord
    cells: tuple[Cell, ...]
    view: PolicyView
    read_alliances: Callable[[], tuple[AllianceFacts, ...]]
    outpatient_fund_fen: int
    group_names: Mapping[str, Text]

    @property
    def alliances(self) -> tuple[AllianceFacts, ...]:
        """The year of each alliance, as its settlement saw it."""
        return self.read_alliances()

    @property
    def total(self) -> CaseSums:
        """The sums of all cases."""
        return add(cell.sums for cell in self.cells)

    def by(self, key: Callable[[Cell], _Key]) -> dict[_Key, CaseSums]:
        """Return the sums of the cases by a key of their cells."""
        parts: dict[_Key, list[CaseSums]] = {}
        for cell in self.cells:
            parts.setdefault(key(cell), []).append(cell.sums)
        return {each: add(sums) for each, sums in parts.items()}


_figures = attrgetter(*(field.name for field in fields(CaseSums)))


def add(sums: Iterable[CaseSums]) -> CaseSums:
    """Return the sum of sums."""
    figures = list(map(_figures, sums))
    return CaseSums(*map(sum, zip(*figures, strict=True))) if figures else CaseSums()


def read_results(region: Region, period: Period, pack: Path | None, record: RunRecord, engine: Engine) -> RunResults:
    """Read a finished run, a real one or one that was tried.

    Args:
        region: The region.
        period: The settled period.
        pack: The further policy pack of the run.
        record: Its record.
        engine: What sums its cases.

    Raises:
        TongchouError: `scenarios.no_cases` if a run that was tried has not kept its priced cases;
            `scenarios.does_not_add_up` if they do not sum to what the run's record says.
    """
    facts = Facts(engine, region.lake, Snapshot(dict(record.inputs.versions)))
    path = kept_file(region, record, PRICED)
    if record.inputs.is_shadow and not path.is_file():
        raise TongchouError(
            "scenarios.no_cases",
            what=Text("模拟批次没有保存逐例结果", "the trial run has not kept its priced cases"),
            where=str(path),
            why=Text("它可能由较早的版本算出", "an earlier version may have computed it"),
            remedy=Text(f"删除文件夹 {path.parent} 后重试", f"remove the folder {path.parent} and try again"),
        )
    levels = {institution: row["level"] for institution, row in institutions_of(facts, period).items()}
    policy = region.policy(pack)
    view = policy.at(period.end)
    priced = finished_rows(region, record, PRICED, engine)
    rows = engine.collect(_summed(priced)).to_pylist()
    visits = visits_of(facts, period)
    outpatient = visits.select(nw.col("fund_fen").sum().cast(nw.Int64).alias("fen"))
    results = RunResults(
        record,
        tuple(_cell(row, levels) for row in rows),
        view,
        cache(lambda: _alliances(region, period, policy, record)),
        engine.collect(outpatient)["fen"][0].as_py() or 0,
        names_of_groups(record.inputs.scheme, region.run_folder(record.run_id)),
    )
    _require_sums(results)
    return results


def _alliances(region: Region, period: Period, policy: RegionPolicy, record: RunRecord) -> tuple[AllianceFacts, ...]:
    with open_engine("duckdb") as engine:
        facts = Facts(engine, region.lake, Snapshot(dict(record.inputs.versions)))
        priced = finished_rows(region, record, PRICED, engine)
        return tuple(
            alliance_facts(facts, own, each, period, package_year(facts, own, each, period), priced)
            for each in alliances(facts, period)
            for own in [policy.for_alliance(each.alliance_id).at(period.end)]
        )


def _summed(priced: Frame) -> Frame:
    # A fund's part that was raised to zero does not move with the standard.
    is_paid = nw.col("fund_fen") != 0
    ungrouped = nw.col("weight_source") == "none"
    moving = (
        nw.when(is_paid & nw.col("case_kind").is_in(["normal", "high_over_cap"]))
        .then(nw.col("payable_fen") - nw.col("excluded_fen"))
        .otherwise(nw.when(is_paid & (nw.col("case_kind") == "high")).then(nw.col("payable_fen") - nw.col("total_fen")))
    )
    # A case that is paid by its cost does not move.
    counted = priced.with_columns(
        moving_fen=nw.when(moving.is_null()).then(nw.lit(0)).otherwise(moving),
        drg=nw.when(ungrouped).then(nw.lit("")).otherwise(nw.col("drg")),
        base_rate_fen=nw.when(ungrouped).then(nw.lit(0)).otherwise(nw.col("base_rate_fen")),
    )
    sums = [nw.col(name).sum().cast(nw.Int64) for name in (*SUMS, "moving_fen")]
    return counted.group_by(*KEYS).agg(nw.len().cast(nw.Int64).alias("cases"), *sums).sort(*KEYS)


def _cell(row: Mapping[str, Any], levels: Mapping[str, str]) -> Cell:
    sums = {name: row[name] for name in CaseSums.__slots__ if name in row}
    return Cell(
        row["institution_id"],
        levels[row["institution_id"]],
        row["insurance_type"],
        row["drg"],
        row["base_rate_fen"],
        row["factor_e4"],
        CaseSums(**sums, result_fen=row["hospital_result_fen"]),
    )


def _require_sums(results: RunResults) -> None:
    """Refuse a run whose cases and record say different things: what is compared must add up to the fen."""
    summary, total = results.record.summary, results.total
    told = (
        summary.case_count,
        *(
            sum(getattr(each, name) for each in summary.institutions)
            for name in ("charges_fen", "fund_fen", "result_fen")
        ),
    )
    summed = (total.cases, total.total_fen, total.fund_fen, total.result_fen)
    if told != summed:
        raise TongchouError(
            "scenarios.does_not_add_up",
            what=Text("逐例结果与批次记录合计不一致", "the priced cases and the run's record do not add up"),
            where=f"{results.record.run_id}: {summed} / {told}",
            why=Text(
                "病例、费用、基金、盈亏四项合计须逐分相等", "cases, charges, fund and result must agree to the fen"
            ),
            remedy=Text("删除该批次文件夹后重新模拟", "remove the run's folder and try again"),
        )
