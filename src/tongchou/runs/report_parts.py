"""What statements, reports and the summary of a run are made of: sums over its priced cases, by part of the region."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import narwhals as nw

from tongchou.alliance.facts import Measure as AllianceMeasure
from tongchou.core.money import E4, divide_half_up
from tongchou.core.text import Text
from tongchou.payment.clearing import Clearing, summed_lines
from tongchou.payment.weights import GroupWeight
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts, institutions_of
from tongchou.runs.groupings import Grouping
from tongchou.runs.region import Period, Region
from tongchou.runs.settlement import SettledAlliance, YearSettlement
from tongchou.runs.weighing import Weighing
from tongchou.schema.states import CASE_KIND, WEIGHT_SOURCE
from tongchou.statements import model
from tongchou.store.engine import Frame

_SUMS = ("standard_fen", "payable_fen", "patient_fen", "fund_fen", "hospital_result_fen", "total_fen", "weight_e4")


@dataclass(frozen=True, slots=True)
class ReportSetting:
    """What a report is made of, besides the priced cases."""

    facts: Facts
    region: Region
    period: Period
    run_id: str
    grouping: Grouping
    view: PolicyView
    weighing: Weighing
    settlement: YearSettlement


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over priced cases, and what is needed to name them."""

    rows: Sequence[Mapping[str, Any]]
    drg_names: Mapping[str, Text]
    weights: Mapping[str, GroupWeight]

    def by(self, column: str) -> dict[str, "Figures"]:
        """Return the figures of each value of a column, in the order of the values."""
        parts: dict[str, list[Mapping[str, Any]]] = {}
        for row in self.rows:
            parts.setdefault(row[column], []).append(row)
        return {key: replace(self, rows=rows) for key, rows in sorted(parts.items())}

    def total(self, column: str) -> int:
        """Return the sum of a column."""
        return sum(row[column] for row in self.rows)

    def ungrouped(self) -> int:
        """Return how many cases have no group."""
        return sum(row["case_count"] for row in self.rows if not row["drg"])

    def groups(self) -> tuple[model.GroupResult, ...]:
        """Return the figures of each group, the ungrouped first."""
        return tuple(
            model.GroupResult(
                drg=drg,
                name=self.drg_names[drg] if drg else Text("未入组", "ungrouped"),
                case_count=part.total("case_count"),
                weight_e4=self.weights[drg].weight_e4 if drg else 0,
                charges_fen=part.total("total_fen"),
                payable_fen=part.total("payable_fen"),
                result_fen=part.total("hospital_result_fen"),
            )
            for drg, part in self.by("drg").items()
        )

    def shares(self, column: str, names: Mapping[str, Text]) -> tuple[model.CaseShare, ...]:
        """Return the figures of each value of a column, with its name."""
        return tuple(
            model.CaseShare(
                key=key,
                name=names[key],
                case_count=part.total("case_count"),
                charges_fen=part.total("total_fen"),
                payable_fen=part.total("payable_fen"),
            )
            for key, part in self.by(column).items()
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What is reported together: an alliance, or the institutions outside of any.

    Attributes:
        place: Where below the run's folder it is printed.
        settled: The alliance; None for those outside.
        figures: Sums over the priced cases of its institutions.
        institutions: Their statements.
        alliance: The alliance's statement.
    """

    place: str
    settled: SettledAlliance | None
    figures: Figures
    institutions: tuple[model.InstitutionStatement, ...]
    alliance: model.AllianceStatement | None


def report_parts(setting: ReportSetting, priced: Frame) -> list[Part]:
    """Return what a run's reports are made of, in their order.

    A region with one alliance has one report. With several, each alliance has its own, and the institutions
    outside of them share one.
    """
    settled = setting.settlement.alliances
    everyone = {clearing.institution_id for clearing in setting.settlement.clearings}
    if len(settled) <= 1:
        return [_part(setting, priced, "", settled[0] if settled else None, everyone)]
    inside = {member for each in settled for member in each.alliance.roles}
    parts = [
        _part(setting, priced, f"alliance-{each.alliance.alliance_id}", each, everyone & each.alliance.roles.keys())
        for each in settled
    ]
    outside = everyone - inside
    return [*parts, _part(setting, priced, "", None, outside)] if outside else parts


def _part(
    setting: ReportSetting,
    priced: Frame,
    place: str,
    settled: SettledAlliance | None,
    institutions: Collection[str],
) -> Part:
    figures = _collect(setting, priced.filter(nw.col("institution_id").is_in(sorted(institutions))))
    roster = institutions_of(setting.facts, setting.period)
    roles = settled.alliance.roles if settled else {}
    of_institution = figures.by("institution_id")
    statements = tuple(
        _institution(
            of_institution.get(clearing.institution_id, replace(figures, rows=())),
            roster[clearing.institution_id],
            clearing,
            roles.get(clearing.institution_id),
        )
        for clearing in setting.settlement.clearings
        if clearing.institution_id in institutions
    )
    return Part(place, settled, figures, statements, _alliance(roster, settled) if settled else None)


def _collect(setting: ReportSetting, priced: Frame) -> Figures:
    # Ungrouped cases carry no weight; their "group" is the row without a code.
    drg = nw.when(nw.col("weight_source") == "none").then(nw.lit("")).otherwise(nw.col("drg"))
    keys = ["institution_id", "month", "drg", "case_kind", "weight_source"]
    sums = (
        priced.with_columns(drg=drg)
        .group_by(*keys)
        .agg(nw.len().cast(nw.Int64).alias("case_count"), *(nw.col(name).sum().cast(nw.Int64) for name in _SUMS))
    )
    rows = setting.facts.engine.collect(sums.sort(*keys)).to_pylist()
    return Figures(rows, setting.grouping.names(), setting.weighing.weights)


def _name(record: Mapping[str, Any]) -> Text:
    return Text(record["name_zh"], record["name_en"])


def _institution(
    figures: Figures, record: Mapping[str, Any], clearing: Clearing, role: str | None
) -> model.InstitutionStatement:
    cases, ungrouped = figures.total("case_count"), figures.ungrouped()
    grouped = cases - ungrouped
    by_month = {month: part.total("case_count") for month, part in figures.by("month").items()}
    return model.InstitutionStatement(
        institution_id=clearing.institution_id,
        name=_name(record),
        level=record["level"],
        role=role,
        case_count=cases,
        ungrouped_count=ungrouped,
        cmi_e4=divide_half_up(figures.total("weight_e4"), grouped) if grouped else 0,
        charges_fen=figures.total("total_fen"),
        standard_fen=figures.total("standard_fen"),
        payable_fen=figures.total("payable_fen"),
        patient_fen=figures.total("patient_fen"),
        fund_fen=figures.total("fund_fen"),
        hospital_result_fen=figures.total("hospital_result_fen"),
        lines=_lines(clearing),
        months=tuple(
            model.InstitutionMonth(
                month=month.month,
                case_count=by_month.get(month.month, 0),
                fund_due_fen=month.total_fen,
                prepaid_fen=month.prepaid_fen,
                deposit_fen=month.deposit_fen,
            )
            for month in clearing.months
        ),
        groups=figures.groups(),
        case_kinds=figures.shares("case_kind", CASE_KIND),
        weight_sources=figures.shares("weight_source", WEIGHT_SOURCE),
    )


def _lines(clearing: Clearing) -> tuple[model.StatementLine, ...]:
    parts = summed_lines(clearing.amounts_fen)
    return tuple(
        model.StatementLine(line.value, line.label, amount, tuple(part.value for part in parts.get(line, ())))
        for line, amount in clearing.amounts_fen.items()
    )


def _alliance(roster: Mapping[str, Mapping[str, Any]], settled: SettledAlliance) -> model.AllianceStatement:
    settlement = settled.settlement
    use = settlement.counted_use
    return model.AllianceStatement(
        alliance_id=settlement.alliance_id,
        name=Text(settled.alliance.name_zh, settled.alliance.name_en),
        base_fen=settlement.base_fen,
        comparison_fen=settlement.comparison_fen,
        comparison_name=_COMPARISON[settlement.comparison_fen == settlement.base_fen],
        actual=model.ActualUse(
            inpatient_inside_fen=use.inpatient_inside_fen,
            inpatient_outside_fen=use.inpatient_outside_fen,
            outpatient_inside_fen=use.outpatient_inside_fen,
            outpatient_outside_fen=use.outpatient_outside_fen,
        ),
        surplus_fen=settlement.surplus_fen,
        rate_e4=settlement.rate_e4,
        # Only a surplus has to pass the test of quality.
        quality=_quality(settled.view) if settlement.surplus_fen > 0 else None,
        slices=tuple(
            model.SurplusSlice(part.lower_e4, part.upper_e4, part.ratio_e4, part.amount_fen, part.alliance_fen)
            for part in settlement.slices
        ),
        kept_fen=settlement.alliance_fen,
        returned_fen=settlement.fund_fen,
        reserve_fen=settlement.reserve_fen,
        members=tuple(
            model.MemberShare(
                institution_id=member.institution_id,
                name=_name(roster[member.institution_id]),
                role=member.role,
                measures=tuple(_measure(measure, member.amount(measure)) for measure in AllianceMeasure),
                share_fen=settlement.members_fen[member.institution_id],
            )
            for member in settled.facts.members
        ),
    )


def _quality(view: PolicyView) -> model.QualityTest:
    score, threshold = view.e4("alliance/quality/score"), view.e4("alliance/quality/threshold")
    return model.QualityTest(Decimal(score) / E4, Decimal(threshold) / E4)


_COMPARISON = {True: Text("总额预算", "the budget"), False: Text("上年实际支付", "the prior year's payments")}


def _measure(measure: AllianceMeasure, amount: int) -> model.Measure:
    if measure is AllianceMeasure.CASE_WEIGHT:
        return model.Measure(measure.policy_key, Text("病例总权重", "total case weight"), Decimal(amount) / E4)
    return model.Measure(measure.policy_key, measure.label, Decimal(amount))
