"""How a year's inpatient cases are paid: weights, terms and method, as the policy says."""

from collections.abc import Mapping

import narwhals as nw

from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.rules import Bound as DipBound
from tongchou.grouping.dip.rules import Deviation
from tongchou.payment.cases.assessor import Assessor
from tongchou.payment.cases.methods import DipPoints, DrgPoints, DrgRate, Method
from tongchou.payment.cases.terms import LEVELS, Bound, DeviationTerms, Occurring, TermsPeriod, read_terms
from tongchou.payment.weights import GroupWeight
from tongchou.policy import Bands, PolicyView
from tongchou.runs.agreed_terms import AgreedTerms
from tongchou.runs.frames import Facts, occurring
from tongchou.runs.groupings import DipGrouping, Grouping
from tongchou.runs.region import Period, Region, RegionPolicy
from tongchou.runs.weighing import Weighing, read_weight_terms, weigh, weigh_catalogue
from tongchou.runs.year import alliances
from tongchou.store.engine import Frame


def measured_years(view: PolicyView, year: int) -> dict[int, int]:
    """Return the years to measure weights from and how much each counts; only the settled one where DIP is paid by."""
    if view.text("payment/inpatient/method") == "dip_points":
        return {year: 1}
    offsets = {
        offset: view.whole("payment/drg/weights/year_weights", year_offset=str(offset)) for offset in (0, -1, -2)
    }
    return {year + offset: weight for offset, weight in offsets.items() if weight}


def weigh_cases(
    facts: Facts,
    view: PolicyView,
    period: Period,
    grouping: Grouping,
    cases: Frame,
    period_cases: Frame,
    grouped: Frame,
    region: Region,
) -> Weighing:
    """Find the weights of the groups that occur in a period.

    Args:
        facts: The region's tables.
        view: The policy on the last day of the period.
        period: The settled year.
        grouping: By what the cases were grouped.
        cases: The cases of all years to measure from.
        period_cases: Those of the period.
        grouped: `case_id, drg` of the grouped ones.
        region: The region, for its loaded weight tables.
    """
    of_period = period_cases.join(grouped, on="case_id", how="inner").select("drg", "insurance_type")
    if isinstance(grouping, DipGrouping):
        return weigh_catalogue(facts, grouping.weights(), of_period)
    years = cases.join(grouped, on="case_id", how="inner").select(
        "case_id", "drg", nw.col("decided_on").dt.year().cast(nw.Int64).alias("year"), "los_days", "total_fen"
    )
    terms = read_weight_terms(view, measured_years(view, period.year))
    return weigh(facts, view, terms, years, of_period, region.weights_folder)


def agreed_terms(facts: Facts, policy: RegionPolicy, period: Period) -> AgreedTerms:
    """Return whose terms hold for whom in a period."""
    return AgreedTerms(policy, {each.alliance_id: tuple(each.roles) for each in alliances(facts, period)})


def occurring_of(facts: Facts, cases: Frame, weights: Mapping[str, GroupWeight]) -> Occurring:
    """Return the departments, groups and institutions of some cases."""
    return Occurring(
        departments=occurring(facts, cases, "department"),
        groups=tuple(sorted(weights)),
        institutions=occurring(facts, cases, "institution_id"),
    )


def case_terms(policy: RegionPolicy, period: Period, grouping: Grouping, terms_of: Occurring) -> list[TermsPeriod]:
    """Read the terms of every stretch of days of a period on which the policy does not change."""
    deviation = None
    if isinstance(grouping, DipGrouping):
        deviation = catalogue_deviation(grouping.catalogue.rules.deviation)
    return [read_terms(policy.at(start), end, terms_of, deviation) for start, end in policy.stretches(period)]


def assessor_of(
    policy: RegionPolicy,
    view: PolicyView,
    period: Period,
    weighing: Weighing,
    grouping: Grouping,
    terms_of: Occurring,
    agreed: AgreedTerms,
) -> Assessor:
    """Return what the cases of a period are assessed by: an institution's by its own pack's terms, if it has one.

    Args:
        policy: The region's policy.
        view: It on the last day of the period.
        period: The settled year.
        weighing: The weights and rates.
        grouping: By what the cases were grouped.
        terms_of: What occurs among the cases.
        agreed: Whose terms hold for whom.
    """
    periods = case_terms(policy, period, grouping, terms_of)
    by_pack: dict[str, list[TermsPeriod]] = {}
    agreements: dict[str, list[TermsPeriod]] = {}
    for institution in terms_of.institutions:
        own = agreed.of(institution)
        if own.start != policy.start:
            if own.start not in by_pack:
                by_pack[own.start] = case_terms(own, period, grouping, terms_of)
            agreements[institution] = by_pack[own.start]
    method = _method(view, weighing, grouping)
    on_cost = not method.in_points or view.text("payment/points/factor_on_cost") == "applied"
    return Assessor(method, periods, weighing.weights, agreements, factor_on_cost=on_cost)


def catalogue_deviation(deviation: Deviation) -> DeviationTerms:
    """Return the bounds of a catalogue's rules as terms: above the high bound the excess is paid."""
    high = Bands(((0, None, deviation.high.bound_e4),), includes_upper=True)
    return DeviationTerms(
        high_e4=dict.fromkeys(LEVELS, high),
        high_includes=deviation.high.operator == "ge",
        high_method="excess_over_threshold",
        low=_bound(deviation.low),
        panel=_bound(deviation.panel),
    )


def _bound(bound: DipBound) -> Bound:
    return Bound(bound.bound_e4, bound.operator in {"le", "ge"})


def _method(view: PolicyView, weighing: Weighing, grouping: Grouping) -> Method:
    if isinstance(grouping, DipGrouping):
        unit, fen = money_of_points(grouping.catalogue)
        return DipPoints(unit, fen)
    if view.text("payment/inpatient/method") == "drg_rate":
        return DrgRate({kind: rate.rate_fen for kind, rate in weighing.base_rates.items()})
    return DrgPoints(view.whole("payment/points/unit"), weighing.mean_fen)


def money_of_points(catalogue: Catalogue) -> tuple[int, int]:
    """Return a number of points and the fen that they stood for when the catalogue's groups were scored."""
    score = catalogue.rules.score
    if score.method == "quota":
        return 1, score.quota_fen
    if score.method == "reference":
        groups = catalogue.groups
        (mean,) = groups.filter(groups.get_column("group") == score.reference_group).get_column("mean_fen")
        return score.unit, int(mean)
    return score.unit, catalogue.mean_fen
