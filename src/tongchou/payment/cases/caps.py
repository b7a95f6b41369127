"""The cap on extremely costly cases: at most a share of a hospital's discharges (payment formulas §4)."""

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from tongchou.core.money import E4
from tongchou.payment.cases.kinds import CaseKind

Flags = npt.NDArray[np.bool_]

CAP_COLUMNS = ("case_id", "institution_id", "discharged_on", "case_kind", "total_fen", "excluded_fen", "reference_fen")
"""What the cap is decided by."""


def over_cap(assessed: pa.Table, cap_e4: int) -> Flags:
    """Return which extremely costly cases are beyond the cap and so paid as any case of their group.

    A hospital may have as many as `cap_e4` of its discharges, rounded down. The largest excess of cost over the
    reference comes first, then the earlier discharge, then the case's number.

    Args:
        assessed: All cases of the period, `CAP_COLUMNS`.
        cap_e4: The share x 10,000.
    """
    cases = pl.from_arrow(assessed.select(list(CAP_COLUMNS)))
    assert isinstance(cases, pl.DataFrame)  # noqa: S101  # a table gives a frame
    excess = pl.col("total_fen") - pl.col("excluded_fen") - pl.col("reference_fen")
    is_high = pl.col("case_kind") == CaseKind.HIGH.value
    allowed = (pl.len().over("institution_id").cast(pl.Int64) * cap_e4) // E4
    ranked = cases.with_columns(excess=excess, allowed=allowed, row=pl.int_range(pl.len())).filter(is_high)
    place = pl.int_range(pl.len()).over("institution_id")
    beyond = (
        ranked.sort("institution_id", -pl.col("excess"), "discharged_on", "case_id")
        .with_columns(place=place)
        .filter(pl.col("place") >= pl.col("allowed"))
    )
    flags = np.zeros(assessed.num_rows, dtype=np.bool_)
    flags[beyond.get_column("row").to_numpy()] = True
    return flags
