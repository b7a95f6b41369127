"""Gain and loss by group, kind of case, month or institution: sums over the cells of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from tongchou.browse.cells import CELL_SUMS, Cells
from tongchou.core.money import divide_half_up

Dimension = Literal["institution_id", "drg", "case_kind", "month", "insurance_type"]
"""By what cases are summed."""


@dataclass(frozen=True, slots=True)
class CaseSum:
    """Priced cases of one value of a dimension; amounts in fen.

    Attributes:
        key: The value; empty for cases without a group.
        case_count: Cases.
        weight_e4: Their weight x 10,000.
        standard_fen: Sum of payment standards.
        total_fen: What was billed.
        payable_fen: Payable by fund and patients.
        patient_fen: Patients' part.
        fund_fen: The fund's part.
        hospital_result_fen: Gain or loss: income less charges.
    """

    key: str
    case_count: int
    weight_e4: int
    standard_fen: int
    total_fen: int
    payable_fen: int
    patient_fen: int
    fund_fen: int
    hospital_result_fen: int

    @property
    def mean_cost_fen(self) -> int:
        """Mean cost of a case, fen, half up."""
        return divide_half_up(self.total_fen, self.case_count)

    @property
    def cmi_e4(self) -> int:
        """Mean weight x 10,000, half up."""
        return divide_half_up(self.weight_e4, self.case_count)


def case_sums(cells: Cells, by: Dimension, where: Mapping[Dimension, Sequence[str]]) -> tuple[CaseSum, ...]:
    """Return the sums of the cases that fit, by a dimension.

    Args:
        cells: The run's cells.
        by: The dimension.
        where: The values that are meant of further dimensions; a dimension that is left out is not restricted.

    Returns:
        One for each value that occurs, by value; their counts and amounts sum to those of all cases that fit.
    """
    chosen = cells.cases.filter(*(pl.col(name).is_in(list(values)) for name, values in where.items()))
    sums = [pl.col(name).sum() for name in ("case_count", *CELL_SUMS)]
    summed = chosen.group_by(pl.col(by).alias("key")).agg(sums).sort("key")
    return tuple(CaseSum(**row) for row in summed.iter_rows(named=True))
