"""What of each month's due is paid by which method, for the expense accounts of the ledger."""

from collections import defaultdict

import narwhals as nw

from tongchou.ledger.postings import MethodDues
from tongchou.payment.cases.kinds import CaseKind
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts
from tongchou.store.engine import Frame

_BY_GROUP = {"drg_rate": "drg", "drg_points": "drg", "dip_points": "dip"}
"""Payment method of the policy -> the last part of the expense account."""
_PER_DIEM = "per_diem"


def group_method(view: PolicyView) -> str:
    """Return by what cases are paid as the ledger names it: `drg` or `dip`."""
    return _BY_GROUP[view.text("payment/inpatient/method")]


def method_dues(facts: Facts, priced: Frame, by_group: str) -> MethodDues:
    """Return what is due by institution, month and method, fen; the methods of a month sum to what it is due.

    Stays paid by the day are due per diem; all others, those paid by item too, by the method of groups.

    Args:
        facts: The region's tables.
        priced: The year's priced cases.
        by_group: The method of groups (`group_method`).
    """
    marked = priced.with_columns(is_per_diem=nw.col("case_kind") == CaseKind.BED_DAY.value)
    keys = ("institution_id", "month", "is_per_diem")
    sums = marked.group_by(*keys).agg(nw.col("fund_fen").sum().cast(nw.Int64)).sort(*keys)
    dues: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in facts.engine.collect(sums).to_pylist():
        method = _PER_DIEM if row["is_per_diem"] else by_group
        dues[row["institution_id"], row["month"]][method] = row["fund_fen"]
    return dict(dues)
