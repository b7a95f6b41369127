"""The stage of a run that prices every case: assess by itself, decide what only all cases decide, pay."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_batches
from tongchou.core.money import FenArray
from tongchou.core.text import Text
from tongchou.payment.cases.assessed import ASSESSED
from tongchou.payment.cases.assessor import Assessor
from tongchou.payment.cases.caps import CAP_COLUMNS, over_cap
from tongchou.payment.cases.points_value import POINT_E6, PointValue, PoolFacts, pool_of, value_points
from tongchou.payment.cases.pricing import Worths, price
from tongchou.payment.cases.sharing import share_by_points
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts
from tongchou.schema.results import PRICED
from tongchou.store.engine import Frame

BATCH_ROWS = 131_072
CAP = "payment/drg/high/cap_ratio"
_POINT_COLUMNS = (
    "institution_id",
    "insurance_type",
    "points_e6",
    "normal_points_e6",
    "capped_points_e6",
    "patient_fen",
)
_WORDS = ("run_id", "institution_id", "insurance_type", "month", "drg", "weight_source", "case_kind")
"""Columns of priced cases in which few texts come again and again."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PricedCases:
    """What the stage made.

    Attributes:
        rows: How many cases were priced.
        hash: Hash of their rows in the order of the cases' ids, without the run's id (`frames.hash_rows`).
        assessor: What they were assessed by.
        pools: Points and other payers' money of each pool; empty where a rate is paid.
        values: The value of each pool's points.
    """

    rows: int
    hash: str
    assessor: Assessor
    pools: Mapping[str, PoolFacts]
    values: Mapping[str, PointValue]


@dataclass(frozen=True, slots=True)
class _Together:
    """What only all cases decide, in the order in which they were assessed.

    Attributes:
        beyond: Which extremely costly cases are beyond their hospital's cap.
        payable, standard: Of each case, fen; None where a rate is paid.
        pools, values: As in `PricedCases`.
    """

    beyond: Flags
    payable: FenArray | None
    standard: FenArray | None
    pools: Mapping[str, PoolFacts]
    values: Mapping[str, PointValue]


def stage_prices(
    facts: Facts, view: PolicyView, frame: Frame, assessor: Assessor, run_id: str, folder: Path
) -> PricedCases:
    """Price the cases of a frame (`pricing_input`) into `priced.parquet` of a folder.

    Args:
        facts: The region's tables.
        view: The policy on the last day of the period.
        frame: The cases.
        assessor: What they are assessed by.
        run_id: Written on every row.
        folder: Where the stage's files go.

    Raises:
        TongchouError: `runs.institution_not_valid` if a case's institution has no record on its day; what the assessor
            refuses; `payment.no_points` if a pool has no points.
    """

    def assess(batch: pa.RecordBatch) -> pa.RecordBatch:
        _require_homes(batch)
        return assessor.assess(batch)

    assessed: Iterable[pa.RecordBatch] = facts.engine.map_batches(frame, assess, ASSESSED)
    pools: Mapping[str, PoolFacts] = {}
    values: Mapping[str, PointValue] = {}
    if assessor.method.in_points or view.has(CAP):
        path = folder / "assessed.parquet"
        with pq.ParquetWriter(path, ASSESSED, compression="lz4") as writer:
            for batch in assessed:
                writer.write_batch(batch)
        together = _decide_together(view, assessor, path)
        pools, values = together.pools, together.values
        priced = _priced_together(run_id, _batches(path), together)
    else:
        priced = (price(run_id, batch, _worth_alone(batch)) for batch in assessed)
    path = folder / f"{PRICED.name}.parquet"
    found = hash_batches(batch.drop_columns(["run_id"]) for batch in _written(priced, path))
    return PricedCases(pq.read_metadata(path).num_rows, found, assessor, pools, values)


def _written(batches: Iterable[pa.RecordBatch], path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the batches, each once it is written."""
    with pq.ParquetWriter(path, PRICED.arrow_schema, compression="lz4", use_dictionary=list(_WORDS)) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield batch


def _worth_alone(batch: pa.RecordBatch) -> Worths:
    """Return what cases are worth where each is paid by itself."""
    return Worths(_column(batch, "worth"), _column(batch, "standard_fen"), _none_of(len(batch)), in_points=False)


def _decide_together(view: PolicyView, assessor: Assessor, assessed: Path) -> _Together:
    beyond = _none_of(pq.read_metadata(assessed).num_rows)
    if view.has(CAP):
        beyond = over_cap(pq.read_table(assessed, columns=list(CAP_COLUMNS)), view.e4(CAP))
    if not assessor.method.in_points:
        return _Together(beyond, None, None, {}, {})
    return _Together(beyond, *_value(view, assessed, beyond))


def _priced_together(run_id: str, assessed: Iterable[pa.RecordBatch], together: _Together) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in assessed:
        part = slice(rows, rows + batch.num_rows)
        yield price(run_id, batch, _worths(batch, together, part))
        rows += batch.num_rows


def _worths(batch: pa.RecordBatch, together: _Together, part: slice) -> Worths:
    beyond = together.beyond[part]
    if together.payable is not None and together.standard is not None:
        return Worths(together.payable[part], together.standard[part], beyond, in_points=True)
    paid = np.where(beyond, _column(batch, "capped_worth"), _column(batch, "worth"))
    return Worths(paid, _column(batch, "standard_fen"), beyond, in_points=False)


def _column(batch: pa.RecordBatch, name: str) -> FenArray:
    found: FenArray = batch.column(name).to_numpy(zero_copy_only=False)
    return found


def _none_of(rows: int) -> Flags:
    return np.zeros(rows, dtype=np.bool_)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(BATCH_ROWS)


def _value(
    view: PolicyView, assessed: Path, beyond: Flags
) -> tuple[FenArray, FenArray, dict[str, PoolFacts], dict[str, PointValue]]:
    """Return what each case is payable and its group's standard, in the order of the file, and the point values."""
    cases = pl.read_parquet(assessed, columns=list(_POINT_COLUMNS))
    points = np.where(beyond, *(cases.get_column(name).to_numpy() for name in ("capped_points_e6", "points_e6")))
    pools = {kind: pool_of(view, kind) for kind in cases.get_column("insurance_type").unique().sort()}
    cases = cases.with_columns(
        pl.col("insurance_type").replace_strict(pools, return_dtype=pl.String).alias("pool"),
        pl.Series("points_e6", points),
    )
    facts = _pool_facts(cases)
    values = {pool: value_points(view, pool, each) for pool, each in sorted(facts.items())}
    gross = {(pool, hospital): fen for pool, value in values.items() for hospital, fen in value.gross_fen.items()}
    payable = share_by_points(cases, gross)
    standard = np.zeros(len(points), dtype=np.int64)
    for pool, value in values.items():
        rows = (cases.get_column("pool") == pool).to_numpy()
        standard[rows] = _times(cases.get_column("normal_points_e6").filter(pl.Series(rows)), value.fen_per_point)
    return payable, standard, facts, values


def _pool_facts(cases: pl.DataFrame) -> dict[str, PoolFacts]:
    sums = cases.group_by("pool", "institution_id").agg(pl.col("points_e6").sum(), pl.col("patient_fen").sum())
    points: dict[str, dict[str, int]] = defaultdict(dict)
    others: dict[str, int] = defaultdict(int)
    for pool, institution, own, paid in sums.sort("pool", "institution_id").iter_rows():
        points[pool][institution] = own
        others[pool] += paid
    return {pool: PoolFacts(points[pool], others[pool]) for pool in points}


def _times(points_e6: pl.Series, fen_per_point: Fraction) -> FenArray:
    """Return points in fen, half up; the products need more than 64 bits."""
    numerator, denominator = fen_per_point.numerator, fen_per_point.denominator * POINT_E6
    product = pl.col("points").cast(pl.Int128) * pl.lit(numerator, dtype=pl.Int128)
    fen = (2 * product + pl.lit(denominator, dtype=pl.Int128)) // pl.lit(2 * denominator, dtype=pl.Int128)
    found: FenArray = points_e6.to_frame("points").select(fen.cast(pl.Int64)).to_series().to_numpy()
    return found


def _require_homes(batch: pa.RecordBatch) -> None:
    if batch.column("level").null_count:
        homeless = set(batch.filter(batch.column("level").is_null()).column("institution_id").to_pylist())
        raise TongchouError(
            "runs.institution_not_valid",
            what=Text("有清单所属机构在当日没有有效记录", "a case's institution has no record valid on its day"),
            where=", ".join(sorted(homeless)[:5]),
            why=Text("没有机构等级就不能定价", "without a level the case cannot be priced"),
            remedy=Text("补充机构表的有效期", "complete the periods of validity in the table of institutions"),
        )
