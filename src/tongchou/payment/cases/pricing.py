"""The price of a case: what it is worth, in money, and who pays it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.core.money import FenArray
from tongchou.payment.cases import formulas
from tongchou.payment.cases.kinds import CaseKind
from tongchou.payment.cases.stays import whole
from tongchou.schema.results import PRICED

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Worths:
    """What a batch of assessed cases is worth in money.

    Attributes:
        payable: Payable in all, fund and patient together, fen.
        standard: The payment standard: the worth of a case of the group without deviation, fen.
        over_cap: Which extremely costly cases are beyond their hospital's cap.
        in_points: Whether the method counts points.
    """

    payable: FenArray
    standard: FenArray
    over_cap: Flags
    in_points: bool


def price(run_id: str, batch: pa.RecordBatch, worths: Worths) -> pa.RecordBatch:
    """Return rows of the table `priced` for a batch of assessed cases (`ASSESSED`), row for row."""
    patient, payable = whole(batch, "patient_fen"), worths.payable
    fund = np.where(
        pc.equal(batch.column("fund_method"), "ratio_on_standard").to_numpy(zero_copy_only=False),
        formulas.fund_part_on_standard(
            payable, whole(batch, "outside_scope_fen"), whole(batch, "deductible_fen"), whole(batch, "ratio_e4")
        ),
        formulas.fund_part_less_patient(payable, patient),
    )
    floored = pc.equal(batch.column("negative_fund"), "floor_zero").to_numpy(zero_copy_only=False)
    fund = np.where(floored, np.maximum(0, fund), fund)
    kind = pc.if_else(pa.array(worths.over_cap), CaseKind.HIGH_OVER_CAP.value, batch.column("case_kind"))
    points = batch.column("worth") if worths.in_points else pa.nulls(len(batch), pa.int64())
    if worths.in_points:
        points = pc.if_else(pa.array(worths.over_cap), batch.column("capped_worth"), points)
    columns = {
        "run_id": pa.repeat(run_id, len(batch)),
        "standard_fen": worths.standard,
        "case_kind": kind,
        "points_e2": points,
        "payable_fen": payable,
        "fund_fen": fund,
        "hospital_result_fen": fund + patient - whole(batch, "total_fen"),
    }
    schema = PRICED.arrow_schema
    arrays = [
        pa.array(columns[name]) if isinstance(columns.get(name), np.ndarray) else columns.get(name)
        for name in schema.names
    ]
    filled = [batch.column(name) if each is None else each for name, each in zip(schema.names, arrays, strict=True)]
    return pa.RecordBatch.from_arrays(filled, schema=schema)
