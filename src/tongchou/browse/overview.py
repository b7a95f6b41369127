"""The overview of a settled year: budget, level of care, referrals, and what asks for attention."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from tongchou.browse.budget_use import BudgetUse
from tongchou.browse.cells import Cells
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.runs.record import RunRecord

Severity = Literal["danger", "warning", "notice"]


@dataclass(frozen=True, slots=True)
class LevelOfCare:
    """A month's stays and visits by whether a primary institution treated them.

    Attributes:
        month: `2025-03`.
        stays: Stays priced.
        primary_stays: Of these, at primary institutions.
        visits: Outpatient settlements.
        primary_visits: Of these, at primary institutions.
        fund_fen: The fund's payments for both.
        primary_fund_fen: Of these, to primary institutions.
    """

    month: str
    stays: int
    primary_stays: int
    visits: int
    primary_visits: int
    fund_fen: int
    primary_fund_fen: int


@dataclass(frozen=True, slots=True)
class ReferralFlow:
    """Referrals of the year from one kind of place to another.

    Attributes:
        direction: A state of `REFERRAL_DIRECTION`.
        from_level: Level of those that referred.
        to_level: Level of those that received.
        requested: All referrals.
        arrived: Of these, arrived or completed.
    """

    direction: str
    from_level: str
    to_level: str
    requested: int
    arrived: int


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that asks for attention.

    Attributes:
        alert: Which kind: `deficit`, `forecast_deficit`, `pool_short`, `set_aside`, `ungrouped`,
            `parameter_review`.
        severity: How much.
        title: What it is.
        about: Id of the alliance, table, pool or parameter meant.
    """

    alert: str
    severity: Severity
    title: Text
    about: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A settled year at a glance.

    Attributes:
        record: The run.
        is_standing: Whether the run counts for its period.
        budgets: Each alliance's budget and its use.
        care: By month.
        flows: Referrals between levels.
        alerts: The gravest first.
    """

    record: RunRecord
    is_standing: bool
    budgets: tuple[BudgetUse, ...]
    care: tuple[LevelOfCare, ...]
    flows: tuple[ReferralFlow, ...]
    alerts: tuple[Alert, ...]

    @property
    def primary_share_e4(self) -> int:
        """Share of stays and visits at primary institutions x 10,000, half up; 0 where there are none."""
        whole = sum(month.stays + month.visits for month in self.care)
        primary = sum(month.primary_stays + month.primary_visits for month in self.care)
        return divide_half_up(primary * E4, whole) if whole else 0


def overview(
    record: RunRecord, cells: Cells, levels: Mapping[str, str], budgets: Sequence[BudgetUse], *, is_standing: bool
) -> Overview:
    """Return the overview of a run, or of a part of it.

    Args:
        record: The run's record, its summary cut to the part where a part is meant.
        cells: The run's cells, or those of the part.
        levels: The level of each institution of the period.
        budgets: The alliances' budgets.
        is_standing: Whether the run counts for its period.
    """
    return Overview(
        record,
        is_standing,
        tuple(budgets),
        _care(cells, levels),
        _flows(cells.referrals, levels),
        _alerts(record, budgets),
    )


def _care(cells: Cells, levels: Mapping[str, str]) -> tuple[LevelOfCare, ...]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
    primary = [institution for institution, level in levels.items() if level == "primary"]
    for rows, counted, place in ((cells.cases, "case_count", 0), (cells.visits, "visit_count", 2)):
        summed = rows.group_by("month", pl.col("institution_id").is_in(primary).alias("is_primary")).agg(
            pl.col(counted).sum(), pl.col("fund_fen").sum()
        )
        for row in summed.iter_rows(named=True):
            own = sums[row["month"]]
            own[place] += row[counted]
            own[4] += row["fund_fen"]
            if row["is_primary"]:
                own[place + 1] += row[counted]
                own[5] += row["fund_fen"]
    return tuple(LevelOfCare(month, *own) for month, own in sorted(sums.items()))


def _flows(referrals: pl.DataFrame, levels: Mapping[str, str]) -> tuple[ReferralFlow, ...]:
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in referrals.iter_rows(named=True):
        ends = levels.get(row["from_institution_id"]), levels.get(row["to_institution_id"])
        if ends[0] is None or ends[1] is None:
            continue  # an institution that is not valid in the period: its referrals are the findings' matter
        own = sums[row["direction"], ends[0], ends[1]]
        own[0] += row["referral_count"]
        own[1] += row["referral_count"] if row["state"] in {"arrived", "completed"} else 0
    return tuple(ReferralFlow(*key, *own) for key, own in sorted(sums.items()))


_ORDER: Sequence[Severity] = ("danger", "warning", "notice")


def _alerts(record: RunRecord, budgets: Sequence[BudgetUse]) -> tuple[Alert, ...]:
    found = [*_money_alerts(record, budgets), *_data_alerts(record)]
    return tuple(sorted(found, key=lambda each: (_ORDER.index(each.severity), each.alert, each.about)))


def _money_alerts(record: RunRecord, budgets: Sequence[BudgetUse]) -> list[Alert]:
    found = []
    for alliance in record.summary.alliances:
        if alliance.surplus_fen < 0:
            words = Text(
                f"{alliance.name.zh}超支 {format_yuan(-alliance.surplus_fen)} 元",
                f"{alliance.name.en} is {format_yuan(-alliance.surplus_fen)} yuan over its budget",
            )
            found.append(Alert("deficit", "danger", words, alliance.alliance_id))
    for each in budgets:
        if each.forecast.basis != "whole_year" and each.forecast.surplus_fen < 0:
            words = Text(
                f"{each.name.zh}预计全年超支 {format_yuan(-each.forecast.surplus_fen)} 元",
                f"{each.name.en} is heading for a deficit of {format_yuan(-each.forecast.surplus_fen)} yuan",
            )
            found.append(Alert("forecast_deficit", "warning", words, each.alliance_id))
    for pool in record.summary.pools:
        if pool.left_fen < 0:
            words = Text(
                f"点数池 {pool.pool} 不足 {format_yuan(-pool.left_fen)} 元",
                f"the pool {pool.pool} lacks {format_yuan(-pool.left_fen)} yuan",
            )
            found.append(Alert("pool_short", "danger", words, pool.pool))
    return found


def _data_alerts(record: RunRecord) -> list[Alert]:
    summary, found = record.summary, []
    aside = sum(summary.set_aside.values())
    if aside:
        words = Text(
            f"入库时曾搁置 {aside:,} 行，其后更正的见数据质量",
            f"{aside:,} rows were set aside at intake; those mended since are under data quality",
        )
        found.append(Alert("set_aside", "warning", words, "findings"))
    if summary.ungrouped_count:
        share = format_e4(divide_half_up(summary.ungrouped_count * E4, summary.case_count))
        words = Text(
            f"{summary.ungrouped_count:,} 例未入组，占 {share}",
            f"{summary.ungrouped_count:,} cases have no group ({share} of all)",
        )
        found.append(Alert("ungrouped", "notice", words, "grouped"))
    missed = {read.name: read for read in record.reads if read.review_missed}
    for name, read in missed.items():
        words = Text(f"参数“{read.title.zh}”已过复核期限", f"the parameter '{read.title.en}' is past its review")
        found.append(Alert("parameter_review", "notice", words, name))
    return found
