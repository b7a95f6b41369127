"""What the clearing of a year reads beside the months' sums: decided records, and cost against payment."""

from typing import cast

import narwhals as nw

from tongchou.payment.clearing import Adjustment, CostFigures, Line
from tongchou.payment.clearing.adjustments import AdjustmentKind, AdjustmentState
from tongchou.runs.frames import Facts
from tongchou.runs.preconditions import standing_runs
from tongchou.schema.results import SETTLEMENT_LINES
from tongchou.schema.review_tables import CLEARING_ADJUSTMENTS
from tongchou.store.engine import Frame


def adjustments_of(facts: Facts) -> tuple[Adjustment, ...]:
    """Return every record of the table `clearing_adjustments`, of all years, by id and state."""
    rows = facts.engine.collect(facts.table(CLEARING_ADJUSTMENTS).sort("adjustment_id", "state")).to_pylist()
    return tuple(
        Adjustment(
            adjustment_id=row["adjustment_id"],
            institution_id=row["institution_id"],
            kind=cast("AdjustmentKind", row["kind"]),
            state=cast("AdjustmentState", row["state"]),
            decided_on=row["decided_on"],
            amount_fen=row["amount_fen"],
            reason=row["reason"],
            document=row["document"] or "",
        )
        for row in rows
    )


def cost_by_institution(facts: Facts, priced: Frame) -> dict[str, CostFigures]:
    """Return cost by item and what is payable in all of the priced cases, by institution."""
    sums = priced.group_by("institution_id").agg(
        nw.col("total_fen").sum().cast(nw.Int64), nw.col("payable_fen").sum().cast(nw.Int64)
    )
    rows = facts.engine.collect(sums.sort("institution_id")).to_pylist()
    return {row["institution_id"]: CostFigures(row["total_fen"], row["payable_fen"]) for row in rows}


def paid_in_year(facts: Facts, year: int) -> dict[str, int]:
    """Return what the fund owed each institution for the stays of a year, by the run of it that stands, fen.

    Empty where the year was not settled here.
    """
    lake, engine = facts.lake, facts.engine
    standing = standing_runs(lake).get(f"{year:04d}")
    if standing is None:
        return {}
    lines = engine.scan(lake.files(SETTLEMENT_LINES.name, lake.snapshot()), SETTLEMENT_LINES.arrow_schema)
    own = lines.filter((nw.col("run_id") == standing) & (nw.col("line") == Line.INPATIENT_DUE.value))
    rows = engine.collect(own.sort("institution_id")).to_pylist()
    return {row["institution_id"]: row["amount_fen"] for row in rows}
