"""From priced cases to the year's clearing: institutions, alliances, and the lines that say so."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from tongchou.alliance.facts import AllianceFacts
from tongchou.alliance.settlement import AllianceSettlement, settle_alliance
from tongchou.payment.clearing import Clearing, InstitutionYear, clear_year, clearing_day
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts
from tongchou.runs.region import Period
from tongchou.runs.year import (
    Alliance,
    alliance_facts,
    alliances,
    fund_by_month,
    outpatient_by_month,
    package,
    visits_of,
)
from tongchou.schema.results import SETTLEMENT_LINES
from tongchou.store.engine import Frame


@dataclass(frozen=True, slots=True)
class SettledAlliance:
    """An alliance, what its year came to, and how it was settled."""

    alliance: Alliance
    facts: AllianceFacts
    settlement: AllianceSettlement


@dataclass(frozen=True, slots=True)
class YearSettlement:
    """A settled year.

    Attributes:
        clearings: Of every institution that earned from the fund or shares in a surplus, by id.
        alliances: Of every alliance with members, by id.
        cleared_on: The day the year is cleared.
    """

    clearings: tuple[Clearing, ...]
    alliances: tuple[SettledAlliance, ...]
    cleared_on: date


def settle_year(facts: Facts, view: PolicyView, period: Period, priced: Frame) -> YearSettlement:
    """Settle a year from its priced cases.

    Args:
        facts: The region's tables.
        view: The policy on the year's last day; it holds for the whole clearing.
        period: The year.
        priced: Its priced cases.
    """
    visits = visits_of(facts, period)
    settled = []
    for alliance in alliances(facts, period):
        people = package(facts, view, alliance, period)
        year = alliance_facts(facts, alliance, period, people, priced, visits)
        settled.append(SettledAlliance(alliance, year, settle_alliance(view, year)))
    shares = _shares(settled)
    inpatient, outpatient = fund_by_month(facts, priced), outpatient_by_month(facts, visits)
    clearings = [
        clear_year(
            view,
            InstitutionYear(
                institution_id=institution,
                year=period.year,
                inpatient_due_fen=inpatient.get(institution, {}),
                outpatient_paid_fen=outpatient.get(institution, {}),
                surplus_share_fen=shares.get(institution, 0),
            ),
        )
        for institution in sorted(inpatient.keys() | outpatient.keys() | shares.keys())
    ]
    return YearSettlement(tuple(clearings), tuple(settled), clearing_day(view, period.year))


def settlement_lines(run_id: str, clearings: Sequence[Clearing]) -> pa.Table:
    """Return the clearings as rows of the table `settlement_lines`, a row per institution and line."""
    rows = [
        {
            "run_id": run_id,
            "institution_id": clearing.institution_id,
            "line": line.value,
            "amount_fen": amount,
            "rule": line.rule,
        }
        for clearing in clearings
        for line, amount in clearing.amounts_fen.items()
    ]
    return pa.Table.from_pylist(rows, schema=SETTLEMENT_LINES.arrow_schema)


def _shares(settled: Sequence[SettledAlliance]) -> dict[str, int]:
    shares: dict[str, int] = defaultdict(int)
    for each in settled:
        for member, share in each.settlement.members_fen.items():
            shares[member] += share
    return shares
