"""What was handed in about alliances' agreements and decisions, as the alliance room reads it."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw

from tongchou.alliance.facts import Tier
from tongchou.alliance.grants import FundApplication
from tongchou.alliance.records import BudgetAdjustment, DeficitReason, SurplusReview
from tongchou.alliance.risk_claim import RiskClaim
from tongchou.alliance.surplus_use import SurplusUse
from tongchou.runs.frames import Facts
from tongchou.runs.region import Period
from tongchou.schema.alliance_tables import (
    BUDGET_ADJUSTMENTS,
    DEFICIT_REASONS,
    FUND_APPLICATIONS,
    MEMBER_ASSESSMENTS,
    RISK_CLAIMS,
    SURPLUS_REVIEWS,
    SURPLUS_USES,
    VILLAGE_CLINICS,
)
from tongchou.schema.contract import Table
from tongchou.store.engine import Frame

Row = dict[str, Any]


def adjustments(facts: Facts, alliance_id: str, period: Period) -> tuple[BudgetAdjustment, ...]:
    """Return the written adjustments of an alliance's budget of the year, by number."""
    names = ("adjustment_id", "reason", "amount_fen", "agreed_on", "document")
    return tuple(
        BudgetAdjustment(**_pick(row, names)) for row in _of_year(facts, BUDGET_ADJUSTMENTS, alliance_id, period)
    )


def deficit_reasons(facts: Facts, alliance_id: str, period: Period) -> tuple[DeficitReason, ...]:
    """Return the reasons given for a deficit, each as it was recorded last."""
    names = ("reason_id", "reason", "amount_fen", "evidence", "decision")
    rows = _of_year(facts, DEFICIT_REASONS, alliance_id, period)
    return tuple(DeficitReason(**_pick(row, names)) for row in _latest(rows, "reason_id"))


def surplus_review(facts: Facts, alliance_id: str, period: Period) -> SurplusReview | None:
    """Return the quality review of the year as it was recorded last; `None` where there is none."""
    rows = _latest(_of_year(facts, SURPLUS_REVIEWS, alliance_id, period), "alliance_id")
    return SurplusReview(rows[0]["decision"], rows[0]["document"]) if rows else None


def surplus_uses(facts: Facts, alliance_id: str, period: Period) -> tuple[SurplusUse, ...]:
    """Return the expenses out of the surplus that an alliance kept of the year, whenever they were made."""
    names = ("use_id", "purpose", "amount_fen", "used_on", "document")
    return tuple(SurplusUse(**_pick(row, names)) for row in _of_year(facts, SURPLUS_USES, alliance_id, period))


def risk_claims(facts: Facts, alliance_id: str, period: Period) -> tuple[RiskClaim, ...]:
    """Return the claims on an alliance's risk pool that were made in the period."""
    names = ("claim_id", "institution_id", "reason", "subject", "cost_fen", "payment_fen", "claimed_on")
    own = _between(facts, RISK_CLAIMS, "claimed_on", period).filter(nw.col("alliance_id") == alliance_id)
    return tuple(RiskClaim(**_pick(row, names)) for row in _rows(facts, own, RISK_CLAIMS))


def fund_applications(facts: Facts, period: Period) -> tuple[FundApplication, ...]:
    """Return the applications to incentive and special funds that were made in the period."""
    frame = _between(facts, FUND_APPLICATIONS, "applied_on", period)
    return tuple(FundApplication(**row) for row in _rows(facts, frame, FUND_APPLICATIONS))


def assessments(facts: Facts, alliance_id: str, period: Period) -> dict[str, dict[str, int]]:
    """Return institution -> assessed measure -> its figure of the year x 10,000."""
    found: dict[str, dict[str, int]] = {}
    for row in _of_year(facts, MEMBER_ASSESSMENTS, alliance_id, period):
        found.setdefault(row["institution_id"], {})[row["measure"]] = row["amount_e4"]
    return found


def townships(facts: Facts, period: Period) -> dict[str, str]:
    """Return village clinic -> the township centre that answers for it on the last day of the period."""
    frame = facts.table(VILLAGE_CLINICS).filter(
        (nw.col("valid_from") <= period.end) & (nw.col("valid_until").is_null() | (nw.col("valid_until") >= period.end))
    )
    return {row["institution_id"]: row["township_id"] for row in _rows(facts, frame, VILLAGE_CLINICS)}


def tier_of(kind: str) -> Tier:
    """Return the tier of an institution's kind."""
    match kind:
        case "village_clinic":
            return "village"
        case "township_centre" | "community_centre":
            return "township"
        case _:
            return "county"


def _of_year(facts: Facts, table: Table, alliance_id: str, period: Period) -> list[Row]:
    own = (nw.col("alliance_id") == alliance_id) & (nw.col("year") == period.year)
    return _rows(facts, facts.table(table).filter(own), table)


def _between(facts: Facts, table: Table, day: str, period: Period) -> Frame:
    return facts.table(table).filter((nw.col(day) >= period.start) & (nw.col(day) <= period.end))


def _rows(facts: Facts, frame: Frame, table: Table) -> list[Row]:
    return facts.engine.collect(frame.sort(*table.key)).to_pylist()


def _latest(rows: Iterable[Row], key: str) -> list[Row]:
    """Return of the rows with one key, which come in the order of their days, the last."""
    return list({row[key]: row for row in rows}.values())


def _pick(row: Row, names: Iterable[str]) -> Row:
    return {name: row[name] for name in names}
