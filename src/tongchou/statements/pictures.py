"""The figures behind the report's pictures, as plain data for the page's script: amounts in fen."""

from collections.abc import Iterable, Sequence
from typing import Any

from tongchou.core.text import Text
from tongchou.statements.model import AllianceStatement, Flow, FlowKind, GroupResult, MonthUse, RegionReport

SHOWN_GROUPS = 15
"""How many gains and how many losses the picture of groups shows."""


def pictures(report: RegionReport) -> dict[str, Any]:
    """Return the data of every picture; one without data is an empty list."""
    return {
        "burn": burn(report.months),
        "groups": [
            {"name": _words(_group_name(row)), "cases": row.case_count, "result": row.result_fen}
            for row in shown_groups(report.groups)
        ],
        "institutions": [
            {"name": _words(one.name), "cases": one.case_count, "result": one.hospital_result_fen}
            for one in sorted(report.institutions, key=lambda one: -one.hospital_result_fen)
        ],
        "treatment": flows(report.flows, "treatment"),
        "referral": flows(report.flows, "referral"),
        "waterfall": waterfall(report.alliance) if report.alliance else [],
    }


def burn(months: Sequence[MonthUse]) -> list[dict[str, Any]]:
    """Return for each month the fund used and the budget since the first month."""
    inpatient = outpatient = budget = 0
    rows = []
    for month in months:
        inpatient += month.inpatient_fund_fen
        outpatient += month.outpatient_fund_fen
        budget += month.budget_fen
        rows.append({"month": month.month, "inpatient": inpatient, "outpatient": outpatient, "budget": budget})
    return rows


def shown_groups(groups: Sequence[GroupResult]) -> list[GroupResult]:
    """Return the groups with the largest gains, largest first, then those with the largest losses, largest last."""
    ordered = sorted(groups, key=lambda row: (-row.result_fen, row.drg))
    gains = [row for row in ordered if row.result_fen > 0][:SHOWN_GROUPS]
    losses = [row for row in ordered if row.result_fen < 0][-SHOWN_GROUPS:]
    return gains + losses


def flows(rows: Iterable[Flow], kind: FlowKind) -> list[dict[str, Any]]:
    """Return the flows of one kind: treatment measured by the fund's payments, referrals by their number."""
    measured = [(row, row.fund_fen if kind == "treatment" else row.case_count) for row in rows if row.kind == kind]
    return [
        {
            "from": _words(row.origin),
            "to": _words(row.destination),
            "cases": row.case_count,
            "fund": row.fund_fen,
            "value": value,
        }
        for row, value in measured
        if value > 0
    ]


def waterfall(alliance: AllianceStatement) -> list[dict[str, Any]]:
    """Return the steps from the surplus down to nothing: returned to the fund, reserve, each member's share."""
    is_deficit = alliance.surplus_fen < 0
    whole = Text("超支", "Deficit") if is_deficit else Text("结余", "Surplus")
    fund = Text("基金承担", "Borne by the fund") if is_deficit else Text("返还基金", "Returned to the fund")
    steps = [
        (whole, alliance.surplus_fen),
        (fund, -alliance.returned_fen),
        (Text("调节金", "Reserve"), -alliance.reserve_fen),
        *((member.name, -member.share_fen) for member in alliance.members),
    ]
    left = 0
    rows = []
    for name, amount in steps:
        if amount:
            rows.append({"name": _words(name), "start": left, "end": left + amount, "amount": abs(amount)})
            left += amount
    return rows


def _group_name(row: GroupResult) -> Text:
    return Text(f"{row.drg} {row.name.zh}".strip(), f"{row.drg} {row.name.en}".strip())


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
