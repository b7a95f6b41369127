"""Cells: a run's priced cases summed once as finely as people drill down, so that every further question is small."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import narwhals as nw
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.browse.keeping import keep
from tongchou.browse.rows import OpenRun
from tongchou.runs.year import visits_of
from tongchou.schema.results import PRICED
from tongchou.schema.tables import REFERRALS

CELL_KEYS = ("institution_id", "month", "insurance_type", "drg", "case_kind")
"""What priced cases are summed by; `drg` is empty for cases without a group."""

CELL_SUMS = (
    "weight_e4",
    "standard_fen",
    "total_fen",
    "payable_fen",
    "patient_fen",
    "fund_fen",
    "hospital_result_fen",
)
"""What is summed."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A run in cells.

    Attributes:
        cases: Priced cases: `CELL_KEYS`, `case_count`, `CELL_SUMS`; one row for each that occurs.
        visits: Outpatient settlements: `institution_id`, `month`, `kind`, `visit_count`, `total_fen`, `fund_fen`.
        referrals: `from_institution_id`, `to_institution_id`, `direction`, `state`, `month`, `referral_count`.
    """

    cases: pl.DataFrame
    visits: pl.DataFrame
    referrals: pl.DataFrame

    def of(self, institution_ids: Collection[str]) -> "Cells":
        """Return the cells of some institutions; a referral is of the one that sends and of the one that receives."""
        own = list(institution_ids)
        return Cells(
            self.cases.filter(pl.col("institution_id").is_in(own)),
            self.visits.filter(pl.col("institution_id").is_in(own)),
            self.referrals.filter(pl.col("from_institution_id").is_in(own) | pl.col("to_institution_id").is_in(own)),
        )


def cells_of(run: OpenRun) -> Cells:
    """Return a run's cells; computed once and kept beside the run's folder."""
    return Cells(
        _kept(run, "cases", lambda: _cases(run)),
        _kept(run, "visits", lambda: _visits(run)),
        _kept(run, "referrals", lambda: _referrals(run)),
    )


def _cases(run: OpenRun) -> pa.Table:
    grouped = nw.when(nw.col("weight_source") == "none").then(nw.lit("")).otherwise(nw.col("drg"))
    summed = (
        run.rows(PRICED)
        .with_columns(drg=grouped)
        .group_by(*CELL_KEYS)
        .agg(nw.len().cast(nw.Int64).alias("case_count"), *(nw.col(name).sum().cast(nw.Int64) for name in CELL_SUMS))
    )
    return run.engine.collect(summed.sort(*CELL_KEYS))


def _visits(run: OpenRun) -> pa.Table:
    keys = ("institution_id", "month", "kind")
    summed = (
        visits_of(run.facts, run.period)
        .group_by(*keys)
        .agg(
            nw.len().cast(nw.Int64).alias("visit_count"),
            nw.col("total_fen").sum().cast(nw.Int64),
            nw.col("fund_fen").sum().cast(nw.Int64),
        )
    )
    return run.engine.collect(summed.sort(*keys))


def _referrals(run: OpenRun) -> pa.Table:
    keys = ("from_institution_id", "to_institution_id", "direction", "state", "month")
    asked = run.facts.table(REFERRALS).filter(
        (nw.col("requested_on") >= run.period.start) & (nw.col("requested_on") <= run.period.end)
    )
    counted = (
        asked.with_columns(month=nw.col("requested_on").dt.to_string("%Y-%m"))
        .group_by(*keys)
        .agg(nw.len().cast(nw.Int64).alias("referral_count"))
    )
    return run.engine.collect(counted.sort(*keys))


def _kept(run: OpenRun, name: str, compute: Callable[[], pa.Table]) -> pl.DataFrame:
    path = run.kept / f"{name}.parquet"
    if not path.is_file():
        rows = compute()
        keep(path, lambda draft: pq.write_table(rows, draft, compression="zstd"))
    return pl.read_parquet(path, glob=False)
