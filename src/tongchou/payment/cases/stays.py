"""The columns of grouped cases as the kernels read them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.core.money import FenArray
from tongchou.payment.cases.terms import DISCHARGE_WAYS, INSURANCE_TYPES, LEVELS, NOT_GROUPED

STAY_COLUMNS = (
    "case_id",
    "institution_id",
    "person_id",
    "insurance_type",
    "level",
    "decided_on",
    "discharged_on",
    "department",
    "discharge_way",
    "los_days",
    "total_fen",
    "self_paid_fen",
    "first_self_pay_fen",
    "over_limit_fen",
    "status",
    "drg",
    "score_e2",
    "auxiliary_e4",
    "level_mean_fen",
    "is_readmitted",
    "review_decision",
    "review_fen",
    "excluded_fen",
)
"""What pricing reads of a grouped case. `decided_on` is the date that the policy decides by; `score_e2` to
`level_mean_fen` are null outside DIP, `is_readmitted` to `excluded_fen` null where nothing was found of the kind."""

REVIEW_DECISIONS = ("by_item", "adjusted")

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stays:
    """A batch of grouped cases as arrays, a place each.

    Attributes:
        level: Number of the institution's level in `LEVELS`.
        insurance: Number of the insurance type in `INSURANCE_TYPES`.
        grouping: Number of the state of grouping in `NOT_GROUPED`; -1 for a grouped case.
        discharge_way: Number of the way of discharge in `DISCHARGE_WAYS`.
        los_days: Days in hospital.
        total: Total cost, fen.
        excluded: What is paid outside the group's worth, fen (除外支付).
        outside_scope: Self-paid, first self-pay and over-limit amounts together, fen.
        review: Number of a special review's decision in `REVIEW_DECISIONS`; -1 where there is none.
        review_fen: The amount that a review decided, fen.
        readmitted: Whether the person came back within the policy's days with the same group.
    """

    level: Whole
    insurance: Whole
    grouping: Whole
    discharge_way: Whole
    los_days: Whole
    total: FenArray
    excluded: FenArray
    outside_scope: FenArray
    review: Whole
    review_fen: FenArray
    readmitted: Flags

    @property
    def grouped(self) -> Flags:
        """Whether each case has a group."""
        return self.grouping < 0

    @property
    def cost(self) -> FenArray:
        """What the group's worth is compared with: the total less what is paid outside it."""
        return self.total - self.excluded

    def at(self, rows: Flags) -> "Stays":
        """Return the cases of some rows."""
        return Stays(*(getattr(self, field.name)[rows] for field in fields(self)))


def stays_of(batch: pa.RecordBatch) -> Stays:
    """Return a batch with `STAY_COLUMNS` as arrays."""
    return Stays(
        level=numbered(batch.column("level"), LEVELS),
        insurance=numbered(batch.column("insurance_type"), INSURANCE_TYPES),
        grouping=numbered(batch.column("status"), NOT_GROUPED),
        discharge_way=numbered(batch.column("discharge_way"), DISCHARGE_WAYS),
        los_days=whole(batch, "los_days"),
        total=whole(batch, "total_fen"),
        excluded=whole(batch, "excluded_fen"),
        outside_scope=whole(batch, "self_paid_fen")
        + whole(batch, "first_self_pay_fen")
        + whole(batch, "over_limit_fen"),
        review=numbered(batch.column("review_decision"), REVIEW_DECISIONS),
        review_fen=whole(batch, "review_fen"),
        readmitted=pc.fill_null(batch.column("is_readmitted"), fill_value=False).to_numpy(zero_copy_only=False),
    )


def whole(batch: pa.RecordBatch, name: str) -> Whole:
    """Return a column of whole numbers; 0 where there is none."""
    column = batch.column(name)
    if column.null_count:
        column = pc.fill_null(column.cast(pa.int64()), 0)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.int64)


def numbered(column: pa.Array, names: Sequence[str]) -> Whole:
    """Return the place of each text among names; -1 where it is none of them."""
    places = pc.fill_null(pc.index_in(column.cast(pa.string()), pa.array(names, pa.string())), -1)
    return np.asarray(places.to_numpy(zero_copy_only=False), dtype=np.int64)


def day_number(day: date) -> int:
    """Return a day as Arrow counts it."""
    return (day - date(1970, 1, 1)).days


def day_numbers(column: pa.Array) -> npt.NDArray[np.int32]:
    """Return a column of days as Arrow counts them."""
    return np.asarray(column.cast(pa.int32()).to_numpy(zero_copy_only=False), dtype=np.int32)
