"""The figures behind the report's pictures, as plain data for the page's script: amounts in fen."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from tongchou.core.text import Text
from tongchou.statements.model import (
    AllianceStatement,
    Flow,
    FlowKind,
    GroupResult,
    MemberShare,
    MonthUse,
    RegionReport,
)

SHOWN_RESULTS = 15
"""How many gains and how many losses a picture shows, of groups or of institutions."""

SHOWN_MEMBERS = 12
"""How many members the page lists one by one before it sums the rest."""

_Row = TypeVar("_Row")


def pictures(report: RegionReport) -> dict[str, Any]:
    """Return the data of every picture; one without data is an empty list."""
    return {
        "burn": burn(report.months),
        "groups": [
            {"name": _words(_group_name(row)), "cases": row.case_count, "result": row.result_fen}
            for row in largest_results(report.groups, lambda row: row.result_fen)
        ],
        "institutions": [
            {"name": _words(one.name), "cases": one.case_count, "result": one.hospital_result_fen}
            for one in largest_results(report.institutions, lambda one: one.hospital_result_fen)
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


def largest_results(rows: Iterable[_Row], result_fen: Callable[[_Row], int]) -> list[_Row]:
    """Return the rows with the largest gains, largest first, then those with the largest losses, largest last.

    Rows without gain or loss are left out; among equals the earlier row comes first.
    """
    ordered = sorted(rows, key=lambda row: -result_fen(row))
    gains = [row for row in ordered if result_fen(row) > 0][:SHOWN_RESULTS]
    losses = [row for row in ordered if result_fen(row) < 0][-SHOWN_RESULTS:]
    return gains + losses


def ranked_members(alliance: AllianceStatement) -> tuple[tuple[MemberShare, ...], tuple[MemberShare, ...]]:
    """Return the members with the largest shares, listed one by one, and the rest, each largest first."""
    ranked = tuple(sorted(alliance.members, key=lambda member: -abs(member.share_fen)))
    return ranked[:SHOWN_MEMBERS], ranked[SHOWN_MEMBERS:]


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
    shown, rest = ranked_members(alliance)
    others = Text(f"其余 {len(rest)} 家成员", f"{len(rest)} other members")
    steps = [
        (whole, alliance.surplus_fen),
        (fund, -alliance.returned_fen),
        (Text("调节金", "Reserve"), -alliance.reserve_fen),
        *((member.name, -member.share_fen) for member in shown),
        (others, -sum(member.share_fen for member in rest)),
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
