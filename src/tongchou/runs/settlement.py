"""From priced cases to the year's clearing: institutions, alliances, and the lines that say so."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from tongchou.alliance.contract import Contract, read_contract
from tongchou.alliance.facts import AllianceFacts
from tongchou.alliance.settlement import AllianceSettlement, settle_alliance
from tongchou.core.explanation import ParameterRead
from tongchou.payment.clearing import Clearing, CostFigures, InstitutionYear, clear_year, clearing_day
from tongchou.payment.clearing.adjustments import adjusted_institutions
from tongchou.payment.transfer import Transfer, net_by_month
from tongchou.policy import PolicyView
from tongchou.runs.agreed_terms import AgreedTerms, require_parties, require_type_of_roster
from tongchou.runs.alliance_year import PackageYear, alliance_facts, package_year
from tongchou.runs.clearing_facts import adjustments_of, cost_by_institution, paid_in_year
from tongchou.runs.events import EventMoney
from tongchou.runs.frames import Facts
from tongchou.runs.money_beside import MoneyBeside, money_beside
from tongchou.runs.region import Period, RegionPolicy
from tongchou.runs.year import (
    POPULATION,
    Alliance,
    alliances,
    fund_by_month,
    outpatient_by_month,
    roster,
    visits_of,
)
from tongchou.schema.results import SETTLEMENT_LINES
from tongchou.store.engine import Frame

ADVANCE = "settlement/advance/method"
_COST_SHARING = "settlement/cost_sharing/method"


@dataclass(frozen=True, slots=True)
class SettledAlliance:
    """An alliance, what its year came to, how it was settled, and the policy that it was settled by.

    `year` is the part of `facts` that no price of a case bears on.
    """

    alliance: Alliance
    year: PackageYear
    facts: AllianceFacts
    settlement: AllianceSettlement
    view: PolicyView


@dataclass(frozen=True, slots=True)
class YearSettlement:
    """A settled year.

    Attributes:
        clearings: Of every institution that earned from the fund or shares in a surplus, by id.
        alliances: Of every alliance with members and a package, by id.
        without_package: The contracts of alliances with members and without a package, by alliance.
        cleared_on: The day the year is cleared.
        beside: What is due beside the price of cases.
        reads: Every parameter that was read for it, by the region, its alliances and its institutions.
    """

    clearings: tuple[Clearing, ...]
    alliances: tuple[SettledAlliance, ...]
    without_package: Mapping[str, Contract]
    cleared_on: date
    beside: MoneyBeside
    reads: tuple[ParameterRead, ...]


def settle_year(
    facts: Facts,
    policy: RegionPolicy,
    period: Period,
    priced: Frame,
    events: EventMoney | None = None,
    known: Sequence[PackageYear] = (),
) -> YearSettlement:
    """Settle a year from its priced cases.

    An alliance is settled by its own pack where there is one, an institution cleared by its own, else by that of its
    alliance, else by the region's; what holds is read on the year's last day.

    Args:
        facts: The region's tables.
        policy: The region's policy.
        period: The year.
        priced: Its priced cases.
        events: What is due for service events and heads, where it is known already.
        known: Years of packages that are known already, from the same facts; used where the people are counted alike.

    Raises:
        Problems: `runs.agreement_unknown` for packs of alliances or institutions that the region does not have.
        TongchouError: `runs.agreement_of_others`, `runs.agreement_unclear`, `runs.contract_type_differs`; whatever an
            alliance's or an institution's settlement refuses.
    """
    found, known_of = alliances(facts, period), {(each.alliance_id, each.population): each for each in known}
    inpatient, outpatient = fund_by_month(facts, priced), outpatient_by_month(facts, visits_of(facts, period))
    agreed = AgreedTerms(policy, {each.alliance_id: tuple(each.roles) for each in found})
    require_parties(policy.agreements, roster(facts))
    views = {each.alliance_id: policy.for_alliance(each.alliance_id).at(period.end) for each in found}
    settled: list[SettledAlliance] = []
    without_package: dict[str, Contract] = {}
    for alliance in found:
        view = views[alliance.alliance_id]
        contract = read_contract(view, alliance.alliance_id)
        require_type_of_roster(alliance, contract)
        if contract.is_packaged:
            year = known_of.get((alliance.alliance_id, view.text(POPULATION)))
            year = year or package_year(facts, view, alliance, period)
            own = alliance_facts(facts, view, alliance, period, year, priced)
            settled.append(SettledAlliance(alliance, year, own, settle_alliance(view, own), view))
        else:
            without_package[alliance.alliance_id] = contract
    beside = money_beside(facts, policy, period, priced, found, views, events)
    beside_of = _by_institution(beside.transfers)
    shares = _shares(settled)
    region, adjustments = policy.at(period.end), adjustments_of(facts)
    # An institution that closed before the year is cleared too, if a record of it or a transfer counts in it.
    cleared = inpatient.keys() | outpatient.keys() | shares.keys()
    cleared |= adjusted_institutions(region, period.year, adjustments) | beside_of.keys()
    of_institutions = {each: agreed.of(each).at(period.end) for each in sorted(cleared)}
    sharing = {each for each, view in of_institutions.items() if view.text(_COST_SHARING) != "none"}
    costs = cost_by_institution(facts, priced) if sharing else {}
    advanced = any(view.text(ADVANCE) != "none" for view in of_institutions.values())
    paid_before = paid_in_year(facts, period.year - 1) if advanced else {}
    clearings = tuple(
        clear_year(
            view,
            InstitutionYear(
                institution_id=institution,
                year=period.year,
                inpatient_due_fen=inpatient.get(institution, {}),
                outpatient_paid_fen=outpatient.get(institution, {}),
                surplus_share_fen=shares.get(institution, 0),
                transfers_fen=net_by_month(beside_of.get(institution, ()), institution),
                last_year_paid_fen=paid_before.get(institution, 0),
                cost=costs.get(institution, CostFigures(0, 0)) if institution in sharing else None,
                adjustments=adjustments,
            ),
        )
        for institution, view in of_institutions.items()
    )
    cleared_on = clearing_day(region, period.year)
    views_read = (*views.values(), *of_institutions.values(), region)
    reads = dict.fromkeys((*(read for view in views_read for read in view.reads), *beside.reads))
    return YearSettlement(clearings, tuple(settled), without_package, cleared_on, beside, tuple(reads))


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


def _by_institution(transfers: Sequence[Transfer]) -> dict[str, list[Transfer]]:
    """Return the transfers that each institution owes or is owed."""
    found: dict[str, list[Transfer]] = defaultdict(list)
    for each in transfers:
        for party in (each.payer, each.payee):
            if party.kind == "institution":
                found[party.party_id].append(each)
    return found


def _shares(settled: Sequence[SettledAlliance]) -> dict[str, int]:
    shares: dict[str, int] = defaultdict(int)
    for each in settled:
        for member, share in each.settlement.members_fen.items():
            shares[member] += share
    return shares
