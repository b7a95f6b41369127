"""The run's figures laid out for printing."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import narwhals as nw

from tongchou.alliance.facts import Measure as AllianceMeasure
from tongchou.core.money import E4, divide_half_up, split_largest_remainder
from tongchou.core.text import Text
from tongchou.grouping.scheme import Scheme
from tongchou.payment.clearing import Clearing, Line
from tongchou.policy import PolicyView
from tongchou.runs.flows import flows, fund_use_by_month
from tongchou.runs.frames import Facts, set_aside_rows
from tongchou.runs.region import Period, Region
from tongchou.runs.settlement import SettledAlliance, YearSettlement
from tongchou.runs.stages import Weighing
from tongchou.schema.states import CASE_KIND, WEIGHT_SOURCE
from tongchou.schema.tables import INPUT_TABLES, INSTITUTIONS
from tongchou.statements import model
from tongchou.store.engine import Frame

_SUMS = ("standard_fen", "payable_fen", "patient_fen", "fund_fen", "hospital_result_fen", "total_fen", "weight_e4")

_PREPAY_LINES = (Line.PREPAID, Line.DEPOSIT_WITHHELD, Line.CARRIED_OVER)
_CLEARING_LINES = (Line.DEPOSIT_RETURNED, Line.CARRIED_OVER, Line.SURPLUS_SHARE)
"""The lines that sum to what is due; see `Clearing`."""


@dataclass(frozen=True, slots=True)
class ReportSetting:
    """What a report is made of, besides the priced cases."""

    facts: Facts
    region: Region
    period: Period
    run_id: str
    scheme: Scheme
    view: PolicyView
    weighing: Weighing
    settlement: YearSettlement


def region_reports(setting: ReportSetting, priced: Frame) -> list[tuple[str, model.RegionReport]]:
    """Return the reports of a run, each with the place below the run's folder where it is printed.

    A region with one alliance has one report. With several, each alliance has its own, and the institutions
    outside of them share one.
    """
    settled = setting.settlement.alliances
    everyone = {clearing.institution_id for clearing in setting.settlement.clearings}
    if len(settled) <= 1:
        return [("", _report(setting, priced, settled[0] if settled else None, everyone))]
    inside = {member for each in settled for member in each.alliance.roles}
    reports = [
        (each.alliance.alliance_id, _report(setting, priced, each, everyone & each.alliance.roles.keys()))
        for each in settled
    ]
    outside = everyone - inside
    return [*reports, ("", _report(setting, priced, None, outside))] if outside else reports


def _report(
    setting: ReportSetting, priced: Frame, settled: SettledAlliance | None, institutions: Collection[str]
) -> model.RegionReport:
    figures = _Figures(setting, priced.filter(nw.col("institution_id").is_in(sorted(institutions))))
    roles = settled.alliance.roles if settled else {}
    clearings = [each for each in setting.settlement.clearings if each.institution_id in institutions]
    statements = tuple(_institution(figures, clearing, roles.get(clearing.institution_id)) for clearing in clearings)
    scheme = setting.scheme.manifest.title
    return model.RegionReport(
        run_id=setting.run_id,
        region=setting.region.name,
        period=str(setting.period),
        scheme=scheme,
        policy_levels=_policy_levels(setting),
        prepared_on=setting.settlement.cleared_on,
        notices=_notices(setting, figures),
        tables=_tables(setting.facts),
        alliance=_alliance(setting, figures, settled) if settled else None,
        institutions=statements,
        months=_months(setting, settled, priced),
        groups=figures.groups(),
        flows=flows(setting.facts, setting.view, setting.period, settled.alliance, priced) if settled else (),
        case_kinds=figures.shares("case_kind", CASE_KIND),
        weight_sources=figures.shares("weight_source", WEIGHT_SOURCE),
    )


class _Figures:
    """Sums over priced cases, collected once for all institutions."""

    def __init__(self, setting: ReportSetting, priced: Frame) -> None:
        self._names = setting.scheme.drg_names()
        self._weights = {drg: weight.weight_e4 for drg, weight in setting.weighing.weights.items()}
        engine = setting.facts.engine
        # Ungrouped cases carry no weight; their "group" is the row without a code.
        drg = nw.when(nw.col("weight_source") == "none").then(nw.lit("")).otherwise(nw.col("drg"))
        keys = ["institution_id", "month", "drg", "case_kind", "weight_source"]
        sums = priced.with_columns(drg=drg).group_by(*keys).agg(
            nw.len().cast(nw.Int64).alias("case_count"),
            *(nw.col(name).sum().cast(nw.Int64) for name in _SUMS),
        )
        self._rows: list[dict[str, Any]] = engine.collect(sums.sort(*keys)).to_pylist()
        records = setting.facts.table(INSTITUTIONS).sort("institution_id", "valid_from")
        self.institutions = {row["institution_id"]: row for row in engine.collect(records).to_pylist()}

    def name(self, institution_id: str) -> Text:
        row = self.institutions[institution_id]
        return Text(row["name_zh"], row["name_en"])

    def total(self, column: str, **where: str) -> int:
        return sum(row[column] for row in self._of(where))

    def groups(self, **where: str) -> tuple[model.GroupResult, ...]:
        return tuple(
            model.GroupResult(
                drg=drg,
                name=self._names[drg] if drg else Text("未入组", "ungrouped"),
                case_count=sum(row["case_count"] for row in rows),
                weight_e4=self._weights.get(drg, 0),
                charges_fen=sum(row["total_fen"] for row in rows),
                payable_fen=sum(row["payable_fen"] for row in rows),
                result_fen=sum(row["hospital_result_fen"] for row in rows),
            )
            for drg, rows in self._by("drg", where).items()
        )

    def shares(self, column: str, names: Any, **where: str) -> tuple[model.CaseShare, ...]:
        return tuple(
            model.CaseShare(
                key=key,
                name=names[key],
                case_count=sum(row["case_count"] for row in rows),
                charges_fen=sum(row["total_fen"] for row in rows),
                payable_fen=sum(row["payable_fen"] for row in rows),
            )
            for key, rows in self._by(column, where).items()
        )

    def _by(self, column: str, where: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
        parts: dict[str, list[dict[str, Any]]] = {}
        for row in self._of(where):
            parts.setdefault(row[column], []).append(row)
        return dict(sorted(parts.items()))

    def _of(self, where: dict[str, str]) -> list[dict[str, Any]]:
        return [row for row in self._rows if all(row[column] == value for column, value in where.items())]


def _institution(figures: _Figures, clearing: Clearing, role: str | None) -> model.InstitutionStatement:
    own = {"institution_id": clearing.institution_id}
    ungrouped = figures.total("case_count", drg="", **own)
    cases = figures.total("case_count", **own)
    grouped = cases - ungrouped
    return model.InstitutionStatement(
        institution_id=clearing.institution_id,
        name=figures.name(clearing.institution_id),
        level=figures.institutions[clearing.institution_id]["level"],
        role=role,
        case_count=cases,
        ungrouped_count=ungrouped,
        cmi_e4=divide_half_up(figures.total("weight_e4", **own), grouped) if grouped else 0,
        charges_fen=figures.total("total_fen", **own),
        standard_fen=figures.total("standard_fen", **own),
        payable_fen=figures.total("payable_fen", **own),
        patient_fen=figures.total("patient_fen", **own),
        fund_fen=figures.total("fund_fen", **own),
        hospital_result_fen=figures.total("hospital_result_fen", **own),
        lines=_lines(clearing),
        months=tuple(
            model.InstitutionMonth(
                month=month.month,
                case_count=figures.total("case_count", month=month.month, **own),
                fund_due_fen=month.due_fen,
                prepaid_fen=month.prepaid_fen,
                deposit_fen=month.deposit_fen,
            )
            for month in clearing.months
        ),
        groups=figures.groups(**own),
        case_kinds=figures.shares("case_kind", CASE_KIND, **own),
        weight_sources=figures.shares("weight_source", WEIGHT_SOURCE, **own),
    )


def _lines(clearing: Clearing) -> tuple[model.StatementLine, ...]:
    parts = {Line.INPATIENT_DUE: _PREPAY_LINES, Line.DUE_AT_CLEARING: _CLEARING_LINES}
    return tuple(
        model.StatementLine(line.value, line.label, amount, tuple(part.value for part in parts.get(line, ())))
        for line, amount in clearing.amounts_fen.items()
    )


def _alliance(setting: ReportSetting, figures: _Figures, settled: SettledAlliance) -> model.AllianceStatement:
    settlement, use = settled.settlement, settled.facts.fund_use
    has_outpatient = setting.view.text("alliance/package/outpatient") == "included"
    return model.AllianceStatement(
        alliance_id=settlement.alliance_id,
        name=Text(settled.alliance.name_zh, settled.alliance.name_en),
        base_fen=settlement.base_fen,
        comparison_fen=settlement.comparison_fen,
        comparison_name=_COMPARISON[settlement.comparison_fen == settlement.base_fen],
        actual=model.ActualUse(
            inpatient_inside_fen=use.inpatient_inside_fen,
            inpatient_outside_fen=use.inpatient_outside_fen,
            outpatient_inside_fen=use.outpatient_inside_fen if has_outpatient else 0,
            outpatient_outside_fen=use.outpatient_outside_fen if has_outpatient else 0,
        ),
        surplus_fen=settlement.surplus_fen,
        rate_e4=settlement.rate_e4,
        quality=model.QualityTest(
            Decimal(setting.view.e4("alliance/quality/score")) / E4,
            Decimal(setting.view.e4("alliance/quality/threshold")) / E4,
        ),
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
                name=figures.name(member.institution_id),
                role=member.role,
                measures=tuple(
                    model.Measure(measure.policy_key, measure.label, _measured(measure, member.amount(measure)))
                    for measure in AllianceMeasure
                ),
                share_fen=settlement.members_fen[member.institution_id],
            )
            for member in settled.facts.members
        ),
    )


_COMPARISON = {True: Text("总额预算", "the budget"), False: Text("上年实际支付", "the prior year's payments")}


def _measured(measure: AllianceMeasure, amount: int) -> Decimal:
    return Decimal(amount) / E4 if measure is AllianceMeasure.CASE_WEIGHT else Decimal(amount)


def _months(setting: ReportSetting, settled: SettledAlliance | None, priced: Frame) -> tuple[model.MonthUse, ...]:
    if settled is None:
        return ()
    months = [f"{setting.period}-{number:02d}" for number in range(1, 13)]
    budget = split_largest_remainder(settled.settlement.base_fen, dict.fromkeys(months, 1))
    use = fund_use_by_month(setting.facts, setting.view, setting.period, settled.alliance, priced)
    return tuple(model.MonthUse(month, *use.get(month, (0, 0)), budget[month]) for month in months)


def _tables(facts: Facts) -> tuple[model.TableRows, ...]:
    set_aside = set_aside_rows(facts)
    taken = facts.row_counts()
    return tuple(
        model.TableRows(
            table.name, table.title, taken[table.name] + set_aside.get(table.name, 0), set_aside.get(table.name, 0)
        )
        for table in INPUT_TABLES
        if taken[table.name] or table.name in set_aside
    )


def _policy_levels(setting: ReportSetting) -> Text:
    levels = list(dict.fromkeys(read.level for read in setting.view.reads))
    return Text("、".join(levels), ", ".join(levels))


def _notices(setting: ReportSetting, figures: _Figures) -> tuple[Text, ...]:
    notices = [setting.scheme.manifest.notice] if setting.scheme.manifest.purpose == "learning" else []
    if setting.run_id.endswith("-shadow"):
        notices.append(Text("模拟运行：只计算，不记账。", "Shadow run: computed, nothing posted."))
    borrowed = {
        "adrg": Text("因本组例数不足而借用 ADRG 权重", "took their ADRG's weight, their group having too few cases"),
        "neighbour": Text("因权重表没有本组而借用相邻组权重", "took a neighbour group's weight, the table not having theirs"),
    }
    for source, why in borrowed.items():
        cases = figures.total("case_count", weight_source=source)
        if cases:
            notices.append(Text(f"{cases} 例{why.zh}。", f"{cases} cases {why.en}."))
    return tuple(notices)
