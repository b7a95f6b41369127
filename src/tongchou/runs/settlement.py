"""From priced cases to the year's clearing: institutions, alliances, and the lines that say so."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from tongchou.alliance.facts import AllianceFacts
from tongchou.alliance.settlement import AllianceSettlement, settle_alliance
from tongchou.payment.clearing import Clearing, CostFigures, InstitutionYear, clear_year, clearing_day
from tongchou.payment.clearing.adjustments import adjusted_institutions
from tongchou.payment.transfer import Transfer, net_by_month
from tongchou.policy import PolicyView
from tongchou.runs.clearing_facts import adjustments_of, cost_by_institution
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


@dataclass(frozen=True, slots=True)
class Beside:
    """What a year's clearing takes from elsewhere than its priced cases and visits.

    Attributes:
        transfers: Money due beside the cases, of all institutions.
        final_due_fen: Institution -> the fund's part of its cases at the year's final rate, fen; an institution that
            is absent keeps what its months came to.
        last_year_paid_fen: Institution -> what the fund paid it for the year before, fen; absent: nothing.
    """

    transfers: Sequence[Transfer] = ()
    final_due_fen: Mapping[str, int] = field(default_factory=dict)
    last_year_paid_fen: Mapping[str, int] = field(default_factory=dict)


def settle_year(
    facts: Facts, view: PolicyView, period: Period, priced: Frame, beside: Beside | None = None
) -> YearSettlement:
    """Settle a year from its priced cases.

    Args:
        facts: The region's tables.
        view: The policy on the year's last day; it holds for the whole clearing.
        period: The year.
        priced: Its priced cases.
        beside: What the clearing takes from elsewhere; None for nothing.
    """
    beside = beside or Beside()
    visits = visits_of(facts, period)
    settled = []
    for alliance in alliances(facts, period):
        people = package(facts, view, alliance, period)
        year = alliance_facts(facts, alliance, period, people, priced, visits)
        settled.append(SettledAlliance(alliance, year, settle_alliance(view, year)))
    shares = _shares(settled)
    inpatient, outpatient = fund_by_month(facts, priced), outpatient_by_month(facts, visits)
    adjustments = adjustments_of(facts)
    is_cost_shared = view.text("settlement/cost_sharing/method") != "none"
    costs = cost_by_institution(facts, priced) if is_cost_shared else {}
    # An institution that closed before the year is cleared too, if a record of it or a transfer counts in it.
    cleared = inpatient.keys() | outpatient.keys() | shares.keys()
    cleared |= adjusted_institutions(view, period.year, adjustments) | _parties(beside.transfers)
    clearings = [
        clear_year(
            view,
            InstitutionYear(
                institution_id=institution,
                year=period.year,
                inpatient_due_fen=inpatient.get(institution, {}),
                outpatient_paid_fen=outpatient.get(institution, {}),
                surplus_share_fen=shares.get(institution, 0),
                transfers_fen=net_by_month(beside.transfers, institution),
                final_due_fen=beside.final_due_fen.get(institution),
                last_year_paid_fen=beside.last_year_paid_fen.get(institution, 0),
                cost=costs.get(institution, CostFigures(0, 0)) if is_cost_shared else None,
                adjustments=adjustments,
            ),
        )
        for institution in sorted(cleared)
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


def _parties(transfers: Sequence[Transfer]) -> set[str]:
    """Return the institutions that owe or are owed one of the transfers."""
    return {party.party_id for each in transfers for party in (each.payer, each.payee) if party.kind == "institution"}


def _shares(settled: Sequence[SettledAlliance]) -> dict[str, int]:
    shares: dict[str, int] = defaultdict(int)
    for each in settled:
        for member, share in each.settlement.members_fen.items():
            shares[member] += share
    return shares
